"""Half a year after introductions: every question on its day, none twice, none at night, one mail a day."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Absence, Email, Membership
from matching import digest, outcomes
from matching.models import Asking, Introduction, Side
from matching.outcomes import Words
from pacte.workdays import at_work
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MembershipFactory,
    OpportunityFactory,
    group_user,
    sme_user,
)

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
LOOKS = [time(0, 30), time(7, 59), time(8), time(12, 5), time(17, 59), time(18), time(23, 30)]
FEW = [time(8), time(23, 30)]  # on days when nothing should leave, nor did the day before
SME, GROUP = Side.SME, Side.GROUP
SENT = date(2026, 10, 29)  # a Thursday
CONTACT = date(2026, 11, 5)
MONTH, QUARTER, HALF = date(2026, 11, 30), date(2027, 1, 27), date(2027, 4, 27)  # the 28th of November is a Saturday
ALL = [(CONTACT, "contact"), (MONTH, "month"), (QUARTER, "quarter"), (HALF, "half")]
WON = Words("won", amount="0-50k", without="no")


def at(day, hour=time(12)):
    return datetime.combine(day, hour, PARIS)


def play(time_machine, first, last, events):
    """Look at the clock seven times on a day when something happens, at night too; what is done is done at noon."""
    due = {*events} | {day for sides in CASES.values() for asked in sides.values() for day, _what in asked}
    full = due | {day + timedelta(days=1) for day in due}
    day = first
    while day <= last:
        for look in LOOKS if day in full else FEW:
            time_machine.move_to(at(day, look), tick=False)
            digest.run()
        time_machine.move_to(at(day), tick=False)
        for event in events.get(day, []):
            event()
        day += timedelta(days=1)


def say(introduction, side, words):
    its = introduction.application
    person = its.contact if side == SME else its.opportunity.created_by
    return lambda: outcomes.declare(introduction, side, words, by=person)


def set_state(company, state):
    def change():
        company.state = state
        company.save()

    return change


CASES = {
    "silent": {SME: ALL, GROUP: ALL},
    "won": {
        SME: [*ALL[:2], (date(2026, 12, 11), "win"), (date(2026, 12, 15), "thanks")],
        GROUP: [*ALL[:2], (date(2026, 12, 15), "thanks")],
    },
    "no time": {SME: [ALL[0], (date(2026, 11, 13), "no_time")], GROUP: ALL[:1]},
    "suspended": {SME: [ALL[0], (date(2027, 2, 2), "quarter"), ALL[3]], GROUP: [
        ALL[0], (date(2027, 2, 2), "quarter"), ALL[3]
    ]},
    "just said": {SME: [ALL[0], *ALL[2:]], GROUP: ALL},
    "lost": {SME: ALL[:2], GROUP: ALL},
    "met at once": {SME: ALL[1:], GROUP: ALL},
    "cancelled": {SME: [], GROUP: []},
}  # fmt: skip


@pytest.fixture
def year(time_machine):
    """One introduction a case, each with an SME of its own, all with the same group's contact."""
    time_machine.move_to(at(date(2026, 10, 1)), tick=False)
    group = group_user()
    posts = {"opportunity__owner": group.organisation, "opportunity__created_by": group}
    contact = {"opportunity__contact_email": "contact@example.com", "opportunity__answer_by": None}
    found = {}
    for case in CASES:
        its = ApplicationFactory(sent=True, state="accepted", **posts, **contact)
        state = {"state": "cancelled"} if case == "cancelled" else {}
        found[case] = IntroductionFactory(application=its, sent_at=at(SENT, time(17, 30)), **state)
    company = found["suspended"].application.company
    events = {
        date(2026, 10, 30): [say(found["met at once"], SME, Words("contact"))],
        date(2026, 11, 12): [say(found["no time"], GROUP, Words("no_time"))],
        date(2026, 11, 20): [set_state(company, "suspended")],
        date(2026, 11, 25): [say(found["just said"], SME, Words("talking"))],
        date(2026, 12, 2): [say(found["lost"], SME, Words("lost"))],
        date(2026, 12, 10): [say(found["won"], GROUP, Words("won"))],
        date(2026, 12, 14): [say(found["won"], SME, WON)],
        date(2027, 2, 1): [set_state(company, "verified")],
    }
    play(time_machine, SENT, date(2027, 6, 30), events)
    return found


def test_every_question_is_asked_on_its_day_none_twice_none_at_night(year):
    for case, sides in CASES.items():
        for side, expected in sides.items():
            rows = Asking.objects.filter(introduction=year[case], side=side)
            asked = [(timezone.localdate(row.at), row.what) for row in rows]
            assert (case, side, asked) == (case, side, expected)

    mails = Email.objects.exclude(template="test")
    days = Counter((mail.to[0], timezone.localdate(mail.queued_at)) for mail in mails)
    assert set(days.values()) == {1}
    assert all(at_work(mail.queued_at) for mail in mails)
    assert {mail.template for mail in mails} == {"outcome_news"}
    told = {
        (year[case].application.contact.email if side == SME else "contact@example.com", day)
        for case, sides in CASES.items()
        for side, expected in sides.items()
        for day, _what in expected
    }
    assert set(days) == told


@pytest.fixture
def clock(time_machine):
    """`clock(month, day)`: ten in the morning."""

    def move(month, day, hour=10):
        time_machine.move_to(at(date(2026, month, day), time(hour)), tick=False)

    move(10, 29)
    return move


