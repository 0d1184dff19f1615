"""A moderator takes a case, so that two do not read the same; and what must be read before publishing."""

import threading
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.urls import reverse

from accounts.models import Email
from accounts.taxonomy import places
from opportunities import claims, moderation
from opportunities.models import Amendment, CountryNotice, Opportunity
from pacte.states import StateError
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user, sign_in_staff

State = Opportunity.State


@pytest.fixture
def submitted(db):
    return OpportunityFactory(submitted=True, places=["MA"])


@pytest.fixture
def moderators(db):
    return UserFactory(is_staff=True, first_name="Ana"), UserFactory(is_staff=True, first_name="Bo")


def test_whoever_takes_it_holds_it_for_four_hours(submitted, moderators, time_machine):
    ana, bo = moderators
    time_machine.move_to("2026-11-23T10:00:00+01:00", tick=False)
    claims.claim(submitted, by=ana)

    time_machine.move_to("2026-11-23T13:59:59+01:00", tick=False)
    with pytest.raises(StateError, match="Ana"):
        claims.claim(submitted, by=bo)
    time_machine.move_to("2026-11-23T14:00:00+01:00", tick=False)
    claims.claim(submitted, by=bo)

    assert claims.holder(submitted) == bo


def test_it_may_be_given_back_by_its_holder_alone(submitted, moderators):
    ana, bo = moderators
    claims.claim(submitted, by=ana)

    with pytest.raises(StateError):
        claims.release(submitted, by=bo)
    claims.release(submitted, by=ana)

    assert claims.holder(Opportunity.objects.get()) is None


def test_nobody_holds_what_waits_no_more(submitted, moderators):
    claims.claim(submitted, by=moderators[0])
    moderation.reject(submitted, by=moderators[1], reason="too_vague")

    assert claims.holder(submitted) is None
    with pytest.raises(StateError):
        claims.claim(submitted, by=moderators[0])


def test_only_staff_take_cases(submitted):
    with pytest.raises(PermissionDenied):
        claims.claim(submitted, by=group_user())


def test_a_claim_changes_nothing_that_others_read(submitted, moderators):
    before = submitted.revision
    claims.claim(submitted, by=moderators[0])

    submitted.refresh_from_db()
    assert submitted.revision == before
    assert not submitted.history.filter(actor=moderators[0]).exists()


@pytest.mark.django_db(transaction=True)
def test_two_who_take_it_at_once_one_does_and_the_other_is_told():
    submitted = OpportunityFactory(submitted=True)
    people = [UserFactory(is_staff=True), UserFactory(is_staff=True)]
    said, gate = [], threading.Barrier(2)

    def take(person):
        try:
            gate.wait()
            claims.claim(Opportunity.objects.get(pk=submitted.pk), by=person)
        except StateError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=take, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    holder = claims.holder(Opportunity.objects.get())
    assert holder in people
    assert len(said) == 1
    assert str(holder) in said[0]


@pytest.mark.django_db(transaction=True)
def test_published_and_refused_at_once_one_happens_and_the_other_is_told():
    submitted = OpportunityFactory(submitted=True, places=["MA"])
    people = [UserFactory(is_staff=True), UserFactory(is_staff=True)]
    acts = [
        lambda one: moderation.publish(one, by=people[0], reason="Urgent.", checked=True),
        lambda one: moderation.reject(one, by=people[1], reason="too_vague"),
    ]
    said, gate = [], threading.Barrier(2)

    def do(act):
        try:
            gate.wait()
            act(Opportunity.objects.get(pk=submitted.pk))
        except StateError as error:
            said.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    submitted.refresh_from_db()
    assert submitted.state in {State.PUBLISHED, State.REJECTED}
    assert len(said) == 1
    assert submitted.history.filter(after__in=[State.PUBLISHED, State.REJECTED], before=State.SUBMITTED).count() == 1
    [mail] = Email.objects.all()
    assert mail.template == f"opportunity_{submitted.state}"


