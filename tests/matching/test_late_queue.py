"""The staff's queue of groups to call: what it counts, where it leads, and what was said on the telephone."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from matching import apply
from matching.ladder import Rung
from matching.models import Application, Call, Reminder
from opportunities.models import Opportunity
from tests.factories import ApplicationFactory, group_user, sign_in_staff


@pytest.fixture
def late():
    today = timezone.localdate()
    application = ApplicationFactory(sent=True, opportunity__apply_by=None)
    application.opportunity.answer_by = today - timedelta(days=12)
    application.opportunity.save()
    for begins in (today - timedelta(days=30), today - timedelta(days=12)):  # the promise was put off once
        Reminder.objects.create(application=application, begins=begins, rung=Rung.STAFF)
    ApplicationFactory(sent=True, opportunity__apply_by=None, opportunity__answer_by=today - timedelta(days=1))
    return application


def queue(client):
    found = client.get(reverse("admin:index")).context["queues"]
    return next(one for one in found if str(one["label"]) == "Réponses en retard")


def test_home_counts_the_groups_to_call_and_leads_to_them(client, late):
    sign_in_staff(client)

    page = client.get(queue(client)["url"])

    assert queue(client)["count"] == 1
    assert list(page.context["cl"].result_list) == [late]
    assert "12" in page.content.decode()


def test_what_is_answered_leaves_the_queue(client, late):
    sign_in_staff(client)
    Application.objects.update(state="accepted")

    assert queue(client)["count"] == 0


def test_a_call_is_noted_and_shown_to_staff_alone(client, late):
    staff = sign_in_staff(client)
    address = reverse("admin:matching_application_transition", args=[late.pk, "call"])

    client.post(address, {"text": "Réponse promise pour lundi."})

    call = Call.objects.get()
    assert (call.application, call.author, call.text) == (late, staff, "Réponse promise pour lundi.")
    page = client.get(reverse("admin:matching_application_change", args=[late.pk]))
    assert "Réponse promise pour lundi." in page.content.decode()
    assert not late.history.exists()
    with pytest.raises(PermissionDenied):
        apply.note_call(late, by=group_user(), text="Non.")


def test_the_page_of_a_late_answer_says_whom_to_call_in_french(client, late):
    user = group_user()
    User.objects.filter(pk=user.pk).update(phone="01 99 00 12 34", email="decide@example.com")
    Opportunity.objects.filter(pk=late.opportunity_id).update(contact_name="Ada", contact_email="decide@example.com")
    sign_in_staff(client)

    page = client.get(reverse("admin:matching_application_change", args=[late.pk])).text

    assert "decide@example.com · 01 99 00 12 34" in page
    assert f'<a href="{reverse("admin:accounts_user_change", args=[user.pk])}">' in page
    assert f'<a href="{reverse("admin:opportunities_opportunity_change", args=[late.opportunity_id])}">' in page
    assert "viewsitelink" not in page  # the SME's own
    for english in ("Opportunity", "Company", "Created by", "Consent version", "Waiting word"):
        assert f"{english} :" not in page.replace("\xa0", " ")
