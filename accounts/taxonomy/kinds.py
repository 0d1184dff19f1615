"""What a group may propose and an SME may look for: seven kinds of operation."""

from django.db import models
from django.utils import translation
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    CO_EXPORT = "co_export", _("co-export")
    PORTAGE = "portage", _("portage")
    HOSTING = "hosting", _("hébergement")
    SOURCING = "sourcing", _("achat à l'étranger")
    TENDER = "tender", _("appel d'offres international")
    JOINT_BID = "joint_bid", _("groupement")
    EVENT = "event", _("salon ou mission")


def label(code: str, language: str | None = None) -> str:
    """The kind's name; a code we do not know stays itself."""
    with translation.override(language or translation.get_language()):
        return str(Kind(code).label) if code in Kind.values else code
