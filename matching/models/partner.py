"""Several companies behind one application: who is invited, who agreed; and who looks for partners."""

from typing import Any, Self

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import visibility
from accounts.models import Organisation, User
from matching.models.application import Application
from opportunities.models import Opportunity
from pacte.states import Move, Stateful


class PartnerState(models.TextChoices):
    INVITED = "invited", _("invitée")
    JOINED = "joined", _("dans le groupement")
    DECLINED = "declined", _("a décliné")
    LEFT = "left", _("a quitté le groupement")
    REMOVED = "removed", _("retirée par l'entreprise pilote")
    LAPSED = "lapsed", _("sans suite")


CURRENT = (PartnerState.INVITED, PartnerState.JOINED)


class PartnerQuerySet(models.QuerySet["Partner"]):
    def current(self) -> Self:
        return self.filter(state__in=CURRENT)

    def joined(self) -> Self:
        return self.filter(state=PartnerState.JOINED)

    def of_company(self, user: User) -> Self:
        """Those of this person's company: what it was invited to, and what it has joined or left."""
        return self.filter(company=user.organisation) if user.is_sme else self.none()


class Partner(Stateful):
    """Another company in an application, which speaks for itself: it agrees, it may leave."""

    State = PartnerState
    TEXT_MAX = 400
    MOST = 6  # beside the one that leads
    MOVES = {
        State.INVITED: {State.JOINED, State.DECLINED, State.REMOVED, State.LAPSED},
        State.JOINED: {State.LEFT, State.REMOVED, State.LAPSED},
        State.DECLINED: set(),
        State.LEFT: set(),
        State.REMOVED: set(),
        State.LAPSED: set(),
    }

    application = models.ForeignKey(Application, models.CASCADE, related_name="partners")
    opportunity = models.ForeignKey(Opportunity, models.PROTECT, related_name="+")  # its application's, for uniqueness
    company = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="partnerships")
    email = models.EmailField(_("e-mail"), blank=True)  # of one whose company is not known yet
    state = models.CharField(
        _("état"), max_length=10, choices=PartnerState, default=PartnerState.INVITED, editable=False
    )
    word = models.TextField(_("votre mot"), max_length=TEXT_MAX, blank=True)  # of the one that leads
    brings = models.TextField(_("ce que votre entreprise apporte"), max_length=TEXT_MAX, blank=True)
    invited_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    invited_at = models.DateTimeField(_("invitée le"), default=timezone.now)
    contact = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    consent_at = models.DateTimeField(_("accord donné le"), null=True)
    consent_text = models.TextField(blank=True)
    snapshot = models.JSONField(default=dict)  # its profile, frozen when the application leaves

    objects = PartnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("partenaire")
        verbose_name_plural = _("partenaires")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "company"],
                condition=Q(state="joined"),
                name="partner_in_one_application",
                violation_error_message=_("Votre entreprise est déjà dans un groupement pour cette opportunité."),
            ),
            models.UniqueConstraint(
                fields=["application", "company"], condition=Q(state__in=CURRENT), name="partner_invited_once"
            ),
            models.UniqueConstraint(
                fields=["application", "email"],
                condition=Q(state="invited") & ~Q(email=""),
                name="partner_address_invited_once",
            ),
            models.CheckConstraint(name="partner_state_known", condition=Q(state__in=PartnerState.values)),
            models.CheckConstraint(name="partner_is_someone", condition=Q(company__isnull=False) | ~Q(email="")),
            models.CheckConstraint(
                name="partner_joined_with_consent",
                condition=~Q(state="joined") | Q(company__isnull=False, consent_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.application})"

    @property
    def name(self) -> str:
        return self.company.name if self.company else self.email


class PartnerMove(Move):
    subject = models.ForeignKey(Partner, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class PartnerSearchQuerySet(models.QuerySet["PartnerSearch"]):
    def shown(self) -> Self:
        """Of companies that may act and agreed to be seen, while the opportunity is open."""
        active: Any = Organisation.objects.smes().active().exclude(pk__in=visibility.paused())
        return self.filter(ended_at=None, company__in=active, opportunity__in=Opportunity.objects.open())


class PartnerSearch(models.Model):
    """A company that agrees to be shown to others as looking for partners, for one opportunity."""

    TEXT_MAX = 400

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="+")
    company = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    text = models.TextField(_("ce que vous apportez, ce que vous cherchez"), max_length=TEXT_MAX)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True)

    objects = PartnerSearchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["opportunity", "company"], condition=Q(ended_at=None), name="partner_search_once"
            ),
            models.CheckConstraint(name="partner_search_says_something", condition=~Q(text="")),
        ]

    def __str__(self) -> str:
        return f"{self.company_id} · {self.opportunity_id}"
