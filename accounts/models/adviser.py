"""Team France Export: whom an SME of a region may call, kept up to date by the staff."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import places
from accounts.taxonomy.terms import Choices

NATIONAL = "FR"


def place_choices() -> Choices:
    """The national line first, then the regions."""
    return [(NATIONAL, gettext("France entière (ligne nationale)")), *places.region_choices()]


class Adviser(models.Model):
    """One a region; that of France as a whole answers where a region has none."""

    place = models.CharField(
        _("région"), max_length=10, choices=place_choices, unique=True,
        error_messages={"unique": _("Cette région a déjà un conseiller : corrigez sa ligne.")},
    )  # fmt: skip
    name = models.CharField(_("nom"), max_length=120)
    email = models.EmailField(_("e-mail"), blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    website = models.URLField(_("site internet"), blank=True)
    updated_at = models.DateTimeField(_("modifié le"), auto_now=True)

    class Meta:
        verbose_name = _("conseiller Team France Export")
        verbose_name_plural = _("conseillers Team France Export")
        ordering = ["place"]
        constraints = [
            models.CheckConstraint(
                name="adviser_of_a_region_or_france", condition=Q(place=NATIONAL) | Q(place__startswith="FR-R")
            ),
            models.CheckConstraint(
                name="adviser_can_be_reached",
                condition=~Q(email="", phone="", website=""),
                violation_error_message=_("Indiquez au moins un e-mail, un téléphone ou un site."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_place_display()} · {self.name}"

    @property
    def is_national(self) -> bool:
        return self.place == NATIONAL

    @property
    def region(self) -> str:
        """The region's name in the reader's language."""
        return places.label(self.place)
