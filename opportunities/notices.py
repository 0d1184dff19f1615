"""Calls for tender from the staff's files: drafts of one group, which completes them and alone may submit them.

A notice is known by its number or its address, and is brought to a group once.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from babel.core import get_global
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.text import Truncator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from accounts.taxonomy import codes, places
from opportunities import eforms
from opportunities.kinds import Kind
from opportunities.models import NoticeImport, NoticeRow, Opportunity, OpportunityMove, TenderNotice
from pacte.imports import Column, Outcome, Work, earlier
from pacte.tables import folded

COLUMNS = (
    Column("number", _("numéro de l'avis"),
           ("numero de l avis", "numero", "number", "avis", "publication number", "notice number"),
           _("le numéro de publication, par exemple 123456-2026 ; ou bien l'adresse")),
    Column("url", _("adresse de l'avis"), ("adresse de l avis", "url", "lien", "adresse", "link")),
    Column("title", _("titre"), ("titre", "title", "objet", "intitule", "notice title"), required=True),
    Column("donor", _("acheteur ou bailleur"),
           ("acheteur ou bailleur", "acheteur", "bailleur", "donor", "buyer", "buyer name")),
    Column("country", _("pays"), ("pays", "country"), _("leur nom ou leur code, séparés par des virgules")),
    Column("cpv", _("codes CPV"), ("codes cpv", "cpv", "classification cpv"), _("séparés par des virgules")),
    Column("deadline", _("remise des offres"),
           ("remise des offres", "date limite", "deadline", "deadline receipt tender"),
           _("2027-03-31 ou 31/03/2027 ; un avis dont la date est passée est refusé")),
    Column("lots", _("lots concernés"), ("lots concernes", "lots")),
    Column("description", _("description"), ("description",)),
    Column("language", _("langue"), ("langue", "language"), _("fr ou en")),
)  # fmt: skip
LABELS = {column.name: column.label for column in COLUMNS}
REASON = gettext_noop("import")
TITLE, TEXT, DETAIL, LONG_DETAIL, ADDRESS = 120, 8000, 200, 2000, 500
NUMBER = 80
TED = re.compile(r"https?://(?:www\.)?ted\.europa\.eu/")
IN_ADDRESS = re.compile(r"(?<!\d)(\d++)-((?:19|20)\d\d)(?!\d)")


def number_of(data: Mapping[str, str]) -> str:
    """The notice's number as we compare it: without leading zeros, from the address when it is TED's."""
    typed = data.get("number", "").strip()[:NUMBER]
    url = data.get("url", "")[:ADDRESS]
    if journal := re.fullmatch(r"((?:19|20)\d\d)/S \d{1,3}-0*(\d+)", typed):
        return f"{journal[2]}-{journal[1]}"
    if not typed and TED.match(url) and (found := IN_ADDRESS.search(url)):
        typed = found[0]
    return re.sub(r"^0+(?=\d+-\d{4}$)", "", typed)


def key_of(data: Mapping[str, str]) -> str:
    return number_of(data) or data.get("url", "").strip()


def examine(one: NoticeImport, rows: Sequence[NoticeRow], writing: bool) -> None:
    """Say what becomes of each row and, when writing, make its draft."""
    first, known = earlier(rows), already(one, rows)
    fresh: list[tuple[NoticeRow, dict[str, Any]]] = []
    for row in rows:
        values = cleaned(row)
        if row.key and first[row.key] < row.line:
            row.refuse(gettext_noop("cet avis figure déjà à la ligne %(line)s."), line=first[row.key])
        if row.problems:
            continue
        names = [name for name in (row.key, values["url"]) if name]
        if had := [name for name in names if name in known]:
            row.outcome, row.opportunity_id = Outcome.SAME, known[had[0]]
        else:
            row.outcome = Outcome.CREATED
            fresh.append((row, values))
            known |= dict.fromkeys(names)
    if writing:
        create(one, fresh)


def already(one: NoticeImport, rows: Sequence[NoticeRow]) -> dict[str, int | None]:
    """Of the notices among these that the group has had, or posted by itself, what became of them; by any name."""
    numbers = {number for row in rows if (number := number_of(row.data))}
    urls = {url for row in rows if (url := row.data.get("url", ""))}
    had = TenderNotice.objects.filter(Q(number__in=numbers) | Q(url__in=urls), owner=one.owner_id)
    own = Opportunity.objects.filter(
        Q(details__project__in=numbers) | Q(details__notice_url__in=urls), owner=one.owner_id, kind=Kind.TENDER
    )
    posted = {name: its.pk for its in own for name in map(its.details.get, ("project", "notice_url")) if name}
    return posted | {name: its.opportunity_id for its in had for name in (its.number, its.url) if name}


def cleaned(row: NoticeRow) -> dict[str, Any]:
    """The line's values as we store them; what is wrong is noted on the row."""
    data = row.data
    if not row.key:
        row.refuse(gettext_noop("il faut le numéro de l'avis ou son adresse."))
    if len(data.get("number", "")) > NUMBER:
        row.refuse(gettext_noop("Plus de %(most)s caractères."), at=_label("number"), most=NUMBER)
    if not data.get("title"):
        row.refuse(gettext_noop("Le titre manque."))
    return {
        "number": number_of(data),
        "url": _address(row, data.get("url", "")),
        "places": _places(row, data.get("country", "")),
        "cpv_codes": _cpv(row, data.get("cpv", "")),
        "submission": _deadline(row, data.get("deadline", "")),
    }


