"""The mails about a portage that an SME asks for. `portage_news` is the text of all but the introduction."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import advisers, mail
from accounts.models import Absence, Email, Membership, Organisation, User
from matching import bell, next_steps, portage_file
from matching.ladder import REPLY
from matching.letters import HIDDEN, person, rank
from matching.models import PortageAnswer, PortageMessage, PortageRequest
from opportunities.kinds import Kind
from pacte.days import date_format
from pacte.workdays import add_workdays

Letter = dict[str, Any]


@dataclass(frozen=True, slots=True)
class News:
    """One mail's words, in the language of its reader."""

    subject: str
    heading: str
    lines: Sequence[str]
    button: str
    quote: str = ""


Words = Callable[[], News]


def received(request: PortageRequest) -> None:
    """To the SME: it has left, and what comes next."""

    def words() -> News:
        return News(
            _("Votre demande de portage : %(country)s") % {"country": request.place},
            _("Votre demande de portage est bien arrivée"),
            [
                _("Vous cherchez un groupe pour vous porter dans ce pays : %(country)s.") % {"country": request.place},
                _(
                    "Notre équipe lit votre demande sous deux jours ouvrés, puis la propose à des groupes présents "
                    "sur place."
                ),
            ],
            _("Voir ma demande"),
        )

    _to_sme(request, "received", f"{request.pk}", words)


def routed(request: PortageRequest, count: int) -> None:
    """To the SME: how many groups have it, and by when they answer."""
    last = request.answers.waiting().order_by("-answer_by").first()

    def words() -> News:
        put = ngettext(
            "Nous avons proposé votre projet à %(n)s groupe présent dans ce pays.",
            "Nous avons proposé votre projet à %(n)s groupes présents dans ce pays.",
            count,
        ) % {"n": count}
        due = _("Réponse promise avant le %(date)s.") % {"date": date_format(last.answer_by, "j F Y")} if last else ""
        return News(
            _("Votre projet est proposé à des groupes : %(country)s") % {"country": request.place},
            _("Votre projet est entre les mains de groupes"),
            [put, due],
            _("Voir ma demande"),
        )

    _to_sme(request, "routed", f"{request.pk}:{last.pk if last else ''}", words)


def opened(request: PortageRequest, count: int) -> None:
    """To the SME: every group that is there may take it up."""

    def words() -> News:
        put = ngettext(
            "Votre projet est ouvert à %(n)s groupe présent dans ce pays, qui peut s'en saisir.",
            "Votre projet est ouvert aux %(n)s groupes présents dans ce pays : chacun peut s'en saisir.",
            count,
        ) % {"n": count}
        until = _("Sans suite d'ici le %(date)s, nous vous le dirons.")
        return News(
            _("Votre projet est proposé à des groupes : %(country)s") % {"country": request.place},
            _("Votre projet est entre les mains de groupes"),
            [put, until % {"date": date_format(request.expires_on, "j F Y")}],
            _("Voir ma demande"),
        )

    _to_sme(request, "opened", f"{request.pk}", words)


def refused(request: PortageRequest) -> None:
    """To the SME: why we do not put it to groups, and who may help."""

    def words() -> News:
        return News(
            _("Votre demande de portage : %(country)s") % {"country": request.place},
            _("Nous ne proposons pas votre demande à des groupes"),
            [_("Nous vous devons une raison claire : la voici.")],
            _("Voir ma demande"),
            request.refusal,
        )

    _to_sme(request, "refused", f"{request.pk}", words, adviser=True)


def preview(letter: Letter, request: PortageRequest) -> dict[str, str]:
    """Subject and text as they would be read, but for what tells a group who the SME is before it accepts."""
    hidden: Letter = {"sme": HIDDEN, "company": {"name": portage_file.name(request)}}
    if letter["context"].get("person") and "news" in letter["context"]:
        hidden["person"] = HIDDEN["name"]
    written = mail.rendered(letter["template"], letter["context"] | hidden, letter["language"])
    return {**written, "language": letter["language"]}


def declined(answer: PortageAnswer) -> None:
    bell.tell(declined_letter(answer), bell.Kind.PORTAGE)


