"""What the one mail of a day tells a person beside what it asks of a group: lines, each told once an occasion."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Exists, Model, OuterRef, QuerySet, Value
from django.db.models.expressions import Combinable
from django.utils.translation import gettext_lazy as _

from matching.models import Nudge

M = TypeVar("M", bound=Model)
Kind = Nudge.Kind
BATCH = 500  # of each kind in one run; the next one takes the rest
TITLES = {
    Kind.QUESTION: _("Le groupe attend votre réponse pour décider"),
    Kind.PORTAGE: _("Un groupe vous pose une question sur votre projet de portage"),
    Kind.RECHECK: _("L'opportunité a changé : confirmez votre candidature ou modifiez-la"),
    Kind.PARTNER: _("Une entreprise vous invite à candidater avec elle"),
    Kind.JOIN: _("Une demande de rattachement attend votre décision"),
    Kind.CHARTER: _("À lire et à signer"),
    Kind.CERTIFICATE: _("Certifications qui arrivent à échéance"),
    Kind.CLOSED: _("Closes à leur date"),
}
TOLD = frozenset({Kind.CLOSED})  # nothing to answer by itself


@dataclass(frozen=True, slots=True)
class Line:
    """One thing for one person. `done` notes it elsewhere than among the nudges, when that is where it is kept."""

    kind: str
    about: int
    occasion: str
    address: str
    text: Callable[[], str]  # in the language of who reads it
    path: str
    language: str = "fr"  # of one whose address we do not know
    done: Callable[[], object] | None = None


def untold(rows: QuerySet[M], kind: str, occasion: Combinable | None = None, about: str = "pk") -> QuerySet[M]:
    """Those of which nobody was told, whoever reads for their organisation today."""
    its = Nudge.objects.filter(kind=kind, about=OuterRef(about), occasion=occasion or Value(""))
    return rows.filter(~Exists(its))


def fresh(lines: Collection[Line]) -> list[Line]:
    """Those that this very person has not been told."""
    known = Nudge.objects.filter(kind__in={one.kind for one in lines}, about__in={one.about for one in lines})
    told = set(known.values_list("kind", "about", "occasion", "address"))
    return [one for one in lines if (one.kind, one.about, one.occasion, one.address) not in told]


def note(lines: Iterable[Line]) -> None:
    """They were told; in the transaction of the mail."""
    rows = []
    for one in lines:
        if one.done:
            one.done()
        else:
            rows.append(Nudge(kind=one.kind, about=one.about, occasion=one.occasion, address=one.address))
    Nudge.objects.bulk_create(rows, ignore_conflicts=True)
