"""Who reaches which page: nobody, the wrong role, someone else's, readers, those whose access is not open, staff."""

from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib import admin
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, Organisation, User
from tests.factories import (
    MembershipFactory,
    OpportunityFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)
from tests.pages import (
    ACT,
    ANYONE,
    DELETABLE,
    DEVELOPER,
    EVERY,
    GROUP,
    OWNED,
    PUBLIC,
    SME,
    STAFF_OBJECTS,
    TEAM,
    known_names,
    names,
    staff_name,
    staff_urls,
)

PEOPLE = {TEAM: sme_user, SME: sme_user, GROUP: group_user}
SIDES = {SME, GROUP}
INTERNAL = [page for page in EVERY if page.role not in {PUBLIC, DEVELOPER}]
ROLES = [page for page in EVERY if page.role in PEOPLE]
CHANGING = [page for page in EVERY if "POST" in page.methods]
FOR_EDITORS = [page for page in ROLES if page.for_editors]
ONE_SIDE = [page for page in ROLES if page.role in SIDES]
TO_SEND = [page for page in ROLES if page.to_send]
FOR_READERS = [page for page in ROLES if not page.for_editors]
LOGIN = "/compte/login/"
OURS = ["accounts", "opportunities", "matching"]


def rows():
    """How often a row of ours was written since the test began, and every person, whom a sign-in writes to as well."""
    ours = [model._meta.db_table for app in OURS for model in apps.get_app_config(app).get_models()]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, n_tup_ins, n_tup_upd, n_tup_del FROM pg_stat_xact_user_tables WHERE relname = ANY(%s)",
            [[table for table in ours if table != User._meta.db_table]],
        )
        written = sorted(cursor.fetchall())
    return written, [{**person, "last_login": None} for person in User.objects.order_by("pk").values()]


@pytest.mark.parametrize("change", [lambda its: its.update(name="DÉMO autre"), lambda its: its.update(kind="sme")])
def test_a_row_that_is_written_shows_be_it_with_what_it_held(change):
    sme_user()
    before = rows()

    change(Organisation.objects)

    assert rows() != before


def send(client, method, url):
    return client.get(url) if method == "GET" else client.post(url, {"confirm": "1", "consent": "on"})


def test_every_address_is_in_the_tables():
    assert names() == known_names()


def test_every_kind_of_row_that_staff_see_is_in_the_tables():
    assert set(admin.site._registry) == set(STAFF_OBJECTS)


@pytest.mark.parametrize("entry", INTERNAL, ids=str)
def test_nobody_is_asked_to_sign_in(client, entry):
    person = PEOPLE.get(entry.role, sme_user)()
    url, before = entry.url(person), rows()

    answers = [send(client, method, url) for method in entry.methods]

    sign_in = f"{LOGIN}?next={quote(url)}"
    assert [(answer.status_code, answer["Location"]) for answer in answers] == [(302, sign_in)] * len(answers)
    assert rows() == before


@pytest.mark.parametrize("entry", [page for page in EVERY if page.role == PUBLIC and "GET" in page.methods], ids=str)
def test_a_public_page_opens_to_nobody(client, entry):
    assert client.get(entry.url(UserFactory()), follow=True).status_code in {200, 503}  # healthz: no worker here


@pytest.mark.parametrize("entry", ROLES, ids=str)
def test_the_wrong_role_is_refused(client, entry):
    person = PEOPLE[entry.role]()
    url, left = entry.url(person), colleague(person)
    left.memberships.update(ended_at=timezone.now())
    strangers = {"no organisation": UserFactory(), "has left": left, "staff": UserFactory(staff=True)}
    if entry.role in SIDES:
        strangers["other side"] = PEOPLE[GROUP if entry.role == SME else SME]()
    before = rows()
    answers = {}

    for who, stranger in strangers.items():
        client.force_login(stranger)
        answers[who] = {send(client, method, url).status_code for method in entry.methods}

    assert answers == {who: {403} for who in strangers}
    assert rows() == before


@pytest.mark.parametrize("entry", OWNED, ids=str)
def test_what_is_another_organisation_s_does_not_exist(client, entry):
    url = entry.url(PEOPLE[entry.role]())
    client.force_login(PEOPLE[entry.role]())
    before = rows()

    answers = [send(client, method, url).status_code for method in entry.methods]

    assert answers == [404] * len(entry.methods)
    assert rows() == before


