"""Those who follow an opportunity and do not apply hear what becomes of it; nobody hears it twice."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import changes, subscriptions
from opportunities import amendments, moderation
from opportunities.models import Amendment
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, colleague, group_user, sme_user


@pytest.fixture
def author():
    return group_user()


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(published=True, owner=author.organisation, created_by=author)


def follower(opportunity, user=None):
    user = user or sme_user()
    subscriptions.follow(user, opportunity)
    return user


def moved(opportunity, author, **pairs):
    changes.amend(opportunity, pairs, by=author)
    amendments.accept(Amendment.objects.get(), by=UserFactory(staff=True))


def told():
    return sorted(address for row in Email.objects.filter(template="follow_news") for address in row.to)


def test_a_change_of_substance_is_told_once_staff_agree_field_by_field(opportunity, author):
    people = [follower(opportunity) for _ in range(2)]

    moved(opportunity, author, places=[["MA"], ["TN"]], contact_email=[opportunity.contact_email, "b@example.com"])
    changes.announce_due()
    changes.announce_due()

    assert told() == sorted(one.email for one in people)
    text = Email.objects.filter(template="follow_news").first().text
    assert "Tunisie" in text
    assert "b@example.com" not in text
    assert "Ne plus recevoir d'alertes" in text


def test_who_applies_or_posts_or_wants_no_reminders_or_came_later_is_not_told(opportunity, author):
    applicant = follower(opportunity)
    ApplicationFactory(sent=True, opportunity=opportunity, company=applicant.organisation, contact=applicant)
    follower(opportunity, colleague(applicant))
    follower(opportunity, author)
    subscriptions.unsubscribe(follower(opportunity))
    gone = follower(opportunity)
    gone.is_active = False
    gone.save()

    changes.close(opportunity, by=author, reason="Nous avons trouvé")
    follower(opportunity)
    changes.announce_due()

    assert told() == []


def test_a_page_leaves_the_followers_mails_to_the_worker(opportunity, author):
    person = follower(opportunity)
    drafting = ApplicationFactory(opportunity=opportunity)

    changes.close(opportunity, by=author, reason="Nous avons trouvé")
    at_once = told()
    changes.announce_due()

    assert (at_once, told()) == ([], [person.email])
    assert Email.objects.get(template="application_closed").to == [drafting.contact.email]
    assert "ne reçoit plus de candidatures" in Email.objects.get(template="follow_news").text


@pytest.mark.parametrize("by_staff", [True, False])
def test_a_withdrawal_is_told_without_its_reason(opportunity, author, by_staff):
    person = follower(opportunity)
    if by_staff:
        moderation.withdraw(opportunity, by=UserFactory(staff=True), reason="Litige")
    else:
        changes.withdraw(opportunity, by=author, reason="Litige")

    changes.announce_due()

    assert told() == [person.email]
    assert "Litige" not in Email.objects.get(template="follow_news").text


def test_the_calendar_closes_without_a_word_to_them(opportunity, time_machine):
    follower(opportunity)
    moderation.close(opportunity, by=None)
    time_machine.move_to(datetime(2030, 3, 4, 10, tzinfo=timezone.get_default_timezone()))  # a Monday

    changes.announce_due()

    assert told() == []


def test_the_page_counts_them_and_shows_their_mail_when_nobody_applies(client, opportunity, author):
    client.force_login(author)
    person = follower(opportunity)

    page = client.post(reverse("matching:close", args=[opportunity.pk]), {"outcome": "filled", "text": ""})

    assert page.context["told"] == ["1 personne qui suit cette opportunité"]
    assert "que vous suivez" in page.context["preview"]["text"]
    assert person.email not in page.text


def test_after_a_change_an_applicant_may_confirm_once_for_five_working_days(client, opportunity, author):
    application = ApplicationFactory(sent=True, opportunity=opportunity, seen_at=timezone.now())
    client.force_login(application.contact)
    url = reverse("matching:application_confirm", args=[application.pk])
    nothing_to_say = client.post(url, follow=True)

    moved(opportunity, author, places=[["MA"], ["TN"]])
    changes.announce_due()
    application.refresh_from_db()
    page = client.get(application.get_absolute_url())
    client.post(url)
    again = client.post(url, follow=True)

    assert "rien à confirmer" in nothing_to_say.text
    assert application.may_recheck
    assert url in page.text
    assert "la confirmer, la modifier ou la retirer" in Email.objects.get(template="application_changed").text
    assert "rien à confirmer" in again.text
    application.refresh_from_db()
    assert (application.state, application.recheck_by) == ("sent", None)
    assert application.history.filter(changes__has_key="recheck_by").count() == 1


def test_after_a_change_what_was_read_may_be_edited_and_is_to_be_read_again(client, opportunity, author):
    application = ApplicationFactory(sent=True, opportunity=opportunity, seen_at=timezone.now())
    client.force_login(application.contact)
    url = reverse("matching:application_edit", args=[application.pk])
    moved(opportunity, author, places=[["MA"], ["TN"]])
    changes.announce_due()

    client.post(url, {"pitch": "Pour la Tunisie aussi.", "contact": application.contact.pk})

    application.refresh_from_db()
    assert application.snapshot["pitch"] == "Pour la Tunisie aussi."
    assert (application.seen_at, application.recheck_by, application.state) == (None, None, "sent")


def test_past_the_days_given_it_stands_as_it_was_written(client, opportunity):
    yesterday = timezone.localdate() - timedelta(days=1)
    application = ApplicationFactory(sent=True, opportunity=opportunity, seen_at=timezone.now(), recheck_by=yesterday)
    client.force_login(application.contact)

    response = client.post(reverse("matching:application_confirm", args=[application.pk]), follow=True)

    assert "rien à confirmer" in response.text
    application.refresh_from_db()
    assert application.state == "sent"


def test_later_dates_alone_ask_nothing_of_applicants(opportunity, author):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    later = [opportunity.apply_by.isoformat(), (opportunity.apply_by + timedelta(days=1)).isoformat()]

    changes.amend(opportunity, {"apply_by": later}, by=author)

    application.refresh_from_db()
    assert application.recheck_by is None
    assert "la confirmer" not in Email.objects.get(template="application_changed").text
