"""The mails of a group of companies that applies together. templates/mail/ holds the texts."""

from typing import Any

from django.conf import settings
from django.core import signing
from django.urls import reverse

from accounts import advisers, mail
from accounts.models import Membership, Organisation, User
from matching import bell, letters
from matching.letters import Letter
from matching.models import Application, Partner
from opportunities.models import Opportunity

SALT = "matching.partners"
OVER = frozenset({"declined", "unanswered", "cancelled", "closed"})


def link(partner: Partner) -> str:
    """Where a company that is not known yet is told of it, then answers: whoever holds it speaks for theirs, once."""
    return settings.SITE_URL + reverse("matching:partner_invitation", args=[signing.dumps(partner.pk, salt=SALT)])


def page(partner: Partner) -> str:
    return settings.SITE_URL + reverse("matching:partner", args=[partner.pk])


def invited(partner: Partner, by: User) -> None:
    """To the company if we know it, to the address if not: who asks, for what, where to answer."""
    reader = _reader(partner.company) if partner.company else None
    known = reader or User.objects.filter(email=partner.email).first()
    context = letters.context_of(partner.application) | {
        "partner": partner,
        "person": letters.person(by),
        "action_url": page(partner) if reader else link(partner),
    }
    to = reader.email if reader else partner.email
    language = known.language if known else by.language
    its = _letter(partner, "partner_invited", f"partner-invited:{partner.pk}", [to], language, context)
    bell.tell(its, bell.Kind.INVITATION)


def answered(partner: Partner, what: str) -> None:
    """To the one that leads: it joins, declines or leaves."""
    lead = letters.contact_of(partner.application)
    context = letters.context_of(partner.application) | {
        "partner": partner,
        "what": what,
        "sme": letters.person(lead),
        "action_url": _url("matching:application_partners", partner.application),
    }
    if what == "left_sent":
        context["action_url"] = _url("matching:application_status", partner.application)
    key = f"partner-answered:{partner.pk}:{what}"
    its = _letter(partner, "partner_answered", key, [lead.email], lead.language, context)
    bell.tell(its, bell.Kind.INVITATION)


def news(partner: Partner, what: str) -> None:
    """To a company that had agreed: what became of the application; where it leads nowhere, what it told the lead."""
    last = partner.application.history.order_by("-pk").first()
    bell.tell(news_letter(partner, what, str(last.pk if last else "")), bell.Kind.ANSWER)


def news_letter(partner: Partner, what: str, key: str) -> Letter:
    reader = letters.contact_of(partner)
    context = letters.context_of(partner.application) | {
        "partner": partner,
        "what": what,
        "sme": letters.person(reader),
        "action_url": page(partner),
        "similar": letters.linked(elsewhere(partner)) if what in OVER else [],
        "adviser": advisers.of(partner.company) if what in OVER and partner.company else None,
    }
    about = f"application:{partner.application_id}"
    return {
        "key": f"partner-news:{partner.pk}:{what}:{key}",
        "about": about,
        "template": "partner_news",
        "language": reader.language,
        "to": [reader.email],
        "context": context,
    }


def elsewhere(partner: Partner) -> list[Opportunity]:
    """Other opportunities for this company, but those where it applies along already."""
    along = Partner.objects.joined().filter(company=partner.company_id).values("opportunity")
    return letters.similar(partner.company_id, but=along)


def left(partner: Partner) -> None:
    """To the group: one company of a file it has received is no longer in it."""
    letter = letters._to_group(partner.application, "partner_left", f"partner-left:{partner.pk}")
    letter["context"] |= {"partner": partner}
    mail.queue(**letter)


def _letter(
    partner: Partner, template: str, key: str, to: list[str], language: str, context: dict[str, Any]
) -> Letter:
    about = f"application:{partner.application_id}"
    return {"key": key, "about": about, "template": template, "language": language, "to": to, "context": context}


def _reader(company: Organisation) -> User | None:
    rows = Membership.objects.active().filter(organisation=company).select_related("user")
    first = min(rows, key=letters.rank, default=None)
    return first.user if first else None


def _url(name: str, application: Application) -> str:
    return settings.SITE_URL + reverse(name, args=[application.pk])
