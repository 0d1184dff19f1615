"""Companies and groups: their identity, checked by SIREN, and what they tell of themselves."""

from datetime import date, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import bands
from pacte.states import Move, Stateful


def codes_field(verbose_name: Any) -> ArrayField:
    """An ordered list of taxonomy codes, empty by default."""
    return ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=verbose_name)


class OrganisationQuerySet(models.QuerySet["Organisation"]):
    def smes(self) -> Self:
        return self.filter(kind=Organisation.Kind.SME)

    def groups(self) -> Self:
        return self.filter(kind=Organisation.Kind.GROUP)

    def active(self) -> Self:
        """Those that may act: verified ones, and SMEs still waiting for their check."""
        waiting_sme = Q(kind=Organisation.Kind.SME, state=Organisation.State.TO_VERIFY)
        return self.filter(Q(state=Organisation.State.VERIFIED) | waiting_sme)

    def claimed(self) -> Self:
        """All but those that staff brought in by a file and that nobody acts for yet."""
        from accounts.models.people import Membership  # it imports this module

        acted_for = Exists(Membership.objects.active().filter(organisation=OuterRef("pk")))
        return self.filter(~Q(registry_status=Organisation.Registry.NOT_ASKED) | acted_for)

    def of_siren(self, siren: str) -> "Organisation | None":
        """Whoever stands under this number today: the one that it was made one with, if it was."""
        its = self.filter(siren=siren).select_related("merged_into").first()
        return its.merged_into or its if its else None

    def taking_part(self) -> Self:
        """Active SMEs; one that nobody has claimed competes with nobody."""
        return self.smes().active().claimed()


class Organisation(Stateful):
    """A French company or group, one row a SIREN."""

    class Kind(models.TextChoices):
        SME = "sme", _("PME ou ETI")
        GROUP = "group", _("grand groupe")

    class State(models.TextChoices):
        TO_VERIFY = "to_verify", _("à vérifier")
        VERIFIED = "verified", _("vérifiée")
        SUSPENDED = "suspended", _("suspendue")
        REFUSED = "refused", _("refusée")
        CLOSED = "closed", _("fermée")

    class Registry(models.TextChoices):
        FOUND = "found", _("trouvée au registre")
        UNKNOWN = "unknown", _("inconnue du registre")
        DOWN = "down", _("registre indisponible")
        NOT_ASKED = "not_asked", _("non consulté (import)")

    class RegistryAlert(models.TextChoices):
        CLOSED = "closed", _("a cessé son activité, dit le registre")
        LARGE = "large", _("est passée grande entreprise, dit le registre")
        TRADE = "trade", _("a changé d'activité principale, dit le registre")

    MOVES = {
        State.TO_VERIFY: {State.VERIFIED, State.REFUSED, State.CLOSED},
        State.VERIFIED: {State.SUSPENDED, State.CLOSED},
        State.SUSPENDED: {State.VERIFIED, State.CLOSED},
        State.REFUSED: {State.TO_VERIFY},
        State.CLOSED: set(),
    }

    kind = models.CharField(_("type"), max_length=10, choices=Kind)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.TO_VERIFY, editable=False)
    name = models.CharField(_("raison sociale"), max_length=200)
    siren = models.CharField(
        _("SIREN"), max_length=9, unique=True, error_messages={"unique": _("Une organisation porte déjà ce SIREN.")},
        validators=[RegexValidator(r"^\d{9}$", _("Un SIREN compte neuf chiffres."))],
    )  # fmt: skip
    registry_status = models.CharField(
        _("contrôle au registre"), max_length=10, choices=Registry, default=Registry.DOWN, editable=False
    )
    registry_checked_at = models.DateTimeField(_("registre relu le"), null=True, editable=False)
    registry_alert = models.CharField(
        _("ce que dit le registre"), max_length=10, choices=RegistryAlert, blank=True, editable=False, db_default="",
        default="",
    )  # fmt: skip
    registry_seen = models.CharField(max_length=10, blank=True, editable=False, db_default="", default="")
    naf = models.CharField(_("code NAF"), max_length=6, blank=True)
    category = models.CharField(_("catégorie INSEE"), max_length=3, blank=True)
    address = models.CharField(_("adresse"), max_length=200, blank=True)
    postcode = models.CharField(_("code postal"), max_length=10, blank=True)
    city = models.CharField(_("ville"), max_length=100, blank=True)
    department = models.CharField(_("département"), max_length=10, blank=True)
    website = models.URLField(_("site internet"), blank=True)
    created_at = models.DateTimeField(_("inscrite le"), auto_now_add=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", verbose_name=_("réunie avec")
    )

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        constraints = [
            models.CheckConstraint(name="organisation_siren_nine_digits", condition=Q(siren__regex=r"^\d{9}$")),
            models.CheckConstraint(name="organisation_kind_known", condition=Q(kind__in=["sme", "group"])),
            models.CheckConstraint(
                name="organisation_state_known",
                condition=Q(state__in=["to_verify", "verified", "suspended", "refused", "closed"]),
            ),
            models.CheckConstraint(
                name="organisation_merged_is_closed", condition=Q(merged_into=None) | Q(state="closed")
            ),
        ]
        indexes = [models.Index(fields=["kind", "state", "created_at"], name="organisation_queue")]

    def __str__(self) -> str:
        return self.name

    @property
    def is_active(self) -> bool:
        """Whether its people may act: a group must have been approved, an SME need only not be suspended."""
        waiting_sme = self.kind == self.Kind.SME and self.state == self.State.TO_VERIFY
        return self.state == self.State.VERIFIED or waiting_sme

    def touch(self) -> None:
        """Note, in the transaction of a change, that what matching reads of this company is no longer the same."""
        SmeProfile.objects.filter(organisation=self).update(revision=F("revision") + 1, updated_at=timezone.now())

    def verify(self, *, by: object) -> None:
        self._go(self.State.VERIFIED, by=by)

    def refuse(self, *, by: object, reason: str) -> None:
        self._go(self.State.REFUSED, by=by, reason=reason)

    def suspend(self, *, by: object, reason: str) -> None:
        self._go(self.State.SUSPENDED, by=by, reason=reason)

    def restore(self, *, by: object, reason: str = "") -> None:
        self._go(self.State.VERIFIED, by=by, reason=reason)

    def close(self, *, by: object, reason: str) -> None:
        self._go(self.State.CLOSED, by=by, reason=reason)

    def _go(self, to: str, *, by: object, reason: str = "") -> None:
        with transaction.atomic():
            self.move(to, by=by, reason=reason)
            self.touch()


