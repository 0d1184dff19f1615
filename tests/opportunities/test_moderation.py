from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import Email, Membership
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import MembershipFactory, OpportunityFactory, UserFactory, colleague, group_user

State = Opportunity.State


@pytest.fixture
def moderator():
    return UserFactory(staff=True)


@pytest.fixture
def author():
    return group_user()


def posted(author, **fields):
    return OpportunityFactory(owner=author.organisation, created_by=author, **fields)


ACTS = {
    "publish": (State.SUBMITTED, State.PUBLISHED, {"checked": True}, "published"),
    "request_changes": (
        State.SUBMITTED, State.CHANGES_REQUESTED, {"comments": [("title", "Trop vague")]}, "changes_requested",
    ),
    "reject": (State.SUBMITTED, State.REJECTED, {"reason": "too_vague", "text": "Voyez le guide."}, "rejected"),
    "suspend": (State.PUBLISHED, State.SUSPENDED, {"reason": "Signalement"}, "suspended"),
    "restore": (State.SUSPENDED, State.PUBLISHED, {"reason": "Vérifié"}, "restored"),
    "close": (State.PUBLISHED, State.CLOSED, {"reason": "Pourvue"}, ""),  # matching tells it, to applicants too
    "withdraw": (State.SUBMITTED, State.WITHDRAWN, {"reason": "Doublon"}, "withdrawn"),
}  # fmt: skip


@pytest.mark.parametrize("act", ACTS)
def test_staff_move_it_and_the_group_is_told_once(act, moderator, author):
    before, after, answers, event = ACTS[act]
    opportunity = posted(author, state=before, published_at=timezone.now())

    getattr(moderation, act)(opportunity, by=moderator, **answers)
    with pytest.raises(StateError):
        getattr(moderation, act)(Opportunity.objects.get(pk=opportunity.pk), by=moderator, **answers)

    opportunity.refresh_from_db()
    assert opportunity.state == after
    readers = [opportunity.contact_email, opportunity.deputy_email, author.email]
    told = [(email.template, email.to) for email in Email.objects.all()]
    assert told == ([(f"opportunity_{event}", readers)] if event else [])
    assert opportunity.history.get().actor == moderator


@pytest.mark.parametrize("act", ACTS)
def test_the_group_does_not_do_what_only_staff_may(act, author):
    before, _after, answers, _event = ACTS[act]
    opportunity = posted(author, state=before, published_at=timezone.now())
    theirs = {"close", "withdraw"}

    if act in theirs:
        getattr(moderation, act)(opportunity, by=author, **answers)
    else:
        with pytest.raises(PermissionDenied):
            getattr(moderation, act)(opportunity, by=author, **answers)

    opportunity.refresh_from_db()
    assert (opportunity.state == before) == (act not in theirs)


def test_a_complete_draft_is_submitted_and_the_group_learns_until_when_it_waits(author):
    opportunity = posted(author)

    moderation.submit(opportunity, by=author)

    assert opportunity.state == State.SUBMITTED
    email = Email.objects.get()
    assert email.template == "opportunity_submitted"
    assert f"{moderation.answer_due(opportunity).year}" in email.text


def test_an_incomplete_draft_is_not_submitted(author):
    opportunity = posted(author, teaser="", sectors=[])

    with pytest.raises(StateError, match="2 points"):
        moderation.submit(opportunity, by=author)

    assert Opportunity.objects.get().state == State.DRAFT
    assert not Email.objects.exists()


@pytest.mark.parametrize("who", ["reader", "stranger", "staff"])
def test_only_those_who_may_edit_for_the_group_submit(who, author):
    opportunity = posted(author)
    people = {
        "reader": colleague(author, Membership.Role.READER),
        "stranger": group_user(),
        "staff": UserFactory(staff=True),
    }

    with pytest.raises(PermissionDenied):
        moderation.submit(opportunity, by=people[who])


def test_a_group_whose_access_is_not_open_cannot_submit():
    author = MembershipFactory(organisation__group=True, organisation__waiting=True).user
    opportunity = posted(author)

    with pytest.raises(StateError, match="pas ouvert"):
        moderation.submit(opportunity, by=author)


