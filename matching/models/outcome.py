"""What came of an introduction, as each side tells it, and what each was asked."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.models.decisions import Side
from matching.models.introduction import Introduction, Said
from matching.models.portage import PortageIntroduction
from opportunities.amounts import Amount


class Without(models.TextChoices):
    """Whether it would have happened without the platform."""

    YES = "yes", _("oui, cela se serait fait de toute façon")
    PROBABLY = "probably", _("probablement")
    NO = "no", _("non, c'est grâce à la mise en relation")


# of which kind: one, and one only
ONE = Q(introduction__isnull=False, portage=None) | Q(introduction=None, portage__isnull=False)


class Declaration(models.Model):
    """What one side says, on a day. Never changed: the last one of each side counts, and a trigger copies it."""

    NOTE_MAX = 1000
    YEARS_MAX = 30

    introduction = models.ForeignKey(Introduction, models.PROTECT, null=True, blank=True, related_name="declarations")
    portage = models.ForeignKey(
        PortageIntroduction, models.PROTECT, null=True, blank=True, related_name="declarations"
    )
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
            models.CheckConstraint(name="declaration_of_one_introduction", condition=ONE),
            models.CheckConstraint(name="declaration_side_known", condition=Q(side__in=Side.values)),
            models.CheckConstraint(name="declaration_said_known", condition=Q(said__in=Said.values)),
            models.CheckConstraint(
                name="declaration_won_by_an_sme_tells_all",
                condition=~Q(side="sme", said="won", portage=None) | (~Q(amount="") & ~Q(without="")),
            ),
            models.CheckConstraint(
                name="declaration_amount_of_a_win",
                condition=Q(said="won", portage=None) | Q(amount="", without="", years=None),
            ),
            models.CheckConstraint(
                name="declaration_years_sensible", condition=Q(years=None) | Q(years__range=(1, 30))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} : {self.told}"

    @property
    def told(self) -> str:
        """As people say it of this kind of introduction."""
        its = self.portage if self.portage_id else self.introduction
        return its.say(self.said) if its else ""


class Asking(models.Model):
    """What a side was asked or told about an introduction of either kind: each thing once."""

    class What(models.TextChoices):
        CONTACT = "contact", _("contact, après 5 jours ouvrés")
        MONTH = "month", _("suite, après 30 jours")
        QUARTER = "quarter", _("suite, après 90 jours")
        HALF = "half", _("suite, après 180 jours")
        WIN = "win", _("affaire à confirmer")
        THANKS = "thanks", _("affaire confirmée, remerciement")
        NO_TIME = "no_time", _("l'autre côté n'a plus le temps")

    introduction = models.ForeignKey(Introduction, models.CASCADE, null=True, blank=True, related_name="askings")
    portage = models.ForeignKey(PortageIntroduction, models.CASCADE, null=True, blank=True, related_name="askings")
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
            models.UniqueConstraint(fields=["portage", "side", "what"], name="asking_once_of_a_portage"),
            models.CheckConstraint(name="asking_about_one_introduction", condition=ONE),
            models.CheckConstraint(name="asking_side_known", condition=Q(side__in=Side.values)),
        ]

    def __str__(self) -> str:
        return f"{self.get_side_display()} : {self.get_what_display()}"
