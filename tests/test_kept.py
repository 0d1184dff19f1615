"""What an SME typed while its session ended is there again once it has signed in, and not a moment longer."""

import pytest
from django.urls import reverse

from accounts.models import SmeProfile
from matching.models import Application
from tests.factories import ApplicationFactory, OpportunityFactory, sme_user
from tests.pages import invited, questioned, revealed

WORDS = "Seize semaines, transport compris."


def draft(user):
    return reverse("matching:application_edit", args=[ApplicationFactory(contact=user, pitch="Avant.").pk]), "pitch"


def start(user):
    return reverse("matching:application_start", args=[OpportunityFactory(published=True).pk]), "pitch"


def answer(user):
    asked = ApplicationFactory(contact=user, sent=True, awaiting="sme")
    return reverse("matching:application_answer", args=[asked.pk]), "text"


def joining(user):
    return reverse("matching:partner", args=[invited(user).pk]), "brings"


def portage(user):
    return reverse("matching:portage_ask"), "text"


def reply(user):
    return reverse("matching:portage_reply", args=[questioned(user).pk]), "text"


def question(user):
    return reverse("opportunities:ask", args=[OpportunityFactory(published=True).pk]), "text"


def section(user):
    return reverse("accounts:profile_section", args=["activite"]), "products"


def reference(user):
    return reverse("accounts:reference_add"), "description"


def opinion(user):
    return reverse("matching:rating", args=[revealed(user).pk]), "comment"


EVERY = [draft, start, answer, joining, portage, reply, question, section, reference, opinion]


@pytest.mark.parametrize("make", EVERY, ids=lambda make: make.__name__)
def test_what_was_typed_comes_back_after_signing_in(client, make):
    user = sme_user()
    url, field = make(user)

    away = client.post(url, {field: WORDS, "join": ""})
    client.force_login(user)
    page = client.get(url)

    assert away.url.startswith(reverse("account_login"))
    assert f">\n{WORDS}</textarea>" in page.text.replace("\r", "")
    assert not Application.objects.filter(pitch=WORDS).exists()
    assert SmeProfile.objects.filter(products=WORDS).count() == 0


def test_once_it_is_sent_it_is_kept_no_more(client):
    user = sme_user()
    url, _field = section(user)
    client.post(url, {"products": WORDS})
    client.force_login(user)
    assert WORDS in client.get(url).text

    client.post(url, {"products": "Vannes et clapets"})

    assert SmeProfile.objects.get().products == "Vannes et clapets"
    assert WORDS not in client.get(url).text


def test_a_button_without_words_leaves_nothing_behind(client):
    user = sme_user()
    url, _field = start(user)
    client.post(url)
    client.force_login(user)

    page = client.get(url)

    assert page.context["form"].is_bound is False
