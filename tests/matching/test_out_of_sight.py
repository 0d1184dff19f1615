"""A company that hides from a group, pauses or is not to be proposed: nowhere does the group see it, nor learn why."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, HiddenFrom, Membership, Organisation, SmeProfile
from matching import alerts, apply, keeping, portage, proposing, reposts
from matching.models import AlertSettings, Application, Keeping, PartnerSearch, PortageRequest
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    UserFactory,
    group_user,
    sme_user,
)

pytestmark = pytest.mark.django_db
WORKDAY = "2027-03-02T10:00:00+01:00"


@pytest.fixture
def sme():
    return sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])


@pytest.fixture
def decider():
    user = group_user()
    profile = user.organisation.group_profile
    profile.places = ["MA"]
    profile.save()
    return user


def hide(company, group):
    HiddenFrom.objects.create(company=company, siren=group.siren)


def pause(company, days=10):
    SmeProfile.objects.filter(organisation=company).update(paused_until=timezone.localdate() + timedelta(days=days))


def left_alone(company):
    Membership.objects.filter(organisation=company).update(ended_at=timezone.now())


def refuse(company):
    SmeProfile.objects.filter(organisation=company).update(proposable=False)


@pytest.mark.parametrize("secret", [False, True], ids=["named", "confidential"])
def test_hidden_from_group_x_it_is_put_forward_to_none_of_its_opportunities_and_staff_read_why(sme, decider, secret):
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, secret=secret)
    hide(sme.organisation, decider.organisation)

    with pytest.raises(StateError, match="se cache de ce groupe"):
        proposing.propose(opportunity, sme.organisation, by=UserFactory(is_staff=True), reason="Ses références.")

    assert not Email.objects.exists()


@pytest.mark.parametrize(("how", "told"), [(pause, "pause"), (refuse, "proposée"), (left_alone, "Personne n'agit")])
def test_neither_is_one_that_pauses_does_not_want_it_or_that_nobody_acts_for(sme, how, told):
    how(sme.organisation)
    sme.organisation.refresh_from_db()

    with pytest.raises(StateError, match=told):
        proposing.propose(
            OpportunityFactory(published=True),
            sme.organisation,
            by=UserFactory(is_staff=True),
            reason="Ses références.",
        )


def test_hidden_from_group_x_its_portage_is_not_eligible_there_and_stays_so_elsewhere(client, sme, decider):
    answer = PortageAnswerFactory(request__company=sme.organisation, request__country="MA")
    request, other = answer.request, answer.group
    PortageRequest.objects.update(opened=True, state="with_groups")
    assert set(portage.present_in("MA", sme.organisation)) == {decider.organisation, other}
    assert PortageRequest.objects.shown_to(decider).exists()

    hide(sme.organisation, decider.organisation)

    assert set(portage.present_in("MA", sme.organisation)) == {other}
    assert not PortageRequest.objects.shown_to(decider).exists()
    client.force_login(decider)
    assert client.get(reverse("matching:portage_dossier", args=[request.pk])).status_code == 404


def test_suspended_its_portage_that_is_open_to_all_is_shown_to_no_group_until_it_is_restored(client, sme, decider):
    request = PortageAnswerFactory(request__company=sme.organisation, request__named=True).request
    PortageRequest.objects.update(opened=True, state="with_groups")
    client.force_login(decider)
    dossier, listed = reverse("matching:portage_dossier", args=[request.pk]), reverse("matching:portage_received")
    seen = []

    for state in ("suspended", "verified"):
        Organisation.objects.filter(pk=sme.organisation.pk).update(state=state)
        told = sme.organisation.name in client.get(listed).text
        seen.append((client.get(dossier).status_code, told, PortageRequest.objects.to_take_up(decider).exists()))

    assert seen == [(404, False, False), (200, True, True)]


def test_hidden_from_group_x_none_of_its_pages_tells_of_it_and_another_group_s_do(client, sme, decider):
    """The same pages, word for word, as if the company were not there."""
    other = group_user()
    for group in (decider, other):
        group.organisation.group_profile.places = ["MA"]
        group.organisation.group_profile.save()
    hide(sme.organisation, decider.organisation)
    PortageAnswerFactory(request__company=sme.organisation, request__country="MA", request__named=True)
    PortageRequest.objects.update(opened=True, state="with_groups")

    texts = {}
    for group in (decider, other):
        client.force_login(group)
        pages = [client.get(reverse(f"matching:{name}")) for name in ("portage_received", "kept", "group_dashboard")]
        texts[group] = "".join(page.text for page in pages)

    assert sme.organisation.name not in texts[decider]
    assert sme.organisation.name in texts[other]


def kept(sme, decider):
    first = OpportunityFactory(published=True, owner=decider.organisation)
    application = ApplicationFactory(opportunity=first, company=sme.organisation, contact=sme, sent=True)
    keeping.agree(application, by=sme)
    keeping.keep(application, by=decider)
    return Keeping.objects.get()


@pytest.mark.parametrize("how", [lambda sme, group: hide(sme, group), lambda sme, group: pause(sme)])
def test_it_leaves_the_files_kept_and_is_told_of_nothing_new(sme, decider, how):
    file = kept(sme, decider)
    assert Keeping.objects.kept_by(decider).exists()

    how(sme.organisation, decider.organisation)

    assert not Keeping.objects.kept_by(decider).exists()
    with pytest.raises(StateError):
        keeping.point_out(file, OpportunityFactory(published=True, owner=decider.organisation), by=decider)


@pytest.mark.parametrize("how", [lambda sme, group: hide(sme, group), lambda sme, group: pause(sme)])
def test_what_is_published_again_is_not_told_to_it(sme, decider, how):
    before = OpportunityFactory(closed=True, owner=decider.organisation)
    ApplicationFactory(opportunity=before, company=sme.organisation, contact=sme, sent=True)
    Application.objects.update(state=Application.State.UNANSWERED)
    again = OpportunityFactory(published=True, owner=decider.organisation, copied_from=before)
    assert reposts.previous(again).exists()

    how(sme.organisation, decider.organisation)

    assert not reposts.previous(again).exists()


def test_while_it_pauses_it_gets_no_alert_and_afterwards_only_what_is_still_new(sme, time_machine):
    time_machine.move_to(WORKDAY)
    AlertSettings.objects.create(user=sme, frequency="daily", since=timezone.now(), next_at=timezone.now())
    MatchFactory(company=sme.organisation, opportunity=OpportunityFactory(published=True), score=95, band="strong")
    pause(sme.organisation, days=1)

    during = alerts.tell_due()
    time_machine.move_to("2027-03-04T10:00:00+01:00")
    after = alerts.tell_due()

    assert (during, after) == (0, 1)


def test_while_it_pauses_its_search_for_partners_is_not_shown(sme):
    PartnerSearch.objects.create(
        opportunity=OpportunityFactory(published=True), company=sme.organisation, text="Une entreprise de pose."
    )
    assert PartnerSearch.objects.shown().exists()

    pause(sme.organisation)

    assert not PartnerSearch.objects.shown().exists()


def sending(client, sme, opportunity):
    application = ApplicationFactory(opportunity=opportunity, company=sme.organisation, contact=sme)
    client.force_login(sme)
    return client.get(reverse("matching:application_send", args=[application.pk])).text


def test_hidden_from_group_x_it_is_reminded_before_it_applies_there(client, sme, decider):
    named = OpportunityFactory(published=True, owner=decider.organisation)
    assert "Vous cachez votre profil" not in sending(client, sme, named)
    hide(sme.organisation, decider.organisation)

    assert "Vous cachez votre profil à ce groupe" in sending(
        client, sme, OpportunityFactory(published=True, owner=decider.organisation)
    )


def test_hidden_from_group_x_a_confidential_group_is_not_found_out(client, sme, decider):
    """Whether or not it is the group it hides from, the pages say the same."""
    secret = {"published": True, "secret": True}
    hide(sme.organisation, decider.organisation)

    hidden = sending(client, sme, OpportunityFactory(owner=decider.organisation, **secret))
    other = sending(client, sme, OpportunityFactory(**secret))

    said = "ceux à qui vous cachez votre profil"
    assert said in hidden
    assert said in other


def test_hidden_from_group_x_it_may_still_apply_there_by_itself(sme, decider):
    hide(sme.organisation, decider.organisation)
    opportunity = OpportunityFactory(published=True, owner=decider.organisation)
    application = ApplicationFactory(opportunity=opportunity, company=sme.organisation, contact=sme)

    apply.send(application, by=sme, consented=True)

    assert application.state == "sent"
