from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply
from matching.models import Application
from matching.tasks import settle_introductions
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
)

PARIS = ZoneInfo("Europe/Paris")
State = Application.State


def mails():
    return [(email.template, email.to) for email in Email.objects.order_by("pk")]


def test_the_first_look_of_the_group_is_noted_once_and_no_one_elses():
    application = ApplicationFactory(sent=True)
    member = MembershipFactory(organisation=application.opportunity.owner).user

    for stranger in (application.contact, UserFactory(staff=True), group_user()):
        apply.see(application, by=stranger)
    application.refresh_from_db()
    assert application.seen_at is None

    apply.see(application, by=member)
    first = application.seen_at
    apply.see(Application.objects.get(), by=member)

    application.refresh_from_db()
    assert application.seen_at == first


@pytest.fixture
def received():
    application = ApplicationFactory(sent=True, opportunity__secret=True, opportunity__owner__name="DÉMO Nom caché")
    return application, MembershipFactory(organisation=application.opportunity.owner).user


def test_shortlisting_tells_the_sme(received):
    application, decider = received

    apply.shortlist(application, by=decider)

    assert (application.state, mails()) == (
        State.SHORTLISTED,
        [("application_shortlisted", [application.contact.email])],
    )


def test_declining_gives_the_reason_the_words_and_other_opportunities(received):
    application, decider = received
    others = [MatchFactory(company=application.company, score=90 - n).opportunity for n in range(4)]
    MatchFactory(company=application.company, opportunity=application.opportunity, score=95)
    MatchFactory(company=application.company, opportunity=OpportunityFactory(closed=True), score=94)

    apply.decline(application, by=decider, reason="country", text="Revenez après Rabat.")

    email = Email.objects.get()
    assert (application.state, application.decline_reason) == (State.DECLINED, "country")
    assert application.decided_at
    listed = [line[2:] for line in email.text.splitlines() if line.startswith("- ")]
    assert listed == [other.title for other in others[:3]]
    for text in (email.text, email.html):
        assert "pas assez d&#x27;expérience du pays" in text or "pas assez d'expérience du pays" in text
        assert "Revenez après Rabat." in text


def test_no_mail_names_a_confidential_group_before_the_introduction(received):
    application, decider = received
    apply.shortlist(application, by=decider)
    apply.decline(application, by=decider, reason="size", text="")
    draft = ApplicationFactory(opportunity=application.opportunity)
    apply.send(draft, by=draft.contact, consented=True)
    apply.withdraw(draft, by=draft.contact)
    waiting = ApplicationFactory(sent=True, opportunity=application.opportunity)
    application.opportunity.withdraw(by=None, reason="")
    settle_introductions()

    texts = [f"{email.subject} {email.text} {email.html}" for email in Email.objects.all()]
    waiting.refresh_from_db()
    assert waiting.state == State.CANCELLED
    assert len(texts) == 6
    assert [text for text in texts if "Nom caché" in text] == []


@pytest.mark.parametrize("act", [apply.shortlist, lambda a, by: apply.decline(a, by=by, reason="size")])
def test_only_the_group_decides(received, act):
    application, decider = received
    reader = colleague(decider, role=Membership.Role.READER)
    for user in (group_user(), application.contact, UserFactory(staff=True), reader):
        with pytest.raises(PermissionDenied):
            act(application, by=user)

    application.opportunity.suspend(by=None, reason="x")
    with pytest.raises(StateError):
        act(application, by=decider)


def test_a_withdrawn_opportunity_ends_its_applications_once(received):
    application, _decider = received
    application.opportunity.withdraw(by=None, reason="abandon du projet")

    settle_introductions()
    settle_introductions()

    application.refresh_from_db()
    assert application.state == State.CANCELLED
    assert mails() == [("application_cancelled", [application.contact.email])]


def test_mails_are_in_the_readers_language(received):
    application, decider = received
    application.contact.language = "en"
    application.contact.save()

    apply.shortlist(application, by=decider)

    assert Email.objects.get().language == "en"


@pytest.mark.parametrize("before", State.values)
@pytest.mark.parametrize("after", State.values)
def test_an_application_moves_as_its_table_says(before, after):
    application = ApplicationFactory(sent=True, decline_reason="size", waitlisted_at=timezone.now())
    Application.objects.update(state=before)
    application.refresh_from_db()

    if after in Application.MOVES[before]:
        application.move(after, by=None)
        assert application.history.get().after == after
    else:
        with pytest.raises(StateError):
            application.move(after, by=None)
        assert not application.history.exists()
