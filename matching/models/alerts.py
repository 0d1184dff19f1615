"""Who is told of what: searches that were saved, opportunities that are followed, and every item once told."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation, User
from matching.models.match import Band
from opportunities.models import Opportunity


class Frequency(models.TextChoices):
    IMMEDIATE = "immediate", _("dès la publication")
    DAILY = "daily", _("une fois par jour")
    WEEKLY = "weekly", _("une fois par semaine, le lundi")
    NONE = "none", _("jamais")


class Floor(models.TextChoices):
    STRONG = "strong", _("forte seulement")
    GOOD = "good", _("bonne ou forte")
    POSSIBLE = "possible", _("possible, bonne ou forte")
    ANY = "any", _("toutes, même sans adéquation")

    @property
    def bands(self) -> set[str]:
        order = [Band.STRONG, Band.GOOD, Band.POSSIBLE]
        return set(Band.values) if self == Floor.ANY else {*order[: order.index(Band(self.value)) + 1]}


class Paced(models.Model):
    """Something that is looked at from time to time, for one person."""

    frequency = models.CharField(_("à quel rythme"), max_length=10, choices=Frequency, default=Frequency.WEEKLY)
    floor = models.CharField(_("adéquation"), max_length=10, choices=Floor, default=Floor.GOOD)
    since = models.DateTimeField(default=timezone.now)  # only what is published later is told
    next_at = models.DateTimeField(null=True)  # when to look again; null: never

    class Meta:
        abstract = True


class AlertSettings(Paced):
    """How one person wants to hear of what fits their company."""

    user = models.OneToOneField(User, models.CASCADE, related_name="alerts", primary_key=True)
    reminders = models.BooleanField(_("rappels avant la fin des candidatures"), default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="alerts_frequency_known", condition=Q(frequency__in=Frequency.values)),
            models.CheckConstraint(
                name="alerts_floor_is_a_fit", condition=Q(floor__in=["strong", "good", "possible"])
            ),
            models.CheckConstraint(
                name="alerts_next_unless_never",
                condition=Q(frequency="none", next_at=None) | ~Q(frequency="none") & Q(next_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="alerts_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.frequency}"


class Recipient(models.Model):
    """Who hears of what fits a company, as the company chose; nobody chosen: the first who administers it."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="alert_recipients")
    user = models.ForeignKey(User, models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["organisation", "user"], name="recipient_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id}: {self.user_id}"


class SavedSearch(Paced):
    """A search of the list, which tells of what is new in it."""

    MOST = 20  # of one person
    LONGEST = 2000  # signs of a query

    user = models.ForeignKey(User, models.CASCADE, related_name="searches")
    name = models.CharField(_("nom de l'alerte"), max_length=120)
    query = models.CharField(max_length=LONGEST)  # as Criteria.filters writes it
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("alerte")
        verbose_name_plural = _("alertes")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "query"],
                name="search_saved_once",
                violation_error_message=_("Vous avez déjà enregistré cette recherche."),
            ),
            models.CheckConstraint(name="search_frequency_known", condition=Q(frequency__in=Frequency.values)),
            models.CheckConstraint(name="search_of_all_not_at_once", condition=~Q(query="", frequency="immediate")),
            models.CheckConstraint(name="search_floor_known", condition=Q(floor__in=Floor.values)),
            models.CheckConstraint(
                name="search_next_unless_never",
                condition=Q(frequency="none", next_at=None) | ~Q(frequency="none") & Q(next_at__isnull=False),
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="search_due", condition=Q(next_at__isnull=False))]

    def __str__(self) -> str:
        return self.name


class Follow(models.Model):
    """An opportunity that someone wants to keep in sight, and to be reminded of."""

    user = models.ForeignKey(User, models.CASCADE, related_name="follows")
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="follows")
    created_at = models.DateTimeField(_("depuis"), default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "opportunity"], name="follow_once")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.opportunity_id}"


class NotificationQuerySet(models.QuerySet["Notification"]):
    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notification(models.Model):
    """What a person was told: an item once, by whatever path it came; a mail about what they do, once too."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal", _("Nouvelle opportunité")
        WEEK_LEFT = "week_left", _("Plus que 7 jours pour candidater")
        DAYS_LEFT = "days_left", _("Plus que 2 jours pour candidater")
        ANSWER = "answer", _("Réponse")
        QUESTION = "question", _("Question")
        INVITATION = "invitation", _("Invitation")
        PORTAGE = "portage", _("Portage")

    user = models.ForeignKey(User, models.CASCADE, related_name="notifications", db_index=False)
    opportunity = models.ForeignKey(Opportunity, models.CASCADE, null=True, related_name="+")
    title = models.CharField(max_length=250, blank=True)  # of a mail, in the person's language
    path = models.CharField(max_length=500, blank=True)  # where it leads
    kind = models.CharField(max_length=10, choices=Kind)
    reason = models.CharField(max_length=300, blank=True)  # why it was told, in the person's language
    mail = models.CharField(max_length=200, blank=True)  # key of the mail that told it
    at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    objects = NotificationQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "opportunity", "kind"], name="notification_never_twice"),
            models.UniqueConstraint(
                fields=["user", "mail"], condition=Q(opportunity=None), name="notification_of_a_mail_once"
            ),
            models.CheckConstraint(
                name="notification_item_or_mail",
                condition=Q(kind__in=["proposal", "week_left", "days_left"], opportunity__isnull=False)
                | Q(kind__in=["answer", "question", "invitation", "portage"], opportunity=None) & ~Q(path=""),
            ),
        ]
        indexes = [models.Index(fields=["user", "-at"], name="notification_latest")]

    def __str__(self) -> str:
        return f"{self.user_id} · {self.opportunity_id or self.title} ({self.kind})"


class Usefulness(models.Model):
    """What a person said of a mail of proposals."""

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    mail = models.CharField(max_length=200)
    useful = models.BooleanField(_("utile"))
    text = models.CharField(_("pourquoi"), max_length=500, blank=True)
    at = models.DateTimeField(_("dit le"), default=timezone.now)

    class Meta:
        verbose_name = _("avis sur un e-mail de propositions")
        verbose_name_plural = _("avis sur les e-mails de propositions")
        ordering = ["-at"]
        constraints = [models.UniqueConstraint(fields=["user", "mail"], name="usefulness_said_once")]

    def __str__(self) -> str:
        return f"{self.mail}: {self.useful}"
