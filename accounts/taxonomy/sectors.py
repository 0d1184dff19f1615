"""Our own export sectors, each mapped to the divisions of NAF (activity), HS (goods) and CPV (tenders).

The wording and the mapping are ours: many to many, and generous, since they bring people closer and never exclude.
"""

from dataclasses import dataclass

from accounts.taxonomy import terms
from accounts.taxonomy.terms import Choices, Term


@dataclass(frozen=True, slots=True)
class Sector(Term):
    """A sector and the divisions it covers."""

    naf: tuple[str, ...]
    hs: tuple[str, ...]
    cpv: tuple[str, ...]

    @property
    def slug(self) -> str:
        return self.code


def _sector(slug: str, label_fr: str, label_en: str, naf: str, hs: str, cpv: str) -> Sector:
    return Sector(slug, label_fr, label_en, tuple(naf.split()), tuple(hs.split()), tuple(cpv.split()))


_ALL = [
    _sector("aeronautique", "Aéronautique et spatial", "Aerospace",
            "25 26 30 33 51 72", "76 84 85 88 90", "34 35 50"),
    _sector("agriculture", "Agriculture et agroéquipement", "Agriculture and farm equipment",
            "01 02 03 20 28 75 77", "01 05 06 10 12 13 14 23 31 84 87", "03 16 77"),
    _sector("agroalimentaire", "Agroalimentaire", "Food industry",
            "01 03 10 11 12 46", "02 03 04 07 08 09 11 15 16 17 18 19 20 21 22 23 24", "03 15 42"),
    _sector("vins-spiritueux", "Vins et spiritueux", "Wines and spirits", "01 11 46", "22", "15"),
    _sector("automobile", "Automobile et mobilités routières", "Automotive and road mobility",
            "22 25 27 29 30 45", "40 84 85 87", "34 50"),
    _sector("bois", "Bois, papier et emballage", "Wood, paper and packaging",
            "02 16 17 18 22", "44 45 46 47 48 49", "03 19 22 44"),
    _sector("btp", "Bâtiment et infrastructures", "Construction and infrastructure",
            "08 23 25 41 42 43 68 71 81", "25 68 69 70 72 73 76 84", "14 43 44 45 70 71"),
    _sector("chimie", "Chimie et matériaux", "Chemicals and materials",
            "19 20 22 23", "25 28 29 31 32 34 35 36 37 38", "24"),
    _sector("cosmetique", "Cosmétique et parfumerie", "Cosmetics and fragrance", "20 46 96", "33 34", "24 33"),
    _sector("numerique", "Numérique et logiciels", "Digital and software",
            "26 58 62 63 82", "84 85", "30 48 72"),
    _sector("cybersecurite", "Cybersécurité et identité", "Cybersecurity and identity",
            "26 62 63 80", "84 85", "35 48 72"),
    _sector("telecoms", "Télécoms et réseaux", "Telecoms and networks", "26 27 42 43 53 61", "85", "32 45 50 64"),
    _sector("defense", "Défense et sécurité", "Defence and security",
            "25 26 30 33 80 84", "36 85 87 88 89 90 93", "35 75"),
    _sector("eau", "Eau et assainissement", "Water and sanitation",
            "28 36 37 42 71", "39 73 84 90", "41 42 44 45 65 71 90"),
    _sector("dechets", "Déchets et économie circulaire", "Waste and circular economy",
            "28 38 39 46", "39 47 72 84", "42 45 90"),
    _sector("electronique", "Électronique, optique et mesure", "Electronics, optics and measurement",
            "26 27 33 71", "85 90 91", "31 32 38"),
    _sector("reseaux-electriques", "Équipements et réseaux électriques", "Electrical equipment and grids",
            "27 33 35 43", "74 76 85", "31 45 51 65"),
    _sector("nucleaire", "Énergie nucléaire", "Nuclear energy",
            "24 25 26 28 33 71", "28 73 81 84 90", "09 38 42 45 71"),
    _sector("renouvelables", "Énergies renouvelables et stockage", "Renewable energy and storage",
            "27 28 35 43 71", "73 84 85", "09 31 45 71"),
    _sector("petrole-gaz", "Pétrole, gaz et hydrogène", "Oil, gas and hydrogen",
            "06 09 19 28 49 71", "27 28 73 84", "09 42 43 44 76"),
    _sector("mines", "Mines et ressources minérales", "Mining and mineral resources",
            "05 07 08 09 28 71", "25 26 71 74 75 78 79 80 81 84", "14 43 71"),
    _sector("ferroviaire", "Ferroviaire et transport urbain", "Railways and urban transport",
            "27 30 33 42 49", "73 85 86 87", "34 45 50 60"),
    _sector("maritime", "Naval et économie maritime", "Shipbuilding and maritime economy",
            "03 28 30 33 50 52", "84 89 90", "34 45 50 60 63"),
    _sector("machines", "Machines et équipements industriels", "Machinery and industrial equipment",
            "25 27 28 33", "82 84 85", "42 43 51"),
    _sector("metallurgie", "Métallurgie et travail des métaux", "Metalworking",
            "24 25 33", "72 73 74 75 76 78 79 80 81 82 83", "14 44"),
    _sector("plasturgie", "Plasturgie, caoutchouc et composites", "Plastics, rubber and composites",
            "20 22", "39 40", "19 44"),
    _sector("sante", "Santé et dispositifs médicaux", "Health and medical devices",
            "26 32 72 86 87 88", "30 84 87 90 94", "33 85"),
    _sector("pharmacie", "Pharmacie et biotechnologies", "Pharmaceuticals and biotechnology",
            "20 21 72 75", "29 30 35 38", "24 33 73"),
    _sector("mode-luxe", "Mode, textile et luxe", "Fashion, textiles and luxury",
            "13 14 15 32 46",
            "33 41 42 43 50 51 52 53 54 55 56 58 59 60 61 62 63 64 65 66 67 71 91", "18 19"),
    _sector("maison", "Maison, mobilier et décoration", "Home, furniture and decoration",
            "13 16 23 27 31 32", "44 46 57 63 67 69 70 73 83 94 95 96", "37 39"),
    _sector("tourisme", "Tourisme, hôtellerie et restauration", "Tourism and hospitality",
            "55 56 79 93", "94", "37 55 63 92"),
    _sector("ville-durable", "Ville durable et efficacité énergétique", "Sustainable cities and energy efficiency",
            "26 27 38 41 42 43 71 81", "68 70 84 85 94", "31 34 45 71 90"),
    _sector("logistique", "Logistique et transport", "Logistics and transport",
            "28 49 50 51 52 53 77", "84 86 87", "34 42 60 63 64"),
    _sector("ingenierie", "Ingénierie, conseil et recherche", "Engineering, consulting and research",
            "62 70 71 72 74", "49", "71 73 79"),
    _sector("formation", "Formation et éducation", "Training and education", "58 85", "49 95", "22 80"),
    _sector("services", "Services aux entreprises et finance", "Business and financial services",
            "33 46 64 65 66 69 70 73 74 77 78 80 81 82 95", "49", "50 66 79 98"),
    _sector("culture", "Culture, création et sport", "Culture, creative industries and sport",
            "18 32 58 59 60 63 73 74 90 91 92 93", "37 49 92 95 97", "22 37 79 92"),
]  # fmt: skip

