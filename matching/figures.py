"""The public figures: computed from rows, with what they count, and none that would tell of a few cases."""

from dataclasses import dataclass

from django.core.cache import caches
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from matching.models import (
    PROMISE,
    Application,
    Asking,
    Declaration,
    Introduction,
    PortageIntroduction,
    Said,
    Side,
    Without,
    promised_before,
)
from matching.models.introduction import AnyIntroduction
from opportunities.models import Opportunity

LEAST = 5  # fewer cases might tell who they are
AGE = 600  # seconds
What = Asking.What
CAME_OF_IT = [Said.TALKING, Said.OFFER, Said.WON, Said.LOST, Said.GIVEN_UP, Said.NEVER]
TOLD = Q(sme_said__in=CAME_OF_IT) | Q(group_said__in=CAME_OF_IT)
Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class Figure:
    """A count, or `value` out of `of`, with what it means."""

    label: str | Promise
    meaning: str | Promise
    value: int
    of: int | None = None

    @property
    def is_hidden(self) -> bool:
        """Too few to be told."""
        return (self.value if self.of is None else self.of) < LEAST

    @property
    def text(self) -> str:
        few = _("moins de %(n)s") % {"n": LEAST}
        if self.is_hidden:
            return few
        if self.of is None:
            return str(self.value)
        value = few if self.value < LEAST else str(self.value)
        return _("%(n)s sur %(of)s") % {"n": value, "of": self.of}

    @property
    def share(self) -> int | None:
        """In per cent; None when one of its parts is not told."""
        hidden = self.of is None or self.is_hidden or self.value < LEAST
        return None if hidden or not self.of else round(100 * self.value / self.of)


def shown() -> list[Figure]:
    """Ten minutes old at most."""
    counts: Counts | None = caches["pages"].get("results")
    if counts is None:
        counts = count()
        caches["pages"].set("results", counts, AGE)
    return figures(counts)


def count() -> Counts:
    """Eight queries."""
    return {
        "published": Opportunity.objects.filter(published_at__isnull=False).count(),
        **_introductions(),
        **_answers(),
        **_told(),
        **_wins(),
        **_portages(),
    }


def _introductions() -> Counts:
    born = Introduction.objects.sent().born_here().order_by().values("application__company")
    carried = PortageIntroduction.objects.sent().order_by().values("answer__request__company")
    return {"introductions": made(), "introduced": born.union(carried).count()}


def made() -> int:
    """Introductions that left, between companies that did not say they knew each other; portages among them."""
    return Introduction.objects.sent().born_here().count() + PortageIntroduction.objects.sent().count()


def _answers() -> Counts:
    """Of applications whose promised day is over: how many had their answer by then."""
    promised = Application.objects.filter(promised_before(timezone.localdate()), sent_at__isnull=False).exclude(
        state__in=[Application.State.WITHDRAWN, Application.State.CANCELLED]
    )
    answered = promised.annotate(answered_at=Coalesce("waitlisted_at", "decided_at"), promise_made=PROMISE)
    in_time = Q(answered_at__date__lte=F("promise_made"))
    return answered.aggregate(promised=Count("pk"), in_time=Count("pk", filter=in_time))


def _told() -> Counts:
    """Of introductions about which we asked what came of it: how many one side at least told us about."""
    rows = Introduction.objects.sent().filter(_asked_about(Introduction))
    return rows.aggregate(asked=Count("pk"), told=Count("pk", filter=TOLD))


def _asked_about(kind: type[AnyIntroduction]) -> Exists:
    whats = [What.MONTH, What.QUARTER, What.HALF]
    return Exists(Asking.objects.filter(what__in=whats, **{kind.concern: OuterRef("pk")}))


def _portages() -> Counts:
    """The same of portages, and those that both sides agree on, as the company says."""
    agreed = Q(pk__in=PortageIntroduction.objects.won())
    rows = PortageIntroduction.objects.sent().annotate(asked=_asked_about(PortageIntroduction))
    asked = Q(asked=True)
    return rows.aggregate(
        portages_asked=Count("pk", filter=asked),
        portages_told=Count("pk", filter=asked & TOLD),
        portages=Count("pk", filter=agreed),
    )


def _wins() -> Counts:
    last = Declaration.objects.filter(introduction=OuterRef("pk"), side=Side.SME).order_by("-at", "-pk")
    won = Introduction.objects.won().born_here().annotate(without=Subquery(last.values("without")[:1]))
    return won.aggregate(wins=Count("pk"), ours=Count("pk", filter=Q(without=Without.NO)))


# title, definition, and which count it is; of which other one, where it is a share
TABLE: list[tuple[Promise, Promise, str, str]] = [
    (gettext_lazy("Opportunités publiées"),
     gettext_lazy("Toutes celles qui ont été publiées depuis l'ouverture, closes comprises."),
     "published", ""),
    (gettext_lazy("PME mises en relation"),
     gettext_lazy("Entreprises, comptées une fois, que nous avons présentées à un groupe qu'elles ne "
                  "connaissaient pas."),
     "introduced", ""),
    (gettext_lazy("Mises en relation"),
     gettext_lazy("Messages partis aux deux côtés, portages compris, sans ceux entre entreprises qui disent "
                  "qu'elles se connaissaient déjà."),
     "introductions", ""),
    (gettext_lazy("Réponses données à temps"),
     gettext_lazy("Candidatures dont le jour promis est passé, sans celles retirées par l'entreprise ou "
                  "annulées : combien ont reçu leur réponse ce jour-là au plus tard."),
     "in_time", "promised"),
    (gettext_lazy("Suites connues"),
     gettext_lazy("Mises en relation dont nous avons demandé la suite, à partir de 30 jours, sans les "
                  "portages : combien ont reçu une réponse d'un côté au moins, bonne ou mauvaise."),
     "told", "asked"),
    (gettext_lazy("Affaires confirmées"),
     gettext_lazy("Affaires que la PME elle-même dit conclues, que le groupe ne contredit pas, entre "
                  "entreprises qui ne se connaissaient pas."),
     "wins", ""),
    (gettext_lazy("Affaires dues à la mise en relation"),
     gettext_lazy("Parmi les affaires confirmées, celles dont la PME dit qu'elles ne se seraient pas faites "
                  "sans Pacte International."),
     "ours", "wins"),
    (gettext_lazy("Suites de portages connues"),
     gettext_lazy("Mises en relation pour un portage demandé par une PME, dont nous avons demandé la suite à "
                  "partir de 30 jours : combien ont reçu une réponse d'un côté au moins, bonne ou mauvaise."),
     "portages_told", "portages_asked"),
    (gettext_lazy("Portages convenus"),
     gettext_lazy("Portages demandés par une PME, qu'elle-même dit convenus et que le groupe ne contredit "
                  "pas. Comptés à part : ils n'entrent pas dans les affaires."),
     "portages", ""),
]  # fmt: skip


def figures(counts: Counts) -> list[Figure]:
    return [Figure(title, told, counts[value], counts[of] if of else None) for title, told, value, of in TABLE]
