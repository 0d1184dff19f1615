"""What each side hears while the mail that puts them in touch does not arrive. No address is told across."""

from collections.abc import Sequence

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.models import Membership
from matching import letters
from matching.models import Introduction, Side
from opportunities import contacts

HELD = {
    Side.SME: _(
        "Le groupe retient votre candidature à « %(title)s ». L'équipe de Pacte International vérifie un point avant "
        "d'envoyer le message qui vous met en relation. Vous n'avez rien à faire."
    ),
    Side.GROUP: _(
        "Vous avez retenu %(company)s pour « %(title)s ». L'équipe de Pacte International vérifie un point avant "
        "d'envoyer le message qui vous met en relation. Vous n'avez rien à faire."
    ),
}
CANCELLED = {
    Side.SME: _(
        "Le groupe avait retenu votre candidature à « %(title)s », mais l'équipe de Pacte International a annulé la "
        "mise en relation. Répondez à ce message pour en savoir plus."
    ),
    Side.GROUP: _(
        "L'équipe de Pacte International a annulé votre mise en relation avec %(company)s pour « %(title)s ». "
        "Répondez à ce message pour en savoir plus."
    ),
}
VERIFIED = {
    Side.SME: _(
        "Le groupe retient votre candidature à « %(title)s », mais le message qui vous met en relation n'a pas encore "
        "pu être remis : ses coordonnées sont en cours de vérification. L'équipe de Pacte International le renverra. "
        "Vous n'avez rien à faire."
    ),
    Side.GROUP: _(
        "Le message qui vous met en relation avec %(company)s pour « %(title)s » n'a pas encore pu être remis : ses "
        "coordonnées sont en cours de vérification. L'équipe de Pacte International le renverra. Vous n'avez rien à "
        "faire."
    ),
}
TO_MEND = _(
    "Le message qui met votre organisation en relation avec un partenaire pour « %(title)s » n'a pas pu être remis à "
    "%(address)s. Corrigez cette adresse, ou désignez une autre personne, puis répondez à ce message : l'équipe de "
    "Pacte International le renverra."
)


def held(introduction: Introduction) -> None:
    """E-21, to both."""
    move = introduction.history.order_by("-pk").values_list("pk", flat=True).first()
    for side in Side:
        _write(introduction, side, HELD[side], f"held-{move}", _people(introduction, side))


def cancelled(introduction: Introduction) -> None:
    """E-28, to both."""
    for side in Side:
        _write(introduction, side, CANCELLED[side], "cancelled", _people(introduction, side))


def undelivered(introduction: Introduction) -> None:
    """E-22, once a side: where its own address is at fault, its other people hear which; the other side does not."""
    email = introduction.email
    for side, address in zip(Side, (email.to[0], email.to[-1]), strict=True):
        if email.at_fault(address):
            _write(introduction, side, TO_MEND, "undelivered", _deputies(introduction, side, address), address)
        else:
            _write(introduction, side, VERIFIED[side], "undelivered", _people(introduction, side))


def _write(
    introduction: Introduction, side: Side, words: str | Promise, event: str, to: Sequence[str], address: str = ""
) -> None:
    if not to:
        return  # nobody but the address at fault: staff call
    application = introduction.application
    opportunity = application.opportunity
    language = contacts.language_of(opportunity, to[0])
    context = letters.context_of(application)
    page = "matching:application_status" if side == Side.SME else "matching:application_review"
    path = reverse("accounts:members") if address and side == Side.SME else reverse(page, args=[application.pk])
    with translation.override(language):
        said = str(words) % {"title": context["title"], "company": application.company.name, "address": address}
    mail.queue(
        key=f"introduction-{event}:{introduction.pk}:{side}",
        about=f"introduction:{application.pk}",
        template="introduction_news",
        language=language,
        to=to,
        reply_to=[settings.CONTACT_EMAIL],
        context=context | {"words": said, "side": side, "address": address, "action_url": settings.SITE_URL + path},
    )


def _people(introduction: Introduction, side: Side) -> list[str]:
    """Who speaks for this side today; on the company's, those of a group of companies too."""
    application = introduction.application
    if side == Side.SME:
        if not Membership.objects.active().filter(organisation=application.company_id).exists():
            return []
        people = [letters.contact_of(application), *(user for _one, user in letters.with_people(application))]
        return [user.email for user in people]
    return list(dict.fromkeys(one.email for one in contacts.present(application.opportunity) if one.email))


def _deputies(introduction: Introduction, side: Side, address: str) -> list[str]:
    """This side's other people: the deputy that a group named, else those who administer the organisation."""
    application = introduction.application
    organisation = application.company if side == Side.SME else application.opportunity.owner
    named = [one.email for one in contacts.named(application.opportunity)] if side == Side.GROUP else []
    rows = Membership.objects.active().filter(organisation=organisation).order_by("pk").select_related("user")
    running = [row.user.email for row in rows if row.is_admin]
    others = [email for email in named if email and email.lower() != address.lower()]
    return list(dict.fromkeys(others or [email for email in running if email.lower() != address.lower()]))
