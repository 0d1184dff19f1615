"""Whoever saves a search reads what will come of it: no mail is promised that a pause or a rhythm holds back."""

from datetime import datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, SmeProfile
from matching import alerts
from matching.models import AlertSettings, Recipient, SavedSearch
from tests.factories import OpportunityFactory, colleague, sme_user
from tests.matching.test_alert_pages import SAVE, text_of

COMING = "nous vous écrirons quand il y aura du nouveau"


@pytest.fixture
def person(client):
    person = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    client.force_login(person)
    return person


def saved(client, frequency="daily", floor="any"):
    answer = client.post(f"{SAVE}?q=vannes", {"name": "V", "frequency": frequency, "floor": floor}, follow=True)
    return text_of(answer).partition("<main")[2]


@pytest.mark.parametrize(("days", "resumes"), [(-1, None), (0, "14 juin 2026"), (17, "1er juillet 2026")])
def test_who_saves_a_search_during_a_pause_reads_from_when_it_writes_and_where_to_end_the_pause(
    client, person, time_machine, days, resumes
):
    time_machine.move_to(datetime(2026, 6, 13, 23, tzinfo=timezone.get_default_timezone()))
    SmeProfile.objects.update(paused_until=timezone.localdate() + timedelta(days=days))
    form = text_of(client.get(f"{SAVE}?q=vannes"))

    page = saved(client)

    assert (COMING in page) == (resumes is None)
    assert (f"vos alertes reprennent à partir du {resumes}." in page) == (resumes is not None)
    end = f'<a href="{reverse("accounts:visibility")}#id_paused_until">Mettre fin à la pause</a>'
    assert [end in page, end in form] == [resumes is not None] * 2
    assert alerts.may_be_told(person.organisation) == (resumes is None)


def test_who_may_only_read_is_told_that_a_colleague_ends_the_pause(client, person):
    SmeProfile.objects.update(paused_until=timezone.localdate())
    client.force_login(colleague(person, role=Membership.Role.READER))

    page = text_of(client.get(reverse("matching:alerts")))

    assert "un collègue qui modifie le profil peut y mettre fin" in page
    assert "Mettre fin à la pause" not in page


def test_a_search_that_never_writes_promises_nothing_until_it_has_a_rhythm(client, person):
    page = saved(client, frequency="none")
    assert COMING not in page
    assert "en pause : elle vous écrira quand vous lui aurez donné un rythme" in page

    edit = reverse("matching:search_edit", args=[SavedSearch.objects.get().pk])
    assert COMING in text_of(client.post(edit, {"name": "V", "frequency": "daily", "floor": "any"}, follow=True))


@pytest.mark.parametrize(
    ("says", "fits"),
    [
        ({"profile__sectors": ["eau"]}, False),
        ({"profile__wanted_places": ["MA"]}, False),
        ({"profile__wanted_places": ["MA"], "naf": "28.14Z"}, True),  # as the register has it
    ],
)
def test_a_search_by_fit_of_a_profile_that_allows_none_is_not_offered_and_promises_nothing(client, says, fits):
    client.force_login(sme_user(**says))

    offered = client.get(f"{SAVE}?q=vannes").context["form"]["floor"].value()
    page = saved(client, floor="good")

    assert offered == ("good" if fits else "any")
    assert ("attend que votre profil dise votre métier et un pays" in page) == (not fits)
    assert (COMING in page) == fits


def test_a_search_without_a_fit_writes_whatever_the_profile_says(client):
    client.force_login(sme_user())

    assert COMING in saved(client, floor="any")


def test_who_wants_no_proposals_or_is_not_chosen_still_hears_of_what_they_search(client, person):
    client.post(reverse("matching:alerts"), {"frequency": "none", "floor": "good"})
    page = saved(client)
    assert COMING in page
    assert "votre rythme est « jamais » : rien ne part vers vous" in page

    Recipient.objects.create(organisation=person.organisation, user=colleague(person))
    page = text_of(client.get(reverse("matching:alerts")))
    assert "Une autre personne de votre entreprise les reçoit" in page
    assert "Vos recherches enregistrées, elles, vous écrivent" in page

    AlertSettings.objects.update(since=timezone.now() - timedelta(days=9))
    SavedSearch.objects.update(since=timezone.now() - timedelta(days=9), next_at=timezone.now())
    OpportunityFactory(published=True, title="Vannes")
    assert alerts.tell([person.pk], timezone.now()) == 1
