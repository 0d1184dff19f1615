"""The charter of groups, and the conditions of SMEs: published by staff, signed, asked again when they change."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import charters
from accounts.models import Charter, Membership, Organisation, Signature
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    CharterFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    group_user,
    sme_user,
)

TODAY = timezone.localdate


def aged(user, days=100):
    """Someone whose organisation was there before any of these texts."""
    then = timezone.now() - timedelta(days=days)
    Organisation.objects.filter(pk=user.organisation.pk).update(created_at=then)
    user.organisation.refresh_from_db()
    return user


def draft_of(user):
    return OpportunityFactory(owner=user.organisation, created_by=user)


def replaced(charter, **fields):
    """A version in force, and the one it took over from."""
    Charter.objects.filter(pk=charter.pk).update(state=Charter.State.REPLACED)
    return CharterFactory(in_force=True, **fields)


def test_a_group_that_came_after_the_charter_submits_nothing_before_it_has_signed():
    CharterFactory(in_force=True)
    person = group_user()
    opportunity = draft_of(person)

    with pytest.raises(charters.UnsignedError):
        moderation.submit(opportunity, by=person)

    assert Opportunity.objects.get().state == "draft"


def test_once_signed_it_submits():
    charter, person = CharterFactory(in_force=True), group_user()

    charters.sign("group", charter.version, by=person)
    moderation.submit(draft_of(person), by=person)

    assert Opportunity.objects.get().state == "submitted"


def test_a_signature_keeps_the_version_the_person_and_the_moment():
    charter, person = CharterFactory(in_force=True), group_user()

    charters.sign("group", charter.version, by=person)

    signature = Signature.objects.get()
    assert (signature.charter, signature.person, signature.organisation) == (charter, person, person.organisation)
    assert signature.at.date() == timezone.now().date()
    assert person.organisation.history.last().changes == {"charter": ["", charter.version]}


def test_signing_twice_is_signing_once():
    charter, person = CharterFactory(in_force=True), group_user()

    charters.sign("group", charter.version, by=person)
    charters.sign("group", charter.version, by=colleague(person, Membership.Role.ADMIN))

    assert Signature.objects.get().person == person


@pytest.mark.parametrize("role", [Membership.Role.MEMBER, Membership.Role.READER])
def test_only_who_administers_a_group_signs_its_charter(role):
    charter, person = CharterFactory(in_force=True), colleague(group_user(), role)

    with pytest.raises(PermissionDenied):
        charters.sign("group", charter.version, by=person)

    assert not Signature.objects.exists()


def test_a_member_of_an_sme_accepts_its_conditions_and_a_reader_does_not():
    charter = CharterFactory(kind="sme", in_force=True)
    member, reader = colleague(sme_user()), colleague(sme_user(), Membership.Role.READER)

    charters.sign("sme", charter.version, by=member)
    with pytest.raises(PermissionDenied):
        charters.sign("sme", charter.version, by=reader)

    assert Signature.objects.get().organisation == member.organisation


def test_a_group_does_not_sign_what_smes_accept():
    charter = CharterFactory(kind="sme", in_force=True)

    with pytest.raises(PermissionDenied):
        charters.sign("sme", charter.version, by=group_user())


@pytest.mark.parametrize("state", ["to_verify", "suspended"])
def test_a_group_whose_access_is_not_open_signs_nothing(state):
    charter, person = CharterFactory(in_force=True), group_user(state=state)

    with pytest.raises(StateError):
        charters.sign("group", charter.version, by=person)


def test_the_version_that_was_read_is_the_one_that_is_signed():
    read, person = CharterFactory(in_force=True), group_user()
    replaced(read)

    with pytest.raises(StateError):
        charters.sign("group", read.version, by=person)

    assert not Signature.objects.exists()


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False), (1, False)])
def test_a_first_version_leaves_those_who_were_there_until_its_last_day(days, late):
    person = aged(group_user())
    CharterFactory(in_force=True, sign_by=TODAY() + timedelta(days=days))

    asked = charters.asked_of(person.organisation)

    assert (asked.due, asked.is_late) == (TODAY() + timedelta(days=days), late)


@pytest.mark.parametrize(("days", "late"), [(-1, True), (0, False)])
def test_a_new_version_asks_again_and_the_old_signature_stands_until_its_last_day(days, late):
    old, person = CharterFactory(in_force=True), group_user()
    charters.sign("group", old.version, by=person)
    new = replaced(old, sign_by=TODAY() + timedelta(days=days))

    asked = charters.asked_of(person.organisation)

    assert (asked.charter, asked.is_late) == (new, late)


def test_a_third_version_does_not_give_more_time_for_the_second():
    old, person = CharterFactory(in_force=True), group_user()
    charters.sign("group", old.version, by=person)
    second = replaced(old, sign_by=TODAY() - timedelta(days=1))
    third = replaced(second, sign_by=TODAY() + timedelta(days=30))

    asked = charters.asked_of(person.organisation)

    assert (asked.charter, asked.is_late) == (third, True)


def test_signing_the_last_version_settles_those_before_it():
    old, person = CharterFactory(in_force=True), group_user()
    new = replaced(old, sign_by=TODAY() - timedelta(days=1))

    charters.sign("group", new.version, by=person)

    assert charters.asked_of(person.organisation) is None


def test_without_a_version_in_force_nothing_is_asked():
    CharterFactory()
    CharterFactory(kind="sme", in_force=True)

    assert charters.asked_of(group_user().organisation) is None


@pytest.mark.parametrize("versions", [1, 3])
def test_what_is_asked_is_known_in_one_query(versions, django_assert_num_queries):
    group, last = OrganisationFactory(group=True), CharterFactory(in_force=True)
    for _ in range(versions - 1):
        last = replaced(last)

    with django_assert_num_queries(1):
        assert charters.asked_of(group).charter == last


def test_what_is_published_stays_when_a_signature_is_late():
    person = aged(group_user())
    opportunity = OpportunityFactory(owner=person.organisation, published=True)
    CharterFactory(in_force=True, sign_by=TODAY() - timedelta(days=1))

    assert opportunity in Opportunity.objects.open()


def test_staff_put_a_version_into_force_and_the_one_before_is_replaced():
    old, new, staff = CharterFactory(in_force=True), CharterFactory(), UserFactory(staff=True)

    charters.publish(new, by=staff)

    assert set(Charter.objects.values_list("pk", "state")) == {(old.pk, "replaced"), (new.pk, "in_force")}
    assert list(new.history.values_list("before", "after", "actor")) == [("draft", "in_force", staff.pk)]


@pytest.mark.parametrize(("days", "refused"), [(13, True), (14, False)])
def test_two_weeks_at_least_are_left_to_sign(days, refused):
    charter, staff = CharterFactory(sign_by=TODAY() + timedelta(days=days)), UserFactory(staff=True)

    if refused:
        with pytest.raises(StateError):
            charters.publish(charter, by=staff)
    else:
        charters.publish(charter, by=staff)

    assert Charter.objects.get().state == ("draft" if refused else "in_force")


def test_nobody_else_puts_a_version_into_force():
    with pytest.raises(PermissionDenied):
        charters.publish(CharterFactory(), by=group_user())


@pytest.mark.parametrize("state", ["in_force", "replaced"])
def test_a_version_comes_into_force_once(state):
    charter = CharterFactory(in_force=True, sign_by=TODAY())
    Charter.objects.update(state=state)

    with pytest.raises(StateError):
        charters.publish(charter, by=UserFactory(staff=True))

    assert Charter.objects.get().state == state


@pytest.mark.parametrize("field", ["text", "text_en", "version"])
def test_the_database_keeps_the_words_that_were_signed(field):
    charter = CharterFactory(in_force=True)

    with pytest.raises(IntegrityError), transaction.atomic():
        Charter.objects.filter(pk=charter.pk).update(**{field: "autre"})


def test_there_is_one_version_in_force_of_each():
    CharterFactory(in_force=True)
    CharterFactory(in_force=True, kind="sme")

    with pytest.raises(IntegrityError), transaction.atomic():
        CharterFactory(in_force=True)
