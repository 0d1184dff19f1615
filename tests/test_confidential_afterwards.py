"""What goes on after publication names no confidential group either: files, questions, changes, feeds, errors."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import alerts, changes, digest, refresh, reminders, subscriptions
from matching.models import AlertSettings, Follow, SavedSearch
from opportunities import amendments, enquiries
from opportunities.models import Amendment, Attachment
from pacte.workdays import add_workdays, is_worked
from tests.factories import OpportunityFactory, UserFactory, sme_user
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
    answers.append(client.post(file.get_absolute_url(), follow=True))

    assert [told(str(dict(answer.headers))) for answer in answers] == [[], [], []]


def whole(mail):
    return f"{mail.to} {mail.cc} {mail.reply_to} {mail.subject} {mail.text} {mail.html} {mail.key} {mail.about}"


def outside(mails, opportunity, group):  # noqa: F811
    own = {group.email, opportunity.deputy_email}
    return [mail for mail in mails if not {*mail.to, *mail.cc} <= own]


def test_a_change_told_to_applicants_and_followers_names_nobody(opportunity, group, people):  # noqa: F811
    applied(opportunity, people["looking"])
    subscriptions.follow(people["draft"], opportunity)
    before = Email.objects.latest("pk").pk
    earlier = (opportunity.apply_by - timedelta(days=3)).isoformat()
    asked = {
        "apply_by": [opportunity.apply_by.isoformat(), earlier],
        "title": [opportunity.title, f"{WORDS} de deux puits au Maroc"],
    }
    changes.amend(opportunity, asked, by=group)
    amendments.accept(Amendment.objects.get(), by=UserFactory(staff=True))
    changes.announce_due()

    mails = outside(Email.objects.filter(pk__gt=before), opportunity, group)
    assert {mail.template: mail.to for mail in mails} == {
        "application_changed": [people["looking"].email],
        "follow_news": [people["draft"].email],
    }
    assert all("deux puits" in mail.text for mail in mails)  # they do tell what changed
    assert {mail.template: told(whole(mail)) for mail in mails if told(whole(mail))} == {}


def test_what_is_merged_into_one_mail_a_day_goes_to_the_group_alone(opportunity, group, people, time_machine):  # noqa: F811
    for end in ("looking", "draft"):
        applied(opportunity, people[end])
    worked = add_workdays(opportunity.answer_by, 1)
    time_machine.move_to(datetime.combine(worked, time(10), PARIS), tick=False)
    digest.run()

    own = {group.email, opportunity.deputy_email}
    merged = list(Email.objects.filter(template="to_do"))
    assert len(merged) >= 1
    assert all(people[end].organisation.name in merged[0].text for end in ("looking", "draft"))
    assert all({*mail.to, *mail.cc} <= own for mail in merged)


def test_what_is_merged_into_one_mail_for_an_sme_names_nobody(opportunity, people, time_machine):  # noqa: F811
    """Proposals, saved searches and what one follows, each with another opportunity beside it."""
    now = timezone.now()
    later = now + timedelta(days=7)
    while not is_worked(timezone.localdate(later)):
        later += timedelta(days=1)
    morning = datetime.combine(timezone.localdate(later), time(10), PARIS)
    opportunity.apply_by = timezone.localdate(morning) + timedelta(days=7)
    opportunity.save()
    other = OpportunityFactory(published=True, apply_by=opportunity.apply_by, title="Une autre au Maroc")
    person = people["looking"]
    settings = {"since": now - timedelta(days=1), "next_at": now, "frequency": "daily"}
    AlertSettings.objects.update_or_create(user=person, defaults=settings)
    SavedSearch.objects.create(user=person, query="pays=MA", name="Maroc", floor="any", **settings)
    refresh.refresh_due()
    time_machine.move_to(morning, tick=False)
    alerts.tell_due()
    for one in (opportunity, other):
        subscriptions.follow(people["draft"], one)
    Follow.objects.update(created_at=now)
    reminders.remind_due()

    mails = list(Email.objects.filter(template__in=["proposals", "closing_soon"]))
    assert {mail.template for mail in mails} == {"proposals", "closing_soon"}
    for mail in mails:
        assert opportunity.title in mail.text
        assert other.title in mail.text
        assert told(whole(mail)) == []


@pytest.mark.parametrize("address", ["matching:feed", "matching:sitemap", "matching:robots"])
def test_what_machines_read_names_nobody(client, opportunity, address):  # noqa: F811
    answer = client.get(reverse(address))

    assert answer.status_code == 200
    assert told(everything(answer)) == []
    assert address != "matching:feed" or ALIAS in answer.text
