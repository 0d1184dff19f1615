"""The export self-test: four levels, help for each, and nobody else's business."""

import pytest
from django.urls import reverse

from accounts import readiness
from accounts.models import Readiness, ReadinessHelp
from tests.factories import colleague, group_user, sme_user

URL = reverse("accounts:readiness")


@pytest.fixture
def person(client):
    user = sme_user()
    client.force_login(user)
    return user


def said(yes):
    return {name: "yes" if place < yes else "no" for place, name in enumerate(readiness.QUESTIONS)}


@pytest.mark.parametrize(
    ("yes", "level"), [(0, 1), (3, 1), (4, 2), (6, 2), (7, 3), (9, 3), (10, 4), (12, 4)]
)  # both sides of each boundary
def test_the_level_follows_the_yeses(client, person, yes, level):
    page = client.post(URL, said(yes), follow=True)

    result = page.context["result"]
    assert (result.yes, result.level, len(result.missing)) == (yes, level, 12 - yes)
    assert {one.level for one in result.help} == {level}
    assert str(result.title) in page.text


@pytest.mark.parametrize(("yes", "told"), [(0, "0 oui sur 12."), (1, "1 oui sur 12."), (12, "12 oui sur 12.")])
def test_the_count_is_told_in_figures_on_both_sides(client, person, yes, told):
    assert told in client.post(URL, said(yes), follow=True).text


def test_staff_say_who_helps(client, person):
    ReadinessHelp.objects.create(
        level=1, title_fr="DÉMO Aide", title_en="DÉMO Help", text_fr="", url="https://x.example"
    )

    assert "DÉMO Aide" in client.post(URL, said(0), follow=True).text


def test_a_question_left_out_is_said_beside_it_and_the_rest_stays(client, person):
    page = client.post(URL, {**said(12), "price": ""})

    assert list(page.context["form"].errors) == ["price"]
    assert page.text.count("checked") == 11
    assert not Readiness.objects.exists()


def test_a_second_time_replaces_the_first(client, person):
    client.post(URL, said(2))
    client.post(URL, said(11))

    assert readiness.result(person.organisation).level == 4
    assert Readiness.objects.count() == 1


def test_colleagues_share_it_and_nobody_else_sees_it(client, person):
    client.post(URL, said(5))

    client.force_login(colleague(person))
    assert client.get(URL).context["result"].yes == 5
    client.force_login(sme_user())
    assert client.get(URL).context["result"] is None
    client.force_login(group_user())
    assert client.get(URL).status_code == 403


def test_the_page_takes_a_fixed_number_of_queries(client, person, django_assert_num_queries):
    client.post(URL, said(5))

    with django_assert_num_queries(7):  # user, membership, the bell, answers, help, adviser; a savepoint
        client.get(URL)
