"""What each side says of the introduction of a portage: asked as of any other, by the same clock, pages and queues."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, Email, Membership, User
from matching import digest, outcome_clock, outcome_words, outcomes
from matching.models import Action, Asking, Declaration, PortageIntroduction, Side
from matching.outcomes import Words
from tests.factories import (
    IntroductionFactory,
    PortageIntroductionFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
SME, GROUP = Side.SME, Side.GROUP
SENT = date(2026, 10, 29)  # a Thursday
ASKED = [  # working days count the 1st and the 11th of November as holidays
    (date(2026, 11, 5), "contact"),
    (date(2026, 11, 30), "month"),
    (date(2027, 1, 27), "quarter"),
    (date(2027, 4, 27), "half"),
]
PAGES = {SME: "matching:portage_outcome", GROUP: "matching:portage_outcome_received"}
FILES = {SME: "matching:portage_status", GROUP: "matching:portage_dossier"}


@pytest.fixture
def clock(time_machine):
    """`clock(day)`: at ten in the morning."""

    def move(day, hour=10):
        time_machine.move_to(datetime.combine(day, time(hour), ZoneInfo("Europe/Paris")), tick=False)

    move(SENT)
    return move


@pytest.fixture
def introduction(clock):
    return PortageIntroductionFactory()


def people(introduction):
    return {SME: introduction.answer.request.contact, GROUP: introduction.accepted_by}


def say(introduction, side, said, **more):
    return outcomes.declare(introduction, side, Words(said, **more), by=people(introduction)[side])


def url(name, introduction):
    return reverse(name, args=[introduction.answer.request_id])


def told():
    """{address: subject} of the mails of the day."""
    return {to: email.subject for email in Email.objects.filter(key__startswith="to-do:") for to in email.to}


def test_both_sides_are_asked_on_the_same_days_as_of_any_introduction_once_and_in_one_mail(clock, introduction):
    sides = people(introduction)

    for day, what in ASKED:
        clock(day)
        assert (what, digest.run()) == (what, 2)
        clock(day, 15)
        assert digest.run() == 0

    for side in Side:
        rows = [
            (timezone.localdate(row.at), row.what) for row in Asking.objects.filter(portage=introduction, side=side)
        ]
        assert rows == ASKED
    assert set(told()) == {person.email for person in sides.values()}
    first = Email.objects.filter(key__contains="2026-11-05")
    assert {email.template for email in first} == {"outcome_news"}
    assert all("portage, Maroc" in email.text and "/suite/" in email.text for email in first)


def test_what_is_asked_of_both_kinds_is_in_one_mail(clock, introduction):
    group = introduction.accepted_by
    post = {"application__opportunity__owner": group.organisation, "application__opportunity__created_by": group}
    IntroductionFactory(application__opportunity__contact_email=group.email, **post)
    clock(ASKED[0][0])

    assert digest.run() == 3

    [email] = Email.objects.filter(to=[group.email], template="outcome_news")
    assert email.subject == "Des nouvelles de vos mises en relation ?"
    assert "portage, Maroc" in email.text


@pytest.mark.parametrize("side", [SME, GROUP])
def test_each_side_says_it_by_a_post_and_reads_it_on_the_portage_s_page(client, introduction, side):
    client.force_login(people(introduction)[side])

    asked = client.get(url(PAGES[side], introduction))
    assert not Declaration.objects.exists()
    answer = client.post(url(PAGES[side], introduction), {"said": "contact", "note": "Par téléphone."})

    assert "Le contact a-t-il eu lieu" in asked.text
    assert answer.url == url(FILES[side], introduction)
    row = Declaration.objects.get()
    assert (row.portage, row.introduction, row.side, row.said, row.note) == (
        introduction, None, side, "contact", "Par téléphone."
    )  # fmt: skip
    introduction.refresh_from_db()
    assert (introduction.sme_said, introduction.group_said) == (("contact", "") if side == SME else ("", "contact"))
    assert "Le contact a eu lieu" in client.get(answer.url).text


def test_then_what_came_of_it_in_the_words_of_a_portage_and_without_an_amount(client, introduction):
    say(introduction, SME, "contact")
    client.force_login(people(introduction)[SME])

    page = client.get(url(PAGES[SME], introduction))
    client.post(url(PAGES[SME], introduction), {"said": "won", "amount": "0-50k"})

    assert set(page.context["form"].fields) == {"said", "note"}
    assert "Une affaire" not in page.text
    row = Declaration.objects.get(said="won")
    assert (row.amount, row.without, str(row)) == ("", "", "PME : le portage est convenu")
    assert "Le portage est convenu" in client.get(url(FILES[SME], introduction)).text
    assert not Action.objects.exists()


def test_a_portage_that_the_group_says_agreed_is_told_to_its_company_and_its_confirmation_back(client, introduction):
    say(introduction, GROUP, "won")
    client.force_login(people(introduction)[SME])
    asked = client.get(url(FILES[SME], introduction)).text
    assert not PortageIntroduction.objects.won().exists()

    say(introduction, SME, "won")

    client.force_login(people(introduction)[GROUP])
    confirmed = client.get(url(FILES[GROUP], introduction)).text
    assert "le groupe dit que le portage est convenu" in asked
    assert "entreprise confirme que le portage est convenu" in confirmed
    assert PortageIntroduction.objects.won().get() == introduction


def test_the_other_side_never_reads_a_refusal_nor_the_word_to_the_team(client, introduction):
    say(introduction, GROUP, "lost", note="Secret du groupe.")
    client.force_login(people(introduction)[SME])

    text = client.get(url(FILES[SME], introduction)).text + client.get(url(PAGES[SME], introduction)).text

    assert "autre côté dit que le contact a eu lieu" in text
    assert not [word for word in ["Secret du groupe", "ne se fera pas</"] if word in text]


def test_who_may_speak_for_a_side_and_when(client, introduction):
    sme, group = people(introduction).values()
    for side, person in [(SME, group), (GROUP, sme), (SME, sme_user()), (GROUP, UserFactory(staff=True))]:
        with pytest.raises(PermissionDenied):
            outcomes.declare(introduction, side, Words("contact"), by=person)
    with pytest.raises(PermissionDenied):
        outcomes.declare(introduction, SME, Words("contact"), by=colleague(sme, role=Membership.Role.READER))
    client.force_login(group_user())
    assert client.get(url(PAGES[GROUP], introduction)).status_code == 404

    PortageIntroduction.objects.update(state="failed")
    client.force_login(sme)
    assert client.get(url(PAGES[SME], introduction)).status_code == 404
    assert "suite/" not in client.get(url(FILES[SME], introduction)).text


def test_a_word_and_a_question_concern_one_introduction_and_one_only(introduction):
    other = IntroductionFactory()
    for of in ({}, {"portage": introduction, "introduction": other}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Declaration.objects.create(side=SME, said="contact", **of)
        with pytest.raises(IntegrityError), transaction.atomic():
            Asking.objects.create(side=SME, what="contact", **of)


def queue(client, label):
    """Those that the staff's home counts, and that its link lists."""
    sign_in_staff(client, User.objects.filter(is_staff=True).first())
    [found] = [one for one in client.get(reverse("admin:index")).context["queues"] if str(one["label"]) == label]
    listed = list(client.get(found["url"]).context["cl"].result_list)
    assert len(listed) == found["count"]
    return listed


