"""E-40: who is told anything at all, and what is said of what finds no room."""

from datetime import timedelta

import pytest

from matching import alerts
from matching.models import Frequency, Notification
from tests.factories import OpportunityFactory
from tests.matching.test_alerts import MONDAY, mails, new, searching, sme_user, told


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY, tick=False)


@pytest.fixture
def person():
    return told(sme_user(), Frequency.DAILY)


@pytest.mark.parametrize(("level", "told_of"), [("regular", 1), ("never", 0)])
def test_a_country_where_one_sells_already_is_enough_to_be_proposed_something(level, told_of):
    person = told(sme_user(profile__wanted_places=[]), Frequency.DAILY)
    person.organisation.sme_profile.experiences.create(place="MA", level=level)
    new(person)

    assert alerts.tell_due() == told_of


def test_whoever_receives_everything_reads_how_many_more_there_are(person):
    searching(person, "")
    for number in range(7):
        OpportunityFactory(published=True, published_at=MONDAY - timedelta(hours=number + 1))

    alerts.tell_due()

    [mail] = mails()
    assert "Et 2 autres opportunités nouvelles" in mail.text.replace("\xa0", " ")
    assert "2 autres opportunités nouvelles" in mail.html.replace("\xa0", " ")
    assert Notification.objects.filter(user=person).count() == alerts.MOST


def test_a_mail_that_tells_all_speaks_of_no_more(person):
    new(person)

    alerts.tell_due()

    assert "autre" not in mails()[0].text.partition("Cette sélection")[0]
