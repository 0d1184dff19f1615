"""What staff do about portages that went astray: the pages of a late answer and of an introduction that failed."""

from html import unescape

import pytest
from django.urls import reverse

from accounts.models import Email, User
from matching import portage
from matching.models import PortageAnswer, PortageIntroduction
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
    assert "Rung on" not in before
    assert group.email in before
    assert member.email not in before
    assert "jusqu'à ce qu'il la donne" in unescape(asked)
    assert [(move.actor, move.reason) for move in answer.history.all()] == [(staff, "Réponse promise lundi.")]
    assert "Réponse promise lundi." in after
    assert PortageAnswer.objects.to_call().get() == answer
    client.force_login(sme)
    page = client.get(reverse("matching:portage_status", args=[answer.request_id])).content.decode()
    assert answer.request.place in page
    assert "promise lundi" not in page


def test_an_answer_that_was_given_has_no_call_left_to_note(client, group):
    answer = PortageAnswerFactory(group=group.organisation, state="cancelled")
    sign_in_staff(client)

    page = client.get(page_of(answer)).content.decode()

    assert group.email in page
    assert button(answer, "call") not in page


def test_staff_read_whom_to_call_and_where_to_mend_an_introduction_that_failed(client, group):
    answer = PortageAnswerFactory(group=group.organisation, request__contact=sme_user())
    portage.accept(answer.request, by=group)
    Email.objects.filter(portage_answer=answer).update(state="failed", error="boîte inconnue", refused=[group.email])
    PortageIntroduction.objects.update(state="failed")
    introduction = PortageIntroduction.objects.get()
    sign_in_staff(client)

    page = unescape(client.get(page_of(introduction)).content.decode())
    asked = unescape(client.get(button(introduction, "retry")).content.decode())

    assert "Adresse refusée pour de bon par son serveur" in page
    assert group.email in page
    assert "+33123456789" in page
    assert answer.request.contact.email in page
    assert reverse("admin:accounts_user_change", args=[group.pk]) in page
    assert "Corrigez d'abord celle qui a été refusée" in asked
