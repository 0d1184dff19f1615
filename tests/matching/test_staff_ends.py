"""Where staff could go no further: excuses now, another group, what comes back after a suspension, a withdrawal."""

from datetime import timedelta
from html import unescape

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Organisation
from matching import apply
from matching.models import Application
from matching.tasks import settle_introductions
from opportunities import moderation, upkeep
from opportunities.models import Opportunity
from opportunities.tasks import suspend_orphans
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MembershipFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sign_in_staff,
)

A, S = Application.State, Opportunity.State


@pytest.fixture
def staff(client):
    return sign_in_staff(client)


@pytest.fixture
def opportunity():
    owner = group_user()
    return OpportunityFactory(published=True, owner=owner.organisation, created_by=owner)


@pytest.fixture
def late(opportunity):
    Opportunity.objects.update(apply_by=None, answer_by=timezone.localdate() - timedelta(days=9))
    opportunity.refresh_from_db()
    return ApplicationFactory(sent=True, opportunity=opportunity)


def button(row, name):
    model = f"{row._meta.app_label}_{row._meta.model_name}"
    return reverse(f"admin:{model}_transition", args=[row.pk, name])


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def straight(text):
    return unescape(text).replace("\xa0", " ").replace("’", "'")


def told(template):
    return [mail.to for mail in Email.objects.filter(template=template).order_by("pk")]


def test_staff_close_an_overdue_application_with_our_apologies_once(client, staff, late):
    address = button(late, "apologise")
    assert address in client.get(page_of(late)).text
    assert client.get(address).status_code == 200
    assert not Email.objects.exists()

    for _ in range(2):
        client.post(address, {"reason": "Le groupe ne répond plus au téléphone."})

    late.refresh_from_db()
    move = late.history.get()
    assert (late.state, move.actor, move.reason) == (A.UNANSWERED, staff, "Le groupe ne répond plus au téléphone.")
    assert told("application_unanswered") == [[late.contact.email]]
    assert "téléphone" not in Email.objects.get(template="application_unanswered").text
    for reader, name in [
        (late.contact, "application_status"),
        (MembershipFactory(organisation=late.opportunity.owner).user, "application_review"),
    ]:
        client.force_login(reader)
        page = client.get(reverse(f"matching:{name}", args=[late.pk]))
        assert page.status_code == 200
        assert "téléphone." not in page.text


def test_it_is_neither_offered_nor_done_before_the_promised_day_nor_without_a_reason(client, staff, late):
    client.post(button(late, "apologise"), {"reason": " "})
    assert told("application_unanswered") == []
    Opportunity.objects.update(answer_by=timezone.localdate())
    late.opportunity.refresh_from_db()

    assert button(late, "apologise") not in client.get(page_of(late)).text
    with pytest.raises(StateError):
        apply.apologise(late, by=staff, reason="Trop tôt.")
    with pytest.raises(PermissionDenied):
        apply.apologise(late, by=late.contact, reason="Trop tôt.")

    late.refresh_from_db()
    assert late.state == A.SENT


def test_staff_give_an_opportunity_to_a_group_of_which_they_are_not(client, staff, opportunity):
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    ApplicationFactory(opportunity=opportunity)
    heir = group_user(name="DÉMO Filiale")

    asked = client.post(button(opportunity, "transfer"), {"to": heir.organisation.pk})
    shown = client.get(asked.url)
    assert "1 candidature en cours est touchée, et 1 brouillon." in shown.text
    assert shown.context["preview"]["text"]
    assert application.contact.email not in shown.text
    opportunity.refresh_from_db()
    assert opportunity.owner != heir.organisation
    client.post(asked.url)

    opportunity.refresh_from_db()
    assert (opportunity.owner, opportunity.contact_email) == (heir.organisation, heir.email)
    assert opportunity.history.latest("pk").actor == staff
    assert [application.contact.email] in told("application_transferred")


def test_what_stands_against_a_transfer_is_said_and_nothing_moves(client, staff, opportunity):
    nobody = OrganisationFactory(group=True)
    address = reverse("admin:opportunities_opportunity_transfer", args=[opportunity.pk, nobody.pk])

    asked, done = client.get(address), client.post(address)

    for page in (asked, done):
        assert "Personne n'agit encore pour ce groupe" in page.text.replace("&#x27;", "'")
        assert "La confier" not in page.text
    opportunity.refresh_from_db()
    assert opportunity.owner != nobody


