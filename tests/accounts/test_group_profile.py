"""What a group tells of itself, and the name it takes when it stays confidential."""

import pytest
from django.urls import reverse

from accounts.models import Membership
from tests.factories import colleague, group_user, sign_in_staff

EDIT = "accounts:group_profile_edit"


@pytest.fixture
def user(client):
    user = group_user()
    client.force_login(user)
    return user


def test_a_group_tells_of_itself_and_history_keeps_it(client, user):
    sent = {"sector": "eau", "presentation": "Des usines.", "places": ["MA", "TN"], "alias": "Groupe de l'eau"}

    response = client.post(reverse(EDIT), sent, follow=True)

    profile = user.organisation.group_profile
    assert {name: getattr(profile, name) for name in sent} == sent
    assert user.organisation.history.get().changes["alias"] == ["", "Groupe de l'eau"]
    assert "Maroc, Tunisie" in response.content.decode()


def test_saving_twice_is_one_change(client, user):
    for _ in range(2):
        client.post(reverse(EDIT), {"presentation": "Des usines."})

    assert user.organisation.history.count() == 1


def test_an_alias_that_says_the_name_is_refused_and_what_was_typed_stays(client, user):
    response = client.post(reverse(EDIT), {"alias": f"Filiale de {user.organisation.name}", "presentation": "Long."})

    assert response.context["form"].errors.keys() == {"alias"}
    assert "Long." in response.content.decode()
    assert not user.organisation.history.exists()


def test_who_only_reads_may_look(client, user):
    client.force_login(colleague(user, Membership.Role.READER))

    assert reverse(EDIT) not in client.get(reverse("accounts:group_profile")).content.decode()
    assert client.get(reverse(EDIT)).status_code == 403


def test_the_other_names_of_a_group_are_kept_one_a_line_each_once(client, user):
    typed = {"alias": "Groupe de l'eau", "known_names": "OND\r\n\r\n  Onde   Noire \r\nOND\r\n"}

    response = client.post(reverse(EDIT), typed, follow=True)
    again = client.post(reverse(EDIT), typed)

    assert user.organisation.group_profile.known_names == ["OND", "Onde Noire"]
    assert user.organisation.history.get().changes["known_names"] == [[], ["OND", "Onde Noire"]]
    assert "OND, Onde Noire" in response.text
    assert again.status_code == 302
    assert client.get(reverse(EDIT)).context["form"]["known_names"].value() == "OND\nOnde Noire"


@pytest.mark.parametrize(
    ("names", "told"),
    [
        ("x" * 81, "plus de 80"),
        ("\n".join(f"Marque {n}" for n in range(51)), "50 lignes"),
        ("Z", "trop court"),
        ("Eau", "votre nom public"),
    ],
)
def test_names_that_would_help_nobody_are_refused_in_words(client, user, names, told):
    response = client.post(reverse(EDIT), {"alias": "Groupe de l'eau", "known_names": names})

    assert told in response.context["form"].errors["known_names"][0].replace("\xa0", " ")
    assert not user.organisation.history.exists()


def test_staff_edit_them_on_the_organisation_s_page(client, user):
    sign_in_staff(client)
    url = reverse("admin:accounts_organisation_change", args=[user.organisation.pk])

    page = client.get(url)

    assert 'name="group_profile-0-known_names"' in page.text
