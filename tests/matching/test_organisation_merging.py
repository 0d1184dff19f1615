"""Two organisations that are one: what one had here goes on with the other, all or nothing."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, HiddenFrom, Membership, Organisation, Reference
from matching import organisation_merging as merging
from matching.models import Application, PortageRequest, Standing
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    IntroductionFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    PortageAnswerFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

A = Application.State
NOT_HIDDEN = {"dismissed_at": None, "dismissed_reason": "", "dismissed_text": "", "dismissed_by": None}


@pytest.fixture
def staff():
    return UserFactory(staff=True)


@pytest.fixture
def two():
    """Those who administer a company under a wrong number, and under the right one."""
    return sme_user(name="DÉMO Fonderie"), sme_user(name="DÉMO Fonderie du Nord")


def merge(gone, stays, staff):
    gone, stays = gone.organisation, stays.organisation
    found = merging.merge(gone, stays, by=staff)
    gone.refresh_from_db()
    return found


def applied(user, opportunity, state=A.SENT):
    one = ApplicationFactory(contact=user, company=user.organisation, opportunity=opportunity, sent=state != A.DRAFT)
    reason = "country" if state == A.DECLINED else ""
    Application.objects.filter(pk=one.pk).update(state=state, decline_reason=reason)
    one.refresh_from_db()
    return one


def roles(organisation):
    return dict(Membership.objects.active().filter(organisation=organisation).values_list("user__email", "role"))


def told():
    mails = Email.objects.filter(template="organisation_merged").order_by("pk")
    return {mail.to[0]: "Vous agissez désormais" in mail.text for mail in mails}


def test_company_merged_its_people_come_over_as_members_and_each_is_told_once(two, staff):
    gone, stays = two
    both = MembershipFactory(user=stays, organisation=gone.organisation).user
    reader = colleague(gone, role="reader")
    before = gone.organisation

    merge(gone, stays, staff)

    assert (before.refresh_from_db(), before.state, before.merged_into) == (None, "closed", stays.organisation)
    assert roles(before) == {}
    assert roles(stays.organisation) == {stays.email: "admin", gone.email: "member", reader.email: "reader"}
    assert told() == {gone.email: True, reader.email: True, both.email: False}


def test_company_merged_into_one_that_nobody_administers_its_administrators_stay_so(staff):
    gone = sme_user()
    stays = OrganisationFactory()

    merging.merge(gone.organisation, stays, by=staff)

    assert roles(stays) == {gone.email: "admin"}


def test_company_merged_keeps_history_on_its_successor(two, staff):
    gone, stays = two
    opportunity = OpportunityFactory(published=True)
    sent, introduced = applied(gone, opportunity), IntroductionFactory(application__contact=gone).application
    Reference.objects.create(profile=gone.organisation.sme_profile, title="Une station de pompage")
    old, new = gone.organisation, stays.organisation

    merge(gone, stays, staff)

    assert {one.company for one in Application.objects.filter(pk__in=[sent.pk, introduced.pk])} == {new}
    assert sent.history.latest("pk").changes == {"company": ["DÉMO Fonderie", "DÉMO Fonderie du Nord"]}
    assert new.sme_profile.references.get().title == "Une station de pompage"
    assert new.history.latest("pk").changes["merged"] == ["", f"DÉMO Fonderie ({old.siren})"]
    assert old.history.latest("pk").reason == f"Réunie avec DÉMO Fonderie du Nord (SIREN {new.siren})"


@pytest.mark.parametrize(
    ("its", "others", "goes_on"),
    [
        (A.SENT, A.SENT, "others"),
        (A.SENT, A.SHORTLISTED, "others"),
        (A.SHORTLISTED, A.SENT, "its"),
        (A.ACCEPTED, A.SENT, "its"),
        (A.SENT, A.WITHDRAWN, "its"),
        (A.DRAFT, A.DECLINED, "others"),
    ],
)
def test_both_applied_the_one_that_has_gone_further_goes_on_and_the_other_ends(two, staff, its, others, goes_on):
    gone, stays = two
    opportunity = OpportunityFactory(published=True)
    mine, theirs = applied(gone, opportunity, its), applied(stays, opportunity, others)
    old, new = gone.organisation, stays.organisation

    merge(gone, stays, staff)

    further, lesser = (mine, theirs) if goes_on == "its" else (theirs, mine)
    before = further.state
    further.refresh_from_db()
    lesser.refresh_from_db()
    assert (further.company, further.state) == (new, before)
    assert (lesser.company, lesser.is_waiting, lesser.state == A.DRAFT) == (old, False, False)


def test_one_that_was_invited_by_the_other_is_no_longer_its_partner(two, staff):
    gone, stays = two
    lead = applied(stays, OpportunityFactory(published=True), A.DRAFT)
    partner = lead.partners.create(company=gone.organisation, opportunity=lead.opportunity)

    merge(gone, stays, staff)

    partner.refresh_from_db()
    assert partner.state == "lapsed"


def test_one_that_joined_others_where_the_other_applies_alone_leaves_them_and_they_are_told(two, staff):
    gone, stays = two
    opportunity = OpportunityFactory(published=True)
    applied(stays, opportunity)
    lead = applied(sme_user(), opportunity, A.DRAFT)
    its = {"company": gone.organisation, "opportunity": opportunity, "consent_at": opportunity.published_at}
    partner = lead.partners.create(state="joined", contact=gone, **its)

    merge(gone, stays, staff)

    partner.refresh_from_db()
    assert partner.state == "left"
    assert Email.objects.get(template="partner_answered").to == [lead.contact.email]


def test_a_partnership_goes_on_with_the_successor(two, staff):
    gone, stays = two
    lead = applied(sme_user(), OpportunityFactory(published=True), A.DRAFT)
    partner = lead.partners.create(company=gone.organisation, opportunity=lead.opportunity)

    merge(gone, stays, staff)

    partner.refresh_from_db()
    assert (partner.state, partner.company) == ("invited", stays.organisation)


def test_of_two_requests_for_one_country_the_successors_stands(two, staff):
    gone, stays = two
    answers = [PortageAnswerFactory(request__company=one.organisation, request__country="MA") for one in two]
    other = PortageAnswerFactory(request__company=gone.organisation, request__country="TN").request
    new = stays.organisation

    merge(gone, stays, staff)

    states = {one.pk: one.state for one in PortageRequest.objects.filter(company=new)}
    assert states == {
        answers[0].request.pk: "withdrawn",
        answers[1].request.pk: "with_groups",
        other.pk: "with_groups",
    }


def test_what_it_hid_from_or_dismissed_it_still_does(two, staff):
    gone, stays = two
    first, second = OpportunityFactory(published=True), OpportunityFactory(published=True)
    for company, opportunity in [(gone, first), (gone, second), (stays, second)]:
        Standing.objects.create(company=company.organisation, opportunity=opportunity)
    HiddenFrom.objects.create(company=gone.organisation, siren=group_user().organisation.siren)
    new = stays.organisation

    merge(gone, stays, staff)

    assert Standing.objects.filter(company=new).count() == 2
    assert HiddenFrom.objects.filter(company=new).count() == 1


@pytest.mark.parametrize("applied_there", [False, True])
def test_what_one_said_is_not_for_it_stays_hidden_where_the_other_had_only_seen_it(two, staff, applied_there):
    gone, stays = two
    opportunity = OpportunityFactory(published=True)
    now = timezone.now()
    said = {"dismissed_at": now, "dismissed_reason": "other", "dismissed_text": "Trop loin", "dismissed_by": gone}
    Standing.objects.create(company=gone.organisation, opportunity=opportunity, **said)
    Standing.objects.create(company=stays.organisation, opportunity=opportunity, seen_at=now)
    if applied_there:
        applied(stays, opportunity)
    new = stays.organisation

    merge(gone, stays, staff)

    its = Standing.objects.get(company=new)
    assert its.seen_at == now
    assert {name: getattr(its, name) for name in said} == (said if not applied_there else NOT_HIDDEN)


def test_where_both_said_why_not_the_reason_of_the_one_that_stays_is_kept(two, staff):
    opportunity, new = OpportunityFactory(published=True), two[1].organisation
    for one, reason in zip(two, ["sector", "size"], strict=True):
        said = {"dismissed_at": timezone.now(), "dismissed_reason": reason, "dismissed_by": one}
        Standing.objects.create(company=one.organisation, opportunity=opportunity, **said)

    merge(*two, staff)

    assert Standing.objects.get(company=new).dismissed_reason == "size"


def test_a_group_merged_its_opportunities_go_on_and_who_hid_from_it_hides_from_its_successor(staff):
    gone, stays = group_user(name="DÉMO Ancien"), group_user(name="DÉMO Nouveau")
    opportunity = OpportunityFactory(published=True, owner=gone.organisation)
    application = applied(sme_user(), opportunity)
    shy = sme_user().organisation
    HiddenFrom.objects.create(company=shy, siren=gone.organisation.siren)
    answer = PortageAnswerFactory(group=gone.organisation, request__country="MA")
    new = stays.organisation

    merge(gone, stays, staff)

    opportunity.refresh_from_db()
    answer.refresh_from_db()
    application.refresh_from_db()
    assert (opportunity.owner, opportunity.state, answer.group, answer.state) == (new, "published", new, "waiting")
    assert new.group_profile.known_names == ["DÉMO Ancien"]  # it still tells who a confidential group is
    assert opportunity.history.latest("pk").changes == {"owner": ["DÉMO Ancien", "DÉMO Nouveau"]}
    assert application.state == A.SENT
    assert set(HiddenFrom.objects.filter(company=shy).values_list("siren", flat=True)) >= {new.siren}


def test_a_candidate_that_hides_from_the_successor_is_asked_first(staff):
    gone, stays = group_user(), group_user()
    application = applied(sme_user(name="DÉMO Discrète"), OpportunityFactory(published=True, owner=gone.organisation))
    HiddenFrom.objects.create(company=application.company, siren=stays.organisation.siren)

    with pytest.raises(StateError, match="DÉMO Discrète"):
        merging.merge(gone.organisation, stays.organisation, by=staff)


def test_what_cannot_be_one_is_refused(two, staff):
    gone, stays = (one.organisation for one in two)
    closed = OrganisationFactory(name="DÉMO Fermée")
    Organisation.objects.filter(pk=closed.pk).update(state="closed")
    closed.refresh_from_db()

    for one, other in [(gone, gone), (gone, group_user().organisation), (gone, closed)]:
        with pytest.raises(StateError):
            merging.merge(one, other, by=staff)
    with pytest.raises(PermissionDenied):
        merging.merge(gone, stays, by=two[0])

    merging.merge(closed, stays, by=staff)  # it had ceased before
    with pytest.raises(StateError):
        merging.merge(closed, stays, by=staff)
    assert closed.merged_into == stays or Organisation.objects.get(pk=closed.pk).merged_into == stays


def test_its_number_leads_to_the_successor(client, two, staff):
    gone, stays = two
    number, crew = gone.organisation.siren, stays.organisation
    merge(gone, stays, staff)
    person = UserFactory()
    client.force_login(person)

    client.post(reverse("accounts:join"), {"siren": number, "message": ""})

    assert [one.organisation for one in person.join_requests.all()] == [crew]


def test_staff_read_both_and_what_would_happen_before_they_agree(client, two):
    gone, stays = two
    applied(gone, OpportunityFactory(published=True))
    sign_in_staff(client)
    ask = reverse("admin:accounts_organisation_transition", args=[gone.organisation.pk, "merge"])
    unknown = client.post(ask, {"siren": "732829320"})
    assert "Aucune organisation ne porte ce SIREN ici." in unknown.text

    page = client.post(ask, {"siren": stays.organisation.siren}, follow=True)
    assert "1 personne vient" in page.text
    assert "1 candidature suit" in page.text
    assert Organisation.objects.filter(merged_into=None).count() == Organisation.objects.count()

    done = client.post(page.request["PATH_INFO"], follow=True)
    assert "elles n&#x27;en font plus qu&#x27;une" in done.text
    assert Organisation.objects.get(pk=gone.organisation.pk).merged_into == stays.organisation


@pytest.mark.django_db(transaction=True)
def test_two_staff_who_merge_at_once_in_both_directions_one_wins_and_the_other_is_told(two):
    gone, stays = (one.organisation for one in two)
    staff = [UserFactory(staff=True), UserFactory(staff=True)]
    start, said = threading.Barrier(2), []

    def act(one, other, by):
        start.wait()
        try:
            merging.merge(Organisation.objects.get(pk=one.pk), Organisation.objects.get(pk=other.pk), by=by)
            said.append("done")
        except StateError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [
        threading.Thread(target=act, args=(gone, stays, staff[0])),
        threading.Thread(target=act, args=(stays, gone, staff[1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(word == "done" for word in said) == [False, True]
    assert Organisation.objects.exclude(merged_into=None).count() == 1
    assert Email.objects.filter(template="organisation_merged").count() == 2
