"""« Pas pour moi »: hidden for the whole company, with a reason that corrects the profile and never the weights."""

from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import decisions
from matching.models import Action, Standing
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    colleague,
    sign_in_staff,
    sme_user,
)


@pytest.fixture
def user():
    return sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])


def hide(client, opportunity, reason="timing", text=""):
    said = {"reason": reason, "text": text}
    return client.post(reverse("matching:dismiss", args=[opportunity.pk]), said, follow=True)


def text_of(response):
    return unescape(response.content.decode())


def test_what_is_hidden_is_gone_from_dashboard_and_list_for_the_whole_company(client, user):
    match = MatchFactory(company=user.organisation)
    client.force_login(user)

    hide(client, match.opportunity)

    for person in (user, colleague(user)):
        client.force_login(person)
        assert match.opportunity.title not in text_of(client.get("/pme/"))
        assert match.opportunity.title not in text_of(client.get("/opportunites/"))
    client.force_login(sme_user())
    assert match.opportunity.title in text_of(client.get("/opportunites/"))


def test_a_reason_is_asked_beside_its_field(client, user):
    opportunity = OpportunityFactory(published=True)
    client.force_login(user)

    text = text_of(client.post(reverse("matching:dismiss", args=[opportunity.pk]), {}))

    assert "Choisissez une raison" in text
    assert not Standing.objects.exists()


def test_hidden_twice_is_once_and_shown_again_is_one_step(client, user):
    match = MatchFactory(company=user.organisation, score=61)
    client.force_login(user)
    for _ in range(2):
        hide(client, match.opportunity, "size")
    assert match.opportunity.title in text_of(client.get(reverse("matching:dismissed")))

    for _ in range(2):
        client.post(reverse("matching:restore", args=[match.opportunity_id]))

    assert list(Action.objects.order_by("pk").values_list("kind", "reason", "score")) == [
        ("dismissed", "size", 61),
        ("restored", "", 61),
    ]
    assert match.opportunity.title in text_of(client.get("/pme/"))


@pytest.mark.parametrize(
    ("reason", "named", "section"),
    [("sector", "Eau et assainissement", "activite"), ("country", "Maroc", "projets")],
)
def test_what_in_the_profile_brought_it_is_named_with_the_way_to_correct_it(client, user, reason, named, section):
    parts = [
        ["codes", "met", 10.0, 12.0, {"code": "sector:eau"}],
        ["wanted", "met", 5.0, 5.0, {"place": "MA"}],
    ]
    match = MatchFactory(company=user.organisation, parts=parts)
    client.force_login(user)

    text = text_of(hide(client, match.opportunity, reason))

    assert f"«\xa0{named}\xa0»" in text
    assert reverse("accounts:profile_section", args=[section]) in text


def test_nothing_is_advised_where_the_profile_is_not_the_cause(client, user):
    match = MatchFactory(company=user.organisation, parts=[["codes", "partly", 1.0, 12.0, {"code": "cpv:42"}]])
    client.force_login(user)

    response = hide(client, match.opportunity, "sector")

    assert response.redirect_chain == [("/pme/", 302)]


def test_an_application_goes_on_though_its_opportunity_is_hidden(client, user):
    application = ApplicationFactory(sent=True, contact=user)
    client.force_login(user)

    hide(client, application.opportunity)

    assert application.opportunity.title in text_of(client.get("/candidatures/"))


@pytest.mark.parametrize("rows", [1, 3])
def test_the_hidden_ones_in_a_fixed_number_of_queries(client, user, rows, django_assert_num_queries):
    client.force_login(user)
    for _ in range(rows):
        hide(client, OpportunityFactory(published=True))
    client.get(reverse("matching:dismissed"))

    with django_assert_num_queries(5):  # user, membership, rows; savepoint
        client.get(reverse("matching:dismissed"))


def test_another_reason_is_said_in_words_that_staff_read_by_quarter(client, user):
    opportunity, other = OpportunityFactory(published=True), OpportunityFactory(published=True)
    client.force_login(user)
    for one, reason in ((opportunity, "other"), (other, "timing")):
        hide(client, one, reason=reason, text="Notre atelier est complet.")
    declined = ApplicationFactory(
        sent=True, state="declined", decline_reason="other", decline_text="Un choix du siège."
    )
    decisions.record(Action.Kind.DECLINED, [(declined.opportunity_id, declined.company_id)], reason="other")
    old = Action.objects.filter(kind="declined")
    sign_in_staff(client)
    address = reverse("admin:matching_action_changelist")
    today = timezone.localdate()
    quarter = f"{today.year}-{(today.month - 1) // 3 + 1}"

    now = text_of(client.get(address, {"autre": "oui", "trimestre": quarter}))
    old.update(at=timezone.now() - timedelta(days=200))
    later = text_of(client.get(address, {"autre": "oui", "trimestre": quarter}))

    assert now.count("Notre atelier est complet.") == 1  # a reason of the list keeps no words
    assert ("Un choix du siège." in now, "Un choix du siège." in later) == (True, False)


def test_shown_again_its_words_are_gone(client, user):
    opportunity = OpportunityFactory(published=True)
    client.force_login(user)
    hide(client, opportunity, reason="other", text="Notre atelier est complet.")

    client.post(reverse("matching:restore", args=[opportunity.pk]))

    assert Standing.objects.get().dismissed_text == ""