# For lists that one unfolds: nine short ones instead of one that nobody reads to its end.
FAMILIES: dict[Term, tuple[str, ...]] = {
    Term("industrie", "Industrie", "Manufacturing"):
        ("bois", "chimie", "electronique", "machines", "metallurgie", "plasturgie"),
    Term("energie", "Énergie et mines", "Energy and mining"):
        ("mines", "nucleaire", "petrole-gaz", "renouvelables", "reseaux-electriques"),
    Term("environnement", "Construction et environnement", "Construction and environment"):
        ("btp", "dechets", "eau", "ville-durable"),
    Term("transports", "Transports et défense", "Transport and defence"):
        ("aeronautique", "automobile", "defense", "ferroviaire", "logistique", "maritime"),
    Term("numerique", "Numérique", "Digital"): ("cybersecurite", "numerique", "telecoms"),
    Term("alimentation", "Agriculture et alimentation", "Agriculture and food"):
        ("agriculture", "agroalimentaire", "vins-spiritueux"),
    Term("sante", "Santé et beauté", "Health and beauty"): ("cosmetique", "pharmacie", "sante"),
    Term("art-de-vivre", "Mode, maison, loisirs", "Fashion, home, leisure"):
        ("culture", "maison", "mode-luxe", "tourisme"),
    Term("services", "Services", "Services"): ("formation", "ingenierie", "services"),
}  # fmt: skip
SECTORS: dict[str, Sector] = {sector.slug: sector for sector in sorted(_ALL, key=lambda s: terms.folded(s.label_fr))}


def label(slug: str, language: str | None = None) -> str:
    """The sector's name."""
    return terms.label(SECTORS, slug, language)


def choices() -> Choices:
    """(slug, name), in the order of the names."""
    return terms.choices(SECTORS.values(), by_label=True)


def grouped_choices() -> list[tuple[str, Choices]]:
    """Sectors under their families."""
    return [
        (family.label(), terms.choices((SECTORS[slug] for slug in slugs), by_label=True))
        for family, slugs in FAMILIES.items()
    ]


def for_naf(code: str) -> list[str]:
    """The sectors a company of this activity may belong to, to propose at sign-up."""
    return [slug for slug, sector in SECTORS.items() if code[:2] in sector.naf]
