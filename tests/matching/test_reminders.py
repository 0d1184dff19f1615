"""What one follows: two reminders, on working days, never twice, none for what one has applied to."""

from datetime import date, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership, SmeProfile
from matching import reminders, subscriptions, tasks, thread
from matching.models import AlertSettings, Application, Follow, Notification
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, colleague, group_user, sme_user

PARIS = timezone.get_default_timezone()
MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=PARIS)


@pytest.fixture(autouse=True)
def _monday(time_machine):
    time_machine.move_to(MONDAY, tick=False)


def followed(user, apply_by, **fields):
    opportunity = OpportunityFactory(published=True, apply_by=apply_by, answer_by=None, **fields)
    subscriptions.follow(user, opportunity)
    return opportunity


def days_written(time_machine, until=30):
    """{day of June: what was told} of every mail, looked at three times a day."""
    found = {}
    for day in range(1, until + 1):
        for hour in (7, 9, 17, 19):
            time_machine.move_to(MONDAY.replace(day=day, hour=hour), tick=False)
            if reminders.remind_due():
                rows = Notification.objects.filter(at=timezone.now())
                found[day] = sorted(rows.values_list("kind", flat=True))
    return found


@pytest.mark.parametrize(
    ("closes", "expected"),
    [
        (24, {17: ["week_left"], 22: ["days_left"]}),
        (19, {12: ["week_left"], 17: ["days_left"]}),
        (21, {12: ["week_left"], 19: ["days_left"]}),  # a Sunday: the Fridays before
        (23, {16: ["week_left"], 19: ["days_left"]}),  # a Tuesday: two days before is a Sunday
        (5, {3: ["days_left"]}),  # followed four days before
        (2, {}),  # followed the day before
    ],
)
def test_seven_and_two_days_before_on_working_days(time_machine, closes, expected):
    followed(sme_user(), date(2026, 6, closes))

    assert days_written(time_machine) == expected


def test_one_mail_names_all_that_closes(time_machine):
    person = sme_user()
    for number in range(3):
        followed(person, date(2026, 6, 24), title=f"Affaire {number} qui ferme")
    time_machine.move_to(MONDAY.replace(day=17), tick=False)

    reminders.remind_due()

    mail = Email.objects.get(template="closing_soon")
    assert [f"Affaire {number}" in mail.text for number in range(3)] == [True] * 3
    assert mail.unsubscribe_url


def test_what_one_has_applied_to_or_follows_no_more_is_not_reminded(time_machine):
    person = sme_user()
    applied = followed(person, date(2026, 6, 24))
    ApplicationFactory(opportunity=applied, contact=colleague(person), sent=True)
    subscriptions.unfollow(person, followed(person, date(2026, 6, 24)))
    followed(person, date(2026, 6, 24)).close(by=None)

    assert days_written(time_machine) == {}


def test_who_wants_no_reminders_has_none(time_machine):
    person = sme_user()
    followed(person, date(2026, 6, 24))
    AlertSettings.objects.filter(user=person).update(reminders=False)

    assert days_written(time_machine) == {}


def test_a_day_that_was_missed_is_made_up_for_once(time_machine):
    followed(sme_user(), date(2026, 6, 24))
    time_machine.move_to(MONDAY.replace(day=18), tick=False)

    assert [reminders.remind_due(), reminders.remind_due()] == [1, 0]


def test_what_waits_for_an_answer_comes_first_and_what_closes_the_day_after(time_machine):
    person, decider = sme_user(), group_user()
    followed(person, date(2026, 6, 24))
    post = OpportunityFactory(published=True, owner=decider.organisation, created_by=decider)
    asked = ApplicationFactory(sent=True, contact=person, company=person.organisation, opportunity=post)
    time_machine.move_to(MONDAY.replace(day=12), tick=False)
    thread.ask(asked, by=decider, text="Quel délai ?")
    Email.objects.all().delete()

    written = {}
    for day in (17, 18, 19):
        time_machine.move_to(MONDAY.replace(day=day), tick=False)
        for _again in range(2):
            tasks.climb_ladder()
        rows = Email.objects.filter(to=[person.email], queued_at=timezone.now())
        written[day] = [mail.template for mail in rows]

    assert written == {17: ["to_do"], 18: ["closing_soon"], 19: []}


def test_a_day_that_had_its_reminder_has_no_second_one_whatever_comes_first(time_machine):
    person = sme_user()
    followed(person, date(2026, 6, 24))
    SmeProfile.objects.update(confirmed_at=MONDAY - timedelta(days=200))
    time_machine.move_to(MONDAY.replace(day=17), tick=False)

    tasks.climb_ladder()
    first = [mail.template for mail in Email.objects.all()]
    time_machine.move_to(MONDAY.replace(day=18), tick=False)
    tasks.climb_ladder()

    assert first == ["closing_soon"]
    assert [mail.template for mail in Email.objects.order_by("pk")] == ["closing_soon", "profile_confirm"]


