"""What must be known before doing business with a country: sanctions, goods of dual use. Kept by the staff."""

from collections.abc import Collection
from typing import Self

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import places
from accounts.taxonomy.terms import spoken


class CountryNoticeQuerySet(models.QuerySet["CountryNotice"]):
    def of_places(self, codes: Collection[str]) -> Self:
        """Those of countries that are named, or lie in a zone that is."""
        wanted = set(codes)
        return self.filter(
            country__in=[code for code in places.COUNTRIES if wanted.intersection(places.ancestors(code))]
        )


class CountryNotice(models.Model):
    country = models.CharField(_("pays"), max_length=10, unique=True, choices=places.choices)
    text_fr = models.TextField(_("avertissement"), max_length=600)
    text_en = models.TextField(_("avertissement en anglais"), max_length=600)
    url = models.URLField(_("source officielle"))
    checked_on = models.DateField(_("vérifié le"), default=timezone.localdate)

    objects = CountryNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("avertissement sur un pays")
        verbose_name_plural = _("avertissements sur les pays")
        ordering = ["country"]

    def __str__(self) -> str:
        return self.name

    @property
    def name(self) -> str:
        return places.label(self.country)

    @property
    def text(self) -> str:
        return self.text_en if spoken() == "en" else self.text_fr
