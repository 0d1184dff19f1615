"""Until a group has accepted, an SME that asks for portage does not learn which groups were asked, neither by their
own words nor by those of the staff; nor they which SME it is, where it did not wish to be named."""

import pytest
from django.urls import reverse

from accounts.models import Email, User
from matching.models import PortageAnswer, PortageRequest
from tests.factories import PortageAnswerFactory, group_user, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
GROUP = {
    "name": "DÉMO Groupe Quetzal",
    "website": "https://www.plumes-vertes.example",
    "profile__places": ["MA"],
    "profile__known_names": ["Onde Noire"],
}


@pytest.fixture
def group():
    person = group_user(**GROUP)
    User.objects.filter(pk=person.pk).update(
        first_name="Ursule", last_name="Zéphyrine", email="u.zephyrine@qzalin.example"
    )
    return User.objects.get(pk=person.pk)


@pytest.fixture
def answer(group):
    return PortageAnswerFactory(group=group.organisation, request__contact=sme_user())


def url(name, answer):
    return reverse(f"matching:portage_{name}", args=[answer.request_id])


TELLING = [
    "Chez Quetzal, quel délai ?",
    "Chez Q u e t z a l, quel délai ?",
    "Chez Quet\u200bzal, quel délai ?",
    "Pour Onde Noire, quel délai ?",
    "Voyez plumes-vertes : quel délai ?",
    "Quel délai ? Ursule Zéphyrine",
    "L'équipe Qzalin demande : quel délai ?",
]
LEADING = ["Appelez le 01 99 00 12 34.", "Écrivez à u.z (at) ailleurs.example.", "Voyez https://ailleurs.example."]


@pytest.mark.parametrize("text", [*TELLING, *LEADING])
def test_a_question_that_tells_which_group_asks_does_not_leave_and_nothing_typed_is_lost(client, group, answer, text):
    client.force_login(group)

    page = client.post(url("question", answer), {"text": text})

    assert list(page.context["form"].errors) == ["text"]
    assert page.context["form"]["text"].value() == text
    assert not answer.messages.exists()
    assert not Email.objects.exists()


@pytest.mark.parametrize("text", [*TELLING, *LEADING])
@pytest.mark.parametrize("button", ["preview", "confirm"])
def test_nor_does_a_refusal(client, group, answer, text, button):
    client.force_login(group)

    page = client.post(url("decline", answer), {"reason": "timing", "text": text, button: ""})

    assert list(page.context["form"].errors) == ["text"]
    assert page.context["form"]["text"].value() == text
    assert page.context["preview"] is None
    answer.refresh_from_db()
    assert answer.state == PortageAnswer.State.WAITING
    assert not Email.objects.exists()


def test_a_text_that_was_never_shown_does_not_leave_by_claiming_that_it_was(client, group, answer):
    client.force_login(group)
    shown = client.post(url("decline", answer), {"reason": "timing", "text": "Trop loin.", "preview": ""})

    typed = shown.context["form"].initial | {"text": "Trop loin de Quetzal.", "confirm": ""}
    page = client.post(url("decline", answer), typed)

    assert list(page.context["form"].errors) == ["text"]
    assert not Email.objects.exists()


@pytest.mark.parametrize("text", ["Quel délai pour ces vannes au Maroc ?", "Notre groupe attend trois agréments."])
def test_what_tells_nothing_leaves(client, group, answer, text):
    client.force_login(group)

    client.post(url("question", answer), {"text": text})

    assert answer.messages.get().text == text


def test_the_word_of_a_group_that_accepts_may_be_signed(client, group, answer):
    client.force_login(group)

    page = client.post(url("accept", answer), {"message": "Ursule Zéphyrine, Quetzal, 01 99 00 12 34"})

    assert page.context["form"].errors == {}
    assert "Ursule Zéphyrine, Quetzal, 01 99 00 12 34" in page.context["preview"]["text"]


@pytest.mark.parametrize(("reason", "refused"), [("Ni Quetzal ni un autre n'y est.", False), ("Trop tôt.", True)])
def test_staff_who_refuse_a_request_do_not_name_the_groups_that_were_asked(client, answer, reason, refused):
    PortageAnswer.objects.update(state="declined", decline_reason="size")
    PortageRequest.objects.update(state="to_review")
    sign_in_staff(client)

    page = client.post(
        reverse("admin:matching_portagerequest_transition", args=[answer.request_id, "refuse"]), {"reason": reason}
    )

    assert (PortageRequest.objects.get().state == "refused") == refused
    if not refused:
        assert "« Quetzal »" in page.context["form"].errors["reason"][0].replace("\xa0", " ")
        assert page.context["form"]["reason"].value() == reason


@pytest.fixture
def sme():
    person = sme_user(name="DÉMO Vannes Zéphyr", website="https://www.vz-fluides.example")
    User.objects.filter(pk=person.pk).update(first_name="Hippolyte", last_name="Barracuda")
    return User.objects.get(pk=person.pk)


UNNAMED = {"country": "MA", "horizon": "now", "support": ["stand"], "named": "non", "consent": "on"}
OWN = [
    "Vannes Zéphyr vend au Maroc.",
    "V a n n e s\u200b Zéphyr vend au Maroc.",
    "Chez Zéphyr, nous vendons au Maroc.",
    "Voyez vz-fluides.example",
    "Demandez Hippolyte Barracuda.",
    "M. Barracuda y va souvent.",
]


@pytest.mark.parametrize("text", OWN)
def test_an_sme_that_is_not_named_does_not_name_itself_in_its_project_nor_in_its_answers(client, sme, text):
    client.force_login(sme)
    typed = UNNAMED | {"contact": sme.pk}

    asked = client.post(reverse("matching:portage_ask"), typed | {"text": text})
    its = PortageAnswerFactory(request__contact=sme, awaiting="sme")
    its.messages.create(side="group", text="Quel délai ?")
    replied = client.post(reverse("matching:portage_reply", args=[its.pk]), {"text": text})

    assert [list(page.context["form"].errors) for page in (asked, replied)] == [["text"], ["text"]]
    assert [page.context["form"]["text"].value() for page in (asked, replied)] == [text, text]
    assert PortageRequest.objects.get() == its.request


def test_words_of_its_trade_tell_nothing(client, sme):
    client.force_login(sme)
    typed = UNNAMED | {"contact": sme.pk}

    client.post(
        reverse("matching:portage_ask"), typed | {"text": "Des vannes, et un zéphyr au Maroc.", "timing": "Mai"}
    )

    assert PortageRequest.objects.get().text == "Des vannes, et un zéphyr au Maroc."
