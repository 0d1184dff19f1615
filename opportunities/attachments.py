"""Files beside an opportunity: known by their bytes rather than by their names, looked at before anyone opens them."""

from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.db.models import Count, Max
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from accounts.taxonomy import languages
from opportunities import checks, file_properties, leaks, letters, moderation, watermark
from opportunities.models import Attachment, Opening, Opportunity, Pledge
from pacte import files
from pacte.states import StateError

MOST = 5  # files of one opportunity
OPEN_TO_CHANGE = Opportunity.EDITABLE | {Opportunity.State.PUBLISHED}

PLEDGE = "1"  # version of the text below: change both together
PLEDGE_TEXT = gettext_lazy(
    "J'ouvre ces fichiers pour décider si mon entreprise candidate, et pour préparer sa candidature. Je ne les "
    "transmets à personne hors de mon entreprise, et je les détruis si elle n'est pas retenue. Cet engagement est "
    "pris au nom de mon entreprise ; il est daté et le groupe peut le voir."
)


class UploadForm(forms.Form):
    """One file; its name does not give away a confidential group."""

    file = forms.FileField(
        label=gettext_lazy("Fichier"), max_length=120,
        help_text=gettext_lazy("PDF, Word, Excel, PowerPoint, PNG ou JPEG, 10 Mo au plus. Sans macros."),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("Langue du document"), required=False,
        choices=lambda: [("", gettext_lazy("celle de l'annonce")), *languages.choices()],
    )  # fmt: skip
    confidential = forms.BooleanField(
        label=gettext_lazy("Confidentiel : une PME s'engage avant de l'ouvrir"),
        required=False,
        help_text=gettext_lazy(
            "En PDF seulement : chaque page de chaque exemplaire porte l'entreprise qui l'ouvre et la date. "
            "Vous voyez qui l'a ouvert."
        ),
    )

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.opportunity = opportunity
        self.content = b""
        self.type = self.properties = ""

    def clean_file(self) -> UploadedFile:
        file: UploadedFile = self.cleaned_data["file"]
        self.content, self.type = files.taken(file)
        self.properties = file_properties.read(self.content, self.type)
        if self.opportunity.confidential:
            self.tells_nothing()
        return file

    def tells_nothing(self) -> None:
        """Neither its name nor what it says of itself may tell who a confidential group is."""
        tells = leaks.tells_in_files(self.opportunity)
        if tell := leaks.first_in(self.name(), tells):
            raise forms.ValidationError(checks.leak_text(tell), code="tells")
        if tell := leaks.first_in(self.properties, tells):
            told = _(
                "Les propriétés du fichier (auteur, société, titre…) disent « %(tell)s », qui désigne votre groupe. "
                "Retirez-les (« Inspecter le document » dans Word, « Propriétés » du PDF), puis déposez-le à nouveau."
            )
            raise forms.ValidationError(told % {"tell": tell}, code="tells")

    def clean(self) -> dict[str, Any]:
        """A confidential file must be one that we can write its reader's name on."""
        found = super().clean() or {}
        if found.get("confidential") and "file" in found:
            if self.type != "pdf":
                told = _(
                    "Un fichier confidentiel doit être un PDF : nous y inscrivons le nom de son lecteur. Enregistrez "
                    "celui-ci en PDF, ou ne le cochez pas comme confidentiel."
                )
                self.add_error("file", forms.ValidationError(told, code="pdf"))
                return found
            try:
                watermark.marked(self.content, "-")
            except watermark.UnmarkableError:
                told = _(
                    "Nous ne pouvons pas inscrire le nom du lecteur sur ce PDF : protégé, abîmé ou de plus de "
                    "%(most)s pages. Enregistrez-le de nouveau, sans mot de passe."
                )
                self.add_error("file", forms.ValidationError(told % {"most": watermark.MOST_PAGES}, code="mark"))
        return found

    def name(self) -> str:
        return files.named(self.cleaned_data["file"], self.type)


def add(form: UploadForm, *, by: User) -> Attachment:
    """Keep it, out of reach until it has been looked at; where nothing looks, at once within reach."""
    opportunity = form.opportunity
    with transaction.atomic():
        _changeable(opportunity, by)
        if opportunity.attachments.count() >= MOST:
            raise StateError(_("%(count)s fichiers au plus : retirez-en un d'abord.") % {"count": MOST})
        kept = Attachment.objects.create(
            opportunity=opportunity,
            name=form.name(),
            type=form.type,
            size=len(form.content),
            content=form.content,
            confidential=form.cleaned_data["confidential"],
            language=form.cleaned_data["language"],
            state=files.first_state(),
            added_by=by,
            properties=form.properties,
            to_look=opportunity.is_public,
        )
        if tell := leaks.found(opportunity).get(leaks.FILES):  # the box was ticked a moment ago
            raise StateError(checks.leak_text(tell))
        opportunity.record(by=by, changes={"attachments": ["", kept.name]})
    return kept


