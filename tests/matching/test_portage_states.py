"""The tables of portage, cell by cell: a request's states, a group's answer's, every transition, every actor."""

from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Email, Membership
from matching import fairness, portage
from matching.models import Attention, PortageAnswer, PortageRequest
from pacte.states import StateError
from tests.factories import (
    EmailFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    PortageRequestFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

pytestmark = pytest.mark.django_db
State, Answer = PortageRequest.State, PortageAnswer.State
REVIEW, GROUPS = State.TO_REVIEW, State.WITH_GROUPS
ALIVE = {REVIEW, GROUPS}


@pytest.fixture(autouse=True)
def _office_hours(time_machine):
    time_machine.move_to(datetime(2027, 3, 1, 10, tzinfo=timezone.get_default_timezone()))  # a Monday


def answer_of(request):
    return request.answers.select_related("request", "group").get()


ACTS = {
    "route": lambda row, by: portage.route(row, [elsewhere()], by=by),
    "open": lambda row, by: portage.open_up(row, by=by),
    "refuse": lambda row, by: portage.refuse(row, by=by, reason="Trop tôt."),
    "withdraw": lambda row, by: portage.withdraw(row, by=by),
    "accept": lambda row, by: portage.accept(row, by=by, message="Bienvenue."),
    "decline": lambda row, by: portage.decline(row, by=by, reason="timing"),
    "ask": lambda row, by: portage.question(row, by=by, text="Quel délai ?"),
    "leave unanswered": lambda row, by: portage.leave_unanswered(answer_of(row)),
    "expire": lambda row, by: expire(row),
}
TABLE = {  # transition: who may, from which request, to which, from which answer, to which, keys of mails
    "route": ({"staff"}, ALIVE, GROUPS, None, None, {"proposed", "routed"}),
    "open": ({"staff"}, ALIVE, GROUPS, None, None, {"opened"}),
    "refuse": ({"staff"}, {REVIEW}, State.REFUSED, None, None, {"refused"}),
    "withdraw": ({"sme"}, ALIVE, State.WITHDRAWN, None, Answer.CANCELLED, {"cancelled"}),
    "accept": ({"group"}, {GROUPS}, State.INTRODUCED, {Answer.WAITING}, Answer.ACCEPTED, {"introduction"}),
    "decline": ({"group"}, {GROUPS}, REVIEW, {Answer.WAITING}, Answer.DECLINED, {"declined"}),
    "ask": ({"group"}, {GROUPS}, GROUPS, {Answer.WAITING}, Answer.WAITING, {"question"}),
    "leave unanswered": ({"system"}, {GROUPS}, REVIEW, {Answer.WAITING}, Answer.UNANSWERED, {"unanswered"}),
    "expire": ({"system"}, ALIVE, State.EXPIRED, None, Answer.CANCELLED, {"expired"}),
}
ACTORS = ["sme", "sme reader", "other sme", "group", "group reader", "other group", "staff"]
PAIRS = [  # a request's state and its one answer's, as they go together
    (REVIEW, None), (REVIEW, Answer.DECLINED), (REVIEW, Answer.UNANSWERED), (GROUPS, Answer.WAITING),
    (GROUPS, Answer.DECLINED), (State.INTRODUCED, Answer.ACCEPTED), (State.REFUSED, None),
    (State.WITHDRAWN, Answer.CANCELLED), (State.EXPIRED, Answer.CANCELLED),
]  # fmt: skip
CELLS = [
    (pair, name, actor)
    for pair in PAIRS
    for name, (who, *_rest) in TABLE.items()
    for actor in (["system"] if who == {"system"} else ACTORS)
    if not (name == "leave unanswered" and pair[1] is None)
]


def elsewhere():
    return group_user(profile__places=["MA"]).organisation


def expire(request):
    PortageRequest.objects.filter(pk=request.pk).update(expires_on=timezone.localdate() - timedelta(days=1))
    if not portage.expire_due():
        raise StateError


def make(state, answer):
    sme, decider = sme_user(), group_user(profile__places=["MA"])
    request = PortageRequestFactory(contact=sme, state=state, refusal="Trop tôt.")
    if answer:
        its = {"email": EmailFactory()} if answer == Answer.ACCEPTED else {}
        PortageAnswerFactory(
            request=request, group=decider.organisation, state=answer, decline_reason="size", **its
        )  # fmt: skip
    Email.objects.filter(portage_answer=None).delete()
    return request, {
        "sme": lambda: sme,
        "sme reader": lambda: colleague(sme, Membership.Role.READER),
        "other sme": sme_user,
        "group": lambda: decider,
        "group reader": lambda: colleague(decider, Membership.Role.READER),
        "other group": lambda: group_user(profile__places=["MA"]),
        "staff": lambda: UserFactory(staff=True),
        "system": lambda: None,
    }


@pytest.mark.parametrize(("pair", "name", "actor"), CELLS)
def test_every_cell_does_what_the_table_says_or_refuses(pair, name, actor):
    request, people = make(*pair)
    who, states, to, answers, answered, mails = TABLE[name]
    by, state = people[actor](), pair[0]
    before = set(Email.objects.values_list("key", flat=True))

    if actor in who and state in states and (answers is None or pair[1] in answers):
        ACTS[name](request, by)
        lines = [(state, to, by and by.pk)] if to != state else []
        lines = [(state, to, None)] if name == "decline" else lines  # the system sends it back
        end, told = to, mails - ({"cancelled"} if pair[1] != Answer.WAITING else set())
        told |= {"cancelled"} if name == "expire" and pair[1] == Answer.WAITING else set()
        final = answered if answered and pair[1] == Answer.WAITING else pair[1]
    else:
        with pytest.raises((StateError, PermissionDenied)) as refusal:
            ACTS[name](request, by)
        assert actor in who or refusal.type is PermissionDenied
        end, lines, told, final = state, [], set(), pair[1]

    request.refresh_from_db()
    assert request.state == end
    assert [one for one in request.history.values_list("before", "after", "actor") if one[0] != one[1]] == lines
    first = request.answers.order_by("pk").values_list("state", flat=True).first()
    assert first == final or (first == Answer.WAITING and final is None)  # of a group just asked
    keys = set(Email.objects.values_list("key", flat=True)) - before
    assert {key.removeprefix("portage-").split(":")[0] for key in keys} == told


@pytest.mark.parametrize("machine", [PortageRequest, PortageAnswer])
def test_every_state_has_its_moves(machine):
    assert set(machine.MOVES) == set(machine.State)


def fields(contact, **more):
    its = {"horizon": "now", "support": ["stand"], "text": "Des vannes.", "budget": "", "timing": "", "named": False}
    return its | {"country": "MA", "contact": contact} | more


def test_one_open_request_a_country_for_the_company_whoever_asks():
    sme = sme_user()
    portage.ask(by=sme, fields=fields(sme))

    with pytest.raises(StateError, match="déjà une demande en cours"):
        portage.ask(by=colleague(sme), fields=fields(sme))
    with pytest.raises(IntegrityError), transaction.atomic():
        PortageRequestFactory(contact=sme)
    portage.ask(by=sme, fields=fields(sme, country="TN"))
    portage.withdraw(PortageRequest.objects.get(country="MA"), by=sme)
    portage.ask(by=sme, fields=fields(sme))

    assert Email.objects.filter(key__startswith="portage-received").count() == 3


@pytest.mark.parametrize("person", [group_user, UserFactory, lambda: colleague(sme_user(), Membership.Role.READER)])
def test_only_an_sme_s_people_who_may_edit_ask(person):
    by = person()

    with pytest.raises(PermissionDenied):
        portage.ask(by=by, fields=fields(by))


def test_a_group_that_is_not_there_is_asked_nothing():
    request = PortageRequestFactory()
    away, waiting = OrganisationFactory(group=True, profile__places=["JP"]), elsewhere()
    waiting.state = "suspended"
    waiting.save()

    with pytest.raises(StateError):
        portage.route(request, [away, waiting], by=UserFactory(staff=True))

    assert not request.answers.exists()


def test_presence_in_the_zone_counts_for_its_countries():
    zone = portage.places.ancestors("MA")[1]
    group = OrganisationFactory(group=True, profile__places=[zone])

    assert list(portage.present_in("MA", OrganisationFactory())) == [group]


def test_the_last_no_brings_it_back_to_the_staff_and_not_the_first():
    people = [group_user(profile__places=["MA"]) for _ in range(2)]
    request = PortageRequestFactory()
    portage.route(request, [one.organisation for one in people], by=UserFactory(staff=True))

    seen = []
    for person in people:
        portage.decline(request, by=person, reason="country")
        seen.append(request.state)

    assert seen == [GROUPS, REVIEW]


def test_the_first_yes_introduces_once_and_frees_the_others(client):
    people = [group_user(profile__places=["MA"]) for _ in range(2)]
    request = PortageRequestFactory()
    portage.route(request, [one.organisation for one in people], by=UserFactory(staff=True))

    portage.accept(request, by=people[0], message="Parlons-en.")
    for person in people:
        with pytest.raises(StateError):
            portage.accept(request, by=person)

    mail = Email.objects.get(template="portage_introduction")
    assert mail.to == mail.reply_to == [request.contact.email, people[0].email]
    assert all(word in mail.text for word in [request.company.name, people[0].organisation.name, "Parlons-en."])
    assert set(request.answers.values_list("state", flat=True)) == {Answer.ACCEPTED, Answer.CANCELLED}
    assert Email.objects.filter(key__startswith="portage-cancelled").get().to == [people[1].email]


def test_what_is_open_is_taken_up_by_a_group_that_is_there_and_by_no_other():
    here, away = group_user(profile__places=["MA"]), group_user(profile__places=["JP"])
    request = PortageRequestFactory()
    portage.open_up(request, by=UserFactory(staff=True))

    with pytest.raises(PermissionDenied):
        portage.accept(request, by=away)
    portage.accept(request, by=here)

    assert answer_of(request).state == Answer.ACCEPTED


def test_a_no_to_what_is_open_leaves_it_open_to_the_others():
    here = group_user(profile__places=["MA"])
    request = PortageRequestFactory()
    portage.open_up(request, by=UserFactory(staff=True))

    portage.decline(request, by=here, reason="timing")

    assert request.state == GROUPS


def test_who_works_on_both_sides_does_not_answer_itself():
    person = group_user(profile__places=["MA"])
    request = PortageRequestFactory(state=GROUPS)
    PortageAnswerFactory(request=request, group=person.organisation)
    Membership.objects.create(user=person, organisation=request.company, role="member")

    with pytest.raises(PermissionDenied):
        portage.accept(request, by=person)


def test_an_introduced_sme_counts_as_introduced():
    request = PortageRequestFactory(state=State.INTRODUCED)
    PortageAnswerFactory(
        request=request, state=Answer.ACCEPTED, email=EmailFactory(state="sent", sent_at=timezone.now())
    )

    fairness.count_attention()

    assert Attention.objects.get().introduced
    assert Attention.objects.get().company == request.company
