"""Attention is counted once a day, and moves a score only where it changed."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import ProfileChange
from matching import fairness, features
from matching.models import Attention, Exposure, Introduction
from tests.factories import ApplicationFactory, EmailFactory, OpportunityFactory, OrganisationFactory


def shown(company, times, *, days_ago=0, side="group"):
    for _ in range(times):
        Exposure.objects.create(
            opportunity=OpportunityFactory(published=True),
            company=company,
            side=side,
            context="applicants" if side == "group" else "list",
            position=1,
            day=timezone.localdate() - timedelta(days=days_ago),
        )


def introduced(company):
    application = ApplicationFactory(sent=True, company=company)
    Introduction.objects.create(application=application, email=EmailFactory(), state="sent", sent_at=timezone.now())


@pytest.fixture
def company(settings):
    settings.MATCHING_WEEKLY_CAP = 8
    return OrganisationFactory()


@pytest.mark.parametrize(("times", "level"), [(0, None), (1, None), (2, 1), (4, 2), (8, 4), (9, 4)])
def test_a_quarter_of_the_cap_is_a_level(company, times, level):
    shown(company, times)

    fairness.count_attention()

    assert Attention.objects.filter(company=company).values_list("congestion", flat=True).first() == level


@pytest.mark.parametrize(("days", "counts"), [(6, True), (7, False)])
def test_a_week_is_seven_days(company, days, counts):
    shown(company, 8, days_ago=days)

    fairness.count_attention()

    assert Attention.objects.filter(company=company).exists() is counts


def test_what_companies_see_themselves_is_no_attention(company):
    shown(company, 8, side="sme")

    assert fairness.count_attention() == 0


def test_counting_twice_changes_nothing_and_a_change_is_noted_once(company):
    shown(company, 4)
    introduced(company)
    ProfileChange.objects.all().delete()

    assert (fairness.count_attention(), fairness.count_attention()) == (1, 0)

    assert list(ProfileChange.objects.values_list("organisation", flat=True)) == [company.pk]


def test_who_is_forgotten_again_is_noted(company):
    shown(company, 4)
    fairness.count_attention()
    Exposure.objects.all().delete()

    assert fairness.count_attention() == 1

    assert not Attention.objects.exists()


def test_the_engine_is_told(company):
    shown(company, 4)
    introduced(company)
    fairness.count_attention()

    [profile] = features.load_profiles([company.pk], timezone.localdate())

    assert (profile.proposed, profile.introduced) == (2, True)


def test_beyond_the_cap_a_company_is_put_forward_no_more(company):
    other = OrganisationFactory()
    shown(company, 8)
    shown(other, 7)

    assert fairness.over_cap([company.pk, other.pk]) == {company.pk}
