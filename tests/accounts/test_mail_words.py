"""A mail that did not leave: its page says why and what to do, and whom it was for, in words."""

import pytest
from django.urls import reverse

from accounts import mail_words
from accounts.models import Email
from tests.backoffice import page_of
from tests.factories import EmailFactory, UserFactory, sign_in_staff

REFUSED = "SMTPRecipientsRefused: {'a@example.com': (550, b'unknown')}"


@pytest.mark.parametrize(
    ("error", "refused", "said"),
    [
        ("", [], ""),
        (REFUSED, ["a@example.com"], "Adresse refusée pour de bon par son serveur. a@example.com"),
        ("SMTPRecipientsRefused: {'a@example.com': (450, b'later')}", [],
         "Le serveur de destination a refusé le message à chaque essai."),
        ("SMTPRecipientsRefused: {'a@b.org': (550, b'refused by MAIL_ALLOWED: not …')}", ["a@b.org"],
         "Cette installation n'a le droit d'écrire qu'aux adresses de sa liste (MAIL_ALLOWED). a@b.org"),
        ("TimeoutError: timed out", [], "Notre serveur d'envoi n'a pas répondu."),
        ("SMTPServerDisconnected: gone", [], "Notre serveur d'envoi n'a pas répondu."),
        ("SMTPAuthenticationError: (535, b'no')", [],
         "Notre serveur d'envoi ne nous laisse pas entrer : dites-le à qui tient la plateforme."),
        ("SMTPDataError: (554, b'spam')", [],
         "Notre serveur d'envoi n'a pas voulu de ce message : dites-le à qui tient la plateforme."),
        ("ValueError: Invalid address", [], "Une adresse est mal écrite."),
    ],
)  # fmt: skip
def test_an_error_is_said_in_words(error, refused, said):
    assert mail_words.why(Email(error=error, refused=refused)).replace("\xa0", " ") == said


@pytest.mark.django_db
def test_the_page_leads_to_the_person_and_to_the_case_and_folds_what_is_technical(client):
    person = UserFactory(email="a@example.com", phone="01 99 00 11 22")
    email = EmailFactory(
        to=["a@example.com", "b@example.com"], about="application:12", state=Email.State.FAILED, error=REFUSED,
        refused=["a@example.com"],
    )  # fmt: skip
    sign_in_staff(client)

    page = client.get(page_of(email))

    shown, technical = page.context["adminform"]
    assert not {"key", "template", "error", "message_id", "unsubscribe_url"} & {*shown.fields}
    assert "collapse" in technical.classes
    assert f'<a href="{page_of(person)}">{person}</a> · a@example.com · 01 99 00 11 22<br>b@example.com' in page.text
    assert reverse("admin:matching_application_change", args=[12]) in page.text
    assert "Adresse refusée pour de bon par son serveur. a@example.com" in page.text
    assert "Unsubscribe url" not in page.text
    assert ">None<" not in page.text
    assert "Message id" not in page.text


@pytest.mark.django_db
def test_the_list_says_why_in_words_and_the_page_that_asks_says_what_a_retry_is_worth(client):
    email = EmailFactory(state=Email.State.FAILED, error=REFUSED, refused=["a@example.com"])
    sign_in_staff(client)

    rows = client.get(reverse("admin:accounts_email_changelist"), {"state__exact": "failed"})
    asks = client.get(reverse("admin:accounts_email_transition", args=[email.pk, "retry"]))

    assert "SMTPRecipientsRefused" not in rows.text
    assert "Adresse refusée pour de bon" in rows.text
    assert "appelez plutôt la personne" in asks.text
