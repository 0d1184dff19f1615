"""Companies and groups from the staff's files: new ones come in, known ones are completed where they are empty.

What a member typed is never replaced, an organisation never changes sides, and nobody is written to.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.forms.signup import SirenForm
from accounts.models import (
    FirstContact,
    GroupProfile,
    Membership,
    Organisation,
    OrganisationImport,
    OrganisationMove,
    OrganisationRow,
    SmeProfile,
    User,
)
from accounts.taxonomy import bands, codes, places, terms
from pacte.imports import Column, Outcome, State, Work, earlier

COLUMNS = (
    Column("siren", _("SIREN"), ("siren", "n siren", "numero siren"), _("neuf chiffres"), required=True),
    Column("name", _("raison sociale"), ("raison sociale", "nom", "denomination", "name", "company"),
           _("nécessaire pour une organisation nouvelle")),
    Column("address", _("adresse"), ("adresse", "address", "rue")),
    Column("postcode", _("code postal"), ("code postal", "cp", "postcode"), _("cinq chiffres")),
    Column("city", _("ville"), ("ville", "commune", "city")),
    Column("website", _("site internet"), ("site internet", "site", "site web", "website", "url")),
    Column("naf", _("code NAF"), ("code naf", "naf", "ape", "code ape"), _("par exemple 28.14Z")),
    Column("products", _("produits et services"), ("produits et services", "produits", "activite", "products"),
           _("pour une PME")),
    Column("volume", _("montant de contrat livrable"),
           ("montant de contrat livrable", "montant livrable", "volume livrable", "volume", "deliverable contract"),
           _("pour une PME ; une tranche, par exemple 250k-1m ou « 250 000 € à 1 M€ »")),
    Column("contact_name", _("nom du contact"), ("nom du contact", "contact", "contact name")),
    Column("contact_email", _("e-mail du contact"),
           ("e mail du contact", "email du contact", "e mail", "email", "courriel", "contact email"),
           _("la première personne à inviter ; rien ne lui est envoyé par l'import")),
)  # fmt: skip
OF_PROFILE = ("products", "volume")  # filled in where empty, like what follows
OWN = ("address", "postcode", "city", "website", "naf")  # an organisation's, filled in where empty
CLOSED = {Organisation.State.REFUSED, Organisation.State.CLOSED}
LONGEST_SIREN = 20  # as its form takes it, spaces and all
REASON = gettext_noop("import")
CONTACT_KEPT, LINES_KEPT = timedelta(days=365), timedelta(days=90)
OTHER_SIDE: Mapping[str, str] = {
    Organisation.Kind.SME: gettext_noop("« %(name)s » est inscrite comme PME ; un import ne change jamais le type."),
    Organisation.Kind.GROUP: gettext_noop(
        "« %(name)s » est inscrite comme groupe ; un import ne change jamais le type."
    ),
}


def siren_of(data: Mapping[str, str]) -> str:
    """The nine digits when they are right; else what was typed, for its message."""
    form = SirenForm({"siren": data.get("siren", "")[:LONGEST_SIREN]})
    return form.cleaned_data["siren"] if form.is_valid() else ""


def examine(one: OrganisationImport, rows: Sequence[OrganisationRow], writing: bool) -> None:
    """Say what becomes of each row and, when writing, make it so."""
    wanted = {row.line: cleaned(row, one) for row in rows}
    first = earlier(rows)
    found = Organisation.objects.filter(siren__in={row.key for row in rows if row.key})
    locked = found.order_by("pk").select_for_update(no_key=True) if writing else found
    known = {organisation.siren: organisation for organisation in locked}
    profiles = {p.organisation_id: p for p in SmeProfile.objects.filter(organisation__in=known.values())}
    fresh: list[tuple[OrganisationRow, dict[str, str]]] = []
    for row in rows:
        values, its = wanted[row.line], known.get(row.key)
        if row.key and first[row.key] < row.line:
            row.refuse(gettext_noop("ce SIREN figure déjà à la ligne %(line)s."), line=first[row.key])
        elif its is None and not row.problems and not values.get("name"):
            row.refuse(gettext_noop("La raison sociale manque."))
        elif its is not None:
            refuse_known(row, its, one)
        if row.problems:
            continue
        if its is None:
            row.outcome = Outcome.CREATED
            fresh.append((row, values))
        else:
            complete(row, its, profiles.get(its.pk), values, one if writing else None)
    if writing:
        create(one, fresh)
        keep_contacts([(row.organisation_id, wanted[row.line]) for row in rows if row.organisation_id])


def refuse_known(row: OrganisationRow, its: Organisation, one: OrganisationImport) -> None:
    if its.kind != one.kind:
        row.refuse(OTHER_SIDE[its.kind], name=its.name)
    elif its.state in CLOSED:
        row.refuse(gettext_noop("« %(name)s » est déjà connue, et fermée ou refusée."), name=its.name)


def cleaned(row: OrganisationRow, one: OrganisationImport) -> dict[str, str]:
    """The line's values as we store them; what is wrong is noted on the row."""
    data, values = row.data, {}
    if not row.key:
        form = SirenForm({"siren": data.get("siren", "")[:LONGEST_SIREN]})
        note(row, "siren", form.errors.as_data()["siren"][0])
    for name in ("name", *OWN, *OF_PROFILE, "contact_name", "contact_email"):
        if text := " ".join(data.get(name, "").split()) if name != "products" else data.get(name, ""):
            try:
                values[name] = CLEANERS[name](text)
            except ValidationError as error:
                note(row, name, error)
    if one.kind == Organisation.Kind.GROUP:
        values = {name: value for name, value in values.items() if name not in OF_PROFILE}
    return values


