"""A portage that its company takes back: a group that was asked reads that, and nothing of the file any more. Of one
that is over for it, it reads what they wrote each other, and nothing of the company's profile of today."""

from datetime import datetime, time

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Presentation
from matching import portage, sponsors
from pacte.workdays import add_workdays
from tests.factories import PortageAnswerFactory, PortageRequestFactory, group_user, sme_user

NAMED = "DÉMO Vannes Zéphyr"
TOLD = ["Vendre des vannes aux usines", "Des vannes de trente pouces", "Combien par an", "Je les connais", "plaquette"]


@pytest.fixture
def group():
    return group_user(profile__places=["MA"])


@pytest.fixture
def asked(group):
    sme = sme_user(name=NAMED, profile__products="Des vannes de trente pouces.", profile__sectors=["eau"])
    request = PortageRequestFactory(
        contact=sme, state="with_groups", named=True, text="Vendre des vannes aux usines d'eau."
    )
    PortageAnswerFactory(request=request, group=group.organisation)
    Presentation.objects.create(
        company=sme.organisation, name="plaquette.pdf", type="pdf", size=4, content=b"%PDF", state="clean"
    )
    portage.question(request, by=group, text="Combien par an ?")
    sponsor = {"name": "DÉMO Parrain", "email": "parrain@cci.demo.example", "body": "cci"}
    sponsors.write(sponsors.invite(request, by=sme, **sponsor), text="Je les connais bien.")
    return request


def test_the_group_reads_that_it_is_taken_back_and_nothing_of_the_file(client, asked, group):
    client.force_login(group)
    dossier = reverse("matching:portage_dossier", args=[asked.pk])
    file = reverse("matching:presentation_of_portage", args=[asked.pk])
    before, opened = client.get(dossier).content.decode(), client.post(file).status_code

    portage.withdraw(asked, by=asked.contact)
    after = client.get(dossier).content.decode()

    assert [[word in page for word in TOLD] for page in (before, after)] == [[True] * 5, [False] * 5]
    assert ("a retiré son accord" in before, "a retiré son accord" in after) == (False, True)
    assert (opened, client.post(file).status_code, client.get(file).status_code) == (200, 404, 404)


def declined(asked, group):
    portage.decline(asked, by=group, reason="timing")


def left_unanswered(asked, group):
    portage.leave_unanswered(asked.answers.get())


def expired(asked, group):
    later = datetime.combine(add_workdays(asked.expires_on, 1), time(10), timezone.get_default_timezone())
    with time_machine.travel(later, tick=False):
        portage.expire_due()


def taken_by_another(asked, group):
    other = group_user(profile__places=["MA"])
    PortageAnswerFactory(request=asked, group=other.organisation)
    portage.accept(asked, by=other)


@pytest.mark.parametrize("end", [declined, left_unanswered, expired, taken_by_another])
def test_once_it_is_over_for_a_group_the_profile_is_no_longer_its_to_read(client, asked, group, end):
    client.force_login(group)
    dossier = reverse("matching:portage_dossier", args=[asked.pk])
    file = reverse("matching:presentation_of_portage", args=[asked.pk])

    end(asked, group)
    page = client.get(dossier).content.decode()

    assert asked.answers.get(group=group.organisation).state not in {"waiting", "accepted"}
    assert [word in page for word in TOLD] == [True, False, True, False, False]  # the project, and its question
    assert "n'attend plus rien de vous" in page
    assert (client.post(file).status_code, client.get(file).status_code) == (404, 404)


def test_the_group_that_says_yes_goes_on_reading_it(client, asked, group):
    client.force_login(group)

    portage.accept(asked, by=group)
    page = client.get(reverse("matching:portage_dossier", args=[asked.pk])).content.decode()

    assert [word in page for word in TOLD] == [True] * 5
