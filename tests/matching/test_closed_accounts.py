"""An account that staff closed, of somebody who has not left their company: nothing is written there any more."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, User
from matching import alerts, apply, partners, portage
from matching.models import AlertSettings, Notification, Recipient, SavedSearch
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    MembershipFactory,
    PortageAnswerFactory,
    PortageRequestFactory,
    colleague,
    group_user,
    sme_user,
)

MONDAY = datetime(2026, 6, 1, 9, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def gone():
    """The first who administers the company; a colleague goes on."""
    return sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])


@pytest.fixture
def stays(gone):
    return colleague(gone)


def close_account(person):
    User.objects.filter(pk=person.pk).update(is_active=False)


def waiting(person):
    AlertSettings.objects.create(user=person, frequency="daily", since=MONDAY - timedelta(days=9), next_at=MONDAY)


@pytest.mark.parametrize("chosen", [True, False], ids=["chosen", "by default"])
def test_another_of_the_company_hears_of_what_fits_it(gone, stays, time_machine, chosen):
    time_machine.move_to(MONDAY, tick=False)
    stays.memberships.update(role="admin")
    if chosen:
        Recipient.objects.create(organisation=gone.organisation, user=gone)
    for person in (gone, stays):
        waiting(person)
    MatchFactory(company=gone.organisation, opportunity__published_at=MONDAY - timedelta(hours=2))
    close_account(gone)

    assert alerts.tell_due() == 1
    assert Email.objects.get(template="proposals").to == [stays.email]


def test_what_it_searched_is_told_no_more(gone, time_machine):
    time_machine.move_to(MONDAY, tick=False)
    waiting(gone)
    SavedSearch.objects.create(
        user=gone, name="Tout", query="q=vannes", floor="any", frequency="daily", next_at=MONDAY,
        since=MONDAY - timedelta(days=9),
    )  # fmt: skip
    MatchFactory(opportunity__published_at=MONDAY - timedelta(hours=2))
    close_account(gone)

    assert alerts.tell_due() == 0
    assert not Notification.objects.exists()


def test_an_answer_and_an_invitation_go_to_who_is_there(gone, stays):
    application = ApplicationFactory(contact=gone, sent=True)
    decider = MembershipFactory(organisation=application.opportunity.owner).user
    draft = ApplicationFactory()
    close_account(gone)

    apply.decline(application, by=decider, reason="size")
    partners.invite(draft, by=draft.contact, siren=gone.organisation.siren)

    sent = Email.objects.filter(template__in=["application_declined", "partner_invited"])
    assert [mail.to for mail in sent] == [[stays.email]] * 2


def test_so_does_what_a_group_says_of_a_portage(gone, stays):
    group = group_user(profile__places=["MA"])
    request = PortageRequestFactory(contact=gone, state="with_groups")
    PortageAnswerFactory(request=request, group=group.organisation)
    close_account(gone)

    portage.decline(request, by=group, reason="other", text="Pas cette année.")

    assert [mail.to for mail in Email.objects.all()] == [[stays.email]]


def test_nobody_may_choose_it_as_the_person_to_contact(client, gone, stays):
    application = ApplicationFactory(contact=stays)
    close_account(gone)
    client.force_login(stays)
    pages = [reverse("matching:application_edit", args=[application.pk]), reverse("matching:portage_ask")]

    offered = [set(client.get(page).context["form"].fields["contact"].queryset) for page in pages]
    hearing = client.get(reverse("matching:recipients")).context["form"].fields["people"].queryset

    assert offered == [{stays}, {stays}]
    assert set(hearing) == {stays}