@pytest.mark.parametrize(("days", "reason", "published"), [(6, "", False), (6, "Salon avancé", True), (7, "", True)])
def test_fewer_than_seven_days_to_apply_need_a_reason(days, reason, published, moderator, author):
    opportunity = posted(author, submitted=True, apply_by=timezone.localdate() + timedelta(days=days))

    if published:
        moderation.publish(opportunity, by=moderator, reason=reason, checked=True)
    else:
        with pytest.raises(StateError, match="sept jours"):
            moderation.publish(opportunity, by=moderator, reason=reason, checked=True)

    assert (Opportunity.objects.get().state == State.PUBLISHED) == published


def test_nothing_is_published_before_the_checklist_has_been_looked_at(moderator, author):
    opportunity = posted(author, submitted=True)

    with pytest.raises(StateError, match="liste de contrôle"):
        moderation.publish(opportunity, by=moderator, checked=False)

    assert Opportunity.objects.get().state == State.SUBMITTED
    assert not Email.objects.exists()


def test_one_whose_deadline_has_passed_is_not_published_for_any_reason(moderator, author):
    yesterday = timezone.localdate() - timedelta(days=1)
    opportunity = posted(author, submitted=True, apply_by=yesterday)

    with pytest.raises(StateError, match="est passée"):
        moderation.publish(opportunity, by=moderator, reason="Urgent", checked=True)


def test_one_of_a_suspended_group_is_not_published(moderator, author):
    opportunity = posted(author, submitted=True)
    author.organisation.suspend(by=moderator, reason="Litige")

    with pytest.raises(StateError, match="en son nom"):
        moderation.publish(opportunity, by=moderator, checked=True)


def test_one_that_gives_its_group_away_is_not_published(moderator):
    author = group_user(name="DÉMO Zéphyrion")
    opportunity = posted(author, submitted=True, secret=True, teaser="Rejoignez ZEPHYRION au Maroc")

    with pytest.raises(StateError, match="ZEPHYRION"):
        moderation.publish(opportunity, by=moderator, checked=True)


def test_changes_are_not_asked_without_a_word(moderator, author):
    opportunity = posted(author, submitted=True)

    with pytest.raises(StateError, match="au moins un commentaire"):
        moderation.request_changes(opportunity, by=moderator, comments=[("title", "  ")])


def test_the_mail_that_asks_for_changes_names_each_field(moderator, author):
    opportunity = posted(author, submitted=True)
    comments = [("", "Merci !"), ("title", "Trop vague"), ("answer_by", "Trop loin")]

    moderation.request_changes(opportunity, by=moderator, comments=comments)

    text = Email.objects.get().text
    assert "– Merci !" in text
    assert "– Titre\xa0: Trop vague" in text
    assert "– Réponse promise avant le\xa0: Trop loin" in text
    assert list(opportunity.comments.values_list("field", "text")) == comments


def test_each_reads_the_mail_in_their_language(moderator):
    author = group_user()
    UserFactory(email="deputy@example.com", language="en")
    opportunity = posted(author, submitted=True, deputy_email="Deputy@example.com")

    moderation.reject(opportunity, by=moderator, reason="duplicate")

    sent = {email.language: email.to for email in Email.objects.all()}
    assert sent == {"fr": [opportunity.contact_email, author.email], "en": ["deputy@example.com"]}


@pytest.mark.parametrize("act", sorted(ACTS.keys() - {"close"}))
def test_no_mail_names_a_confidential_group(act, moderator):
    author = group_user(name="DÉMO Zéphyrion")
    before, _after, answers, _event = ACTS[act]
    opportunity = posted(author, secret=True, state=before, published_at=timezone.now())

    getattr(moderation, act)(opportunity, by=moderator, **answers)

    email = Email.objects.get()
    assert "phyrion" not in (email.subject + email.text + email.html).lower()


def test_its_group_withdraws_a_published_one_with_a_reason_alone(author):
    opportunity = posted(author, published=True)

    with pytest.raises(StateError, match="motif"):
        moderation.withdraw(opportunity, by=author, reason=" ")
    moderation.withdraw(opportunity, by=author, reason="Projet abandonné")

    assert Opportunity.objects.get().state == State.WITHDRAWN


def test_a_suspended_one_is_withdrawn_by_staff_alone(author):
    with pytest.raises(StateError, match="suspendue"):
        moderation.withdraw(
            posted(author, state=State.SUSPENDED, published_at=timezone.now()), by=author, reason="Non"
        )


def test_withdrawing_before_publication_needs_no_reason_and_no_mail(author):
    opportunity = posted(author)

    moderation.withdraw(opportunity, by=author)

    assert Opportunity.objects.get().state == State.WITHDRAWN
    assert not Email.objects.exists()
