from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching.models import Application, Introduction
from opportunities.models import Opportunity
from pacte.days import date_format
from tests.factories import (
    ApplicationFactory,
    EmailFactory,
    sme_user,
)

State = Application.State
PAGES = ["application_status", "application_edit", "application_send", "application_withdraw"]


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


@pytest.mark.parametrize("state", State.values)
def test_the_status_page_says_what_comes_next_in_every_state(client, state):
    application = ApplicationFactory(sent=True, decline_reason="size", decided_at=timezone.now())
    Application.objects.update(state=state, waitlisted_at=timezone.now())
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert response.context["next_step"]
    assert [step.label for step in response.context["steps"] if not step.label] == []
    assert {step.status for step in response.context["steps"]} & {"now", "next", "stopped"}


def test_after_the_closing_their_page_says_it_and_that_the_promise_stands(client):
    day = timezone.localdate() + timedelta(days=9)
    application = ApplicationFactory(sent=True, promised_by=day)
    Opportunity.objects.update(state="closed", closed_at=timezone.now(), answer_by=None)
    client.force_login(application.contact)

    said = client.get(url("application_status", application)).context["next_step"].replace("\xa0", " ")

    today = date_format(timezone.localdate(), "j F Y")
    promised = date_format(day, "j F Y")
    assert said == (
        f"Les candidatures sont closes depuis le {today}. Le groupe s'engage à répondre avant le {promised}."
    )


@pytest.mark.parametrize("state", Introduction.State.values)
def test_the_status_page_follows_the_introduction(client, state):
    application = ApplicationFactory(sent=True, opportunity__secret=True, opportunity__owner__name="DÉMO Nom caché")
    Application.objects.update(state="accepted")
    Introduction.objects.create(application=application, email=EmailFactory(), state=state, sent_at=timezone.now())
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert response.context["next_step"]
    assert ("Nom caché" in response.content.decode()) == (state == "sent")
    assert response.context["may_withdraw"] == (state in {"pending", "held", "failed"})


@pytest.mark.parametrize("apply_by", [timezone.localdate() + timedelta(days=9), None], ids=["dated", "undated"])
def test_a_draft_is_said_to_be_sent_by_a_day_never_on_it_and_is_given_up_not_withdrawn(client, apply_by):
    draft = ApplicationFactory(opportunity__apply_by=apply_by)
    client.force_login(draft.contact)

    page = client.get(url("application_status", draft))

    label = "À envoyer au plus tard le" if apply_by else "Envoi au groupe"
    assert [(step.label, step.at) for step in page.context["steps"][1:]] == [(label, apply_by)]
    assert "Abandonner cette candidature" in page.text
    assert "Retirer ma candidature" not in page.text


def test_the_seen_receipt_shows(client):
    application = ApplicationFactory(sent=True, seen_at=timezone.now())
    client.force_login(application.contact)

    response = client.get(url("application_status", application))

    assert "Consultée par le groupe" in response.content.decode()


def test_withdrawing_asks_first_and_twice_is_once(client):
    application = ApplicationFactory(sent=True)
    client.force_login(application.contact)

    client.get(url("application_withdraw", application))
    application.refresh_from_db()
    assert application.state == State.SENT
    client.post(url("application_withdraw", application), {"reason": "Plus le temps"})
    client.post(url("application_withdraw", application))

    application.refresh_from_db()
    email = Email.objects.get()
    assert (application.state, email.template) == (State.WITHDRAWN, "application_withdrawn")
    assert "Plus le temps" not in email.text


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_counts_its_queries_not_its_rows(client, rows, django_assert_num_queries):
    user = sme_user()
    applications = [ApplicationFactory(contact=user, sent=True) for _ in range(rows)]
    ApplicationFactory(sent=True)  # another company's must not show
    client.force_login(user)

    with django_assert_num_queries(7):  # user, membership, count, page, partnerships, savepoint and its release
        response = client.get(reverse("matching:applications"))

    assert {row["application"] for row in response.context["rows"]} == set(applications)


def test_what_awaits_the_sme_s_word_comes_before_its_drafts(client):
    user = sme_user()
    draft = ApplicationFactory(contact=user)
    asked = ApplicationFactory(contact=user, sent=True, awaiting="sme")
    changed = ApplicationFactory(contact=user, sent=True, recheck_by=timezone.localdate())
    past = ApplicationFactory(contact=user, sent=True, recheck_by=timezone.localdate() - timedelta(days=1))
    client.force_login(user)

    rows = client.get(reverse("matching:applications")).context["rows"]

    assert [row["application"] for row in rows] == [changed, asked, draft, past]
    assert [row["next_step"].startswith("À vous") for row in rows] == [True, True, True, False]


def test_the_list_puts_drafts_first_then_the_nearest_answer(client):
    user = sme_user()
    over = ApplicationFactory(contact=user, sent=True, state="declined", decline_reason="size")
    late = ApplicationFactory(contact=user, sent=True, opportunity__answer_by="2030-02-01")
    soon = ApplicationFactory(contact=user, sent=True, opportunity__answer_by="2030-01-01")
    Opportunity.objects.update(apply_by=None)
    draft = ApplicationFactory(contact=user)
    client.force_login(user)

    response = client.get(reverse("matching:applications"))

    assert [row["application"] for row in response.context["rows"]] == [draft, soon, late, over]


def test_the_empty_list_says_where_to_begin(client):
    client.force_login(sme_user())

    response = client.get(reverse("matching:applications"))

    assert "Aucune candidature pour l'instant" in response.content.decode().replace("&#x27;", "'")
