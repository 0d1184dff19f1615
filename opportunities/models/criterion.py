"""What an opportunity asks of SMEs beside its words."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts import taxonomy
from accounts.taxonomy import bands
from opportunities.models.opportunity import Opportunity


class Criterion(models.Model):
    """One thing asked of the SME: a must excludes those known not to meet it, a wish weighs.

    Of several sectors that are musts, one is enough.
    """

    class Kind(models.TextChoices):
        CERTIFICATION = "certification", _("certification")
        LANGUAGE = "language", _("langue")
        EXPERIENCE = "experience", _("expérience du pays")
        SECTOR = "sector", _("secteur")
        HEADCOUNT = "headcount", _("effectif minimal")
        VOLUME = "volume", _("montant livrable minimal")

    BANDED = (Kind.HEADCOUNT, Kind.VOLUME)  # of these an opportunity names the least

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="criteria")
    kind = models.CharField(_("critère"), max_length=20, choices=Kind)
    code = models.CharField(_("valeur"), max_length=40)
    must = models.BooleanField(_("éliminatoire"), default=False)

    class Meta:
        verbose_name = _("critère")
        verbose_name_plural = _("critères")
        ordering = ["kind", "-must", "code"]
        constraints = [
            models.UniqueConstraint(fields=["opportunity", "kind", "code"], name="criterion_once"),
            models.UniqueConstraint(
                fields=["opportunity"], condition=Q(kind="volume"), name="criterion_one_volume",
                violation_error_message=_("Un seul montant livrable minimal."),
            ),
            models.CheckConstraint(
                name="criterion_kind_known",
                condition=Q(kind__in=["certification", "language", "experience", "sector", "headcount", "volume"]),
            ),
            models.CheckConstraint(
                name="criterion_volume_is_a_band", condition=~Q(kind="volume") | Q(code__in=[*bands.VOLUME]),
                violation_error_message=_("Ce montant n'est pas une des tranches."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        scheme = "place" if self.kind == self.Kind.EXPERIENCE else self.kind
        return f"{self.get_kind_display()} · {taxonomy.label(scheme, self.code)}"
