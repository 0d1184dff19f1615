"""Asking to join an organisation in a real browser, at a desk and on a phone."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from accounts import joining
from accounts.models import Email, JoinRequest
from tests.factories import UserFactory, sme_user

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture(params=[1280, 390])
def sized(page, request):
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


def narrow(page):
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_join_request_that_nobody_answers(sized, live_server, sign_in, axe):
    admin = sme_user()
    sized.goto(f"{live_server.url}{reverse('accounts:signup_sme')}?siren={admin.organisation.siren}")
    axe()
    assert narrow(sized)
    sized.get_by_label("Prénom").fill("Andrea")
    sized.get_by_label("Nom", exact=True).fill("Essai")
    sized.get_by_label("Adresse e-mail").fill("andrea@example.com")
    sized.get_by_label("Mot de passe").fill("une phrase qui se retient")
    sized.get_by_role("button", name="Demander à la rejoindre").click()
    expect(sized.get_by_role("heading", level=1)).to_be_visible()
    mail = Email.objects.get(template="confirm_email")
    sized.goto(live_server.url + re.search(r"http://localhost:8000(/compte/confirm-email/\S+)", mail.text)[1])
    sized.get_by_role("button", name="Confirmer").click()

    expect(sized.get_by_text("Sans réponse au bout de dix jours")).to_be_visible()
    axe()
    asked = JoinRequest.objects.get()
    for days in (3, 7, 10):
        JoinRequest.objects.update(asked_at=MONDAY - timedelta(days=days))
        with time_machine.travel(MONDAY, tick=False):
            joining.chase()
    assert Email.objects.filter(template="join_asked", to=[admin.email]).count() == 3
    sized.reload()
    expect(sized.get_by_text("l'équipe de Pacte PME s'en occupe")).to_be_visible()

    joining.accept(asked, "member", by=UserFactory(staff=True))
    sized.goto(live_server.url + reverse("dashboard"))
    expect(sized).to_have_url(re.compile(reverse("matching:sme_dashboard")))


def test_who_administers_lets_somebody_in(sized, live_server, sign_in, axe):
    admin, person = sme_user(), UserFactory()
    joining.ask(admin.organisation, by=person, message="Je dirige l'export.")
    sign_in(admin)
    sized.goto(live_server.url + reverse("accounts:members"))

    sized.get_by_role("link", name="Répondre").click()
    axe()
    assert narrow(sized)
    sized.get_by_label("Rôle").select_option("reader")
    sized.get_by_role("button", name="L'accepter dans l'équipe").click()

    expect(sized.get_by_text("fait partie de votre équipe")).to_be_visible()
    assert person.memberships.get().role == "reader"
