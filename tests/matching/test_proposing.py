"""Staff put a company forward by hand: it is told why, its group reads why, and its own choices count first."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Organisation
from matching import apply, proposing, tasks
from matching.models import AlertSettings, Application, Exposure, Match, Notification, Proposal, Standing
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
WHY = "Trois stations de pompage livrées dans la région."


@pytest.fixture
def opportunity():
    return OpportunityFactory(published=True)


@pytest.fixture
def sme():
    return sme_user()


@pytest.fixture
def staff():
    return UserFactory(is_staff=True)


def put_forward(opportunity, sme, staff, reason=WHY):
    return proposing.propose(opportunity, sme.organisation, by=staff, reason=reason)


def test_the_company_is_told_once_with_the_reason_and_finds_it_on_its_pages(client, opportunity, sme, staff):
    put_forward(opportunity, sme, staff)
    client.force_login(sme)

    dashboard = client.get(reverse("matching:sme_dashboard")).content.decode()
    page = client.get(opportunity.get_absolute_url()).content.decode()

    [mail] = Email.objects.all()
    assert (mail.to, mail.template) == ([sme.email], "opportunity_proposed")
    assert WHY in mail.text
    assert WHY in dashboard
    assert WHY in page
    assert Notification.objects.get(user=sme).opportunity == opportunity
    assert Standing.objects.get().proposed_at


@pytest.mark.parametrize(("closes", "leaves"), [(True, "cancelled"), (False, "queued")])
def test_what_closes_before_offices_open_is_not_told_of(opportunity, sme, staff, time_machine, closes, leaves):
    time_machine.move_to(datetime(2026, 11, 21, 15, tzinfo=PARIS))  # a Saturday
    put_forward(opportunity, sme, staff)
    if closes:
        Opportunity.objects.update(state="closed", closed_at=timezone.now())

    time_machine.move_to(datetime(2026, 11, 23, 7, 45, tzinfo=PARIS))
    tasks.tell_alerts()

    assert Email.objects.get().state == leaves
    assert Notification.objects.get(user=sme).opportunity == opportunity  # the centre says that it is closed


def test_the_group_reads_it_beside_the_application_and_nothing_before(client, opportunity, sme, staff):
    put_forward(opportunity, sme, staff)
    decider = MembershipFactory(organisation=opportunity.owner).user
    client.force_login(decider)
    address = reverse("matching:applicants", args=[opportunity.pk])

    before = client.get(address).content.decode()
    application = ApplicationFactory(opportunity=opportunity, company=sme.organisation, contact=sme)
    apply.send(application, by=sme, consented=True)
    listed = client.get(address).content.decode()
    file = client.get(reverse("matching:application_review", args=[application.pk])).content.decode()

    assert sme.organisation.name not in before
    assert "proposée par Pacte PME" in listed
    assert WHY in file


def applied(opportunity, company):
    ApplicationFactory(opportunity=opportunity, company=company)


def hidden(opportunity, company):
    row = {"opportunity": opportunity, "company": company}
    Standing.objects.create(**row, dismissed_at=opportunity.published_at, dismissed_reason="timing")


def suspended(opportunity, company):
    Organisation.objects.filter(pk=company.pk).update(state="suspended")
    company.refresh_from_db()


def worn_out(opportunity, company, settings):
    settings.MATCHING_WEEKLY_CAP = 2
    for _ in range(2):
        other = OpportunityFactory(published=True)
        Exposure.objects.create(
            opportunity=other, company=company, side="group", context="applicants", position=1, score=50,
            band="good", parts=[], engine_version="1", weights_version="1",
        )  # fmt: skip


@pytest.mark.parametrize(
    ("against", "said"), [(applied, "candidature"), (hidden, "masqué"), (suspended, "ouvert"), (worn_out, "semaine")]
)
def test_what_stands_against_it_is_told_and_nobody_is_written_to(opportunity, sme, staff, settings, against, said):
    more = (settings,) if against is worn_out else ()
    against(opportunity, sme.organisation, *more)

    with pytest.raises(StateError, match=said):
        put_forward(opportunity, sme, staff)

    assert not Proposal.objects.exists()
    assert not Email.objects.exists()


def test_a_closed_opportunity_and_a_blank_reason_are_refused(opportunity, sme, staff):
    with pytest.raises(StateError):
        put_forward(OpportunityFactory(closed=True), sme, staff)
    with pytest.raises(StateError):
        put_forward(opportunity, sme, staff, reason=" ")


def test_the_reason_never_names_a_confidential_group(sme, staff):
    group = OrganisationFactory(group=True, name="DÉMO Onde Noire")
    secret = OpportunityFactory(published=True, owner=group, confidential=True, alias="Un groupe de l'eau")

    with pytest.raises(StateError, match="Onde"):
        put_forward(secret, sme, staff, reason="Elle a déjà travaillé pour Onde Noire.")


def test_twice_is_refused_and_taken_back_it_shows_nowhere(client, opportunity, sme, staff):
    proposal = put_forward(opportunity, sme, staff)
    with pytest.raises(StateError, match="déjà proposée"):
        put_forward(opportunity, sme, staff)

    proposing.take_back(proposal, by=staff)
    with pytest.raises(StateError):
        proposing.take_back(proposal, by=staff)
    client.force_login(sme)

    assert WHY not in client.get(reverse("matching:sme_dashboard")).content.decode()
    put_forward(opportunity, sme, staff)
    assert Proposal.objects.standing().count() == 1


def test_who_wants_no_alerts_gets_no_mail_but_finds_it(opportunity, sme, staff):
    AlertSettings.objects.create(user=sme, frequency="none", since=opportunity.published_at, next_at=None)

    put_forward(opportunity, sme, staff)

    assert not Email.objects.exists()
    assert Notification.objects.filter(user=sme).exists()


def test_only_staff_may(opportunity, sme):
    with pytest.raises(PermissionDenied):
        put_forward(opportunity, sme, sme)


def test_the_staff_s_form_says_what_stands_against_it_and_keeps_what_was_typed(client, opportunity, sme):
    sign_in_staff(client)
    add = reverse("admin:matching_proposal_add")
    typed = {"opportunity": opportunity.pk, "company": sme.organisation.pk, "reason": WHY}
    hidden(opportunity, sme.organisation)

    refused = client.post(add, typed)
    Standing.objects.all().delete()
    done = client.post(add, typed)
    again = client.post(add, typed)

    assert "masqué" in refused.content.decode()
    assert WHY in refused.content.decode()
    assert done.status_code == 302
    assert again.status_code == 200
    assert Proposal.objects.count() == 1
    take_back = reverse("admin:matching_proposal_transition", args=[Proposal.objects.get().pk, "take-back"])
    client.post(take_back)
    assert not Proposal.objects.standing().exists()


def test_an_alert_never_tells_again_what_staff_proposed(opportunity, sme, staff):
    put_forward(opportunity, sme, staff)

    assert Notification.objects.filter(user=sme, kind="proposal").count() == 1
    assert not Application.objects.exists()
    assert not Match.objects.exists()
