"""Files of many lines, taken in by a worker: read, looked at without a change, then carried out once staff say so.

Rows are the queue. A batch is one transaction that locks its import: what a killed worker had not committed is done
again by the next, and no line is done twice. Each app has its own tables and its `Work`.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from time import monotonic
from typing import Any, Self

from django.conf import settings
from django.db import IntegrityError, OperationalError, models, transaction
from django.db.models import Count, Min
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from pacte import clamd, tables
from pacte.states import StateError, Stateful
from pacte.tables import UnreadableError

logger = logging.getLogger(__name__)
BATCH = 200
SECONDS = 240  # of one task; the next goes on
STALLED = timedelta(seconds=settings.IMPORTS_STALLED)
SENT = gettext_noop("fichier envoyé")
TRIES = 5  # of a batch that someone's sign-up, or another file, gets in the way of


class State(models.TextChoices):
    READING = "reading", _("lecture en cours")
    PREVIEW = "preview", _("à confirmer")
    RUNNING = "running", _("en cours")
    STOPPED = "stopped", _("arrêté")
    DONE = "done", _("terminé")
    REFUSED = "refused", _("fichier refusé")
    DROPPED = "dropped", _("abandonné")


class Outcome(models.TextChoices):
    CREATED = "created", _("créée")
    COMPLETED = "completed", _("complétée")
    SAME = "same", _("inchangée")
    REFUSED = "refused", _("refusée")


class ImportQuerySet(models.QuerySet["Import"]):
    def due(self) -> Self:
        """Those that a worker has something to do for."""
        return self.filter(state__in=[State.READING, State.RUNNING])

    def stalled(self) -> Self:
        """Those that no worker has touched for a minute: its bell was lost, or it was killed."""
        return self.due().filter(touched_at__lt=timezone.now() - STALLED)


class Import(Stateful):
    """A file and how far it is. Its content goes once its lines are kept."""

    State = State
    MOVES = {
        State.READING: {State.PREVIEW, State.REFUSED, State.DROPPED},
        State.PREVIEW: {State.RUNNING, State.DROPPED},
        State.RUNNING: {State.STOPPED, State.DONE},
        State.STOPPED: {State.RUNNING, State.DROPPED},
        State.DONE: set(),
        State.REFUSED: set(),
        State.DROPPED: set(),
    }
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.READING, editable=False)
    name = models.CharField(_("nom du fichier"), max_length=120)
    type = models.CharField(_("type"), max_length=10)
    size = models.PositiveIntegerField(_("taille"))
    content = models.BinaryField(editable=False)
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("envoyé par")
    )
    added_at = models.DateTimeField(_("envoyé le"), auto_now_add=True)
    touched_at = models.DateTimeField(default=timezone.now, editable=False)
    total = models.PositiveIntegerField(_("lignes"), null=True, editable=False)  # once the file has been read
    done = models.PositiveIntegerField(_("lignes traitées"), default=0, editable=False)  # of the step it is at
    ignored = models.JSONField(default=list, editable=False)  # headings that we know nothing of
    problem = models.JSONField(default=list, editable=False)  # why it was refused, or stopped by itself

    objects = ImportQuerySet.as_manager()
    rows: Any  # those of the concrete table

    class Meta:
        abstract = True
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_due(self) -> bool:
        return self.state in {State.READING, State.RUNNING}

    @property
    def is_looked_at(self) -> bool:
        """Whether nothing of it has been carried out yet."""
        return self.state in {State.READING, State.PREVIEW}

    @property
    def percent(self) -> int:
        return 100 * self.done // self.total if self.total else 0

    @property
    def complaint(self) -> str:
        return tables.told(self.problem) if self.problem else ""

    def counts(self) -> dict[str, int]:
        """Lines by what would become of them or, once it has begun, by what became of those done; one query."""
        rows = self.rows if self.is_looked_at else self.rows.filter(done=True)
        found = dict(rows.order_by().values_list("outcome").annotate(Count("pk")))
        return {outcome: found.get(outcome, 0) for outcome in Outcome.values}


class Row(models.Model):
    """A line of a file. The subclass adds `subject`, its import, as `rows`."""

    Outcome = Outcome
    line = models.PositiveIntegerField()
    key = models.CharField(max_length=500, blank=True)  # what makes two lines speak of the same thing
    data = models.JSONField(default=dict)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    problems = models.JSONField(default=list)
    done = models.BooleanField(default=False)

    class Meta:
        abstract = True
        ordering = ["line"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "line"], name="%(app_label)s_%(class)s_once"),
        ]
        indexes = [models.Index(fields=["subject", "key"])]

    def __str__(self) -> str:
        return str(self.line)

    @property
    def complaints(self) -> list[str]:
        return [tables.told(problem) for problem in self.problems]

    def refuse(self, text: str, **params: Any) -> None:
        self.problems.append([text, params])
        self.outcome = Outcome.REFUSED


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    label: Any
    headings: tuple[str, ...]  # as people may write it, folded
    help_text: Any = ""
    required: bool = False


@dataclass(frozen=True, slots=True)
class Work:
    """What an app does with its files. `examine` says what becomes of some rows and, when told to, does it."""

    model: type[Any]
    columns: tuple[Column, ...]
    key: Callable[[dict[str, str]], str]  # of a line
    examine: Callable[[Any, Sequence[Any], bool], None]
    result: str  # the field of a row that names what was made of it
    ring: Callable[[int], object]
    others: Mapping[str, Callable[[bytes], Iterable[tuple[int, dict[str, str]]]]] = field(default_factory=dict)


def headings(columns: Sequence[Column], cells: Sequence[str]) -> list[Column | None]:
    """Which column each cell of a first line names; UnreadableError when one that must be there is not."""
    names: dict[str, Column] = {}
    for language, _name in settings.LANGUAGES:  # our models are in both
        with translation.override(language):
            names |= {tables.folded(str(column.label)): column for column in columns}
    names |= {tables.folded(name): column for column in columns for name in column.headings}
    found = [names.get(tables.folded(cell)) for cell in cells]
    missing = [str(column.label) for column in columns if column.required and column not in found]
    if missing:
        text = gettext_noop("Il manque en première ligne : %(columns)s. Le séparateur est-il le point-virgule ?")
        raise UnreadableError(text, columns=", ".join(f"« {name} »" for name in missing))
    twice = next((column for column in found if column and found.count(column) > 1), None)
    if twice:
        raise UnreadableError(gettext_noop("La colonne « %(column)s » figure deux fois."), column=str(twice.label))
    return found


def lines(work: Work, one: Any) -> Iterator[tuple[int, dict[str, str]]]:
    """Of a table, each line by the names of our columns; what has no name of ours is left out, and told."""
    table = tables.rows(bytes(one.content), one.type)
    _number, first = next(table, (1, []))
    found = headings(work.columns, first)
    one.ignored = [cell[:60] for cell, column in zip(first, found, strict=True) if cell and column is None]
    for number, cells in table:
        data = {column.name: cell for cell, column in zip(cells, found, strict=False) if column and cell}
        if data:
            yield number, data


def take(work: Work, *, name: str, type_: str, content: bytes, by: Any, **options: Any) -> Any:
    """Keep a file that has been looked at, and ring a worker."""
    with transaction.atomic():
        one = work.model.objects.create(
            name=name, type=type_, size=len(content), content=content, added_by=by, **options
        )
        one.history.create(actor=by, before=one.state, after=one.state, reason=SENT)
        transaction.on_commit(lambda: work.ring(one.pk), robust=True)
    return one


def start(work: Work, one: Any, *, by: Any) -> None:
    """Carry it out, from its beginning or from where it was stopped."""
    with transaction.atomic():
        done = one.rows.filter(done=True).count()
        one.move(State.RUNNING, by=by, done=done, problem=[], touched_at=timezone.now())
        transaction.on_commit(lambda: work.ring(one.pk), robust=True)


def stop(one: Any, *, by: Any) -> None:
    """After the batch it is at; what is done stays."""
    one.move(State.STOPPED, by=by)


def drop(one: Any, *, by: Any) -> None:
    """Never carry out what is left; its lines that were not are forgotten."""
    with transaction.atomic():
        one.move(State.DROPPED, by=by, content=b"")
        one.rows.filter(done=False).delete()


def run(work: Work, pk: int) -> bool:
    """Batch after batch; whether there is more to do when this task's time is over."""
    end, tries = monotonic() + SECONDS, 0
    try:
        if not scanned(work, pk):
            return False
        read(work, pk)
        while monotonic() < end:
            try:
                if not batch(work, pk):
                    return False
                tries = 0
            except IntegrityError:  # someone signed up with that number meanwhile: the next look finds them
                tries += 1
                if tries > TRIES:
                    raise
    except OperationalError:  # the database went away: beat finds the import again
        raise
    except Exception:
        logger.exception("The import %s %s stops", work.model.__name__, pk)
        give_up(work, pk)
        return False
    return True


