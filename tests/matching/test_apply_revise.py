"""What was sent may be changed until the group opens it; a deadline passing while one writes loses nothing."""

import threading
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, introduce
from matching.models import Application, Introduction
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, MembershipFactory, colleague

PARIS = ZoneInfo("Europe/Paris")
State = Application.State


@pytest.fixture
def sent():
    application = ApplicationFactory()
    apply.send(application, by=application.contact, consented=True)
    return application


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def told(response):
    return [str(message) for message in response.context["messages"]]


def at_once(*acts):
    """Each in a transaction of its own, together; what each raised, or None."""
    barrier, outcomes = threading.Barrier(len(acts)), {}

    def run(place, act):
        barrier.wait()
        try:
            outcomes[place] = act()
        except StateError as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [outcomes[place] for place in range(len(acts))]


def fresh(application):
    return Application.objects.get(pk=application.pk)


def test_what_was_sent_may_be_changed_until_the_group_opens_it(client, sent):
    Email.objects.all().delete()
    mate = colleague(sent.contact)
    client.force_login(mate)

    page = client.get(url("application_edit", sent))
    words = {"pitch": "Nous montons aussi les vannes.", "contact": mate.pk, "next": ""}
    done = client.post(url("application_edit", sent), words, follow=True)

    assert page.context["sent"] is True
    assert told(done) == ["Vos changements sont enregistrés\xa0: le groupe lira cette version."]
    sent.refresh_from_db()
    assert (sent.state, sent.contact) == (State.SENT, mate)
    assert sent.snapshot["pitch"] == sent.pitch == "Nous montons aussi les vannes."
    assert sent.snapshot["company"]["name"] == sent.company.name
    assert not Email.objects.exists()  # nobody has read it yet: there is nothing to tell


def test_once_the_group_has_opened_it_nothing_changes(client, sent):
    reader = MembershipFactory(organisation=sent.opportunity.owner).user
    client.force_login(reader)
    client.get(url("application_review", sent))
    client.force_login(sent.contact)

    got = client.get(url("application_edit", sent))
    done = client.post(url("application_edit", sent), {"pitch": "Autre", "contact": sent.contact_id}, follow=True)

    assert got.url == url("application_status", sent)
    assert told(done) == ["Le groupe a ouvert votre candidature\xa0: elle ne se modifie plus."]
    assert fresh(sent).pitch == sent.pitch


@pytest.mark.parametrize("state", ["shortlisted", "accepted", "withdrawn"])
def test_what_has_an_answer_does_not_change(sent, state):
    Application.objects.update(state=state)

    with pytest.raises(StateError):
        apply.revise(fresh(sent), by=sent.contact, pitch="Autre", contact=sent.contact)


def test_an_emptied_text_is_refused_and_the_group_still_reads_the_first(client, sent):
    client.force_login(sent.contact)

    response = client.post(url("application_edit", sent), {"pitch": "", "contact": sent.contact_id, "next": ""})

    assert set(response.context["form"].errors) == {"pitch"}
    assert fresh(sent).snapshot["pitch"] == sent.pitch


def test_the_history_that_the_group_reads_does_not_repeat_itself(client, sent):
    apply.revise(sent, by=sent.contact, pitch="Mieux dit.", contact=sent.contact)
    client.force_login(MembershipFactory(organisation=sent.opportunity.owner).user)

    response = client.get(url("application_review", sent))

    assert [str(line["label"]) for line in response.context["history"]] == ["envoyée"]
    assert response.context["shown"]["pitch"] == "Mieux dit."


