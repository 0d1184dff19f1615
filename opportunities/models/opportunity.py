"""What groups publish."""

from collections.abc import Iterable
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector, SearchVectorField
from django.db import models, transaction
from django.db.models import F, Func, Q
from django.db.models.lookups import Exact
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from accounts import taxonomy
from accounts.models import Organisation, User
from opportunities.amounts import Amount
from opportunities.kinds import KINDS, Kind, KindSpec
from pacte.states import Move, Stateful, listed

LANGS = ("fr", "en")


class State(models.TextChoices):
    DRAFT = "draft", _("brouillon")
    SUBMITTED = "submitted", _("en validation")
    CHANGES_REQUESTED = "changes_requested", _("modifications demandées")
    PUBLISHED = "published", _("publiée")
    SUSPENDED = "suspended", _("suspendue")
    CLOSED = "closed", _("clôturée")
    REJECTED = "rejected", _("refusée")
    WITHDRAWN = "withdrawn", _("retirée")


class Stage(models.TextChoices):
    WATCH = "watch", _("veille")
    PRE_SALE = "pre_sale", _("avant-vente")
    BID = "bid", _("réponse en cours")
    WON = "won", _("contrat gagné")
    DELIVERY = "delivery", _("exécution")


class RejectReason(models.TextChoices):
    NOT_EXPORT = "not_export", _("pas d'opportunité à l'international")
    JOB_OFFER = "job_offer", _("offre d'emploi ou de stage")
    INVESTMENT = "investment", _("appel à investir")
    PROPERTY = "property", _("annonce immobilière")
    SELLING = "selling", _("vente de services ou publicité")
    TOO_VAGUE = "too_vague", _("besoin trop vague")
    DUPLICATE = "duplicate", _("déjà publiée")
    OTHER = "other", _("autre")


def codes_field(verbose_name: Any) -> ArrayField:
    return ArrayField(models.CharField(max_length=40), default=list, blank=True, verbose_name=verbose_name)


class OpportunityQuerySet(models.QuerySet["Opportunity"]):
    def published(self) -> Self:
        return self.filter(state=State.PUBLISHED)

    def open(self) -> Self:
        """Those one may apply to today, Europe/Paris: the last day counts whole; undated ones stay open."""
        return self.published().filter(Q(apply_by=None) | Q(apply_by__gte=timezone.localdate()))

    def overdue(self) -> Self:
        """Published ones whose last day to apply is over, Europe/Paris: to be closed."""
        return self.published().filter(apply_by__lt=timezone.localdate())

    def public(self) -> Self:
        """What anyone may see: published ones, and the closed ones that links still lead to."""
        return self.filter(state__in=[State.PUBLISHED, State.CLOSED])

    def visible_to(self, user: Any) -> Self:
        """Public ones, and for its own people all those of a group."""
        organisation = getattr(user, "organisation", None)
        public = Q(state__in=[State.PUBLISHED, State.CLOSED])
        return self.filter(public | Q(owner=organisation)) if organisation else self.public()

    def owned_by(self, user: User) -> Self:
        return self.filter(owner=user.organisation) if user.organisation else self.none()


