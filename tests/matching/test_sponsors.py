"""A recommendation: asked by the SME, written through a link without an account, read by both sides."""

import re
import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
import time_machine
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from matching import apply, sponsors
from matching.models import Application, Sponsor
from pacte.states import StateError
from tests.factories import ApplicationFactory, MembershipFactory, colleague, group_user, sme_user

State = Application.State
ASKED = {"name": "DÉMO Dominique Parrain", "email": "Parrain@cci.demo.example", "body": "cci"}


@pytest.fixture
def application():
    draft = ApplicationFactory()
    apply.send(draft, by=draft.contact, consented=True)
    Email.objects.all().delete()
    return draft


@pytest.fixture
def sponsor(application):
    return sponsors.invite(application, by=application.contact, **ASKED)


def url(name, application):
    return reverse(f"matching:{name}", args=[application.pk])


def path(sponsor):
    return "/" + sponsors.link(sponsor).split("/", 3)[3]


def test_asking_sends_one_mail_with_a_link(client, application):
    client.force_login(application.contact)

    client.post(url("application_sponsor", application), ASKED)

    sponsor, email = Sponsor.objects.get(), Email.objects.get()
    assert (sponsor.email, email.to) == ("parrain@cci.demo.example", ["parrain@cci.demo.example"])
    assert email.template == "sponsor_invited"
    link = re.search(r"http\S+/recommandations/\S+", email.text).group()
    assert client.get(urlsplit(link).path).context["sponsor"] == sponsor
    assert sponsor.expires_at - sponsor.invited_at > timedelta(days=29)


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"email": "pas une adresse"}, "email"), ({"body": "parti"}, "body"), ({"name": ""}, "name")],
)
def test_a_wrong_request_is_told_beside_its_field(client, application, changes, field):
    client.force_login(application.contact)

    form = client.post(url("application_sponsor", application), ASKED | changes).context["form"]

    assert set(form.errors) == {field}
    assert form["email"].value() == (ASKED | changes)["email"]
    assert not Email.objects.exists()


def test_nobody_of_the_company_recommends_it(client, application):
    client.force_login(application.contact)

    response = client.post(
        url("application_sponsor", application), ASKED | {"email": colleague(application.contact).email.upper()}
    )

    assert "est de votre entreprise" in str(response.context["form"].non_field_errors())


def test_one_request_at_a_time_for_two_colleagues(application, sponsor):
    with pytest.raises(StateError, match="déjà demandé"):
        sponsors.invite(application, by=colleague(application.contact), **ASKED)
    with pytest.raises(IntegrityError), transaction.atomic():
        Sponsor.objects.create(application=application, expires_at=timezone.now(), **ASKED)


def test_the_sponsor_writes_without_an_account_and_writes_anew(client, application, sponsor):
    client.post(path(sponsor), {"text": "Une équipe sérieuse."})
    done = client.post(path(sponsor), {"text": "Une équipe très sérieuse."})

    assert done.context["done"] is True
    sponsor.refresh_from_db()
    assert sponsor.text == "Une équipe très sérieuse."
    assert Email.objects.filter(template="sponsor_wrote").count() == 1


@pytest.mark.parametrize("method", ["get", "head"])
def test_a_scanner_that_follows_the_link_changes_nothing(client, sponsor, method):
    before = Sponsor.objects.values().get()

    statuses = [getattr(client, method)(path(sponsor)).status_code for _ in range(2)]

    assert statuses == [200, 200]
    assert Sponsor.objects.values().get() == before
    assert client.get(path(sponsor)).context["is_open"] is True


def test_both_sides_read_it_and_the_group_sees_where_it_came_from_not_the_address(client, application, sponsor):
    sponsors.write(sponsor, text="Une équipe <b>sérieuse</b>.")

    pages = {}
    for name, person in [
        ("application_status", application.contact),
        ("application_review", MembershipFactory(organisation=application.opportunity.owner).user),
    ]:
        client.force_login(person)
        pages[name] = client.get(url(name, application)).content.decode()

    for page in pages.values():
        assert "DÉMO Dominique Parrain" in page
        assert "&lt;b&gt;sérieuse" in page
    assert "@cci.demo.example" in pages["application_review"]
    assert "parrain@" not in pages["application_review"]


