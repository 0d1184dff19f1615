"""An SME's profile: its four sections, why each is asked for, and how one is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms import profile as forms
from accounts.models import Certificate, CountryExperience, Organisation, SmeProfile, User

FRESH = timedelta(days=182)


@dataclass(frozen=True, slots=True)
class Section:
    """`rows` and `kept` are for a section that ends in a list: its form, and the model of its lines."""

    slug: str
    title: str | Promise
    why: str | Promise
    form: type[forms.SectionForm]
    rows: type[forms.Rows] | None = None
    kept: type[models.Model] | None = None
    list_name: str = ""
    list_title: str | Promise = ""
    list_help: str | Promise = ""


SECTIONS: Mapping[str, Section] = {
    section.slug: section
    for section in [
        Section(
            "activite",
            _("Activité"),
            _("C'est ce que les groupes cherchent d'abord : ce que vous faites, et pour qui vous l'avez fait."),
            forms.ActivityForm,
        ),
        Section(
            "export",
            _("Export"),
            _("Un groupe regarde où vous avez déjà vendu. Débuter n'écarte pas : certaines opportunités y invitent."),
            forms.ExportForm,
            forms.ExperienceRows,
            CountryExperience,
            "experiences",
            _("Les pays que vous connaissez"),
            _("Un pays par ligne. « Jamais » est une réponse utile : elle évite de vous poser la question."),
        ),
        Section(
            "capacites",
            _("Capacités"),
            _("Une opportunité peut exiger une certification ou une langue ; la taille dit ce que vous livrez."),
            forms.CapacitiesForm,
            forms.CertificateRows,
            Certificate,
            "certificates",
            _("Vos certifications"),
            _("Avec leur date de fin : une certification périmée ne compte plus."),
        ),
        Section(
            "projets",
            _("Projets"),
            _("Vos pays et vos besoins disent quelles opportunités vous montrer en premier."),
            forms.ProjectsForm,
        ),
    ]
}


def lines_of(profile: SmeProfile, section: Section) -> list[dict[str, Any]]:
    """The lines of a section's list, as its form takes them."""
    if section.rows is None or section.kept is None:
        return []
    names = list(section.rows.form.base_fields)
    return list(section.kept._default_manager.filter(profile=profile).values(*names))


@transaction.atomic
def save(section: Section, form: forms.SectionForm, rows: forms.Rows | None, *, by: User) -> bool:
    """Keep one section, with its line of history; whether anything changed. Nothing else of the profile is touched."""
    profile, company = form.instance, form.company
    changes = form.changes()
    form.write()  # which locks the profile: two who save at once follow one another
    if rows is not None and section.kept is not None:
        before, after = lines_of(profile, section), rows.lines()
        if before != after:
            changes[section.list_name] = [plain(before), plain(after)]
            section.kept._default_manager.filter(profile=profile).delete()
            section.kept._default_manager.bulk_create([section.kept(profile=profile, **line) for line in after])
    return note(company, changes, by=by)


@transaction.atomic
def note(company: Organisation, changes: Mapping[str, Any], *, by: User) -> bool:
    """Remember what changed in what an SME tells of itself, and let matching know; who writes it confirms it."""
    if not changes:
        return False
    company.record(by=by, changes=changes)
    SmeProfile.objects.filter(organisation=company).update(confirmed_at=timezone.now())
    company.touch()
    return True


@transaction.atomic
def keep_reference(form: forms.ReferenceForm, before: str, *, by: User) -> bool:
    """Keep a reference, with its line of history; whether it was: sent twice it is one, taken away it stays so."""
    its = form.instance
    profile = SmeProfile.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=its.profile_id)
    if its.pk is None:
        said = {name: form.cleaned_data[name] for name in form.Meta.fields}
        is_there = profile.references.filter(**said, codes=[f"cpv:{code}" for code in form.cleaned_data["cpv"]])
        if is_there.exists():
            return False
    elif profile.references.select_for_update().filter(pk=its.pk).first() is None:
        return False
    form.save()
    return note(profile.organisation, {"references": [before, its.title]}, by=by)


@transaction.atomic
def confirm(company: Organisation, *, by: User) -> None:
    """What the profile says is still true: groups read the date, and the score goes by it."""
    profile = SmeProfile.objects.select_for_update().get(organisation=company)
    before, today = profile.confirmed_at, timezone.now().date()
    note(company, {"confirmed_at": [before and before.date().isoformat(), today.isoformat()]}, by=by)


def is_stale(profile: SmeProfile) -> bool:
    """Whether it is time to look at it again."""
    return (profile.confirmed_at or profile.updated_at) < timezone.now() - FRESH


def plain(lines: list[dict[str, Any]]) -> list[str]:
    """Lines as history keeps them: one text each."""
    return [" · ".join(_text(value) for value in line.values() if value is not None) for line in lines]


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)