@pytest.mark.parametrize("people", [1, 3])
def test_reminders_cost_a_fixed_number_of_queries(time_machine, people, django_assert_num_queries):
    for _ in range(people):
        followed(sme_user(), date(2026, 6, 24))
    time_machine.move_to(MONDAY.replace(day=17), tick=False)

    with django_assert_num_queries(14 + 4 * people + (people > 1)):  # several are locked together
        reminders.remind_due()


def test_following_twice_is_once_and_shows_on_its_page(client):
    person = sme_user()
    opportunity = OpportunityFactory(published=True)
    client.force_login(person)

    for _ in range(2):
        client.post(reverse("matching:follow", args=[opportunity.pk]))

    assert Follow.objects.count() == 1
    assert opportunity.title in unescape(client.get(reverse("matching:follows")).content.decode())
    assert "Ne plus suivre" in unescape(client.get(opportunity.get_absolute_url()).content.decode())
    client.post(reverse("matching:unfollow", args=[opportunity.pk]))
    assert Follow.objects.count() == 0


def test_a_draft_cannot_be_followed(client):
    client.force_login(sme_user())

    assert client.post(reverse("matching:follow", args=[OpportunityFactory().pk])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_what_one_follows_is_listed_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    person = sme_user()
    for _ in range(rows):
        followed(person, MONDAY.date() + timedelta(days=20))
    client.force_login(person)

    with django_assert_num_queries(6):  # user, membership, count, page, cards, matches; session: cache
        client.get(reverse("matching:follows"))


def drafted(user, apply_by, **fields):
    opportunity = OpportunityFactory(published=True, apply_by=apply_by, answer_by=None, **fields)
    AlertSettings.objects.get_or_create(user=user, defaults={"since": timezone.now(), "frequency": "none"})
    return ApplicationFactory(opportunity=opportunity, contact=user)


def test_whoever_has_begun_to_apply_is_reminded_on_the_same_days(time_machine):
    draft = drafted(sme_user(), date(2026, 6, 24), title="Des vannes")

    assert days_written(time_machine) == {17: ["week_left"], 22: ["days_left"]}
    for mail in Email.objects.filter(template="closing_soon"):
        assert mail.to == [draft.contact.email]
        for body in (mail.text, mail.html):
            assert "Votre brouillon" in body
            assert draft.get_absolute_url() in body
            assert reverse("matching:follows") not in body


def test_who_follows_what_they_have_begun_is_reminded_once_and_of_the_draft(time_machine):
    person = sme_user()
    draft = drafted(person, date(2026, 6, 24))
    subscriptions.follow(person, draft.opportunity)

    assert days_written(time_machine) == {17: ["week_left"], 22: ["days_left"]}
    assert Email.objects.filter(template="closing_soon", text__contains="Votre brouillon").count() == 2


@pytest.mark.parametrize("what", ["sent", "withdrawn", "left", "reader", "suspended", "unwilling"])
def test_a_draft_that_cannot_or_need_not_leave_is_not_recalled(time_machine, what):
    person = sme_user()
    draft = drafted(person, date(2026, 6, 24))
    its = Membership.objects.filter(user=person)
    colleague(person, Membership.Role.ADMIN)
    if what == "sent":
        Application.objects.update(state="sent", sent_at=timezone.now(), consent_at=timezone.now())
    elif what == "withdrawn":
        draft.move("withdrawn", by=person)
    elif what == "left":
        its.update(ended_at=timezone.now())
    elif what == "reader":
        its.update(role="reader")
    elif what == "suspended":
        draft.company.suspend(by=UserFactory(staff=True), reason="Litige")
    else:
        AlertSettings.objects.update(reminders=False)

    assert days_written(time_machine) == {}


@pytest.mark.parametrize(
    ("wanted", "days", "told"),
    [
        (True, 7, "Vous suivez cette opportunité : un rappel vous parviendra avant la fin des candidatures."),
        (True, 6, "Vous suivez cette opportunité."),
        (True, None, "Vous suivez cette opportunité."),
        (False, 7, "Vous suivez cette opportunité. Vos rappels sont arrêtés : « Vos alertes » les reprend."),
    ],
    ids=["a week", "less", "no last day", "unsubscribed"],
)
def test_to_follow_promises_no_reminder_that_will_not_come(client, wanted, days, told):
    person = sme_user()
    if not wanted:
        subscriptions.unsubscribe(person)
    last_day = MONDAY.date() + timedelta(days=days) if days else None
    opportunity = OpportunityFactory(published=True, apply_by=last_day, answer_by=None)
    client.force_login(person)

    page = client.post(reverse("matching:follow", args=[opportunity.pk]), follow=True)

    assert [str(said).replace("\xa0", " ") for said in page.context["messages"]] == [told]
