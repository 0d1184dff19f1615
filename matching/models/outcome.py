"""What came of an introduction, as each side tells it, and what each was asked."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.models.decisions import Side
from matching.models.introduction import Introduction, Said
from opportunities.amounts import Amount


class Without(models.TextChoices):
    """Whether it would have happened without the platform."""

    YES = "yes", _("oui, cela se serait fait de toute façon")
    PROBABLY = "probably", _("probablement")
    NO = "no", _("non, c'est grâce à la mise en relation")


class Declaration(models.Model):
    """What one side says, on a day. Never changed: the last one of each side counts, and a trigger copies it."""

    NOTE_MAX = 1000
    YEARS_MAX = 30

    introduction = models.ForeignKey(Introduction, models.PROTECT, related_name="declarations")
    side = models.CharField(_("de"), max_length=10, choices=Side)
    said = models.CharField(_("dit"), max_length=10, choices=Said)
    amount = models.CharField(_("montant"), max_length=15, choices=Amount, blank=True)
    years = models.PositiveSmallIntegerField(_("durée en années"), null=True, blank=True)
    without = models.CharField(_("sans Pacte International"), max_length=10, choices=Without, blank=True)
    note = models.TextField(_("mot à l'équipe"), max_length=NOTE_MAX, blank=True)
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("déclaration")
        verbose_name_plural = _("déclarations")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="declaration_side_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(name="declaration_said_known", condition=Q(said__in=Said.values)),
            models.CheckConstraint(
                name="declaration_won_by_an_sme_tells_all",
                condition=~Q(side="sme", said="won") | (~Q(amount="") & ~Q(without="")),
            ),
            models.CheckConstraint(
                name="declaration_amount_of_a_win", condition=Q(said="won") | Q(amount="", without="", years=None)
            ),
            models.CheckConstraint(
                name="declaration_years_sensible", condition=Q(years=None) | Q(years__range=(1, 30))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} : {self.get_said_display()}"


class Asking(models.Model):
    """What a side was asked or told about an introduction: each thing once."""

    class What(models.TextChoices):
        CONTACT = "contact", _("contact, après 5 jours ouvrés")
        MONTH = "month", _("suite, après 30 jours")
        QUARTER = "quarter", _("suite, après 90 jours")
        HALF = "half", _("suite, après 180 jours")
        WIN = "win", _("affaire à confirmer")
        THANKS = "thanks", _("affaire confirmée, remerciement")
        NO_TIME = "no_time", _("l'autre côté n'a plus le temps")

    introduction = models.ForeignKey(Introduction, models.CASCADE, related_name="askings")
    side = models.CharField(_("à"), max_length=10, choices=Side)
    what = models.CharField(_("question"), max_length=10, choices=What)
    address = models.EmailField(_("e-mail"), blank=True)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("question posée")
        verbose_name_plural = _("questions posées")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["introduction", "side", "what"], name="asking_once"),
            models.CheckConstraint(name="asking_side_known", condition=Q(side__in=Side.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} : {self.get_what_display()}"
