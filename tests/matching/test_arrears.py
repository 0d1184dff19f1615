"""A group that owes many answers for long posts nothing new; it is told where to give them, and staff may let it."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone

from matching import apply, arrears
from matching.models import Lift
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.backoffice import page_of
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user, sign_in_staff

pytestmark = pytest.mark.django_db
State = Opportunity.State
DASHBOARD = reverse("matching:group_dashboard")


@pytest.fixture
def author(client):
    user = group_user()
    client.force_login(user)
    return user


def late(author, count, days=11, **more):
    promised = timezone.localdate() - timedelta(days=days)
    its = {"published": True, "owner": author.organisation, "apply_by": None, "answer_by": promised} | more
    post = OpportunityFactory(**its)
    return ApplicationFactory.create_batch(count, sent=True, opportunity=post)


def draft(author, **more):
    return OpportunityFactory(owner=author.organisation, created_by=author, **more)


def submitted(client, opportunity):
    client.post(reverse("opportunities:submit", args=[opportunity.pk]))
    return Opportunity.objects.get(pk=opportunity.pk).state == State.SUBMITTED


@pytest.mark.parametrize(("count", "days", "may"), [(5, 11, True), (6, 11, False), (6, 10, True), (6, 400, False)])
def test_more_than_five_answers_late_by_more_than_ten_days_keep_a_group_from_posting(client, author, count, days, may):
    late(author, count, days)

    assert submitted(client, draft(author)) == may


def test_it_is_told_why_and_where_to_answer_and_nothing_is_lost(client, author):
    [first, *_others] = late(author, 6)
    opportunity = draft(author)

    answer = client.post(reverse("opportunities:submit", args=[opportunity.pk]), follow=True)

    assert answer.redirect_chain[0][0] == DASHBOARD
    assert "Votre brouillon est enregistré, mais pas soumis" in answer.text
    assert "6 réponses sont en retard de plus de dix jours" in answer.text
    assert f'href="{reverse("matching:applicants", args=[first.opportunity_id])}?urgence=en-retard"' in answer.text
    opportunity.refresh_from_db()
    assert opportunity.state == State.DRAFT
    assert not opportunity.history.exists()


def test_from_the_form_too_with_what_was_typed_kept(client, author):
    late(author, 6)
    opportunity = draft(author)
    form = client.get(reverse("opportunities:edit", args=[opportunity.pk])).context["form"]
    shown = {name: form[name].value() for name in form.fields}
    typed = {name: ", ".join(value) if name.endswith("_codes") else value for name, value in shown.items()}
    typed = {name: value for name, value in typed.items() if value not in (None, False)}

    answer = client.post(
        reverse("opportunities:edit", args=[opportunity.pk]), typed | {"title": "Des vannes à Tunis", "submit": "1"}
    )

    assert answer.url == DASHBOARD
    opportunity.refresh_from_db()
    assert (opportunity.title, opportunity.state) == ("Des vannes à Tunis", State.DRAFT)


def test_one_answer_is_enough_to_go_on(client, author):
    [first, *_others] = late(author, 6)
    apply.decline(first, by=author, reason="size")

    assert submitted(client, draft(author))


def test_what_staff_sent_back_may_be_handed_in_again(client, author):
    late(author, 6)

    assert submitted(client, draft(author, state=State.CHANGES_REQUESTED, submitted_at=timezone.now()))


def test_neither_another_group_s_nor_what_is_suspended_nor_what_was_answered_counts(client, author):
    late(group_user(), 6)
    late(author, 6, published=False, state=State.SUSPENDED, published_at=timezone.now())
    for one in late(author, 6):
        apply.withdraw(one, by=one.contact)

    assert submitted(client, draft(author))


def test_a_promise_that_was_put_off_counts_as_it_stood(client, author):
    for one in late(author, 6):
        one.promised_by = one.opportunity.answer_by
        one.save()
    Opportunity.objects.update(answer_by=timezone.localdate() + timedelta(days=30))

    assert not submitted(client, draft(author))


def test_staff_let_it_for_thirty_days_with_a_reason_that_is_kept(client, author, time_machine):
    late(author, 6)
    moderator, one, other = UserFactory(staff=True), draft(author), draft(author)

    arrears.lift(author.organisation, by=moderator, reason="Contact malade, réponses prévues lundi")

    assert submitted(client, one)
    kept = Lift.objects.get()
    assert (kept.group, kept.author, kept.reason) == (
        author.organisation, moderator, "Contact malade, réponses prévues lundi"
    )  # fmt: skip
    line = author.organisation.history.get()
    assert (line.actor, line.reason) == (moderator, kept.reason)
    time_machine.move_to(timezone.now() + timedelta(days=30))
    client.force_login(author)
    assert arrears.blocking(author.organisation) == 0
    time_machine.move_to(timezone.now() + timedelta(days=1))
    client.force_login(author)
    assert not submitted(client, other)


def test_only_staff_let_it_once_and_not_without_a_reason(author):
    moderator = UserFactory(staff=True)
    with pytest.raises(StateError, match="rien à lever"):
        arrears.lift(author.organisation, by=moderator, reason="Rien")
    late(author, 6)

    with pytest.raises(PermissionDenied):
        arrears.lift(author.organisation, by=author, reason="Moi-même")
    with pytest.raises(StateError, match="motif"):
        arrears.lift(author.organisation, by=moderator, reason=" ")
    arrears.lift(author.organisation, by=moderator, reason="Vu")
    with pytest.raises(StateError, match="rien à lever"):
        arrears.lift(author.organisation, by=moderator, reason="Encore")

    assert Lift.objects.count() == 1


def test_the_admin_s_page_of_the_group_offers_it_and_asks(client, author):
    sign_in_staff(client)
    button = reverse("admin:accounts_organisation_transition", args=[author.organisation.pk, "lift"])
    before = client.get(page_of(author.organisation)).text
    late(author, 6)

    after = client.get(page_of(author.organisation)).text
    client.post(button, {"reason": "Vu au téléphone"})

    assert (button in before, button in after) == (False, True)
    assert Lift.objects.get().reason == "Vu au téléphone"
    assert client.get(reverse("admin:matching_lift_changelist")).status_code == 200


@pytest.mark.parametrize("count", [5, 6])
def test_the_dashboard_says_so_while_it_is_so(client, author, count):
    late(author, count)

    page = client.get(DASHBOARD).text

    assert ("Des réponses promises se font attendre" in page) == (count == 6)


def test_a_group_that_may_not_submit_may_still_write_a_draft(author):
    late(author, 6)

    with pytest.raises(moderation.OwedError):
        moderation.submit(draft(author), by=author)

    assert Opportunity.objects.filter(state=State.DRAFT).count() == 1
