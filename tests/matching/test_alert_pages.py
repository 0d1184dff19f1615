"""The pages of alerts: searches, rhythm, recipients, the bell; and links that change nothing until one says so."""

from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from matching import alerts, subscriptions
from matching.models import AlertSettings, Notification, Recipient, SavedSearch, Usefulness
from tests.factories import OpportunityFactory, UserFactory, colleague, group_user, sme_user

SAVE = reverse("matching:search_save")


@pytest.fixture
def person(client):
    person = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    client.force_login(person)
    return person


def text_of(response):
    return unescape(response.content.decode()).replace("\xa0", " ")


def notified(person, number=1):
    for _ in range(number):
        opportunity = OpportunityFactory(published=True)
        Notification.objects.create(user=person, opportunity=opportunity, kind="proposal", mail="alert:1:1")
    person.unread = number
    person.save()


def test_any_search_may_be_saved_from_its_results(client, person):
    results = text_of(client.get("/opportunites/", {"q": "vannes", "pays": "MA"}))
    assert f'href="{SAVE}?q=vannes&pays=MA"' in results

    form = text_of(client.get(SAVE, {"q": "vannes", "pays": "MA"}))
    assert 'value="vannes, Maroc"' in form
    client.post(f"{SAVE}?q=vannes&pays=MA", {"name": "Vannes", "frequency": "daily", "floor": "any"})

    search = SavedSearch.objects.get()
    assert (search.user, search.query, search.name) == (person, "q=vannes&pays=MA", "Vannes")
    assert search.next_at > timezone.now()


def test_the_same_search_is_saved_once(client, person):
    for _ in range(2):
        client.post(f"{SAVE}?q=vannes", {"name": "Vannes", "frequency": "daily", "floor": "any"})

    assert SavedSearch.objects.count() == 1
    assert "déjà enregistrée" in text_of(client.get(SAVE, {"q": "vannes"}, follow=True))


def test_a_form_that_is_wrong_keeps_what_was_typed(client, person):
    page = text_of(client.post(f"{SAVE}?q=vannes", {"name": "", "frequency": "hourly", "floor": "good"}))

    assert page.count("obligatoire") >= 1
    assert not SavedSearch.objects.exists()


def test_twenty_at_most(client, person):
    later = timezone.now()
    SavedSearch.objects.bulk_create(
        SavedSearch(user=person, name=str(n), query=f"q={n}", next_at=later) for n in range(SavedSearch.MOST)
    )

    page = text_of(client.post(f"{SAVE}?q=vannes", {"name": "Vannes", "frequency": "daily", "floor": "any"}))

    assert "vingt alertes" in page
    assert SavedSearch.objects.count() == SavedSearch.MOST


def test_a_pause_and_an_end(client, person):
    client.post(f"{SAVE}?q=vannes", {"name": "Vannes", "frequency": "daily", "floor": "any"})
    search = SavedSearch.objects.get()

    client.post(reverse("matching:search_edit", args=[search.pk]), {"name": "V", "frequency": "none", "floor": "any"})
    search.refresh_from_db()
    assert (search.name, search.next_at) == ("V", None)
    assert "En pause" in text_of(client.get(reverse("matching:alerts")))

    client.post(reverse("matching:search_delete", args=[search.pk]))
    assert not SavedSearch.objects.exists()


def test_a_visitor_is_asked_to_sign_in_and_comes_back(client):
    response = client.get(f"{SAVE}?q=vannes")

    assert response["Location"] == f"/compte/login/?next={SAVE}%3Fq%3Dvannes"


def test_the_rhythm_is_one_s_own(client, person):
    client.post(reverse("matching:alerts"), {"frequency": "none", "floor": "strong", "reminders": "on"})

    settings = AlertSettings.objects.get(user=person)
    assert (settings.frequency, settings.floor, settings.reminders, settings.next_at) == ("none", "strong", True, None)


def test_the_company_chooses_who_receives(client, person):
    other = colleague(person)
    stranger = sme_user()
    url = reverse("matching:recipients")
    assert "Choisissez au moins une personne" in text_of(client.post(url, {}))
    assert "valide" in text_of(client.post(url, {"people": [stranger.pk]}))

    client.post(url, {"people": [other.pk]})

    assert list(Recipient.objects.values_list("user", flat=True)) == [other.pk]
    assert alerts.recipients([person.organisation.pk]) == {person.organisation.pk: {other.pk}}


@pytest.mark.parametrize("number", [1, 3])
def test_the_centre_lists_what_one_was_told_in_a_fixed_number_of_queries(
    client, person, number, django_assert_num_queries
):
    notified(person, number)
    notified(sme_user())

    with django_assert_num_queries(4):  # user, membership, count, rows
        page = client.get(reverse("matching:notifications"))

    assert text_of(page).count("Nouvelle opportunité") == number
    assert f'<span class="bell__count">{number}<' in text_of(page)