class TestCountryNotices:
    @pytest.fixture(autouse=True)
    def notice(self, db):
        CountryNotice.objects.all().delete()
        return CountryNotice.objects.create(
            country="MA", text_fr="À vérifier.", text_en="To be checked.", url="https://demo.example/"
        )

    def test_a_country_with_a_notice_is_published_once_it_was_read_and_the_history_says_so(
        self, submitted, moderators
    ):
        with pytest.raises(StateError, match="avertissement"):
            moderation.publish(submitted, by=moderators[0], reason="Urgent.", checked=True)
        moderation.publish(submitted, by=moderators[0], reason="Urgent.", notices_read=True, checked=True)

        assert submitted.state == State.PUBLISHED
        assert submitted.history.last().changes == {"notices": [[], ["MA"]]}

    def test_another_country_takes_no_tick(self, moderators):
        other = OpportunityFactory(submitted=True, places=["TN"])

        moderation.publish(other, by=moderators[0], reason="Urgent.", checked=True)

        assert other.state == State.PUBLISHED

    def test_a_zone_holds_the_notices_of_its_countries(self):
        zone = places.PLACES["MA"].parent

        assert CountryNotice.objects.of_places([zone]).exists()

    def test_the_moderator_reads_it_and_ticks_on_the_pages(self, client, submitted):
        sign_in_staff(client)
        name = "admin:opportunities_opportunity"
        publish = reverse(f"{name}_transition", args=[submitted.pk, "publish"])

        page = client.get(reverse(f"{name}_change", args=[submitted.pk])).content.decode()
        unread = client.post(publish, {"reason": "Urgent.", "checked": "on"})
        client.post(publish, {"reason": "Urgent.", "checked": "on", "notices": "on"})

        assert "À vérifier." in page
        assert list(unread.context["form"].errors) == ["notices"]
        submitted.refresh_from_db()
        assert submitted.state == State.PUBLISHED

    @pytest.mark.parametrize(
        ("before", "after", "asked"), [(["TN"], ["TN", "MA"], True), (["MA"], ["MA", "TN"], False)]
    )
    def test_a_change_that_adds_such_a_country_takes_the_tick_too(self, client, before, after, asked):
        opportunity = OpportunityFactory(published=True, places=before)
        changes = {"places": [before, after]}
        amendment = Amendment.objects.create(opportunity=opportunity, changes=changes)
        sign_in_staff(client)
        accept = reverse("admin:opportunities_amendment_transition", args=[amendment.pk, "accept"])

        page = client.get(accept)
        unread = client.post(accept, {})
        amendment.refresh_from_db()
        assert ("À vérifier." in page.text) is asked
        assert (amendment.state == "pending") is asked
        if asked:
            assert list(unread.context["form"].errors) == ["notices"]
            client.post(accept, {"notices": "on"})

        opportunity.refresh_from_db()
        assert opportunity.places == after

    def test_the_group_and_the_sme_are_warned(self, client):
        author = group_user()
        draft = OpportunityFactory(owner=author.organisation, created_by=author, places=["MA"])
        client.force_login(author)

        read = [client.get(reverse("opportunities:preview", args=[draft.pk])).text]
        application = ApplicationFactory(opportunity=OpportunityFactory(published=True, places=["MA"]))
        client.force_login(application.contact)
        read.append(client.get(reverse("matching:application_send", args=[application.pk])).text)

        assert [("Avant de faire affaire" in page, "À vérifier." in page) for page in read] == [(True, True)] * 2


@pytest.fixture
def amendment(db):
    return Amendment.objects.create(opportunity=OpportunityFactory(published=True), changes={"places": [["MA"], []]})


@pytest.mark.parametrize("what", ["submitted", "amendment"])
def test_a_case_is_given_to_a_colleague_who_alone_gives_it_back(request, moderators, what):
    case, (ana, bo) = request.getfixturevalue(what), moderators
    claims.assign(case, by=ana, to=bo)

    assert claims.holder(type(case).objects.get(pk=case.pk)) == bo
    with pytest.raises(StateError, match="Bo"):
        claims.claim(case, by=ana)
    with pytest.raises(StateError):
        claims.release(case, by=ana)
    claims.release(case, by=bo)
    assert claims.holder(type(case).objects.get(pk=case.pk)) is None


def test_what_a_colleague_holds_is_not_given_away_and_nothing_is_given_to_a_stranger(submitted, moderators):
    ana, bo = moderators
    claims.claim(submitted, by=ana)

    with pytest.raises(StateError, match="Ana"):
        claims.assign(submitted, by=bo, to=bo)
    for stranger in (group_user(), UserFactory(is_staff=True, is_active=False)):
        with pytest.raises(PermissionDenied):
            claims.assign(submitted, by=ana, to=stranger)
    assert claims.holder(Opportunity.objects.get()) == ana


def test_nobody_holds_an_amendment_that_was_refused(amendment, moderators):
    claims.claim(amendment, by=moderators[0])
    amendment.move(Amendment.State.REFUSED, by=moderators[0], reason="Non.")

    assert claims.holder(amendment) is None
    with pytest.raises(StateError):
        claims.claim(amendment, by=moderators[0])


@pytest.mark.parametrize("what", ["submitted", "amendment"])
def test_it_is_assigned_on_its_page_and_found_again_under_ones_own(client, request, what):
    case, staff = request.getfixturevalue(what), sign_in_staff(client)
    name = f"admin:{case._meta.app_label}_{case._meta.model_name}"
    other = UserFactory(is_staff=True, first_name="Bo")
    url = reverse(f"{name}_transition", args=[case.pk, "assign"])
    assert url in client.get(reverse(f"{name}_change", args=[case.pk])).text

    refused = client.post(url, {"to": group_user().pk})
    client.post(url, {"to": other.pk})

    assert refused.context["form"].errors
    held = client.get(reverse(f"{name}_change", args=[case.pk]))
    assert "Bo" in held.context["held_by"]
    assert "moins d'une minute" in held.context["held_by"].replace("\xa0", " ")
    assert not {"claim", "assign", "release"} & {one.name for one in held.context["transitions"]}
    mine = f"{reverse(f'{name}_changelist')}?prise=moi"
    assert list(client.get(mine).context["cl"].result_list) == []
    claims.release(case, by=other)
    claims.assign(case, by=other, to=staff)
    assert list(client.get(mine).context["cl"].result_list) == [case]
    own = client.get(reverse(f"{name}_change", args=[case.pk]))
    assert {"assign", "release"} <= {one.name for one in own.context["transitions"]}


def test_a_case_that_a_colleague_holds_says_from_when_another_may_take_it(submitted, moderators, time_machine):
    time_machine.move_to(datetime(2026, 11, 30, 9, 30, tzinfo=ZoneInfo("Europe/Paris")), tick=False)
    ana, bo = moderators
    claims.claim(submitted, by=ana)

    assert "jusqu'à 13:30" in claims.notice(submitted, ana)
    assert "vous pourrez la prendre à 13:30" in claims.notice(submitted, bo)
    time_machine.move_to(datetime(2026, 11, 30, 13, 30, tzinfo=ZoneInfo("Europe/Paris")), tick=False)
    assert claims.notice(submitted, bo) == ""