@pytest.mark.parametrize("entry", ROLES, ids=str)
def test_its_own_people_reach_it(client, entry):
    person = PEOPLE[entry.role]()
    client.force_login(person)

    answer = send(client, entry.methods[0], entry.url(person))

    assert answer.status_code == (302 if entry.methods == ACT else 200)


@pytest.mark.parametrize("entry", FOR_EDITORS, ids=str)
def test_who_only_reads_changes_nothing(client, entry):
    person = PEOPLE[entry.role]()
    url = entry.url(person)
    client.force_login(colleague(person, role=Membership.Role.READER))
    before = rows()

    answers = [send(client, method, url).status_code for method in entry.methods]

    assert answers == [403] * len(entry.methods)
    assert rows() == before


@pytest.mark.parametrize("entry", FOR_READERS, ids=str)
def test_who_only_reads_reads(client, entry):
    person = PEOPLE[entry.role]()
    url = entry.url(person)
    client.force_login(colleague(person, role=Membership.Role.READER))

    assert client.get(url).status_code == 200


@pytest.mark.parametrize("entry", TO_SEND, ids=str)
def test_who_only_reads_sends_nothing(client, entry):
    person = PEOPLE[entry.role]()
    url = entry.url(person)
    client.force_login(colleague(person, role=Membership.Role.READER))
    before = rows()

    assert client.post(url, {"confirm": "1", "consent": "on"}).status_code == 403
    assert rows() == before


@pytest.mark.parametrize("entry", ONE_SIDE, ids=str)
def test_an_organisation_whose_access_is_shut_is_refused(client, entry):
    person = PEOPLE[entry.role]()
    url = entry.url(person)
    answers = {}

    for state in ["suspended", "refused", "closed"]:
        Organisation.objects.filter(pk=person.organisation.pk).update(state=state)
        client.force_login(person)
        before = rows()
        sent = [send(client, method, url) for method in entry.methods]
        answers[state] = {answer.status_code for answer in sent}
        assert rows() == before

    if entry.name == "matching:group_dashboard":  # it says that the access is not open, and nothing else
        assert sent[0].templates[0].name == "matching/group_waiting.html"
    else:
        assert answers == {"suspended": {403}, "refused": {403}, "closed": {403}}


@pytest.mark.parametrize("entry", [page for page in ROLES if page.role == GROUP], ids=str)
def test_a_group_waits_for_the_staff_s_approval(client, entry):
    person = group_user(waiting=True)
    client.force_login(person)
    url, before_dashboard = entry.url(person), entry.name == "matching:group_dashboard"
    before = rows()

    answers = [send(client, method, url).status_code for method in entry.methods]

    assert answers == [200 if before_dashboard else 403] * len(entry.methods)
    assert rows() == before


def test_an_sme_that_waits_for_its_check_already_works(client):
    client.force_login(sme_user(waiting=True))

    assert client.get(reverse("matching:sme_dashboard")).status_code == 200


@pytest.mark.parametrize("entry", CHANGING, ids=str)
def test_what_changes_something_refuses_get_or_only_asks(client, entry):
    person = PEOPLE.get(entry.role, UserFactory)()
    if entry.role != PUBLIC:
        client.force_login(person)
    url, before = entry.url(person), rows()

    answer = client.get(url)

    assert answer.status_code == (405 if entry.methods == ACT else 200)
    assert rows() == before


@pytest.mark.parametrize("entry", EVERY, ids=str)
def test_methods_that_no_page_has_are_refused(client, entry):
    person = PEOPLE.get(entry.role, UserFactory)()
    client.force_login(person)
    url = entry.url(person)

    assert [client.generic(method, url).status_code for method in ["PUT", "PATCH", "DELETE"]] == [405] * 3


@pytest.mark.parametrize("entry", [page for page in EVERY if page.role == DEVELOPER], ids=str)
def test_the_development_mailbox_is_not_there_in_production(client, entry):
    assert client.get(entry.url(UserFactory())).status_code == 404


