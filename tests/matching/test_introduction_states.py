"""The table of an introduction's states, cell by cell: every state, every transition, every actor."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import introduce
from matching.models import Application, Introduction
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

State = Introduction.State
PENDING, HELD, SENT, FAILED, CANCELLED = State.PENDING, State.HELD, State.SENT, State.FAILED, State.CANCELLED
MAIL = {PENDING: "queued", HELD: "held", SENT: "sent", FAILED: "failed", CANCELLED: "cancelled"}
ACTS = {
    "hold": lambda one, by: introduce.hold(one, by=by, reason="Sanctions à vérifier."),
    "release": lambda one, by: introduce.release(one, by=by),
    "retry": lambda one, by: introduce.retry(one, by=by),
    "cancel": lambda one, by: introduce.cancel(one, by=by, reason="Sanctions avérées."),
    "withdraw consent": lambda one, by: introduce.withdraw_consent(
        Application.objects.get(pk=one.application_id), by=by
    ),
}
BOTH = [("introduction_news", ["c@example.com", "d@example.com"]), ("introduction_news", ["p@example.com"])]
WITHDRAWN, TO_DELETE = [("application_withdrawn", ["c@example.com"])], [("delete_asked", ["c@example.com"])]
TABLE = {  # transition: who may; from where: to where, and who is written to
    "hold": ("staff", {PENDING: (HELD, BOTH)}),
    "release": ("staff", {HELD: (PENDING, [])}),
    "retry": ("staff", {FAILED: (PENDING, [])}),
    "cancel": ("staff", {PENDING: (CANCELLED, BOTH), HELD: (CANCELLED, BOTH), FAILED: (CANCELLED, BOTH)}),
    "withdraw consent": (
        "sme",
        {
            PENDING: (CANCELLED, WITHDRAWN),
            HELD: (CANCELLED, WITHDRAWN),
            FAILED: (CANCELLED, WITHDRAWN),
            SENT: (SENT, TO_DELETE),  # what has left has left: the group is asked to delete it
        },
    ),
}
ACTORS = ["sme", "sme reader", "other sme", "group", "other group", "staff"]
CELLS = [(state, name, actor) for state in State.values for name in TABLE for actor in ACTORS]


def make(state):
    decider = group_user()
    opportunity = OpportunityFactory(
        published=True, owner=decider.organisation, created_by=decider, contact_email="c@example.com",
        deputy_email="d@example.com",
    )  # fmt: skip
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    application.contact.email = "p@example.com"
    application.contact.save()
    introduction = introduce.accept(application, by=decider)
    Introduction.objects.update(state=state, sent_at=timezone.now() if state == SENT else None)
    Email.objects.update(state=MAIL[state], sent_at=timezone.now() if state == SENT else None, refused=[])
    introduction.refresh_from_db()
    return introduction, {
        "sme": lambda: application.contact,
        "sme reader": lambda: colleague(application.contact, Membership.Role.READER),
        "other sme": sme_user,
        "group": lambda: decider,
        "other group": group_user,
        "staff": lambda: UserFactory(staff=True),
    }


def told(introduction):
    """Who is written to, beside the mail of the introduction itself."""
    mails = Email.objects.exclude(pk=introduction.email_id)
    return sorted((mail.template, sorted(mail.to)) for mail in mails)


@pytest.mark.parametrize(("state", "name", "actor"), CELLS)
def test_every_cell_does_what_the_table_says_or_refuses(state, name, actor):
    introduction, people = make(state)
    who, moves = TABLE[name]
    by = people[actor]()

    if actor == who and state in moves:
        ACTS[name](introduction, by)
        end, mails = moves[state]
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            ACTS[name](introduction, by)
        assert refusal.type is (StateError if actor == who else PermissionDenied)
        end, mails = state, []

    introduction = Introduction.objects.select_related("email").get()
    assert introduction.state == end
    assert introduction.email.state == MAIL[State(end)]
    lines = [] if end == state else [(state, end, by.pk)]
    assert list(introduction.history.values_list("before", "after", "actor")) == lines
    assert told(introduction) == mails
    assert bool(introduction.consent_withdrawn_at) is (mails in (WITHDRAWN, TO_DELETE))
    assert Application.objects.get().state == "accepted"


SETTLED = {  # (state, what became of the mail): what it shows, and who is written to
    (PENDING, "sent"): (SENT, []),
    (PENDING, "failed"): (FAILED, BOTH),
    (PENDING, "cancelled"): (CANCELLED, BOTH),
    (HELD, "cancelled"): (CANCELLED, BOTH),
    (FAILED, "cancelled"): (CANCELLED, BOTH),
    (FAILED, "queued"): (PENDING, []),
    (FAILED, "sent"): (PENDING, []),  # sent again by staff from the mail's own page; the next sweep sees the rest
}


@pytest.mark.parametrize("fate", Email.State.values)
@pytest.mark.parametrize("state", State.values)
def test_the_platform_gives_it_the_fate_of_its_mail_once_and_nothing_else(state, fate):
    introduction, _people = make(state)
    Email.objects.update(state=fate, sent_at=timezone.now() if fate == "sent" else None)
    if (state, fate) == (SENT, "cancelled"):
        return  # no mail that left is cancelled: `test_a_mail_that_left_can_no_longer_be_cancelled`
    end, mails = SETTLED.get((state, fate), (state, []))

    introduce.settle()

    introduction.refresh_from_db()
    lines = [] if end == state else [(state, end, None)]
    assert introduction.state == end
    assert list(introduction.history.values_list("before", "after", "actor")) == lines
    assert told(introduction) == mails
    introduce.settle()
    assert told(introduction) == mails  # nobody is told twice


@pytest.mark.parametrize("state", State.values)
def test_its_page_offers_the_sme_what_the_table_lets_it_do(client, state):
    introduction, people = make(state)
    client.force_login(people["sme"]())

    page = client.get(introduction.application.get_absolute_url())

    way = reverse("matching:application_withdraw", args=[introduction.application_id])
    assert (way in page.text) is (state in TABLE["withdraw consent"][1])
