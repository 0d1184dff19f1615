"""What waits for an SME's person, as lines of the one mail a day: once each, on its day, to whoever may act."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Certificate, Email, Membership, SmeProfile, User
from matching import apply, digest, partners, portage, sme_nudges, thread
from matching.models import Application, Nudge
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def clock(time_machine):
    """`clock(day)` is ten in the morning of that day of November 2026; the 2nd is a Monday, the 11th a holiday."""

    def move(day, month=11, hour=10):
        time_machine.move_to(datetime.combine(date(2026, month, day), time(hour), PARIS), tick=False)

    move(2)
    return move


@pytest.fixture
def decider(clock):
    return group_user()


@pytest.fixture
def application(decider):
    post = OpportunityFactory(
        published=True, owner=decider.organisation, created_by=decider, title="Vannes", apply_by=date(2026, 11, 30),
        answer_by=date(2027, 1, 29),
    )  # fmt: skip
    return ApplicationFactory(sent=True, opportunity=post)


def told(clock, days, address=None):
    """{day: lines} of the mails that leave over these days."""
    found = {}
    for day in days:
        for hour in (7, 8, 17):
            clock(day, hour=hour)
            before = set(Email.objects.values_list("pk", flat=True))
            digest.run()
            for mail in Email.objects.filter(template="to_do").exclude(pk__in=before):
                if address in {None, mail.to[0]}:
                    text = mail.text.replace("\N{NO-BREAK SPACE}", " ")
                    found[day] = [line[2:] for line in text.splitlines() if line.startswith("- ")]
    return found


def test_a_question_without_an_answer_is_recalled_once_before_its_five_days_are_over(clock, application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")

    assert told(clock, range(2, 12), application.contact.email) == {5: ["Vannes – avant le 9 novembre 2026"]}
    assert f"/candidatures/{application.pk}/" in Email.objects.get(template="to_do").text


@pytest.mark.parametrize("what", ["answered", "withdrawn", "suspended", "missed"])
def test_a_question_that_is_answered_or_over_is_not_recalled(clock, application, decider, what):
    thread.ask(application, by=decider, text="Quel délai ?")
    clock(4)
    if what == "answered":
        thread.answer(application, by=application.contact, text="Deux mois.")
    elif what == "withdrawn":
        apply.withdraw(application, by=application.contact)
    elif what == "suspended":
        application.company.suspend(by=UserFactory(staff=True), reason="Litige")

    assert told(clock, range(10, 13) if what == "missed" else range(4, 13), application.contact.email) == {}


def test_another_question_is_recalled_anew(clock, application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")
    clock(6)
    thread.answer(application, by=application.contact, text="Deux mois.")
    thread.ask(application, by=decider, text="Quel prix ?")

    assert list(told(clock, range(6, 20), application.contact.email)) == [12]  # the 11th is no working day


def test_a_question_about_portage_is_recalled_without_saying_which_group(clock):
    group = group_user(name="DÉMO Groupe Alizés", profile__places=["MA"])
    answer = PortageAnswerFactory(group=group.organisation, answer_by=date(2026, 12, 31))
    portage.question(answer.request, by=group, text="Quel délai ?")

    assert told(clock, range(2, 12), answer.request.contact.email) == {5: ["Maroc – avant le 9 novembre 2026"]}
    assert "Alizés" not in Email.objects.get(template="to_do").text


def test_a_change_to_confirm_is_recalled_once_two_working_days_before_its_last(clock, application):
    Application.objects.update(recheck_by=date(2026, 11, 12))

    assert told(clock, range(2, 16), application.contact.email) == {9: ["Vannes – avant le 12 novembre 2026"]}


def test_a_change_that_is_confirmed_is_not_recalled(clock, application):
    Application.objects.update(recheck_by=date(2026, 11, 12))
    application.refresh_from_db()
    apply.confirm(application, by=application.contact)

    assert told(clock, range(2, 16), application.contact.email) == {}


def invited(lead):
    other = sme_user(name="DÉMO Associée")
    draft = ApplicationFactory(opportunity=OpportunityFactory(published=True, title="Pompes"), contact=lead)
    return other, partners.invite(draft, by=lead, siren=other.organisation.siren)


def test_an_invitation_without_an_answer_is_recalled_once_after_three_working_days(clock):
    other, partner = invited(sme_user(name="DÉMO Pilote"))

    assert told(clock, range(2, 12)) == {5: ["DÉMO Pilote vous invite à candidater ensemble : Pompes"]}
    assert partner.state == "invited"
    assert Email.objects.get(template="to_do").to == [other.email]


@pytest.mark.parametrize("what", ["joined", "declined", "sent", "closed"])
def test_an_invitation_that_is_answered_or_too_late_is_not_recalled(clock, what):
    other, partner = invited(lead := sme_user())
    if what == "joined":
        partners.join(partner, by=other, brings="", consented=True)
    elif what == "declined":
        partners.decline(partner, by=other)
    elif what == "sent":
        apply.send(partner.application, by=lead, consented=True)
    else:
        partner.opportunity.close(by=None)

    assert told(clock, range(2, 12), other.email) == {}


def certified(user, day, code="iso-9001"):
    profile = SmeProfile.objects.get(organisation=user.organisation)
    return Certificate.objects.create(profile=profile, code=code, expires_on=day)


def test_a_certificate_is_told_of_once_sixty_days_before_it_ends(clock):
    user = sme_user()
    certified(user, date(2027, 1, 8))
    certified(user, None, "iso-14001")
    certified(user, date(2026, 11, 1), "iso-45001")  # over already

    found = told(clock, range(2, 30), user.email)

    (day, (line,)), = found.items()  # fmt: skip
    assert day == 9
    assert line.startswith("ISO 9001 – qualité : valable jusqu'au 8 janvier 2027")


def test_a_certificate_that_is_written_again_is_told_of_anew_for_a_new_date_alone(clock):
    user = sme_user()
    certified(user, date(2026, 12, 1)).delete()
    certified(user, date(2026, 12, 1))
    assert list(told(clock, [2, 3], user.email)) == [2]
    Certificate.objects.all().delete()
    certified(user, date(2026, 12, 1))
    assert told(clock, [4, 5], user.email) == {}

    Certificate.objects.update(expires_on=date(2026, 12, 2))

    assert list(told(clock, [6, 9], user.email)) == [6]


def test_it_is_told_to_who_may_act_and_again_to_nobody_when_they_leave(clock, application, decider):
    person = application.contact
    admin = colleague(person, Membership.Role.ADMIN)
    colleague(person, Membership.Role.READER)
    Membership.objects.filter(user=person).update(ended_at="2026-11-01T00:00Z")
    thread.ask(application, by=decider, text="Quel délai ?")

    assert list(told(clock, [5])) == [5]
    assert Nudge.objects.get().address == admin.email
    User.objects.filter(pk=admin.pk).update(is_active=False)
    assert told(clock, [6]) == {}


def test_all_that_waits_for_a_person_is_one_mail(clock, application, decider):
    user = application.contact
    certified(user, date(2026, 12, 1))
    thread.ask(application, by=decider, text="Quel délai ?")
    Application.objects.update(recheck_by=date(2026, 11, 6))
    clock(5)

    digest.run()

    mail = Email.objects.get(to=[user.email], template="to_do")
    assert mail.subject == "3 dossiers attendent votre réponse"
    assert "/tableau-de-bord/" in mail.text
    assert "contact d'une opportunité" not in mail.text


@pytest.mark.parametrize("rows", [1, 3])
def test_reading_what_waits_takes_the_same_queries_whatever_there_is(
    clock, application, decider, rows, django_assert_num_queries
):
    ApplicationFactory.create_batch(rows - 1, sent=True, opportunity=application.opportunity)
    for one in Application.objects.all():
        thread.ask(one, by=decider, text="Quel délai ?")
        certified(one.contact, date(2026, 12, 1))
        invited(one.contact)
    Application.objects.filter(state="sent").update(recheck_by=date(2026, 11, 6))
    clock(5)

    with django_assert_num_queries(6):
        found = sme_nudges.due(datetime(2026, 11, 5, 10, tzinfo=PARIS))

    assert len(found) == 4 * rows
