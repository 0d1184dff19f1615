"""The mail that asks one person what came of introductions, or tells it: one a day, whatever it is about."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from matching.letters import Letter
from matching.models import Asking, Introduction, PortageIntroduction, Side
from matching.models.introduction import AnyIntroduction
from matching.outcome_clock import Ask
from opportunities import contacts

What = Asking.What
TOLD = frozenset({What.THANKS, What.NO_TIME})  # nothing to answer
# subject, lines, button
ASKED = {
    What.CONTACT: [
        gettext_lazy("Le contact avec %(name)s a-t-il eu lieu ?"),
        gettext_lazy("Il y a quelques jours, nous vous avons mis en relation avec %(name)s : %(title)s."),
        gettext_lazy("Dites-nous si le contact a eu lieu, s'il se fait attendre, ou si vous n'avez plus le temps."),
        gettext_lazy("Répondre"),
    ],
    What.WIN: [
        gettext_lazy("%(name)s dit avoir conclu une affaire avec vous : le confirmez-vous ?"),
        gettext_lazy("Bonne nouvelle : %(name)s nous dit qu'une affaire est conclue entre vous (%(title)s)."),
        gettext_lazy(
            "Elle ne compte qu'avec votre confirmation, et un ordre de grandeur de son montant. Le groupe ne lit "
            "pas ce montant."
        ),
        gettext_lazy("Confirmer ou corriger"),
    ],
    What.THANKS: [
        gettext_lazy("Merci : votre affaire avec %(name)s est confirmée"),
        gettext_lazy("Vous nous avez dit ce qui est sorti de votre mise en relation : %(title)s. Merci."),
        gettext_lazy(
            "Entre entreprises qui ne se connaissaient pas, une affaire compte dans nos chiffres publics, sans "
            "aucun nom : elle aide les suivantes à oser."
        ),
        gettext_lazy("Relire ce que vous avez dit"),
    ],
    What.NO_TIME: [
        gettext_lazy("%(name)s n'a plus le temps de poursuivre"),
        gettext_lazy(
            "%(name)s nous dit ne plus avoir le temps de poursuivre cet échange (%(title)s), et vous en remercie."
        ),
        gettext_lazy(
            "Cela ne dit rien de vous. Nous ne vous demanderons plus de nouvelles de cette mise en relation."
        ),
        gettext_lazy("Voir cette mise en relation"),
    ],
}
# a portage has no amount, and is not an affair
OF_A_PORTAGE = {
    What.WIN: [
        gettext_lazy("%(name)s dit que le portage est convenu avec vous : le confirmez-vous ?"),
        gettext_lazy("Bonne nouvelle : %(name)s nous dit que le portage est convenu entre vous (%(title)s)."),
        gettext_lazy("Il ne compte qu'avec votre confirmation."),
        gettext_lazy("Confirmer ou corriger"),
    ],
    What.THANKS: [
        gettext_lazy("Merci : votre portage avec %(name)s est confirmé"),
        gettext_lazy("Vous nous avez dit ce qui est sorti de votre mise en relation : %(title)s. Merci."),
        gettext_lazy("Il compte dans nos chiffres publics, sans aucun nom : il aide les suivantes à oser."),
        gettext_lazy("Relire ce que vous avez dit"),
    ],
}
NEWS_OF_A_PORTAGE = [
    gettext_lazy("Où en êtes-vous avec %(name)s ?"),
    gettext_lazy("Nous vous avons mis en relation avec %(name)s : %(title)s."),
    gettext_lazy(
        "Échanges en cours, portage convenu ou abandonné : une minute suffit, et toute réponse nous est utile."
    ),
    gettext_lazy("Dire où nous en sommes"),
]
NEWS = [
    gettext_lazy("Où en êtes-vous avec %(name)s ?"),
    gettext_lazy("Nous vous avons mis en relation avec %(name)s : %(title)s."),
    gettext_lazy(
        "Échanges en cours, offre, affaire conclue, perdue ou abandonnée : une minute suffit, et toute réponse "
        "nous est utile."
    ),
    gettext_lazy("Dire où nous en sommes"),
]


def letter(asks: Sequence[Ask], address: str, key: str) -> Letter:
    """E-23 to E-26, or all that is due to this person that day in one mail."""
    language = _language(asks[0].introduction, address)
    with translation.override(language):
        context = _one(asks[0]) if len(asks) == 1 else _several(asks)
    about = {"about": _about(asks[0].introduction)} if len(asks) == 1 else {}
    return {
        "key": key,
        "to": [address],
        "template": "outcome_news",
        "language": language,
        "context": context | {"to_group": asks[0].side == Side.GROUP},
        **about,
    }


def _language(introduction: AnyIntroduction, address: str) -> str:
    if isinstance(introduction, Introduction):
        return contacts.language_of(introduction.application.opportunity, address)
    known = User.objects.filter(email=address).first()
    return known.language if known else "fr"


def _about(introduction: AnyIntroduction) -> str:
    is_portage = isinstance(introduction, PortageIntroduction)
    return f"portage:{_subject(introduction)}" if is_portage else f"introduction:{_subject(introduction)}"


def _subject(introduction: AnyIntroduction) -> int:
    """What its pages and its mails are found by: the application, or the request for portage."""
    if isinstance(introduction, PortageIntroduction):
        return introduction.answer.request_id
    return introduction.application_id  # type: ignore[attr-defined]


def line(ask: Ask) -> str:
    """Among other things that wait for the same person."""
    of_a_portage = {
        What.WIN: _("%(name)s dit que le portage est convenu avec vous : le confirmez-vous ? (%(title)s)"),
        What.THANKS: _("%(name)s : le portage est confirmé, merci de nous l'avoir dit. (%(title)s)"),
    }
    lines = {
        What.CONTACT: _("%(name)s : le contact a-t-il eu lieu ? (%(title)s)"),
        What.WIN: _("%(name)s dit avoir conclu une affaire avec vous : le confirmez-vous ? (%(title)s)"),
        What.THANKS: _("%(name)s : l'affaire est confirmée, merci de nous l'avoir dit. (%(title)s)"),
        What.NO_TIME: _("%(name)s n'a plus le temps de poursuivre, et vous remercie de l'échange. (%(title)s)"),
    } | (of_a_portage if ask.introduction.is_portage else {})
    return lines.get(What(ask.what), _("%(name)s : où en êtes-vous ? (%(title)s)")) % _words(ask)


def path(ask: Ask) -> str:
    """Of the page where it is answered."""
    name = "portage_outcome" if ask.introduction.is_portage else "outcome"
    received = "" if ask.side == Side.SME else "_received"
    return reverse(f"matching:{name}{received}", args=[_subject(ask.introduction)])


def url(ask: Ask) -> str:
    return settings.SITE_URL + path(ask)


def _words(ask: Ask) -> dict[str, str]:
    """The other side as this one knows it since the introduction."""
    its = ask.introduction
    other = its.group() if ask.side == Side.SME else its.company()
    return {"name": other.name, "title": its.title()}


def _one(ask: Ask) -> dict[str, Any]:
    asked, news = (ASKED | OF_A_PORTAGE, NEWS_OF_A_PORTAGE) if ask.introduction.is_portage else (ASKED, NEWS)
    subject, *lines, button = [str(text) for text in asked.get(What(ask.what), news)]
    words = _words(ask)
    return {
        "subject": subject % words,
        "lines": [one % words for one in lines],
        "items": [],
        "action_url": url(ask),
        "button": button,
    }


def _several(asks: Sequence[Ask]) -> dict[str, Any]:
    page = "matching:sme_dashboard" if asks[0].side == Side.SME else "matching:group_dashboard"
    return {
        "subject": _("Des nouvelles de vos mises en relation ?"),
        "lines": [_("Voici ce que nous voudrions savoir ou vous dire, en un seul message.")],
        "items": [{"text": line(ask), "url": url(ask)} for ask in asks],
        "action_url": settings.SITE_URL + reverse(page),
        "button": _("Ouvrir mon tableau de bord"),
    }
