"""What awaits an organisation: questions, changes and invitations to answer, drafts to send in time, a certificate to
renew, a profile to confirm, what came of a meeting to say."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Case, Count, Max, Min, Q, Value, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import taxonomy
from accounts.models import Certificate, Organisation
from accounts.profile import is_stale
from matching import outcome_clock, outcome_letters, sme_nudges
from matching.models import Application, Introduction, Partner, PortageAnswer, Side
from matching.outcome_clock import Ask
from opportunities.models import Enquiry, Opportunity
from pacte.days import date_format

SHOWN = 5  # of each
SOON = timedelta(days=7)
State = Application.State
WAITING = [State.SENT, State.SHORTLISTED, State.WAITLISTED]


@dataclass(frozen=True, slots=True)
class Awaited:
    text: str
    url: str


def of(company: Organisation) -> list[Awaited]:
    """An SME's: what presses first, of each kind the oldest; seven queries."""
    return [
        *_applications(company),
        *_invitations(company),
        *_questions(company),
        *_outcomes(Side.SME, company),
        *_certificates(company),
        *_profile(company),
    ]


def of_group(group: Organisation) -> list[Awaited]:
    """A group's, beside the applications that it has to answer; three queries."""
    return [*_enquiries(group), *_outcomes(Side.GROUP, group)]


def _enquiries(group: Organisation) -> list[Awaited]:
    rows = Enquiry.objects.waiting().filter(opportunity__in=Opportunity.objects.public(), opportunity__owner=group)
    counted = (
        rows.order_by().values_list("opportunity", "opportunity__title").annotate(n=Count("pk"), at=Min("asked_at"))
    )
    return [
        Awaited(
            ngettext(
                "Une PME vous pose une question publique : %(title)s",
                "%(count)s questions publiques attendent votre réponse : %(title)s",
                count,
            )
            % {"count": count, "title": title},
            reverse("opportunities:enquiries", args=[pk]),
        )
        for pk, title, count, _at in counted.order_by("at")[:SHOWN]
    ]


def _outcomes(side: Side, whose: Organisation) -> list[Awaited]:
    """Of introductions, then of portages."""
    rows = [
        row
        for kind in outcome_clock.KINDS
        for row in outcome_clock.awaited(kind, side).of(whose, side).with_sides()[:SHOWN]
    ]
    asks = [Ask(row, side, outcome_clock.now_asked(row, side), "") for row in rows]
    return [Awaited(outcome_letters.line(ask), outcome_letters.path(ask)) for ask in asks]


def _applications(company: Organisation) -> list[Awaited]:
    """A question, a change to confirm, a draft to send within a week, whether they had met a group now named."""
    today = timezone.localdate()
    waiting = Q(state__in=WAITING)
    open_ones = Opportunity.objects.open().filter(apply_by__lte=today + SOON)
    revealed = Q(state=State.ACCEPTED, opportunity__confidential=True, introduction__state=Introduction.State.SENT)
    cases = {
        "question": waiting & Q(awaiting=Side.SME),
        "changed": waiting & Q(recheck_by__gte=today),
        "closing": Q(state=State.DRAFT, opportunity__in=open_ones),
        "met": revealed & Q(in_contact=""),
    }
    which = Case(*[When(case, then=Value(name)) for name, case in cases.items()], default=Value(""))
    turn = Case(*[When(which=name, then=Value(place)) for place, name in enumerate(cases)])
    rows = Application.objects.filter(company=company).annotate(which=which).exclude(which="")
    read = ("pk", "which", "opportunity__title", "opportunity__apply_by", "recheck_by")
    found = rows.order_by(turn, "recheck_by", "opportunity__apply_by", "pk").values_list(*read)
    return [_of_application(*row) for row in found[: SHOWN * len(cases)]]


def _of_application(pk: int, which: str, title: str, apply_by: date | None, recheck_by: date | None) -> Awaited:
    said, place, day = {
        "question": (_("Un groupe vous pose une question : %(title)s"), "matching:application_answer", None),
        "changed": (
            _("L'opportunité a changé, confirmez votre candidature avant le %(day)s : %(title)s"),
            "matching:application_status",
            recheck_by,
        ),
        "closing": (
            _("Votre brouillon est à envoyer avant la fin du %(day)s : %(title)s"),
            "matching:application_edit",
            apply_by,
        ),
        "met": (_("Étiez-vous déjà en contact avec ce groupe ? %(title)s"), "matching:application_contact", None),
    }[which]
    words = {"title": title, "day": date_format(day, "j F") if day else ""}
    return Awaited(said % words, reverse(place, args=[pk]))


def _certificates(company: Organisation) -> list[Awaited]:
    rows = Certificate.objects.filter(sme_nudges.expiring(timezone.localdate()), profile__organisation=company)
    page = reverse("accounts:profile")
    return [Awaited(sme_nudges.expires(row), page) for row in rows.order_by("expires_on", "pk")[:SHOWN]]


def _profile(company: Organisation) -> list[Awaited]:
    profile = getattr(company, "sme_profile", None)
    if profile is None or not is_stale(profile):
        return []
    text = _("Votre profil date de plus de six mois : relisez-le et confirmez-le")
    return [Awaited(text, f"{reverse('accounts:profile')}#fraicheur")]


def _invitations(company: Organisation) -> list[Awaited]:
    rows = Partner.objects.filter(
        company=company, state=Partner.State.INVITED, application__opportunity__in=Opportunity.objects.open()
    )
    read = ("pk", "application__company__name", "application__opportunity__title")
    return [
        Awaited(
            _("%(name)s vous invite à candidater ensemble : %(title)s") % {"name": name, "title": title},
            reverse("matching:partner", args=[pk]),
        )
        for pk, name, title in rows.order_by("invited_at").values_list(*read)[:SHOWN]
    ]


def _questions(company: Organisation) -> list[Awaited]:
    rows = PortageAnswer.objects.filter(
        request__company=company, state=PortageAnswer.State.WAITING, awaiting=Side.SME
    ).annotate(asked=Max("messages__at"))
    return [
        Awaited(
            _("Un groupe vous pose une question sur votre projet : %(country)s")  # which group, it learns at its yes
            % {"country": taxonomy.label("place", row.request.country)},
            reverse("matching:portage_reply", args=[row.pk]),
        )
        for row in rows.select_related("request").order_by("asked")[:SHOWN]
    ]
