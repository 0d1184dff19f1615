"""What a company says of a group after an introduction: who says it, who reads it, and that none can be guessed."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership
from matching import organisation_merging, ratings
from matching.models import ANSWERS, Introduction, Rating
from pacte.states import StateError
from tests.factories import (
    IntroductionFactory,
    RatingFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)
from tests.test_confidential_pages import unpacked

pytestmark = pytest.mark.django_db
GIVEN = {"clarity": 5, "delay": 1, "exchanges": 4, "terms": 3, "again": 2, "comment": "Réponses tardives."}
SECRET = "Zéphyrine nous a fait attendre."


@pytest.fixture
def introduction():
    return IntroductionFactory()


@pytest.fixture
def decider():
    return group_user()


def between(decider, **more):
    its = {"application__opportunity__owner": decider.organisation, "application__opportunity__created_by": decider}
    return IntroductionFactory(**its, **more)


def rated(decider, count=1, *, contact=None, **answers):
    """That many ratings of the group that count, by as many companies unless by one."""
    its = {"application__contact": contact} if contact else {}
    return [RatingFactory(introduction=between(decider, **its), **{"final": True} | answers) for _ in range(count)]


def page(introduction):
    return reverse("matching:rating", args=[introduction.application_id])


def answers_of(rating):
    return {name: getattr(rating, name) for name in GIVEN}


def block(client, decider):
    client.force_login(decider)
    return client.get(reverse("matching:group_dashboard")).text.partition("Ce que les PME disent de vous")[2]


@pytest.mark.parametrize(("count", "shown"), [(0, None), (4, None), (5, 5)])
def test_group_of_one_answer_barometer_anonymity_hides_ratings_below_five(client, decider, count, shown):
    rated(decider, count, clarity=2)

    text = block(client, decider)

    told = ratings.told(decider.organisation)
    assert (told and told.count) == shown
    assert ("Les moyennes s'afficheront à partir de cinq avis." in text) is (shown is None)
    assert ("2,0" in text) is (shown is not None)


def test_five_ratings_of_one_company_are_one_companys_opinion(decider):
    rated(decider, 4)
    rated(decider, 5, contact=sme_user())
    assert ratings.told(decider.organisation).count == 5

    alone = group_user()
    rated(alone, 5, contact=sme_user())
    assert ratings.told(alone.organisation) is None


def test_a_sixth_rating_changes_nothing_until_the_tenth(decider):
    rated(decider, 5, clarity=5)
    before = ratings.told(decider.organisation)
    assert before.averages[0] == ("Clarté du besoin", 5.0)

    rated(decider, 4, clarity=1, at=timezone.now() - timedelta(days=30, minutes=1))
    assert ratings.told(decider.organisation) == before

    rated(decider, clarity=1, at=timezone.now() - timedelta(days=30, minutes=1))
    assert ratings.told(decider.organisation).averages[0] == ("Clarté du besoin", 3.0)


def test_a_rating_counts_once_it_may_change_no_more(decider):
    rated(decider, 4)
    rated(decider, at=timezone.now() - timedelta(days=29))
    assert ratings.told(decider.organisation) is None

    Rating.objects.update(at=timezone.now() - timedelta(days=30))
    assert ratings.told(decider.organisation).count == 5


def test_a_company_rates_once_and_changes_its_mind_within_thirty_days(client, introduction, time_machine):
    person = introduction.application.contact
    client.force_login(person)
    status = reverse("matching:application_status", args=[introduction.application_id])
    assert page(introduction) in client.get(status).text

    for answers in (GIVEN, GIVEN, GIVEN | {"delay": 2, "comment": ""}):
        client.post(page(introduction), answers)

    rating = Rating.objects.get()
    assert answers_of(rating) == GIVEN | {"delay": 2, "comment": ""}
    assert (rating.by, rating.group, rating.company) == (
        person, introduction.application.opportunity.owner, introduction.application.company,
    )  # fmt: skip
    assert introduction.history.get().changes == {"delay": [1, 2], "comment": ["Réponses tardives.", ""]}
    time_machine.move_to(timezone.now() + timedelta(days=30, minutes=1))
    client.force_login(person)
    assert client.get(page(introduction)).text.count('type="radio"') == 0
    late = client.post(page(introduction), GIVEN, follow=True)
    assert "il ne change plus" in late.text
    assert answers_of(Rating.objects.get()) == GIVEN | {"delay": 2, "comment": ""}


@pytest.mark.parametrize(
    ("wrong", "fields"), [({"delay": ""}, {"delay"}), ({"again": 6}, {"again"}), ({"comment": "x" * 501}, {"comment"})]
)
def test_what_is_missing_is_said_beside_it_and_the_rest_stays(client, introduction, wrong, fields):
    client.force_login(introduction.application.contact)

    refused = client.post(page(introduction), GIVEN | wrong)

    assert set(refused.context["form"].errors) == fields
    assert refused.text.count(" checked") == 5 - len(fields - {"comment"})
    assert not Rating.objects.exists()


def test_the_database_holds_marks_from_one_to_five(introduction):
    for name in ANSWERS:
        for mark in (0, 6):
            with pytest.raises(IntegrityError), transaction.atomic():
                RatingFactory(introduction=introduction, **{name: mark})


def test_only_those_who_edit_for_the_company_of_an_introduction_that_left_rate_it(client, introduction):
    person = introduction.application.contact
    reader = colleague(person, role=Membership.Role.READER)
    for stranger, status in [(sme_user(), 404), (reader, 403), (group_user(), 403)]:
        client.force_login(stranger)
        assert client.post(page(introduction), GIVEN).status_code == status
        with pytest.raises(PermissionDenied):
            ratings.rate(introduction, GIVEN, by=stranger)
    Introduction.objects.update(state="held")
    client.force_login(person)
    assert client.post(page(introduction), GIVEN).status_code == 404
    with pytest.raises(StateError):
        ratings.rate(introduction, GIVEN, by=person)
    assert not Rating.objects.exists()


def test_a_comment_is_read_by_staff_and_in_nothing_of_the_groups(client, decider):
    first, *_others = rated(decider, 5, comment=SECRET)
    its = first.introduction.application
    client.force_login(decider)
    names = ["application_review", "outcome_received", "applicants", "export", "group_dashboard", "portage_received"]
    whole = {"applicants": its.opportunity_id, "export": its.opportunity_id}
    read = []
    for name in names:
        args = [] if name in names[-2:] else [whole.get(name, its.pk)]
        answer = client.get(reverse(f"matching:{name}", args=args))
        assert answer.status_code == 200
        read.append(answer.text)
    taken = [client.post(reverse("matching:export", args=[its.opportunity_id]), {"format": kind}).content
             for kind in ("csv", "xlsx")]  # fmt: skip
    sign_in_staff(client)
    staff = client.get(reverse("admin:matching_rating_changelist")).text

    assert [text for text in [*read, taken[0].decode("utf-8-sig"), unpacked(taken[1])] if "Zéphyrine" in text] == []
    assert staff.count(SECRET) == 5


@pytest.mark.parametrize("rows", [1, 3])
def test_staff_read_every_rating_and_each_groups_averages_at_once(client, rows, django_assert_num_queries):
    deciders = [group_user() for _ in range(rows)]
    for decider in deciders:
        rated(decider, clarity=5, final=False)
        rated(decider, clarity=2, final=False)
    sign_in_staff(client)
    url = reverse("admin:matching_rating_changelist")
    client.get(url)

    with django_assert_num_queries(11):
        listed = client.get(url)

    assert {(row["name"], row["count"], row["averages"][0]) for row in listed.context_data["averages"]} == {
        (decider.organisation.name, 2, 3.5) for decider in deciders
    }


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_of_a_rating_in_a_fixed_number_of_queries(client, decider, rows, django_assert_num_queries):
    person = sme_user()
    introduction = rated(decider, rows, contact=person, final=False)[0].introduction
    client.force_login(person)
    client.get(page(introduction))

    with django_assert_num_queries(5):
        client.get(page(introduction))


def test_a_group_keeps_its_ratings_under_its_successor_and_no_average_moves_with_a_company(decider):
    staff, stays = UserFactory(staff=True), group_user()
    first, second, *_others = rated(decider, 5, clarity=3)
    before = ratings.told(decider.organisation)

    organisation_merging.merge(first.company, second.company, by=staff)
    assert ratings.told(decider.organisation) == before
    organisation_merging.merge(decider.organisation, stays.organisation, by=staff)

    assert (ratings.told(stays.organisation), ratings.told(decider.organisation)) == (before, None)


def test_who_rated_may_be_forgotten_and_the_rating_stays(introduction):
    person = colleague(introduction.application.contact)
    rating = ratings.rate(introduction, GIVEN, by=person)

    person.delete()

    rating.refresh_from_db()
    assert (rating.by, rating.comment) == (None, GIVEN["comment"])
