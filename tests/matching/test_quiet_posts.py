"""Nobody applies: after five working days staff see it, and the group reads once which criterion costs it how many."""

from datetime import UTC, datetime

import pytest
from django.urls import reverse

from accounts.models import Email, HiddenFrom, SmeProfile
from matching import digest, dismiss, proposing, quiet_posts
from matching.models import Proposal, QuietPost
from matching.tasks import look_at_quiet_posts
from opportunities.models import Criterion
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    MatchFactory,
    OpportunityFactory,
    UserFactory,
    group_user,
    sign_in_staff,
    sme_user,
)

PUBLISHED = datetime(2026, 9, 7, 10, tzinfo=UTC)  # a Monday
FOURTH, FIFTH = (datetime(2026, 9, day, 9, tzinfo=UTC) for day in (11, 14))
REASONS = [
    ("languages", "missing", 0, 5, {"has": [], "lacks": ["en"], "must": ["en"]}),
    ("place", "met", 9.5, 12.1, {"work": "x", "place": "MA"}),
]


@pytest.fixture
def owner():
    return group_user()


@pytest.fixture
def opportunity(owner, time_machine):
    time_machine.move_to(PUBLISHED, tick=False)
    found = OpportunityFactory(published=True, owner=owner.organisation, created_by=owner, apply_by=None)
    Criterion.objects.create(opportunity=found, kind="language", code="en", must=True)
    time_machine.move_to(FIFTH, tick=False)
    return found


def near(opportunity, score=60, eligible=False, **profile):
    person = sme_user()
    SmeProfile.objects.filter(organisation=person.organisation).update(**profile)
    MatchFactory(opportunity=opportunity, company=person.organisation, score=score, eligible=eligible, parts=REASONS)
    return person.organisation


def companies(found):
    return [match.company for match in found]


@pytest.mark.parametrize(("day", "noted"), [(FOURTH, 0), (FIFTH, 1)])
def test_no_candidate_after_five_working_days_is_noted_once(opportunity, time_machine, day, noted):
    time_machine.move_to(day, tick=False)

    look_at_quiet_posts()
    look_at_quiet_posts()

    assert QuietPost.objects.count() == noted


@pytest.mark.parametrize("what", ["applied", "closed", "suspended group"])
def test_nothing_is_noted_where_somebody_applied_or_nobody_could(opportunity, what):
    if what == "applied":
        ApplicationFactory(sent=True, opportunity=opportunity)
    elif what == "closed":
        opportunity.close(by=None)
    else:
        type(opportunity.owner).objects.filter(pk=opportunity.owner_id).update(state="suspended")

    look_at_quiet_posts()

    assert not QuietPost.objects.exists()


def test_a_draft_is_no_application(opportunity):
    ApplicationFactory(opportunity=opportunity)

    look_at_quiet_posts()

    assert QuietPost.objects.count() == 1


def test_the_group_reads_once_what_each_criterion_excludes_and_who_comes_close(opportunity):
    close = near(opportunity)
    SmeProfile.objects.filter(organisation=close).update(languages=["fr"])
    look_at_quiet_posts()

    digest.run(FIFTH)
    digest.run(datetime(2026, 9, 15, 9, tzinfo=UTC))

    mail = Email.objects.get(template="to_do")
    assert mail.to == [opportunity.contact_email]
    assert "« Langue de travail : anglais » écarte 1 PME" in mail.text.replace("\xa0", " ")
    assert close.name in mail.text
    assert reverse("matching:audience", args=[opportunity.pk]) in mail.text
    assert QuietPost.objects.get().told_at == FIFTH


@pytest.mark.parametrize(
    ("asked", "profile", "said"),
    [
        ([("sector", "eau"), ("sector", "btp")], {"sectors": ["chimie"]},
         "Secteur : Bâtiment et infrastructures ou Eau et assainissement"),
        ([("volume", "1m-5m")], {"volume": "50k-250k"}, "Contrat livrable d'au moins : 1 à 5 M€"),
        ([("headcount", "50-99")], {"headcount": "10-19"}, "Effectif d'au moins : 50 à 99 salariés"),
    ],
)  # fmt: skip
def test_what_is_asked_as_a_whole_is_told_as_a_whole_until_it_is_dropped(opportunity, asked, profile, said):
    opportunity.criteria.all().delete()
    for kind, code in asked:
        opportunity.criteria.create(kind=kind, code=code, must=True)
    SmeProfile.objects.filter(organisation=sme_user().organisation).update(**profile)
    look_at_quiet_posts()
    quiet = QuietPost.objects.get()

    told = quiet_posts.cost(quiet).replace("\xa0", " ")
    opportunity.criteria.all().delete()

    assert told == f"« {said} » écarte 1 PME"
    assert quiet_posts.cost(QuietPost.objects.get()) == ""


