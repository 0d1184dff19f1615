"""Writing an opportunity: what a form holds becomes the row, its criteria and a line of its history, together."""

from django.db import transaction

from accounts.models import User
from opportunities import history
from opportunities.forms import OpportunityForm, Wanted
from opportunities.models import Criterion, Opportunity


def criteria_of(opportunity: Opportunity) -> Wanted:
    """{(kind, code): must} as stored."""
    return {(one.kind, one.code): one.must for one in opportunity.criteria.all()}


def save(form: OpportunityForm, *, by: User, before: history.Picture | None) -> Opportunity:
    """Keep a valid form. `before` is how the row stood; None for a new one, whose history starts with itself."""
    with transaction.atomic():
        opportunity: Opportunity = form.save(commit=False)
        if before is None:
            opportunity.token = form.cleaned_data["token"]
            opportunity.save()
            _keep(opportunity, form.wanted())
        elif changes := history.differences(before, history.picture(opportunity, form.wanted())):
            opportunity.save()
            _keep(opportunity, form.wanted())
            opportunity.record(by=by, changes=changes)
    return opportunity


def _keep(opportunity: Opportunity, wanted: Wanted) -> None:
    stored = criteria_of(opportunity)
    gone = [one.pk for one in opportunity.criteria.all() if wanted.get((one.kind, one.code)) != one.must]
    opportunity.criteria.filter(pk__in=gone).delete()
    fresh = {key: must for key, must in wanted.items() if stored.get(key) != must}
    Criterion.objects.bulk_create(
        Criterion(opportunity=opportunity, kind=kind, code=code, must=must) for (kind, code), must in fresh.items()
    )
