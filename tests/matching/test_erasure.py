"""« GDPR erasure with open application », « Erasure of group contact holding decisions »."""

import json

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import serializers
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership, User
from matching import apply, erasure, introduce
from matching.ladder import Rung
from matching.models import Application, Follow, Introduction, Nudge, Visit
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

ERASE = reverse("matching:erase")
OURS = {"accounts", "opportunities", "matching", "account", "mfa"}


def known(**more):
    return UserFactory(first_name="Zénobie", last_name="Quatremarre", phone="+33 6 00 00 00 09", **more)


def everything():
    """All rows of all tables, as text."""
    models = [model for model in apps.get_models() if model._meta.app_label in OURS]
    return "\n".join(json.dumps(serializers.serialize("python", model.objects.all()), default=str, ensure_ascii=False)
                     for model in models)  # fmt: skip


def erase(client, user):
    user.set_password("demo-pacte")
    user.save()
    client.force_login(user)
    return client.post(ERASE, {"password": "demo-pacte"})


@pytest.fixture
def applied():
    """An SME's person, and the open application they answer for."""
    user = known()
    company = MembershipFactory(user=user, organisation=sme_user().organisation).organisation
    return ApplicationFactory(sent=True, company=company, contact=user, created_by=user)


def test_gdpr_erasure_with_open_application_lists_what_it_changes_first(client, applied):
    client.force_login(applied.contact)

    page = client.get(ERASE).content.decode()

    assert str(applied.company.memberships.exclude(user=applied.contact).get().user) in page
    assert applied.opportunity.title in page
    assert User.objects.get(pk=applied.contact_id).is_active


def test_gdpr_erasure_with_open_application_passes_it_to_a_colleague_who_is_told(client, applied):
    heir = applied.company.memberships.exclude(user=applied.contact).get().user

    response = erase(client, applied.contact)

    applied.refresh_from_db()
    assert (response.status_code, response.url) == (302, reverse("home"))
    assert (applied.state, applied.contact) == (Application.State.SENT, heir)
    assert Email.objects.get(template="handed_over").to == [heir.email]
    assert "_auth_user_id" not in client.session


def test_gdpr_erasure_with_open_application_withdraws_it_when_nobody_else_is_there(client):
    user = known()
    company = MembershipFactory(user=user).organisation
    application = ApplicationFactory(sent=True, company=company, contact=user)

    erase(client, user)

    application.refresh_from_db()
    assert application.state == Application.State.WITHDRAWN
    assert Email.objects.get(template="application_withdrawn").to == [application.opportunity.contact_email]
    assert not company.memberships.active().exists()


def test_gdpr_erasure_forgets_the_person_and_keeps_what_the_company_did(client, applied):
    user = applied.contact
    assert EmailAddress.objects.filter(user=user).exists()
    Follow.objects.create(user=user, opportunity=applied.opportunity)
    Visit.objects.create(membership=applied.company.memberships.get(user=user))
    applied.company.memberships.get(user=user).change_role(Membership.Role.READER, by=user)
    before = Application.objects.count()
    Nudge.objects.create(kind=Nudge.Kind.QUESTION, about=applied.pk, address=user.email)
    applied.reminders.create(begins=timezone.localdate(), rung=Rung.STAFF, address=user.email)

    erase(client, user)

    Email.objects.get(template="handed_over").delete()  # the colleague reads whose work it was; emptied in 90 days
    written = everything()
    for trace in (user.email, "Quatremarre", "00 00 00 09"):
        assert trace not in written
    erased = User.objects.get(pk=user.pk)
    assert (str(erased), erased.is_active) == ("ancien contact", False)
    assert Application.objects.count() == before
    assert not Follow.objects.exists()
    assert not Visit.objects.exists()


def test_gdpr_erasure_writes_the_introduction_that_waits_anew(client, applied):
    decider = MembershipFactory(organisation=applied.opportunity.owner).user
    introduction = introduce.accept(applied, by=decider)
    assert applied.contact.email in introduction.email.to

    erase(client, applied.contact)

    email = Email.objects.get(pk=introduction.email_id)
    heir = applied.company.memberships.active().get().user
    assert heir.email in email.to
    assert "Quatremarre" not in email.text + email.html


def test_gdpr_erasure_asks_the_groups_it_met_to_delete_when_nobody_else_is_there(client):
    user = known()
    application = ApplicationFactory(sent=True, company=MembershipFactory(user=user).organisation, contact=user)
    introduction = introduce.accept(application, by=MembershipFactory(organisation=application.opportunity.owner).user)
    introduction.move(Introduction.State.SENT, by=None, sent_at=application.sent_at)

    erase(client, user)

    introduction.refresh_from_db()
    assert introduction.consent_withdrawn_at is not None
    assert Email.objects.filter(template="delete_asked").exists()


def test_erasure_of_group_contact_holding_decisions_keeps_them_under_the_role_alone(client):
    user = known()
    other = MembershipFactory(user=user, organisation=group_user().organisation).organisation
    opportunity = OpportunityFactory(
        published=True, owner=other, created_by=user, contact_name=str(user), contact_email=user.email
    )
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    apply.decline(application, by=user, reason="trade", text="Merci.")

    erase(client, user)

    opportunity.refresh_from_db()
    heir = other.memberships.active().get().user
    assert (opportunity.contact_name, opportunity.contact_email) == (str(heir), heir.email)
    assert str(application.history.get(after=Application.State.DECLINED).actor) == "ancien contact"
    assert user.email not in everything()


def test_erasure_of_group_contact_alone_with_what_goes_on_is_refused(client):
    user = group_user()
    OpportunityFactory(published=True, owner=user.organisation)

    response = erase(client, user)

    assert response.status_code == 200
    assert "invitez quelqu&#x27;un qui les reprenne" in response.content.decode()
    assert User.objects.get(pk=user.pk).is_active
    assert Opportunity.objects.get().contact_email


def test_the_last_who_administers_hands_over_first(client):
    user = sme_user()
    colleague(user)

    response = erase(client, user)

    assert "confiez d&#x27;abord ce rôle" in response.content.decode()
    assert User.objects.get(pk=user.pk).is_active


def test_a_wrong_password_erases_nothing(client, applied):
    client.force_login(applied.contact)

    response = client.post(ERASE, {"password": "not mine"})

    assert "Ce mot de passe n&#x27;est pas le vôtre." in response.content.decode()
    assert User.objects.get(pk=applied.contact_id).is_active


def test_nobody_of_the_staff_is_erased(client):
    staff = UserFactory(staff=True)

    response = erase(client, staff)

    assert "dans l&#x27;administration" in response.content.decode()
    assert User.objects.get(pk=staff.pk).is_active


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    user = sme_user()
    ApplicationFactory.create_batch(rows, sent=True, company=user.organisation, contact=user)
    client.force_login(user)
    client.get(ERASE)

    with django_assert_num_queries(6):
        client.get(ERASE)


def test_erasing_twice_is_refused_politely(applied):
    erasure.erase(User.objects.get(pk=applied.contact_id))

    with pytest.raises(StateError, match="déjà effacé"):
        erasure.erase(applied.contact)
