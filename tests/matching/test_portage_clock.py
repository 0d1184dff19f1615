"""The answer ladder of portage: the same rungs, one mail a person a day, the staff's call, the end."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts import mail as outbox
from accounts.models import Email, Membership
from matching import digest, portage, portage_clock
from matching.ladder import Rung
from matching.models import PortageAnswer, PortageRequest
from pacte.workdays import add_workdays, take_workdays
from tests.factories import PortageAnswerFactory, PortageRequestFactory, UserFactory, colleague, group_user

pytestmark = pytest.mark.django_db
PROMISED = date(2026, 3, 18)
State, Answer = PortageRequest.State, PortageAnswer.State


def at(day, hour=10):
    return datetime(day.year, day.month, day.day, hour, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture
def group():
    return group_user(profile__places=["MA"])


@pytest.fixture
def answer(group, time_machine):
    time_machine.move_to(at(date(2026, 3, 4)))
    request = PortageRequestFactory(state=State.WITH_GROUPS, expires_on=date(2027, 1, 4))
    return PortageAnswerFactory(request=request, group=group.organisation, answer_by=PROMISED)


def day_of(rung):
    return add_workdays(PROMISED, rung) if rung >= 0 else take_workdays(PROMISED, -rung)


def climb(time_machine, day, hour=10):
    time_machine.move_to(at(day, hour))
    return digest.run()


@pytest.mark.parametrize(
    ("rung", "mails"), [(Rung.SOON, 1), (Rung.DUE, 1), (Rung.LATE, 1), (Rung.STAFF, 0), (Rung.LAST, 1)]
)
def test_each_rung_is_climbed_on_its_day_and_once(answer, time_machine, rung, mails):
    PortageAnswer.objects.update(rung=max((one for one in Rung if one < rung), default=None))

    before = climb(time_machine, take_workdays(day_of(rung), 1))
    on_the_day = climb(time_machine, day_of(rung))
    again = climb(time_machine, day_of(rung), 15)

    answer.refresh_from_db()
    assert (before, on_the_day, again) == (0, mails, 0)
    assert answer.rung == rung
    assert PortageAnswer.objects.to_call().exists() == (rung >= Rung.STAFF)


@pytest.mark.parametrize("hour", [7, 18])
def test_nothing_leaves_outside_office_hours(answer, time_machine, hour):
    assert climb(time_machine, PROMISED, hour) == 0
    assert not Email.objects.exists()


def test_all_that_waits_is_in_one_mail_a_person_a_day(answer, group, time_machine):
    deputy = colleague(group, Membership.Role.ADMIN)
    PortageAnswerFactory(
        group=group.organisation, answer_by=PROMISED, request__country="TN", request__state="with_groups"
    )

    assert climb(time_machine, PROMISED) == 2

    assert {mail.subject for mail in Email.objects.all()} == {"2 dossiers attendent votre réponse"}
    assert sorted(mail.to for mail in Email.objects.all()) == sorted([[group.email], [deputy.email]])
    assert all("Maroc" in mail.text and "Tunisie" in mail.text for mail in Email.objects.all())


def test_no_second_reminder_the_day_the_other_ladder_wrote(answer, group, time_machine):
    time_machine.move_to(at(PROMISED))
    written = outbox.daily(group.email, PROMISED)
    Email.objects.create(key="another", daily=written, to=[group.email], template="to_do", subject="x")

    assert climb(time_machine, PROMISED) == 0
    assert climb(time_machine, add_workdays(PROMISED, 1)) == 1


def test_it_ends_only_after_the_last_chance_was_told(answer, time_machine):
    end = day_of(Rung.END)

    climb(time_machine, end)
    told = Email.objects.count()
    climb(time_machine, add_workdays(end, 4))
    answer.refresh_from_db()
    still = answer.state
    climb(time_machine, add_workdays(end, 5))

    answer.refresh_from_db()
    assert (told, still, answer.state) == (1, Answer.WAITING, Answer.UNANSWERED)
    assert Email.objects.get(key=f"portage-unanswered:{answer.pk}").to == [answer.request.contact.email]
    assert PortageRequest.objects.get().state == State.TO_REVIEW


def test_a_question_stops_the_clock_five_working_days_at_most(answer, group, time_machine):
    time_machine.move_to(at(take_workdays(PROMISED, 1)))
    portage.question(answer.request, by=group, text="Quel délai ?")
    Email.objects.all().delete()

    climb(time_machine, add_workdays(PROMISED, 2))
    during = Email.objects.filter(to=[group.email]).count()
    climb(time_machine, add_workdays(PROMISED, 4))

    assert (during, Email.objects.filter(to=[group.email]).count()) == (0, 1)


@pytest.mark.parametrize("side", ["group", "company"])
def test_nobody_is_reminded_while_a_side_is_suspended(answer, time_machine, side):
    organisation = answer.group if side == "group" else answer.request.company
    organisation.state = "suspended"
    organisation.save()

    assert climb(time_machine, PROMISED) == 0


def test_whoever_is_away_is_not_written_to(answer, group, time_machine):
    deputy = colleague(group, Membership.Role.ADMIN)
    group.organisation.absences.create(email=group.email, first_day=PROMISED, last_day=PROMISED + timedelta(days=9))

    climb(time_machine, PROMISED)

    assert Email.objects.get().to == [deputy.email]


@pytest.mark.parametrize(("days", "state"), [(0, State.WITH_GROUPS), (1, State.EXPIRED)])
def test_a_request_ends_the_day_after_its_last(answer, time_machine, days, state):
    time_machine.move_to(at(answer.request.expires_on + timedelta(days=days)))

    portage.expire_due()
    portage.expire_due()

    assert PortageRequest.objects.get().state == state
    assert Email.objects.filter(key__startswith="portage-expired").count() == days
    assert PortageAnswer.objects.get().state == (Answer.CANCELLED if days else Answer.WAITING)


def test_those_that_staff_are_to_call_keep_nobody_from_being_reminded(answer, group, time_machine, monkeypatch):
    monkeypatch.setattr(portage_clock, "BATCH", 1)
    late = PortageAnswerFactory(
        group=group.organisation, answer_by=day_of(Rung.DUE) - timedelta(days=20), rung=Rung.STAFF,
        request__country="SN", request__state="with_groups", request__expires_on=date(2027, 1, 4),
    )  # fmt: skip
    other = PortageAnswerFactory(
        group=group.organisation, answer_by=PROMISED, request__country="TN", request__state="with_groups"
    )

    climb(time_machine, PROMISED)

    rungs = dict(PortageAnswer.objects.values_list("pk", "rung"))
    assert rungs == {late.pk: Rung.STAFF, answer.pk: Rung.DUE, other.pk: Rung.DUE}


@pytest.mark.parametrize("rows", [1, 3])
def test_queries_follow_people_not_requests(rows, group, time_machine, django_assert_num_queries):
    time_machine.move_to(at(date(2026, 3, 4)))
    for place in ["MA", "TN", "SN"][:rows]:
        PortageAnswerFactory(group=group.organisation, answer_by=PROMISED, request__country=place)
    UserFactory()
    time_machine.move_to(at(PROMISED - timedelta(days=9)))

    with django_assert_num_queries(3):  # nothing due: those that wait, their messages, and that there are no more
        assert list(portage_clock.due(timezone.localdate())) == []
