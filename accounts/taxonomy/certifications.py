"""Certifications, labels and markings that buyers abroad ask for. The list is our own."""

from dataclasses import dataclass

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term


@dataclass(frozen=True, slots=True)
class Certification(Term):
    """One of them: who issues it, whether it runs out, and what else people call it."""

    issuer: str
    expires: bool
    synonyms: tuple[str, ...] = ()


_ALL = [
    Certification("iso-9001", "ISO 9001 – qualité", "ISO 9001 – quality", "ISO", True, ("smq",)),
    Certification("iso-14001", "ISO 14001 – environnement", "ISO 14001 – environment", "ISO", True),
    Certification("iso-45001", "ISO 45001 – santé et sécurité au travail",
                  "ISO 45001 – occupational health and safety", "ISO", True, ("ohsas 18001",)),
    Certification("iso-27001", "ISO 27001 – sécurité de l'information", "ISO 27001 – information security",
                  "ISO", True, ("smsi",)),
    Certification("iso-13485", "ISO 13485 – dispositifs médicaux", "ISO 13485 – medical devices", "ISO", True),
    Certification("iso-22000", "ISO 22000 – sécurité des aliments", "ISO 22000 – food safety",
                  "ISO", True, ("fssc 22000",)),
    Certification("iso-50001", "ISO 50001 – énergie", "ISO 50001 – energy", "ISO", True),
    Certification("iso-17025", "ISO 17025 – laboratoires", "ISO 17025 – laboratories", "Cofrac", True, ("cofrac",)),
    Certification("iso-19443", "ISO 19443 – nucléaire", "ISO 19443 – nuclear", "ISO", True),
    Certification("iso-3834", "ISO 3834 – soudage", "ISO 3834 – welding", "ISO", True),
    Certification("en-9100", "EN 9100 – aéronautique et défense", "EN 9100 – aerospace and defence",
                  "IAQG", True, ("as9100",)),
    Certification("iatf-16949", "IATF 16949 – automobile", "IATF 16949 – automotive", "IATF", True, ("iso/ts 16949",)),
    Certification("iso-22163", "ISO 22163 – ferroviaire", "ISO 22163 – railways", "UNIFE", True, ("iris",)),
    Certification("ifs", "IFS Food", "IFS Food", "IFS", True, ("ifs",)),
    Certification("brc", "BRCGS Food", "BRCGS Food", "BRCGS", True, ("brc",)),
    Certification("haccp", "HACCP", "HACCP", "Codex Alimentarius", False),
    Certification("bio", "Agriculture biologique (UE)", "EU organic", "Union européenne", True, ("ab", "organic")),
    Certification("halal", "Halal", "Halal", "organismes agréés", True),
    Certification("kasher", "Casher", "Kosher", "organismes agréés", True, ("kosher", "cacher")),
    Certification("mase", "MASE – sécurité des intervenants", "MASE – contractor safety", "MASE", True),
    Certification("ce", "Marquage CE", "CE marking", "fabricant", False, ("ce",)),
    Certification("ukca", "Marquage UKCA", "UKCA marking", "fabricant", False),
    Certification("ul", "UL", "UL", "UL Solutions", True),
    Certification("csa", "CSA", "CSA", "CSA Group", True),
    Certification("api", "API (pétrole et gaz)", "API (oil and gas)", "American Petroleum Institute", True, ("q1",)),
    Certification("asme", "ASME (appareils à pression)", "ASME (pressure equipment)", "ASME", True, ("bpvc",)),
    Certification("atex", "ATEX / IECEx", "ATEX / IECEx", "organismes notifiés", True, ("iecex",)),
    Certification("fda", "Enregistrement FDA", "FDA registration", "FDA", True, ("510k", "510(k)")),
    Certification("gmp", "BPF / GMP", "GMP", "autorités sanitaires", True, ("bpf", "cgmp")),
    Certification("oea", "Opérateur économique agréé", "Authorised economic operator", "Douane", False, ("aeo",)),
    Certification("ecovadis", "EcoVadis", "EcoVadis", "EcoVadis", True),
    Certification("b-corp", "B Corp", "B Corp", "B Lab", True, ("bcorp",)),
    Certification("rfar", "Relations fournisseurs et achats responsables", "Responsible supplier relations",
                  "Médiateur des entreprises", True, ("rfr",)),
    Certification("qualiopi", "Qualiopi – formation", "Qualiopi – training", "certificateurs accrédités", True),
    Certification("oeko-tex", "Oeko-Tex", "Oeko-Tex", "OEKO-TEX", True),
    Certification("fsc", "FSC / PEFC – bois", "FSC / PEFC – wood", "FSC, PEFC", True, ("pefc",)),
]  # fmt: skip

CERTIFICATIONS: dict[str, Certification] = {term.code: term for term in _ALL}


def label(code: str, language: str | None = None) -> str:
    """Its name."""
    return terms.label(CERTIFICATIONS, code, language)


def choices() -> Choices:
    """(code, name), families together."""
    return terms.choices(CERTIFICATIONS.values())
