import time
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from allauth.mfa.utils import decrypt
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

PERIOD = 30


class Command(BaseCommand):
    help = "Print the code that a person's authenticator app would show now. Development only."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *, email: str, **options: Any) -> None:
        if not settings.DEBUG:
            raise CommandError("Codes are printed in development only: production belongs to people's own phones.")
        authenticator = Authenticator.objects.filter(user__email__iexact=email, type=Authenticator.Type.TOTP).first()
        if authenticator is None:
            raise CommandError(f"{email} has no authenticator app.")
        code = hotp_value(decrypt(authenticator.data["secret"]), int(time.time()) // PERIOD)
        self.stdout.write(format_hotp_value(code))
