"""Why a mail does not leave, for the staff who have to mend it."""

from django.utils.translation import gettext_noop

from accounts.models import Email
from pacte.states import listed, said

MALFORMED = gettext_noop("Une adresse est mal écrite")
REFUSED = gettext_noop("Adresse refusée pour de bon par son serveur")
PUT_OFF = gettext_noop("Le serveur de destination a refusé le message à chaque essai")
NOT_ALLOWED = gettext_noop("Cette installation n'a le droit d'écrire qu'aux adresses de sa liste (MAIL_ALLOWED)")
UNREACHABLE = gettext_noop("Notre serveur d'envoi n'a pas répondu")
NOT_OURS = gettext_noop("Notre serveur d'envoi ne nous laisse pas entrer : dites-le à qui tient la plateforme")
TURNED_AWAY = gettext_noop("Notre serveur d'envoi n'a pas voulu de ce message : dites-le à qui tient la plateforme")
BY_ERROR = {
    "SMTPRecipientsRefused": PUT_OFF,
    "PartlyRefused": PUT_OFF,
    "SMTPAuthenticationError": NOT_OURS,
    "SMTPNotSupportedError": NOT_OURS,
    "SMTPSenderRefused": TURNED_AWAY,
    "SMTPDataError": TURNED_AWAY,
    "SMTPResponseException": TURNED_AWAY,
    "ValueError": MALFORMED,
}


def reason(email: Email) -> str:
    """As a history keeps it; empty when nothing went wrong."""
    if not email.error:
        return ""
    if "MAIL_ALLOWED" in email.error:
        return listed(NOT_ALLOWED, ", ".join(email.refused))
    if email.refused:
        return listed(REFUSED, ", ".join(email.refused))
    return listed(BY_ERROR.get(email.error.partition(":")[0], UNREACHABLE))


def why(email: Email) -> str:
    """For the one who reads."""
    return said(reason(email))
