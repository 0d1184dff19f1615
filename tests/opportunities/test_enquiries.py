"""Questions on an opportunity: asked without a name, answered once for all."""

import pytest
from django.urls import reverse

from accounts.models import Email
from opportunities import enquiries
from opportunities.models import Enquiry, Opportunity
from pacte.states import StateError
from tests.factories import OpportunityFactory, group_user, sme_user

TEXT = "Où faut-il livrer ?"


@pytest.fixture
def author():
    return group_user(name="DÉMO Zéphyrion")


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)


def person(name, website="", first_name="Camille", last_name="Essai"):
    user = sme_user(name=name, website=website)
    user.first_name, user.last_name = first_name, last_name
    user.save()
    return user


def asked(opportunity, **fields):
    return enquiries.ask(opportunity, by=sme_user(**fields), text=TEXT)


def ask(client, opportunity, text):
    return client.post(reverse("opportunities:ask", args=[opportunity.pk]), {"text": text})


def test_the_group_is_told_of_a_question_without_who_asks(client, opportunity, author):
    asker = sme_user(name="DÉMO Vannes de l'Oise")
    client.force_login(asker)

    for _ in range(2):
        ask(client, opportunity, TEXT)

    enquiry = Enquiry.objects.get()
    assert (enquiry.company, enquiry.asked_by) == (asker.organisation, asker)
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
        assert asker.email not in shown


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


@pytest.mark.parametrize("text", [
    "", "Écrivez à moi@example.com", "Appelez le 06 12 34 56 78", "DEMO dupont robinetterie sas demande",
    "Chez Dupont Robinetterie, nous livrons", "DUPONT-ROBINETTERIE SAS demande un plan", "Chez Dupont, nous livrons",
    "Voir www.dupont-robinetterie.example", "Voir https://demo.example/", "Voir dupont-robinetterie.example",
    "Je suis Quetzal Hippolyte", "Je suis HIPPOLYTE QUETZAL", "Rappelez M. Quetzal",
])  # fmt: skip
def test_a_question_does_not_say_who_asks(client, opportunity, text):
    client.force_login(
        person("DÉMO Dupont Robinetterie SAS", "https://www.dupont-robinetterie.example/", "Hippolyte", "Quetzal")
    )

    answer = ask(client, opportunity, text)

    assert set(answer.context["form"].errors) == {"text"}
    assert not Enquiry.objects.exists()


@pytest.mark.parametrize(("name", "text"), [
    ("DÉMO Vannes SAS", "Nous sommes Vannes SAS"), ("DÉMO Vannes", "Chez Vannes, nous livrons"),
    ("DÉMO Quetzalor", "quetzalor peut livrer"),
])  # fmt: skip
def test_nor_does_one_of_a_company_whose_name_is_one_word(client, opportunity, name, text):
    client.force_login(person(name))

    answer = ask(client, opportunity, text)

    assert set(answer.context["form"].errors) == {"text"}


@pytest.mark.parametrize(("name", "text"), [
    ("DÉMO Vannes", "Faut-il livrer les vannes posées ?"), ("Vannes SAS", "Une vanne ou des vannes ?"),
    ("DÉMO Dupont Robinetterie SAS", "La robinetterie est-elle à fournir ?"), ("DÉMO 3D", "Un plan en 3D ?"),
    ("DÉMO Clapotis", "Le clapotis est-il mesuré ?"), ("", "Où livrer ?"),
])  # fmt: skip
def test_a_company_named_like_its_trade_may_still_speak_of_it(client, opportunity, name, text):
    Opportunity.objects.update(description="Un quai protégé du clapotis.")
    client.force_login(person(name, "https://vannes.example/", "Paul", "Petit"))

    ask(client, opportunity, text)

    assert Enquiry.objects.get().text == text


def test_an_answer_does_not_name_a_confidential_group(client, opportunity, author):
    enquiry = asked(opportunity)
    client.force_login(author)

    named = client.post(reverse("opportunities:answer", args=[enquiry.pk]), {"answer": "Chez Zéphyrion, à Agadir"})
    reached = client.post(reverse("opportunities:answer", args=[enquiry.pk]), {"answer": "Au 01 99 00 12 34."})

    assert [set(page.context["form"].errors) for page in (named, reached)] == [{"answer"}, {"answer"}]
    assert Enquiry.objects.get().answer == ""


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
