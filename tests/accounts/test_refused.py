"""A real server that refuses some of a mail's recipients: nobody gets it twice, and we know whom it did not reach."""

from collections import Counter

import pytest
from aiosmtpd.controller import Controller

from accounts import mail, tasks
from accounts.models import Email
from pacte.devstack.processes import free_port
from tests.factories import EmailFactory


class Server:
    def __init__(self):
        self.answers = {}  # address → what it says to it, if not yes
        self.received = Counter()

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 (aiosmtpd's name)
        if address not in self.answers:
            envelope.rcpt_tos.append(address)
        return self.answers.get(address, "250 OK")

    async def handle_DATA(self, server, session, envelope):  # noqa: N802
        self.received.update(envelope.rcpt_tos)
        return "250 OK"


@pytest.fixture
def server(settings):
    server = Server()
    controller = Controller(server, hostname="127.0.0.1", port=free_port())
    controller.start()
    settings.EMAIL_BACKEND, settings.MAIL_BACKEND = "pacte.mailguard.GuardedBackend", "pacte.mailguard.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.MAIL_ALLOWED = "127.0.0.1", controller.port, ["*"]
    yield server
    controller.stop()


def delivered(email):
    tasks.deliver(email.pk)
    email.refresh_from_db()
    return email.state


def test_one_refused_for_good_is_named_and_the_other_has_it_once(server):
    email = EmailFactory(to=["sme@example.com", "Group@Example.com"], cc=["deputy@example.com"])
    server.answers = {"Group@Example.com": "550 no such user"}

    assert delivered(email) == Email.State.FAILED

    assert (email.refused, email.delivered) == (["Group@Example.com"], ["sme@example.com", "deputy@example.com"])
    assert mail.unreachable(["sme@example.com", "Group@Example.com"]) == {"Group@Example.com"}

    server.answers = {}
    email.retry()
    assert delivered(email) == Email.State.SENT
    assert server.received == {"sme@example.com": 1, "deputy@example.com": 1, "Group@Example.com": 1}


def test_one_who_is_asked_to_wait_gets_it_at_the_next_try_and_the_other_only_once(server):
    email = EmailFactory(to=["sme@example.com", "group@example.com"])
    server.answers = {"group@example.com": "451 greylisted, try again later"}

    assert delivered(email) == Email.State.QUEUED
    assert (email.refused, email.delivered) == ([], ["sme@example.com"])

    server.answers = {}
    Email.objects.update(try_at=email.queued_at)
    assert delivered(email) == Email.State.SENT
    assert server.received == {"sme@example.com": 1, "group@example.com": 1}


def test_a_copy_that_is_refused_leaves_the_mail_sent_and_the_address_flagged(server):
    email = EmailFactory(to=["sme@example.com", "group@example.com"], cc=["deputy@example.com"])
    server.answers = {"deputy@example.com": "550 no such user"}

    assert delivered(email) == Email.State.SENT

    assert (email.refused, "no such user" in email.error) == (["deputy@example.com"], True)


def test_all_refused_for_good_is_a_failure_at_once(server):
    email = EmailFactory(to=["sme@example.com", "group@example.com"])
    server.answers = dict.fromkeys(email.to, "550 no such user")

    assert delivered(email) == Email.State.FAILED

    assert (email.refused, email.delivered, email.attempts) == (email.to, [], 1)
    assert server.received == {}
