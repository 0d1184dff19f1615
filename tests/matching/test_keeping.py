"""Kept for later: an SME's leave for twelve months, a group's list beside what it publishes."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Organisation
from matching import apply, introduce, keeping
from matching.models import Application, Keeping
from pacte.days import date_format
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MatchFactory,
    MembershipFactory,
    OpportunityFactory,
    group_user,
)

State = Application.State
LIST = "matching:kept"


def declined(owner=None):
    its = {"opportunity__owner": owner} if owner else {}
    return ApplicationFactory(sent=True, state="declined", decline_reason="size", decided_at=timezone.now(), **its)


@pytest.fixture
def application():
    return declined()


@pytest.fixture
def group(application):
    return MembershipFactory(organisation=application.opportunity.owner).user


def put_aside(application, group):
    keeping.agree(application, by=application.contact)
    keeping.keep(application, by=group)
    return application


def url(name, *args):
    return reverse(f"matching:{name}", args=args)


def shown(client, address):
    return [row["kept"].application for row in client.get(address).context["rows"]]


def test_leave_may_be_given_with_the_sending(client):
    application = ApplicationFactory()
    client.force_login(application.contact)

    client.post(url("application_send", application.pk), {"consent": "on", "keep": "on"})

    assert Keeping.objects.get().application == application
    assert Keeping.objects.get().until - timezone.now() > timedelta(days=364)


def test_without_the_box_nothing_is_kept(client, application, group):
    with pytest.raises(StateError, match="accord"):
        keeping.keep(application, by=group)

    assert not Keeping.objects.exists()


def test_from_the_leave_to_the_groups_list_and_out(client, application, group):
    client.force_login(application.contact)
    client.get(url("application_keeping", application.pk))
    assert not Keeping.objects.exists()
    client.post(url("application_keeping", application.pk), {"agree": ""})
    client.force_login(group)
    assert shown(client, url("kept")) == []
    client.post(url("application_keep", application.pk))

    kept = shown(client, url("kept"))
    client.post(url("application_keep", application.pk), {"out": ""})

    assert kept == [application]
    assert shown(client, url("kept")) == []


def ended(application):
    keeping.end(application, by=application.contact)


def suspended(application):
    Organisation.objects.filter(pk=application.company_id).update(state="suspended")


@pytest.mark.parametrize("happens", [ended, suspended])
def test_a_leave_taken_back_or_a_suspended_company_leaves_the_list_at_once(client, application, group, happens):
    put_aside(application, group)
    happens(application)
    client.force_login(group)

    assert shown(client, url("kept")) == []


def waiting(group):
    return ApplicationFactory(sent=True, opportunity__published=True, opportunity__owner=group.organisation)


def on_its_way(group):
    return introduce.accept(waiting(group), by=group).application


def introduced(group):
    application = waiting(group)
    Application.objects.update(state="accepted")
    application.refresh_from_db()
    return IntroductionFactory(application=application).application


@pytest.mark.parametrize(
    ("make", "act"),
    [(waiting, apply.withdraw), (on_its_way, introduce.withdraw_consent), (introduced, introduce.withdraw_consent)],
)
def test_whoever_withdraws_is_kept_no_more_and_its_page_says_so(client, make, act):
    group, moment = group_user(), timezone.now()
    application = make(group)
    Keeping.objects.create(
        application=application, agreed_at=moment, until=moment + timedelta(days=365), kept_at=moment, kept_by=group
    )
    client.force_login(application.contact)
    assert "peut garder votre dossier" in client.get(application.get_absolute_url()).text

    act(application, by=application.contact)

    page = unescape(client.get(application.get_absolute_url()).text)
    assert "peut garder votre dossier" not in page
    assert f"cet accord a pris fin le {date_format(timezone.localdate(), 'j F Y')}" in page.replace("\xa0", " ")
    assert url("application_keeping", application.pk) not in page
    with pytest.raises(StateError, match="accord"):
        keeping.point_out(
            Keeping.objects.get(), OpportunityFactory(published=True, owner=group.organisation), by=group
        )
    client.force_login(group)
    assert shown(client, url("kept")) == []


def test_an_application_taken_up_again_asks_for_the_leave_again(client):
    application = waiting(group_user())
    keeping.agree(application, by=application.contact)
    apply.withdraw(application, by=application.contact)
    application, _new = apply.start(application.opportunity, application.contact)
    client.force_login(application.contact)

    client.post(url("application_send", application.pk), {"consent": "on"})

    application.refresh_from_db()
    assert application.state == State.SENT
    assert not Keeping.objects.agreed().exists()


@pytest.mark.parametrize(("days", "there"), [(364, True), (366, False)])
def test_a_leave_ends_by_itself_after_a_year(client, application, group, days, there):
    put_aside(application, group)

    with time_machine.travel(timezone.now() + timedelta(days=days), tick=False):
        client.force_login(group)
        assert bool(shown(client, url("kept"))) is there


def test_a_leave_given_again_asks_the_group_again(application, group):
    put_aside(application, group)
    keeping.end(application, by=application.contact)
    keeping.agree(application, by=application.contact)

    assert not Keeping.objects.kept_by(group).exists()


@pytest.mark.parametrize("state", ["draft", "withdrawn", "accepted", "cancelled"])
def test_what_a_group_does_not_hold_or_need_is_not_kept(application, state):
    Application.objects.update(state=state)

    with pytest.raises(StateError):
        keeping.agree(application, by=application.contact)


def test_another_group_sees_none_of_it(client, application, group):
    put_aside(application, group)
    stranger = group_user()
    client.force_login(stranger)

    assert shown(client, url("kept")) == []
    assert client.post(url("application_keep", application.pk)).status_code == 404
    with pytest.raises(PermissionDenied):
        keeping.keep(application, by=stranger)


def test_a_new_opportunity_is_told_once_to_who_is_kept(client, application, group):
    put_aside(application, group)
    fresh = OpportunityFactory(published=True, owner=application.opportunity.owner)
    MatchFactory(opportunity=fresh, company=application.company)
    client.force_login(group)

    [row] = client.get(url("kept_for", fresh.pk)).context["rows"]
    for _ in range(2):
        client.post(url("point_out", fresh.pk, application.keeping.pk))

    assert (row["fit"].band, row["may_tell"]) == ("good", True)
    email = Email.objects.get(template="opportunity_pointed_out")
    assert email.to == [application.contact.email]
    assert fresh.title in email.text
    assert url("application_keeping", application.pk) in email.text


@pytest.mark.parametrize("hidden", ["the new one", "the first one"])
def test_no_hidden_name_is_told_by_pointing_out(application, group, hidden):
    put_aside(application, group)
    fresh = OpportunityFactory(published=True, owner=application.opportunity.owner, secret=hidden == "the new one")
    if hidden == "the first one":
        application.opportunity.confidential, application.opportunity.alias = True, "Un groupe"
        application.opportunity.save()

    with pytest.raises(StateError):
        keeping.point_out(Keeping.objects.get(), fresh, by=group)

    assert not Email.objects.exists()


def test_who_has_applied_already_is_not_told(application, group):
    put_aside(application, group)
    fresh = OpportunityFactory(published=True, owner=application.opportunity.owner)
    ApplicationFactory(opportunity=fresh, contact=application.contact, sent=True)

    with pytest.raises(StateError, match="déjà une candidature"):
        keeping.point_out(Keeping.objects.get(), fresh, by=group)


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(client, application, group, rows, django_assert_num_queries):
    for one in [application, *[declined(application.opportunity.owner) for _ in range(rows - 1)]]:
        put_aside(one, group)
        MatchFactory(opportunity=application.opportunity, company=one.company)
    fresh = OpportunityFactory(published=True, owner=application.opportunity.owner)
    client.force_login(group)
    client.get(url("kept"))

    with django_assert_num_queries(7):  # person, membership, transaction, count, rows, labels
        client.get(url("kept"))
    with django_assert_num_queries(10):  # the opportunity, its matches, who has applied
        client.get(url("kept_for", fresh.pk))
