"""Lines for an SME's person: a question left without an answer, a change to confirm, an invitation, a certificate."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from functools import partial

from django.db.models import CharField, Exists, F, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import taxonomy
from accounts.models import Certificate, Membership, Organisation
from matching.apply import DECIDABLE
from matching.ladder import REPLY
from matching.models import Application, Message, Partner, PortageAnswer, PortageMessage, Side
from matching.nudges import BATCH, Kind, Line, untold
from opportunities.models import Opportunity
from pacte.days import date_format
from pacte.workdays import add_workdays, take_workdays

AFTER = 3  # working days without a word, to a question or an invitation
BEFORE = 2  # working days before a confirmation is due
LATELY = timedelta(days=30)  # an invitation older than that is not recalled
EXPIRES = timedelta(days=60)

Found = tuple[str, int, str, int, int | None, partial[str], str]  # kind … company, who speaks for it, text, path


def due(now: datetime) -> list[Line]:
    """Each reader once, whatever waits for them; a query for each kind, and one for who reads."""
    today = timezone.localdate(now)
    found = [*_questions(today), *_portage(today), *_rechecks(today), *_invitations(now), *_certificates(today)]
    people = _people({company for _kind, _about, _occasion, company, *_rest in found})
    lines = []
    for kind, about, occasion, company, contact, text, path in found:
        ranked = sorted(people[company], key=lambda one: (one.user_id != contact, not one.is_admin, one.pk))
        if ranked:
            address = ranked[0].user.email.lower()
            lines.append(Line(kind=kind, about=about, occasion=occasion, address=address, text=text, path=path))
    return lines


def _people(companies: Iterable[int]) -> dict[int, list[Membership]]:
    """Who may act for each company."""
    rows = Membership.objects.active().filter(organisation__in=companies, user__is_active=True)
    found: dict[int, list[Membership]] = defaultdict(list)
    for one in rows.exclude(role=Membership.Role.READER).select_related("user"):
        found[one.organisation_id].append(one)
    return found


def in_days(asked: datetime, today: date) -> bool:
    """Whether a question is old enough to be recalled, and its time not over."""
    day = timezone.localdate(asked)
    return add_workdays(day, AFTER) <= today <= add_workdays(day, REPLY)


def _since(today: date) -> datetime:
    """No question older than that has time left, however many holidays came since."""
    return timezone.now() - timedelta(days=3 * REPLY)


def _questions(today: date) -> Iterator[Found]:
    """A group asked something about an application."""
    later = Message.objects.filter(application=OuterRef("application"), pk__gt=OuterRef("pk"))
    rows = Message.objects.filter(
        ~Exists(later),
        side=Side.GROUP,
        at__gte=_since(today),
        application__in=Application.objects.waiting().filter(awaiting=Side.SME, opportunity__state__in=DECIDABLE),
        application__company__in=Organisation.objects.active(),
        application__opportunity__owner__in=Organisation.objects.active(),
    )
    for one in untold(rows, Kind.QUESTION).select_related("application__opportunity").order_by("pk")[:BATCH]:
        its = one.application
        if in_days(one.at, today):
            text = partial(_by, its.opportunity.title, add_workdays(timezone.localdate(one.at), REPLY))
            path = reverse("matching:application_answer", args=[its.pk])
            yield Kind.QUESTION, one.pk, "", its.company_id, its.contact_id, text, path


def _portage(today: date) -> Iterator[Found]:
    """A group asked something about a project; which one, the SME learns at its yes."""
    later = PortageMessage.objects.filter(answer=OuterRef("answer"), pk__gt=OuterRef("pk"))
    rows = PortageMessage.objects.filter(
        ~Exists(later),
        side=Side.GROUP,
        at__gte=_since(today),
        answer__in=PortageAnswer.objects.waiting().filter(awaiting=Side.SME),
        answer__request__company__in=Organisation.objects.active(),
        answer__group__in=Organisation.objects.active(),
    )
    for one in untold(rows, Kind.PORTAGE).select_related("answer__request").order_by("pk")[:BATCH]:
        if in_days(one.at, today):
            request, last = one.answer.request, add_workdays(timezone.localdate(one.at), REPLY)
            path = reverse("matching:portage_reply", args=[one.answer_id])
            text = partial(_in_country, request.country, last)
            yield Kind.PORTAGE, one.pk, "", request.company_id, request.contact_id, text, path


def _rechecks(today: date) -> Iterator[Found]:
    """What an application was written for has changed, and its company has not said whether it stands."""
    rows = Application.objects.waiting().filter(
        recheck_by__range=(today, today + timedelta(days=3 * REPLY)),
        opportunity__state__in=DECIDABLE,
        company__in=Organisation.objects.active(),
        opportunity__owner__in=Organisation.objects.active(),
    )
    asked = untold(rows, Kind.RECHECK, Cast(OuterRef("recheck_by"), CharField()))
    for one in asked.select_related("opportunity").order_by("pk")[:BATCH]:
        last = one.recheck_by
        if last and take_workdays(last, BEFORE) <= today:
            text = partial(_by, one.opportunity.title, last)
            path = reverse("matching:application_status", args=[one.pk])
            yield Kind.RECHECK, one.pk, last.isoformat(), one.company_id, one.contact_id, text, path


def _invitations(now: datetime) -> Iterator[Found]:
    """A company that is here was asked into an application that has not left, and has not answered."""
    today = timezone.localdate(now)
    rows = Partner.objects.filter(
        state=Partner.State.INVITED,
        invited_at__gte=now - LATELY,
        company__in=Organisation.objects.active(),
        application__state=Application.State.DRAFT,
        application__opportunity__in=Opportunity.objects.open(),
    )
    related = ("application__company", "application__opportunity")
    for one in untold(rows, Kind.PARTNER).select_related(*related).order_by("pk")[:BATCH]:
        if one.company_id and add_workdays(timezone.localdate(one.invited_at), AFTER) <= today:
            text, path = partial(_invited, one.application), reverse("matching:partner", args=[one.pk])
            yield Kind.PARTNER, one.pk, "", one.company_id, one.contact_id, text, path


def expiring(today: date) -> Q:
    """Of certificates: those that end within sixty days."""
    return Q(expires_on__range=(today, today + EXPIRES))


def _certificates(today: date) -> Iterator[Found]:
    """Once a certificate and a date, remembered by company and code: a profile that is saved has new rows."""
    told = Concat(OuterRef("code"), Value(":"), Cast(OuterRef("expires_on"), CharField()))
    rows = Certificate.objects.filter(expiring(today), profile__organisation__in=Organisation.objects.taking_part())
    rows = rows.annotate(company=F("profile__organisation"))
    for one in untold(rows, Kind.CERTIFICATE, told, about="company").order_by("expires_on", "pk")[:BATCH]:
        company: int = one.company
        occasion = f"{one.code}:{one.expires_on:%Y-%m-%d}"
        path = reverse("accounts:profile")
        yield Kind.CERTIFICATE, company, occasion, company, None, partial(expires, one), path


def _by(title: str, last: date) -> str:
    return _("%(title)s – avant le %(date)s") % {"title": title, "date": date_format(last, "j F Y")}


def _in_country(country: str, last: date) -> str:
    return _by(taxonomy.label("place", country), last)


def _invited(application: Application) -> str:
    told = _("%(name)s vous invite à candidater ensemble : %(title)s")
    return told % {"name": application.company.name, "title": application.opportunity.title}


def expires(certificate: Certificate) -> str:
    """In the active language."""
    told = _("%(name)s : valable jusqu'au %(day)s. Renouvelée ? Mettez la date à jour dans votre profil.")
    name = taxonomy.label("certification", certificate.code)
    return told % {"name": name, "day": date_format(certificate.expires_on or timezone.localdate(), "j F Y")}
