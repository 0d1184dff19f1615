"""Posting an opportunity in a real browser: on a phone, at a desk, without JavaScript; every state of its page."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from opportunities import moderation
from opportunities.models import Opportunity
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, group_user

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"desk": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}


@pytest.fixture
def author(sign_in):
    user = group_user()
    sign_in(user)
    return user


@pytest.fixture
def fine(page, axe, console):
    """Break no rule at either size; keep a picture where SCREENSHOTS names a folder."""

    def check(name):
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            if folder := os.environ.get("SCREENSHOTS"):
                page.screenshot(path=Path(folder) / f"posting-{name}-{size}.png", full_page=True)
            axe()
            assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert console == []

    return check


def test_choosing_a_kind_and_each_step_break_no_rule(page, live_server, author, fine):
    page.goto(live_server.url + reverse("opportunities:create"))
    fine("kinds")

    page.get_by_role("link", name="Portage").click()
    fine("blank")

    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_role("alert")).to_be_focused()
    fine("untitled")

    page.get_by_label("Titre").fill("Portage au Japon")
    for name in ["criteria", "secrecy", "dates", "preview"]:
        page.get_by_role("button", name="Enregistrer et continuer").click()
        page.wait_for_load_state("networkidle")
        fine(name)

    page.get_by_role("link", name="En une phrase").click()
    expect(page.get_by_label("En une phrase")).to_be_focused()
    expect(page.get_by_role("alert")).to_be_visible()
    fine("missing")

    page.get_by_role("link", name="Le type").click()
    fine("change-kind")


@pytest.mark.parametrize("state", Opportunity.State.values)
def test_its_page_breaks_no_rule_in_any_state(page, live_server, author, fine, state):
    dated = {"submitted_at": timezone.now(), "published_at": timezone.now(), "closed_at": timezone.now()}
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, state=state, secret=True, **dated)
    opportunity.comments.create(field="teaser", text="Dites-nous en plus.", author=UserFactory(staff=True))
    opportunity.record(by=author, changes={"title": ["Pompes", "Vannes"], "places": [["MA"], ["MA", "TN"]]})

    page.goto(live_server.url + reverse("opportunities:manage", args=[opportunity.pk]))
    page.get_by_text("champs modifiés").click()

    fine(state)


def test_a_conflict_keeps_the_text_and_breaks_no_rule(page, live_server, author, axe):
    draft = OpportunityFactory(owner=author.organisation, created_by=author)
    page.goto(live_server.url + reverse("opportunities:edit", args=[draft.pk]))
    page.get_by_label("Titre").fill("La mienne")
    Opportunity.objects.filter(pk=draft.pk).update(title="Changée ailleurs", revision=7)

    page.get_by_role("button", name="Enregistrer le brouillon").click()

    expect(page.get_by_role("heading", name="a changé pendant que vous écriviez")).to_be_visible()
    expect(page.get_by_label("Titre")).to_have_value("La mienne")
    axe()


def test_the_confirmations_break_no_rule(page, live_server, author, fine):
    draft = OpportunityFactory(owner=author.organisation, created_by=author)
    published = OpportunityFactory(owner=author.organisation, created_by=author, published=True)
    page.goto(live_server.url + reverse("matching:withdraw", args=[draft.pk]))
    fine("withdraw")

    page.goto(live_server.url + reverse("matching:close", args=[published.pk]))
    page.get_by_role("button", name="Voir qui sera prévenu").click()

    expect(page.get_by_role("alert")).to_be_focused()
    fine("close")


def test_remarks_of_the_staff_lead_to_their_fields(page, live_server, author, fine):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, submitted=True)
    comments = [("teaser", "Trop long"), ("places", "Quels pays ?"), ("criteria", "Trop d'exigences")]
    moderation.request_changes(opportunity, by=UserFactory(staff=True), comments=comments)

    page.goto(live_server.url + reverse("opportunities:manage", args=[opportunity.pk]))
    page.get_by_role("link", name="Pays").click()

    expect(page.locator("#id_places")).to_be_in_viewport()
    fine("edit")


@pytest.fixture
def browse(browser, live_server):
    """A browser of one's own, signed in."""
    from tests.conftest import CommittingClient

    opened = []

    def browse(user, size, javascript):
        client = CommittingClient()
        client.force_login(user)
        context = browser.new_context(java_script_enabled=javascript, viewport=SIZES[size], locale="fr-FR")
        cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}
        context.add_cookies([cookie])
        opened.append(context)
        return context.new_page()

    yield browse
    for context in opened:
        context.close()


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
@pytest.mark.parametrize("sizes", [("desk", "phone"), ("phone", "desk")], ids="-".join)
def test_a_group_begins_on_one_device_and_ends_on_another(browse, live_server, javascript, sizes):
    user = group_user()
    page = browse(user, sizes[0], javascript)
    page.goto(live_server.url + reverse("opportunities:create_kind", args=["hosting"]))
    page.get_by_label("Titre").fill("Un bureau à Casablanca")
    page.get_by_label("En une phrase").fill("Deux postes chez nous, pour un an.")
    page.get_by_label("Description").fill("Nous accueillons **deux** PME.")
    page.get_by_label("Site d'accueil").fill("Casablanca")
    page.get_by_label("Nombre de postes").fill("2")
    page.get_by_text("Afrique du Nord").first.click()
    page.get_by_label("Maroc", exact=True).check()
    page.get_by_text("Construction et environnement").click()
    page.get_by_label("Eau et assainissement").check()
    page.get_by_role("button", name="Enregistrer et continuer").click()
    page.get_by_label("Question 1 (facultatif)").fill("Avez-vous un VIE à proposer ?")
    page.get_by_role("button", name="Enregistrer et finir plus tard").click()
    expect(page.get_by_role("link", name="Continuer")).to_be_visible()

    page = browse(user, sizes[1], javascript)
    page.goto(live_server.url + reverse("opportunities:manage", args=[Opportunity.objects.get().pk]))
    page.get_by_role("link", name="Continuer").click()
    soon = timezone.localdate()
    page.get_by_label("Candidatures jusqu'au").fill(str(soon + timedelta(days=20)))
    page.get_by_label("Réponse promise").fill(str(soon + timedelta(days=30)))
    page.get_by_label("Nom du suppléant").fill("Alex Suppléant")
    page.locator("#id_deputy_email").fill("suppleant@example.com")
    page.get_by_role("button", name="Enregistrer et continuer").click()
    expect(page.get_by_text("Avez-vous un VIE à proposer ?")).to_be_visible()
    page.get_by_role("button", name="Soumettre").click()

    expect(page.get_by_text("En validation").first).to_be_visible()
    opportunity = Opportunity.objects.get()
    assert (opportunity.places, opportunity.details) == (["MA"], {"site": "Casablanca", "desks": 2, "vie": False})
    assert opportunity.contact_email == user.email