def test_who_applied_since_stops_the_mail(opportunity):
    look_at_quiet_posts()
    ApplicationFactory(sent=True, opportunity=opportunity)

    digest.run(FIFTH)

    assert not Email.objects.filter(template="to_do").exists()
    assert not QuietPost.objects.for_staff().exists()


def test_only_companies_that_agreed_to_be_proposed_to_this_group_are_named(opportunity, owner):
    shown = [near(opportunity, score=70), near(opportunity, score=60)]
    near(opportunity, proposable=False)
    near(opportunity, paused_until="2026-12-31")
    near(opportunity, eligible=True)  # lacks nothing: it may apply as it is
    HiddenFrom.objects.create(company=near(opportunity), siren=owner.organisation.siren)
    ApplicationFactory(opportunity=opportunity, contact=near(opportunity).memberships.get().user)
    gone = near(opportunity)
    dismiss.dismiss(opportunity, by=gone.memberships.get().user, reason="other")
    nobody = MatchFactory(opportunity=opportunity, eligible=False)  # a company without anyone

    found = quiet_posts.near(opportunity)

    assert companies(found) == shown
    assert nobody.company not in companies(found)


def test_five_at_most_the_best_first(opportunity):
    rows = [near(opportunity, score=90 - place) for place in range(7)]

    assert companies(quiet_posts.near(opportunity)) == rows[:5]


@pytest.mark.parametrize("rows", [1, 3])
def test_naming_them_takes_two_queries(opportunity, rows, django_assert_num_queries):
    for _ in range(rows):
        near(opportunity)

    with django_assert_num_queries(2):  # the matches with their companies; who was shown too often
        found = quiet_posts.near(opportunity)

    assert len(found) == rows


def test_the_groups_page_shows_them_until_somebody_applies(client, opportunity, owner):
    close = near(opportunity)
    QuietPost.objects.create(opportunity=opportunity)
    client.force_login(owner)
    address = reverse("matching:audience", args=[opportunity.pk])

    before = client.get(address)
    ApplicationFactory(sent=True, opportunity=opportunity)
    after = client.get(address)

    assert close.name in before.text
    assert "is-missing" in before.text  # what keeps it away,
    assert "is-met" not in before.text  # and no more of what it says of itself
    assert reverse("matching:amend", args=[opportunity.pk]) in before.text
    assert close.name not in after.text
    for person in close.memberships.all():
        assert person.user.email not in before.text


def test_staff_see_it_in_their_queue_with_whom_to_propose_and_it_leaves_once_they_did(client, opportunity):
    close, able = near(opportunity), near(opportunity, eligible=True)
    near(opportunity, proposable=False)
    QuietPost.objects.create(opportunity=opportunity, excluded=[{"kind": "language", "code": "en", "companies": 12}])
    staff = sign_in_staff(client)
    page = client.get(reverse("admin:matching_quietpost_change", args=[QuietPost.objects.get().pk]))
    add = reverse("admin:matching_proposal_add")

    links = [f"{add}?opportunity={opportunity.pk}&amp;company={one.pk}" for one in (close, able)]
    assert all(link in page.text for link in links)
    assert page.text.count(f"{add}?") == 2
    assert "12 PME" in page.text
    form = client.get(links[0].replace("&amp;", "&")).context["adminform"].form
    assert (form["opportunity"].value(), form["company"].value()) == (str(opportunity.pk), str(close.pk))
    assert list(QuietPost.objects.for_staff()) == [QuietPost.objects.get()]

    proposing.propose(opportunity, able, by=staff, reason="Elle exporte au Maroc.")

    assert not QuietPost.objects.for_staff().exists()
    assert Proposal.objects.count() == 1


def test_staff_say_what_they_did_once_and_the_queue_forgets_it(client, opportunity):
    quiet = QuietPost.objects.create(opportunity=opportunity)
    sign_in_staff(client)
    url = reverse("admin:matching_quietpost_transition", args=[quiet.pk, "close"])
    page = client.get(reverse("admin:matching_quietpost_change", args=[quiet.pk])).text
    assert opportunity.contact_email in page  # whom to call

    client.post(url, {"reason": "Groupe appelé : il ajoute l'allemand."})

    quiet.refresh_from_db()
    assert quiet.reason == "Groupe appelé : il ajoute l'allemand."
    assert not QuietPost.objects.for_staff().exists()
    with pytest.raises(StateError):
        quiet_posts.close(quiet, by=UserFactory(staff=True), reason="Encore.")
