"""The mails about an application: to whom, in which language, in which words. templates/mail/ holds the texts."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts import advisers, mail, taxonomy, visibility
from accounts.models import Email, Membership, Organisation, User
from matching import bell, explain, next_steps
from matching.ladder import REPLY
from matching.models import Application, Match, Message, Partner, Standing
from opportunities import amendments, contacts, history, moderation
from opportunities.history import Changes
from opportunities.models import Opportunity
from pacte.workdays import add_workdays

Letter = dict[str, Any]  # the keyword arguments of mail.queue
SIMILAR = 3
# what stands for the SME's person until the mail itself says who it is
HIDDEN = {
    "name": gettext_lazy("[personne à contacter]"),
    "job_title": "",
    "email": gettext_lazy("[coordonnées transmises à l'envoi]"),
    "phone": "",
}


def preview(letter: Letter) -> dict[str, str]:
    """Subject and text as they would be read, but for the SME's person: consent covers the introduction alone."""
    partners = [{"company": one["company"], **HIDDEN} for one in letter["context"].get("partners", ())]
    written = mail.rendered(
        letter["template"], letter["context"] | {"sme": HIDDEN, "partners": partners}, letter["language"]
    )
    return {**written, "language": letter["language"]}


def received(application: Application) -> None:
    """E-10, to the SME: it has left, and when the answer is due."""
    mail.queue(**to_sme(application, "application_received", _dated("received", application)))


def arrived(application: Application) -> None:
    """E-17, to the group: someone applied."""
    mail.queue(**_to_group(application, "application_arrived", _dated("arrived", application)))


def shortlisted(application: Application) -> None:
    """E-11, to the SME."""
    bell.tell(shortlisted_letter(application), bell.Kind.ANSWER)


def shortlisted_letter(application: Application) -> Letter:
    return to_sme(application, "application_shortlisted", _moved("shortlisted", application))


def declined(application: Application) -> None:
    """E-13, to the SME: the reason, the group's words, other opportunities, the regional adviser."""
    bell.tell(declined_letter(application), bell.Kind.ANSWER)


def declined_letter(application: Application) -> Letter:
    """E-13 as it would leave now, with the reason and text that the application holds; for a preview too."""
    return _elsewhere(application, "application_declined", _moved("declined", application))


def waitlisted(application: Application) -> None:
    """E-11 again, to the SME: wanted, once a place frees."""
    bell.tell(waitlisted_letter(application), bell.Kind.ANSWER)


def waitlisted_letter(application: Application) -> Letter:
    return to_sme(application, "application_waitlisted", _moved("waitlisted", application))


def reexamined(application: Application) -> None:
    """E-18, to the SME: the group took its no back."""
    bell.tell(reexamined_letter(application), bell.Kind.ANSWER)


def reexamined_letter(application: Application) -> Letter:
    return to_sme(application, "application_reexamined", _moved("reexamined", application))


def unanswered(application: Application) -> None:
    """E-16, to the SME: nobody answered, our apologies, other opportunities."""
    letter = _elsewhere(application, "application_unanswered", _moved("unanswered", application))
    bell.tell(letter, bell.Kind.ANSWER)


def asked(message: Message) -> None:
    """E-12, to the SME: the group's question, and by when to answer."""
    letter = question_letter(message.application, message.text, f"application-question:{message.pk}")
    bell.tell(letter, bell.Kind.QUESTION)


def question_letter(application: Application, text: str, key: str = "") -> Letter:
    letter = to_sme(application, "application_question", key)
    due = add_workdays(timezone.localdate(), REPLY)
    letter["context"] |= {"words": text, "due": due, "action_url": _url("matching:application_answer", application.pk)}
    return letter


def answered(message: Message) -> None:
    """E-12 back, to the group."""
    letter = _to_group(message.application, "application_answer", f"application-answer:{message.pk}")
    letter["context"] |= {"words": message.text}
    bell.tell(letter, bell.Kind.ANSWER)