def test_the_audience_follows_the_criteria_as_they_are_chosen(page, live_server, author):
    draft = OpportunityFactory(owner=author.organisation, created_by=author)
    OrganisationFactory(profile__languages=["fr"])
    page.goto(live_server.url + reverse("opportunities:edit_step", args=[draft.pk, "criteres"]))
    expect(page.get_by_text("≈ 1 PME compatible")).to_be_visible()

    page.locator("#id_languages_must").get_by_text("Choisir").click()
    page.locator("#id_languages_must").get_by_label("Anglais").check()

    expect(page.get_by_text("Aucune PME ne répond à tout")).to_be_visible()
    expect(page.get_by_text("Langue de travail : anglais : 1 PME")).to_be_visible()
    assert not draft.criteria.exists()


def test_the_count_that_arrives_late_moves_no_button(page, live_server, author):
    draft, waiting = OpportunityFactory(owner=author.organisation, created_by=author), []
    page.route("**/audience/", lambda route: waiting.append(route))
    page.goto(live_server.url + reverse("opportunities:preview", args=[draft.pk]))
    submit = page.get_by_role("button", name="Soumettre")
    place = submit.bounding_box()

    expect(page.get_by_text("Compter les PME compatibles")).to_be_visible()
    waiting[0].continue_()
    expect(page.get_by_text("Aucune PME ne répond à tout")).to_be_visible()

    assert submit.bounding_box() == place


def test_what_only_counts_with_another_answer_waits_for_it(page, live_server, author):
    opportunity = OpportunityFactory(owner=author.organisation, created_by=author, amount="", alias="")
    page.goto(live_server.url + reverse("opportunities:edit_step", args=[opportunity.pk, "confidentialite"]))
    page.wait_for_load_state("networkidle")  # the audience is counted meanwhile
    alias, shared = page.get_by_label("Nom affiché à la place"), page.get_by_label("Montrer ce montant aux PME")
    why, amount = page.get_by_label("Pourquoi le montant"), page.get_by_label("Montant en jeu pour la PME")

    for one in (alias, shared, why):
        expect(one).to_be_hidden()
    page.get_by_label("Garder le nom du groupe confidentiel").check()
    expect(alias).to_be_visible()
    amount.select_option("undisclosed")
    expect(why).to_be_visible()
    expect(shared).to_be_hidden()
    amount.select_option("50k-250k")
    expect(shared).to_be_visible()
    expect(why).to_be_hidden()
