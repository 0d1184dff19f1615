"""Public questions that wait: on the group's dashboard at once, in its mail of what it has to do after some days."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Email
from matching import digest
from opportunities import enquiries
from tests.factories import OpportunityFactory, colleague, group_user, sme_user

ASKED = datetime(2026, 9, 7, 10, tzinfo=UTC)  # a Monday
SECOND, THIRD, FOURTH = (datetime(2026, 9, day, 9, tzinfo=UTC) for day in (9, 10, 11))


@pytest.fixture
def owner():
    return group_user()


@pytest.fixture
def opportunity(owner, time_machine):
    time_machine.move_to(ASKED, tick=False)
    return OpportunityFactory(
        published=True, owner=owner.organisation, created_by=owner, apply_by="2026-12-01", answer_by="2027-02-01"
    )


def asked(opportunity, *texts):
    return [enquiries.ask(opportunity, by=sme_user(), text=text) for text in texts]


def mails():
    return Email.objects.filter(template="to_do")


def test_the_dashboard_shows_how_many_wait_and_leads_to_them(client, opportunity, owner):
    one, other = asked(opportunity, "Où livrer ?", "Quand livrer ?")
    client.force_login(owner)
    dashboard = reverse("matching:group_dashboard")

    both = client.get(dashboard)
    enquiries.answer(one, by=owner, text="Au port.")
    last = client.get(dashboard)
    enquiries.answer(other, by=owner, text="En mai.")

    assert "2 questions publiques attendent votre réponse" in both.text
    assert reverse("opportunities:enquiries", args=[opportunity.pk]) in both.text
    assert "Une PME vous pose une question publique" in last.text
    assert client.get(dashboard).context["awaited"] == []


def test_who_only_reads_is_not_asked_for_answers(client, opportunity, owner):
    asked(opportunity, "Où livrer ?")
    client.force_login(colleague(owner, role="reader"))

    assert client.get(reverse("matching:group_dashboard")).context["awaited"] == []


def test_after_three_working_days_they_are_in_the_mail_of_the_day_once(opportunity):
    asked(opportunity, "Où livrer ?")

    assert digest.run(SECOND) == 0
    assert [digest.run(day) for day in (THIRD, FOURTH)] == [1, 0]

    mail = mails().get()
    assert mail.to == [opportunity.contact_email]
    assert "Où livrer ?" in mail.text
    assert reverse("opportunities:enquiries", args=[opportunity.pk]) in mail.text


@pytest.mark.parametrize("what", ["answered", "withdrawn", "suspended group"])
def test_what_needs_no_answer_any_more_is_in_no_mail(opportunity, owner, what):
    (enquiry,) = asked(opportunity, "Où livrer ?")
    if what == "answered":
        enquiries.answer(enquiry, by=owner, text="Au port.")
    elif what == "withdrawn":
        opportunity.withdraw(by=owner, reason="Projet arrêté.")
    else:
        type(opportunity.owner).objects.filter(pk=opportunity.owner_id).update(state="suspended")

    digest.run(THIRD)

    assert not mails().exists()
