"""What goes wrong around a group's or the staff's side, each case by its name in the product's table.

Elsewhere: « Group declines all, then reposts », « Suspended by staff then restored » (test_sme_edge_cases), « SME asks
to be hidden from group X » (test_out_of_sight), « Group user changes subsidiary » (test_transfers), « Hard bounce on
introduction », « Consent withdrawn » (test_introduce_fate), « Soft bounce » (accounts/test_mail, test_refused),
« Duplicate SIREN race » (accounts/test_joining), « Company struck off / merged » (test_ceasing,
test_organisation_merging), « HTML/links in pitch » (test_apply_pages).
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import apply, changes, digest, refresh, weights
from matching.models import Action, Application, Match, SimulationReport, WeightsVersion
from opportunities import amendments
from opportunities.models import Amendment
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user, sme_user

PARIS = ZoneInfo("Europe/Paris")
State = Application.State


@pytest.fixture
def decider():
    return group_user()


def received(decider, **profile):
    opportunity = OpportunityFactory(published=True, owner=decider.organisation, sectors=["eau"], places=["MA"])
    sme = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"], **profile)
    return ApplicationFactory(sent=True, opportunity=opportunity, contact=sme)


def test_material_edit_after_applications_a_new_must_criterion_never_rejects_an_applicant(client, decider):
    application = received(decider, profile__headcount="10-19")
    refresh.refresh_due()
    assert Match.objects.get(company=application.company).eligible

    changes.amend(application.opportunity, {"criteria": [[], [["headcount", "250-499", True]]]}, by=decider)
    amendments.accept(Amendment.objects.get(), by=UserFactory(staff=True))
    changes.announce_due()
    refresh.refresh_due()

    application.refresh_from_db()
    assert application.state == State.SENT
    assert application.may_recheck
    client.force_login(decider)
    page = client.get(reverse("matching:applicants", args=[application.opportunity.pk]))
    assert [row["application"] for row in page.context["rows"]] == [application]
    assert not Email.objects.filter(template="application_declined").exists()


def test_group_silent_past_answer_date_it_ends_unanswered_and_the_sme_is_told(decider, time_machine):
    application = received(decider)
    due = application.opportunity.answer_by
    for days in range(-5, 80):
        time_machine.move_to(datetime.combine(due + timedelta(days=days), datetime.min.time(), PARIS).replace(hour=10))
        digest.run()

    application.refresh_from_db()
    assert (application.state, application.history.latest("pk").actor) == (State.UNANSWERED, None)
    assert Email.objects.get(template="application_unanswered").to == [application.contact.email]
    assert Email.objects.filter(template="to_do").count() >= 3  # before, on the day, after


def test_weights_version_changes_past_scores_keep_their_version_and_nobody_leaves_a_shortlist(client, decider):
    application = received(decider)
    refresh.refresh_due()
    apply.shortlist(application, by=decider)
    before = Match.objects.get(company=application.company).weights_version
    staff, hand = UserFactory(staff=True), WeightsVersion.objects.get(version=before)
    draft = weights.copy(hand, by=staff)
    weights.edit(draft, by=staff, strong=99.0, good=98.0)
    SimulationReport.objects.create(
        version=draft,
        against=hand,
        numbers=draft.numbers(),
        data={"gate": []},
        finished_at=timezone.now(),
        progress=100,
    )

    weights.activate(draft, by=staff, signature="Camille Essai")
    refresh.refresh_due()

    assert Match.objects.get(company=application.company).weights_version == draft.version
    assert Action.objects.get(kind="shortlisted").weights_version == before
    application.refresh_from_db()
    assert application.state == State.SHORTLISTED
    client.force_login(decider)
    page = client.get(reverse("matching:applicants", args=[application.opportunity.pk]) + "?etat=preselection")
    assert [row["application"] for row in page.context["rows"]] == [application]
