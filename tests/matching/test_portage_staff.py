"""What staff do about portages that went astray: the pages of a late answer and of an introduction that failed."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import User
from matching.models import PortageAnswer
from tests.backoffice import page_of
from tests.factories import PortageAnswerFactory, colleague, group_user, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def group():
    person = group_user(name="DÉMO Groupe Quetzal", profile__places=["MA"])
    User.objects.filter(pk=person.pk).update(phone="+33123456789")
    return person


def button(row, name):
    return reverse(f"admin:matching_{row._meta.model_name}_transition", args=[row.pk, name])


def test_staff_find_whom_to_call_about_a_late_answer_and_note_what_was_said(client, group):
    sme, member = sme_user(), colleague(group)
    answer = PortageAnswerFactory(group=group.organisation, request__contact=sme, rung=7)
    staff = sign_in_staff(client)

    before = client.get(page_of(answer)).content.decode()
    asked = client.get(button(answer, "call")).content.decode()
    after = client.post(button(answer, "call"), {"text": "Réponse promise lundi."}, follow=True).content.decode()

    assert "+33123456789" in before
    assert group.email in before
    assert member.email not in before
    assert "jusqu'à ce qu'il la donne" in unescape(asked)
    assert [(move.actor, move.reason) for move in answer.history.all()] == [(staff, "Réponse promise lundi.")]
    assert "Réponse promise lundi." in after
    assert PortageAnswer.objects.to_call().get() == answer
    client.force_login(sme)
    page = client.get(reverse("matching:portage_status", args=[answer.request_id])).content.decode()
    assert answer.request.text in page
    assert "promise lundi" not in page


def test_an_answer_that_was_given_has_no_call_left_to_note(client, group):
    answer = PortageAnswerFactory(group=group.organisation, state="cancelled")
    sign_in_staff(client)

    page = client.get(page_of(answer)).content.decode()

    assert group.email in page
    assert button(answer, "call") not in page
