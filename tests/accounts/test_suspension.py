"""Staff suspend an organisation and put it back; its people read why, once."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts import suspension
from accounts.models import Email
from pacte.states import StateError
from tests.factories import UserFactory, colleague, group_user, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db


def press(client, organisation, name, reason="Une plainte est à l'étude."):
    url = reverse("admin:accounts_organisation_transition", args=[organisation.pk, name])
    return client.post(url, {"reason": reason}, follow=True)


@pytest.mark.parametrize("make", [sme_user, group_user])
def test_its_administrators_read_why_then_that_all_goes_on(client, make):
    admin = make()
    colleague(admin)
    sign_in_staff(client)

    for name in ("suspend", "suspend", "restore", "restore"):
        press(client, admin.organisation, name)

    suspended, restored = Email.objects.order_by("pk")
    assert [suspended.to, restored.to] == [[admin.email]] * 2
    assert "Une plainte est à l'étude." in suspended.text
    assert "rétabli" in restored.subject
    assert ("une à une" in restored.text) is (make is group_user)
    assert [move.after for move in admin.organisation.history.all()][-2:] == ["suspended", "verified"]


def test_while_it_lasts_its_people_read_that_the_access_is_closed(client):
    admin = sme_user()
    suspension.suspend(admin.organisation, by=UserFactory(staff=True), reason="Une plainte.")
    client.force_login(admin)

    assert client.get(reverse("matching:sme_dashboard")).status_code == 403


def test_it_takes_staff_and_a_reason():
    admin = sme_user()

    with pytest.raises(PermissionDenied):
        suspension.suspend(admin.organisation, by=admin, reason="Pour voir.")
    with pytest.raises(StateError, match="motif"):
        suspension.suspend(admin.organisation, by=UserFactory(staff=True), reason=" ")
