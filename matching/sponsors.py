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
from matching import apply, portage, sponsor_letters
from matching.models import Application, PortageRequest, Sponsor
from matching.models.beside import LINK_LASTS, may_be_recommended
from pacte.states import StateError

SALT = "matching.sponsors"
Subject = Application | PortageRequest


def link(sponsor: Sponsor) -> str:
    return settings.SITE_URL + reverse("matching:recommend", args=[signing.dumps(sponsor.pk, salt=SALT)])


def read(token: str) -> int:
    """Whose link it is; signing.BadSignature for any that is not ours."""
    found: int = signing.loads(token, salt=SALT)
    return found


def current(subject: Subject) -> Sponsor | None:
    return Sponsor.objects.current().about(subject).first()


def invite(subject: Subject, *, by: User, name: str, email: str, body: str) -> Sponsor:
    """Ask someone for a word; one at a time, and nobody of the company itself."""
    with transaction.atomic():
        _take(subject, by)
        if not may_be_recommended(subject):
            raise StateError(_("Cette demande n'attend plus de réponse : une recommandation n'y changerait rien."))
        if current(subject):
            raise StateError(_("Vous avez déjà demandé une recommandation."))
        members = Membership.objects.active().filter(organisation=subject.company_id)
        if members.filter(user__email__iexact=email).exists():
            raise StateError(_("Cette personne est de votre entreprise : demandez à quelqu'un d'autre."))
        of = "portage" if isinstance(subject, PortageRequest) else "application"
        its = {of: subject, "name": name, "email": email.lower(), "body": body, "invited_by": by}
        sponsor = Sponsor.objects.create(**its, expires_at=timezone.now() + LINK_LASTS)
        mail.queue(**sponsor_letters.invited(sponsor, link(sponsor), by))
    return sponsor


def revoke(subject: Subject, *, by: User) -> None:
    """The SME takes its request back: the link dies, and what was written is shown to nobody."""
    with transaction.atomic():
        _take(subject, by)
        if not may_be_recommended(subject):
            raise StateError(_("Le groupe a répondu : cette recommandation fait partie du dossier."))
        if not Sponsor.objects.current().about(subject).update(revoked_at=timezone.now()):
            raise StateError(_("Cette demande est déjà retirée."))


def write(sponsor: Sponsor, *, text: str) -> None:
    """What the sponsor says, and says anew until the group decides; the SME is told the first time."""
    with transaction.atomic():
        subject = sponsor.subject
        _lock(subject)
        sponsor.refresh_from_db(from_queryset=Sponsor.objects.select_for_update())
        if isinstance(subject, PortageRequest):
            sponsor.portage = subject
        else:
            sponsor.application = subject
        if not sponsor.is_open:
            raise PermissionDenied
        first = sponsor.written_at is None
        sponsor.text, sponsor.written_at = text.strip(), timezone.now()
        sponsor.save(update_fields=["text", "written_at"])
        if first:
            mail.queue(**sponsor_letters.written(sponsor))


def shown(subject: Subject) -> Sponsor | None:
    """What a group reads of it."""
    sponsor = current(subject)
    return sponsor if sponsor and sponsor.text else None


def _take(subject: Subject, by: User) -> None:
    """Locked, by someone of the company that asks."""
    _lock(subject)
    if isinstance(subject, PortageRequest):
        portage.applicant(subject, by)
    else:
        apply.applicant(subject, by)


def _lock(subject: Subject) -> None:
    if isinstance(subject, PortageRequest):
        portage.lock(subject)
    else:
        apply.lock(subject)
