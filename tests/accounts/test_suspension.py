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


@pytest.mark.parametrize("make", [sme_user, group_user])
def test_while_it_lasts_its_people_read_why_and_do_nothing(client, make):
    admin = make()
    page = "matching:sme_dashboard" if make is sme_user else "opportunities:create"
    suspension.suspend(admin.organisation, by=UserFactory(staff=True), reason="Une plainte <i>grave</i>.")
    client.force_login(admin)

    answer, own = client.get(reverse(page)), client.get(reverse("dashboard"), follow=True)

    assert answer.status_code == 403
    for one in (answer, own):
        assert "suspendu" in one.text
        assert "Une plainte &lt;i&gt;grave&lt;/i&gt;." in one.text


def test_one_that_was_never_open_reads_no_reason(client):
    client.force_login(group_user(waiting=True))

    answer = client.get(reverse("opportunities:create"))

    assert answer.status_code == 403
    assert "pas ouvert" in answer.text


def test_it_takes_staff_and_a_reason():
    admin = sme_user()

    with pytest.raises(PermissionDenied):
        suspension.suspend(admin.organisation, by=admin, reason="Pour voir.")
    with pytest.raises(StateError, match="motif"):
        suspension.suspend(admin.organisation, by=UserFactory(staff=True), reason=" ")
