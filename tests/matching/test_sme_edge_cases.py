"""What goes wrong around an SME's application, each case by its name in the product's table.

Elsewhere: « Deadline passes while the form is open » (test_apply_revise), « SME already in contact »
(test_in_contact), « Material edit after applications » (where changes are announced), « HTML/links in pitch »
(test_apply_pages), « Consent withdrawn » (test_introduce_fate, test_partners), « Profile empty » (test_alerts).
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, introduce
from matching.models import Application
from matching.tasks import settle_introductions
from opportunities import drafting, moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    sme_user,
)

PARIS = ZoneInfo("Europe/Paris")
State = Application.State


def decider(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        (date(2026, 3, 29), datetime(2026, 3, 29, 23, 59, tzinfo=PARIS)),
        (date(2026, 10, 25), datetime(2026, 10, 25, 23, 59, tzinfo=PARIS)),
        (date(2028, 2, 29), datetime(2028, 2, 29, 23, 59, tzinfo=PARIS)),
    ],
    ids=["shorter day", "longer day", "leap day"],
)
def test_dst_change_leap_day_deadline_today(client, day, moment):
    application = ApplicationFactory(opportunity__apply_by=day, opportunity__answer_by=None)

    with time_machine.travel(moment, tick=False):
        client.force_login(application.contact)
        page = client.get(application.opportunity.get_absolute_url()).content.decode()
        client.post(url("application_send", application), {"consent": "on"})

    assert "dernier jour" in page
    application.refresh_from_db()
    assert application.state == State.SENT


def test_opportunity_withdrawn_with_open_applications_leaves_introductions_untouched():
    opportunity = OpportunityFactory(published=True, capacity=2)
    waiting, accepted, draft = (
        ApplicationFactory(sent=True, opportunity=opportunity),
        ApplicationFactory(sent=True, opportunity=opportunity),
        ApplicationFactory(opportunity=opportunity),
    )
    by = decider(waiting)
    introduction = introduce.accept(accepted, by=by)
    Email.objects.all().update(state="sent", sent_at=timezone.now())

    moderation.withdraw(opportunity, by=by, reason="Le client a changé d'avis.")
    settle_introductions()

    states = {one.pk: Application.objects.get(pk=one.pk).state for one in (waiting, accepted, draft)}
    assert states == {waiting.pk: State.CANCELLED, accepted.pk: State.ACCEPTED, draft.pk: State.CANCELLED}
    told = Email.objects.filter(template="application_cancelled")
    assert {mail.to[0] for mail in told} == {waiting.contact.email, draft.contact.email}
    assert all("Le client a changé d'avis." in mail.text for mail in told)
    introduction.refresh_from_db()
    assert introduction.state == "sent"


def test_suspended_by_staff_then_restored_applications_are_frozen_and_go_on(client):
    sent = ApplicationFactory(sent=True)
    draft = ApplicationFactory(opportunity=sent.opportunity)
    by, staff = decider(sent), UserFactory(staff=True)
    moderation.suspend(sent.opportunity, by=staff, reason="Nous vérifions un point.")

    for act in [
        lambda: apply.decline(Application.objects.get(pk=sent.pk), by=by, reason="size"),
        lambda: introduce.accept(Application.objects.get(pk=sent.pk), by=by),
        lambda: apply.revise(Application.objects.get(pk=sent.pk), by=sent.contact, pitch="x", contact=sent.contact),
        lambda: apply.send(Application.objects.get(pk=draft.pk), by=draft.contact, consented=True),
    ]:
        with pytest.raises(StateError):
            act()
    assert [Application.objects.get(pk=one.pk).state for one in (sent, draft)] == [State.SENT, State.DRAFT]
    sent.opportunity.refresh_from_db()
    moderation.restore(sent.opportunity, by=staff)

    apply.send(Application.objects.get(pk=draft.pk), by=draft.contact, consented=True)
    apply.decline(Application.objects.get(pk=sent.pk), by=by, reason="size")


def test_two_colleagues_apply_simultaneously_the_second_takes_over_with_notice(client):
    application = ApplicationFactory(pitch="Commencée par l'une.")
    client.force_login(colleague(application.contact))

    response = client.post(reverse("matching:application_start", args=[application.opportunity_id]), follow=True)

    assert "Commencée par l&#x27;une." in response.content.decode()
    assert "a déjà commencé cette candidature" in str(next(iter(response.context["messages"])))


def test_user_leaves_company_applications_stay_and_the_introduction_names_a_colleague():
    application = ApplicationFactory(sent=True)
    stays = colleague(application.contact, role=Membership.Role.ADMIN)
    application.contact.memberships.update(ended_at=timezone.now())

    introduce.accept(application, by=decider(application))

    email = Email.objects.get(template="introduction")
    assert stays.email in email.to
    assert application.contact.email not in email.text


def test_user_in_group_and_sme_cannot_apply_to_their_own_nor_decide_their_own():
    person = sme_user()
    opportunity = OpportunityFactory(published=True)
    MembershipFactory(user=person, organisation=opportunity.owner)
    of_a_mate = ApplicationFactory(sent=True, opportunity=opportunity, contact=colleague(person))

    with pytest.raises(StateError, match="propre groupe"):
        apply.start(OpportunityFactory(published=True, owner=opportunity.owner), person)
    for act in [
        lambda: apply.decline(of_a_mate, by=person, reason="size"),
        lambda: introduce.accept(of_a_mate, by=person),
    ]:
        with pytest.raises(PermissionDenied):
            act()


@pytest.fixture
def reposted(time_machine):
    """A need that was declined to one, unanswered to another, accepted to a third; and its copy, published at work."""
    time_machine.move_to(datetime(2026, 6, 1, 9, tzinfo=PARIS), tick=False)
    first = OpportunityFactory(published=True, capacity=3)
    ends = {"declined": {"decline_reason": "size"}, "unanswered": {}, "accepted": {}}
    its = {end: ApplicationFactory(sent=True, opportunity=first, state=end, **more) for end, more in ends.items()}
    by = MembershipFactory(organisation=first.owner).user
    copy = drafting.duplicate(first, by=by, token=None)
    Opportunity.objects.filter(pk=copy.pk).update(
        state="published", published_at=timezone.now(), apply_by=first.apply_by, answer_by=first.answer_by
    )
    copy.refresh_from_db()
    return its, copy


def test_group_declines_all_then_reposts_previous_applicants_are_told_once_and_may_opt_in(client, reposted):
    its, copy = reposted

    settle_introductions()
    settle_introductions()

    mails = Email.objects.filter(template="opportunity_reposted")
    assert {mail.to[0] for mail in mails} == {its[end].contact.email for end in ("declined", "unanswered")}
    assert mails.count() == 2
    assert all(copy.get_absolute_url() in mail.text for mail in mails)
    again, created = apply.start(copy, its["declined"].contact)
    assert (created, again.state) == (True, State.DRAFT)


def test_group_declines_all_then_reposts_the_copy_marks_who_had_applied(client, reposted):
    its, copy = reposted
    for contact in (its["declined"].contact, sme_user()):
        ApplicationFactory(sent=True, opportunity=copy, contact=contact)
    client.force_login(MembershipFactory(organisation=copy.owner).user)

    rows = client.get(reverse("matching:applicants", args=[copy.pk])).context["rows"]

    marks = {row["application"].company: row["application"].before for row in rows}
    assert marks.pop(its["declined"].company) is True
    assert list(marks.values()) == [False]


@pytest.mark.parametrize("was_hidden", [True, False])
def test_group_declines_all_then_reposts_under_another_name_nobody_is_told(reposted, was_hidden):
    _its, copy = reposted
    hidden = copy.copied_from if was_hidden else copy
    Opportunity.objects.filter(pk=hidden.pk).update(confidential=True, alias="Un groupe de l'eau")

    settle_introductions()

    assert not Email.objects.filter(template="opportunity_reposted").exists()


def test_profile_empty_the_group_reads_incomplete_and_never_zero(client):
    application = ApplicationFactory(sent=True)
    MatchFactory(opportunity=application.opportunity, company=application.company, band="incomplete", score=12)
    client.force_login(decider(application))

    page = client.get(url("application_review", application)).content.decode()

    assert "Profil à compléter" in page
