"""Staff and their second factor: an authenticator app or a passkey, and a session that went through it."""

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode

STRONG = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]


def owns_second_factor(request: HttpRequest) -> bool:
    """Whether this person has an authenticator app or a passkey: allauth then asks for it at every sign-in."""
    return Authenticator.objects.filter(user=request.user, type__in=STRONG).exists()


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this session proved it. One that was open before the factor was set up has not, whoever holds it."""
    proved = any(record["method"] == "mfa" for record in get_authentication_records(request, request.user))
    return proved and owns_second_factor(request)


def way_to_second_factor(request: HttpRequest, target: str) -> str:
    """Where to send someone who still has to set one up, or to use the one they have."""
    page = "mfa_reauthenticate" if owns_second_factor(request) else "mfa_activate_totp"
    return f"{reverse(page)}?{urlencode({'next': target})}"
