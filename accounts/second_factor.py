from allauth.mfa.models import Authenticator
from django.http import HttpRequest


def has_second_factor(request: HttpRequest) -> bool:
    """Whether this person has an authenticator app or a passkey: allauth then asks for it at every sign-in."""
    strong = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    return Authenticator.objects.filter(user=request.user, type__in=strong).exists()
