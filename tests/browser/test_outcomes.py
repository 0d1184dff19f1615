"""A group tells of a win, its company confirms it, and the public figure counts it: at a desk and on a phone."""

import pytest
from django.core.cache import caches
from django.urls import reverse
from playwright.sync_api import expect

from matching.models import Declaration
from tests.factories import IntroductionFactory, group_user

pytestmark = pytest.mark.django_db(transaction=True)


def fits(page):
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("width", [1280, 390])
def test_a_win_counts_once_the_company_confirms_it(page, live_server, sign_in, axe, console, width):
    caches["pages"].clear()
    for row in IntroductionFactory.create_batch(4):  # a fifth may be told
        Declaration.objects.create(introduction=row, side="sme", said="won", amount="0-50k", without="no")
    decider = group_user()
    its = {"application__opportunity__owner": decider.organisation, "application__opportunity__created_by": decider}
    introduction = IntroductionFactory(**its)
    application, sme = introduction.application, introduction.application.contact
    page.set_viewport_size({"width": width, "height": 900})

    sign_in(decider)
    page.goto(live_server.url + reverse("matching:application_review", args=[application.pk]))
    page.get_by_role("link", name="Dire ce qui en est sorti").click()
    axe()
    fits(page)
    page.get_by_label("Oui, le contact a eu lieu").check()
    page.get_by_role("button", name="Enregistrer ma réponse").click()
    page.get_by_role("link", name="Dire ce qui en est sorti").click()
    axe()
    fits(page)
    page.get_by_label("Une affaire est conclue", exact=True).check()
    page.get_by_role("button", name="Enregistrer ma réponse").click()
    expect(page.get_by_text("C'est noté, merci.")).to_be_visible()

    page.goto(live_server.url + reverse("matching:results"))
    axe()
    fits(page)
    wins = page.locator("dt", has_text="Affaires confirmées").locator("xpath=..")
    expect(wins.locator("dd")).to_contain_text("moins de 5")

    sign_in(sme)
    page.goto(live_server.url + reverse("matching:application_status", args=[application.pk]))
    axe()
    page.get_by_role("link", name="Dire ce qui en est sorti").click()
    expect(page.get_by_text("Le groupe dit qu'une affaire est conclue avec vous.")).to_be_visible()
    axe()
    page.get_by_label("Oui, une affaire est conclue").check()
    page.get_by_role("button", name="Enregistrer ma réponse").click()
    expect(page.get_by_text("Indiquez un ordre de grandeur").first).to_be_visible()
    axe()
    page.get_by_label("Si une affaire est conclue : son montant").select_option("50k-250k")
    page.get_by_label("Non, c'est grâce à la mise en relation").check()
    fits(page)
    page.get_by_role("button", name="Enregistrer ma réponse").click()
    expect(page.get_by_text("C'est noté, merci.")).to_be_visible()

    caches["pages"].clear()  # ten minutes later
    page.goto(live_server.url + reverse("matching:results"))
    expect(wins.locator("dd strong")).to_have_text("5")
    assert console == []
