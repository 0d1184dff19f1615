"""Which adviser of Team France Export stands beside a company; and the table of all of them, read from a CSV."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import zip_longest

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import Adviser, Organisation
from accounts.models.adviser import NATIONAL, place_choices
from accounts.taxonomy import places
from accounts.taxonomy.terms import folded
from pacte import tables

# before the staff have written any line: the public desk of the Team France Export
LAST_RESORT = {"place": NATIONAL, "name": "Team France Export", "website": "https://www.teamfrance-export.fr/"}
COLUMNS = {
    "region": "place", "nom": "name", "name": "name", "e-mail": "email", "email": "email", "courriel": "email",
    "telephone": "phone", "phone": "phone", "site": "website", "site internet": "website", "website": "website",
}  # fmt: skip
FIELDS = ("name", "email", "phone", "website")


def of(organisation: Organisation) -> Adviser:
    """The region's, else the national line: there is always one. One query."""
    region = region_of(organisation)
    found = {one.place: one for one in Adviser.objects.filter(place__in={region, NATIONAL})}
    return found.get(region) or found.get(NATIONAL) or Adviser(**LAST_RESORT)


def region_of(organisation: Organisation) -> str:
    """From the postcode, else the département; empty where neither lies in a region."""
    department = places.department_of(organisation.postcode) or organisation.department
    return next((code for code in places.ancestors(department) if code in places.REGIONS), "")


@dataclass
class Reading:
    """What a file would do: rows to write, how many of each sort, and what is wrong at which line."""

    rows: list[Adviser] = field(default_factory=list)
    new: int = 0
    changed: int = 0
    same: int = 0
    errors: list[str] = field(default_factory=list)


def read(text: str) -> Reading:
    """Compare a CSV with what is kept; nothing is written. A region that it leaves out stays as it is."""
    reading, known = Reading(), {one.place: one for one in Adviser.objects.all()}
    try:
        lines = list(tables.rows(text.encode(), "csv"))
    except tables.UnreadableError as error:
        reading.errors.append(tables.told(error.problem))
        return reading
    names = [COLUMNS.get(folded(heading)) for heading in lines[0][1]] if lines else []
    if not {"place", "name"} <= set(names):
        reading.errors.append(_("Il manque les colonnes « région » et « nom » en première ligne."))
        return reading
    seen: set[str] = set()
    for number, cells in lines[1:]:
        told = {name: cell for name, cell in zip_longest(names, cells, fillvalue="") if name}
        if any(told.values()):
            _add(reading, number, told, known, seen)
    return reading


def _add(reading: Reading, line: int, told: Mapping[str, str], known: Mapping[str, Adviser], seen: set[str]) -> None:
    place = _place(told["place"])
    row = known.get(place) or Adviser(place=place)
    before = [getattr(row, name) for name in FIELDS]
    for name in FIELDS:
        if name in told:
            setattr(row, name, told[name])
    wrong = [_(tables.FORMULA) % {"cell": cell[:40]} for cell in told.values() if tables.is_formula(cell)]
    wrong += _wrong(row, told["place"], seen)
    if wrong:
        reading.errors += [_("Ligne %(line)s : %(error)s") % {"line": line, "error": error} for error in wrong]
        return
    seen.add(place)
    if row.pk is None:
        reading.new += 1
    elif before == [getattr(row, name) for name in FIELDS]:
        reading.same += 1
        return
    else:
        reading.changed += 1
    reading.rows.append(row)


def _wrong(row: Adviser, written: str, seen: set[str]) -> Iterator[str]:
    if not row.place:
        yield _("région inconnue, « %(region)s ».") % {"region": written}
        return
    if row.place in seen:
        yield _("cette région a déjà une ligne plus haut.")
    try:
        row.full_clean(validate_unique=False)
    except ValidationError as error:
        yield from error.messages


def _place(written: str) -> str:
    """« Bretagne », « FR-R53 », « 53 »; « France » is the national line. Empty when it is none of them."""
    word = folded(written).replace("-", " ").strip()
    for code, label in place_choices():
        ways = {folded(code), folded(str(label)), folded(code.removeprefix("FR-R")), folded(places.label(code, "fr"))}
        if word in {way.replace("-", " ") for way in ways}:
            return code
    return ""


@transaction.atomic
def write(reading: Reading) -> None:
    """Keep what a reading without errors found."""
    for row in reading.rows:
        row.save()
