"""Both sides, or two people of one side, say what came of it at once: each word is kept, a win is logged once."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, time
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from django.db import connections

from accounts.models import Email
from matching import digest, outcomes
from matching.models import Action, Asking, Introduction, PortageIntroduction, Side
from matching.outcomes import Words
from tests.factories import IntroductionFactory, PortageIntroductionFactory, colleague, group_user

pytestmark = pytest.mark.django_db(transaction=True)
WON = Words("won", amount="0-50k", without="no")
PARIS = ZoneInfo("Europe/Paris")


def at_once(*acts):
    """What each answered."""
    start = Barrier(len(acts))

    def run(act):
        try:
            start.wait(10)
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@pytest.fixture
def introduction():
    group = group_user()
    its = {"application__opportunity__owner": group.organisation, "application__opportunity__created_by": group}
    return IntroductionFactory(**its)


def says(introduction, side, words, by=None):
    """On a row of its own, as each request has."""
    mine = Introduction.objects.get(pk=introduction.pk)
    its = introduction.application
    person = by or (its.contact if side == Side.SME else its.opportunity.created_by)
    return lambda: outcomes.declare(mine, side, words, by=person)


@pytest.mark.parametrize(("by_group", "counts"), [("won", 1), ("lost", None)])
def test_both_sides_speak_at_once(introduction, by_group, counts):
    at_once(says(introduction, Side.SME, WON), says(introduction, Side.GROUP, Words(by_group)))

    introduction.refresh_from_db()
    assert (introduction.sme_said, introduction.group_said) == ("won", by_group)
    assert introduction.declarations.count() == 2
    if counts:
        assert Action.objects.filter(kind="won").count() == counts
    assert Introduction.objects.won().count() == (1 if by_group == "won" else 0)


def test_the_same_click_twice_at_once_is_one_word(introduction):
    first, second = at_once(says(introduction, Side.SME, WON), says(introduction, Side.SME, WON))

    assert first == second
    assert introduction.declarations.count() == 1
    assert Action.objects.filter(kind="won").count() == 1


def test_two_colleagues_at_once_are_two_words_and_the_last_counts(introduction):
    other = colleague(introduction.application.contact)

    rows = at_once(says(introduction, Side.SME, WON), says(introduction, Side.SME, Words("lost"), by=other))

    introduction.refresh_from_db()
    assert introduction.declarations.count() == 2
    assert introduction.sme_said == max(rows, key=lambda row: row.pk).said


def test_two_clocks_at_once_ask_once(introduction, time_machine):
    Introduction.objects.update(sent_at=datetime.combine(date(2026, 10, 29), time(10), PARIS))
    time_machine.move_to(datetime.combine(date(2026, 11, 5), time(10), PARIS), tick=True)

    sent = at_once(digest.run, digest.run, digest.run)

    assert sum(sent) == 2
    assert Email.objects.filter(template="outcome_news").count() == 2
    assert Asking.objects.count() == 2


def test_of_a_portage_both_sides_speak_at_once_and_a_second_click_is_one_word(time_machine):
    portage = PortageIntroductionFactory()
    sme, group = portage.answer.request.contact, portage.accepted_by

    def says_of_it(side, by):
        mine = PortageIntroduction.objects.get(pk=portage.pk)
        return lambda: outcomes.declare(mine, side, Words("won"), by=by)

    at_once(says_of_it(Side.SME, sme), says_of_it(Side.SME, sme), says_of_it(Side.GROUP, group))

    assert sorted(portage.declarations.values_list("side", flat=True)) == ["group", "sme"]
    assert PortageIntroduction.objects.won().get() == portage
    PortageIntroduction.objects.update(sent_at=datetime.combine(date(2026, 10, 29), time(10), PARIS))
    time_machine.move_to(datetime.combine(date(2026, 11, 5), time(10), PARIS), tick=True)

    sent = at_once(digest.run, digest.run, digest.run)

    assert (sum(sent), Asking.objects.filter(what="thanks").count()) == (2, 2)
