"""Staff make two opportunities of one group one: nobody who applied is lost, and each is told once."""

import threading

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from accounts.models import Email
from matching import merging
from matching.models import Application, Follow
from opportunities.models import Enquiry, Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sign_in_staff,
    sme_user,
)

pytestmark = pytest.mark.django_db
A = Application.State
S = Opportunity.State


@pytest.fixture
def staff():
    return UserFactory(is_staff=True)


@pytest.fixture
def two():
    poster = group_user()
    its = {"owner": poster.organisation, "created_by": poster, "published": True}
    return OpportunityFactory(title="Vannes", **its), OpportunityFactory(title="Des vannes", **its)


def applied(opportunity, company=None, state=A.SENT):
    person = company.memberships.get().user if company else sme_user()
    application = ApplicationFactory(opportunity=opportunity, contact=person, sent=state != A.DRAFT)
    reason = "country" if state == A.DECLINED else ""
    Application.objects.filter(pk=application.pk).update(state=state, decline_reason=reason)
    application.refresh_from_db()
    return application


def test_applications_go_on_with_the_one_that_stays_and_each_company_is_told_once(two, staff):
    gone, stays = two
    sent, draft, declined = applied(gone), applied(gone, state=A.DRAFT), applied(gone, state=A.DECLINED)

    merging.merge(gone, stays, by=staff)

    assert set(Application.objects.filter(opportunity=stays)) == {sent, draft, declined}
    mails = Email.objects.filter(template="application_moved")
    assert {tuple(mail.to) for mail in mails} == {(one.contact.email,) for one in (sent, draft)}
    assert "Vous n'avez rien à refaire" in mails[0].text
    assert sent.history.latest("pk").changes == {"opportunity": ["Vannes", "Des vannes"]}


def test_the_one_that_goes_is_withdrawn_with_the_reason_and_its_group_is_told(two, staff):
    gone, stays = two

    merging.merge(gone, stays, by=staff)

    gone.refresh_from_db()
    assert (gone.state, gone.merged_into) == (S.WITHDRAWN, stays)
    [mail] = Email.objects.filter(template="opportunity_withdrawn")
    assert "Réunie avec «\xa0Des vannes\xa0»" in mail.text
    assert stays.history.latest("pk").changes == {"merged": ["", "Vannes"]}


def test_a_closed_one_stays_closed(two, staff):
    gone, stays = two
    Opportunity.objects.filter(pk=gone.pk).update(state=S.CLOSED, closed_at=gone.published_at)

    merging.merge(gone, stays, by=staff)

    gone.refresh_from_db()
    assert (gone.state, gone.merged_into) == (S.CLOSED, stays)


@pytest.mark.parametrize("state", [S.PUBLISHED, S.CLOSED])
def test_the_old_address_leads_to_the_one_that_stays(client, two, staff, state):
    gone, stays = two
    Opportunity.objects.filter(pk=gone.pk).update(state=state, closed_at=gone.published_at)
    gone.refresh_from_db()
    address = gone.get_absolute_url()
    merging.merge(gone, stays, by=staff)

    answer = client.get(address)

    assert (answer.status_code, answer["Location"]) == (301, stays.get_absolute_url())


def test_questions_and_follows_go_over_without_doubles(two, staff):
    gone, stays = two
    one, both = sme_user(), sme_user()
    for user, opportunity in ((one, gone), (both, gone), (both, stays)):
        Follow.objects.create(user=user, opportunity=opportunity)
    Enquiry.objects.create(opportunity=gone, company=one.organisation, text="Quel délai ?")

    merging.merge(gone, stays, by=staff)

    assert set(Follow.objects.filter(opportunity=stays).values_list("user", flat=True)) == {one.pk, both.pk}
    assert Enquiry.objects.get().opportunity == stays


