"""Nothing lost, nothing doubled in the books, whatever is killed while two hundred introductions leave."""

import random
import sys
import time

import psycopg
import pytest

from tests.kill.town import Town

pytestmark = pytest.mark.long

COUNT = 200
SEED = 2026

# Written as a group would cause it: each acceptance is introduce.accept, in its own transaction.
ACCEPTANCES = f"""
from matching import introduce
from tests.factories import ApplicationFactory, OpportunityFactory, group_user
decider = group_user()
opportunity = OpportunityFactory(published=True, owner=decider.organisation, capacity={COUNT})
for _ in range({COUNT}):
    introduce.accept(ApplicationFactory(sent=True, opportunity=opportunity), by=decider)
"""


@pytest.fixture
def town():
    town = Town()
    yield town
    town.close()


def sent_mails(town):
    return len({message_id for ids in town.sink.received.values() for message_id in ids})


def sent(town):
    try:
        return town.query("select count(*) from matching_introduction where state = 'sent'")[0][0]
    except psycopg.OperationalError:
        return 0  # being killed, or recovering


def test_two_hundred_introductions_survive_kill_9_of_everything(town):
    town.migrate()
    town.manage("shell", code=ACCEPTANCES)
    town.start("worker")
    town.start("beat")
    town.wait(lambda: town.sink.received)
    dice = random.Random(SEED)

    victims = ["worker", "broker", "postgres"] * 4
    dice.shuffle(victims)
    for victim in victims:
        assert sent_mails(town) < COUNT, "all had left before the last kill: nothing was proved"
        time.sleep(dice.uniform(0.1, 0.6))
        town.kill(victim)
        time.sleep(dice.uniform(0.0, 0.5))
        town.restart(victim)
    town.wait(lambda: sent(town) == COUNT, seconds=240)

    mails = dict(town.query("select message_id, state from accounts_email where about like 'introduction:%'"))
    received = [message_id for ids in town.sink.received.values() for message_id in ids]
    repeats = len([m for m in received if m in mails]) - COUNT
    sys.stderr.write(f"\n{len(victims)} kills, {COUNT} introductions sent, {repeats} handed over twice\n")
    assert list(mails.values()) == ["sent"] * COUNT
    assert mails.keys() <= set(received)
    moves = "select count(*) from matching_introductionmove where after = 'sent'"
    assert town.query(moves) == [(COUNT,)]
    per_pair = "select count(distinct application_id), count(distinct email_id) from matching_introduction"
    assert town.query(per_pair) == [(COUNT, COUNT)]


def test_a_mail_handed_over_twice_carries_the_same_message_id(town):
    """The worker dies between the server's yes and its own commit: the mail goes again, recognisably the same."""
    town.migrate()
    one = "from tests.factories import EmailFactory; EmailFactory(to=['deux-fois@example.com'])"
    town.manage("shell", code=one)
    recipient = ("deux-fois@example.com",)

    town.sink.pause = 2.0
    town.start("worker")
    town.start("beat")
    town.wait(lambda: town.sink.received[recipient])
    town.kill("worker")  # the server has the mail and has not said so yet
    town.sink.pause = 0.0
    town.restart("worker")
    town.wait(lambda: town.query("select state from accounts_email") == [("sent",)])

    first, second = town.sink.received[recipient]
    assert first == second
