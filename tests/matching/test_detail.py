from datetime import UTC, date, datetime, timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from opportunities.models import Criterion, Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    OrganisationFactory,
    colleague,
    group_user,
    sme_user,
)

PARTS = [["place", "unknown", 4.0, 10.0], ["kind", "missing", 0.0, 5.0]]


def read(client, opportunity):
    response = client.get(opportunity.get_absolute_url())
    return response, unescape(response.content.decode())


@pytest.mark.parametrize("rows", [1, 3])
def test_everyone_reads_what_matters_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    opportunity = OpportunityFactory(
        published=True, places=["MA", "TN"], apply_by=date(2099, 6, 12), answer_by=date(2099, 7, 1)
    )
    for code in ["iso9001", "iso14001", "iso45001"][:rows]:
        Criterion.objects.create(opportunity=opportunity, kind="certification", code=code, must=True)

    with django_assert_num_queries(4):
        response, text = read(client, opportunity)

    assert response.status_code == 200
    for words in [
        opportunity.title,
        opportunity.owner.name,
        opportunity.teaser,
        "Maroc, Tunisie",
        "Une première référence dans le pays.",
        "jusqu'au 12 juin 2099, 23\xa0h\xa059 (heure de Paris)",
        "promise avant le 1er juillet 2099",
        "Fournir et monter les vannes.",
        "indispensable",
        "Suis-je éligible\xa0?",
    ]:
        assert words in text
    assert f"{reverse('account_login')}?next={opportunity.get_absolute_url()}" in text
    assert opportunity.contact_email not in text
    assert "noindex" not in text


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2026-03-28T11:00:00+00:00", "encore 1 jour"),
        ("2026-03-29T21:59:00+00:00", "dernier jour"),  # 23 h 59 in Paris, the day the clocks go forward
        ("2026-03-29T22:01:00+00:00", "Opportunité clôturée"),
    ],
)
def test_days_left_are_counted_in_paris(client, time_machine, moment, words):
    opportunity = OpportunityFactory(published=True, apply_by=date(2026, 3, 29), answer_by=None)
    time_machine.move_to(datetime.fromisoformat(moment).astimezone(UTC), tick=False)

    assert words in read(client, opportunity)[1]


def test_a_closed_one_stays_readable_and_says_so(client):
    response, text = read(client, OpportunityFactory(closed=True))

    assert (response.status_code, "Opportunité clôturée" in text, "noindex" in text) == (200, True, True)
    assert "Suis-je éligible ?" not in text


@pytest.mark.parametrize("state", sorted(set(Opportunity.State) - {"published", "closed"}))
def test_one_that_is_not_public_is_for_its_own_group_only(client, state):
    owner = group_user()
    opportunity = OpportunityFactory(owner=owner.organisation, state=state, published_at=timezone.now())

    nobody = read(client, opportunity)[0].status_code
    client.force_login(group_user())
    stranger = read(client, opportunity)[0].status_code
    client.force_login(sme_user())
    sme = read(client, opportunity)[0].status_code
    client.force_login(owner)
    response, text = read(client, opportunity)

    assert (nobody, stranger, sme, response.status_code) == (404, 404, 404, 200)
    assert ("Vous seuls voyez cette page" in text, "noindex" in text) == (True, True)
    assert reverse("opportunities:manage", args=[opportunity.pk]) in text


@pytest.mark.parametrize("slug", ["autre", "-", "Vannes"])
def test_another_slug_leads_to_the_right_one(client, slug):
    opportunity = OpportunityFactory(published=True, title="Des vannes")

    response = client.get(f"/opportunites/{opportunity.pk}/{slug}/")

    assert (response.status_code, response["Location"]) == (301, f"/opportunites/{opportunity.pk}/des-vannes/")


def test_a_wrong_slug_tells_nothing_of_what_is_not_public(client):
    assert client.get(f"/opportunites/{OpportunityFactory().pk}/x/").status_code == 404


@pytest.mark.parametrize("title", ["Suivi", "Modifier", "Candidatures", "Candidater", "Soumettre", "你好"])
def test_no_title_hides_an_opportunity_behind_another_page(client, title):
    opportunity = OpportunityFactory(published=True, title=title)

    assert read(client, opportunity)[0].status_code == 200