@pytest.mark.parametrize(("said", "waits"), [("", True), ("not_yet", True), ("contact", False), ("no_time", False)])
def test_fifteen_working_days_on_staff_call_those_who_have_not_met(client, clock, introduction, said, waits):
    if said:
        say(introduction, SME, said)

    clock(date(2026, 11, 19))
    assert queue(client, "Portages sans nouvelles") == []
    clock(date(2026, 11, 20))
    assert queue(client, "Portages sans nouvelles") == ([introduction] if waits else [])


def test_contrary_words_wait_for_staff_who_call_write_down_and_close(client, introduction):
    say(introduction, GROUP, "won")
    say(introduction, SME, "given_up", note="Plus de budget.")
    assert queue(client, "Résultats contraires de portages") == [introduction]
    page = client.get(reverse("admin:matching_portageintroduction_change", args=[introduction.pk])).text
    assert "Plus de budget." in page
    assert "le portage est convenu" in page

    act(client, introduction, "call", text="Rappeler lundi.")
    act(client, introduction, "hear", side="sme", said="won", text="C'est signé.")  # its company says that by itself
    act(client, introduction, "hear", side="group", said="talking", text="Pas encore signé.")

    words = Declaration.objects.filter(by__is_staff=True).values_list("side", "said")
    assert list(words) == [("group", "talking")]
    assert [move.reason for move in introduction.history.all()] == ["Rappeler lundi.", "Pas encore signé."]
    say(introduction, GROUP, "won")
    act(client, introduction, "resolve", text="Deux projets.")
    assert queue(client, "Résultats contraires de portages") == []


