"""Who of the group opened a company's file, and how often: the company sees it on its application."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.models.application import Application


class FileOpening(models.Model):
    """One person's looks at one company's file, or at its presentation, on one day."""

    class What(models.TextChoices):
        FILE = "file", _("dossier")
        PRESENTATION = "presentation", _("présentation (PDF)")

    application = models.ForeignKey(Application, models.CASCADE, related_name="openings")
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("entreprise"))
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    what = models.CharField(_("quoi"), max_length=12, choices=What)
    day = models.DateField(_("jour"), default=timezone.localdate)
    times = models.PositiveIntegerField(_("fois"), default=1)
    last_at = models.DateTimeField(_("la dernière fois"), default=timezone.now)

    class Meta:
        verbose_name = _("ouverture d'un dossier")
        verbose_name_plural = _("ouvertures de dossiers")
        ordering = ["-last_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application", "company", "person", "what", "day"], name="file_opening_once_a_day"
            )
        ]

    def __str__(self) -> str:
        return f"{self.company} · {self.get_what_display()}"
