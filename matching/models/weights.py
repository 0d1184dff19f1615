"""Versions of the weights: what each criterion is worth, who said so and when, and what a change of them would do."""

from collections.abc import Mapping
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from pacte.states import Move, Stateful


def holds(field: str, path: str) -> Func:
    """Whether a JSON document holds something that this path finds."""
    template = "%(function)s(%(expressions)s::jsonpath)"
    output = models.BooleanField()
    return Func(F(field), Value(path), function="jsonb_path_exists", template=template, output_field=output)


class WeightsVersionQuerySet(models.QuerySet["WeightsVersion"]):
    def published(self) -> Self:
        """Those that were active once, the latest first."""
        return self.filter(activated_at__isnull=False).order_by("-activated_at", "-pk")


class WeightsVersion(Stateful):
    """What each criterion is worth. A draft may be edited; what was active once never changes again."""

    class State(models.TextChoices):
        DRAFT = "draft", _("brouillon")
        ACTIVE = "active", _("en vigueur")
        FORMER = "former", _("ancienne")

    class Origin(models.TextChoices):
        HAND = "hand", _("écrite à la main")
        COPY = "copy", _("copiée")
        LEARNT = "learnt", _("apprise des décisions")

    MOVES = {
        State.DRAFT: {State.ACTIVE},
        State.ACTIVE: {State.FORMER},
        State.FORMER: {State.ACTIVE},
    }
    KEPT = ("version", "weights", "strong", "good", "trade", "note", "parent_id", "origin")

    version = models.CharField(_("version"), max_length=12, unique=True, editable=False)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.DRAFT, editable=False)
    weights = models.JSONField(_("poids"), editable=False)  # {criterion: number >= 0}
    strong = models.FloatField(_("adéquation forte à partir de"), help_text=_("Un score, de 0 à 100."))
    good = models.FloatField(
        _("bonne adéquation à partir de"), help_text=_("Un score, inférieur à celui de l'adéquation forte.")
    )
    trade = models.FloatField(
        _("part du métier exigée pour une bonne adéquation"),
        help_text=_("De 0 à 1 : le bon pays ne suffit pas sans le métier."),
    )
    note = models.TextField(_("pourquoi cette version"), max_length=2000, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, verbose_name=_("tirée de"), related_name="+"
    )
    origin = models.CharField(_("origine"), max_length=10, choices=Origin, default=Origin.COPY, editable=False)
    created_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, verbose_name=_("créée par"), related_name="+"
    )
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    activated_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, verbose_name=_("mise en vigueur par"), related_name="+"
    )
    activated_at = models.DateTimeField(_("mise en vigueur le"), null=True, editable=False)

    objects = WeightsVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version des poids")
        verbose_name_plural = _("versions des poids")
        ordering = ["-pk"]
        permissions = [("activate_weightsversion", "Can activate version of the weights")]
        constraints = [
            models.UniqueConstraint(
                fields=["state"], condition=Q(state="active"), name="weights_one_active",
                violation_error_message=_("Une autre version est en vigueur."),
            ),
            models.CheckConstraint(
                name="weights_state_known", condition=Q(state__in=["draft", "active", "former"])
            ),
            models.CheckConstraint(
                name="weights_origin_known", condition=Q(origin__in=["hand", "copy", "learnt"])
            ),
            models.CheckConstraint(
                name="weights_activated_dated", condition=Q(state="draft") | Q(activated_at__isnull=False)
            ),
            models.CheckConstraint(
                name="weights_bands_in_order", condition=Q(good__gt=0, strong__gt=F("good"), strong__lte=100),
                violation_error_message=_("L'adéquation forte doit commencer plus haut que la bonne."),
            ),
            models.CheckConstraint(name="weights_trade_is_a_share", condition=Q(trade__range=(0, 1))),
            models.CheckConstraint(
                name="weights_none_negative",
                condition=~Q(holds("weights", '$.* ? (@ < 0 || @.type() != "number")')),
                violation_error_message=_("Un poids est un nombre, jamais négatif."),
            ),
            models.CheckConstraint(
                name="weights_some_positive", condition=Q(holds("weights", "$.* ? (@ > 0)")),
                violation_error_message=_("Au moins un critère doit peser."),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.version

    @property
    def is_active(self) -> bool:
        return self.state == self.State.ACTIVE

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    def numbers(self) -> dict[str, Any]:
        """All that a score depends on: two versions with the same numbers give the same scores."""
        return {"weights": dict(self.weights), "strong": self.strong, "good": self.good, "trade": self.trade}

    def save(self, *args: Any, **kwargs: Any) -> None:
        """A draft alone is saved; the database refuses the rest as well."""
        kept = WeightsVersion.objects.filter(pk=self.pk).exclude(state=self.State.DRAFT) if self.pk else None
        before = kept.values(*self.KEPT).first() if kept is not None else None
        if before and before != {name: getattr(self, name) for name in self.KEPT}:
            raise ValidationError(gettext("Une version qui a été en vigueur ne change plus : copiez-la."))
        super().save(*args, **kwargs)


class WeightsMove(Move):
    """Who put a version into force, or out of it, when and why."""

    subject = models.ForeignKey(WeightsVersion, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class SimulationReportQuerySet(models.QuerySet["SimulationReport"]):
    def due(self) -> Self:
        return self.filter(finished_at=None)


class SimulationReport(models.Model):
    """What would change if one version took the place of another: asked for here, computed by the worker."""

    version = models.ForeignKey(WeightsVersion, models.CASCADE, related_name="reports", verbose_name=_("version"))
    against = models.ForeignKey(WeightsVersion, models.PROTECT, related_name="+", verbose_name=_("comparée à"))
    numbers = models.JSONField()  # the version's, when the report was asked for: a draft may have changed since
    bench = models.CharField(_("banc d'essai"), max_length=300, blank=True)  # a folder of real awards, on the worker
    progress = models.PositiveSmallIntegerField(_("avancement"), default=0)  # per cent
    data = models.JSONField(default=dict)
    error = models.TextField(_("erreur"), blank=True)
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("demandé par"))
    created_at = models.DateTimeField(_("demandé le"), auto_now_add=True)
    finished_at = models.DateTimeField(_("terminé le"), null=True)
    signed_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("signé par"))
    signature = models.CharField(_("signature"), max_length=120, blank=True)
    signed_at = models.DateTimeField(_("signé le"), null=True)

    objects = SimulationReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("rapport de simulation")
        verbose_name_plural = _("rapports de simulation")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(name="simulation_progress_is_per_cent", condition=Q(progress__lte=100)),
            models.CheckConstraint(
                name="simulation_signed_once_done",
                condition=Q(signed_at=None) | (Q(finished_at__isnull=False, error="") & ~Q(signature="")),
            ),
        ]

    def __str__(self) -> str:
        return gettext("%(version)s, comparée à %(against)s") % {"version": self.version, "against": self.against}

    @property
    def is_done(self) -> bool:
        return self.finished_at is not None and not self.error

    @property
    def failed_checks(self) -> list[Mapping[str, Any]]:
        return [check for check in self.data.get("gate", []) if not check["passed"]]

    def is_about(self, version: WeightsVersion, against: WeightsVersion) -> bool:
        """Whether it tells what would happen if the one took the place of the other now."""
        same = self.version_id == version.pk and self.against_id == against.pk
        return self.is_done and same and self.numbers == version.numbers()