def test_who_may_not_change_opportunities_does_not_transfer_them(client, opportunity):
    sign_in_staff(client, UserFactory(is_staff=True))
    heir = group_user().organisation

    address = reverse("admin:opportunities_opportunity_transfer", args=[opportunity.pk, heir.pk])

    assert [client.get(address).status_code, client.post(address).status_code] == [403, 403]


def suspended_with_its_group(opportunity):
    Organisation.objects.filter(pk=opportunity.owner_id).update(state="suspended")
    suspend_orphans()


def test_what_was_suspended_with_its_group_waits_for_staff_once_the_group_is_back(client, staff, opportunity):
    by_staff = OpportunityFactory(published=True, owner=opportunity.owner)
    moderation.suspend(by_staff, by=staff, reason="Doute.")
    suspended_with_its_group(opportunity)
    assert not upkeep.to_restore().exists()
    Organisation.objects.update(state="verified")

    queue = next(
        one
        for one in client.get(reverse("admin:index")).context["queues"]
        if str(one["label"]) == "Opportunités à rétablir"
    )
    listed = client.get(queue["url"]).context["cl"].result_list

    assert (queue["count"], list(listed)) == (1, [opportunity])
    assert queue["oldest"] == opportunity.history.get(after=S.SUSPENDED).at
    client.post(button(opportunity, "restore"), {"reason": "Relue."})
    assert not upkeep.to_restore().exists()


def test_staff_withdraw_what_is_published_after_reading_how_many_it_touches(client, staff, opportunity):
    rows = ApplicationFactory.create_batch(2, sent=True, opportunity=opportunity)
    ApplicationFactory(sent=True, state=A.DECLINED, decline_reason="size", opportunity=opportunity)
    address = button(opportunity, "withdraw")
    assert address in client.get(page_of(opportunity)).text
    assert "2 candidatures en cours sont touchées." in client.get(address).text

    client.post(address, {"reason": "Sanctions."})
    settle_introductions()

    opportunity.refresh_from_db()
    assert opportunity.state == S.WITHDRAWN
    assert sorted(told("application_cancelled")) == sorted([row.contact.email] for row in rows)
    mails = Email.objects.filter(template="application_cancelled")
    assert not any("Sanctions" in mail.text for mail in mails)
    assert all("L'opportunité a été retirée par notre équipe." in straight(mail.text) for mail in mails)
    assert not any("Ce que le groupe en dit" in mail.text for mail in mails)


def test_those_who_apply_read_what_staff_write_to_them_and_the_group_sees_it(client, staff, opportunity):
    application = ApplicationFactory(sent=True, opportunity=opportunity)

    client.post(button(opportunity, "withdraw"), {"reason": "Sanctions.", "told": "Ce pays n'est plus ouvert."})
    settle_introductions()

    mailed = Email.objects.get(template="application_cancelled")
    for text in (mailed.text, mailed.html):
        assert "Ce que notre équipe en dit" in straight(text)
        assert "Ce pays n'est plus ouvert." in straight(text)
        assert "Sanctions" not in text
    client.force_login(application.contact)
    page = straight(client.get(reverse("matching:application_status", args=[application.pk])).text)
    assert "Ce que notre équipe en dit : « Ce pays n'est plus ouvert. »" in page
    assert "Sanctions" not in page
    client.force_login(opportunity.created_by)
    page = straight(client.get(reverse("opportunities:manage", args=[opportunity.pk])).text)
    assert "Sanctions." in page
    assert "Ce pays n'est plus ouvert." in page


def test_what_staff_write_to_them_does_not_name_a_confidential_group(client, staff):
    author = group_user(name="DÉMO Zéphyrion")
    secret = OpportunityFactory(owner=author.organisation, created_by=author, published=True, secret=True)
    said = {"reason": "Zéphyrion est sous sanctions.", "told": "Zéphyrion y renonce."}

    page = client.post(button(secret, "withdraw"), said)

    assert set(page.context["form"].errors) == {"told"}
    secret.refresh_from_db()
    assert secret.state == S.PUBLISHED


@pytest.mark.parametrize("name", ["suspend", "close", "withdraw"])
def test_each_page_that_asks_says_when_nobody_is_touched(client, staff, opportunity, name):
    page = client.get(button(opportunity, name)).text

    assert "Personne n'a de candidature en cours ni de brouillon." in page.replace("&#x27;", "'")


def test_before_an_organisation_is_suspended_the_page_counts_the_applications_it_touches(client, staff, late):
    for organisation in (late.company, late.opportunity.owner):
        assert "1 candidature en cours est touchée." in client.get(button(organisation, "suspend")).text
    other = OrganisationFactory()
    assert "Aucune candidature en cours" in client.get(button(other, "suspend")).text
