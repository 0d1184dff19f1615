"""Reminders as people get them: merged, once a day, to those who are there, and never for what is no longer so."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts import joining, signature_letters, suspension
from accounts.models import Absence, Email, JoinRequest, Organisation, SignatureReminder, User
from matching import apply, changes, digest
from matching.ladder import Rung
from matching.models import Application, Introduction, Reminder
from opportunities import moderation
from opportunities.models import Opportunity
from opportunities.tasks import close_due, suspend_orphans
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    IntroductionFactory,
    OpportunityFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    UserFactory,
    group_user,
)

PARIS = ZoneInfo("Europe/Paris")
PROMISED = date(2026, 11, 26)  # a Thursday
CONTACT, DEPUTY = "contact@example.com", "suppleant@example.com"


@pytest.fixture
def clock(time_machine):
    """`clock(day)` is ten in the morning of that day of 2026 or of (year, month, day)."""

    def move(month, day, hour=10, year=2026):
        time_machine.move_to(datetime.combine(date(year, month, day), time(hour), PARIS), tick=False)

    move(11, 2)
    return move


@pytest.fixture
def decider(clock):
    return group_user()


@pytest.fixture
def post(decider):
    return OpportunityFactory(
        published=True, owner=decider.organisation, created_by=decider, title="Vannes", apply_by=date(2026, 11, 20),
        answer_by=PROMISED, contact_email=CONTACT, deputy_email=DEPUTY,
    )  # fmt: skip


def reminders():
    return [(mail.to, mail.subject) for mail in Email.objects.filter(template="to_do").order_by("pk")]


def rungs(application):
    return sorted(application.reminders.values_list("rung", "address"))


def test_a_mail_names_all_the_cases_of_a_person(clock, post, decider):
    first = ApplicationFactory(sent=True, opportunity=post)
    other = OpportunityFactory(
        published=True, owner=decider.organisation, title="Pompes", answer_by=PROMISED, apply_by=None,
        contact_email=CONTACT.upper(), deputy_email="autre@example.com",
    )  # fmt: skip
    second, third = ApplicationFactory.create_batch(2, sent=True, opportunity=other)
    clock(11, 23)

    assert digest.run() == 1

    mail = Email.objects.get(template="to_do")
    assert (mail.to, mail.subject) == ([CONTACT], "3 dossiers attendent votre réponse")
    for body in (mail.text, mail.html):
        for word in (
            "Vannes",
            "Pompes",
            "26 novembre 2026",
            first.company.name,
            second.company.name,
            third.company.name,
        ):
            assert word in body


def test_a_second_run_and_another_hour_of_the_day_write_nothing_more(clock, post):
    ApplicationFactory(sent=True, opportunity=post)
    clock(11, 23, 8)
    digest.run()
    clock(11, 23, 17)

    assert digest.run() == 0
    assert len(reminders()) == Reminder.objects.count() == 1


def test_what_comes_due_after_the_day_s_mail_waits_for_the_next_day(clock, post, decider):
    clock(11, 26)
    ApplicationFactory(sent=True, opportunity=post, sent_at=datetime(2026, 11, 2, tzinfo=PARIS))
    digest.run()
    late = ApplicationFactory(
        sent=True, opportunity=post, sent_at=datetime(2026, 11, 2, tzinfo=PARIS), company=OrganisationFactory()
    )
    assert (digest.run(), rungs(late)) == (0, [])
    clock(11, 27)

    assert digest.run() == 2
    assert rungs(late) == [(0, CONTACT), (0, DEPUTY)]


@pytest.mark.parametrize(("day", "hour"), [(23, 7), (23, 18), (22, 10), (21, 10), (23, 3)])
def test_nothing_leaves_at_night_or_on_a_weekend(clock, post, day, hour):
    ApplicationFactory(sent=True, opportunity=post)
    clock(11, day, hour)

    assert digest.run() == 0


def test_after_a_stop_only_the_highest_rung_leaves_and_nothing_ends_unannounced(clock, post):
    application = ApplicationFactory(sent=True, opportunity=post)
    clock(3, 15, year=2027)  # long after the last rung

    digest.run()

    assert rungs(application) == [(7, ""), (20, CONTACT), (20, DEPUTY)]
    clock(3, 19, year=2027)
    digest.run()
    assert Application.objects.get().state == "sent"
    clock(3, 22, year=2027)  # five working days after the last chance
    digest.run()
    digest.run()
    assert Application.objects.get().state == "unanswered"
    assert Email.objects.filter(template="application_unanswered").count() == 1


def test_an_act_of_the_group_keeps_reminders_away_for_three_working_days(clock, post, decider):
    application, other = ApplicationFactory.create_batch(2, sent=True, opportunity=post)
    clock(11, 24)
    apply.decline(other, by=decider, reason="size")
    for day in (24, 25, 26):
        clock(11, day)
        assert digest.run() == 0
    clock(11, 27)

    digest.run()

    assert rungs(application) == [(0, CONTACT), (0, DEPUTY)]


def test_what_was_answered_is_not_reminded_of(clock, post, decider):
    for application in ApplicationFactory.create_batch(2, sent=True, opportunity=post):
        apply.decline(application, by=decider, reason="size")
    clock(12, 7)

    assert digest.run() == 0


@pytest.mark.parametrize("who", ["opportunity", "group", "company"])
def test_a_suspension_stops_the_clock(clock, post, who):
    application, staff = ApplicationFactory(sent=True, opportunity=post), UserFactory(staff=True)
    clock(11, 20)
    if who == "opportunity":
        moderation.suspend(post, by=staff, reason="Vérification")
    else:
        (post.owner if who == "group" else application.company).suspend(by=staff, reason="Vérification")
    clock(12, 7)

    assert digest.run() == 0


@pytest.mark.parametrize("who", ["opportunity", "organisation"])
def test_suspended_by_staff_then_restored_applications_are_frozen_and_clocks_take_up_where_they_were(
    clock, post, decider, who
):
    staff, application = UserFactory(staff=True), ApplicationFactory(sent=True, opportunity=post)
    Opportunity.objects.update(apply_by=None)
    clock(11, 26)
    digest.run()
    clock(11, 27)
    if who == "opportunity":
        moderation.suspend(Opportunity.objects.get(), by=staff, reason="Vérification")
    else:
        suspension.suspend(post.owner, by=staff, reason="Vérification")
        suspend_orphans()
    assert Opportunity.objects.get().state == "suspended"
    with pytest.raises((StateError, PermissionDenied)):
        apply.decline(Application.objects.get(), by=User.objects.get(pk=decider.pk), reason="size")
    for month, day in [(11, 30), (12, 1), (12, 2), (12, 3), (12, 4), (12, 7)]:
        clock(month, day)
        digest.run()
    if who == "organisation":
        suspension.restore(post.owner, by=staff)
    moderation.restore(Opportunity.objects.get(), by=staff)
    for day in (7, 8, 9, 10):
        clock(12, day)
        digest.run()

    climbed = [(timezone.localdate(one.at).isoformat(), one.rung) for one in application.reminders.order_by("pk")]
    assert climbed == [("2026-11-26", Rung.DUE), ("2026-11-26", Rung.DUE), ("2026-12-09", Rung.LATE)]
    apply.decline(Application.objects.get(), by=User.objects.get(pk=decider.pk), reason="size")
    assert Application.objects.get().state == "declined"


def test_the_deputy_reads_in_the_place_of_an_absent_contact(clock, post, decider):
    Absence.objects.create(
        organisation=post.owner, email=CONTACT, first_day=date(2026, 11, 2), last_day=date(2026, 11, 6)
    )
    application = ApplicationFactory(opportunity=post)

    apply.send(application, by=application.contact, consented=True)

    mail = Email.objects.get(template="application_arrived")
    assert (mail.to, mail.cc) == ([DEPUTY], [])


def test_an_absence_noted_by_another_organisation_changes_nothing(clock, post):
    Absence.objects.create(
        organisation=OrganisationFactory(), email=CONTACT, first_day=date(2026, 11, 2), last_day=date(2026, 12, 31)
    )
    ApplicationFactory(sent=True, opportunity=post)
    clock(11, 23)

    assert digest.run() == 1


def test_a_new_promise_is_a_new_ladder(clock, post):
    application = ApplicationFactory(sent=True, opportunity=post)
    clock(11, 26)
    digest.run()
    Opportunity.objects.update(answer_by=date(2026, 12, 10))
    clock(12, 10)

    digest.run()

    assert rungs(application) == [(0, CONTACT)] * 2 + [(0, DEPUTY)] * 2


def test_the_staff_s_task_needs_no_mail_and_comes_once(clock, post):
    application = ApplicationFactory(sent=True, opportunity=post)
    clock(12, 7)

    digest.run()
    digest.run()

    assert list(application.reminders.filter(address="").values_list("rung", flat=True)) == [Rung.STAFF]


@pytest.mark.parametrize("rows", [1, 3])
def test_reading_what_is_due_takes_the_same_queries_whatever_there_is(clock, post, rows, django_assert_num_queries):
    from matching import overdue

    applications = ApplicationFactory.create_batch(rows, sent=True, opportunity=post)
    clock(11, 26)
    (batch,) = overdue.batches()

    with django_assert_num_queries(7):
        found = overdue.due(batch, PROMISED)

    assert [case.application for case in found] == applications


def test_it_is_in_the_language_of_who_reads_it(clock, post, decider):
    Opportunity.objects.update(contact_email=decider.email)
    User.objects.update(language="en")
    ApplicationFactory(sent=True, opportunity=post)
    clock(11, 23)

    digest.run()

    assert Email.objects.get(template="to_do").language == "en"


def test_suspended_by_staff_then_restored_its_clocks_are_paused_and_resumed(clock, post):
    Opportunity.objects.update(apply_by=None)  # a last day that passed meanwhile would keep it out
    application, staff = ApplicationFactory(sent=True, opportunity=post), UserFactory(staff=True)
    clock(11, 26)
    digest.run()
    clock(11, 27)
    post.refresh_from_db()
    moderation.suspend(post, by=staff, reason="Nous vérifions un point.")
    found = {}
    for month, day in [(11, 30), (12, 1), (12, 2), (12, 3), (12, 4), (12, 7), (12, 8)]:
        clock(month, day)
        if (month, day) == (12, 4):
            moderation.restore(post, by=staff)
        before = {rung for rung, _address in rungs(application)}
        digest.run()
        if fresh := {rung for rung, _address in rungs(application)} - before:
            found[month, day] = fresh

    assert found == {(12, 8): {Rung.LATE}}  # three working days after its date, and the five that it was out


def lines(address):
    mail = Email.objects.filter(template="to_do", to=[address]).earliest("pk")
    return [line for line in mail.text.splitlines() if line.startswith("- ")]


def test_all_that_waits_for_an_administrator_is_in_one_mail(clock, decider, post):
    Opportunity.objects.update(contact_email=decider.email)
    clock(11, 3, 15)
    asker = UserFactory()
    joining.ask(decider.organisation, by=asker)
    ApplicationFactory(sent=True, opportunity=post)
    PortageAnswerFactory(group=decider.organisation, answer_by=PROMISED, request__country="TN")
    charter = CharterFactory(in_force=True, sign_by=date(2026, 11, 27))
    Organisation.objects.update(created_at=datetime(2026, 1, 1, tzinfo=PARIS))
    JoinRequest.objects.update(asked_at=datetime(2026, 11, 20, 15, tzinfo=PARIS))
    Email.objects.all().delete()
    clock(11, 23, 8)

    digest.run()
    signature_letters.ask_due()
    joining.chase()
    digest.run()

    mail = Email.objects.get(to=[decider.email])
    assert (mail.template, mail.subject) == ("to_do", "4 dossiers attendent votre réponse")
    found = " ".join(lines(decider.email))
    for word in ("Vannes", "Tunisie", str(asker), "27 novembre 2026"):
        assert word in found
    assert SignatureReminder.objects.get(charter=charter).rung == "soon"
    for page in (reverse("accounts:charter"), JoinRequest.objects.get().get_absolute_url()):
        assert page in mail.text
        assert page in mail.html


def test_a_request_to_join_that_was_answered_is_not_recalled(clock, decider):
    request = joining.ask(decider.organisation, by=UserFactory())
    joining.refuse(request, by=decider)
    clock(11, 6)

    assert digest.run() == 0


def closing(post, *, sent, introduced):
    """Closed at midnight with so many that wait and so many introduced."""
    ApplicationFactory.create_batch(sent, sent=True, opportunity=post)
    ApplicationFactory(opportunity=post)
    IntroductionFactory.create_batch(introduced, application__opportunity=post)
    ended = IntroductionFactory(application__opportunity=post)
    Introduction.objects.filter(pk=ended.pk).update(group_said="lost", group_said_at=timezone.now())


@pytest.mark.parametrize(
    ("sent", "introduced", "told"),
    [
        (4, 2, "4 réponses attendues avant le 26 novembre 2026, 2 résultats de mise en relation à indiquer"),
        (1, 0, "1 réponse attendue avant le 26 novembre 2026"),
        (0, 1, "1 résultat de mise en relation à indiquer"),
        (0, 0, "aucune réponse attendue"),
    ],
)
def test_what_closed_at_midnight_is_told_in_the_morning_with_what_is_left_to_do(
    clock, post, decider, sent, introduced, told
):
    clock(11, 19)
    closing(post, sent=sent, introduced=introduced)
    clock(11, 21, 0)  # a Saturday
    close_due()
    for day, hour in [(21, 0), (21, 10), (22, 10), (23, 7)]:
        clock(11, day, hour)
        assert digest.run() == 0
    clock(11, 23, 8)

    digest.run()
    clock(11, 24)
    digest.run()

    for address in (CONTACT, DEPUTY, decider.email):
        assert f"- Vannes : clôturée le 21 novembre 2026, {told}" in lines(address)[-1].replace("\xa0", " ")
    assert Email.objects.filter(text__contains="clôturée").count() == 3


@pytest.mark.parametrize(
    ("sent", "told"), [(2, "2 réponses attendues"), (0, "Aucune candidature n'attend de réponse")]
)
def test_a_group_that_closes_early_reads_what_is_left_to_do(clock, post, decider, sent, told):
    ApplicationFactory.create_batch(sent, sent=True, opportunity=post)

    changes.close(post, by=decider, reason="Nous avons trouvé")

    mail = Email.objects.get(template="opportunity_closed")
    assert told in mail.text
    assert told in mail.html.replace("&#x27;", "'")


def test_what_is_open_again_in_the_morning_is_not_told_as_closed(clock, post):
    clock(11, 21, 0)
    close_due()
    post.refresh_from_db()
    post.publish(by=UserFactory(staff=True))
    clock(11, 23)

    assert digest.run() == 0
