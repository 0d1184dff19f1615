from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from matching import refresh
from opportunities.models import Opportunity
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    PortageAnswerFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

SME, GROUP = "/pme/", "/groupe/"
UNKNOWN = ("codes", "unknown", 0, 20)
State = Opportunity.State


def titles(response):
    return [card.title for card in response.context["cards"]]


def test_an_sme_sees_what_fits_best_first_and_nothing_it_cannot_have(client):
    user = sme_user()
    best = [MatchFactory(company=user.organisation, score=score).opportunity for score in (60, 90, 75)]
    MatchFactory(company=user.organisation, score=99, eligible=False)
    MatchFactory(company=user.organisation, score=98, opportunity=OpportunityFactory(closed=True))
    MatchFactory(
        company=user.organisation, score=97, opportunity=OpportunityFactory(published=True, apply_by="2020-01-01")
    )
    applied = MatchFactory(company=user.organisation, score=96).opportunity
    ApplicationFactory(opportunity=applied, contact=user)
    MatchFactory(score=95)
    client.force_login(user)

    response = client.get(SME)

    assert titles(response) == [best[1].title, best[2].title, best[0].title]
    assert [row["application"].opportunity for row in response.context["rows"]] == [applied]


@pytest.mark.parametrize(("scored", "computing"), [(False, True), (True, False)])
def test_an_sme_without_matches_is_told_whether_to_wait(client, scored, computing):
    user = sme_user()
    if scored:
        refresh.refresh_due()
    client.force_login(user)

    response = client.get(SME)

    assert response.context["computing"] is computing
    assert ("Score en cours de calcul" in response.content.decode()) is computing


def test_an_sme_sees_what_its_profile_lacks(client):
    user = sme_user()
    profile = user.organisation.sme_profile
    profile.sectors, profile.products, profile.languages, profile.headcount = ["eau"], "Vannes", ["fr"], "10-49"
    profile.save()
    profile.references.create(title="Rabat")
    client.force_login(user)

    response = client.get(SME)

    assert [one.section for one in response.context["unlocks"]] == ["export", "projets"]


def test_an_empty_profile_is_led_to_one_first_step_and_not_asked_the_same_on_every_card(client):
    user = sme_user()
    MatchFactory.create_batch(2, company=user.organisation, band="incomplete", parts=[UNKNOWN])
    client.force_login(user)

    page = client.get(SME)
    profile = client.get(reverse("accounts:profile")).text

    assert [card.fit for card in page.context["cards"]] == [None, None]
    assert "Nous ne savons encore rien de votre métier" in page.text
    assert reverse("accounts:profile_import") in page.text
    assert "opportunités ouvertes cherchent cette réponse" not in page.text
    assert "Partez de ce que vous avez" in profile
    assert reverse("accounts:profile_confirm") not in profile


def test_what_the_profile_lacks_opens_at_its_question(client):
    user = sme_user(profile__sectors=["eau"], profile__languages=["fr"])
    client.force_login(user)

    links = {one.key: one.url for one in client.get(SME).context["unlocks"]}

    assert links["headcount"] == "/profil/capacites/#id_headcount"
    for key, url in links.items():
        page, _hash, place = url.partition("#")
        assert f'id="{place}"' in client.get(page).text, key


def test_it_says_how_much_of_the_profile_is_told(client):
    user = sme_user(profile__sectors=["eau"], profile__languages=["fr"])
    client.force_login(user)

    assert "Rempli à 28" in client.get(SME).text
    assert "Rempli à 28" in client.get(reverse("accounts:profile")).text


def test_what_others_wait_for_comes_first_and_names_no_group_before_its_yes(client):
    user = sme_user()
    lead = ApplicationFactory(opportunity__published=True)
    invited = lead.partners.create(opportunity=lead.opportunity, company=user.organisation)
    answer = PortageAnswerFactory(request__company=user.organisation, request__country="MA", awaiting="sme")
    PortageAnswerFactory(request__country="TN", awaiting="sme")  # another company's
    client.force_login(user)

    page = client.get(SME)

    assert [item.url for item in page.context["awaited"]] == [
        reverse("matching:partner", args=[invited.pk]),
        reverse("matching:portage_reply", args=[answer.pk]),
    ]
    assert lead.company.name in page.text
    assert answer.group.name not in page.text


def test_who_only_reads_is_not_asked_for_answers_they_may_not_give(client):
    user = sme_user()
    lead = ApplicationFactory(opportunity__published=True)
    lead.partners.create(opportunity=lead.opportunity, company=user.organisation)
    client.force_login(colleague(user, role="reader"))

    assert "Ce qui vous attend" not in client.get(SME).text


def test_a_certificate_that_ends_within_sixty_days_is_asked_about(client, time_machine):
    time_machine.move_to("2026-11-09T10:00+01:00")
    user = sme_user()
    for day, code in [("2027-01-08", "iso-9001"), ("2027-01-09", "iso-14001"), ("2026-11-08", "iso-45001")]:
        user.organisation.sme_profile.certificates.create(code=code, expires_on=day)
    sme_user().organisation.sme_profile.certificates.create(code="iso-27001", expires_on="2026-12-01")
    client.force_login(user)

    (awaited,) = client.get(SME).context["awaited"]

    assert awaited.text.startswith("ISO 9001 – qualité")
    assert "8 janvier 2027" in awaited.text
    assert awaited.url == reverse("accounts:profile")


