from smtplib import SMTPRecipientsRefused

import pytest
from django.core import mail
from django.core.mail import EmailMessage, get_connection

from pacte.mailguard import allowed


@pytest.mark.parametrize(
    ("address", "rules", "passes"),
    [
        ("a@demo.example", ["demo.example"], True),
        ("Ada <A@Demo.Example>", ["demo.example"], True),
        ("a@sub.demo.example", ["demo.example"], False),
        ("a@notdemo.example", ["demo.example"], False),
        ("a@demo.example@evil.test", ["demo.example"], False),
        ("ada@test.org", ["ada@test.org"], True),
        ("bob@test.org", ["ada@test.org"], False),
        ("bob@test.org", ["*"], True),
        ("bob@test.org", [], False),
    ],
)
def test_who_may_be_written_to(address, rules, passes):
    assert allowed(address, rules) is passes


@pytest.fixture
def guarded(settings):
    settings.MAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    settings.MAIL_ALLOWED = ["demo.example"]
    return get_connection("pacte.mailguard.GuardedBackend")


def test_a_mail_to_listed_people_leaves(guarded):
    EmailMessage("Bonjour", "", to=["a@demo.example"], cc=["b@demo.example"], connection=guarded).send()

    assert [message.recipients() for message in mail.outbox] == [["a@demo.example", "b@demo.example"]]


@pytest.mark.parametrize("field", ["to", "cc", "bcc"])
def test_one_stranger_among_the_recipients_holds_the_mail_back_and_is_named(guarded, field):
    recipients = {"to": ["a@demo.example"], field: ["stranger@elsewhere.test"]}

    with pytest.raises(SMTPRecipientsRefused) as refusal:
        EmailMessage("Bonjour", "", **recipients, connection=guarded).send()

    assert refusal.value.recipients["stranger@elsewhere.test"][0] == 550
    assert not mail.outbox
