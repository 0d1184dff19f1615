from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import codes


class CodeLabel(models.Model):
    """What an official nomenclature calls one of its codes; the shipped divisions and chapters serve beside it."""

    scheme = models.CharField(_("nomenclature"), max_length=3, choices=[(one, one.upper()) for one in codes.SCHEMES])
    code = models.CharField(_("code"), max_length=8)  # as stored everywhere: `28.13Z`, `841370`, `45311000`
    label_fr = models.CharField(_("libellé français"), max_length=500, blank=True)
    label_en = models.CharField(_("libellé anglais"), max_length=500, blank=True)

    class Meta:
        verbose_name = _("libellé de code")
        verbose_name_plural = _("libellés de codes")
        ordering = ["scheme", "code"]
        constraints = [
            models.UniqueConstraint("scheme", "code", name="one_label_a_code"),
            models.CheckConstraint(name="a_code_is_called_something", condition=~models.Q(label_fr="", label_en="")),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.label_fr or self.label_en}"
