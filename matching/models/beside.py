"""What goes beside an application: someone's word for it, and the leave to be kept in mind."""

from datetime import timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import visibility
from accounts.models import Organisation, User
from matching.models.application import Application, ApplicationState
from matching.models.portage import PortageRequest

LINK_LASTS = timedelta(days=30)
KEPT_FOR = timedelta(days=365)
RECOMMENDABLE = frozenset(
    {ApplicationState.DRAFT, ApplicationState.SENT, ApplicationState.SHORTLISTED, ApplicationState.WAITLISTED}
)
KEEPABLE = frozenset(
    {
        ApplicationState.SENT,
        ApplicationState.SHORTLISTED,
        ApplicationState.WAITLISTED,
        ApplicationState.DECLINED,
        ApplicationState.UNANSWERED,
    }
)


def may_be_recommended(subject: Application | PortageRequest) -> bool:
    """Whether someone's word may still change anything."""
    return subject.is_alive if isinstance(subject, PortageRequest) else subject.state in RECOMMENDABLE


class SponsorQuerySet(models.QuerySet["Sponsor"]):
    def current(self) -> Self:
        return self.filter(revoked_at=None)

    def about(self, subject: Application | PortageRequest) -> Self:
        return self.filter(**{"portage" if isinstance(subject, PortageRequest) else "application": subject})


class Sponsor(models.Model):
    """Someone whom an SME asks for a recommendation; it is written through a link, without an account."""

    class Body(models.TextChoices):
        CCI = "cci", _("CCI")
        CCE = "cce", _("conseiller du commerce extérieur")
        ADVISER = "adviser", _("conseiller Team France Export")
        OTHER = "other", _("autre organisme")

    TEXT_MAX = 1500

    application = models.ForeignKey(Application, models.CASCADE, null=True, blank=True, related_name="sponsors")
    portage = models.ForeignKey(PortageRequest, models.CASCADE, null=True, blank=True, related_name="sponsors")
    name = models.CharField(_("nom"), max_length=120)
    email = models.EmailField(_("e-mail"))
    body = models.CharField(_("organisme"), max_length=10, choices=Body)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("invité par"))
    invited_at = models.DateTimeField(_("invité le"), default=timezone.now)
    expires_at = models.DateTimeField(_("lien valable jusqu'au"))
    text = models.TextField(_("recommandation"), max_length=TEXT_MAX, blank=True)
    written_at = models.DateTimeField(_("écrite le"), null=True)
    revoked_at = models.DateTimeField(_("retiré le"), null=True)

    objects = SponsorQuerySet.as_manager()

    class Meta:
        verbose_name = _("recommandation")
        verbose_name_plural = _("recommandations")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["application"],
                condition=Q(revoked_at=None),
                name="sponsor_one_at_a_time",
                violation_error_message=_("Vous avez déjà demandé une recommandation pour cette candidature."),
            ),
            models.UniqueConstraint(
                fields=["portage"],
                condition=Q(revoked_at=None),
                name="sponsor_one_at_a_time_for_a_portage",
                violation_error_message=_("Vous avez déjà demandé une recommandation pour ce portage."),
            ),
            models.CheckConstraint(
                name="sponsor_of_one_thing",
                condition=Q(application=None, portage__isnull=False) | Q(application__isnull=False, portage=None),
            ),
            models.CheckConstraint(
                name="sponsor_body_known", condition=Q(body__in=["cci", "cce", "adviser", "other"])
            ),
            models.CheckConstraint(
                name="sponsor_written_dated",
                condition=Q(text="", written_at=None) | (~Q(text="") & Q(written_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_body_display()})"

    @property
    def domain(self) -> str:
        """Where its link was sent: what a group may judge a recommendation by."""
        return self.email.rpartition("@")[2]

    @property
    def is_open(self) -> bool:
        """Whether it may still be written: until it is revoked, the link expires or the group decides."""
        in_time = self.revoked_at is None and timezone.now() < self.expires_at
        return in_time and may_be_recommended(self.subject) and self.subject.company.is_active

    @property
    def subject(self) -> Application | PortageRequest:
        """What it is a recommendation for."""
        found = self.application or self.portage
        assert found is not None  # noqa: S101  # the database holds it
        return found


class KeepingQuerySet(models.QuerySet["Keeping"]):
    def agreed(self) -> Self:
        """Those whose company's leave stands."""
        return self.filter(ended_at=None, until__gt=timezone.now())

    def kept_by(self, user: User) -> Self:
        """What this person's group has put aside, as long as its companies agree."""
        if user.organisation is None or not user.is_group:
            return self.none()
        mine = self.agreed().filter(application__opportunity__owner=user.organisation, kept_at__isnull=False)
        shown = Organisation.objects.active().exclude(pk__in=visibility.hidden_from(user.organisation))
        return mine.filter(application__company__in=shown.exclude(pk__in=visibility.paused()))

    def end_for(self, application: Application) -> bool:
        """Its company takes the leave back, with the rest of its file or alone; False where none stood."""
        return bool(self.agreed().filter(application=application).update(ended_at=timezone.now()))


class Keeping(models.Model):
    """An SME's leave to be kept in mind by a group for a year, and whether the group does."""

    application = models.OneToOneField(Application, models.CASCADE, related_name="keeping")
    agreed_at = models.DateTimeField(_("accord donné le"))
    until = models.DateTimeField(_("jusqu'au"))
    ended_at = models.DateTimeField(_("accord retiré le"), null=True)
    kept_at = models.DateTimeField(_("gardée le"), null=True)
    kept_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("gardée par"))

    objects = KeepingQuerySet.as_manager()

    class Meta:
        verbose_name = _("dossier gardé")
        verbose_name_plural = _("dossiers gardés")
        constraints = [
            models.CheckConstraint(name="keeping_ends_after_it_began", condition=Q(until__gt=F("agreed_at"))),
            models.CheckConstraint(
                name="keeping_within_the_agreement",
                condition=Q(kept_at=None) | Q(kept_at__gte=F("agreed_at"), kept_at__lte=F("until")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.application)

    @property
    def stands(self) -> bool:
        return self.ended_at is None and timezone.now() < self.until
