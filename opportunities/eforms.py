"""A notice of TED in eForms (UBL), read as a line of a table; without entities, DTD or anything from elsewhere.

Field names are those of the eForms schema of the Publications Office of the European Union, version 1.
"""

import re
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element, ParseError, TreeBuilder

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser
from django.utils.translation import gettext_noop

from pacte.tables import UnreadableError

MOST_ELEMENTS = 200_000
DEEPEST = 60
HEAD = 64 * 1024  # within which a notice says what it is
WANTED = {"ContractNotice", "PriorInformationNotice"}
OTHERS = {"ContractAwardNotice", "BusinessRegistrationInformationNotice"}
PREFERRED = ("FRA", "ENG")
NAMES = {
    "ubl": "urn:oasis:names:specification:ubl:schema:xsd:",
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
    "efac": "http://data.europa.eu/p27/eforms-ubl-extension-aggregate-components/1",
    "efbc": "http://data.europa.eu/p27/eforms-ubl-extension-basic-components/1",
}
DOCUMENTS = "cac:TenderingTerms/cac:CallForTendersDocumentReference/cac:Attachment/cac:ExternalReference/cbc:URI"
DEADLINE = "cac:TenderingProcess/cac:TenderSubmissionDeadlinePeriod/cbc:EndDate"


class _Bounded(TreeBuilder):
    """Refuses what is too large or too deep as it is read, before it is built."""

    def __init__(self) -> None:
        super().__init__()
        self.count = self.depth = 0
        self.first = ""

    def start(self, tag: str, attrs: dict[str, str]) -> Element:
        self.first = self.first or tag
        self.count, self.depth = self.count + 1, self.depth + 1
        if self.count > MOST_ELEMENTS or self.depth > DEEPEST:
            raise UnreadableError(gettext_noop("Ce fichier XML est trop grand ou trop profond pour un avis."))
        return super().start(tag, attrs)

    def end(self, tag: str) -> Element:
        self.depth -= 1
        return super().end(tag)


def check(content: bytes) -> None:
    """That it begins as a notice does."""
    builder = _Bounded()
    _fed(content[:HEAD], builder)
    _named(builder.first)


def rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """Its one line, by the names of our columns."""
    builder = _Bounded()
    parser = _fed(content, builder)
    _named(builder.first)
    try:
        notice: Element = parser.close()
    except ParseError as error:
        raise _broken() from error
    yield 1, {name: text for name, text in _told(notice) if text}


def _fed(content: bytes, builder: _Bounded) -> DefusedXMLParser:
    parser = DefusedXMLParser(target=builder, forbid_dtd=True, forbid_entities=True, forbid_external=True)
    try:
        for start in range(0, len(content), HEAD):
            parser.feed(content[start : start + HEAD])
    except DefusedXmlException as error:
        text = gettext_noop("Ce fichier XML déclare un DOCTYPE ou des entités : un avis n'en a pas.")
        raise UnreadableError(text) from error
    except (ParseError, LookupError, ValueError) as error:
        raise _broken() from error
    return parser


def _broken() -> UnreadableError:
    return UnreadableError(gettext_noop("Nous n'arrivons pas à lire ce fichier XML : téléchargez-le de nouveau."))


def _named(tag: str) -> None:
    space, _brace, name = tag.removeprefix("{").rpartition("}")
    ours = space.startswith(NAMES["ubl"])
    if ours and name in OTHERS:
        raise UnreadableError(
            gettext_noop("Cet avis n'appelle pas d'offres : c'est un résultat ou un enregistrement.")
        )
    if not (ours and name in WANTED):
        raise UnreadableError(gettext_noop("Ce fichier XML n'est pas un avis de TED au format eForms."))


def _told(notice: Element) -> Iterator[tuple[str, str]]:
    languages = (*PREFERRED, _text(notice, "cbc:NoticeLanguageCode"))
    project = notice.find("cac:ProcurementProject", NAMES)
    lots = notice.findall("cac:ProcurementProjectLot", NAMES)
    number = _text(notice, ".//efac:Publication/efbc:NoticePublicationID")
    yield "number", number or _text(notice, "cbc:ID")
    yield "url", f"https://ted.europa.eu/fr/notice/-/detail/{_canonical(number)}" if number else _text(lots, DOCUMENTS)
    yield "donor", _buyer(notice, languages)
    yield "language", "fr" if _has(project, "FRA") else "en"
    if project is not None:
        yield "title", _said(project.findall("cbc:Name", NAMES), languages)
        yield "description", _said(project.findall("cbc:Description", NAMES), languages)
    codes = [one.text or "" for one in notice.iterfind(".//cbc:ItemClassificationCode", NAMES)]
    yield "cpv", ", ".join(dict.fromkeys(codes))
    places = ".//cac:RealizedLocation/cac:Address/cac:Country/cbc:IdentificationCode"
    found = [one.text or "" for one in notice.iterfind(places, NAMES)] or [_country(notice)]
    yield "country", ", ".join(dict.fromkeys(filter(None, found)))
    days = sorted(day for lot in lots if (day := _text(lot, DEADLINE)[:10]))
    yield "deadline", days[0] if days else ""
    if len(lots) > 1:
        yield "lots", "\n".join(_lot(lot, languages) for lot in lots)


def _text(where: Element | list[Element], path: str) -> str:
    """Of the first that has something there."""
    for one in where if isinstance(where, list) else [where]:
        if text := (one.findtext(path, "", NAMES) or "").strip():
            return text
    return ""


def _said(names: list[Element], languages: tuple[str, ...]) -> str:
    """In the first of these languages that it is said in, else as it comes first."""
    by: Mapping[str, str] = {one.get("languageID", ""): (one.text or "").strip() for one in reversed(names)}
    known = [by[language] for language in languages if by.get(language)]
    return [*known, *by.values(), ""][0]


def _has(project: Element | None, language: str) -> bool:
    names = project.findall("cbc:Name", NAMES) if project is not None else []
    return any(one.get("languageID") == language for one in names)


def _buyer_of(notice: Element) -> Element | None:
    wanted = _text(notice, "cac:ContractingParty/cac:Party/cac:PartyIdentification/cbc:ID")
    for company in notice.iterfind(".//efac:Organization/efac:Company", NAMES):
        if _text(company, "cac:PartyIdentification/cbc:ID") == wanted:
            return company
    return None


def _buyer(notice: Element, languages: tuple[str, ...]) -> str:
    company = _buyer_of(notice)
    return _said(company.findall("cac:PartyName/cbc:Name", NAMES), languages) if company is not None else ""


def _country(notice: Element) -> str:
    company = _buyer_of(notice)
    return _text(company, "cac:PostalAddress/cac:Country/cbc:IdentificationCode") if company is not None else ""


def _lot(lot: Element, languages: tuple[str, ...]) -> str:
    name = _said(lot.findall("cac:ProcurementProject/cbc:Name", NAMES), languages)
    return f"{_text(lot, 'cbc:ID')} : {name}"


def _canonical(number: str) -> str:
    """« 00123456-2026 » as TED's own addresses have it."""
    return re.sub(r"^0+(?=\d)", "", number)
