"""How many companies an opportunity would reach, beside the form where it is written and on a page of its own."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.decorators import for_groups
from accounts.http import Request
from matching import explain, quiet_posts
from matching.audience import count_audience, sentence
from matching.models import Match, QuietPost
from opportunities import facts
from opportunities.forms import OpportunityForm
from opportunities.models import Criterion, Opportunity
from pacte.shortcuts import render_part

MANY = 200  # companies from which a need is not precise enough
STEP = "criteres"


@require_safe
@for_groups
def audience(request: Request, pk: int) -> HttpResponse:
    """As stored; with the criteria being typed when the form sends them along. Nothing is saved."""
    rows = Opportunity.objects.owned_by(request.user).prefetch_related("criteria")
    opportunity = get_object_or_404(rows, pk=pk)
    criteria = list(opportunity.criteria.all())
    if "experience" in request.GET:
        form = OpportunityForm(request.GET, instance=opportunity, step=STEP)
        form.is_valid()  # what is not valid is left out
        criteria = [Criterion(kind=kind, code=code, must=must) for (kind, code), must in form.wanted().items()]
    context = {"opportunity": opportunity, **said(count_audience(opportunity, criteria), criteria)}
    if QuietPost.objects.without_anyone().filter(opportunity=opportunity).exists():
        context["near"] = [(one.company, lacking(one)) for one in quiet_posts.near(opportunity)]
        context["quiet"] = True
    return render_part(request, "matching/audience.html", context, part="audience")


def lacking(match: Match) -> list[explain.Reason]:
    """What keeps a company from being eligible: it has not come to the group, which reads no more of it."""
    return [one for one in explain.reasons(match, "group") if one.answer != "met"]


def said(found: dict[str, Any] | None, criteria: Sequence[Criterion] = ()) -> dict[str, Any]:
    """The count in words, what to think of it, and what each criterion does to it."""
    if found is None:
        return {"known": False, "sentence": "", "warning": "", "wishes": [], "excluded": []}
    eligible: int = found["eligible"]
    warning = ""
    if eligible == 0:
        warning = _("Aucune PME ne répond à tout : retirez ou assouplissez un critère éliminatoire.")
    elif eligible > MANY:
        warning = _("Plus de %(count)s PME : précisez le besoin ou ajoutez un critère, pour ne pas être submergé.") % {
            "count": MANY
        }
    return {
        "known": True,
        "sentence": sentence(found),
        "warning": warning,
        "wishes": [(facts.counted(one["kind"], one["code"], criteria), one["companies"]) for one in found["having"]],
        "excluded": [
            (facts.counted(one["kind"], one["code"], criteria), one["companies"]) for one in found["excluded"]
        ],
    }
