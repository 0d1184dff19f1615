"""Writing an opportunity: what a form holds becomes the row, its criteria and a line of its history, together."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from accounts.models import User
from opportunities import history
from opportunities.forms import OpportunityForm, criteria_of
from opportunities.kinds import KINDS, Kind
from opportunities.models import Criterion, Opportunity


def save(form: OpportunityForm, *, by: User, before: history.Picture | None) -> Opportunity:
    """Keep a valid form. `before` is how the row stood; None for a new one, whose history starts with itself."""
    with transaction.atomic():
        opportunity: Opportunity = form.save(commit=False)
        if before is None:
            opportunity.token = form.cleaned_data["token"]
            opportunity.save()
            keep_criteria(opportunity, form.wanted())
        elif changes := history.differences(before, history.picture(opportunity, form.wanted())):
            opportunity.save()
            keep_criteria(opportunity, form.wanted())
            opportunity.record(by=by, changes=changes)
    return opportunity


def change_kind(opportunity: Opportunity, kind: Kind, *, by: User) -> None:
    """Make a draft one of another kind: answers that both ask for stay, the others are in its history."""
    before = history.picture(opportunity, criteria_of(opportunity))
    opportunity.kind = kind
    opportunity.details = kept_details(opportunity.details, before["kind"], kind)
    if not opportunity.spec.asks_stage:
        opportunity.stage = ""
    if not opportunity.spec.asks_amount:
        opportunity.amount, opportunity.amount_shared, opportunity.amount_reason = "", False, ""
    with transaction.atomic():
        if changes := history.differences(before, history.picture(opportunity, criteria_of(opportunity))):
            opportunity.save()
            opportunity.record(by=by, changes=changes)


def duplicate(opportunity: Opportunity, *, by: User, token: UUID | None) -> Opportunity:
    """A draft with the same words and criteria, without dates; the one already made of this token, if any."""
    made = Opportunity.objects.filter(owner=opportunity.owner_id, token=token).first() if token else None
    if made:
        return made
    copied = {name: getattr(opportunity, name) for name in history.FIELDS if name not in {"apply_by", "answer_by"}}
    dates = {field.name for field in opportunity.spec.fields if field.type == "date"}
    copied["copied_from"] = opportunity
    copied["details"] = {name: value for name, value in opportunity.details.items() if name not in dates}
    with transaction.atomic():
        copy, is_new = Opportunity.objects.get_or_create(
            token=token or uuid4(), defaults={"owner": opportunity.owner, "created_by": by, **copied}
        )
        if is_new:
            keep_criteria(copy, criteria_of(opportunity))
    return copy


def kept_details(details: dict[str, Any], before: str, after: str) -> dict[str, Any]:
    """What still answers a field of the other kind: the same name, asked in the same way."""
    old = {field.name: (field.type, field.options) for field in KINDS[before].fields}
    same = {field.name for field in KINDS[after].fields if old.get(field.name) == (field.type, field.options)}
    return {name: value for name, value in details.items() if name in same}


def keep_criteria(opportunity: Opportunity, wanted: Mapping[tuple[str, str], bool]) -> None:
    """Store these criteria, and no others."""
    stored = criteria_of(opportunity)
    gone = [one.pk for one in opportunity.criteria.all() if wanted.get((one.kind, one.code)) != one.must]
    opportunity.criteria.filter(pk__in=gone).delete()
    fresh = {key: must for key, must in wanted.items() if stored.get(key) != must}
    Criterion.objects.bulk_create(
        Criterion(opportunity=opportunity, kind=kind, code=code, must=must) for (kind, code), must in fresh.items()
    )
