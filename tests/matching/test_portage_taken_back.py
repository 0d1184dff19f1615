"""A portage that its company takes back: a group that was asked reads that, and nothing of the file any more."""

import pytest
from django.urls import reverse

from accounts.models import Presentation
from matching import portage, sponsors
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
