"""Asking to join an organisation in a real browser, at a desk and on a phone."""

import re
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from playwright.sync_api import expect

from accounts import joining
from accounts.models import Email, JoinRequest, User
from matching import digest
from tests.factories import UserFactory, sme_user

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2027, 3, 1, 10, tzinfo=ZoneInfo("Europe/Paris"))


@pytest.fixture(params=[1280, 390])
def sized(page, request):
    page.set_viewport_size({"width": request.param, "height": 900})
    return page


@pytest.fixture
def fine(sized, axe, console):
    """Call it where no rule may be broken."""

    def check():
        axe()
        assert sized.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert console == []

    return check


def come_and_ask(page, live_server, organisation, fine):
    """A sign-up with a SIREN that is here, as far as the page that says what comes next."""
    page.goto(f"{live_server.url}{reverse('accounts:signup_sme')}?siren={organisation.siren}")
    fine()
    page.get_by_label("Prénom").fill("Andrea")
    page.get_by_label("Nom", exact=True).fill("Essai")
    page.get_by_label("Adresse e-mail").fill("andrea@example.com")
    page.get_by_label("Mot de passe").fill("une phrase qui se retient")
    page.get_by_role("button", name="Demander à la rejoindre").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    mail = Email.objects.get(template="confirm_email")
    page.goto(live_server.url + re.search(r"http://localhost:8000(/compte/confirm-email/\S+)", mail.text)[1])
    page.get_by_role("button", name="Confirmer").click()
    expect(page.get_by_text("Sans réponse au bout de dix jours")).to_be_visible()
    fine()


def days_later(*days):
    JoinRequest.objects.update(asked_at=MONDAY)
    for since in days:
        with time_machine.travel(MONDAY + timedelta(days=since, hours=1), tick=False):
            joining.chase()
            digest.run()


def test_a_join_request_that_nobody_answers(sized, live_server, fine):
    admin = sme_user()
    come_and_ask(sized, live_server, admin.organisation, fine)

    days_later(3, 7, 10)
    its = Email.objects.filter(to=[admin.email]).order_by("pk").values_list("template", flat=True)
    assert list(its) == ["join_asked", "to_do", "to_do"]
    sized.reload()
    expect(sized.get_by_text("l'équipe de Pacte PME s'en occupe")).to_be_visible()
    fine()
    days_later(29)
    assert JoinRequest.objects.get().state == "asked"
    days_later(30, 31)

    sized.reload()
    expect(sized.get_by_text("expirée", exact=True)).to_be_visible()
    fine()
    [mail] = Email.objects.filter(template="join_expired")
    assert mail.to == ["andrea@example.com"]
    assert JoinRequest.objects.get().state == "expired"
    assert Email.objects.filter(template="join_asked").count() == 1
    sized.goto(f"{live_server.url}{reverse('accounts:join')}?siren={admin.organisation.siren}")
    sized.get_by_role("button", name="Demander à la rejoindre").click()
    expect(sized.get_by_text("Votre demande est transmise")).to_be_visible()
    fine()


def test_staff_answer_what_nobody_of_the_house_answered(sized, live_server, sign_in, to_admin, fine):
    admin = sme_user()
    come_and_ask(sized, live_server, admin.organisation, fine)
    days_later(10)

    to_admin()
    sized.get_by_role("link", name=re.compile(r"^1\s+Rattachements à arbitrer")).click()
    sized.get_by_role("link", name="Andrea Essai").click()
    expect(sized.get_by_role("link", name="Accepter", exact=True)).to_be_visible()
    fine()
    sized.get_by_role("link", name="Accepter", exact=True).click()
    expect(sized.get_by_role("button", name="Accepter", exact=True)).to_be_visible()
    fine()
    sized.get_by_role("button", name="Accepter", exact=True).click()
    expect(sized.get_by_text("« Accepter » : c'est fait.")).to_be_visible()

    person = User.objects.get(email="andrea@example.com")
    sign_in(person)
    sized.goto(live_server.url + reverse("dashboard"))
    expect(sized).to_have_url(re.compile(reverse("matching:sme_dashboard")))
    fine()
    assert (person.organisation, person.membership.role) == (admin.organisation, "member")
    assert Email.objects.filter(template="join_accepted").count() == 1


def test_who_administers_lets_somebody_in(sized, live_server, sign_in, fine):
    admin, person = sme_user(), UserFactory()
    joining.ask(admin.organisation, by=person, message="Je dirige l'export.")
    sign_in(admin)
    sized.goto(live_server.url + reverse("accounts:members"))

    sized.get_by_role("link", name="Répondre").click()
    fine()
    sized.get_by_label("Rôle").select_option("reader")
    sized.get_by_role("button", name="L'accepter dans l'équipe").click()

    expect(sized.get_by_text("fait partie de votre équipe")).to_be_visible()
    fine()
    assert person.memberships.get().role == "reader"
