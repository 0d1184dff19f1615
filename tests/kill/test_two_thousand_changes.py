"""Not a match is wrong in the end, though its worker is killed again and again while profiles change."""

import random
import subprocess
import sys
import time

import pytest

from tests.kill.town import ROOT, Town

pytestmark = pytest.mark.long

CHANGES, KILLS, SEED = 2_000, 50, 2026

MARKET = """
from tests.matching.market import some_market
some_market(companies=60, opportunities=20)
"""
# As a profile's form and the staff would: each in its own transaction, at a pace that lasts as long as the kills.
STREAM = f"""
import random, time
from django.db import transaction
from accounts.models import Organisation
from tests.factories import UserFactory
from tests.matching.market import COUNTRIES, WORDS
rng, staff = random.Random({SEED}), UserFactory(staff=True)
smes = list(Organisation.objects.smes().order_by("pk"))
for number in range({CHANGES}):
    with transaction.atomic():
        company = rng.choice(smes)
        profile = company.sme_profile
        what = rng.randrange(12)
        if what == 0:
            company.refresh_from_db()
            company.suspend(by=staff, reason="essai") if company.is_active else company.restore(by=staff)
        elif what < 5:
            profile.references.create(title=" ".join(rng.sample(WORDS, 2)), place=rng.choice(COUNTRIES), year=2024)
            profile.references.all()[3:] and profile.references.first().delete()
            company.touch()
        elif what < 9:
            profile.products = " ".join(rng.sample(WORDS, 3))
            profile.save(update_fields=["products"])
            company.touch()
        else:
            profile.wanted_places = rng.sample(COUNTRIES, 2)
            profile.save(update_fields=["wanted_places"])
            company.touch()
    time.sleep(0.05)
"""
COMPARE = """
from tests.matching.market import from_scratch, matches
kept = matches()
print("SAME" if kept and kept == from_scratch() else "DIFFERENT", len(kept))
"""


@pytest.fixture
def town():
    town = Town()
    town.env["TOP_K"] = "10"  # few enough for companies to push each other out
    yield town
    town.close()


def waiting(town):
    return town.query("select count(*) from accounts_profilechange")[0][0]


def test_two_thousand_changes_survive_fifty_kills_of_the_worker(town):
    town.migrate()
    town.manage("shell", code=MARKET)
    town.start("beat")
    town.start("worker")
    town.wait(lambda: town.query("select count(*) from matching_match")[0][0])
    dice = random.Random(SEED)

    stream = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-c", STREAM], cwd=ROOT, env=town.env, stderr=subprocess.PIPE, text=True
    )
    busy = 0
    for _ in range(KILLS):
        time.sleep(dice.uniform(0.2, 3.5))  # while it starts, loads, scores, or waits
        busy += waiting(town) > 0
        town.kill("worker")
        town.start("worker")
    _, complaints = stream.communicate(timeout=240)
    assert stream.returncode == 0, complaints[-2000:]
    town.wait(lambda: not waiting(town), seconds=120)
    town.kill("beat")
    town.kill("worker")

    told = town.manage("shell", code=COMPARE)
    sys.stderr.write(f"\n{KILLS} kills, {busy} of them with changes waiting: {told}")
    assert busy > KILLS // 4
    assert "SAME" in told
