"""« Pas pour moi » and a pause: what a company has put away comes back by no path, and its group learns nothing."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, SmeProfile
from matching import apply, dismiss, keeping, merging, partners, reposts
from matching.models import Notification, PartnerSearch, Standing
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    group_user,
    sme_user,
)

WORKDAY = "2027-03-02T10:00:00+01:00"


@pytest.fixture
def sme():
    return sme_user()


@pytest.fixture
def decider():
    return group_user()


@pytest.fixture
def kept(sme, decider):
    """A file that the group keeps for later, after its no."""
    application = ApplicationFactory(contact=sme, sent=True, opportunity__owner=decider.organisation)
    keeping.agree(application, by=sme)
    keeping.keep(application, by=decider)
    return application.keeping


def put_away(opportunity, sme):
    dismiss.dismiss(opportunity, by=sme, reason="sector")


def begin(opportunity, sme):
    apply.start(opportunity, sme)


def pause(_opportunity, sme):
    today = timezone.localdate()
    SmeProfile.objects.filter(organisation=sme.organisation).update(paused_until=today + timedelta(days=9))


def test_what_is_like_a_closed_one_leaves_out_what_the_company_put_away(client, sme):
    closed, other, wanted = OpportunityFactory(closed=True), *OpportunityFactory.create_batch(2, published=True)
    put_away(other, sme)
    client.force_login(sme)

    shown = client.get(closed.get_absolute_url()).context["similar"]
    client.logout()
    to_anyone = client.get(closed.get_absolute_url()).context["similar"]

    assert [card.pk for card in shown] == [wanted.pk]
    assert {card.pk for card in to_anyone} == {other.pk, wanted.pk}


@pytest.mark.parametrize(("how", "told"), [(None, True), (put_away, False), (pause, False)])
def test_a_no_says_what_else_is_open_but_for_what_was_put_away_and_in_a_pause(sme, how, told):
    application = ApplicationFactory(contact=sme, sent=True)
    decider = MembershipFactory(organisation=application.opportunity.owner).user
    other = MatchFactory(company=sme.organisation, opportunity__title="Pompes de Tanger").opportunity
    if how:
        how(other, sme)

    apply.decline(application, by=decider, reason="size")

    mail = Email.objects.get(template="application_declined")
    assert [other.title in text for text in (mail.text, mail.html)] == [told, told]


@pytest.mark.parametrize("how", [put_away, begin])
def test_pointed_out_by_a_group_it_is_not_told_and_the_group_reads_what_it_would_have_read(client, kept, sme, how):
    fresh, other = OpportunityFactory.create_batch(2, published=True, owner=kept.application.opportunity.owner)
    how(fresh, sme)
    client.force_login(MembershipFactory(organisation=fresh.owner).user)

    rows = [client.get(reverse("matching:kept_for", args=[one.pk])).context["rows"] for one in (fresh, other)]
    said = [
        client.post(reverse("matching:point_out", args=[one.pk, kept.pk]), follow=True)
        .content.decode()
        .count("prévenue")
        for one in (fresh, other)
    ]

    assert [row["may_tell"] for [row] in rows] == [True, True]
    assert said == [1, 1]
    assert Notification.objects.get(kind="proposal").opportunity == other


def test_published_again_it_is_not_told_to_who_put_it_away(time_machine, sme):
    time_machine.move_to(WORKDAY)
    its = ApplicationFactory(
        contact=sme, sent=True, state="declined", decline_reason="size", decided_at=timezone.now(),
        opportunity__closed=True, opportunity__published=False,
    )  # fmt: skip
    again = OpportunityFactory(published=True, owner=its.opportunity.owner, copied_from=its.opportunity)
    put_away(again, sme)

    assert reposts.tell_due() == 0
    assert not Notification.objects.exists()


@pytest.mark.parametrize(("applied", "hidden"), [(False, True), (True, False)])
def test_made_one_with_another_it_stays_put_away_unless_the_company_applied_there(sme, decider, applied, hidden):
    gone, stays = OpportunityFactory.create_batch(2, published=True, owner=decider.organisation, created_by=decider)
    put_away(gone, sme)
    Standing.objects.create(opportunity=stays, company=sme.organisation, seen_at=timezone.now())
    if applied:
        ApplicationFactory(opportunity=stays, contact=sme)

    merging.merge(gone, stays, by=UserFactory(is_staff=True))

    its = Standing.objects.get(opportunity=stays, company=sme.organisation)
    assert (its.dismissed_at is not None, its.dismissed_reason) == (hidden, "sector" if hidden else "")


def test_made_one_with_another_who_looks_for_partners_is_still_shown_and_once(sme, decider):
    gone, stays = OpportunityFactory.create_batch(2, published=True, owner=decider.organisation, created_by=decider)
    both = sme_user()
    for person, opportunity in ((sme, gone), (both, gone), (both, stays)):
        partners.seek(opportunity, by=person, text=f"Nous cherchons un monteur, {opportunity.pk}.")

    merging.merge(gone, stays, by=UserFactory(is_staff=True))

    shown = PartnerSearch.objects.shown().filter(opportunity=stays)
    assert set(shown.values_list("company", flat=True)) == {sme.organisation.pk, both.organisation.pk}
    assert shown.get(company=both.organisation).text.endswith(f"{stays.pk}.")
