from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email, Membership
from opportunities import moderation
from opportunities.admin_forms import COMMENTED
from opportunities.models import Opportunity
from opportunities.steps import STEPS
from tests.factories import MembershipFactory, OpportunityFactory, UserFactory, colleague, group_user

State = Opportunity.State


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


def posted(author, **fields):
    dates = {"submitted_at": timezone.now(), "published_at": timezone.now(), "closed_at": timezone.now()}
    return OpportunityFactory(owner=author.organisation, created_by=author, **dates | fields)


def page(client, opportunity):
    return client.get(reverse("opportunities:manage", args=[opportunity.pk]))


@pytest.mark.parametrize(
    ("state", "actions"),
    [
        ("draft", {"edit", "submit", "withdraw"}),
        ("changes_requested", {"edit", "submit", "withdraw"}),
        ("submitted", {"withdraw"}),
        ("published", {"amend", "extend", "close", "withdraw", "contacts", "absences"}),
        ("suspended", {"contacts", "absences"}),
        ("closed", {"reopen", "contacts", "absences"}),
        ("rejected", set()),
        ("withdrawn", set()),
    ],
)
def test_in_each_state_the_page_says_what_comes_next_and_offers_what_may_be_done(client, author, state, actions):
    response = page(client, posted(author, state=state))

    assert response.status_code == 200
    assert set(response.context["actions"]) == actions
    assert response.context["next_step"] in response.text.replace("&#x27;", "'")


def test_a_reader_follows_it_and_does_nothing(client, author):
    client.force_login(colleague(author, Membership.Role.READER))

    response = page(client, posted(author, state=State.DRAFT))

    assert response.status_code == 200
    assert response.context["actions"] == ()
    assert "<button" not in response.text.partition("<main")[2].partition("</main")[0]


def test_remarks_lead_to_their_fields_until_it_is_submitted_again(client, author):
    opportunity = posted(author, submitted=True)
    comments = [(name, "À revoir") for name in ["", *COMMENTED]]
    moderation.request_changes(opportunity, by=UserFactory(staff=True), comments=comments)

    notes = page(client, opportunity).context["notes"]
    for note in notes:
        leads_somewhere(client, note)
    moderation.submit(opportunity, by=author)

    assert len(notes) == len(comments)
    assert page(client, opportunity).context["notes"] == []


def leads_somewhere(client, note, here=None):
    """The link answers, and what it points to within the page is there."""
    place, _hash, anchor = note.url.partition("#")
    there = client.get(place) if place else here
    assert there.status_code == 200
    assert not anchor or f'id="{anchor}"' in there.text, note


@pytest.mark.parametrize("step", STEPS)
def test_remarks_on_a_step_lead_to_the_step_of_their_field_and_stay_where_it_is_the_same(client, author, step):
    opportunity = posted(author, submitted=True)
    comments = [(name, "À revoir") for name in ["", *COMMENTED]]
    moderation.request_changes(opportunity, by=UserFactory(staff=True), comments=comments)

    form = client.get(reverse("opportunities:edit_step", args=[opportunity.pk, step]))

    for note in form.context["notes"]:
        leads_somewhere(client, note, form)
    own = {"besoin": "#id_title", "criteres": "#criteres", "confidentialite": "#id_alias", "contacts": "#id_apply_by"}
    assert {name for name, url in own.items() if url in [note.url for note in form.context["notes"]]} == {step}


def test_only_the_latest_remarks_are_to_be_answered(client, author):
    opportunity, moderator = posted(author, submitted=True), UserFactory(staff=True)
    moderation.request_changes(opportunity, by=moderator, comments=[("title", "La première")])
    moderation.submit(opportunity, by=author)
    moderation.request_changes(opportunity, by=moderator, comments=[("title", "La seconde")])

    assert [note.text for note in page(client, opportunity).context["notes"]] == ["La seconde"]


def test_history_says_who_did_what_and_why(client, author):
    opportunity, moderator = posted(author), UserFactory(staff=True, first_name="Modération", last_name="DÉMO")
    opportunity.record(by=author, changes={"title": ["Pompes", "Vannes"], "places": [["MA"], ["TN"]]})
    moderation.submit(opportunity, by=author)
    moderation.reject(opportunity, by=moderator, reason="too_vague", text="Voyez le guide.")

    lines = page(client, opportunity).context["lines"]

    assert [line.what for line in lines] == ["Refusée", "En validation", "Modifiée", "Brouillon créé"]
    assert lines[0].who == "Modération DÉMO"
    assert lines[0].reason == "besoin trop vague. Voyez le guide."
    assert [(change.label, change.before, change.after) for change in lines[2].changes] == [
        ("titre", "Pompes", "Vannes"),
        ("pays", "Maroc", "Tunisie"),
    ]


@pytest.mark.parametrize("lines", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, author, lines, django_assert_num_queries):
    opportunity = posted(author)
    for number in range(lines):
        opportunity.record(by=colleague(author), changes={"title": ["avant", str(number)]})
    page(client, opportunity)

    with django_assert_num_queries(8):
        page(client, opportunity)


def test_withdrawing_asks_first_and_is_done_once(client, author):
    opportunity = posted(author)
    url = reverse("matching:withdraw", args=[opportunity.pk])

    asked = client.get(url)
    client.post(url)
    client.post(url)

    assert asked.status_code == 200
    assert Opportunity.objects.get().state == State.WITHDRAWN
    assert opportunity.history.count() == 1


def test_closing_asks_why_and_the_group_is_told(client, author):
    opportunity = posted(author, published=True)
    url = reverse("matching:close", args=[opportunity.pk])

    unanswered = client.post(url, {})
    shown = client.post(url, {"outcome": "filled", "text": "Avec deux PME"})
    previewed = shown.context["form"]["previewed"].value()
    client.post(url, {"outcome": "filled", "text": "Avec deux PME", "previewed": previewed, "confirm": "1"})

    assert "outcome" in unanswered.context["form"].errors
    assert opportunity.history.get().reason == "Nous avons trouvé. Avec deux PME"
    assert Email.objects.get().template == "opportunity_closed"


def test_a_group_still_waiting_for_its_access_sees_nothing(client):
    waiting = MembershipFactory(organisation__group=True, organisation__waiting=True).user
    client.force_login(waiting)

    assert page(client, posted(waiting)).status_code == 403


def test_the_day_of_the_answer_is_two_working_days_after_submission(client, author):
    opportunity = posted(author, submitted=True)

    due = moderation.answer_due(opportunity)

    assert due >= timezone.localdate() + timedelta(days=2)
    assert f"{due.year}" in page(client, opportunity).context["next_step"]
