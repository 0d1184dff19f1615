"""Asking, every six months, whether a profile is still right: the mail leads to the page where one click says so."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import mail
from accounts.models import Email, Membership, Organisation, SmeProfile
from accounts.profile import FRESH
from pacte.workdays import at_work

BATCH = 500
TEMPLATE = "profile_confirm"


def ask_due() -> int:
    """In office hours, write to whoever first administered each company that is due; once in six months at most."""
    if not at_work(timezone.now()):
        return 0
    before = timezone.now() - FRESH
    about = Concat(Value("profile:"), Cast(OuterRef("pk"), CharField()))
    asked = Email.objects.filter(template=TEMPLATE, about=about, queued_at__gt=before)
    rows = SmeProfile.objects.annotate(said=Coalesce("confirmed_at", "updated_at"))
    due = rows.filter(~Exists(asked), said__lt=before, organisation__in=Organisation.objects.smes().active())
    helm = Membership.objects.admins().filter(organisation=OuterRef("organisation"), user__is_active=True)
    found = due.filter(Exists(helm)).select_related("organisation").order_by("said", "pk")
    return sum(_ask(profile) for profile in found[:BATCH])


@transaction.atomic
def _ask(profile: SmeProfile) -> bool:
    admins = Membership.objects.admins().filter(organisation=profile.organisation_id, user__is_active=True)
    first = admins.select_related("user").order_by("pk").first()
    if first is None or mail.reminded([first.user.email]):  # they left a moment ago; tomorrow
        return False
    said = profile.confirmed_at or profile.updated_at
    mail.queue(
        key=f"profile-confirm:{profile.pk}:{timezone.localdate().isoformat()}",
        to=[first.user.email],
        template=TEMPLATE,
        language=first.user.language,
        about=f"profile:{profile.pk}",
        context={
            "organisation": profile.organisation,
            "person": first.user,
            "said": said,
            "late": said < timezone.now() - timedelta(days=365),
            "action_url": f"{settings.SITE_URL}{reverse('accounts:profile')}#fraicheur",
            "action_label": _("Relire et confirmer"),
        },
        reminder=timezone.localdate(),
    )
    return True