def _address(row: NoticeRow, text: str) -> str:
    try:
        URLValidator(schemes=["http", "https"])(text) if text else None
    except ValidationError:
        row.refuse(gettext_noop("ce n'est pas une adresse internet."), at=_label("url"))
    if len(text) > ADDRESS:
        row.refuse(gettext_noop("Plus de %(most)s caractères."), at=_label("url"), most=ADDRESS)
    return text


def _label(name: str) -> str:
    """In French: what a problem keeps is told in the reader's language."""
    with translation.override(None):
        return str(LABELS[name])


def _places(row: NoticeRow, text: str) -> list[str]:
    found = []
    for word in filter(None, (part.strip() for part in re.split(r"[,;\n]", text))):
        code = country(word)
        if code:
            found.append(code)
        else:
            row.refuse(gettext_noop("pays inconnu, « %(country)s »."), at=_label("country"), country=word[:60])
    return list(dict.fromkeys(found))


def country(word: str) -> str:
    """« Maroc », « Morocco », « MA », « MAR »; France's own départements overseas are not told apart here."""
    upper = word.upper()
    if upper in places.COUNTRIES:
        return upper
    if len(word) == 3 and (aliases := get_global("territory_aliases").get(upper)):
        return next((code for code in aliases if code in places.COUNTRIES), "")
    wanted = folded(word)
    names = ((code, place) for code, place in places.COUNTRIES.items())
    return next((c for c, place in names if wanted in {folded(place.label_fr), folded(place.label_en)}), "")


def _cpv(row: NoticeRow, text: str) -> list[str]:
    good, bad = codes.parse_list("cpv", text)
    if bad:
        row.refuse(gettext_noop("codes inconnus : %(codes)s."), at=_label("cpv"), codes=", ".join(bad)[:200])
    return good


def _deadline(row: NoticeRow, text: str) -> date | None:
    if not text:
        return None
    french = re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.](\d{4})(?:\D.*)?", text)
    try:
        found = parse_date(f"{french[3]}-{french[2]:>02}-{french[1]:>02}" if french else text[:10])
    except ValueError:
        found = None
    if found is None:
        row.refuse(gettext_noop("ce n'est pas une date, « %(word)s »."), at=_label("deadline"), word=text[:30])
    elif found < timezone.localdate():
        row.refuse(gettext_noop("cette date est passée, %(day)s."), at=_label("deadline"), day=found.isoformat())
    return found


def draft(one: NoticeImport, data: Mapping[str, str], values: Mapping[str, Any]) -> Opportunity:
    """What a notice tells, for the group to complete; nobody posted it: nothing about it is written to the staff."""
    title = " ".join(data["title"].split())
    told = [] if len(title) <= TITLE else [title]
    details = {
        "donor": data.get("donor", "")[:DETAIL],
        "project": values["number"],
        "notice_url": values["url"],
        "lots": data.get("lots", "")[:LONG_DETAIL],
        "submission": values["submission"].isoformat() if values["submission"] else "",
    }
    its = Opportunity(
        owner=one.owner,
        kind=Kind.TENDER,
        title=Truncator(title).chars(TITLE),
        description="\n\n".join([*told, data.get("description", "")])[:TEXT].strip(),
        language="en" if data.get("language", "").lower().startswith("en") else "fr",
        places=values["places"],
        cpv_codes=values["cpv_codes"],
        details={name: value for name, value in details.items() if value},
    )
    its.derive()
    return its


def create(one: NoticeImport, fresh: Sequence[tuple[NoticeRow, dict[str, Any]]]) -> None:
    """Drafts, each with the notice that it comes from."""
    made = Opportunity.objects.bulk_create(draft(one, row.data, values) for row, values in fresh)
    for its, (row, _values) in zip(made, fresh, strict=True):
        row.opportunity = its
    pairs = list(zip(made, (values for _row, values in fresh), strict=True))
    TenderNotice.objects.bulk_create(
        TenderNotice(owner=one.owner, opportunity=its, number=values["number"], url=values["url"])
        for its, values in pairs
    )
    OpportunityMove.objects.bulk_create(
        OpportunityMove(
            subject=its, actor=one.added_by, before=its.state, after=its.state, reason=REASON,
            changes={"notice": ["", values["url"] or values["number"]]},
        )
        for its, values in pairs
    )  # fmt: skip


def ring(pk: int) -> None:
    from opportunities.tasks import run_notice_import  # it imports this module

    run_notice_import.delay(pk)


WORK = Work(NoticeImport, COLUMNS, key_of, examine, "opportunity", ring, {"xml": eforms.rows})
