"""What a form or an address may be sent by somebody who means harm, or whose keyboard does: no page fails for it."""

from xml.etree import ElementTree

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import Email, Organisation
from accounts.taxonomy import places, sectors
from matching.models import Application, Partner, SavedSearch, Sponsor
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, luhn_siren, sme_user

ATOM = "{http://www.w3.org/2005/Atom}"
ENDLESS = f"{'a' * 290}@example.com"  # a good address that no column takes


@pytest.fixture
def application(client):
    person = sme_user()
    client.force_login(person)
    return ApplicationFactory(contact=person)


def test_a_character_that_xml_does_not_take_does_not_end_the_feed(client):
    OpportunityFactory(published=True, title="Vannes\x01 papillon", teaser="À\x0bposer\ufffe")

    feed = ElementTree.fromstring(client.get(reverse("matching:feed")).content)
    searched = client.get(f"{reverse('matching:feed')}?q=%01vannes")

    entry = feed.find(f"{ATOM}entry")
    assert (entry.find(f"{ATOM}title").text, entry.find(f"{ATOM}summary").text) == ("Vannes papillon", "Àposer")
    assert searched.status_code == 200
    assert ElementTree.fromstring(searched.content).find(f"{ATOM}title").text.endswith("vannes")


@pytest.mark.parametrize("number", ["²", "٣", "-1", "9" * 30, "", "\x00"])
def test_a_number_that_is_none_takes_nobody_out_of_a_group_of_companies(client, application, number):
    url = reverse("matching:application_partners", args=[application.pk])

    assert client.post(url, {"remove": number}).status_code == 404


def test_an_address_that_is_too_long_is_refused_in_words(client, application):
    invited = client.post(reverse("matching:application_partners", args=[application.pk]), {"email": ENDLESS})
    sponsor = {"name": "DÉMO Parrain", "body": "cci", "email": ENDLESS}
    asked = client.post(reverse("matching:application_sponsor", args=[application.pk]), sponsor)

    assert ["email" in page.context["form"].errors for page in (invited, asked)] == [True, True]
    assert not Partner.objects.exists()
    assert not Sponsor.objects.exists()


def test_a_group_s_contact_with_such_an_address_is_refused_in_words(client):
    owner = group_user()
    post = OpportunityFactory(published=True, owner=owner.organisation, created_by=owner)
    client.force_login(owner)
    people = {"contact_name": "A", "contact_email": ENDLESS, "deputy_name": "B", "deputy_email": ENDLESS}

    page = client.post(reverse("opportunities:contacts", args=[post.pk]), people)

    assert sorted(page.context["form"].errors) == ["contact_email", "deputy_email"]


def test_a_search_for_everything_is_told_that_it_is_too_long_for_an_alert(client):
    client.force_login(sme_user())
    asked = [
        ("q", "é" * 200),
        *(("pays", one) for one in places.COUNTRIES),
        *(("secteur", one) for one in sectors.SECTORS),
    ]
    data = {"name": "Tout", "frequency": "weekly", "floor": "any"}

    page = client.post(f"{reverse('matching:search_save')}?{urlencode(asked)}", data)

    assert [error.code for error in page.context["form"].non_field_errors().as_data()] == ["long"]
    assert not SavedSearch.objects.exists()


SPOOFED = "Camille\u202e\u200b\r\nBcc: x\x01"


def test_a_name_holds_no_sign_that_does_not_show(client):
    person = sme_user()
    client.force_login(person)
    names = {"first_name": SPOOFED, "last_name": "Du\u00adrand", "language": "fr"}

    client.post(reverse("accounts:person"), names)
    unseen = client.post(reverse("accounts:person"), names | {"first_name": "\u200b\u2060"})

    person.refresh_from_db()
    assert (person.first_name, person.last_name) == ("Camille Bcc: x", "Durand")
    assert list(unseen.context["form"].errors) == ["first_name"]


def test_whoever_signs_up_has_such_a_name_too(client):
    siren = luhn_siren(7_654_321)
    who = {"name": SPOOFED, "first_name": SPOOFED, "last_name": "Durand", "email": "qui@demo.example"}
    url = f"{reverse('accounts:signup_sme')}?siren={siren}"

    client.post(url, who | {"siren": siren, "password": "une phrase assez longue", "conditions": ""})

    made = Organisation.objects.get(siren=siren)
    assert (made.name, made.memberships.get().user.first_name) == ("Camille Bcc: x", "Camille Bcc: x")


def test_a_sponsor_s_name_says_who_they_are_and_no_more(client, application):
    url = reverse("matching:application_sponsor", args=[application.pk])
    sponsor = {"name": SPOOFED, "body": "cci", "email": "parrain@cci.demo.example"}
    Application.objects.filter(pk=application.pk).update(
        state="sent", sent_at=timezone.now(), consent_at=timezone.now()
    )

    refused = client.post(url, sponsor | {"name": "Dominique, 06 12 34 56 78"})
    client.post(url, sponsor)

    assert list(refused.context["form"].errors) == ["name"]
    assert Sponsor.objects.get().name == "Camille Bcc: x"


@pytest.mark.parametrize("link", ["https://piege.example/", "www.piege.example", "HTTP://piege.example"])
def test_nobody_is_led_elsewhere_by_a_mail_that_we_write_for_somebody(client, application, link):
    said = f"Voyez {link}"
    names = {"first_name": said, "last_name": "Durand", "language": "fr"}
    sponsor = {"name": said, "body": "cci", "email": "parrain@cci.demo.example"}
    asked = reverse("matching:application_partners", args=[application.pk])
    joining = {"message": said, "siren": sme_user().organisation.siren}
    where = [
        (asked, {"email": "inconnu@demo.example", "word": said}, "word"),
        (reverse("accounts:person"), names, "first_name"),
        (reverse("matching:application_sponsor", args=[application.pk]), sponsor, "name"),
        (reverse("accounts:join"), joining, "message"),
    ]

    found = {field: list(client.post(url, data).context["form"].errors) for url, data, field in where}

    assert found == {field: [field] for _url, _data, field in where}
    assert not Email.objects.exists()
