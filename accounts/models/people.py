"""Who people are, and for whom they act."""

from typing import Any, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from pacte.states import StateError


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username or "")

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save()
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person. What they may do comes from their membership, or from being staff."""

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("adresse e-mail"), unique=True)
    first_name = models.CharField(_("prénom"), max_length=80, blank=True)
    last_name = models.CharField(_("nom"), max_length=80, blank=True)
    job_title = models.CharField(_("fonction"), max_length=120, blank=True)
    phone = models.CharField(_("téléphone"), max_length=30, blank=True)
    language = models.CharField(
        _("langue"), max_length=2, choices=[("fr", "français"), ("en", "English")], default="fr"
    )

    erased_at = models.DateTimeField(_("compte effacé le"), null=True, blank=True, editable=False)
    unread = models.PositiveIntegerField(default=0, editable=False)  # notifications, counted by who writes them
    acting_for = models.ForeignKey(
        "Membership", models.SET_NULL, null=True, blank=True, editable=False, related_name="+"
    )  # what somebody with several chose last

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        verbose_name = _("personne")
        verbose_name_plural = _("personnes")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_whatever_case")]

    def __str__(self) -> str:
        if self.erased_at:
            return gettext("ancien contact")
        return self.get_full_name() or self.email

    @cached_property
    def standing(self) -> "list[Membership]":
        """All those this person may act under, the oldest first."""
        return list(self.memberships.active().select_related("organisation").order_by("pk"))

    @property
    def others(self) -> "list[Membership]":
        """Those this person could act under instead."""
        return [one for one in self.standing if one != self.membership]

    @property
    def membership(self) -> "Membership | None":
        """The one this person acts under: chosen, or the oldest; None for staff and for people who have left."""
        chosen = next((one for one in self.standing if one.pk == self.acting_for_id), None)
        return chosen or (self.standing[0] if self.standing else None)

    def act_for(self, membership: "Membership") -> None:
        """From now on, wherever this person is signed in; the membership must be one of theirs."""
        assert membership.user_id == self.pk  # noqa: S101  # callers look among the person's own
        User.objects.filter(pk=self.pk).update(acting_for=membership)
        self.acting_for = membership
        self.__dict__.pop("standing", None)

    @property
    def organisation(self) -> Organisation | None:
        return self.membership.organisation if self.membership else None

    @property
    def is_sme(self) -> bool:
        return self.organisation is not None and self.organisation.kind == Organisation.Kind.SME

    @property
    def is_group(self) -> bool:
        return self.organisation is not None and self.organisation.kind == Organisation.Kind.GROUP


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self) -> Self:
        return self.filter(ended_at=None)

    def admins(self) -> Self:
        return self.active().filter(role=Membership.Role.ADMIN)


class Membership(models.Model):
    """A person's role in an organisation. A trigger keeps at least one admin wherever there are members."""

    class Role(models.TextChoices):
        ADMIN = "admin", _("administration")
        MEMBER = "member", _("membre")
        READER = "reader", _("lecture seule")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships", verbose_name=_("personne"))
    organisation = models.ForeignKey(
        Organisation, models.CASCADE, related_name="memberships", verbose_name=_("organisation")
    )
    role = models.CharField(_("rôle"), max_length=10, choices=Role, default=Role.MEMBER)
    created_at = models.DateTimeField(_("depuis"), auto_now_add=True)
    ended_at = models.DateTimeField(_("jusqu'au"), null=True, blank=True)
    # since when this person's address is of a domain that nobody else of the team has, and nobody has said it is right
    moved_at = models.DateTimeField(_("adresse à reconnaître depuis"), null=True, blank=True, editable=False)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("rattachement")
        verbose_name_plural = _("rattachements")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "organisation"],
                condition=Q(ended_at=None),
                name="membership_once_while_active",
                violation_error_message=_("Cette personne est déjà rattachée à cette organisation."),
            ),
            models.CheckConstraint(name="membership_role_known", condition=Q(role__in=["admin", "member", "reader"])),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.organisation}"

    @property
    def can_edit(self) -> bool:
        return self.role in {self.Role.ADMIN, self.Role.MEMBER}

    @property
    def is_admin(self) -> bool:
        return self.role == self.Role.ADMIN

    def change_role(self, role: str, *, by: User) -> None:
        """Give another role, unless nobody would be left to administer the organisation (StateError)."""
        with transaction.atomic():
            before = self._alone_at_the_helm(becoming=role)
            self.role = role
            self.save(update_fields=["role"])
            labels = dict(Membership.Role.choices)
            changes = {str(self.user): [str(labels[Membership.Role(before)]), str(labels[Membership.Role(role)])]}
            self.organisation.record(by=by, changes=changes if role != before else {})

    def end(self, *, by: User) -> None:
        """This person no longer acts for the organisation; what they did stays. StateError for the last admin."""
        with transaction.atomic():
            self._alone_at_the_helm(becoming=None)
            self.ended_at = timezone.now()
            self.save(update_fields=["ended_at"])
            self.organisation.record(by=by, changes={str(self.user): [str(self.get_role_display()), ""]})

    def leave_nobody(self, *, by: User) -> None:
        """The only person of the organisation goes: it stays, with nobody. StateError when there are colleagues."""
        with transaction.atomic():
            organisation = Organisation.objects.select_for_update().get(pk=self.organisation_id)
            if organisation.memberships.active().exclude(pk=self.pk).exists():
                raise StateError(
                    _("Il faut au moins une personne qui administre : confiez d'abord ce rôle à quelqu'un.")
                )
            self.ended_at = timezone.now()
            self.save(update_fields=["ended_at"])
            organisation.record(by=by, changes={str(self.user): [str(self.get_role_display()), ""]})

    def _alone_at_the_helm(self, *, becoming: str | None) -> str:
        """The role held now, under the lock by which two people who act at once see each other.

        The trigger keeps the last admin too; here it is said politely.
        """
        organisation = Organisation.objects.select_for_update().get(pk=self.organisation_id)
        held = organisation.memberships.active().filter(pk=self.pk).values_list("role", flat=True).first()
        if held is None:
            raise StateError(_("Cette personne ne fait déjà plus partie de l'équipe."))
        others = organisation.memberships.admins().exclude(pk=self.pk)
        if becoming != Membership.Role.ADMIN and not others.exists():
            raise StateError(_("Il faut au moins une personne qui administre : confiez d'abord ce rôle à quelqu'un."))
        return held
