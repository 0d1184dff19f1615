"""E-40: what is new for each person, in how many mails, when, and never twice."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Email, Membership, SmeProfile
from matching import alerts, apply, dismiss, subscriptions
from matching.models import AlertSettings, Frequency, Notification, Recipient, SavedSearch
from tests import factories
from tests.factories import MatchFactory, OpportunityFactory, colleague, group_user

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY, tick=False)


def sme_user(**profile):
    """Whose profile tells enough."""
    told_of = {"profile__sectors": ["eau"], "profile__wanted_places": ["MA"]} | profile
    return factories.sme_user(**told_of)


@pytest.fixture
def person():
    """Who hears every day, since a month."""
    return told(sme_user(), Frequency.DAILY)


def told(user, frequency, **fields):
    fields = {"since": MONDAY - timedelta(days=30), "next_at": MONDAY, "frequency": frequency} | fields
    AlertSettings.objects.update_or_create(user=user, defaults=fields)
    return user


def new(user, score=72, band="good", **opportunity):
    """Something new that fits."""
    fields = {"published": True, "published_at": MONDAY - timedelta(hours=2)} | opportunity
    opportunity = OpportunityFactory(**fields)
    MatchFactory(opportunity=opportunity, company=user.organisation, score=score, band=band)
    return opportunity


def searching(user, query, frequency=Frequency.DAILY, **fields):
    if not AlertSettings.objects.filter(user=user).exists():
        told(user, Frequency.NONE, next_at=None)
    fields = {"floor": "any", "name": query, "since": MONDAY - timedelta(days=9), "next_at": MONDAY} | fields
    return SavedSearch.objects.create(user=user, query=query, frequency=frequency, **fields)


def mails():
    return list(Email.objects.filter(template="proposals").order_by("pk"))


def test_a_mail_tells_what_is_new_with_its_first_reason_and_a_way_out(person, mailoutbox):
    parts = [("place", "met", 9.5, 12.1, {"work": "x", "place": "MA"})]
    opportunity = OpportunityFactory(published=True, published_at=MONDAY - timedelta(hours=1), title="Vannes à Rabat")
    MatchFactory(opportunity=opportunity, company=person.organisation, parts=parts)

    assert alerts.tell_due() == 1

    [mail] = mails()
    assert mail.to == [person.email]
    assert "Vannes à Rabat" in mail.subject
    notification = Notification.objects.get()
    assert notification.reason
    assert notification.reason in mail.text
    assert opportunity.get_absolute_url() in mail.text
    mail.send()
    headers = mailoutbox[-1].extra_headers
    assert headers["List-Unsubscribe"] == f"<{mail.unsubscribe_url}>"
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail.unsubscribe_url in mail.text
    person.refresh_from_db()
    assert person.unread == 1


def test_nothing_new_is_no_mail(person):
    assert alerts.tell_due() == 0
    assert mails() == []


def test_the_same_item_is_never_told_twice_by_any_path(person, time_machine):
    new(person, title="Vannes pour Rabat")
    searching(person, "q=vannes")
    searching(person, "pays=MA")

    for _ in range(3):
        alerts.tell_due()
        time_machine.shift(timedelta(days=1))

    assert len(mails()) == 1
    assert mails()[0].text.count("Vannes pour Rabat") == 1
    assert Notification.objects.count() == 1


def test_five_at_most_the_best_first_and_the_others_next_time(person, time_machine):
    for score in range(60, 67):
        new(person, score=score, title=f"Affaire {score} à saisir")

    alerts.tell_due()
    time_machine.shift(timedelta(days=1))
    alerts.tell_due()

    first, second = mails()
    assert [score for score in range(60, 67) if f"Affaire {score}" in first.text] == [62, 63, 64, 65, 66]
    assert first.text.index("Affaire 66") < first.text.index("Affaire 65")
    assert [score for score in range(60, 67) if f"Affaire {score}" in second.text] == [60, 61]


@pytest.mark.parametrize(
    ("floor", "expected"),
    [("strong", ["strong"]), ("good", ["strong", "good"]), ("possible", ["strong", "good", "possible"])],
)
def test_the_floor_holds(person, floor, expected):
    AlertSettings.objects.update(floor=floor)
    for band in ["strong", "good", "possible", "incomplete"]:
        new(person, band=band, title=f"Une affaire {band}")

    alerts.tell_due()

    bands = ["strong", "good", "possible", "incomplete"]
    assert [band for band in bands if f"affaire {band}" in mails()[0].text] == expected


def test_a_floor_of_a_search_holds_too(person):
    told(person, Frequency.NONE, next_at=None)
    searching(person, "pays=MA", floor="good")
    new(person, band="good", title="Une bonne affaire")
    new(person, band="possible", title="Une autre affaire")
    OpportunityFactory(published=True, published_at=MONDAY - timedelta(hours=1), title="Une affaire sans adéquation")

    alerts.tell_due()

    assert ["bonne" in mails()[0].text, "autre" in mails()[0].text, "sans" in mails()[0].text] == [True, False, False]


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("2026-06-01T07:59:59", 0),
        ("2026-06-01T08:00:00", 1),
        ("2026-06-01T17:59:59", 1),
        ("2026-06-01T18:00:00", 0),
        ("2026-06-06T10:00:00", 0),  # Saturday
        ("2026-06-07T10:00:00", 0),
        ("2026-07-14T10:00:00", 0),  # a holiday
        ("2026-10-26T08:00:00", 1),  # the Monday after the clocks went back
        ("2026-10-26T07:59:00", 0),
    ],
)
def test_nothing_leaves_outside_working_hours_in_paris(person, time_machine, moment, written):
    now = datetime.fromisoformat(moment).replace(tzinfo=timezone.get_default_timezone())
    new(person, published_at=now - timedelta(hours=1), apply_by=None, answer_by=None)
    AlertSettings.objects.update(next_at=now - timedelta(days=1))
    time_machine.move_to(now, tick=False)

    alerts.tell_due()

    assert len(mails()) == written


@pytest.mark.parametrize(
    ("frequency", "days"),
    [("daily", [1, 2, 3, 4, 5, 8, 9]), ("weekly", [1, 8]), ("none", [])],
)
def test_each_at_its_rhythm(time_machine, frequency, days):
    person = sme_user()
    told(person, frequency, next_at=None if frequency == "none" else MONDAY.replace(hour=8))
    written = []

    for day in range(1, 10):
        now = MONDAY.replace(day=day)
        time_machine.move_to(now, tick=False)
        new(person, published_at=now - timedelta(minutes=1))
        before = len(mails())
        alerts.tell_due()
        if len(mails()) > before:
            written.append(day)

    assert written == days


def test_immediate_is_within_minutes_in_those_hours(time_machine):
    person = told(sme_user(), Frequency.IMMEDIATE)
    alerts.tell_due()
    new(person, published_at=timezone.now())

    time_machine.shift(timedelta(minutes=15))
    alerts.tell_due()

    assert len(mails()) == 1


def test_what_was_published_before_one_asked_or_long_ago_is_no_news(person):
    AlertSettings.objects.update(since=MONDAY - timedelta(days=40))
    new(person, published_at=MONDAY - timedelta(days=31), apply_by=None, answer_by=None)
    late = told(sme_user(), Frequency.DAILY, since=MONDAY - timedelta(hours=1))
    new(late)

    assert alerts.tell_due() == 0


def test_the_first_publication_counts_not_the_writing_nor_a_return(person, time_machine):
    draft = OpportunityFactory(submitted=True)
    MatchFactory(opportunity=draft, company=person.organisation)
    assert alerts.tell_due() == 0

    time_machine.shift(timedelta(days=1))
    staff = group_user()
    draft.publish(by=staff)
    assert alerts.tell_due() == 1

    draft.suspend(by=None, reason="x")
    draft.publish(by=staff)
    time_machine.shift(timedelta(days=1))
    assert alerts.tell_due() == 0


def test_what_is_hidden_applied_to_closed_or_excluded_is_not_told(person):
    dismiss.dismiss(new(person), by=person, reason="size")
    apply.start(new(person), person)
    new(person, apply_by=MONDAY.date() - timedelta(days=1), answer_by=None)
    excluded = OpportunityFactory(published=True, published_at=MONDAY)
    MatchFactory(opportunity=excluded, company=person.organisation, eligible=False)

    assert alerts.tell_due() == 0


def test_one_person_of_a_company_receives_unless_it_chose_others(person):
    other, third = told(colleague(person), Frequency.DAILY), told(colleague(person), Frequency.DAILY)
    new(person)
    assert alerts.recipients([person.organisation.pk]) == {person.organisation.pk: {person.pk}}

    for chosen in (other, third):
        Recipient.objects.create(organisation=person.organisation, user=chosen)
    alerts.tell_due()

    assert {address for mail in mails() for address in mail.to} == {other.email, third.email}


def test_who_left_or_was_chosen_and_left_hears_nothing(person):
    other = told(colleague(person), Frequency.DAILY)
    Recipient.objects.create(organisation=person.organisation, user=other)
    new(person)
    Membership.objects.filter(user=other).update(ended_at=MONDAY)

    alerts.tell_due()

    assert [mail.to for mail in mails()] == [[person.email]]


def test_a_suspended_company_hears_nothing(person):
    new(person)
    person.organisation.state = "suspended"
    person.organisation.save()

    assert alerts.tell_due() == 0


LACKING = [{"sectors"}, {"wanted_places"}, {"sectors", "wanted_places"}]


def lacking(fields):
    return told(sme_user(**{f"profile__{name}": [] for name in fields}), Frequency.DAILY)


@pytest.mark.parametrize("fields", LACKING, ids=lambda fields: " and ".join(sorted(fields)))
def test_profile_empty_no_proposals_mailed_until_sector_and_one_country(fields, time_machine):
    person = lacking(fields)
    new(person)
    assert alerts.tell_due() == 0

    SmeProfile.objects.update(sectors=["eau"], wanted_places=["MA"])
    time_machine.shift(timedelta(days=1))
    assert alerts.tell_due() == 1


@pytest.mark.parametrize("fields", LACKING, ids=lambda fields: " and ".join(sorted(fields)))
def test_profile_empty_what_its_people_search_is_mailed(fields):
    person = lacking(fields)
    new(person)
    searching(person, "q=vannes")

    assert alerts.tell_due() == 1


def test_everyone_of_an_sme_hears_weekly_until_they_say_otherwise(time_machine):
    person = sme_user()
    alerts.tell_due()
    settings = AlertSettings.objects.get(user=person)
    assert (settings.frequency, settings.floor) == ("weekly", "good")

    new(person, published_at=MONDAY + timedelta(days=2))
    time_machine.move_to(MONDAY + timedelta(days=3), tick=False)
    assert alerts.tell_due() == 0
    time_machine.move_to(MONDAY + timedelta(days=7), tick=False)
    assert alerts.tell_due() == 1


def test_an_address_that_nobody_confirmed_is_not_written_to(time_machine):
    waiting = factories.UserFactory(confirmed=False)
    company = sme_user().organisation
    factories.MembershipFactory(user=waiting, organisation=company)

    alerts.tell_due()

    assert not AlertSettings.objects.filter(user=waiting).exists()


def test_a_group_s_person_may_search_too():
    person = group_user()
    searching(person, "q=vannes")
    OpportunityFactory(published=True, published_at=MONDAY - timedelta(hours=1), title="Vannes pour Rabat")

    alerts.tell_due()

    assert "Vannes pour Rabat" in mails()[0].text


def test_a_confidential_group_stays_so(person):
    new(person, secret=True, owner__name="DÉMO Zéphyrine")

    alerts.tell_due()

    assert "phyrine" not in mails()[0].text + mails()[0].html + mails()[0].subject
    assert "Groupe du secteur de l'énergie" in mails()[0].text


def test_in_english_for_those_who_read_english(person):
    person.language = "en"
    person.save()
    new(person)
    new(person)

    alerts.tell_due()

    assert "opportunities" in mails()[0].subject


def test_one_click_counts_at_the_next_send_and_holds_back_what_waits(client, person, time_machine):
    searching(person, "q=vannes")
    new(person)
    alerts.tell_due()
    [mail] = mails()
    link = mail.unsubscribe_url.removeprefix("http://localhost:8000")

    for _ in range(2):
        assert client.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    new(person, title="Vannes encore")
    time_machine.shift(timedelta(days=7))

    assert alerts.tell_due() == 0
    mail.refresh_from_db()
    assert mail.state == Email.State.CANCELLED
    assert set(SavedSearch.objects.values_list("frequency", flat=True)) == {"none"}


def test_a_link_for_one_stops_no_other(client, person):
    other = told(sme_user(), Frequency.DAILY)
    url = subscriptions.unsubscribe_url(person)

    assert client.post(url.replace("http://localhost:8000", "")[:-4] + "abc/").status_code == 404
    client.post(url.replace("http://localhost:8000", ""))

    assert AlertSettings.objects.get(user=other).frequency == "daily"
    assert AlertSettings.objects.get(user=person).frequency == "none"


@pytest.mark.parametrize("people", [2, 6])
def test_a_batch_asks_as_many_questions_however_many_people_are_due(people, django_assert_num_queries):
    for _ in range(people):
        person = told(sme_user(), Frequency.DAILY)
        told(colleague(person), Frequency.DAILY)
    alerts.catalogue.current()

    with django_assert_num_queries(22):
        alerts.tell_due()


@pytest.mark.parametrize("people", [1, 3])
def test_a_mail_costs_a_fixed_number_of_queries(people, django_assert_num_queries):
    for _ in range(people):
        new(told(sme_user(), Frequency.DAILY))
    alerts.catalogue.current()

    with django_assert_num_queries(26 + 4 * people + (people > 1)):  # several are locked together
        alerts.tell_due()


@pytest.mark.django_db(transaction=True)
def test_two_clocks_at_once_write_one_mail(monkeypatch):
    """Real transactions: the second waits for nobody, and finds nothing left to tell."""
    monkeypatch.setattr("accounts.mail.deliver.delay", lambda _pk: None)
    people = [told(sme_user(), Frequency.DAILY) for _ in range(4)]
    for person in people:
        new(person)
    together = threading.Barrier(3)

    def clock(_number):
        together.wait()
        try:
            return alerts.tell_due(MONDAY)
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        written = list(pool.map(clock, range(3)))

    assert sum(written) == 4
    assert sorted(mail.to[0] for mail in mails()) == sorted(person.email for person in people)
    assert Notification.objects.count() == 4
