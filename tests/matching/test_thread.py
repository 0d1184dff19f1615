"""Questions and answers about an application, on both sides' pages."""

from datetime import UTC, date, datetime

import pytest
from django.urls import reverse

from accounts.models import Email, Membership, User
from matching import apply, overdue, thread
from matching.models import Application, Message
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, colleague, group_user


@pytest.fixture
def decider():
    return group_user()


@pytest.fixture
def application(decider):
    post = OpportunityFactory(published=True, secret=True, owner=decider.organisation, created_by=decider)
    return ApplicationFactory(sent=True, opportunity=post)


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def confirmed(client, application, text):
    shown = client.post(url("application_ask", application), {"text": text, "preview": ""})
    return client.post(url("application_ask", application), shown.context["form"].initial | {"confirm": ""})


def test_a_question_leaves_after_it_was_shown_and_its_answer_comes_back(client, application, decider):
    client.force_login(decider)
    address = url("application_ask", application)
    shown = client.post(address, {"text": "Quel délai ?", "preview": ""})
    assert "Quel délai ?" in shown.context["preview"]["text"]
    assert not Message.objects.exists()
    client.post(address, shown.context["form"].initial | {"confirm": ""})
    client.force_login(application.contact)
    page = client.get(application.get_absolute_url())
    assert "Quel délai ?" in page.content.decode()
    assert page.context["next_step"].startswith("À vous")

    client.post(url("application_answer", application), {"text": "Trois mois."})

    client.force_login(decider)
    page = client.get(url("application_review", application))
    assert [(line.text, line.mine) for line in page.context["thread"]] == [
        ("Quel délai ?", True),
        ("Trois mois.", False),
    ]
    assert Application.objects.get().awaiting == "group"
    mails = Email.objects.order_by("pk")
    assert [mail.template for mail in mails] == ["application_question", "application_answer"]
    assert "Quel délai ?" in mails[0].text
    assert "Trois mois." in mails[1].text


def test_neither_thread_nor_mail_says_who_a_confidential_group_is(client, application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")
    client.force_login(application.contact)

    page = client.get(url("application_answer", application)).content.decode()

    mail = Email.objects.get()
    for secret in (decider.organisation.name, decider.last_name, decider.email):
        assert secret not in page + mail.text + mail.html + mail.subject


@pytest.mark.parametrize("text", ["", "Appelez-moi au 06 12 34 56 78", "Écrivez à moi@example.com"])
def test_a_message_that_may_not_leave_is_given_back_with_its_reason(client, application, decider, text):
    client.force_login(decider)

    page = client.post(url("application_ask", application), {"text": text, "preview": ""})

    assert page.context["form"].errors["text"]
    assert page.context["form"]["text"].value() == text
    assert not Message.objects.exists()


def test_a_question_does_not_name_the_confidential_group(client, application, decider):
    client.force_login(decider)

    page = client.post(
        url("application_ask", application), {"text": f"Connaissez-vous {decider.organisation.name} ?", "preview": ""}
    )

    assert page.context["form"].errors["text"]


def test_nor_the_colleague_who_writes_it_whom_nobody_had_named_before(client, application, decider):
    writer = colleague(decider)
    User.objects.filter(pk=writer.pk).update(first_name="Ursule", last_name="Zéphyrine")
    client.force_login(writer)

    asked = client.post(url("application_ask", application), {"text": "Quel délai ? Ursule Zéphyrine"})
    said_no = client.post(url("application_decline", application), {"reason": "size", "text": "Ursule Zéphyrine"})
    reached = client.post(url("application_decline", application), {"reason": "size", "text": "Au 01 99 00 12 34"})

    assert [list(page.context["form"].errors) for page in (asked, said_no, reached)] == [["text"]] * 3
    assert not Email.objects.exists()


def test_an_answer_is_sent_once(client, application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")
    client.force_login(application.contact)

    for _click in range(2):
        client.post(url("application_answer", application), {"text": "Trois mois."})

    assert Message.objects.filter(side="sme").count() == 1


def test_nothing_more_is_said_once_it_is_decided(application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")
    apply.decline(application, by=decider, reason="size")

    with pytest.raises(StateError):
        thread.ask(application, by=decider, text="Encore ?")
    with pytest.raises(StateError):
        thread.answer(application, by=application.contact, text="Trois mois.")


def test_who_only_reads_sees_the_thread_and_cannot_answer(client, application, decider):
    thread.ask(application, by=decider, text="Quel délai ?")
    client.force_login(colleague(application.contact, Membership.Role.READER))

    page = client.get(application.get_absolute_url()).content.decode()

    assert "Quel délai ?" in page
    assert url("application_answer", application) not in page
    assert client.post(url("application_answer", application), {"text": "Oui."}).status_code == 403


def test_the_group_s_clock_waits_for_the_answer_five_working_days_at_most(application, decider, time_machine):
    time_machine.move_to(datetime(2026, 11, 2, 10, tzinfo=UTC), tick=False)
    application.opportunity.answer_by = date(2026, 11, 26)
    application.opportunity.apply_by = None
    application.opportunity.save()
    Application.objects.update(sent_at=datetime(2026, 11, 2, tzinfo=UTC))
    time_machine.move_to(datetime(2026, 11, 25, 10, tzinfo=UTC), tick=False)
    thread.ask(Application.objects.get(), by=decider, text="Quel délai ?")
    (rows,) = overdue.batches()

    due = {day: bool(overdue.due(rows, date(2026, 12, day))) for day in (1, 2, 4)}

    assert due == {1: False, 2: True, 4: True}  # asked on Wednesday 25: the clock runs again on Wednesday 2


@pytest.mark.parametrize("rows", [1, 3])
def test_the_file_takes_the_same_queries_always(client, application, decider, rows, django_assert_num_queries):
    for _one in range(rows):
        thread.ask(application, by=decider, text="Quel délai ?")
    client.force_login(decider)
    client.get(url("application_review", application))

    with django_assert_num_queries(REVIEW_QUERIES):
        client.get(url("application_review", application))


REVIEW_QUERIES = 19
