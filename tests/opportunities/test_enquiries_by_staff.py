"""Staff hide or mend an answer that everyone reads, with a reason; what stood there before is kept."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from opportunities import enquiries
from opportunities.models import Enquiry, EnquiryChange
from pacte.states import StateError
from tests.factories import OpportunityFactory, UserFactory, group_user, sign_in_staff, sme_user


@pytest.fixture
def author():
    return group_user(name="DÉMO Zéphyrion")


@pytest.fixture
def enquiry(author):
    post = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)
    asked = enquiries.ask(post, by=sme_user(), text="Où faut-il livrer ?")
    enquiries.answer(asked, by=author, text="Au port, quai numéro douze.")
    asked.refresh_from_db()
    return asked


@pytest.fixture
def staff(client):
    return sign_in_staff(client)


def button(enquiry, name):
    return reverse("admin:opportunities_enquiry_transition", args=[enquiry.pk, name])


def public(client, enquiry):
    client.logout()
    return client.get(enquiry.opportunity.get_absolute_url()).text


def test_a_hidden_answer_is_read_by_nobody_until_it_is_shown_again_and_its_group_sees_why(
    client, enquiry, staff, author
):
    client.post(button(enquiry, "hide"), {"reason": "Elle donne une adresse."})
    assert "quai numéro douze" not in public(client, enquiry)
    client.force_login(author)
    page = client.get(reverse("opportunities:enquiries", args=[enquiry.opportunity_id])).text
    assert "Elle donne une adresse." in page

    sign_in_staff(client, staff)
    client.post(button(enquiry, "show"), {"reason": "Vérifié."})

    assert "quai numéro douze" in public(client, enquiry)
    kept = EnquiryChange.objects.order_by("pk").values_list("kind", "by", "reason")
    assert list(kept) == [("hidden", staff.pk, "Elle donne une adresse."), ("shown", staff.pk, "Vérifié.")]


def test_a_corrected_answer_replaces_the_other_which_is_kept(client, enquiry, staff):
    form = client.get(button(enquiry, "correct")).context["form"]
    assert form["answer"].value() == "Au port, quai numéro douze."

    client.post(
        button(enquiry, "correct"),
        {"question": "Où livrer ?", "answer": "Dans un port du pays.", "reason": "Trop précis."},
    )

    page = public(client, enquiry)
    assert "Dans un port du pays." in page
    assert "quai numéro douze" not in page
    change = EnquiryChange.objects.get()
    assert (change.text, change.answer) == ("Où faut-il livrer ?", "Au port, quai numéro douze.")


def test_a_correction_does_not_name_a_confidential_group(client, enquiry, staff):
    page = client.post(
        button(enquiry, "correct"), {"question": "Où ?", "answer": "Chez Zéphyrion.", "reason": "Mieux dit."}
    )

    assert page.context["form"].errors["answer"]
    assert not EnquiryChange.objects.exists()


def test_what_has_no_answer_yet_offers_nothing_and_only_staff_do_it(client, enquiry, staff, author):
    waiting = enquiries.ask(enquiry.opportunity, by=sme_user(), text="Quand livrer ?")

    page = client.get(reverse("admin:opportunities_enquiry_change", args=[waiting.pk]))

    assert page.context["transitions"] == []
    with pytest.raises(StateError):
        enquiries.hide(waiting, by=staff, reason="Vide.")
    with pytest.raises(PermissionDenied):
        enquiries.hide(enquiry, by=author, reason="Gênant.")
    assert Enquiry.objects.answered().count() == 1


def test_two_of_the_staff_hide_it_once(enquiry):
    one, other = UserFactory(staff=True), UserFactory(staff=True)
    enquiries.hide(enquiry, by=one, reason="Adresse.")

    with pytest.raises(StateError):
        enquiries.hide(Enquiry.objects.get(), by=other, reason="Adresse.")

    assert EnquiryChange.objects.count() == 1
