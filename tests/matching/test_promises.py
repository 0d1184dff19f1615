"""The day promised for an answer: what stood when an application was sent is not put off by writing another."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import apply, changes, figures, overdue, subscriptions
from matching.ladder import Rung
from matching.models import Application
from opportunities.amendments import Effect
from opportunities.models import Amendment, Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, sme_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_tuesday(time_machine):
    """Twenty days later the clocks work: on a Saturday they would wait."""
    time_machine.move_to(datetime(2026, 6, 2, 10, tzinfo=timezone.get_default_timezone()))


def day(days):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


@pytest.fixture
def opportunity(author):
    return OpportunityFactory(
        published=True, owner=author.organisation, created_by=author, apply_by=None, answer_by=day(10)
    )


def sent(opportunity):
    application = ApplicationFactory(opportunity=opportunity)
    apply.send(application, by=application.contact, consented=True)
    return application


def promise(opportunity, author, to):
    before = opportunity.answer_by.isoformat()
    return changes.amend(opportunity, {"answer_by": [before, to.isoformat()]}, by=author)


def test_a_later_promise_is_public_at_once_and_told_to_applicants_and_followers(opportunity, author):
    application, follower = sent(opportunity), sme_user()
    subscriptions.follow(follower, opportunity)

    effect = promise(opportunity, author, day(40))
    changes.announce_due()

    assert effect == Effect.TOLD
    assert not Amendment.objects.exists()
    rows = Email.objects.filter(template__in=["application_changed", "follow_news"])
    texts = {one.template: one.text for one in rows}
    assert {one.to[0] for one in rows} == {application.contact.email, follower.email}
    assert "Pour votre candidature, la réponse reste promise avant le" in texts["application_changed"]
    assert "reste promise" not in texts["follow_news"]


def test_the_page_says_so_before_anything_leaves(client, opportunity):
    sent(opportunity)
    form = client.get(reverse("matching:amend", args=[opportunity.pk])).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: ", ".join(value) if name.endswith("_codes") else value for name, value in shown.items()}
    typed = {name: value for name, value in typed.items() if value not in (None, False)}

    page = client.post(reverse("matching:amend", args=[opportunity.pk]), typed | {"answer_by": day(40).isoformat()})

    assert not page.context["reviewed"]
    assert "reste promise avant le" in page.context["preview"]["text"]
    assert Opportunity.objects.get().answer_by == day(10)


def test_the_ladder_and_the_figures_hold_to_the_promise_that_stood_at_the_sending(opportunity, author, time_machine):
    first = sent(opportunity)
    promise(opportunity, author, day(40))
    second = sent(opportunity)
    opportunity.refresh_from_db()
    promised = {first.pk: day(10), second.pk: day(40)}
    time_machine.move_to(timezone.now() + timedelta(days=20))

    batch = next(overdue.batches())
    late = [case.application.pk for case in overdue.due(batch, timezone.localdate()) if case.reached >= Rung.DUE]

    assert {one.pk: one.promise for one in Application.objects.select_related("opportunity")} == promised
    assert late == [first.pk]
    assert figures.count()["promised"] == 1
    apply.decline(Application.objects.get(pk=first.pk), by=author, reason="size")
    assert figures.count()["in_time"] == 0


def test_a_sooner_promise_binds_for_those_who_applied_before_too(opportunity, author):
    application = sent(opportunity)

    promise(opportunity, author, day(5))

    assert Application.objects.select_related("opportunity").get(pk=application.pk).promise == day(5)


def test_the_group_s_pages_say_the_day_that_was_promised(client, opportunity, author):
    application = sent(opportunity)
    promise(opportunity, author, day(40))
    Application.objects.update(promised_by=day(-1))

    dashboard = client.get(reverse("matching:group_dashboard"))
    review = client.get(reverse("matching:application_review", args=[application.pk]))
    late = client.get(reverse("matching:applicants", args=[opportunity.pk]), {"urgence": "en-retard"})

    assert [row.is_late for row in dashboard.context["rows"]] == [True]
    assert "1 jour de retard" in review.text
    assert [row.pk for row in late.context["page"]] == [application.pk]


def test_one_whose_promised_day_has_passed_may_still_change_in_the_rest(opportunity, author, time_machine):
    time_machine.move_to(timezone.now() + timedelta(days=20))

    effect = changes.amend(opportunity, {"title": [opportunity.title, "Des vannes pour le désert"]}, by=author)

    assert effect == Effect.SILENT
    assert Opportunity.objects.get().title == "Des vannes pour le désert"


def test_a_promise_that_is_changed_may_not_be_for_a_day_that_has_passed(opportunity, author):
    with pytest.raises(StateError, match="passée"):
        promise(opportunity, author, day(-1))
