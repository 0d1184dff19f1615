"""How much an opportunity is worth, in bands: nobody is asked for exact figures. The codes are `bands.VOLUME`'s."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Amount(models.TextChoices):
    UNDER_50K = "0-50k", _("moins de 50 000 €")
    UNDER_250K = "50k-250k", _("50 000 à 250 000 €")
    UNDER_1M = "250k-1m", _("250 000 € à 1 M€")
    UNDER_5M = "1m-5m", _("1 à 5 M€")
    OVER_5M = "5m+", _("plus de 5 M€")
    UNDISCLOSED = "undisclosed", _("non communiqué")
