"""A recommendation of a portage: named by the SME, read by staff, and by a group once it knows the name."""

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import portage, sponsors
from matching.models import Sponsor
from pacte.states import StateError
from tests.factories import PortageAnswerFactory, colleague, group_user, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
ASKED = {"name": "DÉMO Dominique Parrain", "email": "parrain@cci.demo.example", "body": "cci"}
WORD = "J'accompagne cette équipe depuis dix ans."


@pytest.fixture
def asked():
    answer = PortageAnswerFactory(group=group_user(profile__places=["MA"]).organisation)
    return answer.request


def page(request):
    return reverse("matching:portage_sponsor", args=[request.pk])


def test_the_sme_names_a_sponsor_who_writes_by_the_link_signed_out(client, asked):
    client.force_login(asked.contact)
    form = client.get(page(asked)).content.decode()
    sent = client.post(page(asked), ASKED)
    client.logout()
    sponsor, [invitation] = Sponsor.objects.get(), Email.objects.filter(template="sponsor_invited")
    link = sponsors.link(sponsor).split("/", 3)[3]
    shown = client.get(f"/{link}").content.decode()

    done = client.post(f"/{link}", {"text": WORD})

    sponsor.refresh_from_db()
    assert "Demander une recommandation" in form
    assert sent.url == asked.get_absolute_url()
    assert (sponsor.portage, sponsor.application) == (asked, None)
    assert "cherche un groupe pour porter" in invitation.text
    assert "Maroc" in shown
    assert (done.context["done"], sponsor.text) == (True, WORD)
    assert Email.objects.get(key=f"sponsor-wrote:{sponsor.pk}").to == [asked.contact.email]


def test_a_group_reads_the_words_once_it_knows_the_name(client, asked):
    by = asked.answers.get().group.memberships.get().user
    sponsor = sponsors.invite(asked, by=asked.contact, **ASKED)
    sponsors.write(sponsor, text=WORD)
    client.force_login(by)
    dossier = reverse("matching:portage_dossier", args=[asked.pk])
    before = client.get(dossier).content.decode()

    portage.accept(asked, by=by)
    after = client.get(dossier).content.decode()

    shown = [("recommandée (CCI)" in text, "depuis dix ans" in text, sponsor.name in text) for text in (before, after)]
    assert shown == [(True, False, False), (False, True, True)]
    assert ASKED["email"] not in after


def test_staff_read_it_beside_the_request_and_the_sme_on_its_page(client, asked):
    sponsors.write(sponsors.invite(asked, by=asked.contact, **ASKED), text=WORD)
    client.force_login(asked.contact)
    own = client.get(asked.get_absolute_url()).content.decode()
    sign_in_staff(client)

    staff = client.get(reverse("admin:matching_portagerequest_change", args=[asked.pk])).content.decode()

    assert ["depuis dix ans" in text for text in (own, staff)] == [True, True]


def test_it_is_taken_back_and_the_link_dies(client, asked):
    sponsor = sponsors.invite(asked, by=asked.contact, **ASKED)
    client.force_login(asked.contact)

    client.post(page(asked), {"revoke": ""})

    assert not client.get("/" + sponsors.link(sponsor).split("/", 3)[3]).context["is_open"]
    assert sponsors.current(asked) is None


def test_one_at_a_time_nobody_of_the_company_and_not_once_it_is_over(asked):
    by = asked.contact
    with pytest.raises(StateError, match="de votre entreprise"):
        sponsors.invite(asked, by=by, **ASKED | {"email": colleague(by).email})
    sponsors.invite(asked, by=by, **ASKED)
    with pytest.raises(StateError, match="déjà demandé"):
        sponsors.invite(asked, by=by, **ASKED)
    sponsors.revoke(asked, by=by)
    portage.withdraw(asked, by=by)

    with pytest.raises(StateError, match="n'attend plus"):
        sponsors.invite(asked, by=by, **ASKED)


def test_another_company_s_is_not_found(client, asked):
    client.force_login(sme_user())

    assert client.get(page(asked)).status_code == 404


def test_a_recommendation_is_of_one_thing():
    its = {"name": "x", "email": "a@demo.example", "body": "cci", "expires_at": timezone.now()}
    with pytest.raises(IntegrityError, match="sponsor_of_one_thing"), transaction.atomic():
        Sponsor.objects.create(**its)
