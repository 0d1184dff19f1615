"""Nobody has applied five working days after publication: staff see it, the group learns what its criteria cost."""

from collections.abc import Collection
from datetime import date

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import visibility
from accounts.models import Membership, Organisation, SmeProfile, User
from matching import audience, fairness
from matching.models import Application, Match, QuietPost, Standing
from matching.models.introduction import asked_by
from opportunities import facts, moderation
from opportunities.models import Opportunity
from pacte.states import StateError

AFTER = 5  # working days
BATCH = 50  # opportunities looked at in one go
NEAR = 5  # companies named to the group
CLOSE = 40  # of the best, those among whom they are looked for: a few of them were shown too often


def look(today: date | None = None) -> int:
    """Note each that is due, with what its criteria exclude; in a worker that has all companies in memory."""
    found = list(due(today or timezone.localdate())[:BATCH])
    for opportunity in found:
        fields = {name: getattr(opportunity, name) for name in audience.FIELDS}
        asked = [{"kind": one.kind, "code": one.code, "must": one.must} for one in opportunity.criteria.all()]
        counted = audience.count(fields, asked)
        said = {"eligible": counted["eligible"], "excluded": counted["excluded"]}
        QuietPost.objects.get_or_create(opportunity=opportunity, defaults=said)
    return len(found)


def due(today: date) -> QuerySet[Opportunity]:
    """Open ones that are old enough, to which nobody has applied, and of which nothing was noted yet."""
    applied = Application.objects.filter(opportunity=OuterRef("pk"), sent_at__isnull=False)
    noted = QuietPost.objects.filter(opportunity=OuterRef("pk"))
    rows = Opportunity.objects.open().filter(published_at__lt=asked_by(AFTER, today))
    rows = rows.filter(~Exists(applied), ~Exists(noted), owner__in=Organisation.objects.active())
    return rows.prefetch_related("criteria").order_by("published_at", "pk")


def to_tell() -> QuerySet[QuietPost]:
    """Those whose group has not read of it yet."""
    related = ("opportunity__owner", "opportunity__created_by")
    return (
        QuietPost.objects.without_anyone()
        .filter(told_at=None)
        .select_related(*related)
        .prefetch_related("opportunity__criteria")
        .order_by("pk")
    )


def near(opportunity: Opportunity, *, eligible: bool | None = False, most: int = NEAR) -> list[Match]:
    """The best that do not apply: those who lack a must, or (`eligible`) who lack none.

    Only companies that did not refuse to be proposed, which sign-up says, nor to this group, and that staff may put
    forward: a group is shown no other that has not come to it.
    """
    there = Membership.objects.active().filter(organisation=OuterRef("company"))
    willing = SmeProfile.objects.filter(proposable=True).exclude(organisation__in=visibility.paused())
    gone = Standing.objects.filter(opportunity=opportunity).dismissed().values("company")
    rows = Match.objects.filter(
        Exists(there), opportunity=opportunity, eligible=eligible, company__in=willing.values("organisation")
    )
    rows = rows.filter(company__in=Organisation.objects.smes().active())
    rows = rows.exclude(company__in=visibility.hidden_from(opportunity.owner)).exclude(company__in=gone)
    rows = rows.exclude(company__in=Application.objects.filter(opportunity=opportunity).values("company"))
    best = list(rows.select_related("company").order_by("-score", "company")[:CLOSE])
    tired = fairness.over_cap([one.company_id for one in best])
    return [one for one in best if one.company_id not in tired][:most]


def line(quiet: QuietPost) -> str:
    """What the group reads in its mail: what each criterion excludes, who comes close."""
    said = cost(quiet) or _("aucun critère éliminatoire n'écarte de PME, précisez plutôt le besoin")
    text = _("%(title)s – %(said)s") % {"title": quiet.opportunity.title, "said": said}
    if close := near(quiet.opportunity):
        named = ", ".join(one.company.name for one in close)
        text += ". " + _("Presque compatibles : %(companies)s") % {"companies": named}
    return text


def cost(quiet: QuietPost) -> str:
    """Each criterion that excludes some, the heaviest first; one that has been dropped since is left out."""
    musts = [one for one in quiet.opportunity.criteria.all() if one.must]
    left, kinds = {(one.kind, one.code) for one in musts}, {one.kind for one in musts}
    counted = [(one["companies"], one["kind"], one["code"]) for one in quiet.excluded if one["companies"]]
    return ", ".join(
        ngettext("« %(criterion)s » écarte %(count)s PME", "« %(criterion)s » écarte %(count)s PME", number)
        % {"criterion": facts.counted(kind, code, musts), "count": number}
        for number, kind, code in sorted(counted, reverse=True)
        if (kind, code) in left or (not code and kind in kinds)
    )


def still(found: Collection[QuietPost]) -> list[QuietPost]:
    """Those that nobody has applied to and that were not told meanwhile, locked."""
    rows = to_tell().filter(pk__in=[one.pk for one in found])
    return list(rows.select_for_update(of=("self",)))


def close(quiet: QuietPost, *, by: User, reason: str) -> None:
    """Staff have looked at it; what they did is kept."""
    if not by.is_staff:
        raise PermissionDenied
    waiting = QuietPost.objects.filter(pk=quiet.pk, closed_at=None)
    if not waiting.update(closed_at=timezone.now(), closed_by=by, reason=moderation.given(reason)):
        raise StateError(_("Quelqu'un de l'équipe l'a déjà regardée."))
