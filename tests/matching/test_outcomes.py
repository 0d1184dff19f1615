"""What each side says of an introduction: who may say it, who reads it, what counts, what staff have to do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from matching import outcome_words, outcomes
from matching.models import Action, Asking, Declaration, Introduction, Said, Side
from matching.outcomes import Words
from pacte.states import StateError
from tests.factories import (
    IntroductionFactory,
    MembershipFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
SME, GROUP = Side.SME, Side.GROUP
WON = Words("won", amount="50k-250k", years=3, without="no")
PAGES = {SME: "matching:outcome", GROUP: "matching:outcome_received"}


@pytest.fixture
def decider():
    return group_user()


@pytest.fixture
def introduction(decider):
    its = {"application__opportunity__owner": decider.organisation, "application__opportunity__created_by": decider}
    return IntroductionFactory(**its)


def people(introduction):
    its = introduction.application
    return {SME: its.contact, GROUP: its.opportunity.created_by}


def say(introduction, side, words, **more):
    words = words if isinstance(words, Words) else Words(words, **more)
    return outcomes.declare(introduction, side, words, by=people(introduction)[side])


def page(introduction, side):
    return reverse(PAGES[side], args=[introduction.application_id])


def age(introduction, days):
    Introduction.objects.filter(pk=introduction.pk).update(sent_at=timezone.now() - timedelta(days=days))


@pytest.mark.parametrize("side", [SME, GROUP])
def test_each_side_says_whether_they_met_by_a_post(client, introduction, side):
    client.force_login(people(introduction)[side])

    asked = client.get(page(introduction, side))
    assert not Declaration.objects.exists()
    client.post(page(introduction, side), {"said": "contact", "note": "Par téléphone."})

    assert "Le contact a-t-il eu lieu" in asked.text
    row = Declaration.objects.get()
    assert (row.side, row.said, row.note, row.by) == (side, "contact", "Par téléphone.", people(introduction)[side])
    introduction.refresh_from_db()
    assert (introduction.sme_said, introduction.group_said) == (("contact", "") if side == SME else ("", "contact"))


def test_the_last_word_of_each_side_counts_and_none_is_changed(introduction):
    first = say(introduction, SME, "not_yet")
    say(introduction, SME, "contact")
    say(introduction, GROUP, "talking")

    introduction.refresh_from_db()
    assert (introduction.sme_said, introduction.group_said) == ("contact", "talking")
    assert introduction.declarations.count() == 3
    first.said = "lost"
    for change in (first.save, first.delete):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()


def test_a_person_may_be_forgotten_and_what_they_said_stays(introduction):
    other = colleague(introduction.application.contact)
    row = outcomes.declare(introduction, SME, Words("contact"), by=other)

    other.delete()

    row.refresh_from_db()
    assert (row.by, row.said) == (None, "contact")


def test_a_second_click_writes_nothing_more_and_the_same_word_later_does(introduction, time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 10, tzinfo=UTC), tick=False)
    first = say(introduction, SME, "talking")
    assert say(introduction, SME, "talking") == first

    time_machine.move_to(datetime(2027, 5, 1, 10, tzinfo=UTC), tick=False)
    assert say(introduction, SME, "talking") != first


def test_who_may_speak_for_a_side(introduction):
    sme, group = people(introduction).values()
    for side, person in [(SME, group), (GROUP, sme), (SME, sme_user()), (GROUP, UserFactory(staff=True))]:
        with pytest.raises(PermissionDenied):
            outcomes.declare(introduction, side, Words("contact"), by=person)
    with pytest.raises(PermissionDenied):
        outcomes.declare(introduction, SME, Words("contact"), by=colleague(sme, role=Membership.Role.READER))
    assert not Declaration.objects.exists()


@pytest.mark.parametrize("state", ["pending", "held", "failed", "cancelled"])
def test_before_the_mail_there_is_nothing_to_say(client, introduction, state):
    Introduction.objects.update(state=state)
    client.force_login(introduction.application.contact)

    assert client.get(page(introduction, SME)).status_code == 404
    with pytest.raises(StateError):
        say(introduction, SME, "contact")


def test_a_suspended_company_says_nothing(introduction):
    introduction.application.company.state = "suspended"
    introduction.application.company.save()

    with pytest.raises(StateError):
        say(introduction, SME, "contact")


@pytest.mark.parametrize(
    ("days", "said", "asks"), [(29, "", False), (30, "", True), (1, "contact", True), (1, "not_yet", False)]
)
def test_after_a_month_or_once_they_met_we_ask_what_came_of_it(client, introduction, days, said, asks):
    age(introduction, days)
    if said:
        say(introduction, SME, said)
    client.force_login(introduction.application.contact)

    assert ("amount" in client.get(page(introduction, SME)).context["form"].fields) is asks


def test_an_sme_that_won_says_how_much_and_whether_without_us(client, introduction):
    age(introduction, 40)
    client.force_login(introduction.application.contact)

    refused = client.post(page(introduction, SME), {"said": "won"})
    client.post(page(introduction, SME), {"said": "won", "amount": "0-50k", "years": "2", "without": "probably"})

    assert set(refused.context["form"].errors) == {"amount", "without"}
    row = Declaration.objects.get()
    assert (row.said, row.amount, row.years, row.without) == ("won", "0-50k", 2, "probably")


def test_a_group_may_keep_the_amount_to_itself(client, introduction, decider):
    age(introduction, 40)
    client.force_login(decider)

    client.post(page(introduction, GROUP), {"said": "won"})

    assert Declaration.objects.get().amount == ""


def test_what_is_no_win_has_no_amount(introduction):
    say(introduction, SME, Words("lost", amount="0-50k", years=2, without="no"))

    row = Declaration.objects.get()
    assert (row.amount, row.years, row.without) == ("", None, "")


def test_a_win_counts_once_the_sme_says_it(introduction):
    say(introduction, GROUP, Words("won"))
    assert not Introduction.objects.won().exists()
    assert outcome_words.to_confirm(introduction)

    say(introduction, SME, WON)
    say(introduction, SME, Words("won", amount="250k-1m", without="no"))  # a better figure

    assert Introduction.objects.won().get() == introduction
    assert Action.objects.filter(kind="won").count() == 1


@pytest.mark.parametrize("contrary", ["lost", "given_up", "never"])
@pytest.mark.parametrize("winner", [SME, GROUP])
def test_contrary_words_do_not_count_and_wait_for_staff(client, introduction, winner, contrary):
    say(introduction, winner, WON)
    say(introduction, GROUP if winner == SME else SME, contrary)

    assert not Introduction.objects.won().exists()
    assert queue(client, "Résultats contraires") == [introduction]


def test_staff_close_a_dispute_until_something_new_is_said(client, introduction):
    say(introduction, GROUP, WON)
    say(introduction, SME, "lost")
    staff = sign_in_staff(client)

    client.post(transition(introduction, "call"), {"text": "L'entreprise parle d'un autre lot."})
    assert queue(client, "Résultats contraires") == [introduction]
    client.post(transition(introduction, "resolve"), {"text": "Deux lots, un seul gagné."})

    assert queue(client, "Résultats contraires") == []
    move = introduction.history.get()
    assert (move.actor, move.reason) == (staff, "Deux lots, un seul gagné.")
    say(introduction, SME, "given_up")
    assert queue(client, "Résultats contraires") == [introduction]
    with pytest.raises(PermissionDenied):
        outcomes.resolve(introduction, by=introduction.application.contact, text="Non.")


def test_staff_write_down_what_they_heard_but_no_win_of_the_company(client, introduction):
    staff = sign_in_staff(client)
    heard = {"side": "sme", "said": "contact", "text": "Une visioconférence la semaine dernière."}

    client.post(transition(introduction, "hear"), heard)
    client.post(transition(introduction, "hear"), heard | {"said": "won"})

    row = Declaration.objects.get()
    assert (row.side, row.said, row.by) == ("sme", "contact", staff)
    assert introduction.application.calls.get().text == "Une visioconférence la semaine dernière."
    client.force_login(introduction.application.contact)
    assert "Noté par l" in client.get(sme_pages(introduction)[0]).text
    with pytest.raises(PermissionDenied):
        outcomes.hear(introduction, SME, "contact", by=introduction.application.contact, text="Moi.")


def transition(introduction, name):
    return reverse("admin:matching_introduction_transition", args=[introduction.pk, name])


def queue(client, label):
    """Those that the staff's home counts, and that its link lists."""
    sign_in_staff(client, User.objects.filter(is_staff=True).first())
    [found] = [one for one in client.get(reverse("admin:index")).context["queues"] if str(one["label"]) == label]
    listed = list(client.get(found["url"]).context["cl"].result_list)
    assert len(listed) == found["count"]
    return listed


