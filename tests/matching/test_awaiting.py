"""What awaits an SME, at the head of its dashboard: each thing once, with the page where it is done."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import SmeProfile
from matching import awaiting
from matching.models import Application, Introduction
from tests.factories import ApplicationFactory, EmailFactory, IntroductionFactory, OpportunityFactory, sme_user


@pytest.fixture
def user():
    return sme_user()


def told(user):
    return [(one.text.replace("\xa0", " "), one.url) for one in awaiting.of(user.organisation)]


def address(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def in_days(days):
    return timezone.localdate() + timedelta(days=days)


def closing(days):
    return OpportunityFactory(published=True, apply_by=in_days(days))


def test_questions_then_changes_then_drafts_by_their_day(user):
    its = {"contact": user}
    last, first = [ApplicationFactory(**its, opportunity=closing(days)) for days in (7, 0)]
    ApplicationFactory(**its, opportunity=closing(8))
    ApplicationFactory(**its, opportunity=OpportunityFactory(closed=True, apply_by=in_days(1)))
    changed = ApplicationFactory(**its, sent=True, recheck_by=in_days(0))
    ApplicationFactory(**its, sent=True, recheck_by=in_days(-1))
    asked = ApplicationFactory(**its, sent=True, awaiting="sme")
    ApplicationFactory(**its, sent=True, awaiting="group")
    ApplicationFactory(sent=True, awaiting="sme")  # another company's

    assert [url for _text, url in told(user)] == [
        address("application_answer", asked),
        address("application_status", changed),
        address("application_edit", first),
        address("application_edit", last),
    ]
    assert all(title in text for (text, _url), title in zip(
        told(user), [one.opportunity.title for one in (asked, changed, first, last)], strict=True
    ))  # fmt: skip


def revealed(user, **fields):
    its = ApplicationFactory(contact=user, sent=True, state="accepted", opportunity__secret=True, **fields)
    Introduction.objects.create(application=its, email=EmailFactory(), state="sent", sent_at=timezone.now())
    return its


def test_once_its_name_is_given_whether_one_had_met_the_group_is_asked_until_it_is_said(user):
    its = revealed(user)
    IntroductionFactory(application__contact=user)  # of a group that was named from the start

    before = [text for text, url in told(user) if url == address("application_contact", its)]
    Application.objects.filter(pk=its.pk).update(in_contact="no")
    after = [text for text, url in told(user) if url == address("application_contact", its)]

    assert [text.partition("?")[0] for text in before] == ["Étiez-vous déjà en contact avec ce groupe "]
    assert after == []


@pytest.mark.parametrize(("days", "asked"), [(181, False), (183, True)])
def test_a_profile_that_nobody_confirmed_for_six_months_is_to_be_read_again(user, days, asked):
    said = timezone.now() - timedelta(days=days)
    SmeProfile.objects.filter(organisation=user.organisation).update(confirmed_at=said)

    assert (reverse("accounts:profile") + "#fraicheur" in [url for _text, url in told(user)]) is asked


@pytest.mark.parametrize("rows", [1, 3])
def test_it_takes_a_fixed_number_of_queries(user, rows, django_assert_num_queries):
    for _ in range(rows):
        ApplicationFactory(contact=user, sent=True, awaiting="sme")

    with django_assert_num_queries(7):
        assert len(awaiting.of(user.organisation)) == rows
