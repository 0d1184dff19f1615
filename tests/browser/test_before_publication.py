"""Between a draft and the public, in a real browser on a phone and at a desk: the charter, what staff ask for."""

import re
from datetime import date, timedelta
from urllib.parse import urlsplit

import pytest
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Charter, Email, Organisation, Signature
from matching import digest
from opportunities import moderation
from tests.factories import CharterFactory, OpportunityFactory, group_user

pytestmark = pytest.mark.django_db(transaction=True)
SIZES = {"phone": {"width": 390, "height": 844}, "desk": {"width": 1280, "height": 800}}


@pytest.fixture(params=SIZES)
def screen(request, page, axe, console):
    """Of one size; call it where no rule may be broken."""
    viewport = SIZES[request.param]
    page.set_viewport_size(viewport)

    def check():
        page.wait_for_load_state("networkidle")  # what a page asks for must not outlive the test
        axe()
        assert page.evaluate("document.documentElement.scrollWidth") <= viewport["width"]
        assert console == []

    return check


def test_a_new_charter_is_signed_from_its_mail_before_the_next_opportunity(
    page, live_server, sign_in, screen, time_machine
):
    user = group_user()
    Organisation.objects.update(created_at=timezone.now() - timedelta(days=100))
    old = CharterFactory(state=Charter.State.REPLACED, published_at=timezone.now() - timedelta(days=90))
    Signature.objects.create(charter=old, organisation=user.organisation, person=user)
    renewed = CharterFactory(in_force=True, version="2027-1", sign_by=date(2027, 4, 15))
    draft = OpportunityFactory(
        owner=user.organisation, created_by=user, apply_by=date(2027, 6, 1), answer_by=date(2027, 6, 15)
    )
    time_machine.move_to("2027-04-16T10:00:00+02:00")  # the day after the last one
    digest.run()
    [mail] = Email.objects.filter(template="to_do")
    sign_in(user)

    page.goto(live_server.url + reverse("opportunities:preview", args=[draft.pk]))
    screen()
    page.get_by_role("button", name="Soumettre").click()
    expect(page.get_by_text("doit d'abord signer la charte")).to_be_visible()
    assert urlsplit(page.url).path in mail.text  # the mail leads to the same page
    screen()
    page.get_by_role("button", name="Signer la charte").click()
    expect(page.get_by_text("C'est signé")).to_be_visible()
    screen()
    page.get_by_role("button", name="Soumettre").click()

    expect(page.get_by_text("En validation").first).to_be_visible()
    draft.refresh_from_db()
    assert draft.state == "submitted"
    signed = Signature.objects.get(charter=renewed)
    assert (signed.organisation, signed.person) == (user.organisation, user)
    assert timezone.localdate(signed.at) == date(2027, 4, 16)
    assert Signature.objects.filter(charter=old, organisation=user.organisation).exists()


def open_from_the_queue(page, title):
    page.get_by_role("link", name=re.compile(r"^1\s+Opportunités à valider")).click()
    page.get_by_role("link", name=title).click()


def test_changes_are_asked_by_staff_and_answered_by_the_group(page, live_server, sign_in, to_admin, screen):
    user = group_user()
    opportunity = OpportunityFactory(owner=user.organisation, created_by=user)
    moderation.submit(opportunity, by=user)
    asked = "Dites en combien de temps il faut livrer."
    staff = to_admin()
    screen()
    open_from_the_queue(page, opportunity.title)
    screen()
    page.get_by_role("link", name="Demander des modifications").click()
    page.get_by_role("button", name="Demander des modifications").click()
    expect(page.get_by_text("Écrivez au moins un commentaire")).to_be_visible()
    screen()
    assert not Email.objects.filter(template="opportunity_changes_requested").exists()
    page.get_by_label("En une phrase").fill(asked)
    page.get_by_role("button", name="Demander des modifications").click()
    expect(page.get_by_text("« Demander des modifications » : c'est fait.")).to_be_visible()
    [mail] = Email.objects.filter(template="opportunity_changes_requested")
    assert asked in mail.text
    assert list(opportunity.comments.values_list("author", "field", "text")) == [(staff.pk, "teaser", asked)]

    sign_in(user)
    page.goto(live_server.url + re.search(r"https?://[^/\s]+(/\S+)", mail.text)[1])
    expect(page.get_by_text(asked).first).to_be_visible()
    screen()
    page.get_by_role("link", name="En une phrase").first.click()
    screen()
    page.get_by_label("En une phrase").fill("Des vannes à livrer en six mois.")
    page.get_by_role("button", name="Enregistrer et soumettre").click()
    expect(page.get_by_text("En validation").first).to_be_visible()

    to_admin()
    open_from_the_queue(page, opportunity.title)
    page.get_by_role("link", name="Publier").click()
    screen()
    page.get_by_label("J'ai relu la liste de contrôle").check()
    page.get_by_role("button", name="Publier").click()
    expect(page.get_by_text("« Publier » : c'est fait.")).to_be_visible()
    sign_in(user)
    page.goto(live_server.url + reverse("opportunities:manage", args=[opportunity.pk]))
    expect(page.get_by_text("Publiée").first).to_be_visible()
    screen()
    opportunity.refresh_from_db()
    assert opportunity.teaser == "Des vannes à livrer en six mois."
    assert Email.objects.filter(template="opportunity_published").count() == 1