def batch(work: Work, pk: int) -> bool:
    """The next batch; False when none is left, or when another worker is at it."""
    with transaction.atomic():
        there = work.model.objects.due().filter(pk=pk, total__isnull=False)
        one = there.select_for_update(skip_locked=True, of=("self",)).first()
        if one is None:
            return False
        advance(work, one)
    return bool(one.is_due)


def read(work: Work, pk: int) -> None:
    """Keep its lines instead of the file. It is read before anything is locked: staff may drop it meanwhile."""
    one = work.model.objects.due().filter(pk=pk, total=None).first()
    if one is None:
        return
    try:
        rows = rows_of(work, one)
    except UnreadableError as error:
        with suppress(StateError):  # dropped, or read by another worker, a moment ago
            one.move(State.REFUSED, by=None, problem=error.problem, content=b"")
        return
    with transaction.atomic():
        if not work.model.objects.due().select_for_update(of=("self",)).filter(pk=pk, total=None).exists():
            return
        type(rows[0]).objects.bulk_create(rows, batch_size=2000)
        one.total, one.content, one.touched_at = len(rows), b"", timezone.now()
        one.save(update_fields=["total", "content", "touched_at", "ignored"])


def rows_of(work: Work, one: Any) -> list[Any]:
    found = work.others[one.type](bytes(one.content)) if one.type in work.others else lines(work, one)
    model = work.model._meta.get_field("rows").related_model
    rows = [model(subject=one, line=line, key=work.key(data)[:500], data=data) for line, data in found]
    if not rows:
        raise UnreadableError(gettext_noop("Ce fichier n'a aucune ligne sous celle des noms de colonnes."))
    return rows