@pytest.mark.parametrize("entry", [page for page in EVERY if page.role == ANYONE], ids=str)
def test_whoever_is_signed_in_gets_somewhere(client, entry):
    person = UserFactory()
    client.force_login(person)

    assert client.generic(entry.methods[0], entry.url(person), follow=True).status_code in {200, 302}


@pytest.mark.parametrize("name", ["search_edit", "search_delete"])
def test_a_search_is_its_owner_s_alone(client, name):
    page = next(page for page in EVERY if page.name == f"matching:{name}")
    url = page.url(sme_user())
    client.force_login(sme_user())
    before = rows()

    assert [send(client, method, url).status_code for method in page.methods] == [404, 404]
    assert rows() == before


UNPUBLISHED = ["draft", "submitted", "changes_requested", "suspended", "rejected", "withdrawn"]


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_what_is_not_published_is_its_group_s_alone(client, state):
    person = group_user()
    dates = {"published_at": "2026-11-01T00:00Z"} if state == "suspended" else {}
    opportunity = OpportunityFactory(owner=person.organisation, state=state, **dates)
    answers = {}

    for name, user in {"nobody": None, "sme": sme_user(), "other group": group_user(), "own": person}.items():
        client.logout()
        if user:
            client.force_login(user)
        answers[name] = client.get(opportunity.get_absolute_url()).status_code

    assert answers == {"nobody": 404, "sme": 404, "other group": 404, "own": 200}


@pytest.mark.parametrize("state", UNPUBLISHED)
def test_what_is_not_published_cannot_be_applied_to(client, state):
    dates = {"published_at": "2026-11-01T00:00Z"} if state == "suspended" else {}
    opportunity = OpportunityFactory(state=state, **dates)
    client.force_login(sme_user())
    url = reverse("matching:application_start", args=[opportunity.pk])

    assert [client.get(url).status_code, client.post(url).status_code] == [404, 404]


def test_a_draft_of_an_application_is_not_its_group_s_yet(client):
    edit = next(one for one in OWNED if one.name == "matching:application_edit")
    draft = edit.owned(sme_user())
    client.force_login(MembershipFactory(organisation=draft.opportunity.owner).user)
    pages = [one for one in OWNED if one.role == GROUP and one.name.startswith("matching:application_")]

    found = {getattr(client, one.methods[0].lower())(one.url_of(draft)).status_code for one in pages}

    assert found == {404}


def test_the_admin_opens_to_staff_with_their_second_factor_alone(client):
    urls = staff_urls()

    asked = {client.get(url)["Location"].partition("?")[0] for url in urls.values()}
    client.force_login(sme_user())
    refused = {client.get(url, follow=True).status_code for url in urls.values()}
    client.force_login(UserFactory(staff=True))
    led = {client.get(url, follow=True).redirect_chain[1][0].partition("?")[0] for url in urls.values()}

    assert asked <= {"/admin/login/", LOGIN}
    assert refused == {403}
    assert led == {reverse("mfa_activate_totp")}


def test_staff_delete_nothing_that_has_a_history(client):
    sign_in_staff(client)
    things = {model: make() for model, make in STAFF_OBJECTS.items() if model not in DELETABLE}

    answers = {
        client.post(reverse(staff_name(m, "delete"), args=[x.pk]), {"post": "yes"}).status_code
        for m, x in things.items()
    }

    assert answers == {403}
    assert {model.objects.filter(pk=thing.pk).count() for model, thing in things.items()} == {1}


def test_no_page_of_the_staff_shows_the_secret_of_a_second_factor(client):
    authenticator = STAFF_OBJECTS[Authenticator]()
    sign_in_staff(client)

    page = client.get(reverse("admin:mfa_authenticator_change", args=[authenticator.pk]))

    assert page.status_code == 200
    assert authenticator.data["secret"] not in page.content.decode()


@pytest.mark.ignore_template_errors  # stock admin templates read what may be absent
def test_looking_around_the_admin_changes_nothing(client):
    urls = staff_urls()
    sign_in_staff(client)
    before = rows()

    answers = {what: client.get(url).status_code for what, url in urls.items()}

    assert answers == dict.fromkeys(urls, 200) | {"password": 302}  # changed where everyone does it
    assert rows() == before
