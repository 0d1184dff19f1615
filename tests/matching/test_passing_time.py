"""A certificate that expires and a profile that grows older change scores, though nobody changed the profile."""

from datetime import UTC, date, datetime, timedelta

import pytest

from accounts.models import Certificate, ProfileChange, SmeProfile
from matching import passing_time
from tests.factories import OrganisationFactory

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)


@pytest.fixture
def profile():
    """Confirmed a hundred days ago."""
    company = OrganisationFactory()
    confirmed = datetime(2026, 8, 15, 12, tzinfo=UTC)
    SmeProfile.objects.filter(organisation=company).update(confirmed_at=confirmed)
    ProfileChange.objects.all().delete()
    return SmeProfile.objects.get(organisation=company)


def noted():
    passing_time.note(TODAY)
    return set(ProfileChange.objects.values_list("organisation", flat=True))


@pytest.mark.parametrize(
    ("days", "due"), [(1, False), (0, False), (-1, True), (-3, True), (-4, False)], ids=lambda value: str(value)
)
def test_a_certificate_counts_to_the_end_of_its_last_day(profile, days, due):
    Certificate.objects.create(profile=profile, code="iso-9001", expires_on=TODAY + timedelta(days=days))

    assert noted() == ({profile.organisation_id} if due else set())


@pytest.mark.parametrize(("age", "due"), [(364, False), (365, True), (367, True), (368, False), (730, True)])
def test_a_profile_is_looked_at_when_it_grows_a_year_older(profile, age, due):
    confirmed = datetime(2026, 11, 23, 12, tzinfo=UTC) - timedelta(days=age)
    SmeProfile.objects.filter(pk=profile.pk).update(confirmed_at=confirmed)

    assert noted() == ({profile.organisation_id} if due else set())


def test_without_a_certificate_or_a_birthday_nothing_is_noted(profile):
    Certificate.objects.create(profile=profile, code="iso-9001", expires_on=None)

    assert noted() == set()