def remove(attachment: Attachment, *, by: User) -> None:
    opportunity = attachment.opportunity
    with transaction.atomic():
        _changeable(opportunity, by)
        if Attachment.objects.filter(pk=attachment.pk).delete()[0]:
            opportunity.record(by=by, changes={"attachments": [attachment.name, ""]})


def listed(opportunity: Opportunity) -> list[tuple[Attachment, str]]:
    """Its files, each with what is wrong when it gives a confidential group away."""
    telling = leaks.in_files(opportunity)
    its = opportunity.attachments.listed()
    return [(one, checks.file_text(telling[one.pk]) if one.pk in telling else "") for one in its]


def show_added(opportunity: Opportunity, *, by: User) -> None:
    """Staff let through what was joined after the publication: SMEs read it, applicants and followers are told."""
    with transaction.atomic():
        added = _added(opportunity, by)
        if told := checks.leaking(opportunity).get(leaks.FILES):
            raise StateError(told)
        opportunity.attachments.filter(pk__in=[one.pk for one in added]).update(to_look=False)
        names = ", ".join(one.name for one in added)
        opportunity.record(by=by, changes={leaks.FILES: ["", names]}, due=True)
        letters.tell(opportunity, "amended", of=f"f{added[-1].pk}", accepted=True, said=names)


def refuse_added(opportunity: Opportunity, *, by: User, reason: str) -> None:
    """Staff take it away, and tell the group why."""
    with transaction.atomic():
        added = _added(opportunity, by)
        said = moderation.given(reason)
        opportunity.attachments.filter(pk__in=[one.pk for one in added]).delete()
        names = ", ".join(one.name for one in added)
        opportunity.record(by=by, changes={leaks.FILES: [names, ""]}, reason=said)
        letters.tell(opportunity, "amended", of=f"f{added[-1].pk}", accepted=False, said=f"{names}\n{said}")


def _added(opportunity: Opportunity, by: User) -> list[Attachment]:
    """What waits for staff; its opportunity is held until the transaction ends."""
    if not by.is_staff:
        raise PermissionDenied
    moderation.lock(opportunity)
    found = list(opportunity.attachments.listed().to_look_at())
    if not found or not opportunity.is_public:
        raise StateError(_("Aucun fichier n'attend plus d'être regardé."))
    return found


def _changeable(opportunity: Opportunity, by: User) -> None:
    moderation.lock(opportunity)
    moderation.group(opportunity, by)
    if opportunity.state not in OPEN_TO_CHANGE:
        raise StateError(_("Cette opportunité ne peut plus être modifiée ici."))


def pledged(opportunity: Opportunity, user: User) -> bool:
    """Whether this person's company has agreed to the text in force."""
    return Pledge.objects.filter(opportunity=opportunity, company=user.organisation, version=PLEDGE).exists()


def pledge(opportunity: Opportunity, *, by: User) -> None:
    """Note the agreement; a second click, or a colleague's, adds nothing."""
    company = by.organisation
    if company is None:
        return
    try:
        with transaction.atomic():
            Pledge.objects.create(
                opportunity=opportunity, company=company, person=by, version=PLEDGE, text=str(PLEDGE_TEXT)
            )
    except IntegrityError:
        return


def hand_over(attachment: Attachment, *, to: User) -> tuple[str, bytes]:
    """A reader's own copy of a confidential file, and its name: both tell whose it is; who took it is kept."""
    company, content = to.organisation, bytes(attachment.content)
    if company is None:
        return attachment.name, content
    day = timezone.localdate()
    if attachment.type == "pdf":
        words = _("Exemplaire de %(company)s, %(day)s. Ne pas transmettre.")
        content = watermark.marked(content, words % {"company": company.name, "day": f"{day:%d/%m/%Y}"})
    Opening.objects.create(opportunity_id=attachment.opportunity_id, name=attachment.name, company=company, person=to)
    stem = attachment.name.removesuffix(f".{attachment.type}")
    return f"{stem} - {company.name} - {day:%Y-%m-%d}.{attachment.type}", content


def openings(opportunity: Opportunity) -> list[Any]:
    """Which company opened which confidential file: how often, and when last."""
    rows = opportunity.openings.values("company__name", "name")
    return list(rows.annotate(times=Count("pk"), last=Max("at")).order_by("-last"))