@pytest.mark.parametrize(
    ("words", "waits"),
    [
        ({}, True),
        ({SME: "not_yet"}, True),
        ({SME: "not_yet", GROUP: "never"}, True),
        ({GROUP: "contact"}, False),
        ({SME: "talking", GROUP: "contact"}, False),
        ({SME: "not_yet", GROUP: "contact"}, True),
        ({SME: "offer", GROUP: "never"}, True),
        ({SME: "no_time"}, False),
        ({SME: "no_time", GROUP: "not_yet"}, False),
        ({GROUP: "given_up"}, False),
    ],
)
def test_fifteen_working_days_on_staff_call_those_who_have_not_met(client, introduction, time_machine, words, waits):
    time_machine.move_to(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False)  # the 11th is a holiday
    Introduction.objects.update(sent_at=timezone.now())
    for side, said in words.items():
        say(introduction, side, said)

    time_machine.move_to(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False)
    assert queue(client, "Mises en relation sans nouvelles") == []
    time_machine.move_to(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False)
    assert queue(client, "Mises en relation sans nouvelles") == ([introduction] if waits else [])


@pytest.mark.parametrize(("answer", "waits"), [("", True), ("offer", True), ("won", False), ("no_time", False)])
def test_a_win_that_its_company_does_not_confirm_waits_for_a_call(client, introduction, time_machine, answer, waits):
    time_machine.move_to(datetime(2026, 11, 2, 9, tzinfo=UTC), tick=False)
    Introduction.objects.update(sent_at=timezone.now() - timedelta(days=60))
    say(introduction, SME, "contact")
    say(introduction, GROUP, WON)
    if answer:
        say(introduction, SME, WON if answer == "won" else answer)

    time_machine.move_to(datetime(2026, 11, 23, 12, tzinfo=UTC), tick=False)
    assert queue(client, "Mises en relation sans nouvelles") == []
    time_machine.move_to(datetime(2026, 11, 24, 9, tzinfo=UTC), tick=False)
    assert queue(client, "Mises en relation sans nouvelles") == ([introduction] if waits else [])


