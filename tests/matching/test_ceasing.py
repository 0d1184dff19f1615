"""Staff close an organisation that has ceased: what waits ends, what has left stands, all are told."""

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from accounts.models import Email, Organisation
from matching import ceasing, introduce
from matching.models import Application, Introduction, PortageRequest
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    UserFactory,
    group_user,
    sign_in_staff,
    sme_user,
)

A, S = Application.State, Opportunity.State


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def sme():
    return sme_user(name="DÉMO Fonderie")


def close(user, staff):
    ceasing.close(user.organisation, by=staff, reason="Radiée du registre.")


def told(template):
    return [(mail.to, mail.text) for mail in Email.objects.filter(template=template).order_by("pk")]


@pytest.mark.parametrize("state", [A.DRAFT, A.SENT, A.SHORTLISTED, A.WAITLISTED])
def test_company_struck_off_its_open_applications_end_and_groups_that_had_them_are_told_why(staff, sme, state):
    application = ApplicationFactory(
        contact=sme, sent=state != A.DRAFT, opportunity=OpportunityFactory(published=True)
    )
    Application.objects.update(state=state, waitlisted_at=application.sent_at)

    close(sme, staff)

    application.refresh_from_db()
    assert (application.state, sme.organisation.history.latest("pk").after) == (A.WITHDRAWN, "closed")
    mails = told("application_withdrawn")
    assert [to for to, _text in mails] == ([] if state == A.DRAFT else [[application.opportunity.contact_email]])
    assert all("a cessé son activité" in text for _to, text in mails)
    [(to, text)] = told("organisation_closed")
    assert (to, "Radiée du registre." in text) == ([sme.email], True)


@pytest.mark.parametrize("state", [A.ACCEPTED, A.DECLINED, A.UNANSWERED, A.CANCELLED])
def test_company_struck_off_what_was_answered_stays(staff, sme, state):
    application = ApplicationFactory(contact=sme, sent=True)
    Application.objects.update(state=state, decline_reason="country")

    close(sme, staff)

    application.refresh_from_db()
    assert application.state == state


def test_company_struck_off_an_introduction_that_left_stands_and_one_that_waits_is_stopped(staff, sme):
    left = IntroductionFactory(application__contact=sme)
    poster = group_user()
    opportunity = OpportunityFactory(published=True, owner=poster.organisation)
    waits = introduce.accept(ApplicationFactory(contact=sme, sent=True, opportunity=opportunity), by=poster)

    close(sme, staff)

    states = dict(Introduction.objects.values_list("pk", "state"))
    assert states == {left.pk: "sent", waits.pk: "cancelled"}
    assert Email.objects.get(pk=waits.email_id).state == Email.State.CANCELLED
    assert len([to for to, text in told("introduction_news") if "a annulé" in text]) == 2


def test_company_struck_off_those_it_applied_with_are_told(staff, sme):
    joined = ApplicationFactory(opportunity=OpportunityFactory(published=True), sent=True)
    its = {"company": sme.organisation, "opportunity": joined.opportunity}
    joined.partners.create(state="joined", consent_at=joined.sent_at, contact=sme, **its)
    asked = ApplicationFactory(opportunity=OpportunityFactory(published=True))
    asked.partners.create(company=sme.organisation, opportunity=asked.opportunity)

    close(sme, staff)

    assert [one.partners.get().state for one in (joined, asked)] == ["left", "declined"]
    assert {tuple(to) for to, _text in told("partner_answered")} == {(joined.contact.email,), (asked.contact.email,)}


def test_company_struck_off_its_portage_request_ends_and_groups_owe_no_answer(staff, sme):
    answer = PortageAnswerFactory(request__company=sme.organisation, request__country="MA")

    close(sme, staff)

    answer.refresh_from_db()
    assert (answer.request.state, answer.state) == ("withdrawn", "cancelled")


def test_a_group_that_ceased_takes_its_opportunities_along_and_every_applicant_is_told(staff):
    poster = group_user()
    its = {"owner": poster.organisation, "created_by": poster}
    published, closed, draft = (
        OpportunityFactory(**its, **how) for how in ({"published": True}, {"closed": True}, {})
    )
    applications = [ApplicationFactory(sent=True, opportunity=one) for one in (published, closed)]
    answered = ApplicationFactory(sent=True, opportunity=published, state=A.DECLINED, decline_reason="country")

    close(poster, staff)

    states = [Opportunity.objects.get(pk=one.pk).state for one in (published, closed, draft)]
    assert states == [S.WITHDRAWN, S.CLOSED, S.WITHDRAWN]
    assert {one.state for one in Application.objects.exclude(pk=answered.pk)} == {A.CANCELLED}
    assert {tuple(to) for to, _text in told("application_cancelled")} == {(one.contact.email,) for one in applications}
    assert "Vos opportunités sont retirées" in told("organisation_closed")[0][1]


def test_a_group_that_ceased_owes_no_portage_and_staff_see_the_request_again(staff):
    group = group_user()
    alone = PortageAnswerFactory(group=group.organisation, request__country="MA")

    close(group, staff)

    alone.refresh_from_db()
    assert (alone.state, PortageRequest.objects.get().state) == ("cancelled", "to_review")


def test_only_staff_close_with_a_reason_and_once(staff, sme):
    with pytest.raises(PermissionDenied):
        ceasing.close(sme.organisation, by=sme, reason="Non.")
    with pytest.raises(StateError, match="motif"):
        ceasing.close(sme.organisation, by=staff, reason=" ")

    close(sme, staff)
    with pytest.raises(StateError):
        ceasing.close(Organisation.objects.get(pk=sme.organisation.pk), by=staff, reason="Encore.")

    assert len(told("organisation_closed")) == 1


def test_staff_close_it_from_its_page(client, sme):
    sign_in_staff(client)
    way = reverse("admin:accounts_organisation_transition", args=[sme.organisation.pk, "close"])
    assert "ses demandes ou ses opportunités s&#x27;arrêtent" in client.get(way).text

    client.post(way, {"reason": "Radiée du registre."})

    assert Organisation.objects.get(pk=sme.organisation.pk).state == "closed"