def note(row: OrganisationRow, name: str, error: ValidationError) -> None:
    """Keep a message of Django's or of ours so that it can be told in any language."""
    said = error.error_list[0]
    with translation.override(None):
        text = str(said.message)
        label = str(next(column.label for column in COLUMNS if column.name == name))
    params = {key: value for key, value in (said.params or {}).items() if key in ("most", "limit_value", "known")}
    row.refuse(text, **params, at=label)


def _by_field(model: type[models.Model], name: str) -> Any:
    field: Any = model._meta.get_field(name)

    def clean(text: str) -> Any:
        if len(text) > field.max_length:
            params = {"most": field.max_length}
            raise ValidationError(_("Plus de %(most)s caractères."), params=params)
        return field.clean(text, None)

    return clean


def _postcode(text: str) -> str:
    bare = text.replace(" ", "")
    if not (len(bare) == 5 and bare.isascii() and bare.isdigit()):
        raise ValidationError(_("Un code postal compte cinq chiffres."))
    return bare


def _naf(text: str) -> str:
    try:
        return codes.parse("naf", text)
    except ValueError:
        raise ValidationError(_("Ce code NAF n'existe pas.")) from None


def _website(text: str) -> str:
    return str(_by_field(Organisation, "website")(text if "://" in text else f"https://{text}"))


def _email(text: str) -> str:
    validate_email(text)
    return text.lower()


def _volume(text: str) -> str:
    """A band by its code or its words, in either language."""
    said = terms.folded(text).replace(" ", "")
    for code, band in bands.VOLUME.items():
        if said in {terms.folded(one).replace(" ", "") for one in (code, band.label_fr, band.label_en)}:
            return code
    known = ", ".join(bands.VOLUME)
    raise ValidationError(_("Ce n'est pas une des tranches : %(known)s."), params={"known": known})


CLEANERS = {
    "name": _by_field(Organisation, "name"),
    "address": _by_field(Organisation, "address"),
    "postcode": _postcode,
    "city": _by_field(Organisation, "city"),
    "website": _website,
    "naf": _naf,
    "products": _by_field(SmeProfile, "products"),
    "volume": _volume,
    "contact_name": _by_field(FirstContact, "name"),
    "contact_email": _email,
}


