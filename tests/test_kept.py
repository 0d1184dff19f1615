"""What someone typed while their session ended is there again once they have signed in, and not a moment longer."""

import pytest
from django.urls import reverse

from accounts.models import SmeProfile
from matching.models import Application
from matching.together import Act
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, sme_user
from tests.pages import asked, invited, questioned, received, revealed

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


def declining(user):
    return reverse("matching:application_decline", args=[received(user).pk]), "text"


def declining_several(user):
    first = received(user)
    second = ApplicationFactory(opportunity=first.opportunity, sent=True)
    url = reverse("matching:decide_together", args=[first.opportunity_id, Act.DECLINE])
    return f"{url}?c={first.pk}&c={second.pk}", "text", {"c": first.pk}


def asking(user):
    return reverse("matching:application_ask", args=[received(user).pk]), "text"


def answering(user):
    return reverse("opportunities:answer", args=[asked(user).pk]), "answer"


def withdrawing(user):
    return reverse("matching:withdraw", args=[received(user).opportunity_id]), "reason"


def closing(user):
    return reverse("matching:close", args=[received(user).opportunity_id]), "text"


SMES = [draft, start, answer, joining, portage, reply, question, section, reference, opinion]
GROUPS = [declining, declining_several, asking, answering, withdrawing, closing]
EVERY = [*((sme_user, make) for make in SMES), *((group_user, make) for make in GROUPS)]


@pytest.mark.parametrize(("person", "make"), EVERY, ids=lambda make: make.__name__)
def test_what_was_typed_comes_back_after_signing_in(client, person, make):
    user = person()
    url, field, *more = make(user)

    away = client.post(url, {field: WORDS, "join": "", **dict(*more)})
    client.force_login(user)
    page = client.get(url)

    assert away.url.startswith(reverse("account_login"))
    assert f">\n{WORDS}</textarea>" in page.text.replace("\r", "")
    assert not Application.objects.filter(pitch=WORDS).exists()
    assert SmeProfile.objects.filter(products=WORDS).count() == 0


def test_only_those_still_ticked_come_back_and_the_words_to_some_are_not_offered_for_others(client):
    user = group_user()
    url, field, ticked = declining_several(user)
    other = ApplicationFactory(opportunity=Application.objects.get(pk=ticked["c"]).opportunity, sent=True)
    client.post(url, {field: WORDS, **ticked})
    client.force_login(user)

    about_both, about_another = client.get(url), client.get(f"{url.partition('?')[0]}?c={other.pk}")

    assert [fate.application.pk for fate in about_both.context["moving"]] == [ticked["c"]]
    assert WORDS not in about_another.text


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
