import threading
from datetime import timedelta
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail as outgoing
from django.core.mail.backends.locmem import EmailBackend
from django.db import connection, transaction
from django.utils import timezone
from redis.exceptions import ConnectionError as BrokerDown

from accounts import mail, tasks
from accounts.models import Email
from pacte.states import StateError
from tests.factories import EmailFactory


class Broken(EmailBackend):
    error: Exception = SMTPServerDisconnected("gone")

    def send_messages(self, messages):
        raise self.error


@pytest.fixture
def server(settings):
    """Breaks and mends the mail server."""

    def server(error):
        Broken.error = error
        settings.EMAIL_BACKEND = f"{__name__}.Broken" if error else "django.core.mail.backends.locmem.EmailBackend"

    return server


def test_a_due_mail_is_sent_once_however_often_the_bell_rings(mailoutbox):
    email = EmailFactory()

    tasks.deliver(email.pk)
    tasks.deliver(email.pk)

    email.refresh_from_db()
    assert email.state == Email.State.SENT
    assert [m.extra_headers["Message-ID"] for m in mailoutbox] == [email.message_id]


def test_what_a_mail_does_not_say_leaves_no_hole_in_its_text():
    context = {
        "sme": {"name": "Ada"},
        "title": "Vannes",
        "opportunity": {"public_name": "DÉMO Groupe"},
        "application": {"promise": None},
        "action_url": "https://example.com/",
    }

    text = mail.rendered("application_shortlisted", context, "fr")["text"]

    assert "\n\n\n" not in text
    assert "\n\n" in text


def test_sending_takes_at_most_four_queries(django_assert_max_num_queries):
    email = EmailFactory()

    with django_assert_max_num_queries(4):
        tasks.deliver(email.pk)


def test_a_server_that_is_away_is_tried_again_later_with_the_same_message_id(server, mailoutbox):
    email = EmailFactory()
    server(SMTPServerDisconnected("gone"))
    tasks.deliver(email.pk)
    email.refresh_from_db()
    assert (email.state, email.attempts) == (Email.State.QUEUED, 1)
    assert timezone.now() < email.try_at < timezone.now() + timedelta(minutes=3)

    server(None)
    Email.objects.update(try_at=timezone.now())
    tasks.deliver_due()

    assert [m.extra_headers["Message-ID"] for m in mailoutbox] == [email.message_id]


def test_soft_bounce_provider_down_five_more_tries_in_a_day(server, time_machine):
    email, tried = EmailFactory(), []
    server(SMTPServerDisconnected("gone"))

    while email.state == Email.State.QUEUED:
        time_machine.move_to(email.try_at, tick=False)
        tasks.deliver(email.pk)
        email.refresh_from_db()
        tried.append(timezone.now())

    assert (email.state, len(tried)) == (Email.State.FAILED, 1 + 5)
    assert tried[-1] - tried[0] == timedelta(days=1)


@pytest.mark.parametrize(("attempts", "state"), [(4, "queued"), (5, "failed")])
def test_it_gives_up_visibly_at_the_sixth_failure(server, attempts, state):
    email = EmailFactory(attempts=attempts)
    server(SMTPServerDisconnected("gone"))

    tasks.deliver(email.pk)

    email.refresh_from_db()
    assert (email.state, email.error) == (state, "SMTPServerDisconnected: gone")
    assert Email.objects.failed().exists() == (state == "failed")


def test_an_address_refused_for_good_is_not_tried_again(server):
    email = EmailFactory()
    server(SMTPRecipientsRefused({"quelqu-un@example.com": (550, b"no such user")}))

    tasks.deliver(email.pk)

    email.refresh_from_db()
    assert email.state == Email.State.FAILED


def test_a_mail_that_is_not_due_stays(mailoutbox):
    for state in [Email.State.HELD, Email.State.CANCELLED]:
        tasks.deliver(EmailFactory(state=state).pk)
    tasks.deliver(EmailFactory(try_at=timezone.now() + timedelta(minutes=1)).pk)

    assert mailoutbox == []


def test_the_sweep_hears_what_the_bell_missed(mailoutbox):
    email = EmailFactory()

    tasks.deliver_due()

    email.refresh_from_db()
    assert email.state == Email.State.SENT


def test_a_dead_broker_delays_the_mail_and_breaks_nothing(monkeypatch, django_capture_on_commit_callbacks, caplog):
    def dead(*args, **kwargs):
        raise BrokerDown

    monkeypatch.setattr(tasks.deliver, "delay", dead)
    with django_capture_on_commit_callbacks(execute=True):
        email = mail.queue(key="k", to=["a@example.com"], template="reset_password", context={"action_url": ""})

    email.refresh_from_db()
    assert email.state == Email.State.QUEUED
    assert Email.objects.due().get() == email


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_it_once():
    email = EmailFactory()
    start = threading.Barrier(2)

    def work():
        start.wait()
        tasks.deliver(email.pk)
        connection.close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert len(outgoing.outbox) == 1


def test_a_mail_that_left_can_no_longer_be_cancelled():
    email = EmailFactory()
    tasks.deliver(email.pk)

    with pytest.raises(StateError):
        email.cancel()


def test_a_failed_mail_may_be_tried_again(mailoutbox):
    email = EmailFactory(state=Email.State.FAILED, attempts=8)

    email.retry()
    tasks.deliver(email.pk)

    assert len(mailoutbox) == 1


@pytest.mark.parametrize(("age", "purged"), [(89, False), (91, True)])
def test_what_a_mail_said_is_forgotten_after_ninety_days(age, purged):
    now = timezone.now()
    email = EmailFactory(state=Email.State.SENT, sent_at=now, queued_at=now - timedelta(days=age))

    tasks.purge_bodies()

    email.refresh_from_db()
    assert (email.text == "") == purged
    assert (email.purged_at is not None) == purged
    assert email.subject


def test_no_mail_leaves_when_the_change_it_tells_of_is_undone(mailoutbox):
    with transaction.atomic():
        mail.queue(key="k", to=["a@example.com"], template="reset_password", context={"action_url": ""})
        transaction.set_rollback(True)

    assert not Email.objects.exists()
    assert mailoutbox == []
