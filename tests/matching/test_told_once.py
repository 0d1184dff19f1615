"""Staff propose, a group points out, a need is published again: whoever was told of an item is not told again."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from accounts.tasks import deliver_due
from matching import alerts, keeping, proposing, reposts, subscriptions
from matching.models import AlertSettings, Notification, Proposal
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    sme_user,
)

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=timezone.get_default_timezone())
WHY = "Trois stations de pompage livrées."


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY, tick=False)


@pytest.fixture
def person():
    """Who hears as soon as something is published."""
    person = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    since = MONDAY - timedelta(days=9)
    AlertSettings.objects.create(user=person, frequency="immediate", since=since, next_at=MONDAY)
    return person


@pytest.fixture
def opportunity(person):
    """Which fits the person's company, that a group declined before for another one like it."""
    before = OpportunityFactory(published=True)
    refused = {"state": "declined", "decline_reason": "size", "decided_at": MONDAY}
    ApplicationFactory(sent=True, contact=person, opportunity=before, **refused)
    fresh = OpportunityFactory(
        published=True, owner=before.owner, copied_from=before, published_at=MONDAY - timedelta(hours=1)
    )
    MatchFactory(opportunity=fresh, company=person.organisation)
    return fresh


def alerted(opportunity, person):
    AlertSettings.objects.exclude(next_at=None).update(next_at=timezone.now())
    alerts.tell_due()


def proposed(opportunity, person):
    proposing.propose(opportunity, person.organisation, by=UserFactory(is_staff=True), reason=WHY)


def pointed_out(opportunity, person):
    application = opportunity.copied_from.applications.get()
    decider = MembershipFactory(organisation=opportunity.owner).user
    keeping.agree(application, by=person)
    keeping.keep(application, by=decider)
    keeping.point_out(application.keeping, opportunity, by=decider)


def published_again(opportunity, person):
    reposts.tell_due()


WAYS = [alerted, proposed, pointed_out, published_again]
BY_SOMEONE = WAYS[1:]
TEMPLATES = {
    alerted: "proposals",
    proposed: "opportunity_proposed",
    pointed_out: "opportunity_pointed_out",
    published_again: "opportunity_reposted",
}


@pytest.mark.parametrize("first", WAYS)
@pytest.mark.parametrize("second", WAYS)
def test_what_one_was_told_of_is_told_by_no_other_way(person, opportunity, first, second):
    first(opportunity, person)
    opportunity = Opportunity.objects.get(pk=opportunity.pk)
    if (first, second) != (proposed, proposed):  # which staff are refused
        second(opportunity, person)

    [mail] = Email.objects.all()
    assert (mail.to, mail.template) == ([person.email], TEMPLATES[first])
    assert Notification.objects.get().mail == mail.key
    person.refresh_from_db()
    assert person.unread == 1


@pytest.mark.parametrize("way", BY_SOMEONE)
def test_who_wants_no_mail_finds_it_in_the_centre_alone(person, opportunity, way):
    subscriptions.unsubscribe(person)

    way(opportunity, person)

    assert not Email.objects.exists()
    assert Notification.objects.get().reason


@pytest.mark.parametrize("way", WAYS)
def test_each_way_offers_one_click_to_hear_no_more_and_what_waits_is_held_back(person, opportunity, way):
    way(opportunity, person)
    mail = Email.objects.get()

    headers = mail._message().extra_headers
    subscriptions.unsubscribe(person)

    assert headers["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.unsubscribe_url in mail.text
    assert "/alertes/" in mail.text
    mail.refresh_from_db()
    assert mail.state == "cancelled"


def test_what_is_published_again_is_told_in_office_hours(person, opportunity, time_machine):
    time_machine.move_to(MONDAY - timedelta(days=1))  # a Sunday
    Opportunity.objects.filter(pk=opportunity.pk).update(published_at=timezone.now() - timedelta(days=2))

    assert reposts.tell_due() == 0
    time_machine.move_to(MONDAY, tick=False)
    assert reposts.tell_due() == 1


FRIDAY = MONDAY - timedelta(days=3)
OPENING = MONDAY.replace(hour=8)


@pytest.mark.parametrize("way", [proposed, pointed_out])
@pytest.mark.parametrize(
    ("written", "leaves"),
    [
        (FRIDAY.replace(hour=7, minute=59), FRIDAY.replace(hour=8)),
        (FRIDAY.replace(hour=8), FRIDAY.replace(hour=8)),
        (FRIDAY.replace(hour=17, minute=59), FRIDAY.replace(hour=17, minute=59)),
        (FRIDAY.replace(hour=18), OPENING),
        (FRIDAY.replace(hour=22) + timedelta(days=1), OPENING),
    ],
)
def test_what_someone_points_out_is_in_the_centre_at_once_and_leaves_by_mail_in_office_hours(
    person, opportunity, time_machine, mailoutbox, way, written, leaves
):
    time_machine.move_to(written, tick=False)
    way(opportunity, person)
    assert Notification.objects.get().user == person

    if leaves > written:
        time_machine.move_to(leaves - timedelta(minutes=1), tick=False)
        deliver_due()
        assert mailoutbox == []
    time_machine.move_to(leaves, tick=False)
    deliver_due()

    [mail] = mailoutbox
    assert mail.to == [person.email]


def unsubscribed(client, person):
    client.post(Email.objects.get().unsubscribe_url)  # signed out


def set_to_none(client, person):
    client.force_login(person)
    client.post(reverse("matching:alerts"), {"frequency": "none", "floor": "good", "reminders": "on"})


@pytest.mark.parametrize("way", [proposed, pointed_out])
@pytest.mark.parametrize("refuse", [unsubscribed, set_to_none])
def test_what_waits_for_monday_is_dropped_when_its_reader_says_no_meanwhile(
    person, opportunity, time_machine, client, mailoutbox, way, refuse
):
    time_machine.move_to(FRIDAY.replace(hour=22) + timedelta(days=1), tick=False)
    way(opportunity, person)
    refuse(client, person)

    time_machine.move_to(OPENING, tick=False)
    deliver_due()

    assert mailoutbox == []
    assert Email.objects.get().state == "cancelled"


def test_what_waits_for_monday_leaves_when_its_reader_only_changes_the_rhythm(
    person, opportunity, time_machine, client, mailoutbox
):
    time_machine.move_to(FRIDAY.replace(hour=22) + timedelta(days=1), tick=False)
    proposed(opportunity, person)
    client.force_login(person)
    client.post(reverse("matching:alerts"), {"frequency": "weekly", "floor": "good"})

    time_machine.move_to(OPENING, tick=False)
    deliver_due()

    assert [mail.to for mail in mailoutbox] == [[person.email]]


def test_a_proposal_that_staff_take_back_before_its_mail_left_is_not_mailed(
    person, opportunity, time_machine, mailoutbox
):
    time_machine.move_to(FRIDAY.replace(hour=22) + timedelta(days=1), tick=False)
    proposed(opportunity, person)
    proposing.take_back(Proposal.objects.get(), by=UserFactory(is_staff=True))

    time_machine.move_to(OPENING, tick=False)
    deliver_due()

    assert mailoutbox == []


@pytest.mark.parametrize("to", [1, 3])
def test_all_whom_it_was_published_again_for_are_told(opportunity, to):
    refused = {"state": "declined", "decline_reason": "size", "decided_at": MONDAY}
    for _ in range(to - 1):
        ApplicationFactory(sent=True, opportunity=opportunity.copied_from, **refused)

    assert [reposts.tell_due(), reposts.tell_due()] == [to, 0]