def withdrawn(application: Application, *, ceased: bool = False) -> None:
    """E-19, to the group: the SME took it back, or is no more."""
    letter = _to_group(application, "application_withdrawn", _dated("withdrawn", application))
    letter["context"] |= {"ceased": ceased}
    mail.queue(**letter)


def delete_asked(application: Application) -> None:
    """To the group: the SME took its agreement back after the introduction; what it received is to be deleted."""
    mail.queue(**_to_group(application, "delete_asked", f"delete-asked:{application.pk}"))


def cancelled(application: Application) -> None:
    """E-15, to the SME: the opportunity was withdrawn."""
    said, by_staff = moderation.withdrawn_because(application.opportunity)
    bell.tell(cancelled_letter(application, said, by_staff=by_staff), bell.Kind.ANSWER)


def cancelled_letter(application: Application, said: str | Promise, *, by_staff: bool = False) -> Letter:
    """E-15 as it would leave now, with the reason of its group or of staff."""
    letter = to_sme(application, "application_cancelled", _dated("cancelled", application))
    letter["context"] |= {"by_staff": by_staff}
    return _with_help(letter, application, said=said)


def moved_letter(application: Application, before: Opportunity) -> Letter:
    """To an SME whose application goes on under the group's other announcement of the same need."""
    letter = to_sme(application, "application_moved", f"application-moved:{application.pk}:{before.pk}")
    letter["context"] |= {"before": _quoted(before.title), "draft": application.state == Application.State.DRAFT}
    return letter


def transferred_letter(application: Application, before: Organisation) -> Letter:
    """To an SME that applies: another entity follows it; a confidential group's names stay unsaid."""
    opportunity = application.opportunity
    key = f"application-transferred:{application.pk}:{opportunity.revision}"
    letter = to_sme(application, "application_transferred", key)
    letter["context"] |= {"before": "" if opportunity.confidential else before.name}
    return letter


def closed_letter(application: Application, key: str, why: str | Promise = "") -> Letter:
    """E-14, to an SME that was still writing: too late, why, and what else there is."""
    letter = _elsewhere(application, "application_closed", f"application-closed:{key}:{application.pk}")
    letter["context"] |= {"why": why}
    return letter


def goes_on_letter(application: Application, key: str, why: str | Promise = "") -> Letter:
    """To an SME that applies: it closed sooner than announced; its own application is still to be answered."""
    letter = to_sme(application, "application_goes_on", f"application-goes-on:{key}:{application.pk}")
    letter["context"] |= {"why": why}
    return letter


def changed_letter(application: Application, changes: Changes, key: str) -> Letter:
    """E-33, to an SME that applies: what has changed, field by field, and by when to say whether it stands."""
    letter = to_sme(application, "application_changed", f"application-changed:{key}:{application.pk}")
    letter["context"]["recheck_by"] = recheck_by(changes) if application.is_waiting else None
    _before, later = changes.get("answer_by", (None, None))
    kept = application.promise.isoformat() if application.promise and application.is_waiting else ""
    letter["context"]["promise"] = application.promise if kept and later and kept < later else None
    with translation.override(letter["language"]):
        letter["context"]["changes"] = history.worded(application.opportunity, changes)
    return letter


def recheck_by(changes: Changes) -> date | None:
    """The last day for an applicant to confirm or edit; none when its dates alone have changed."""
    return add_workdays(timezone.localdate(), REPLY) if changes.keys() & amendments.SUBSTANCE else None


def introduction(application: Application, *, by: User | None, message: str) -> Email:
    """E-20, to both: the one mail that discloses a confidential group's name."""
    return mail.queue(**introduction_letter(application, by=by, message=message))


def rung(email: Email, application: Application) -> None:
    """E-20 has left: the SME finds it in its centre, where the group's name is not before."""
    bell.ring([contact_of(application)], email, bell.Kind.ANSWER, application.get_absolute_url())