@pytest.mark.parametrize(("days", "paused"), [(0, True), (-1, False)])
def test_a_company_that_pauses_reads_it_and_whoever_may_is_led_to_its_end(client, days, paused):
    user = sme_user(profile__paused_until=timezone.localdate() + timedelta(days=days))
    end = f"{reverse('accounts:visibility')}#id_paused_until"
    pages = []
    for reader in [user, colleague(user, role=Membership.Role.READER)]:
        client.force_login(reader)
        pages.append(client.get(SME).text)

    assert ["aucune alerte ne part avant le" in page for page in pages] == [paused, paused]
    assert [end in page for page in pages] == [paused, False]


@pytest.mark.parametrize("rows", [1, 3])
def test_the_sme_dashboard_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    user = sme_user()
    for _ in range(rows):
        MatchFactory(company=user.organisation)
        ApplicationFactory(contact=user, sent=True)
    client.force_login(user)

    # user, membership, terms, best, proposed, six awaited, applications, profile, lacks, visit, adviser; to note
    with django_assert_num_queries(20):
        response = client.get(SME)

    assert len(response.context["cards"]) == len(response.context["rows"]) == rows


def test_a_group_sees_what_presses_first(client):
    user = group_user()
    late = timezone.localdate() - timedelta(days=1)
    states = [State.CLOSED, State.PUBLISHED, State.DRAFT, State.CHANGES_REQUESTED]
    dated = {"published_at": timezone.now(), "owner": user.organisation}
    quiet, open_one, draft, changes = [OpportunityFactory(state=state, **dated) for state in states]
    waiting = OpportunityFactory(state=State.CLOSED, apply_by=None, answer_by=late, **dated)
    ApplicationFactory(sent=True, opportunity=waiting)
    ApplicationFactory(sent=True, opportunity=waiting, seen_at=timezone.now())
    ApplicationFactory(opportunity=waiting)  # a draft is not the group's business
    OpportunityFactory(published=True)  # another group's
    client.force_login(user)

    response = client.get(GROUP)

    lines = response.context["rows"]
    assert [line.opportunity for line in lines] == [changes, waiting, draft, open_one, quiet]
    assert [stat["value"] for stat in response.context["stats"]] == [1, 2, 2, 0]
    line = lines[1]
    assert (line.opportunity.received, line.opportunity.to_answer, line.opportunity.unread) == (2, 2, 1)
    assert line.is_late
    assert line.next_step.startswith("2 candidatures attendent votre réponse, promise avant le ")
    assert line.url == reverse("matching:applicants", args=[waiting.pk])


@pytest.mark.parametrize("state", State.values)
def test_every_state_has_its_next_step(client, state):
    user = group_user()
    OpportunityFactory(owner=user.organisation, state=state, published_at=timezone.now())
    client.force_login(user)

    response = client.get(GROUP)

    assert all(line.next_step for line in response.context["rows"])


@pytest.mark.parametrize("rows", [1, 3])
def test_the_group_dashboard_in_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    user = group_user()
    for _ in range(rows):
        ApplicationFactory(sent=True, opportunity=OpportunityFactory(published=True, owner=user.organisation))
    client.force_login(user)

    # user, membership, charter, owed, open ones, counts, page and its count, portage, two awaited, ratings; savepoint
    with django_assert_num_queries(16):
        response = client.get(GROUP)

    assert len(response.context["rows"]) == rows


@pytest.mark.parametrize(
    ("state", "said"),
    [("to_verify", "sous deux jours ouvrés"), ("refused", "La raison vous a été écrite"), ("suspended", "en pause")],
)
def test_a_group_that_may_not_act_yet_reads_why(client, state, said):
    client.force_login(group_user(state=state))

    page = client.get(GROUP).content.decode()

    assert said in page
    assert reverse("opportunities:create") not in page


def test_a_reader_is_not_offered_to_post(client):
    client.force_login(colleague(group_user(), role=Membership.Role.READER))

    page = client.get(GROUP)

    assert not page.context["may_edit"]
    assert f"<header{page.content.decode().partition('<header')[2].partition('</header>')[0]}".count("/deposer/") == 0


@pytest.mark.parametrize(("page", "wrong"), [(SME, group_user), (GROUP, sme_user)])
def test_dashboards_are_for_their_own_side(client, page, wrong):
    assert client.get(page).url == f"{reverse('account_login')}?next={page}"
    for user in (wrong(), UserFactory(), UserFactory(staff=True)):
        client.force_login(user)
        assert client.get(page).status_code == 403


def test_everyone_is_led_to_their_own_start(client):
    places = [(sme_user(), SME), (group_user(), GROUP), (group_user(waiting=True), GROUP)]

    for user, place in places:
        client.force_login(user)
        assert client.get(reverse("dashboard")).url == place


def test_who_belongs_nowhere_reads_what_to_do(client):
    client.force_login(UserFactory())

    response = client.get(reverse("dashboard"))

    assert "aucune organisation" in response.content.decode()


def test_staff_are_led_to_the_admin(client):
    client.force_login(UserFactory(staff=True))

    assert client.get(reverse("dashboard")).url == reverse("admin:index")
