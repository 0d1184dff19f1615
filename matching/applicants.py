"""Those who applied to one opportunity, as its group looks through them: filters, order, what each row tells."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.db.models import Count, F, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from accounts import labels
from accounts.taxonomy import places
from matching import explain, progress
from matching.models import Application, ApplicationQuerySet, Band, Match, promised_before

State = Application.State
COMPARED = 4
WAITING = Q(state__in=[State.SENT, State.SHORTLISTED, State.WAITLISTED])
STATES: Mapping[str, tuple[str | Promise, Q]] = {
    "": (_("Toutes"), Q()),
    "a-repondre": (_("À répondre"), WAITING),
    "preselection": (_("Présélectionnées"), Q(state=State.SHORTLISTED)),
    "acceptees": (_("Acceptées"), Q(state=State.ACCEPTED)),
    "terminees": (_("Autres"), ~WAITING & ~Q(state=State.ACCEPTED)),
}
PRESSING: Mapping[str, str | Promise] = {
    "": _("toutes"),
    "non-lues": _("non lues"),
    "en-retard": _("en retard"),
    "question": _("qui attendent votre mot"),
}
FITS: Mapping[str, str | Promise] = {"": _("toutes"), **dict(Band.choices)}
_region = lazy(places.label, str)
REGIONS: Mapping[str, str | Promise] = {"": _("toutes"), **{code: _region(code) for code in places.REGIONS}}
SORTS: Mapping[str, str | Promise] = {"adequation": _("adéquation"), "date": _("date d'envoi")}


@dataclass(frozen=True, slots=True)
class Choice:
    """What the address asks to see; nonsense in it counts for nothing."""

    state: str = ""
    pressing: str = ""
    fit: str = ""
    region: str = ""
    sort: str = "adequation"

    @classmethod
    def of(cls, query: Mapping[str, Any]) -> Self:
        asked = {name: str(query.get(key, "")) for name, key in KEYS.items()}
        known = {name: value for name, value in asked.items() if value in CHOICES[name]}
        return cls(**known)

    @property
    def narrows(self) -> bool:
        return bool(self.state or self.pressing or self.fit or self.region)

    def rows(self, received: ApplicationQuerySet) -> ApplicationQuerySet:
        """Those asked for, in the order asked for; who lacks a must stands behind the others."""
        pair = Match.objects.filter(opportunity=OuterRef("opportunity"), company=OuterRef("company"))
        found = received.filter(STATES[self.state][1], urgent(self.pressing), lies_in(self.region)).annotate(
            eligible=Subquery(pair.values("eligible")[:1]),
            score=Subquery(pair.values("score")[:1]),
            band=Subquery(pair.values("band")[:1]),
        )
        if self.fit:
            found = found.filter(band=self.fit)
        if self.sort == "date":
            return found.order_by("-sent_at", "-pk")
        return found.order_by(F("eligible").desc(nulls_last=True), F("score").desc(nulls_last=True), "-sent_at", "-pk")


KEYS = {"state": "etat", "pressing": "urgence", "fit": "niveau", "region": "region", "sort": "tri"}
CHOICES: Mapping[str, Mapping[str, Any]] = {
    "state": STATES, "pressing": PRESSING, "fit": FITS, "region": REGIONS, "sort": SORTS
}  # fmt: skip


def urgent(pressing: str) -> Q:
    if pressing == "non-lues":
        return WAITING & Q(seen_at=None)
    if pressing == "en-retard":
        return WAITING & promised_before(timezone.localdate())
    if pressing == "question":
        return WAITING & Q(awaiting="group")
    return Q()


def lies_in(region: str) -> Q:
    """The company's seat: its postcode says so, else its département."""
    found = Q()
    for code, place in places.DEPARTMENTS.items():
        if place.parent == region:
            number = "20" if code in {"FR-2A", "FR-2B"} else code.removeprefix("FR-")
            found |= Q(company__postcode__startswith=number) | Q(company__postcode="", company__department=code)
    return found


def tabs(received: ApplicationQuerySet, chosen: str) -> list[dict[str, Any]]:
    """The states with their counts, in one query."""
    counts = received.aggregate(
        **{
            name.replace("-", "_") or "toutes": Count("pk", filter=clause) if clause else Count("pk")
            for name, (_label, clause) in STATES.items()
        }
    )
    return [
        {
            "value": name,
            "label": label,
            "count": counts[name.replace("-", "_") or "toutes"],
            "current": name == chosen,
        }
        for name, (label, _clause) in STATES.items()
    ]


def rows_of(applications: Iterable[Application]) -> list[dict[str, Any]]:
    """Each with its fit in words and what presses; of one that is not readable any more, its name and state alone."""
    found = list(applications)
    readable = [one for one in found if one.is_readable]
    by_company, given = matches_of(readable), labels.of(one.company_id for one in readable)
    return [
        {
            "application": one,
            "fit": explain.fit(by_company[one.company_id], "group") if one.company_id in by_company else None,
            "unread": one.seen_at is None and one.is_waiting,
            "late": progress.days_late(one),
            "labels": given.get(one.company_id, []),
            "asks": one.awaiting == "group" and one.is_waiting,
        }
        for one in found
    ]


def matches_of(applications: Iterable[Application]) -> dict[int, Match]:
    """The match of each company, of applications to one opportunity."""
    found = list(applications)
    opportunities = {one.opportunity_id for one in found}
    matches = Match.objects.filter(opportunity__in=opportunities, company__in=[one.company_id for one in found])
    return {match.company_id: match for match in matches}


def compared(
    applications: list[Application], matches: Mapping[int, Match]
) -> list[tuple[str | Promise, list[explain.Row | None]]]:
    """A line for each criterion of the score, with what it says of each company; None where it says nothing.

    `matches`: theirs, as `matches_of` gives them.
    """
    tables = explain.tables(matches.values(), "group")
    columns = [{row.code: row for row in tables.get(one.company_id, [])} for one in applications]
    labels = {code: row.criterion for column in columns for code, row in column.items()}
    heaviest = {code: -max(column[code].max for column in columns if code in column) for code in labels}
    ordered = sorted(labels, key=lambda code: (heaviest[code], code))
    return [(labels[code], [column.get(code) for column in columns]) for code in ordered]
