import pytest
from django.urls import reverse

from tests.factories import EmailFactory


@pytest.fixture
def email():
    return EmailFactory(
        subject="Votre candidature", text="Bonjour Ada", html="<p style='color: red'>Bonjour <b>Ada</b></p>"
    )


@pytest.fixture
def development(settings):
    settings.DEBUG = True


def test_written_mails_are_shown_in_development(client, email, development):
    page = client.get(reverse("mails"))
    detail = client.get(reverse("mail_detail", args=[email.pk]))

    assert list(page.context["page"]) == [email]
    assert "Bonjour Ada" in detail.text
    assert "frame-src 'self'" in detail["Content-Security-Policy"]


def test_the_html_of_a_mail_is_alone_in_its_frame_and_may_run_nothing(client, email, development):
    response = client.get(reverse("mail_html", args=[email.pk]))

    assert response.text == email.html
    assert "sandbox" in response["Content-Security-Policy"]
    assert "script-src" not in response["Content-Security-Policy"]
    assert response["X-Frame-Options"] == "SAMEORIGIN"


def test_elsewhere_there_is_no_such_page(client, email):
    urls = [reverse("mails"), reverse("mail_detail", args=[email.pk]), reverse("mail_html", args=[email.pk])]

    assert [client.get(url).status_code for url in urls] == [404, 404, 404]