def advance(work: Work, one: Any) -> None:
    """Some lines, and the end when there are no more."""
    writing = one.state == State.RUNNING
    left = one.rows.filter(done=False) if writing else one.rows.filter(outcome="")
    rows = list(left.order_by("line")[:BATCH])
    for row in rows:
        row.outcome, row.problems, row.done = "", [], writing
        if one.type not in work.others:
            refuse_formulas(work, row)
    if rows:
        work.examine(one, rows, writing)
        keep(rows, ["outcome", "problems", "done", work.result])
    one.done, one.touched_at = one.done + len(rows), timezone.now()
    one.save(update_fields=["done", "touched_at"])
    if len(rows) < BATCH:
        one.move(State.DONE if writing else State.PREVIEW, by=None)


def refuse_formulas(work: Work, row: Any) -> None:
    """Nothing that a spreadsheet would calculate becomes a text of ours."""
    with translation.override(None):  # what a problem keeps is told in the reader's language
        labels = {column.name: str(column.label) for column in work.columns}
    for name, cell in row.data.items():
        if tables.is_formula(cell):
            row.refuse(tables.FORMULA, cell=cell[:40], at=labels[name])


def keep(rows: Sequence[Any], fields: list[str]) -> None:
    """These fields of rows that are there; several times as fast as `bulk_update`, which writes a case for each."""
    model = type(rows[0])
    model.objects.bulk_create(rows, update_conflicts=True, unique_fields=["subject", "line"], update_fields=fields)


def earlier(rows: Sequence[Any]) -> dict[str, int]:
    """For each key that these rows share with others of their file, the first line that has it; one query."""
    keys = {row.key for row in rows if row.key}
    found = rows[0].subject.rows.filter(key__in=keys).order_by().values_list("key").annotate(Min("line"))
    return dict(found) if keys else {}


def scanned(work: Work, pk: int) -> bool:
    """Whether the antivirus, where there is one, lets it be read. No transaction is open meanwhile."""
    if not settings.CLAMD:
        return True
    one = work.model.objects.due().filter(pk=pk, total=None).first()
    if one is None:
        return True
    try:
        clean = clamd.is_clean(bytes(one.content))
    except OSError:
        logger.exception("The antivirus gives no answer: %s %s waits", work.model.__name__, pk)
        return False
    if not clean:
        one.move(State.REFUSED, by=None, problem=[gettext_noop("L'antivirus a refusé ce fichier."), {}], content=b"")
    return clean


def give_up(work: Work, pk: int) -> None:
    """A fault of ours: say so on its page; what is done stays, and it can be taken up again."""
    one = work.model.objects.due().filter(pk=pk).first()
    problem = [
        gettext_noop("Une erreur inattendue a arrêté l'import. Reprenez-le, ou prévenez l'équipe technique."),
        {},
    ]
    if one is not None:
        to = State.REFUSED if one.state == State.READING else State.STOPPED
        with suppress(StateError):  # someone stopped it a moment ago
            one.move(to, by=None, problem=problem, content=b"")


def ring_stalled(work: Work) -> None:
    for pk in islice(work.model.objects.stalled().values_list("pk", flat=True), 50):
        work.ring(pk)