@pytest.fixture
def introduction(clock):
    group = group_user()
    its = {
        "opportunity__owner": group.organisation,
        "opportunity__created_by": group,
        "opportunity__contact_email": "contact@example.com",
        "opportunity__deputy_email": "suppleant@example.com",
    }
    return IntroductionFactory(application=ApplicationFactory(sent=True, state="accepted", **its))


def told():
    return {mail.to[0]: mail for mail in Email.objects.exclude(template="test")}


@pytest.mark.parametrize(("day", "count"), [(4, 0), (5, 2)])
def test_the_fifth_working_day_and_not_the_fourth(clock, introduction, day, count):
    clock(11, day)

    assert digest.run() == count
    assert digest.run() == 0


def test_a_mail_asks_with_a_link_and_says_who_the_other_is(clock, introduction, settings):
    clock(11, 5)
    digest.run()

    sme, group = told()[introduction.application.contact.email], told()["contact@example.com"]

    assert sme.subject == f"Le contact avec {introduction.application.opportunity.owner.name} a-t-il eu lieu ?"
    assert group.subject == f"Le contact avec {introduction.application.company.name} a-t-il eu lieu ?"
    pk = introduction.application_id
    for mail, path in [(sme, f"/candidatures/{pk}/suite/"), (group, f"/candidatures/{pk}/dossier/suite/")]:
        assert settings.SITE_URL + path in mail.text
        assert settings.SITE_URL + path in mail.html


def test_several_for_one_person_are_one_mail(clock, introduction):
    IntroductionFactory(
        application=ApplicationFactory(
            sent=True, state="accepted", opportunity=introduction.application.opportunity, contact=sme_user()
        )
    )
    clock(11, 5)

    assert digest.run() == 3

    mail = told()["contact@example.com"]
    names = list(Introduction.objects.values_list("application__company__name", flat=True))
    assert [name for name in names if name in mail.text and name in mail.html] == names
    assert "/dossier/suite/" in mail.text


def test_among_other_things_to_do_it_is_in_the_same_mail(clock, introduction):
    opportunity = introduction.application.opportunity
    opportunity.apply_by, opportunity.answer_by = date(2026, 10, 30), date(2026, 11, 5)
    opportunity.save()
    waiting = ApplicationFactory(sent=True, opportunity=opportunity)
    clock(11, 5)
    digest.run()

    mail = told()["contact@example.com"]

    assert (mail.template, mail.subject) == ("to_do", "2 dossiers attendent votre réponse")
    assert waiting.company.name in mail.text
    asked = f"{introduction.application.company.name} : le contact a-t-il eu lieu ?"
    assert asked in mail.text.replace("\N{NO-BREAK SPACE}", " ")
    clock(11, 5, 15)
    assert digest.run() == 0


def test_the_deputy_is_asked_while_the_contact_is_away(clock, introduction):
    Absence.objects.create(
        organisation=introduction.application.opportunity.owner,
        email="contact@example.com", first_day=date(2026, 11, 2), last_day=date(2026, 11, 6),
    )  # fmt: skip
    clock(11, 5)
    digest.run()

    assert "suppleant@example.com" in told()
    assert "contact@example.com" not in told()


def test_who_has_left_is_not_asked_but_who_runs_the_company(clock, introduction):
    left = introduction.application.contact
    admin = MembershipFactory(organisation=introduction.application.company, role=Membership.Role.ADMIN).user
    left.memberships.update(ended_at=timezone.now())
    clock(11, 5)
    digest.run()

    assert admin.email in told()
    assert left.email not in told()


def test_a_group_without_an_address_is_asked_on_its_page_alone(clock):
    owner = group_user().organisation
    opportunity = OpportunityFactory(published=True, owner=owner, contact_email="", deputy_email="")
    introduction = IntroductionFactory(
        application=ApplicationFactory(sent=True, state="accepted", opportunity=opportunity)
    )
    clock(11, 5)

    assert digest.run() == 1
    assert introduction.askings.filter(side=GROUP, address="").count() == 1


@pytest.mark.parametrize("stop", ["company", "group", "opportunity"])
def test_nobody_is_asked_while_one_is_suspended(clock, introduction, stop):
    its = introduction.application
    row = {"company": its.company, "group": its.opportunity.owner, "opportunity": its.opportunity}[stop]
    row.state = "suspended"
    row.save()
    clock(11, 5)

    assert digest.run() == 0


def test_who_spoke_a_moment_ago_is_not_asked(clock, introduction, monkeypatch):
    """Between the search for what is due and the mail."""
    clock(11, 5)
    found = digest.outcome_clock.still

    def speak_first(asks, today):
        if asks and asks[0].side == SME:
            outcomes.declare(introduction, SME, Words("contact"), by=introduction.application.contact)
        return found(asks, today)

    monkeypatch.setattr(digest.outcome_clock, "still", speak_first)

    assert digest.run() == 1
    assert list(told()) == ["contact@example.com"]


def test_an_old_introduction_is_left_in_peace(clock, introduction):
    Introduction.objects.update(sent_at=timezone.now() - timedelta(days=366))

    assert digest.run() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_due_takes_a_fixed_number_of_queries(clock, rows, django_assert_num_queries):
    for _ in range(rows):
        IntroductionFactory()
    clock(11, 5)

    # rows, what was told, those due, members, who has left, absences; no more rows, and no portages
    with django_assert_num_queries(8):
        found = list(digest.outcome_clock.due(date(2026, 11, 5)))

    assert len(found) == 2 * rows
