"""What goes on after publication names no confidential group either: files, questions, changes, feeds, errors."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse

from accounts.models import Email
from matching import changes, digest
from matching.models import Application
from opportunities import enquiries, moderation
from opportunities.models import Attachment, Enquiry
from tests.factories import UserFactory, sme_user
from tests.test_confidential import (  # noqa: F401 - fixtures
    ALIAS,
    WORDS,
    applied,
    everything,
    group,
    opportunity,
    people,
    told,
)

PARIS = ZoneInfo("Europe/Paris")


@pytest.fixture
def anyone(people):  # noqa: F811
    return people["looking"]


def test_a_question_that_names_the_group_is_reworded_before_it_is_public(client, opportunity, group, anyone):  # noqa: F811
    asked = enquiries.ask(opportunity, by=anyone, text="Est-ce pour Zéphyrine-Barracuda ?")
    url = reverse("opportunities:answer", args=[asked.pk])
    client.force_login(group)

    refused = client.post(url, {"question": asked.text, "answer": "Oui."})
    client.post(url, {"question": "Pour qui est-ce ?", "answer": "Vous le saurez plus tard."})

    assert refused.context["form"].errors["question"]
    asked.refresh_from_db()
    assert (asked.text, asked.answer) == ("Pour qui est-ce ?", "Vous le saurez plus tard.")
    client.force_login(sme_user())
    page = client.get(opportunity.get_absolute_url())
    assert "Pour qui est-ce ?" in page.text
    assert told(everything(page)) == []


def test_a_question_that_waits_is_shown_to_nobody_else(client, opportunity, anyone):  # noqa: F811
    enquiries.ask(opportunity, by=anyone, text="Est-ce pour Zéphyrine-Barracuda ?")
    client.force_login(sme_user())

    assert told(everything(client.get(opportunity.get_absolute_url()))) == []


def test_the_answer_to_a_question_reaches_its_asker_without_a_name(opportunity, group, anyone):  # noqa: F811
    asked = enquiries.ask(opportunity, by=anyone, text="Où livrer ?")
    enquiries.answer(asked, by=group, text="À Agadir.")

    mail = Email.objects.get(template="enquiry_answered")
    assert told(f"{mail.to} {mail.cc} {mail.reply_to} {mail.subject} {mail.text} {mail.html}") == []


@pytest.mark.parametrize("confidential", [False, True])
def test_a_file_comes_without_headers_that_tell(client, opportunity, group, anyone, confidential):  # noqa: F811
    file = Attachment.objects.create(
        opportunity=opportunity, name="plan.pdf", type="pdf", size=5, content=b"%PDF-", state="clean",
        confidential=confidential, added_by=group,
    )  # fmt: skip
    client.force_login(anyone)

    answers = [client.get(url, follow=True) for url in (file.get_absolute_url(), opportunity.get_absolute_url())]

    assert [told(str(dict(answer.headers))) for answer in answers] == [[], []]


def test_a_change_told_to_applicants_and_followers_names_nobody(opportunity, group, people):  # noqa: F811
    applied(opportunity, people["looking"])
    before = Email.objects.count()
    changes.amend(opportunity, {"title": [opportunity.title, f"{WORDS} de deux puits au Maroc"]}, by=group)
    changes.announce_of(opportunity)
    own = {group.email, opportunity.deputy_email}

    mails = [mail for mail in Email.objects.order_by("pk")[before:] if not {*mail.to, *mail.cc} <= own]
    assert {mail.pk: told(f"{mail.to} {mail.cc} {mail.subject} {mail.text} {mail.html}") for mail in mails} == {
        mail.pk: [] for mail in mails
    }


def test_what_is_merged_into_one_mail_a_day_goes_to_the_group_alone(opportunity, group, people, time_machine):  # noqa: F811
    applied(opportunity, people["looking"])
    due = Application.objects.get(opportunity=opportunity, state="sent").opportunity.answer_by or date(2027, 1, 5)
    time_machine.move_to(datetime.combine(due, time(10), PARIS), tick=False)
    digest.run()

    own = {group.email, opportunity.deputy_email}
    assert all({*mail.to, *mail.cc} <= own for mail in Email.objects.filter(template="to_do"))


@pytest.mark.parametrize("address", ["matching:feed", "matching:sitemap", "matching:robots"])
def test_what_machines_read_names_nobody(client, opportunity, address):  # noqa: F811
    answer = client.get(reverse(address))

    assert answer.status_code == 200
    assert told(everything(answer)) == []
    assert address != "matching:feed" or ALIAS in answer.text


@pytest.mark.ignore_template_errors
def test_errors_about_it_name_nobody(client, opportunity, people, group):  # noqa: F811
    application = applied(opportunity, people["looking"])
    moderation.suspend(opportunity, by=UserFactory(staff=True), reason="essai")
    asked = Enquiry.objects.create(opportunity=opportunity, company=people["looking"].organisation, text="Où ?")
    wanted = [
        opportunity.get_absolute_url(),
        reverse("opportunities:manage", args=[opportunity.pk]),
        reverse("matching:applicants", args=[opportunity.pk]),
        reverse("matching:export", args=[opportunity.pk]),
        reverse("matching:application_review", args=[application.pk]),
        reverse("opportunities:answer", args=[asked.pk]),
        reverse("matching:application_start", args=[opportunity.pk]),
    ]

    for who in ("another group", "declined", "nobody"):
        client.logout()
        if people[who]:
            client.force_login(people[who])
        for url in wanted:
            for method in (client.get, client.post):
                assert told(everything(method(url))) == [], (who, url)