def test_an_sme_reads_its_fit_and_may_apply(client, django_assert_num_queries):
    user = sme_user()
    opportunity = OpportunityFactory(published=True)
    MatchFactory(opportunity=opportunity, company=user.organisation, parts=PARTS, score=72)
    MatchFactory(opportunity=opportunity, band="strong", score=98)
    client.force_login(user)

    # its user, membership, it, criteria, questions, files, match, application, hidden, followed, proposal; 2 to show
    with django_assert_num_queries(13):
        text = read(client, opportunity)[1]

    assert ("Bonne adéquation" in text, "Adéquation forte" in text) == (True, False)
    assert "Pourquoi cette adéquation\xa0?" in text
    assert reverse("accounts:profile_section", args=["projets"]) in text
    assert f'action="{reverse("matching:application_start", args=[opportunity.pk])}"' in text


def test_a_fit_that_is_not_there_yet_is_announced(client):
    client.force_login(sme_user())

    assert "en cours de calcul" in read(client, OpportunityFactory(published=True))[1]


@pytest.mark.parametrize(("sent", "words"), [(False, "Reprendre ma candidature"), (True, "Suivre ma candidature")])
def test_whoever_has_applied_finds_the_application(client, sent, words):
    application = ApplicationFactory(sent=sent)
    ApplicationFactory(opportunity=application.opportunity, sent=True)  # another company's
    client.force_login(colleague(application.contact))

    text = read(client, application.opportunity)[1]

    assert words in text
    assert reverse("matching:application_status", args=[application.pk]) in text
    assert reverse("matching:application_start", args=[application.opportunity_id]) not in text


def test_a_reader_is_told_who_may_apply(client):
    client.force_login(colleague(sme_user(), Membership.Role.READER))
    opportunity = OpportunityFactory(published=True)

    text = read(client, opportunity)[1]

    assert "demandez à un administrateur" in text
    assert reverse("matching:application_start", args=[opportunity.pk]) not in text


def test_nobody_applies_to_a_closed_one_nor_a_group_to_any(client):
    client.force_login(sme_user())
    closed = read(client, OpportunityFactory(closed=True))[1]
    client.force_login(group_user())
    group = read(client, OpportunityFactory(published=True))[1]

    assert ("Candidater</button>" in closed, "Candidater</button>" in group) == (False, False)


def test_a_confidential_group_is_in_no_byte_of_the_page(client):
    group = OrganisationFactory(group=True, name="DÉMO Zéphyrine Énergie", website="https://zephyrine.example")
    opportunity = OpportunityFactory(
        published=True, owner=group, secret=True, contact_email="x@zephyrine.example", contact_name="Zoé Zephyrine"
    )

    response, text = read(client, opportunity)

    assert opportunity.alias in text
    assert ("phyrine" in text.lower(), "phyrine" in str(response.headers).lower()) == (False, False)


def test_the_fields_of_the_kind_are_in_words(client):
    details = {
        "donor": "Banque de développement",
        "notice_url": "https://example.com/avis",
        "submission": "2099-05-02",
        "lots": "Lot 1\nLot 2",
    }
    tender = OpportunityFactory(published=True, kind="tender", details=details)
    portage = OpportunityFactory(
        published=True, kind="portage", details={"support": ["stand", "legal"], "cost": "free"}
    )

    text = read(client, tender)[1]
    other = read(client, portage)[1]

    assert ("2 mai 2099" in text, 'href="https://example.com/avis" rel="nofollow noopener"' in text) == (True, True)
    assert ("place sur son stand, aide juridique et commerciale" in other, "gratuit" in other) == (True, True)


def test_a_text_in_another_language_says_so(client):
    text = read(client, OpportunityFactory(published=True, language="en"))[1]

    assert ("Annonce rédigée en anglais." in text, '<div class="prose" lang="en">' in text) == (True, True)


def test_a_page_has_no_secret_of_other_opportunities(client):
    shown, other = OpportunityFactory(published=True), OpportunityFactory(title="Un brouillon secret")

    assert other.title not in read(client, shown)[1]


def test_only_get_is_answered(client):
    assert client.post(OpportunityFactory(published=True).get_absolute_url()).status_code == 405


def test_days_left_stand_out(client):
    opportunity = OpportunityFactory(published=True, apply_by=timezone.localdate() + timedelta(days=3), answer_by=None)

    assert "encore 3 jours" in read(client, opportunity)[1]