def test_staff_read_whom_to_call_and_what_each_said(client, introduction):
    sme = introduction.application.contact
    sme.phone = "+33 1 99 00 00 00"
    sme.save()
    say(introduction, SME, "not_yet", note="Deux messages sans réponse.")
    sign_in_staff(client)

    text = client.get(reverse("admin:matching_introduction_change", args=[introduction.pk])).text

    for word in [sme.phone, introduction.application.opportunity.contact_email, "Deux messages sans réponse."]:
        assert word in text


def test_staff_read_that_nobody_is_left_to_call(client, introduction):
    Membership.objects.filter(organisation=introduction.application.company).update(ended_at=timezone.now())
    sign_in_staff(client)

    page = client.get(reverse("admin:matching_introduction_change", args=[introduction.pk]))

    assert "plus de compte" in page.text


def test_the_other_side_never_reads_the_words_themselves(client, introduction, decider):
    sme = introduction.application.contact
    say(introduction, SME, Words("won", amount="1m-5m", years=7, without="no", note="Secret de la PME."))
    client.force_login(decider)
    read = [client.get(url).text for url in group_pages(introduction)]
    say(introduction, GROUP, Words("lost", note="Secret du groupe."))
    client.force_login(sme)
    read_back = [client.get(url).text for url in sme_pages(introduction)]

    for text in read:
        assert not [
            word
            for word in ["1 à 5 M€", "Secret", "affaire est conclue avec", "Une affaire est conclue</"]
            if word in text
        ]
    for text in read_back:
        assert not [word for word in ["Secret du groupe", "affaire est perdue</"] if word in text]


def sme_pages(introduction):
    pk = introduction.application_id
    return [reverse("matching:application_status", args=[pk]), reverse("matching:sme_dashboard")]


def group_pages(introduction):
    pk, post = introduction.application_id, introduction.application.opportunity_id
    return [
        reverse("matching:application_review", args=[pk]),
        reverse("matching:applicants", args=[post]),
        reverse("matching:group_dashboard"),
    ]


@pytest.mark.parametrize("said", [one for one in Said.values if one != "no_time"])
def test_all_that_the_other_side_learns(introduction, said):
    words = WON if said == "won" else Words(said)
    say(introduction, SME, words)
    met = ["L'autre côté dit que le contact a eu lieu."]

    assert outcome_words.shared(introduction, GROUP) == (
        met if said in {"contact", "talking", "offer", "won", "lost"} else []
    )


def test_a_win_of_the_group_is_told_to_its_company_and_its_confirmation_back(introduction):
    say(introduction, GROUP, Words("won", amount="1m-5m"))
    assert outcome_words.shared(introduction, SME) == ["Le groupe dit qu'une affaire est conclue avec vous."]

    say(introduction, SME, WON)
    assert outcome_words.shared(introduction, GROUP) == ["L'entreprise confirme l'affaire que vous avez déclarée."]


def test_no_more_time_is_said_politely_and_closes_the_asking(introduction):
    say(introduction, GROUP, "no_time")

    [told] = outcome_words.shared(introduction, SME)
    assert "remercie" in told
    assert "ne vous demanderons plus rien" in outcome_words.next_step(introduction, SME)


@pytest.mark.parametrize("side", [SME, GROUP])
def test_what_was_asked_waits_on_the_dashboard_until_it_is_answered(client, introduction, side):
    Asking.objects.create(introduction=introduction, side=side, what="contact")
    person = people(introduction)[side]
    client.force_login(person)
    home = reverse("dashboard")

    waiting = client.get(home, follow=True).context["awaited"]
    say(introduction, side, "not_yet")
    answered = client.get(home, follow=True).context["awaited"]

    assert [one.url for one in waiting] == [page(introduction, side)]
    assert answered == []


def test_timelines_show_each_side_its_own_words(client, introduction):
    say(introduction, SME, "offer")
    client.force_login(introduction.application.contact)

    status = client.get(sme_pages(introduction)[0])

    assert "Une offre est faite" in status.text
    assert page(introduction, SME) in status.text


def test_someone_elses_is_not_found(client, introduction):
    for stranger, side in [(sme_user(), SME), (group_user(), GROUP)]:
        client.force_login(stranger)
        assert client.post(page(introduction, side), {"said": "contact"}).status_code == 404
    client.force_login(MembershipFactory(organisation=introduction.application.company).user)
    assert client.get(page(introduction, SME)).status_code == 200
