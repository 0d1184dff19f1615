"""What goes on around an application while it waits: reminders, questions and answers, the staff's calls."""

from datetime import timedelta

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.ladder import Rung
from matching.models.application import Application
from matching.models.decisions import Side
from opportunities.models import Opportunity


class Reminder(models.Model):
    """A rung that an application has climbed: told to one address, or left to the staff when there is none."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="reminders")
    begins = models.DateField()  # of the ladder: another promised date, or another sending, is another ladder
    rung = models.SmallIntegerField(_("échéance"), choices=Rung)
    address = models.EmailField(_("e-mail"), blank=True)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("relance")
        verbose_name_plural = _("relances")
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["application", "begins", "rung", "address"], name="reminder_once"),
            models.CheckConstraint(name="reminder_rung_known", condition=Q(rung__in=[-3, 0, 3, 7, 20])),
        ]

    def __str__(self) -> str:
        return f"{self.application_id}: {self.get_rung_display()}"


class Lift(models.Model):
    """Staff let a group post though it owes many answers (`matching.arrears`): until when, and why."""

    LASTS = timedelta(days=30)

    group = models.ForeignKey(Organisation, models.CASCADE, related_name="+", verbose_name=_("groupe"))
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    reason = models.TextField(_("motif"))
    at = models.DateTimeField(_("date"), default=timezone.now)
    until = models.DateField(_("jusqu'au"))

    class Meta:
        verbose_name = _("dépôt permis malgré des réponses en retard")
        verbose_name_plural = _("dépôts permis malgré des réponses en retard")
        ordering = ["-at", "-pk"]
        constraints = [models.CheckConstraint(name="lift_with_reason", condition=~Q(reason=""))]

    def __str__(self) -> str:
        return str(self.group)


class Nudge(models.Model):
    """One person was told of one thing in the mail of a day; another occasion is told anew."""

    class Kind(models.TextChoices):
        CLOSED = "closed", _("close à sa date")
        QUESTION = "question", _("question sans réponse")
        PORTAGE = "portage", _("question sur un portage")
        RECHECK = "recheck", _("candidature à confirmer")
        PARTNER = "partner", _("invitation à un groupement")
        CERTIFICATE = "certificate", _("certification à renouveler")
        JOIN = "join", _("demande de rattachement")
        CHARTER = "charter", _("texte à signer")

    kind = models.CharField(_("quoi"), max_length=12, choices=Kind)
    about = models.BigIntegerField()  # the row that it tells of
    occasion = models.CharField(max_length=60, blank=True)  # a rung, a date
    address = models.EmailField(_("e-mail"))
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("rappel")
        verbose_name_plural = _("rappels")
        constraints = [
            models.UniqueConstraint(fields=["kind", "about", "occasion", "address"], name="nudge_once"),
            models.CheckConstraint(
                name="nudge_kind_known",
                condition=Q(
                    kind__in=[
                        "closed",
                        "question",
                        "portage",
                        "recheck",
                        "partner",
                        "certificate",
                        "join",
                        "charter",
                    ]
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.about} {self.occasion}"


class Message(models.Model):
    """A question of the group, or the SME's answer, in the thread of an application."""

    TEXT_MAX = 2000

    application = models.ForeignKey(Application, models.CASCADE, related_name="messages")
    side = models.CharField(_("de"), max_length=10, choices=Side)
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    text = models.TextField(_("message"), max_length=TEXT_MAX)
    at = models.DateTimeField(_("date"), default=timezone.now)

    class Meta:
        verbose_name = _("question ou réponse")
        verbose_name_plural = _("questions et réponses")
        ordering = ["at", "pk"]
        constraints = [
            models.CheckConstraint(name="message_side_known", condition=Q(side__in=["sme", "group"])),
            models.CheckConstraint(name="message_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return self.text[:60]


class Call(models.Model):
    """What the staff heard when they called a group about an answer that is late."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="calls")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    text = models.TextField(_("ce qui s'est dit"), max_length=2000)
    at = models.DateTimeField(_("date"), auto_now_add=True)

    class Meta:
        verbose_name = _("appel")
        verbose_name_plural = _("appels")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]


class Export(models.Model):
    """Who took an opportunity's applicants away in a file, and when."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="exports", verbose_name=_("opportunité"))
    by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("date"), auto_now_add=True)
    format = models.CharField(_("format"), max_length=10)
    rows = models.PositiveIntegerField(_("lignes"))

    class Meta:
        verbose_name = _("export de candidatures")
        verbose_name_plural = _("exports de candidatures")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.opportunity} ({self.format})"