def introduction_letter(application: Application, *, by: User | None, message: str) -> Letter:
    """E-20 as it would leave now; both sides can reply to all."""
    opportunity, sme = application.opportunity, contact_of(application)
    contact, deputy = contacts.present(opportunity)
    both = [sme.email, contact.email or (by.email if by else "")]
    partners = with_people(application)
    languages = {sme.language, contacts.language_of(opportunity, both[1])}
    context = context_of(application) | {
        "group_name": opportunity.owner.name,
        "sme": person(sme),
        "partners": [{"company": one.name, **person(user)} for one, user in partners],
        "group": {"name": contact.name or str(by or ""), "email": both[1]},
        "deputy": {"name": deputy.name, "email": deputy.email} if deputy.email not in both else {},
        "message": message.strip(),
        "known": application.knew_the_group,  # they take up what they began; nobody introduces them
        "next_steps": next_steps.of(opportunity.kind),
        "action_url": settings.SITE_URL + opportunity.get_absolute_url(),
    }
    language = "en" if languages == {"en"} else "fr"
    return {
        "key": f"introduction:{application.pk}",
        "about": f"introduction:{application.pk}",  # one an application: it bears its number
        "template": "introduction",
        "language": language,
        "to": list(dict.fromkeys(both)),
        "cc": [*_copy(deputy, both), *(user.email for _one, user in partners)],
        "reply_to": list(dict.fromkeys(both)),
        "context": _worded(context, opportunity, language),
    }


def pointed_out_letter(application: Application, opportunity: Opportunity) -> Letter:
    """To an SME that a group keeps in mind: something new of that group's."""
    key = f"pointed-out:{opportunity.pk}:{application.company_id}"
    letter = to_sme(application, "opportunity_pointed_out", key)
    letter["context"] |= {
        "fresh": opportunity,
        "fresh_title": _quoted(opportunity.title),
        "keeping_url": _url("matching:application_keeping", application.pk),
        "action_url": settings.SITE_URL + opportunity.get_absolute_url(),
    }
    return letter


def reposted_letter(application: Application, opportunity: Opportunity, key: str) -> Letter:
    """To an SME that applied before: the same need is published again, and it may apply again."""
    letter = to_sme(application, "opportunity_reposted", key)
    fresh = {"fresh": opportunity, "fresh_title": _quoted(opportunity.title)}
    letter["context"] |= fresh | {"action_url": settings.SITE_URL + opportunity.get_absolute_url()}
    return letter


def rewrite(email: Email, application: Application) -> None:
    """An introduction that waits, as it would be written now: with the same word of the group's.

    People may have left or mended their addresses since: then it goes to all anew.
    """
    accepted = application.history.filter(after=Application.State.ACCEPTED).select_related("actor").last()
    letter = introduction_letter(
        application, by=accepted.actor if accepted else None, message=application.waiting_word
    )
    text = mail.rendered(letter["template"], letter["context"], letter["language"])
    its = {**text, **{name: letter[name] for name in ("to", "cc", "reply_to")}}
    if set(letter["to"]) != set(email.to):
        its["delivered"] = []
    for name, value in its.items():
        setattr(email, name, value)
    email.save(update_fields=list(its))


def with_people(application: Application) -> list[tuple[Partner, User]]:
    """The companies that apply along, each with who speaks for it."""
    rows = Partner.objects.joined().filter(application=application).select_related("company")
    return [(one, user) for one in rows if (user := contact_of(one))]


def contact_of(application: Application | Partner) -> User:
    """Whom the SME chose, while they work there and may sign in; else whoever runs the company."""
    rows = Membership.objects.active().filter(organisation=application.company).select_related("user")
    return min(rows, key=lambda row: rank(row, application.contact_id)).user


def rank(row: Membership, chosen: int | None = None) -> tuple[bool, bool, bool, int]:
    """Who of a company is written to: the least first."""
    return not row.user.is_active, row.user_id != chosen, not row.is_admin, row.pk


def person(user: User) -> dict[str, str]:
    return {"name": str(user), "job_title": user.job_title, "email": user.email, "phone": user.phone}


