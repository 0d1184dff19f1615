"""What companies say of a group after an introduction: given by one, told to the group only as averages."""

from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts.models import Organisation, User
from matching import outcomes
from matching.models import ANSWERS, Introduction, Rating, Side
from pacte.states import StateError

LOT = 5


@dataclass(frozen=True, slots=True)
class Told:
    """What a group reads: how many ratings count, and the average of each answer."""

    count: int
    averages: list[tuple[str, float]]


def rate(introduction: Introduction, answers: dict[str, Any], *, by: User) -> Rating:
    """Write down the company's rating, or change it in its first 30 days; the same again changes nothing."""
    with transaction.atomic():
        outcomes.lock(introduction)
        outcomes.speaker(introduction, Side.SME, by)
        if introduction.state != Introduction.State.SENT:
            raise StateError(_("Cette mise en relation n'est pas partie : il n'y a rien à en dire."))
        its = introduction.application
        between = {"group": its.opportunity.owner, "company": its.company, "by": by}
        rating, created = Rating.objects.get_or_create(introduction=introduction, defaults=answers | between)
        if not created:
            _change(rating, answers, by)
        return rating


def _change(rating: Rating, answers: dict[str, Any], by: User) -> None:
    changes = {name: [was, its] for name, its in answers.items() if (was := getattr(rating, name)) != its}
    if rating.is_final:
        raise StateError(_("Votre avis a plus de 30 jours : il ne change plus."))
    if not changes:
        return
    for name, its in answers.items():
        setattr(rating, name, its)
    rating.by = by
    rating.save(update_fields=[*answers, "by"])
    rating.introduction.record(by=by, changes=changes)


def told(group: Organisation) -> Told | None:
    """What the group may read, in one query; None below five companies.

    Nobody's answers may be worked out from what the group reads on two days. So each company counts once, by its
    first rating; a rating counts once nobody may change it; and they count five by five, the oldest first, as the
    difference between the averages of five and of six would be the sixth.
    """
    once = Rating.objects.final().filter(group=group).order_by("company", "at", "pk").distinct("company")
    rows = sorted(once.values_list("at", "pk", *ANSWERS))
    count = len(rows) // LOT * LOT
    if not count:
        return None
    columns = list(zip(*rows[:count], strict=True))[2:]
    labels = [capfirst(label_of(name)) for name in ANSWERS]
    return Told(count, [(label, round(sum(its) / count, 1)) for label, its in zip(labels, columns, strict=True)])


def label_of(name: str) -> str:
    return str(Rating._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