def test_what_was_taken_down_since_leads_nowhere(client, person):
    notified(person, 2)
    gone, over = [row.opportunity for row in Notification.objects.order_by("pk")]
    gone.suspend(by=None, reason="x")
    over.close(by=None)

    page = text_of(client.get(reverse("matching:notifications")))

    assert gone.title in page
    opens = {
        one.opportunity: reverse("matching:notification_open", args=[one.pk]) for one in person.notifications.all()
    }
    assert opens[gone] not in page
    assert opens[over] in page
    assert client.post(opens[gone]).url == reverse("matching:notifications")
    assert client.post(opens[over]).url == over.get_absolute_url()


def test_one_that_is_opened_from_the_centre_is_read_and_no_other(client, person):
    notified(person, 2)
    opened, other = Notification.objects.order_by("pk")
    url = reverse("matching:notification_open", args=[opened.pk])

    answers = [client.post(url).url for _ in range(2)]

    person.refresh_from_db()
    assert answers == [opened.opportunity.get_absolute_url()] * 2
    assert list(Notification.objects.unread()) == [other]
    assert person.unread == 1
    page = text_of(client.get(reverse("matching:notifications")))
    assert url not in page
    assert f'href="{opened.opportunity.get_absolute_url()}"' in page


def test_somebody_else_s_notification_does_not_exist(client, person):
    stranger = sme_user()
    notified(stranger)

    answer = client.post(reverse("matching:notification_open", args=[stranger.notifications.get().pk]))

    assert answer.status_code == 404
    assert Notification.objects.unread().count() == 1


def test_reading_marks_nothing_until_one_says_so(client, person):
    notified(person, 2)
    client.get(reverse("matching:notifications"))
    assert Notification.objects.unread().count() == 2

    for _ in range(2):
        client.post(reverse("matching:notifications_read"))

    person.refresh_from_db()
    assert (person.unread, Notification.objects.unread().count()) == (0, 0)
    assert "bell__count" not in text_of(client.get("/"))


def test_was_it_useful_is_said_once_and_may_be_changed_signed_out(client):
    person = sme_user(profile__sectors=["eau"], profile__wanted_places=["MA"])
    notified(person)
    url = subscriptions.useful_url(person, "alert:1:1").removeprefix("http://localhost:8000")

    assert "Choisissez oui ou non" in text_of(client.post(url, {}))
    client.post(url, {"useful": "oui"})
    client.post(url, {"useful": "non", "text": "Trop loin."})

    said = Usefulness.objects.get()
    assert (said.user, said.useful, said.text) == (person, False, "Trop loin.")


def test_a_mail_that_was_never_sent_cannot_be_judged(client):
    url = subscriptions.useful_url(UserFactory(), "alert:9:9").removeprefix("http://localhost:8000")

    assert client.get(url).status_code == 404


def test_everything_may_be_received_once_a_day_at_most(client, person):
    page = text_of(client.get("/opportunites/"))
    form = text_of(client.get(SAVE))
    assert "Recevoir tout ce qui paraît" not in page  # nothing is open
    assert 'value="immediate"' not in form
    assert 'value="any" ' in form

    refused = client.post(SAVE, {"name": "Tout", "frequency": "immediate", "floor": "any"})
    client.post(SAVE, {"name": "Tout", "frequency": "daily", "floor": "any"})

    assert refused.status_code == 200
    search = SavedSearch.objects.get()
    assert (search.query, search.frequency, search.floor) == ("", "daily", "any")
    OpportunityFactory(published=True)
    assert f'href="{SAVE}"' in text_of(client.get("/opportunites/"))


def test_what_silences_proposals_is_said_beside_their_rhythm(client):
    person = sme_user(profile__sectors=["eau"])
    client.force_login(person)
    address = reverse("accounts:profile_section", args=["export"])

    before = text_of(client.get(reverse("matching:alerts")))
    person.organisation.sme_profile.experiences.create(place="MA", level="regular")
    after = text_of(client.get(reverse("matching:alerts")))

    assert "Aucune proposition tant que" in before
    assert f'href="{address}#lignes"' in before
    assert "Aucune proposition tant que" not in after


def test_the_mails_that_always_leave_are_named_to_each_side(client, person):
    sme = text_of(client.get(reverse("matching:alerts"))).partition('id="toujours"')[2]
    client.force_login(group_user())
    group = text_of(client.get(reverse("matching:alerts"))).partition('id="toujours"')[2]

    assert "groupements où l'on vous invite" in sme
    assert "attend votre réponse" in group
    assert "attend votre réponse" not in sme