def act(client, introduction, name, **answers):
    client.post(reverse("admin:matching_portageintroduction_transition", args=[introduction.pk, name]), answers)


@pytest.mark.parametrize("side", [SME, GROUP])
def test_what_was_asked_waits_on_the_dashboard_until_it_is_answered(client, clock, introduction, side):
    clock(ASKED[0][0])
    digest.run()
    client.force_login(people(introduction)[side])
    page = reverse("matching:sme_dashboard" if side == SME else "matching:group_dashboard")
    before = client.get(page).text

    say(introduction, side, "contact")

    assert url(PAGES[side], introduction) in before
    assert url(PAGES[side], introduction) not in client.get(page).text


def test_who_said_yes_is_asked_while_here_and_else_who_administers(clock, introduction):
    by = introduction.accepted_by
    Membership.objects.filter(user=by).update(role=Membership.Role.MEMBER)
    chief = colleague(by, Membership.Role.ADMIN)
    away = {"first_day": ASKED[0][0], "last_day": ASKED[0][0]}
    Absence.objects.create(organisation=by.organisation, email=by.email, **away)

    for day, _what in ASKED[:2]:
        clock(day)
        digest.run()

    asked = Asking.objects.filter(side=GROUP).order_by("at").values_list("address", flat=True)
    assert list(asked) == [chief.email, by.email]


@pytest.mark.parametrize("stop", ["company", "group"])
def test_nobody_is_asked_while_one_is_suspended(clock, introduction, stop):
    row = {"company": introduction.company(), "group": introduction.group()}[stop]
    row.state = "suspended"
    row.save()
    clock(ASKED[0][0])

    assert digest.run() == 0


def test_who_has_spoken_since_is_not_asked_and_no_time_is_told_to_the_other(clock, introduction):
    say(introduction, GROUP, "no_time")
    clock(ASKED[0][0])

    assert digest.run() == 1

    assert Asking.objects.get().what == "no_time"
    assert "ne vous demanderons plus rien" in outcome_words.next_step(PortageIntroduction.objects.get(), SME)


@pytest.mark.parametrize("rows", [1, 3])
def test_what_is_due_takes_a_fixed_number_of_queries(clock, rows, django_assert_num_queries):
    PortageIntroductionFactory.create_batch(rows)
    clock(ASKED[0][0])

    # introductions, none; rows, what was told, those due, members, absences; no more rows
    with django_assert_num_queries(7):
        found = list(outcome_clock.due(ASKED[0][0]))

    assert len(found) == 2 * rows


@pytest.mark.parametrize("rows", [1, 3])
def test_pages_take_a_fixed_number_of_queries_whatever_was_said(client, introduction, rows, django_assert_num_queries):
    for number in range(rows):
        Declaration.objects.create(portage=introduction, side=SME, said="talking", by=UserFactory())
        Declaration.objects.create(portage=introduction, side=GROUP, said="talking", by=UserFactory())
        Asking.objects.create(portage=introduction, side=SME, what=ASKED[number][1])
    PortageIntroductionFactory.create_batch(rows - 1)
    staff = User.objects.filter(is_staff=True).first()
    pages = {
        reverse("admin:matching_portageintroduction_changelist"): 8,
        reverse("admin:matching_portageintroduction_change", args=[introduction.pk]): 22,
    }
    for page, queries in pages.items():
        sign_in_staff(client, staff)
        client.get(page)
        with django_assert_num_queries(queries):
            client.get(page)
    for side, file_queries in ((SME, 10), (GROUP, 14)):
        client.force_login(people(introduction)[side])
        for page, queries in {url(PAGES[side], introduction): 6, url(FILES[side], introduction): file_queries}.items():
            with django_assert_num_queries(queries):
                client.get(page)