def declined_letter(answer: PortageAnswer) -> Letter:
    """To the SME: one group's reason and words; the group is not named."""

    def words() -> News:
        reason = _("Raison donnée : %(reason)s.") % {"reason": answer.get_decline_reason_display()}
        return News(
            _("Réponse d'un groupe à votre demande de portage : %(country)s") % {"country": answer.request.place},
            _("Un groupe a décliné votre demande"),
            [
                _("Un groupe a étudié votre projet dans ce pays (%(country)s) et ne peut pas le porter.")
                % {"country": answer.request.place},
                reason,
                _next(answer),
            ],
            _("Voir ma demande"),
            answer.decline_text,
        )

    return _sme_letter(answer.request, "declined", f"{answer.pk}", words, adviser=True)


def unanswered(answer: PortageAnswer) -> None:
    """To the SME: one group never answered, with our apologies."""

    def words() -> News:
        return News(
            _("Sans réponse d'un groupe : %(country)s") % {"country": answer.request.place},
            _("Un groupe ne vous a pas répondu"),
            [
                _("Malgré nos rappels, un groupe n'a pas répondu à votre demande. Nous en sommes désolés."),
                _next(answer),
            ],
            _("Voir ma demande"),
        )

    _to_sme(answer.request, "unanswered", f"{answer.pk}", words, adviser=True)


def expired(request: PortageRequest) -> None:
    """To the SME: nobody took it up."""

    def words() -> News:
        return News(
            _("Votre demande de portage est restée sans suite : %(country)s") % {"country": request.place},
            _("Aucun groupe n'a pu vous porter"),
            [
                _("Votre demande est arrivée à son terme sans qu'un groupe l'accepte. Nous en sommes désolés."),
                _("Votre projet n'est pas en cause. Vous pouvez en déposer un autre à tout moment."),
            ],
            _("Voir ma demande"),
        )

    _to_sme(request, "expired", f"{request.pk}", words, adviser=True)


def asked(message: PortageMessage) -> None:
    """To the SME: a group's question, and by when to answer."""
    answer = message.answer

    def words() -> News:
        due = add_workdays(timezone.localdate(), REPLY)
        return News(
            _("Une question sur votre projet : %(country)s") % {"country": answer.request.place},
            _("Un groupe vous pose une question"),
            [_("Répondez avant le %(date)s : le groupe attend pour décider.") % {"date": date_format(due, "j F Y")}],
            _("Répondre"),
            message.text,
        )

    _to_sme(answer.request, "question", f"{message.pk}", words, url=_url("portage_reply", answer.pk))


def replied(message: PortageMessage) -> None:
    """To the group: the SME's answer."""
    answer = message.answer

    def words() -> News:
        name = portage_file.name(answer.request, answer)
        return News(
            _("Réponse à votre question : portage, %(country)s") % {"country": answer.request.place},
            _("L'entreprise vous a répondu"),
            [_("%(company)s répond à votre question.") % {"company": name}],
            _("Lire le dossier"),
            message.text,
        )

    _to_group(answer, "reply", f"{message.pk}", words)


def proposed(answer: PortageAnswer) -> None:
    """To the group: an SME looks for someone to carry it where the group is."""

    def words() -> News:
        request = answer.request
        lines = [
            _("%(company)s cherche un groupe pour la porter dans ce pays : %(country)s.")
            % {"company": portage_file.name(request), "country": request.place},
            _("Vous y êtes présents. Aide souhaitée : %(support)s.") % {"support": ", ".join(request.wanted)},
            _("Votre réponse est attendue avant le %(date)s, même si c'est non.")
            % {"date": date_format(answer.answer_by, "j F Y")},
        ]
        return News(
            _("Une PME cherche un portage : %(country)s") % {"country": request.place},
            _("Une PME a besoin de votre réseau"),
            lines,
            _("Lire le dossier"),
        )

    _to_group(answer, "proposed", f"{answer.pk}", words)


def cancelled(answer: PortageAnswer) -> None:
    """To a group that was still looking at it: no answer is owed any more."""

    def words() -> News:
        return News(
            _("Vous n'avez plus à répondre : portage, %(country)s") % {"country": answer.request.place},
            _("Cette demande n'attend plus de réponse"),
            [_("La demande de portage qui vous était proposée est close. Vous n'avez rien à faire.")],
            _("Voir les demandes de portage"),
        )

    _to_group(answer, "cancelled", f"{answer.pk}", words, url=_url("portage_received"))


