"""What the bench asks for: always other pages, words and people, so that no cache makes the figures flattering."""

import random
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.cached_db import SessionStore
from django.db.models import Count
from django.urls import reverse

from accounts.models import Organisation, User
from accounts.taxonomy import places, sectors
from opportunities.kinds import Kind
from opportunities.models import Opportunity

MANY = 400  # addresses of a scenario
OF_SMES = {
    "SME's dashboard": "sme_dashboard",
    "SME's applications": "applications",
    "SME's follows": "follows",
    "SME's notifications": "notifications",
    "SME's portages": "portage_requests",
    "SME's alerts": "alerts",
    "SME's hidden": "dismissed",
}
COMPARED = 4  # applicants side by side


def bare(dice: random.Random) -> list[str]:
    """Twenty cards from some moment on, found by the index: an offset would make the yardstick long."""
    its = Opportunity.objects.published().order_by("-published_at")
    moments = [int(at.timestamp()) + 1 for at in its.values_list("published_at", flat=True) if at]
    full = moments[:-19] or moments
    return [reverse("bench", args=[dice.choice(full)], urlconf="pacte.bench.urls") for _ in range(MANY)]


def lists(dice: random.Random, *orders: str) -> list[str]:
    """Pages of all that is open, in several orders, one in two with a facet."""
    pages = max(Opportunity.objects.open().count() // 20, 1)
    facets = [
        "",
        "",
        *(f"&type={kind}" for kind in Kind.values),
        *(f"&secteur={sector}" for sector in sectors.SECTORS),
    ]
    address = reverse("matching:opportunity_list")
    return [
        f"{address}?page={dice.randint(1, pages)}{dice.choice(orders)}{dice.choice(facets) if n % 2 else ''}"
        for n in range(MANY)
    ]


def searches(dice: random.Random) -> list[str]:
    """One or two words of a title, and two facets."""
    titles = list(Opportunity.objects.open().order_by("pk").values_list("title", flat=True))
    address, kinds, zones = reverse("matching:opportunity_list"), list(Kind.values), list(places.ZONES)
    found = []
    for title in dice.choices(titles, k=MANY):
        words = [word for word in title.split() if len(word) > 4] or title.split()
        asked = " ".join(dice.sample(words, min(len(words), dice.choice([1, 1, 2]))))
        query = urlencode({"q": asked, "type": dice.choice(kinds), "zone": dice.choice(zones)})
        found.append(f"{address}?{query}")
    return found


def details(dice: random.Random) -> list[str]:
    its = list(Opportunity.objects.open().order_by("pk").only("slug"))
    return [opportunity.get_absolute_url() for opportunity in dice.choices(its, k=MANY)]


def of_open(dice: random.Random, name: str) -> list[str]:
    """The pages of this name of open opportunities."""
    keys = list(Opportunity.objects.open().order_by("pk").values_list("pk", flat=True))
    return [reverse(f"matching:{name}", args=[pk]) for pk in dice.choices(keys, k=MANY)]


def of_group(user: User) -> dict[str, list[str]]:
    """A group's pages, by name; those about its opportunities with most applicants first."""
    its = list(Opportunity.objects.owned_by(user).annotate(size=Count("applications")).order_by("-size", "pk")[:MANY])
    plan = {
        "group's dashboard": [reverse("matching:group_dashboard")],
        "group's portages": [reverse("matching:portage_received")],
        "files kept": [reverse("matching:kept")],
        "files kept, for one need": [reverse("matching:kept_for", args=[one.pk]) for one in its],
        "group's applicants": [reverse("matching:applicants", args=[one.pk]) for one in its],
        "applicants compared": [address for one in its if (address := compared(one))],
        "group's questions": [reverse("opportunities:enquiries", args=[one.pk]) for one in its],
    }
    return {name: paths for name, paths in plan.items() if paths}


def compared(opportunity: Opportunity) -> str:
    """Its first applicants side by side; empty when it has not two."""
    rows = opportunity.applications.readable().filter(sent_at__isnull=False).order_by("pk")
    chosen = [("c", pk) for pk in rows.values_list("pk", flat=True)[:COMPARED]]
    return f"{reverse('matching:compare', args=[opportunity.pk])}?{urlencode(chosen)}" if len(chosen) > 1 else ""


def group_people(number: int) -> list[User]:
    """Someone of each of the groups that received most."""
    groups = Organisation.objects.groups().active().filter(memberships__ended_at=None, opportunities__isnull=False)
    fullest = groups.annotate(size=Count("opportunities__applications")).order_by("-size", "pk")
    rows = [one.memberships.active().select_related("user").order_by("pk").first() for one in fullest[:number]]
    return [row.user for row in rows if row]


def people(number: int) -> list[User]:
    """People of SMEs that have matches: those whose dashboards have something to show."""
    companies = Organisation.objects.filter(kind="sme", memberships__ended_at=None, matches__isnull=False)
    fullest = companies.annotate(size=Count("matches")).order_by("-size").values_list("pk", flat=True)[:number]
    return list(User.objects.filter(memberships__organisation__in=list(fullest), memberships__ended_at=None)[:number])


def sign_in(users: Iterable[User]) -> dict[str, SessionStore]:
    """A session for each, by its cookie."""
    sessions = {}
    for user in users:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        sessions[f"{settings.SESSION_COOKIE_NAME}={session.session_key}"] = session
    return sessions


def scenarios(cookies: list[str], group: tuple[User, str] | None = None) -> dict[str, dict[str, Any]]:
    """Addresses and cookies by name; what needs a page or a person that is not there is left out.

    `group`: someone of a group, and the cookie that signs them in.
    """
    dice = random.Random(1)  # noqa: S311
    nobody = [""]
    plan = {
        "bare view": {"paths": bare(dice), "cookies": nobody},
        "list": {"paths": lists(dice, "", "&tri=echeance"), "cookies": nobody},
        "search, 2 facets": {"paths": searches(dice), "cookies": nobody},
        "detail": {"paths": details(dice), "cookies": nobody},
    }
    if cookies:
        orders = ["", "&tri=echeance", "&tri=adequation"]
        plan["list, signed in"] = {"paths": lists(dice, *orders), "cookies": cookies}
        plan["search, 2 facets, signed in"] = {"paths": searches(dice), "cookies": cookies}
        plan["detail, signed in"] = {"paths": details(dice), "cookies": cookies}
        for page, name in OF_SMES.items():
            plan[page] = {"paths": [reverse(f"matching:{name}")], "cookies": cookies}
        plan["partners' board"] = {"paths": of_open(dice, "partners_wanted"), "cookies": cookies}
    if group:
        user, cookie = group
        plan |= {name: {"paths": paths, "cookies": [cookie]} for name, paths in of_group(user).items()}
    return plan