class Opportunity(Stateful):
    """A concrete export opportunity posted by a group."""

    Kind = Kind
    State = State
    Stage = Stage
    EDITABLE = frozenset({State.DRAFT, State.CHANGES_REQUESTED})
    MOVES = {
        State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
        State.SUBMITTED: {State.PUBLISHED, State.CHANGES_REQUESTED, State.REJECTED, State.WITHDRAWN},
        State.CHANGES_REQUESTED: {State.SUBMITTED, State.DRAFT, State.WITHDRAWN},
        State.PUBLISHED: {State.SUSPENDED, State.CLOSED, State.WITHDRAWN},
        State.SUSPENDED: {State.PUBLISHED, State.WITHDRAWN},
        State.CLOSED: {State.PUBLISHED},
        State.REJECTED: set(),
        State.WITHDRAWN: set(),
    }

    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="opportunities", verbose_name=_("groupe"),
        limit_choices_to={"kind": "group"},
    )  # fmt: skip
    created_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("déposée par"))
    kind = models.CharField(_("type d'opération"), max_length=20, choices=Kind)
    state = models.CharField(_("état"), max_length=20, choices=State, default=State.DRAFT, editable=False)
    title = models.CharField(_("titre"), max_length=120)
    teaser = models.CharField(_("en une phrase"), max_length=200, blank=True)
    description = models.TextField(_("description"), blank=True, max_length=8000)
    benefits = models.TextField(_("ce que la PME y gagne"), blank=True, max_length=1500)
    language = models.CharField(
        _("langue de l'annonce"), max_length=2, choices=[("fr", _("français")), ("en", _("anglais"))], default="fr"
    )
    places = codes_field(_("pays"))
    sectors = codes_field(_("secteurs"))
    cpv_codes = codes_field(_("codes CPV"))
    hs_codes = codes_field(_("chapitres douaniers (SH)"))
    naf_codes = codes_field(_("codes NAF"))
    stage = models.CharField(_("stade"), max_length=10, choices=Stage, blank=True)
    details = models.JSONField(_("précisions"), default=dict, blank=True)
    first_exporters_welcome = models.BooleanField(_("ouverte aux primo-exportateurs"), default=False)
    apply_by = models.DateField(_("candidatures jusqu'au"), null=True, blank=True)
    answer_by = models.DateField(_("réponse promise avant le"), null=True, blank=True)
    contact_name = models.CharField(_("contact principal"), max_length=120, blank=True)
    contact_email = models.EmailField(_("e-mail du contact principal"), blank=True)
    deputy_name = models.CharField(_("suppléant"), max_length=120, blank=True)
    deputy_email = models.EmailField(_("e-mail du suppléant"), blank=True)
    capacity = models.PositiveSmallIntegerField(_("nombre de mises en relation souhaitées"), default=6)
    confidential = models.BooleanField(_("nom du groupe confidentiel jusqu'à la mise en relation"), default=False)
    alias = models.CharField(_("nom affiché"), max_length=80, blank=True)
    amount = models.CharField(_("montant"), max_length=20, choices=Amount, blank=True, default="", db_default="")
    amount_shared = models.BooleanField(_("montant montré aux PME"), default=False, db_default=False)
    amount_reason = models.CharField(
        _("pourquoi le montant n'est pas communiqué"), max_length=200, blank=True, default="", db_default=""
    )
    next_step = models.CharField(
        _("prochaine étape après une candidature"), max_length=200, blank=True, default="", db_default=""
    )
    decided_by = models.CharField(_("qui décide"), max_length=200, blank=True, default="", db_default="")
    questions = models.JSONField(_("questions aux candidates"), default=list, db_default=[], blank=True)
    slug = models.SlugField(max_length=80, blank=True, editable=False)
    copied_from = models.ForeignKey("self", models.SET_NULL, null=True, editable=False, related_name="copies")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, editable=False, related_name="merged", verbose_name=_("réunie avec")
    )
    token = models.UUIDField(null=True, unique=True, editable=False)  # of the form that made it: sent twice, made once
    created_at = models.DateTimeField(_("créée le"), auto_now_add=True)
    updated_at = models.DateTimeField(_("modifiée le"), auto_now=True)
    submitted_at = models.DateTimeField(_("soumise le"), null=True, blank=True, editable=False)
    published_at = models.DateTimeField(_("publiée le"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("clôturée le"), null=True, blank=True, editable=False)
    confirmed_at = models.DateTimeField(_("confirmée le"), null=True, blank=True, editable=False)  # still current
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)  # that its group has something to do
    claimed_by = models.ForeignKey(
        User, models.SET_NULL, null=True, editable=False, related_name="+", verbose_name=_("prise par")
    )
    claimed_at = models.DateTimeField(null=True, editable=False)  # see `opportunities.claims`
    revision = models.PositiveIntegerField(default=1, editable=False)  # bumped by every save and move
    search_text = models.TextField(default="", blank=True, editable=False)  # labels of codes, names of countries
    search_vector = models.GeneratedField(
        expression=SearchVector("title", config="fr", weight="A")
        + SearchVector("teaser", config="fr", weight="B")
        + SearchVector("description", config="fr", weight="C")
        + SearchVector("search_text", config="fr", weight="D"),
        output_field=SearchVectorField(),
        db_persist=True,
    )

    objects = OpportunityQuerySet.as_manager()

    class Meta:
        verbose_name = _("opportunité")
        verbose_name_plural = _("opportunités")
        constraints = [
            models.CheckConstraint(name="opportunity_state_known", condition=Q(state__in=State.values)),
            models.CheckConstraint(name="opportunity_kind_known", condition=Q(kind__in=Kind.values)),
            models.CheckConstraint(
                name="opportunity_published_dated",
                condition=~Q(state__in=["published", "suspended", "closed"]) | Q(published_at__isnull=False),
            ),
            models.CheckConstraint(
                name="opportunity_answer_after_apply",
                condition=Q(apply_by=None) | Q(answer_by=None) | Q(answer_by__gte=F("apply_by")),
                violation_error_message=_("La réponse ne peut pas être promise avant la fin des candidatures."),
            ),
            models.CheckConstraint(
                name="opportunity_confidential_has_alias", condition=Q(confidential=False) | ~Q(alias="")
            ),
            models.CheckConstraint(name="opportunity_capacity_positive", condition=Q(capacity__gte=1)),
            models.CheckConstraint(
                name="opportunity_details_object",
                condition=Exact(Func("details", function="jsonb_typeof", output_field=models.TextField()), "object"),
            ),
            models.CheckConstraint(
                name="opportunity_questions_array",
                condition=Exact(Func("questions", function="jsonb_typeof", output_field=models.TextField()), "array"),
            ),
            models.CheckConstraint(
                name="opportunity_amount_known", condition=Q(amount="") | Q(amount__in=Amount.values)
            ),
            models.CheckConstraint(
                name="opportunity_amount_shared_is_known",
                condition=Q(amount_shared=False) | ~Q(amount__in=["", "undisclosed"]),
                violation_error_message=_("Choisissez d'abord le montant à montrer."),
            ),
        ]
        indexes = [
            GinIndex(fields=["search_vector"], name="opportunity_search"),
            models.Index(fields=["state", "-published_at"], name="opportunity_newest"),
            models.Index(fields=["state", "apply_by"], name="opportunity_deadline"),
            models.Index(fields=["owner", "state"], name="opportunity_owner_state"),
            models.Index(fields=["updated_at"], name="opportunity_changed"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("matching:opportunity_detail", args=[self.pk, self.slug or "-"])

    @property
    def public_name(self) -> str:
        """What everyone may read as the group's name: its alias while the opportunity is confidential."""
        return self.alias if self.confidential else self.owner.name

    @property
    def spec(self) -> KindSpec:
        return KINDS[self.kind]

    @property
    def is_open(self) -> bool:
        return self.state == State.PUBLISHED and (self.apply_by is None or self.apply_by >= timezone.localdate())

    @property
    def is_public(self) -> bool:
        return self.state in {State.PUBLISHED, State.CLOSED}

    @property
    def is_editable(self) -> bool:
        return self.state in self.EDITABLE

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.derive()
        if self.pk:
            self.revision += 1
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "slug", "search_text", "revision", "updated_at"}
        super().save(*args, **kwargs)

    def derive(self) -> None:
        """Fill in what follows from the other fields; a bulk load calls it, `save()` does by itself."""
        self.slug = self._slug()
        self.search_text = self._search_text()

    def _slug(self) -> str:
        """The title's words; never a single one, which could be the address of another page (« suivi »)."""
        words = slugify(self.title)
        return (words if "-" in words else f"opportunite-{words}")[:80].strip("-")

    def _search_text(self) -> str:
        """Words people may type that the texts do not hold, in both languages; never the group's name."""
        codes = [(scheme, code) for scheme, its in self._codes().items() for code in its]
        return " ".join(dict.fromkeys(taxonomy.label(*code, lang) for code in codes for lang in LANGS))

    def _codes(self) -> dict[str, list[str]]:
        return {
            "sector": self.sectors,
            "place": self.places,
            "cpv": self.cpv_codes,
            "hs": self.hs_codes,
            "naf": self.naf_codes,
        }

    def missing(self) -> list[str]:
        """Names of the fields that must be filled before submission."""
        wanted = [
            "title", "teaser", "description", "places", "sectors", "answer_by",
            "contact_name", "contact_email", "deputy_name", "deputy_email",
        ]  # fmt: skip
        missing = [name for name in wanted if not getattr(self, name)]
        missing += [f.name for f in self.spec.fields if f.required and not self.details.get(f.name)]
        if self.confidential and not self.alias:
            missing.append("alias")
        return missing

    def submit(self, *, by: User) -> None:
        self._go(State.SUBMITTED, by=by, submitted_at=timezone.now())

    def publish(self, *, by: User, reason: str = "") -> None:
        """Open it to SMEs. The notices go in the same transaction; matching finds it by itself."""
        first = self.published_at or timezone.now()
        self._go(State.PUBLISHED, by=by, reason=reason, published_at=first)

    def request_changes(self, *, by: User, comments: Iterable[tuple[str, str]]) -> None:
        """Send it back with at least one (field name or "", text)."""
        with transaction.atomic():
            self._go(State.CHANGES_REQUESTED, by=by)
            Comment.objects.bulk_create(Comment(opportunity=self, author=by, field=f, text=t) for f, t in comments)

    def give_back(self, *, by: User | None) -> None:
        self._go(State.DRAFT, by=by)

    def confirm(self) -> None:
        """Its group says that it is still current; nothing that SMEs read of it changes, nor its revision."""
        now = timezone.now()
        type(self).objects.filter(pk=self.pk).update(confirmed_at=now, reminded_at=None)
        self.confirmed_at, self.reminded_at = now, None

    def reject(self, *, by: User, reason: str, text: str = "") -> None:
        self._go(State.REJECTED, by=by, reason=listed(RejectReason(reason).label, text))

    def suspend(self, *, by: User | None, reason: str) -> None:
        self._go(State.SUSPENDED, by=by, reason=reason)

    def close(self, *, by: User | None, reason: str = "") -> None:
        self._go(State.CLOSED, by=by, reason=reason, closed_at=timezone.now())

    def withdraw(self, *, by: User, reason: str) -> None:
        self._go(State.WITHDRAWN, by=by, reason=reason)

    def _go(self, to: str, *, by: User | None, reason: str = "", **fields: Any) -> None:
        """Every move of an opportunity: also a new revision for matching to see."""
        fields |= {"revision": F("revision") + 1, "updated_at": timezone.now(), "reminded_at": None}
        self.move(to, by=by, reason=reason, **fields)
        self.refresh_from_db(fields=["revision"])


class OpportunityMove(Move):
    subject = models.ForeignKey(Opportunity, models.CASCADE, related_name="history")
    due = models.BooleanField(
        default=False, db_default=False
    )  # applicants and followers are still to be told; matching does

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")
        indexes = [models.Index(fields=["id"], condition=Q(due=True), name="opportunity_move_due")]

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self._state.adding and self.before != self.after and self.after in {State.CLOSED, State.WITHDRAWN}:
            self.due = True
        super().save(*args, **kwargs)


class Comment(models.Model):
    """A moderator's word on one field (or on the whole, when `field` is empty)."""

    opportunity = models.ForeignKey(Opportunity, models.CASCADE, related_name="comments")
    author = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+", verbose_name=_("par"))
    field = models.CharField(_("champ"), max_length=40, blank=True)
    text = models.TextField(_("commentaire"))
    at = models.DateTimeField(_("date"), auto_now_add=True)

    class Meta:
        verbose_name = _("commentaire de modération")
        verbose_name_plural = _("commentaires de modération")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.text[:60]
