"""What each side agrees to before it uses the platform: versions of a text, and who signed which."""

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from accounts.models.people import User
from pacte.states import Move, Stateful


class CharterQuerySet(models.QuerySet["Charter"]):
    def in_force(self) -> Self:
        return self.filter(state=Charter.State.IN_FORCE)

    def published(self) -> Self:
        """The one in force and those before it, in the order in which they came."""
        return self.exclude(state=Charter.State.DRAFT).order_by("published_at", "pk")


class Charter(Stateful):
    """A version: of the charter that groups sign, or of the conditions that SMEs accept."""

    class Kind(models.TextChoices):
        GROUP = Organisation.Kind.GROUP.value, _("charte des groupes")
        SME = Organisation.Kind.SME.value, _("conditions des PME")

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        IN_FORCE = "in_force", _("en vigueur")
        REPLACED = "replaced", _("remplacée")

    MOVES = {
        State.DRAFT: {State.IN_FORCE},
        State.IN_FORCE: {State.REPLACED},
        State.REPLACED: set(),
    }

    kind = models.CharField(_("texte"), max_length=10, choices=Kind, default=Kind.GROUP)
    version = models.CharField(_("version"), max_length=20, help_text=_("Par exemple 2027-1 : chacun la voit."))
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.DRAFT, editable=False)
    text = models.TextField(_("texte"), max_length=20000, help_text=_("Une ligne vide sépare deux paragraphes."))
    text_en = models.TextField(
        _("traduction anglaise"), max_length=20000, blank=True, help_text=_("Pour lire ; seul le français engage.")
    )
    changes = models.TextField(
        _("ce qui change"), max_length=1000, blank=True, help_text=_("Montré à celles qui ont signé la précédente.")
    )
    sign_by = models.DateField(
        _("à signer jusqu'au"),
        help_text=_("Jusqu'à ce jour compris, une signature de la version précédente suffit encore."),
    )
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)

    objects = CharterQuerySet.as_manager()

    class Meta:
        verbose_name = _("charte ou conditions")
        verbose_name_plural = _("charte et conditions")
        ordering = ["kind", "-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "version"],
                name="charter_version_once",
                violation_error_message=_("Cette version existe déjà."),
            ),
            models.UniqueConstraint(fields=["kind"], condition=Q(state="in_force"), name="charter_one_in_force"),
            models.CheckConstraint(name="charter_kind_known", condition=Q(kind__in=["group", "sme"])),
            models.CheckConstraint(
                name="charter_state_known", condition=Q(state__in=["draft", "in_force", "replaced"])
            ),
            models.CheckConstraint(
                name="charter_published_dated", condition=Q(state="draft") | Q(published_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.version}".capitalize()


class CharterMove(Move):
    subject = models.ForeignKey(Charter, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class Signature(models.Model):
    """An organisation agreed to one version, by one of its people."""

    charter = models.ForeignKey(Charter, models.PROTECT, related_name="signatures", verbose_name=_("texte"))
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="signatures", verbose_name=_("organisation")
    )
    person = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    at = models.DateTimeField(_("signée le"), auto_now_add=True)

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["-at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["charter", "organisation"], name="signature_once_a_version")]

    def __str__(self) -> str:
        return f"{self.organisation} · {self.charter}"


class SignatureReminder(models.Model):
    """An organisation was written to about a version that it has not signed: each rung once."""

    class Rung(models.TextChoices):
        ASKED = "asked", _("à signer")
        SOON = "soon", _("une semaine avant")
        LATE = "late", _("en retard")

    charter = models.ForeignKey(Charter, models.CASCADE, related_name="reminders")
    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+")
    rung = models.CharField(max_length=10, choices=Rung)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["charter", "organisation", "rung"], name="signature_reminder_once"),
            models.CheckConstraint(name="signature_reminder_known", condition=Q(rung__in=["asked", "soon", "late"])),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} · {self.charter_id} · {self.rung}"