def test_a_request_without_words_is_not_shown_to_the_group(client, application, sponsor):
    client.force_login(MembershipFactory(organisation=application.opportunity.owner).user)

    page = client.get(url("application_review", application))

    assert page.context["recommended"] is None
    assert "Parrain" not in page.content.decode()


def revoked(application, sponsor):
    sponsors.revoke(application, by=application.contact)


def decided(application, sponsor):
    decider = MembershipFactory(organisation=application.opportunity.owner).user
    apply.decline(application, by=decider, reason="size")


def withdrawn(application, sponsor):
    apply.withdraw(application, by=application.contact)


def expired(application, sponsor):
    Sponsor.objects.update(expires_at=timezone.now())


@pytest.mark.parametrize("happens", [revoked, decided, withdrawn, expired])
def test_a_link_that_serves_no_more_says_so_and_keeps_what_is_typed_on_screen(client, application, sponsor, happens):
    happens(application, sponsor)

    response = client.post(path(sponsor), {"text": "Trop tard, hélas."})

    assert response.context["done"] is False
    assert "Ce lien ne sert plus" in response.content.decode()
    assert "Trop tard, hélas." in response.content.decode()
    sponsor.refresh_from_db()
    assert sponsor.text == ""


def test_the_link_expires_by_itself_after_thirty_days(client, sponsor):
    with time_machine.travel(timezone.now() + timedelta(days=30, minutes=1), tick=False):
        assert client.get(path(sponsor)).context["is_open"] is False


def test_a_forged_link_is_not_found(client, sponsor):
    assert client.get(path(sponsor)[:-2] + "x/").status_code == 404


def test_what_is_revoked_is_shown_to_nobody_and_another_may_be_asked(client, application, sponsor):
    sponsors.write(sponsor, text="Une équipe sérieuse.")
    client.force_login(application.contact)

    client.post(url("application_sponsor", application), {"revoke": ""})
    client.post(url("application_sponsor", application), ASKED | {"name": "DÉMO Autre"})

    assert sponsors.shown(application) is None
    assert sponsors.current(application).name == "DÉMO Autre"


def test_no_coordinates_pass_by_a_recommendation(client, sponsor):
    response = client.post(path(sponsor), {"text": "Appelez-les au 06 12 34 56 78."})

    assert [error.code for error in response.context["form"].errors["text"].as_data()] == ["coordinates"]


def test_asking_is_limited(client, application):
    client.force_login(application.contact)

    statuses = [client.post(url("application_sponsor", application), {}).status_code for _ in range(11)]

    assert statuses == [200] * 10 + [429]


def test_writing_is_limited(client, sponsor):
    statuses = [client.post(path(sponsor), {"text": ""}).status_code for _ in range(31)]

    assert statuses[-2:] == [200, 429]


def test_only_those_who_edit_for_the_company_may_ask(client, application):
    reader = colleague(application.contact, role=Membership.Role.READER)

    for person, status in [(reader, 403), (sme_user(), 404), (group_user(), 403)]:
        client.force_login(person)
        assert client.post(url("application_sponsor", application), ASKED).status_code == status
    with pytest.raises(PermissionDenied):
        sponsors.invite(application, by=sme_user(), **ASKED)
    assert not Sponsor.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_written_while_the_group_decides_it_is_in_the_file_or_refused(application, sponsor):
    decider = MembershipFactory(organisation=application.opportunity.owner).user
    barrier, refused = threading.Barrier(2), []

    def run(act):
        barrier.wait()
        try:
            act()
        except PermissionDenied:
            refused.append(True)
        connection.close()

    acts = [
        lambda: sponsors.write(Sponsor.objects.get(), text="Une équipe sérieuse."),
        lambda: apply.decline(Application.objects.get(), by=decider, reason="size"),
    ]
    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Application.objects.get().state == State.DECLINED
    assert bool(Sponsor.objects.get().text) is not bool(refused)
