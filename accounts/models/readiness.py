"""How ready an SME says it is to export, for itself alone; and who helps at each level, kept by the staff."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User
from accounts.taxonomy.terms import spoken


class Readiness(models.Model):
    """The latest answers of a company's self-test."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="readiness", primary_key=True)
    answers = models.JSONField(default=dict)  # {question: "yes" or "no"}
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return str(self.organisation)


class ReadinessHelp(models.Model):
    """One thing that helps a company of a level on."""

    class Level(models.IntegerChoices):
        PREPARE = 1, _("1 : à préparer")
        TRY = 2, _("2 : prêt à essayer")
        GO = 3, _("3 : prêt à partir")
        EXPORTER = 4, _("4 : exportateur")

    level = models.PositiveSmallIntegerField(_("niveau"), choices=Level)
    place = models.PositiveSmallIntegerField(_("ordre"), default=0)
    title_fr = models.CharField(_("titre"), max_length=120)
    title_en = models.CharField(_("titre en anglais"), max_length=120)
    text_fr = models.CharField(_("une phrase"), max_length=300)
    text_en = models.CharField(_("une phrase en anglais"), max_length=300)
    url = models.URLField(_("lien"))

    class Meta:
        verbose_name = _("aide à l'export par niveau")
        verbose_name_plural = _("aides à l'export par niveau")
        ordering = ["level", "place", "pk"]
        constraints = [
            models.CheckConstraint(name="readiness_help_of_a_level", condition=models.Q(level__range=(1, 4))),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        return self.title_en if spoken() == "en" else self.title_fr

    @property
    def text(self) -> str:
        return self.text_en if spoken() == "en" else self.text_fr
