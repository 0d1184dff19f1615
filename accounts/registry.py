"""The company register: what we ask of it, and who answers (settings.REGISTRY: `api` or `fixture`)."""

import json
import time
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any, Protocol
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings
from django.core.cache import caches

SMALL = {"PME", "ETI", ""}  # INSEE's categories that the platform calls an SME; a large group is "GE"


class RegistryDown(Exception):  # noqa: N818  # a state of the world, as it is said
    """The register gave no answer that can be read; nothing is known of the company."""


@dataclass(frozen=True, slots=True)
class Company:
    siren: str
    name: str
    naf: str = ""
    category: str = ""
    address: str = ""
    postcode: str = ""
    city: str = ""
    is_open: bool = True

    @property
    def is_small(self) -> bool:
        return self.category in SMALL


class RegistryClient(Protocol):
    def lookup(self, siren: str) -> Company | None:
        """The company of this number, None when there is none; RegistryDown when nobody can tell."""


class FixtureRegistry:
    """The demonstration's register: invented companies whose numbers belong to nobody (they start with zeros)."""

    DOWN = "000000174"
    COMPANIES = {
        company.siren: company
        for company in [
            Company("000000109", "DÉMO Vannes du Vexin", "28.14Z", "PME", "12 rue des Forges", "60240", "Chaumont"),
            Company("000000117", "DÉMO Optique d'Alsace", "26.70Z", "PME", "3 quai du Canal", "67000", "Strasbourg"),
            Company("000000125", "DÉMO Logiciels Midi", "62.01Z", "ETI", "40 allée des Pins", "34000", "Montpellier"),
            Company("000000133", "DÉMO Nouveau Groupe", "35.11Z", "GE", "1 place du Pont", "92400", "Courbevoie"),
            Company("000000141", "DÉMO Atelier fermé", "25.62B", "PME", "8 rue Basse", "42000", "Saint-Étienne",
                    is_open=False),
        ]
    }  # fmt: skip

    def lookup(self, siren: str) -> Company | None:
        if siren == self.DOWN:
            raise RegistryDown("this number always finds the register down")
        return self.COMPANIES.get(siren)


class ApiRegistry:
    """The public search of French companies: free, no key."""

    URL = "https://recherche-entreprises.api.gouv.fr/search"
    SECONDS = 3.0
    MOST = 500_000  # bytes; an answer of one company takes a few thousand

    def __init__(self, url: str = URL, seconds: float = SECONDS) -> None:
        self.url, self.seconds = url, seconds

    def lookup(self, siren: str) -> Company | None:
        try:
            results = json.loads(self._answer(siren))["results"]
            found = next((row for row in results if row["siren"] == siren), None)
            return self._company(found) if found else None
        except (OSError, HTTPException, ValueError, KeyError, TypeError, AttributeError) as error:
            raise RegistryDown(f"{type(error).__name__}: {error}") from error

    def _answer(self, siren: str) -> bytes:
        query = urlencode({"q": siren, "per_page": 5, "minimal": "true", "include": "siege"})
        request = Request(f"{self.url}?{query}", headers={"Accept": "application/json"})  # noqa: S310  # our own URL
        end, body = time.monotonic() + self.seconds, b""
        with urlopen(request, timeout=self.seconds) as response:  # noqa: S310
            while chunk := response.read1(65536):
                body += chunk
                if time.monotonic() > end or len(body) > self.MOST:
                    raise TimeoutError("the answer is too slow, or too long")
        return body

    @staticmethod
    def _company(row: dict[str, Any]) -> Company:
        seat = row.get("siege") or {}

        def text(value: Any, most: int) -> str:
            return str(value or "").strip()[:most]

        return Company(
            siren=row["siren"],
            name=text(row.get("nom_raison_sociale") or row.get("nom_complet"), 200),
            naf=text(row.get("activite_principale"), 6),
            category=text(row.get("categorie_entreprise"), 3),
            address=text(seat.get("adresse"), 200),
            postcode=text(seat.get("code_postal"), 10),
            city=text(seat.get("libelle_commune"), 100),
            is_open=row.get("etat_administratif") != "C",
        )


CLIENTS: dict[str, type[FixtureRegistry | ApiRegistry]] = {"fixture": FixtureRegistry, "api": ApiRegistry}


def lookup(siren: str) -> Company | None:
    """Ask the register that this installation uses; its answers are kept for an hour, its silences are not."""
    key = f"registry:{siren}"
    known = caches["pages"].get(key)
    if known is None:
        company = CLIENTS[settings.REGISTRY]().lookup(siren)
        caches["pages"].set(key, [company], 3600)
        return company
    return known[0]
