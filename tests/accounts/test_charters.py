"""The charter of groups, and the conditions of SMEs: published by staff, signed, asked again when they change."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import charters, signature_letters
from accounts.models import Charter, Email, Membership, Organisation, Signature
from matching import digest
from opportunities import moderation
from opportunities.models import Opportunity
from pacte.states import StateError
from tests.factories import (
    ApplicationFactory,
    CharterFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    colleague,
    group_user,
    sign_in_staff,
    sme_user,
)

PARIS = ZoneInfo("Europe/Paris")
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


def test_submitting_without_a_signature_leads_to_the_charter_and_back(client):
    charter, person = CharterFactory(in_force=True), group_user()
    opportunity = draft_of(person)
    client.force_login(person)
    preview = reverse("opportunities:preview", args=[opportunity.pk])

    page = client.post(reverse("opportunities:submit", args=[opportunity.pk]), follow=True)
    answer = client.post(reverse("accounts:charter_sign"), {"version": charter.version, "next": page.context["next"]})

    assert page.context["next"] == preview
    assert charter.text in page.content.decode()
    assert answer["Location"] == preview
    assert charters.asked_of(person.organisation) is None


def test_signing_leads_to_no_other_site(client):
    charter, person = CharterFactory(in_force=True), group_user()
    client.force_login(person)

    answer = client.post(
        reverse("accounts:charter_sign"), {"version": charter.version, "next": "https://example.com/"}
    )

    assert answer["Location"] == reverse("accounts:charter")


def test_signing_a_version_that_was_replaced_says_so_and_shows_the_other(client):
    old, person = CharterFactory(in_force=True), group_user()
    new = replaced(old, text="Autre texte.")
    client.force_login(person)

    page = client.post(reverse("accounts:charter_sign"), {"version": old.version}, follow=True)

    assert [str(message) for message in page.context["messages"]] == [
        "Une autre version vient d'entrer en vigueur\xa0: relisez-la, puis signez."
    ]
    assert page.context["charter"] == new


def test_a_member_reads_whom_to_ask(client):
    CharterFactory(in_force=True)
    client.force_login(colleague(group_user()))

    page = client.get(reverse("accounts:charter"))

    assert "Une personne qui administre votre groupe peut la signer" in page.content.decode()
    assert reverse("accounts:charter_sign") not in page.content.decode()
    assert client.post(reverse("accounts:charter_sign"), {"version": "x"}).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    person, last = group_user(), CharterFactory(in_force=True)
    charters.sign("group", last.version, by=person)
    for _ in range(rows - 1):
        last = replaced(last)
        charters.sign("group", last.version, by=person)
    client.force_login(person)

    with django_assert_num_queries(7):
        page = client.get(reverse("accounts:charter"))

    assert len(page.context["signed"]) == rows


def test_everyone_may_read_what_groups_promise(client):
    charter = CharterFactory(in_force=True)

    page = client.get(reverse("accounts:charter_of_groups")).content.decode()

    assert charter.text in page


def test_in_english_its_translation_is_shown_as_one(client):
    charter = CharterFactory(in_force=True)

    page = client.get(reverse("accounts:charter_of_groups"), headers={"accept-language": "en"}).content.decode()

    assert charter.text_en in page


@pytest.mark.parametrize("make", [group_user, sme_user])
def test_the_dashboard_says_what_is_left_to_sign(client, make):
    person = make()
    CharterFactory(in_force=True, kind=person.organisation.kind)
    client.force_login(person)

    page = client.get(reverse("dashboard"), follow=True)

    assert reverse("accounts:charter") in page.content.decode()
    assert page.context["asked"].charter == Charter.objects.get()


def test_staff_see_who_has_signed_and_who_has_not(client):
    charter, signed, late = CharterFactory(in_force=True), group_user(), OrganisationFactory(group=True)
    OrganisationFactory(group=True, suspended=True)
    OrganisationFactory()
    charters.sign("group", charter.version, by=signed)
    sign_in_staff(client)
    url = reverse("admin:accounts_organisation_changelist")

    done = client.get(url, {"charte": "signee"}).context["cl"].queryset
    left = client.get(url, {"charte": "a_signer"}).context["cl"].queryset

    assert (list(done), list(left)) == ([signed.organisation], [late])


def test_a_new_version_begins_with_the_words_of_the_one_in_force(client):
    charter = CharterFactory(in_force=True)
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_charter_add"))

    assert page.context["adminform"].form.initial["text"] == charter.text


def test_staff_publish_from_the_admin_once_they_have_said_yes(client):
    charter = CharterFactory()
    sign_in_staff(client)

    client.post(reverse("admin:accounts_charter_transition", args=[charter.pk, "publish"]))

    assert Charter.objects.get().state == "in_force"


def at(day, hour=10):
    return datetime.combine(day, time(hour), PARIS)


SIGN_BY = date(2027, 4, 15)  # a Thursday


def waiting(user_of=group_user, **fields):
    """Someone of an organisation that was there before the version now in force."""
    user = aged(user_of())
    CharterFactory(kind=user.organisation.kind, in_force=True, sign_by=SIGN_BY, **fields)
    return user


@pytest.mark.parametrize(
    ("day", "template", "told"),
    [
        (date(2027, 3, 1), "signature_asked", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 8), "to_do", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 15), "to_do", "a jusqu'au 15 avril 2027"),
        (date(2027, 4, 16), "to_do", "ne peut plus déposer"),
    ],
)
def test_a_group_is_written_to_at_once_and_reminded_a_week_before_the_day_and_after_it(
    time_machine, day, template, told
):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting()
    time_machine.move_to(at(day))

    for _ in range(2):
        signature_letters.ask_due()
        digest.run()

    [mail] = Email.objects.all()
    assert (mail.to, mail.template) == ([user.email], template)
    assert told in mail.text


def test_an_sme_is_reminded_of_new_conditions_in_its_own_words(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    waiting(sme_user)
    for day, told in [(8, "a jusqu'au 15 avril 2027"), (16, "ne peut plus candidater")]:
        time_machine.move_to(at(date(2027, 4, day)))
        digest.run()
        assert told in Email.objects.latest("pk").text


def test_over_the_whole_time_it_hears_three_times(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    waiting()
    day = date(2027, 3, 1)
    while day < date(2027, 7, 1):
        time_machine.move_to(at(day))
        signature_letters.ask_due()
        digest.run()
        day += timedelta(days=1)

    days = [timezone.localdate(mail.queued_at) for mail in Email.objects.order_by("pk")]
    assert days == [date(2027, 3, 1), date(2027, 4, 8), date(2027, 4, 16)]


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (at(date(2027, 3, 1), 7), 0),
        (at(date(2027, 3, 1), 8), 1),
        (at(date(2027, 3, 1), 18), 0),
        (at(date(2027, 3, 6)), 0),  # a Saturday
        (at(date(2027, 3, 29)), 0),  # Easter Monday
    ],
)
def test_nobody_is_written_to_out_of_office_hours(time_machine, moment, written):
    time_machine.move_to(at(date(2027, 3, 1), 1))
    waiting()
    time_machine.move_to(moment)

    assert signature_letters.ask_due() == written


def test_who_signed_who_came_after_and_whose_access_ended_hear_nothing(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting()
    charters.sign("group", charters.in_force("group").version, by=user)
    time_machine.move_to(at(date(2027, 3, 1)))
    group_user()
    ended = aged(group_user())
    Organisation.objects.filter(pk=ended.organisation.pk).update(state="suspended")

    assert signature_letters.ask_due() == 0


def test_of_an_sme_the_first_who_administers_hears(time_machine):
    time_machine.move_to(at(date(2027, 3, 1), 9))
    user = waiting(sme_user)
    colleague(user, role=Membership.Role.ADMIN)
    time_machine.move_to(at(date(2027, 3, 1)))

    signature_letters.ask_due()

    assert [mail.to for mail in Email.objects.all()] == [[user.email]]


def test_an_sme_that_has_not_accepted_sends_nothing_and_is_led_to_the_conditions_and_back(client):
    CharterFactory(kind="sme", in_force=True)
    user = sme_user()
    application = ApplicationFactory(company=user.organisation, contact=user)
    client.force_login(user)
    page = reverse("matching:application_send", args=[application.pk])

    asked = client.post(page, {"consent": "on"})
    read = client.get(asked.url)
    signed = client.post(reverse("accounts:charter_sign"), {"version": charters.in_force("sme").version, "next": page})
    client.post(page, {"consent": "on"})

    assert asked.url.startswith(reverse("accounts:charter"))
    assert "Accepter les conditions" in read.text
    assert signed.url == page
    application.refresh_from_db()
    assert application.state == "sent"
