"""What someone typed while their session ended is there again once they have signed in, and not a moment longer;
nobody else who signs in on that browser reads it."""

import re

import pytest
from django.urls import reverse

from accounts.models import SmeProfile
from matching.models import Application
from matching.together import Act
from tests.conftest import CommittingClient
from tests.factories import PASSWORD, ApplicationFactory, OpportunityFactory, group_user, session_ends, sme_user
from tests.pages import asked, invited, proposed, questioned, received, revealed

WORDS = "Seize semaines, transport compris."


def opened(client, user, url):
    """The form stood open on this person's screen, and their session has ended since."""
    client.force_login(user)
    client.get(url)
    session_ends(client)


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


def carrying(user):
    return reverse("matching:portage_accept", args=[proposed(user).pk]), "message"


def not_carrying(user):
    return reverse("matching:portage_decline", args=[proposed(user).pk]), "text"


def asking_about_a_portage(user):
    return reverse("matching:portage_question", args=[proposed(user).pk]), "text"


SMES = [draft, start, answer, joining, portage, reply, question, section, reference, opinion]
GROUPS = [declining, declining_several, asking, answering, withdrawing, closing]
GROUPS += [carrying, not_carrying, asking_about_a_portage]
EVERY = [*((sme_user, make) for make in SMES), *((group_user, make) for make in GROUPS)]


@pytest.mark.parametrize(("person", "make"), EVERY, ids=lambda make: make.__name__)
def test_what_was_typed_comes_back_after_signing_in(client, person, make):
    user = person()
    url, field, *more = make(user)
    opened(client, user, url)

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
    opened(client, user, url)
    client.post(url, {field: WORDS, **ticked})
    client.force_login(user)

    about_both, about_another = client.get(url), client.get(f"{url.partition('?')[0]}?c={other.pk}")

    assert [fate.application.pk for fate in about_both.context["moving"]] == [ticked["c"]]
    assert WORDS not in about_another.text


def test_once_it_is_sent_it_is_kept_no_more(client):
    user = sme_user()
    url, _field = section(user)
    opened(client, user, url)
    client.post(url, {"products": WORDS})
    client.force_login(user)
    assert WORDS in client.get(url).text

    client.post(url, {"products": "Vannes et clapets"})

    assert SmeProfile.objects.get().products == "Vannes et clapets"
    assert WORDS not in client.get(url).text


def test_a_button_without_words_leaves_nothing_behind(client):
    user = sme_user()
    url, _field = start(user)
    opened(client, user, url)
    client.post(url)
    client.force_login(user)

    page = client.get(url)

    assert page.context["form"].is_bound is False


@pytest.mark.parametrize("make", [portage, section, reference, question, start], ids=lambda make: make.__name__)
def test_whoever_signs_in_next_on_that_browser_does_not_read_it(client, make):
    user, other = sme_user(), sme_user()
    url, field = make(user)
    opened(client, user, url)
    client.post(url, {field: WORDS})

    assert "kept" in client.session
    client.force_login(other)
    theirs = client.get(url)

    assert theirs.status_code == 200
    assert WORDS not in theirs.text
    assert "kept" not in client.session


def test_each_of_two_people_on_one_browser_finds_their_own_words(client):
    first, second = sme_user(), sme_user()
    url, field = portage(first)
    opened(client, first, url)
    client.post(url, {field: "Du premier."})
    opened(client, second, url)
    client.post(url, {field: "De la seconde."})

    client.force_login(second)

    assert "De la seconde." in client.get(url).text


def test_where_nobody_had_that_form_open_nothing_is_kept(client):
    user = sme_user()
    url, field = portage(user)

    client.post(url, {field: WORDS})

    assert "kept" not in client.session
    client.force_login(user)
    assert WORDS not in client.get(url).text


def test_the_cookie_that_says_whose_it_is_says_it_to_nobody_else(client, settings):
    settings.SESSION_COOKIE_SECURE = True
    user = sme_user()
    client.force_login(user)

    cookie = client.get(portage(user)[0]).cookies["writer"]

    assert re.fullmatch("[0-9a-f]{40}", cookie.value)
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Lax")
    assert (cookie["max-age"], cookie["expires"]) == ("", "")  # it ends with the browser


def signs_in(client, user):
    user.set_password(PASSWORD)
    user.save()
    page = client.get(reverse("account_login"))
    form = {"login": user.email, "password": PASSWORD, "csrfmiddlewaretoken": str(page.context["csrf_token"])}
    assert client.post(reverse("account_login"), form).status_code == 302


def test_a_form_left_open_by_somebody_else_is_refused_and_not_taken_for_that_of_whoever_came_after():
    client, first, second = CommittingClient(enforce_csrf_checks=True), sme_user(), sme_user()
    url, field = portage(first)
    signs_in(client, first)
    left_open = str(client.get(url).context["csrf_token"])
    session_ends(client)
    signs_in(client, second)
    client.get(url)
    session_ends(client)

    answer = client.post(url, {field: WORDS, "csrfmiddlewaretoken": left_open})
    signs_in(client, second)

    assert answer.status_code == 403
    assert WORDS not in client.get(url).text