class ProfileChange(models.Model):
    """A profile changed and nobody has looked at it since.

    The database writes it with the change itself, whoever makes it; who has dealt with it takes it away in the same
    transaction. In whatever order changes commit, none is missed.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="profile_changes")
    at = models.DateTimeField(default=timezone.now, db_default=Now())

    def __str__(self) -> str:
        return f"{self.organisation_id}, {self.at:%c}"


class OrganisationMove(Move):
    subject = models.ForeignKey(Organisation, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class SmeProfile(models.Model):
    """What an SME offers and wants; every field may be empty, and an empty one is unknown, never a no."""

    class Horizon(models.TextChoices):
        NOW = "now", _("dans les 6 mois")
        YEAR = "year", _("dans l'année")
        LATER = "later", _("plus tard")

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="sme_profile")
    sectors = codes_field(_("secteurs"))
    products = models.TextField(_("produits et services"), blank=True, max_length=4000)
    hs_codes = codes_field(_("chapitres douaniers (SH)"))
    cpv_codes = codes_field(_("codes CPV"))
    languages = codes_field(_("langues de travail"))
    headcount = models.CharField(_("effectif"), max_length=10, blank=True)
    turnover = models.CharField(_("chiffre d'affaires"), max_length=10, blank=True)
    volume = models.CharField(_("montant de contrat livrable"), max_length=10, blank=True, default="", db_default="")
    export_share = models.CharField(_("part du chiffre d'affaires à l'export"), max_length=10, blank=True)
    wanted_kinds = codes_field(_("types d'opération recherchés"))
    wanted_places = codes_field(_("pays recherchés"))
    horizon = models.CharField(_("horizon"), max_length=10, choices=Horizon, blank=True)
    proposable = models.BooleanField(_("peut être proposée par Pacte PME"), default=True)
    paused_until = models.DateField(_("en pause jusqu'au"), null=True, blank=True)
    confirmed_at = models.DateTimeField(_("confirmé le"), null=True, blank=True)
    updated_at = models.DateTimeField(_("modifié le"), default=timezone.now)
    revision = models.PositiveIntegerField(default=1, editable=False)  # bumped by Organisation.touch

    class Meta:
        verbose_name = _("profil PME")
        verbose_name_plural = _("profils PME")
        constraints = [
            models.CheckConstraint(name="profile_volume_known", condition=Q(volume="") | Q(volume__in=[*bands.VOLUME]))
        ]
        indexes = [
            models.Index(fields=["paused_until"], name="profile_paused", condition=Q(paused_until__isnull=False))
        ]

    def __str__(self) -> str:
        return str(self.organisation)

    @property
    def is_paused(self) -> bool:
        """Whether nothing is to be proposed to it today."""
        return self.resumes_on is not None

    @property
    def resumes_on(self) -> date | None:
        """The first day after its pause; None while it does not pause."""
        if self.paused_until is None or self.paused_until < timezone.localdate():
            return None
        return self.paused_until + timedelta(days=1)


class Reference(models.Model):
    """A job done for a client: the main lever of a match's quality."""

    class ClientKind(models.TextChoices):
        GROUP = "group", _("grand groupe")
        SME = "sme", _("PME ou ETI")
        PUBLIC = "public", _("secteur public")
        FOREIGN = "foreign", _("client étranger")

    profile = models.ForeignKey(SmeProfile, models.CASCADE, related_name="references")
    title = models.CharField(_("ce qui a été fait"), max_length=160)
    description = models.TextField(_("détails"), blank=True, max_length=2000)
    place = models.CharField(_("où"), max_length=10, blank=True)
    year = models.PositiveSmallIntegerField(
        _("année"), null=True, blank=True, validators=[MinValueValidator(1950), MaxValueValidator(2100)]
    )
    client_kind = models.CharField(_("type de client"), max_length=10, choices=ClientKind, blank=True)
    client_name = models.CharField(_("client"), max_length=120, blank=True)
    shareable = models.BooleanField(_("peut être montrée aux groupes"), default=True)
    codes = codes_field(_("codes"))  # "cpv:45310000", "hs:84", "naf:28.13"

    class Meta:
        verbose_name = _("référence")
        verbose_name_plural = _("références")
        ordering = ["-year", "pk"]

    def __str__(self) -> str:
        return self.title


