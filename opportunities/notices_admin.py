"""The staff's imports of calls for tender."""

from django import forms
from django.contrib import admin
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from accounts.models import Organisation
from opportunities import eforms
from opportunities.models import NoticeImport
from opportunities.notices import WORK
from pacte import tables
from pacte.imports_admin import ImportAdmin, UploadForm, transitions
from pacte.tables import UnreadableError


class NoticeUploadForm(UploadForm):
    takes = ("csv", "xlsx", "xml")
    owner = forms.ModelChoiceField(
        label=_("Pour le groupe"),
        queryset=Organisation.objects.groups().filter(state=Organisation.State.VERIFIED).order_by("name"),
        help_text=_("Les brouillons seront les siens : lui seul pourra les compléter et les soumettre."),
    )

    def clean_file(self) -> UploadedFile:
        file = super().clean_file()
        try:
            if self.type == "xml":
                eforms.check(self.content)
        except UnreadableError as error:
            raise forms.ValidationError(tables.told(error.problem)) from error
        return file


@admin.register(NoticeImport)
class NoticeImportAdmin(ImportAdmin):
    work, makes = WORK, "opportunity"
    upload_form = NoticeUploadForm
    transitions = transitions(WORK)
    list_display = ["name", "owner", "state", "progress", "added_by", "added_at"]
    list_select_related = ["added_by", "owner"]
    advice = _(
        "Un tableau, une ligne par avis ; ou un avis de TED, en XML (eForms). Chaque avis devient un brouillon du "
        "groupe, jamais publié de lui-même. Un avis que le groupe a déjà eu, par son numéro ou son adresse, n'est pas "
        "créé une seconde fois."
    )