def complete(
    row: OrganisationRow,
    its: Organisation,
    profile: SmeProfile | None,
    values: Mapping[str, str],
    writing: OrganisationImport | None,
) -> None:
    """Fill in what is empty in a known organisation, and nothing else."""
    changes = {name: ["", values[name]] for name in OWN if values.get(name) and not getattr(its, name)}
    for name in OF_PROFILE if profile is not None else ():
        if values.get(name) and not getattr(profile, name):
            changes[name] = ["", values[name]]
    row.outcome = Outcome.COMPLETED if changes else Outcome.SAME
    row.organisation = its if writing else None
    if not (writing and changes):
        return
    for name in OWN:
        if name in changes:
            setattr(its, name, values[name])
    its.department = its.department or places.department_of(its.postcode)
    its.save(update_fields=[*OWN, "department"])
    for name in OF_PROFILE:
        if name in changes:
            SmeProfile.objects.filter(organisation=its, **{name: ""}).update(**{name: values[name]})
    its.touch()
    its.record(by=writing.added_by, changes=changes, reason=REASON)


def create(one: OrganisationImport, fresh: Sequence[tuple[OrganisationRow, dict[str, str]]]) -> None:
    """New organisations, which nobody acts for: an SME among them is proposed to nobody before it agrees."""
    state = Organisation.State.VERIFIED if one.verified else Organisation.State.TO_VERIFY
    made = Organisation.objects.bulk_create(
        Organisation(
            kind=one.kind, siren=row.key, state=state, registry_status=Organisation.Registry.NOT_ASKED,
            name=values["name"], department=places.department_of(values.get("postcode", "")),
            **{name: values.get(name, "") for name in OWN},
        )
        for row, values in fresh
    )  # fmt: skip
    pairs = list(zip(made, fresh, strict=True))
    for its, (row, _values) in pairs:
        row.organisation = its
    if one.kind == Organisation.Kind.GROUP:
        GroupProfile.objects.bulk_create(GroupProfile(organisation=its) for its in made)
    else:
        SmeProfile.objects.bulk_create(
            SmeProfile(organisation=its, **{name: values.get(name, "") for name in OF_PROFILE})
            for its, (_row, values) in pairs
        )
    OrganisationMove.objects.bulk_create(
        OrganisationMove(
            subject=its, actor=one.added_by, before=Organisation.State.TO_VERIFY, after=state, reason=REASON,
            changes={"siren": ["", its.siren]},
        )
        for its in made
    )  # fmt: skip


def keep_contacts(found: Sequence[tuple[int, Mapping[str, str]]]) -> None:
    """Whom the file names, for organisations that nobody acts for; a contact that is there stays."""
    named = {pk: values for pk, values in found if values.get("contact_email")}
    acted_for = set(Membership.objects.active().filter(organisation__in=named).values_list("organisation", flat=True))
    FirstContact.objects.bulk_create(
        (
            FirstContact(organisation_id=pk, email=values["contact_email"], name=values.get("contact_name", ""))
            for pk, values in named.items()
            if pk not in acted_for
        ),
        ignore_conflicts=True,
    )


def brought_in(organisation: Any) -> QuerySet[OrganisationMove]:
    """The line that tells of an organisation that it came by a file; also of an outer query's."""
    return OrganisationMove.objects.filter(subject=organisation, reason=REASON, changes__has_key="siren")


def forget_claims(before: datetime) -> None:
    """Take back what someone signed up for and never confirmed; the organisation stays, for another to take over."""
    late = Membership.objects.filter(Exists(brought_in(OuterRef("organisation"))), created_at__lt=before)
    unconfirmed = late.exclude(user__emailaddress__verified=True)
    alone = unconfirmed.exclude(organisation__memberships__user__emailaddress__verified=True)
    left = list(Organisation.objects.filter(memberships__in=alone).distinct())
    User.objects.filter(memberships__in=alone, is_staff=False).delete()
    for its in left:
        its.touch()


def forget(now: datetime) -> None:
    """What has served: contacts of organisations that somebody acts for, old ones, and the lines of old files."""
    acted_for = Membership.objects.active().values("organisation")
    FirstContact.objects.filter(Q(organisation__in=acted_for) | Q(added_at__lt=now - CONTACT_KEPT)).delete()
    old = OrganisationImport.objects.exclude(state__in=[State.READING, State.RUNNING])
    old_rows = OrganisationRow.objects.filter(subject__in=old.filter(touched_at__lt=now - LINES_KEPT))
    old_rows.exclude(data={}).update(data={})


def ring(pk: int) -> None:
    from accounts.tasks import run_import  # it imports this module

    run_import.delay(pk)


WORK = Work(OrganisationImport, COLUMNS, siren_of, examine, "organisation", ring)