class CountryExperience(models.Model):
    class Level(models.TextChoices):
        NEVER = "never", _("jamais")
        OCCASIONAL = "occasional", _("ventes ponctuelles")
        REGULAR = "regular", _("ventes régulières")
        LOCAL = "local", _("implantation locale")

    profile = models.ForeignKey(SmeProfile, models.CASCADE, related_name="experiences")
    place = models.CharField(_("pays"), max_length=10)
    level = models.CharField(_("expérience"), max_length=12, choices=Level)
    last_year = models.PositiveSmallIntegerField(_("dernière année"), null=True, blank=True)

    class Meta:
        verbose_name = _("expérience d'un pays")
        verbose_name_plural = _("expériences de pays")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "place"],
                name="country_experience_once",
                violation_error_message=_("Ce pays figure déjà dans votre expérience."),
            ),
            models.CheckConstraint(
                name="country_experience_level_known",
                condition=Q(level__in=["never", "occasional", "regular", "local"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place} · {self.get_level_display()}"


class Certificate(models.Model):
    profile = models.ForeignKey(SmeProfile, models.CASCADE, related_name="certificates")
    code = models.CharField(_("certification"), max_length=40)
    expires_on = models.DateField(_("valable jusqu'au"), null=True, blank=True)

    class Meta:
        verbose_name = _("certification")
        verbose_name_plural = _("certifications")
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(
                fields=["profile", "code"],
                name="certificate_once",
                violation_error_message=_("Cette certification est déjà indiquée."),
            )
        ]

    def __str__(self) -> str:
        return self.code


class GroupProfile(models.Model):
    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="group_profile")
    sector = models.CharField(_("secteur"), max_length=40, blank=True)
    presentation = models.TextField(_("présentation"), blank=True, max_length=3000)
    places = codes_field(_("pays de présence"))
    alias = models.CharField(
        _("nom public des opportunités confidentielles"),
        max_length=80,
        blank=True,
        help_text=_("Par exemple « Groupe du secteur de l'énergie »."),
    )
    known_names = ArrayField(  # looked for in what must not tell who the group is; shown to nobody outside it
        models.CharField(max_length=80),
        default=list,
        db_default=[],
        blank=True,
        verbose_name=_("autres noms du groupe"),
    )
    portages_from = models.DateField(_("pas de nouvelle demande de portage avant le"), null=True, blank=True)
    portages_a_month = models.PositiveSmallIntegerField(
        _("nouvelles demandes de portage par mois, au plus"), null=True, blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
    )  # fmt: skip

    class Meta:
        verbose_name = _("profil de groupe")
        verbose_name_plural = _("profils de groupe")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(portages_a_month__range=(1, 100)),
                name="group_portages_a_month",
            )
        ]

    def __str__(self) -> str:
        return str(self.organisation)
