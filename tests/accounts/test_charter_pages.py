"""The page of the charter and of the conditions, for those who sign and for staff."""

import pytest
from django.urls import reverse

from accounts import charters
from accounts.models import Charter
from tests.accounts.test_charters import draft_of, replaced
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    OrganisationFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)


def test_submitting_without_a_signature_leads_to_the_charter_and_back(client):
    charter, person = CharterFactory(in_force=True), group_user()
    opportunity = draft_of(person)
    client.force_login(person)
    preview = reverse("opportunities:preview", args=[opportunity.pk])

    page = client.post(reverse("opportunities:submit", args=[opportunity.pk]), follow=True)
    answer = client.post(reverse("accounts:charter_sign"), {"version": charter.version, "next": page.context["next"]})

    assert page.context["next"] == preview
    assert charter.text in page.content.decode()
    assert answer["Location"] == preview
    assert charters.asked_of(person.organisation) is None


def test_signing_leads_to_no_other_site(client):
    charter, person = CharterFactory(in_force=True), group_user()
    client.force_login(person)

    answer = client.post(
        reverse("accounts:charter_sign"), {"version": charter.version, "next": "https://example.com/"}
    )

    assert answer["Location"] == reverse("accounts:charter")


def test_signing_a_version_that_was_replaced_says_so_and_shows_the_other(client):
    old, person = CharterFactory(in_force=True), group_user()
    new = replaced(old, text="Autre texte.")
    client.force_login(person)

    page = client.post(reverse("accounts:charter_sign"), {"version": old.version}, follow=True)

    assert [str(message) for message in page.context["messages"]] == [
        "Une autre version vient d'entrer en vigueur\xa0: relisez-la, puis signez."
    ]
    assert page.context["charter"] == new


def test_a_member_reads_whom_to_ask(client):
    CharterFactory(in_force=True)
    client.force_login(colleague(group_user()))

    page = client.get(reverse("accounts:charter"))

    assert "Une personne qui administre votre groupe peut la signer" in page.content.decode()
    assert reverse("accounts:charter_sign") not in page.content.decode()
    assert client.post(reverse("accounts:charter_sign"), {"version": "x"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    person, last = group_user(), CharterFactory(in_force=True)
    charters.sign("group", last.version, by=person)
    for _ in range(rows - 1):
        last = replaced(last)
        charters.sign("group", last.version, by=person)
    client.force_login(person)

    with django_assert_num_queries(7):
        page = client.get(reverse("accounts:charter"))

    assert len(page.context["signed"]) == rows


def test_everyone_may_read_what_groups_promise(client):
    charter = CharterFactory(in_force=True)

    page = client.get(reverse("accounts:charter_of_groups")).content.decode()

    assert charter.text in page


def test_in_english_its_translation_is_shown_as_one(client):
    charter = CharterFactory(in_force=True)

    page = client.get(reverse("accounts:charter_of_groups"), headers={"accept-language": "en"}).content.decode()

    assert charter.text_en in page


@pytest.mark.parametrize("make", [group_user, sme_user])
def test_the_dashboard_says_what_is_left_to_sign(client, make):
    person = make()
    CharterFactory(in_force=True, kind=person.organisation.kind)
    client.force_login(person)

    page = client.get(reverse("dashboard"), follow=True)

    assert reverse("accounts:charter") in page.content.decode()
    assert page.context["asked"].charter == Charter.objects.get()


def test_staff_see_who_has_signed_and_who_has_not(client):
    charter, signed, late = CharterFactory(in_force=True), group_user(), OrganisationFactory(group=True)
    OrganisationFactory(group=True, suspended=True)
    OrganisationFactory()
    charters.sign("group", charter.version, by=signed)
    sign_in_staff(client)
    url = reverse("admin:accounts_organisation_changelist")

    done = client.get(url, {"charte": "signee"}).context["cl"].queryset
    left = client.get(url, {"charte": "a_signer"}).context["cl"].queryset

    assert (list(done), list(left)) == ([signed.organisation], [late])


def test_a_new_version_begins_with_the_words_of_the_one_in_force(client):
    charter = CharterFactory(in_force=True)
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_charter_add"))

    assert page.context["adminform"].form.initial["text"] == charter.text


def test_staff_publish_from_the_admin_once_they_have_said_yes(client):
    charter = CharterFactory()
    sign_in_staff(client)

    client.post(reverse("admin:accounts_charter_transition", args=[charter.pk, "publish"]))

    assert Charter.objects.get().state == "in_force"


def test_an_sme_that_has_not_accepted_sends_nothing_and_is_led_to_the_conditions_and_back(client):
    CharterFactory(kind="sme", in_force=True)
    user = sme_user()
    application = ApplicationFactory(company=user.organisation, contact=user)
    client.force_login(user)
    page = reverse("matching:application_send", args=[application.pk])

    asked = client.post(page, {"consent": "on"})
    read = client.get(asked.url)
    signed = client.post(reverse("accounts:charter_sign"), {"version": charters.in_force("sme").version, "next": page})
    client.post(page, {"consent": "on"})

    assert asked.url.startswith(reverse("accounts:charter"))
    assert "Accepter les conditions" in read.text
    assert "Pacte PME peut proposer votre entreprise aux groupes" in read.text
    assert signed.url == page
    application.refresh_from_db()
    assert application.state == "sent"