def similar(company: int | None, *, but: Any = ()) -> list[Opportunity]:
    """Other open opportunities that this company fits best and has not applied to; `but` are left out.

    Nor those that it has put away; and none while it wishes to be proposed nothing.
    """
    hidden = Standing.objects.filter(company=company).dismissed().values("opportunity")
    rows = Opportunity.objects.open().exclude(applications__company=company).exclude(pk__in=but)
    best = Match.objects.filter(company=company, opportunity__in=rows.exclude(pk__in=hidden)).eligible()
    willing = best.exclude(company__in=visibility.paused()).select_related(None).select_related("opportunity")
    return [one.opportunity for one in willing.order_by("-score", "opportunity")[:SIMILAR]]


def linked(opportunities: list[Opportunity]) -> list[dict[str, str]]:
    """As mails list them."""
    return [{"title": one.title, "url": settings.SITE_URL + one.get_absolute_url()} for one in opportunities]


def to_sme(application: Application, template: str, key: str) -> Letter:
    contact = contact_of(application)
    context = context_of(application) | {"action_url": _url("matching:application_status", application.pk)}
    return {
        "key": key,
        "about": f"application:{application.pk}",
        "template": template,
        "language": contact.language,
        "to": [contact.email],
        "context": _worded(context | {"sme": person(contact)}, application.opportunity, contact.language),
    }


def _elsewhere(application: Application, template: str, key: str) -> Letter:
    """To an SME that this leads nowhere: what else there is, and who may help."""
    return _with_help(to_sme(application, template, key), application, action_url=_url("matching:sme_dashboard"))


def _with_help(letter: Letter, application: Application, **more: str | Promise) -> Letter:
    found = linked(similar(application.company_id))
    letter["context"] |= {"similar": found, "adviser": advisers.of(application.company), **more}
    return letter


def _to_group(application: Application, template: str, key: str) -> Letter:
    """To who reads for the group today: the absent one gets no copy, and finds it all on the page."""
    opportunity = application.opportunity
    contact, deputy = contacts.present(opportunity)
    language = contacts.language_of(opportunity, contact.email)
    context = context_of(application) | {"action_url": _url("matching:application_review", application.pk)}
    to = [contact.email] if contact.email else []
    return {
        "key": key,
        "about": f"application:{application.pk}",
        "template": template,
        "language": language,
        "to": to,
        "cc": contacts.here(opportunity, _copy(deputy, to)),
        "context": _worded(context, opportunity, language),
    }


def _dated(event: str, application: Application) -> str:
    """A key for one sending: what is taken back and sent again is told again."""
    sent = application.sent_at.isoformat() if application.sent_at else ""
    return f"application-{event}:{application.pk}:{sent}"


def _moved(event: str, application: Application) -> str:
    """A key for one move: a no that was taken back may be said again."""
    last = application.history.order_by("-pk").first()
    return f"application-{event}:{application.pk}:{last.pk if last else ''}"


def context_of(application: Application) -> dict[str, Any]:
    opportunity = application.opportunity
    title = _quoted(opportunity.title)
    return {"application": application, "opportunity": opportunity, "company": application.company, "title": title}


def _quoted(title: str) -> str:
    """A title that stands between quotes of ours."""
    return re.sub(r"«\s?(.*?)\s?»", r"“\1”", title)


def _worded(context: Mapping[str, Any], opportunity: Opportunity, language: str) -> dict[str, Any]:
    """With the words that templates cannot look up."""
    with translation.override(language):
        places = ", ".join(taxonomy.label("place", code) for code in opportunity.places)
        return {**context, "places": places, "reasons": _reasons(context["application"])}


def _reasons(application: Application) -> list[str]:
    """What speaks for the company, in words of the active language."""
    match = Match.objects.filter(opportunity=application.opportunity_id, company=application.company_id).first()
    told = explain.reasons(match, "group") if match else []
    return [reason.text for reason in told if reason.answer in {"met", "partly"}]


def _copy(deputy: contacts.Contact, to: list[str]) -> list[str]:
    return [deputy.email] if deputy.email and deputy.email not in to else []


def _url(name: str, *args: int) -> str:
    return settings.SITE_URL + reverse(name, args=args)
