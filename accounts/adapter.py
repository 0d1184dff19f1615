"""How allauth behaves here: its mails go through our outbox, and people sign up with their organisation."""

from typing import Any
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import addresses, joining, mail
from accounts.models import User

# What happened to an account, for the notice its owner receives. allauth names them after its own templates.
NOTICES = {
    "account/email/email_changed": _("votre adresse e-mail a changé"),
    "account/email/email_confirm": _("votre adresse e-mail est confirmée"),
    "account/email/email_deleted": _("une adresse e-mail a été retirée"),
    "account/email/password_changed": _("votre mot de passe a changé"),
    "account/email/password_reset": _("votre mot de passe a changé"),
    "account/email/password_set": _("un mot de passe a été choisi"),
    "mfa/email/recovery_codes_generated": _("de nouveaux codes de secours ont été créés"),
    "mfa/email/totp_activated": _("la double authentification est activée"),
    "mfa/email/totp_deactivated": _("la double authentification est désactivée"),
    "mfa/email/webauthn_added": _("une clé d'accès a été ajoutée"),
    "mfa/email/webauthn_removed": _("une clé d'accès a été retirée"),
}


def _page(name: str) -> str:
    return f"{settings.SITE_URL}{reverse(name)}"


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Nobody signs up alone: the way in is by an organisation."""
        raise ImmediateHttpResponse(redirect("accounts:signup"))

    def get_email_confirmation_url(self, request: HttpRequest, emailconfirmation: EmailConfirmation) -> str:
        return f"{settings.SITE_URL}{reverse('account_confirm_email', args=[emailconfirmation.key])}"

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.SITE_URL}{path.replace('UID-KEY', key)}"

    def confirm_email(self, request: HttpRequest, email_address: EmailAddress) -> bool:
        """What waited for a confirmed address goes on with it."""
        with transaction.atomic():
            before = email_address.user.email
            done = super().confirm_email(request, email_address)
            if done:
                user = User.objects.get(pk=email_address.user_id)
                joining.address_confirmed(user)
                addresses.changed(user, before)
        return bool(done)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Write the mail into the outbox, in the language of whoever will read it.

        Each is its own mail: they tell of a request, which may be made again, and allauth limits how often.
        """
        person = context.get("user") or User.objects.filter(email__iexact=email).first()
        template, values = self._letter(template_prefix, context)
        mail.queue(
            key=f"{template}:{uuid4()}",
            to=[email],
            template=template,
            context={"person": person or User(), **values},
            language=person.language if person else (get_language() or settings.LANGUAGE_CODE)[:2],
            about=f"user:{person.pk}" if person else "",
        )

    @staticmethod
    def _letter(template_prefix: str, context: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """Our template for one of allauth's, and what goes into it."""
        reset = {"action_url": _page("account_reset_password"), "action_label": _("Choisir un nouveau mot de passe")}
        if template_prefix in NOTICES:
            return "account_changed", {"what": NOTICES[template_prefix], **reset}
        match template_prefix.rpartition("/")[2]:
            case "email_confirmation" | "email_confirmation_signup":
                return "confirm_email", {
                    "action_url": context["activate_url"],
                    "action_label": _("Confirmer mon adresse"),
                }
            case "password_reset_key":
                return "reset_password", {**reset, "action_url": context["password_reset_url"]}
            case "account_already_exists":
                return "account_exists", reset
            case "unknown_account":
                label = _("Inscrire mon organisation")
                return "unknown_account", {"action_url": _page("accounts:signup"), "action_label": label}
        raise LookupError(f"no mail of ours says what {template_prefix} says")
