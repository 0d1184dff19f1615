"""A recommendation: asked by the SME, written through a signed link, read by both sides until the group decides."""

from django.conf import settings
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts import mail
from accounts.models import Membership, User
from matching import letters
from matching.apply import applicant, lock
from matching.models import Application, Sponsor
from matching.models.beside import LINK_LASTS, RECOMMENDABLE
from pacte.states import StateError

SALT = "matching.sponsors"


def link(sponsor: Sponsor) -> str:
    return settings.SITE_URL + reverse("matching:recommend", args=[signing.dumps(sponsor.pk, salt=SALT)])


def read(token: str) -> int:
    """Whose link it is; signing.BadSignature for any that is not ours."""
    found: int = signing.loads(token, salt=SALT)
    return found


def current(application: Application) -> Sponsor | None:
    return Sponsor.objects.current().filter(application=application).first()


def invite(application: Application, *, by: User, name: str, email: str, body: str) -> Sponsor:
    """Ask someone for a word; one at a time, and nobody of the company itself."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.state not in RECOMMENDABLE:
            raise StateError(_("Cette candidature n'attend plus de réponse : une recommandation n'y changerait rien."))
        if current(application):
            raise StateError(_("Vous avez déjà demandé une recommandation pour cette candidature."))
        members = Membership.objects.active().filter(organisation=application.company_id)
        if members.filter(user__email__iexact=email).exists():
            raise StateError(_("Cette personne est de votre entreprise : demandez à quelqu'un d'autre."))
        its = {"application": application, "name": name, "email": email.lower(), "body": body, "invited_by": by}
        sponsor = Sponsor.objects.create(**its, expires_at=timezone.now() + LINK_LASTS)
        mail.queue(**letters.sponsor_letter(sponsor, link(sponsor), by))
    return sponsor


def revoke(application: Application, *, by: User) -> None:
    """The SME takes its request back: the link dies, and what was written is shown to nobody."""
    with transaction.atomic():
        lock(application)
        applicant(application, by)
        if application.state not in RECOMMENDABLE:
            raise StateError(_("Le groupe a répondu : cette recommandation fait partie du dossier."))
        if not Sponsor.objects.current().filter(application=application).update(revoked_at=timezone.now()):
            raise StateError(_("Cette demande est déjà retirée."))


def write(sponsor: Sponsor, *, text: str) -> None:
    """What the sponsor says, and says anew until the group decides; the SME is told the first time."""
    with transaction.atomic():
        application = sponsor.application
        lock(application)
        sponsor.refresh_from_db(from_queryset=Sponsor.objects.select_for_update())
        sponsor.application = application
        if not sponsor.is_open:
            raise PermissionDenied
        first = sponsor.written_at is None
        sponsor.text, sponsor.written_at = text.strip(), timezone.now()
        sponsor.save(update_fields=["text", "written_at"])
        if first:
            mail.queue(**letters.recommended_letter(sponsor))


def shown(application: Application) -> Sponsor | None:
    """What a group reads of it."""
    sponsor = current(application)
    return sponsor if sponsor and sponsor.text else None
