"""Files of companies that staff bring in, and the first person they name there."""

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.organisation import Organisation
from pacte.imports import Import, Row
from pacte.states import Move


class OrganisationImport(Import):
    """SMEs or groups, one a line; nothing is written before staff have read what it would do."""

    kind = models.CharField(_("type"), max_length=10, choices=Organisation.Kind, default=Organisation.Kind.SME)
    verified = models.BooleanField(_("tenues pour vérifiées"), default=False)

    class Meta(Import.Meta):
        verbose_name = _("import d'organisations")
        verbose_name_plural = _("imports d'organisations")
        constraints = [models.CheckConstraint(name="import_kind_known", condition=Q(kind__in=["sme", "group"]))]


class OrganisationImportMove(Move):
    subject = models.ForeignKey(OrganisationImport, models.CASCADE, related_name="history")

    class Meta(Move.Meta):
        verbose_name = _("ligne d'historique")
        verbose_name_plural = _("historique")


class OrganisationRow(Row):
    subject = models.ForeignKey(OrganisationImport, models.CASCADE, related_name="rows", db_index=False)
    organisation = models.ForeignKey(Organisation, models.SET_NULL, null=True, related_name="+")


class FirstContact(models.Model):
    """Whom a file names for an organisation that nobody acts for yet. Nothing is written to them by itself."""

    organisation = models.OneToOneField(Organisation, models.CASCADE, related_name="first_contact")
    name = models.CharField(_("nom"), max_length=120, blank=True)
    email = models.EmailField(_("adresse e-mail"))
    added_at = models.DateTimeField(_("ajouté le"), auto_now_add=True)

    class Meta:
        verbose_name = _("premier contact, d'après un import")
        verbose_name_plural = _("premier contact, d'après un import")

    def __str__(self) -> str:
        return self.email
