"""Two people act on one opportunity at once: one wins, the other is told what happened, no mail leaves twice."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Email
from matching import apply, changes, digest, introduce
from matching.models import Application, Introduction, Reminder
from opportunities import amendments, moderation
from opportunities.models import Amendment, Opportunity
from pacte.states import StateError
from pacte.workdays import add_workdays
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, colleague, group_user
from tests.races import lined_up

pytestmark = pytest.mark.django_db(transaction=True)
State = Opportunity.State
BOTH_ORDERS = pytest.mark.parametrize("first", [True, False], ids=["first", "second"])


@pytest.fixture
def owner():
    return group_user()


@pytest.fixture
def opportunity(owner):
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner)


def post(opportunity):
    """As each request reads it."""
    return Opportunity.objects.select_related("owner", "created_by").get(pk=opportunity.pk)


def candidacy(application):
    return Application.objects.select_related("opportunity", "company").get(pk=application.pk)


def of(one):
    return type(one).objects.filter(pk=one.pk)


def in_order(rows, one, other, first):
    """The outcomes of one and of the other, whichever of them comes first."""
    outcomes = lined_up(rows, *((one, other) if first else (other, one)))
    return outcomes if first else outcomes[::-1]


def mails(*templates):
    return sorted(Email.objects.filter(template__in=templates).values_list("template", flat=True))


def withdrawal(opportunity, by):
    mine = post(opportunity)
    return lambda: changes.withdraw(mine, by=by, reason="Le client a renoncé.")


@BOTH_ORDERS
def test_a_withdrawal_and_an_acceptance(owner, opportunity, first):
    one, other = ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    mine, person = candidacy(one), colleague(owner)

    withdrawn, accepted = in_order(
        of(one), withdrawal(opportunity, owner), lambda: introduce.accept(mine, by=person), first
    )

    assert withdrawn is None
    assert Opportunity.objects.get().state == State.WITHDRAWN
    if isinstance(accepted, StateError):
        assert str(accepted)
        assert mails("introduction", "application_cancelled") == ["application_cancelled"] * 2
    else:
        assert Introduction.objects.get().application == one
        assert mails("introduction", "application_cancelled") == ["application_cancelled", "introduction"]
    assert isinstance(accepted, StateError) == first
    other.refresh_from_db()
    assert other.state == "cancelled"


@BOTH_ORDERS
@pytest.mark.parametrize("answer", ["decline", "shortlist"])
def test_a_withdrawal_and_another_answer(owner, opportunity, answer, first):
    one = ApplicationFactory(sent=True, opportunity=opportunity)
    mine, person = candidacy(one), colleague(owner)
    acts = {
        "decline": lambda: apply.decline(mine, by=person, reason="size"),
        "shortlist": lambda: apply.shortlist(mine, by=person),
    }

    withdrawn, answered = in_order(of(one), withdrawal(opportunity, owner), acts[answer], first)

    assert withdrawn is None
    assert isinstance(answered, StateError) == first
    told = {
        ("decline", False): ["application_declined"],
        ("shortlist", False): ["application_cancelled", "application_shortlisted"],
    }
    seen = mails("application_cancelled", "application_declined", "application_shortlisted")
    assert seen == told.get((answer, first), ["application_cancelled"])
    assert candidacy(one).state == ("declined" if (answer, first) == ("decline", False) else "cancelled")


@BOTH_ORDERS
def test_a_withdrawal_and_a_company_that_takes_its_application_back(owner, opportunity, first):
    one = ApplicationFactory(sent=True, opportunity=opportunity)
    mine = candidacy(one)

    withdrawn, taken_back = in_order(
        of(one), withdrawal(opportunity, owner), lambda: apply.withdraw(mine, by=one.contact), first
    )

    assert withdrawn is None
    assert isinstance(taken_back, StateError) == first
    sent = mails("application_cancelled", "application_withdrawn")
    assert sent == (["application_cancelled"] if first else ["application_withdrawn"])


@BOTH_ORDERS
def test_a_withdrawal_and_a_publication(owner, first):
    submitted = OpportunityFactory(submitted=True, owner=owner.organisation, created_by=owner)
    mine, theirs, staff = post(submitted), post(submitted), UserFactory(staff=True)

    withdrawn, published = in_order(
        of(submitted),
        lambda: changes.withdraw(mine, by=owner, reason=""),
        lambda: moderation.publish(theirs, by=staff, checked=True),
        first,
    )

    assert isinstance(withdrawn, StateError) != isinstance(published, StateError)
    assert isinstance(published, StateError) == first
    assert str(published if first else withdrawn)
    assert mails("opportunity_published") == ([] if first else ["opportunity_published"])
    assert submitted.history.count() == 1


@BOTH_ORDERS
def test_of_two_staff_one_accepts_a_change_that_the_other_refuses(opportunity, first):
    ApplicationFactory(sent=True, opportunity=opportunity)
    asked = Amendment.objects.create(opportunity=opportunity, changes={"places": [["MA"], ["TN"]]})
    yes, no = Amendment.objects.get(), Amendment.objects.get()
    one, other = UserFactory.create_batch(2, staff=True)

    accepted, refused = in_order(
        of(opportunity),
        lambda: amendments.accept(yes, by=one),
        lambda: amendments.refuse(no, by=other, reason="Autre projet"),
        first,
    )

    assert (isinstance(accepted, StateError), isinstance(refused, StateError)) == (not first, first)
    assert str(refused if first else accepted)
    assert mails("opportunity_amended") == ["opportunity_amended"]
    assert asked.history.count() == 1
    assert Opportunity.objects.get().places == (["TN"] if first else ["MA"])


@BOTH_ORDERS
def test_a_group_replaces_its_request_while_staff_accept_it(owner, opportunity, first):
    Amendment.objects.create(opportunity=opportunity, changes={"places": [["MA"], ["TN"]]}, asked_by=owner)
    theirs, mine, staff = Amendment.objects.get(), post(opportunity), UserFactory(staff=True)

    accepted, asked = in_order(
        of(opportunity),
        lambda: amendments.accept(theirs, by=staff),
        lambda: changes.amend(mine, {"places": [["MA"], ["DZ"]]}, by=owner),
        first,
    )

    assert (isinstance(accepted, StateError), isinstance(asked, StateError)) == (not first, first)
    assert Opportunity.objects.get().places == (["TN"] if first else ["MA"])
    assert mails("opportunity_amended") == (["opportunity_amended"] if first else [])


@BOTH_ORDERS
def test_one_closes_what_a_colleague_extends(owner, opportunity, first):
    ApplicationFactory(opportunity=opportunity)
    mine, theirs, person = post(opportunity), post(opportunity), colleague(owner)
    later = (opportunity.apply_by + timedelta(days=9)).isoformat()

    closed, extended = in_order(
        of(opportunity),
        lambda: changes.close(mine, by=owner, reason="Nous avons trouvé"),
        lambda: changes.amend(theirs, {"apply_by": [opportunity.apply_by.isoformat(), later]}, by=person),
        first,
    )

    assert (isinstance(closed, StateError), isinstance(extended, StateError)) == (not first, first)
    assert str(extended if first else closed)
    assert not Amendment.objects.exists()
    assert mails("application_closed", "application_changed") == [
        "application_closed" if first else "application_changed"
    ]
    assert opportunity.history.count() == 1


@BOTH_ORDERS
def test_a_withdrawal_and_the_mail_of_the_day(owner, opportunity, first):
    now = datetime.combine(add_workdays(timezone.localdate(), 4), time(10), ZoneInfo("Europe/Paris"))
    old = timezone.now() - timedelta(days=100)
    of(opportunity).update(apply_by=None, published_at=old, answer_by=now.date())
    one = ApplicationFactory(sent=True, opportunity=opportunity, sent_at=old, consent_at=old)

    withdrawn, told = in_order(of(one), withdrawal(opportunity, owner), lambda: digest.run(now), first)

    assert withdrawn is None
    assert candidacy(one).state == "cancelled"
    assert mails("application_cancelled") == ["application_cancelled"]
    assert Email.objects.filter(template="to_do").count() == told
    assert Reminder.objects.exists() != first
