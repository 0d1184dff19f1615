"""Small made-up markets: companies and opportunities with something to tell them apart."""

import random

from accounts.models import Certificate, CountryExperience, Reference
from matching import market, refresh
from matching.models import Match, Scored
from opportunities.models import Criterion
from tests.factories import OpportunityFactory, OrganisationFactory

WORDS = ["vannes", "pompes", "capteurs", "logiciel", "béton", "câbles", "fromages", "audit", "turbines", "emballages"]
SECTORS = ["eau", "btp", "numerique", "agroalimentaire"]
COUNTRIES = ["MA", "DZ", "SN", "DE", "US"]


def some_company(rng, **more):
    company = OrganisationFactory(
        profile__sectors=rng.sample(SECTORS, 1),
        profile__products=" ".join(rng.sample(WORDS, 3)),
        profile__wanted_places=rng.sample(COUNTRIES, 2),
        profile__languages=rng.sample(["fr", "en", "ar"], 2),
        profile__headcount=rng.choice(["", "10-19", "50-99"]),
        **more,
    )
    profile = company.sme_profile
    for _ in range(rng.randrange(3)):
        title = " ".join(rng.sample(WORDS, 2))
        Reference.objects.create(profile=profile, title=title, place=rng.choice(["FR-60", *COUNTRIES]), year=2024)
    for place in rng.sample(COUNTRIES, rng.randrange(3)):
        level = rng.choice(CountryExperience.Level.values)
        CountryExperience.objects.create(profile=profile, place=place, level=level)
    if rng.random() < 0.5:
        Certificate.objects.create(profile=profile, code="iso-9001")
    return company


def some_opportunity(rng, **more):
    opportunity = OpportunityFactory(
        published=True,
        title=" ".join(rng.sample(WORDS, 2)),
        teaser="",
        description=" ".join(rng.sample(WORDS, 3)),
        sectors=rng.sample(SECTORS, 1),
        places=rng.sample(COUNTRIES, 1),
        stage=rng.choice(["", "bid", "won"]),
        **more,
    )
    if rng.random() < 0.5:
        Criterion.objects.create(
            opportunity=opportunity, kind="certification", code="iso-9001", must=rng.random() < 0.5
        )
    return opportunity


def some_market(companies=8, opportunities=4, seed=1):
    rng = random.Random(seed)
    return [some_company(rng) for _ in range(companies)], [some_opportunity(rng) for _ in range(opportunities)]


def matches():
    fields = ["opportunity", "company", "score", "band", "eligible", "engine_version", "weights_version"]
    return [
        (*(getattr(match, f"{name}_id", None) or getattr(match, name) for name in fields), match.answers)
        for match in Match.objects.order_by("opportunity", "company")
    ]


def from_scratch():
    """The matches that a first scoring of everything would make."""
    Match.objects.all().delete()
    Scored.objects.all().delete()
    market.forget()
    refresh.refresh_due()
    return matches()
