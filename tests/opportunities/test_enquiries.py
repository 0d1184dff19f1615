"""Questions on an opportunity: asked without a name, answered once for all."""

import pytest
from django.urls import reverse

from accounts.models import Email
from opportunities import enquiries
from opportunities.models import Enquiry
from pacte.states import StateError
from tests.factories import OpportunityFactory, group_user, sme_user

TEXT = "Où faut-il livrer ?"


@pytest.fixture
def author():
    return group_user(name="DÉMO Zéphyrion")


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)


def asked(opportunity, **fields):
    return enquiries.ask(opportunity, by=sme_user(**fields), text=TEXT)


def ask(client, opportunity, text):
    return client.post(reverse("opportunities:ask", args=[opportunity.pk]), {"text": text})


def test_the_group_is_told_of_a_question_without_who_asks(client, opportunity, author):
    person = sme_user(name="DÉMO Vannes de l'Oise")
    client.force_login(person)

    for _ in range(2):
        ask(client, opportunity, TEXT)

    enquiry = Enquiry.objects.get()
    assert (enquiry.company, enquiry.asked_by) == (person.organisation, person)
    mailed = Email.objects.get()
    assert mailed.to == [opportunity.contact_email, opportunity.deputy_email, author.email]
    assert TEXT in mailed.text
    client.force_login(author)
    for page in [
        reverse("opportunities:enquiries", args=[opportunity.pk]),
        reverse("opportunities:answer", args=[enquiry.pk]),
    ]:
        shown = client.get(page).text
        assert TEXT in shown
        assert "Oise" not in shown
        assert person.email not in shown


def test_nobody_reads_a_question_before_its_answer_then_everyone_does(client, opportunity, author):
    enquiry = asked(opportunity)
    before = client.get(opportunity.get_absolute_url()).text

    enquiries.answer(enquiry, by=author, text="À Agadir.")

    after = client.get(opportunity.get_absolute_url()).text
    assert TEXT not in before
    assert TEXT in after
    assert "À Agadir." in after
    assert enquiry.company.name not in after
    assert Email.objects.get(template="enquiry_answered").to == [enquiry.asked_by.email]


def test_it_is_answered_once(client, opportunity, author):
    enquiry = asked(opportunity)
    client.force_login(author)
    url = reverse("opportunities:answer", args=[enquiry.pk])

    client.post(url, {"answer": "À Agadir."})
    late = client.post(url, {"answer": "À Rabat."})

    assert Enquiry.objects.get().answer == "À Agadir."
    assert "À Rabat." not in client.get(opportunity.get_absolute_url()).text
    assert set(late.context["form"].errors) == {"answer"}


@pytest.mark.parametrize(
    "text", ["", "Écrivez à moi@example.com", "Appelez le 06 12 34 56 78", "DEMO vannes de l'oise demande"]
)
def test_a_question_does_not_say_who_asks(client, opportunity, text):
    client.force_login(sme_user(name="DÉMO Vannes de l'Oise"))

    answer = ask(client, opportunity, text)

    assert set(answer.context["form"].errors) == {"text"}
    assert not Enquiry.objects.exists()


def test_an_answer_does_not_name_a_confidential_group(client, opportunity, author):
    enquiry = asked(opportunity)
    client.force_login(author)

    page = client.post(reverse("opportunities:answer", args=[enquiry.pk]), {"answer": "Chez Zéphyrion, à Agadir"})

    assert set(page.context["form"].errors) == {"answer"}


def test_a_company_waits_for_its_answers_before_it_asks_more(client, opportunity, author):
    client.force_login(sme_user())
    for number in range(enquiries.MOST):
        ask(client, opportunity, f"Question {number} ?")

    refused = ask(client, opportunity, "Encore une ?")
    enquiries.answer(Enquiry.objects.first(), by=author, text="Oui.")

    assert set(refused.context["form"].errors) == {"text"}
    assert ask(client, opportunity, "Encore une ?").status_code == 302


def test_a_closed_one_takes_no_more_questions(author):
    closed = OpportunityFactory(owner=author.organisation, closed=True)

    with pytest.raises(StateError):
        asked(closed)


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, opportunity, author, count, django_assert_num_queries):
    for _ in range(count):
        enquiries.answer(asked(opportunity), by=author, text="À Agadir.")
        asked(opportunity)
    client.force_login(author)
    url = reverse("opportunities:enquiries", args=[opportunity.pk])
    client.get(url)

    with django_assert_num_queries(9):
        client.get(url)