def line(answer: PortageAnswer) -> str:
    when = date_format(answer.answer_by, "j F Y")
    late = _("%(country)s : votre réponse était promise avant le %(date)s.")
    soon = _("%(country)s : votre réponse est attendue avant le %(date)s.")
    return (late if answer.is_overdue else soon) % {"country": answer.request.place, "date": when}


def introduction(answer: PortageAnswer, *, by: User, message: str) -> Email:
    """To both, once: the one mail that names everybody."""
    return mail.queue(**introduction_letter(answer, by=by, message=message))


def introduction_letter(answer: PortageAnswer, *, by: User, message: str) -> Letter:
    request, sme = answer.request, contact_of(answer.request)
    language = "en" if {sme.language, by.language} == {"en"} else "fr"
    both = list(dict.fromkeys([sme.email, by.email]))
    with translation.override(language):
        context = {
            "request": request,
            "company": request.company,
            "group": answer.group,
            "country": request.place,
            "support": ", ".join(request.wanted),
            "sme": person(sme),
            "person": by,
            "message": message.strip(),
            "next_steps": [str(step) for step in next_steps.of(Kind.PORTAGE)],
            "action_url": "",
        }
    return {
        "key": f"portage-introduction:{request.pk}",
        "about": f"portage:{request.pk}",
        "template": "portage_introduction",
        "language": language,
        "to": both,
        "reply_to": both,
        "context": context,
    }


def contact_of(request: PortageRequest) -> User:
    """Whom the SME chose, while they work there and may sign in; else whoever runs the company."""
    rows = Membership.objects.active().filter(organisation=request.company_id).select_related("user")
    return min(rows, key=lambda row: rank(row, request.contact_id)).user


def readers(group: Organisation) -> list[User]:
    """Who administers the group and is here today; all of them when nobody is."""
    rows = Membership.objects.active().filter(organisation=group, role=Membership.Role.ADMIN)
    people = [row.user for row in rows.select_related("user").order_by("pk")]
    away = set(Absence.objects.filter(organisation=group).on(timezone.localdate()).values_list("email", flat=True))
    return [one for one in people if one.email.lower() not in away] or people


def _next(answer: PortageAnswer) -> str:
    if answer.request.opened or answer.request.answers.waiting().exclude(pk=answer.pk).exists():
        return _("D'autres groupes ont votre projet entre les mains : leur réponse vous parviendra aussi.")
    return _("Notre équipe reprend votre projet et cherche un autre groupe.")


def _to_sme(
    request: PortageRequest, event: str, key: str, words: Words, *, adviser: bool = False, url: str = ""
) -> None:
    bell.tell(_sme_letter(request, event, key, words, adviser=adviser, url=url), bell.Kind.PORTAGE)


def _sme_letter(
    request: PortageRequest, event: str, key: str, words: Words, *, adviser: bool = False, url: str = ""
) -> Letter:
    contact = contact_of(request)
    context: Letter = {"adviser": advisers.of(request.company) if adviser else None, "to_group": False}
    context["action_url"] = url or _url("portage_status", request.pk)
    return news_letter(request, f"portage-{event}:{key}", [contact], words, context)


def _to_group(answer: PortageAnswer, event: str, key: str, words: Words, *, url: str = "") -> None:
    people = readers(answer.group)
    context = {"adviser": None, "to_group": True, "action_url": url or _url("portage_dossier", answer.request_id)}
    if people:
        letter = news_letter(answer.request, f"portage-{event}:{key}", people, words, context)
        bell.tell(letter, bell.Kind.PORTAGE)


def news_letter(request: PortageRequest, key: str, people: Sequence[User], words: Words, context: Letter) -> Letter:
    language = people[0].language
    with translation.override(language):
        news = words()
    return {
        "key": key,
        "about": f"portage:{request.pk}",
        "template": "portage_news",
        "language": language,
        "to": [one.email for one in people],
        "context": context | {"news": news, "person": people[0] if len(people) == 1 else None},
    }


def _url(name: str, *args: int) -> str:
    return settings.SITE_URL + reverse(f"matching:{name}", args=args)