@pytest.mark.django_db(transaction=True)
def test_a_change_and_the_groups_first_look_at_once_leave_one_text_for_both(sent):
    reader = MembershipFactory(organisation=sent.opportunity.owner).user
    shown = fresh(sent)

    changed, _none = at_once(
        lambda: apply.revise(fresh(sent), by=sent.contact, pitch="Mieux dit.", contact=sent.contact),
        lambda: apply.see(shown, by=reader),
    )

    kept = fresh(sent)
    assert kept.snapshot["pitch"] == kept.pitch == shown.snapshot["pitch"]
    assert (kept.pitch == "Mieux dit.") == (changed is None)


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_send_at_once_and_one_application_leaves():
    draft = ApplicationFactory()
    people = [draft.contact, colleague(draft.contact)]

    outcomes = at_once(
        *[lambda person=person: apply.send(fresh(draft), by=person, consented=True) for person in people]
    )

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["NoneType", "StateError"]
    assert fresh(draft).history.filter(after=State.SENT).count() == 1
    assert list(Email.objects.order_by("template").values_list("template", flat=True)) == [
        "application_arrived",
        "application_received",
    ]


@pytest.mark.django_db(transaction=True)
def test_withdrawn_while_the_group_accepts_one_of_the_two_happens(sent):
    decider = MembershipFactory(organisation=sent.opportunity.owner).user

    withdrawn, accepted = at_once(
        lambda: apply.withdraw(fresh(sent), by=sent.contact),
        lambda: introduce.accept(fresh(sent), by=decider),
    )

    state = fresh(sent).state
    assert state in {State.WITHDRAWN, State.ACCEPTED}
    assert isinstance(withdrawn, StateError) == (state == State.ACCEPTED)
    assert isinstance(accepted, StateError) == (state == State.WITHDRAWN)
    assert Introduction.objects.count() == (state == State.ACCEPTED)
    assert Email.objects.filter(template="introduction").count() == (state == State.ACCEPTED)


LAST_DAY = datetime(2026, 3, 29, tzinfo=PARIS)


@pytest.fixture
def closing():
    """A draft begun on the last day, whose opportunity the clock closes at midnight."""
    draft = ApplicationFactory(opportunity__apply_by=LAST_DAY.date(), opportunity__answer_by=None, pitch="")
    Application.objects.update(created_at=LAST_DAY)
    midnight = LAST_DAY.replace(day=30)
    Opportunity.objects.update(state="closed", closed_at=midnight)
    return draft, midnight


@pytest.mark.parametrize("minutes", [14, 16])
def test_a_deadline_that_passes_while_the_form_is_open_loses_nothing_typed(client, closing, minutes):
    draft, midnight = closing
    words = {"pitch": "Une heure de travail.", "contact": draft.contact_id, "next": ""}

    with time_machine.travel(midnight + timedelta(minutes=minutes), tick=False):
        client.force_login(draft.contact)
        response = client.post(url("application_edit", draft), words, follow=True)

    assert fresh(draft).pitch == "Une heure de travail."
    if minutes < 15:
        assert response.request["PATH_INFO"] == url("application_send", draft)
    else:
        assert response.request["PATH_INFO"] == url("application_edit", draft)
        assert told(response) == ["Votre texte est enregistré."]
        assert response.context["closed"].startswith("Cette opportunité ne reçoit plus de candidatures.")
        assert "Une heure de travail." in response.content.decode()


def test_a_form_that_the_deadline_found_open_says_so_beside_what_was_typed(client, closing):
    draft, midnight = closing

    with time_machine.travel(midnight + timedelta(minutes=20), tick=False):
        client.force_login(draft.contact)
        response = client.post(
            url("application_edit", draft), {"pitch": "moi@example.com", "contact": draft.contact_id, "next": ""}
        )

    page = response.content.decode()
    assert "moi@example.com" in page
    assert "L&#x27;envoi n&#x27;est plus possible" in page or "L'envoi n'est plus possible" in page


def test_user_leaves_company_and_the_application_stays_with_a_colleague(sent):
    mate = colleague(sent.contact, role=Membership.Role.ADMIN)
    sent.contact.memberships.update(ended_at=timezone.now())

    apply.revise(fresh(sent), by=mate, pitch="Je reprends.", contact=mate)

    with pytest.raises(StateError, match="personne à contacter"):
        apply.revise(fresh(sent), by=mate, pitch="Je reprends.", contact=sent.contact)
    assert fresh(sent).contact == mate
