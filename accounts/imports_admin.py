"""The staff's imports of organisations."""

from django import forms
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.imports import WORK
from accounts.models import Organisation, OrganisationImport
from pacte.imports_admin import ImportAdmin, UploadForm, transitions


class OrganisationUploadForm(UploadForm):
    kind = forms.ChoiceField(
        label=_("Ce sont"),
        choices=[(Organisation.Kind.SME, _("des PME ou ETI")), (Organisation.Kind.GROUP, _("des grands groupes"))],
        widget=forms.RadioSelect,
        initial=Organisation.Kind.SME,
    )
    verified = forms.BooleanField(
        label=_("Les nouvelles sont tenues pour vérifiées"),
        required=False,
        help_text=_("Sinon, elles attendent dans « Entreprises à vérifier » ou « Accès de groupes à approuver »."),
    )


@admin.register(OrganisationImport)
class OrganisationImportAdmin(ImportAdmin):
    work, makes = WORK, "organisation"
    upload_form = OrganisationUploadForm
    transitions = transitions(WORK)
    list_filter = ["state", "kind"]
    advice = _(
        "Une ligne par organisation, reconnue par son SIREN. Une nouvelle est créée, sans personne : nul ne reçoit "
        "d'e-mail, et elle n'est proposée à personne avant de l'accepter. D'une organisation déjà connue, seuls les "
        "champs vides sont complétés. Le même fichier envoyé deux fois ne change rien la seconde fois."
    )