@pytest.mark.parametrize(
    ("here", "there", "after"),
    [(A.DRAFT, A.SENT, A.CANCELLED), (A.SENT, A.SHORTLISTED, A.CANCELLED), (A.DECLINED, A.SENT, A.DECLINED)],
)
def test_the_double_of_a_company_that_applied_to_both_ends_and_nobody_hears_of_it(two, staff, here, there, after):
    gone, stays = two
    company = sme_user().organisation
    double = applied(gone, company, here)
    kept = applied(stays, company, there)

    merging.merge(gone, stays, by=staff)

    double.refresh_from_db()
    kept.refresh_from_db()
    assert (double.state, double.opportunity, kept.state) == (after, gone, there)
    assert not Email.objects.exclude(template="opportunity_withdrawn").exists()


@pytest.mark.parametrize(("here", "there"), [(A.ACCEPTED, A.SENT), (A.SENT, A.DECLINED), (A.SHORTLISTED, A.DRAFT)])
def test_it_is_refused_where_the_company_is_further_in_the_one_that_would_go(two, staff, here, there):
    gone, stays = two
    company = sme_user(name="DÉMO Deux fois").organisation
    applied(gone, company, here)
    applied(stays, company, there)

    with pytest.raises(StateError, match="DÉMO Deux fois"):
        merging.merge(gone, stays, by=staff)

    gone.refresh_from_db()
    assert gone.state == S.PUBLISHED
    assert not Email.objects.exists()


def another_group(gone, stays):
    Opportunity.objects.filter(pk=gone.pk).update(owner=OrganisationFactory(group=True))


def a_draft(gone, stays):
    Opportunity.objects.filter(pk=stays.pk).update(state=S.DRAFT)


def a_secret(gone, stays):
    Opportunity.objects.filter(pk=gone.pk).update(confidential=True, alias="Un groupe de l'eau")


def already(gone, stays):
    Opportunity.objects.filter(pk=gone.pk).update(merged_into=stays)


@pytest.mark.parametrize("how", [another_group, a_draft, a_secret, already])
def test_two_that_cannot_be_one_are_refused_in_words(two, staff, how):
    gone, stays = two
    how(gone, stays)

    with pytest.raises(StateError):
        merging.merge(gone, stays, by=staff)

    assert not Email.objects.exists()


def test_an_opportunity_is_not_made_one_with_itself_and_only_staff_may(two, staff):
    with pytest.raises(StateError):
        merging.merge(two[0], two[0], by=staff)
    with pytest.raises(PermissionDenied):
        merging.merge(*two, by=group_user())


def test_staff_read_what_will_happen_then_do_it_once(client, two):
    gone, stays = two
    applied(gone)
    sign_in_staff(client)
    page = reverse("admin:matching_application_merge", args=[gone.pk, stays.pk])

    asked = client.get(page)
    done = client.post(page, follow=True)
    again = client.post(page, follow=True)

    assert "1 candidature passe à l'autre" in asked.context["told"]
    assert "plus qu&#x27;une" in done.text
    assert "rien à réunir" in again.text
    assert Email.objects.filter(template="application_moved").count() == 1
    compare = client.get(reverse("admin:opportunities_opportunity_compare", args=[gone.pk, stays.pk]))
    assert page in compare.text


@pytest.mark.django_db(transaction=True)
def test_of_two_people_at_once_one_does_it_and_the_other_is_told(two, staff):
    gone, stays = two
    applied(gone)
    said, start = [], threading.Barrier(2)

    def act(first, second):
        try:
            start.wait(5)
            merging.merge(Opportunity.objects.get(pk=first), Opportunity.objects.get(pk=second), by=staff)
            said.append("done")
        except StateError:
            said.append("told")
        finally:
            connection.close()

    pairs = [(gone.pk, stays.pk), (stays.pk, gone.pk)]  # each keeps the other one
    threads = [threading.Thread(target=act, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    assert sorted(said) == ["done", "told"]
    assert Opportunity.objects.filter(merged_into__isnull=False).count() == 1
