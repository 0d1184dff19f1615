from datetime import timedelta
from html import unescape

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from opportunities.models import Amendment
from pacte.backoffice import queues
from tests.backoffice import page_of
from tests.factories import (
    EmailFactory,
    OpportunityFactory,
    OrganisationFactory,
    UserFactory,
    group_user,
    sign_in_staff,
    sme_user,
)


def queue(response, label):
    return next(queue for queue in response.context["queues"] if str(queue["label"]) == label)


def test_home_counts_what_waits_and_since_when(client):
    two_days_ago = timezone.now() - timedelta(days=2)
    OpportunityFactory(submitted=True, submitted_at=two_days_ago)
    OpportunityFactory(submitted=True)
    Amendment.objects.create(opportunity=OpportunityFactory(published=True), changes={})
    OrganisationFactory(group=True, waiting=True)
    OrganisationFactory(waiting=True)
    EmailFactory(state=Email.State.FAILED)
    EmailFactory()
    sign_in_staff(client)

    response = client.get(reverse("admin:index"))

    counts = {str(q["label"]): q["count"] for q in response.context["queues"]}
    assert counts == {
        "Opportunités à valider": 2,
        "Opportunités à rétablir": 0,
        "Modifications à relire": 1,
        "Fichiers ajoutés à regarder": 0,
        "Réponses en retard": 0,
        "Opportunités sans candidature": 0,
        "Relances demandées": 0,
        "Mises en relation sans nouvelles": 0,
        "Résultats contraires": 0,
        "Portages sans nouvelles": 0,
        "Résultats contraires de portages": 0,
        "Demandes de portage à examiner": 0,
        "Réponses à un portage en retard": 0,
        "Accès de groupes à approuver": 1,
        "Groupes qui n'ont pas signé la charte": 0,
        "Rattachements à arbitrer": 0,
        "Organisations sans personne": 0,
        "Adresses à reconnaître": 0,
        "Doublons probables": 0,
        "Ce que dit le registre": 0,
        "Liens morts": 0,
        "Entreprises à vérifier": 1,
        "Mises en relation en échec": 0,
        "Mises en relation de portages en échec": 0,
        "E-mails en échec": 1,
    }
    assert queue(response, "Opportunités à valider")["oldest"] == two_days_ago


def test_queues_where_something_waits_come_first_in_their_order(client):
    OrganisationFactory(group=True, waiting=True)
    EmailFactory(state=Email.State.FAILED)
    sign_in_staff(client)

    response = client.get(reverse("admin:index"))

    first = [str(one["label"]) for one in response.context["queues"][:3]]
    assert first == ["Accès de groupes à approuver", "E-mails en échec", "Opportunités à valider"]


def test_each_queue_shows_first_what_has_waited_longest(client):
    sign_in_staff(client)
    sorted_by = {}

    for one in queues():
        if "o=" not in one.query:
            continue
        changes = client.get(one.summary()["url"]).context["cl"]
        [(place, way)] = changes.get_ordering_field_columns().items()
        assert way == "asc"
        sorted_by[str(one.label)] = (changes.list_display[place], one.since)

    by_their_own = {  # columns that tell of the same
        "Opportunités à valider": ("waiting", "submitted_at"),
        "Opportunités à rétablir": ("waiting", "suspended_at"),
        "Réponses en retard": ("promised", "reminders__at"),
        "Réponses à un portage en retard": ("answer_by", "asked_at"),
    }
    assert {label: sorted_by[label] for label in by_their_own} == by_their_own
    assert all(column == since for label, (column, since) in sorted_by.items() if label not in by_their_own)


@pytest.mark.parametrize("rows", [1, 3])
def test_home_takes_a_fixed_number_of_queries(client, rows, django_assert_num_queries):
    OpportunityFactory.create_batch(rows, submitted=True)
    OrganisationFactory.create_batch(rows, waiting=True)
    sign_in_staff(client)
    client.get(reverse("admin:index"))

    with django_assert_num_queries(HOME_QUERIES):
        client.get(reverse("admin:index"))


HOME_QUERIES = 30  # session, person, second factor, permissions, queues


def test_each_queue_leads_to_the_rows_it_counts(client):
    waiting = OrganisationFactory(group=True, waiting=True)
    OrganisationFactory(group=True)
    OrganisationFactory(waiting=True)
    sign_in_staff(client)
    home = client.get(reverse("admin:index"))

    page = client.get(queue(home, "Accès de groupes à approuver")["url"])

    assert list(page.context["cl"].result_list) == [waiting]


@pytest.mark.parametrize("somebody", [sme_user, group_user])
def test_people_who_are_not_staff_are_refused(client, somebody):
    client.force_login(somebody())

    assert client.get(reverse("admin:index"), follow=True).status_code == 403


def test_nobody_is_led_to_the_one_sign_in_page(client):
    response = client.get(reverse("admin:accounts_user_changelist"), follow=True)

    assert response.redirect_chain[-1][0].startswith(reverse("account_login"))


def test_staff_without_a_second_factor_are_led_to_set_one_up(client):
    client.force_login(UserFactory(staff=True))

    response = client.get(reverse("admin:index"), follow=True)

    assert any(reverse("mfa_activate_totp") in url for url, _ in response.redirect_chain)


def test_a_page_that_is_only_read_has_no_button_that_would_save_it(client):
    sign_in_staff(client)

    page = client.get(page_of(EmailFactory(state=Email.State.FAILED))).text

    assert "Relancer l'envoi" in unescape(page)
    assert 'name="_save"' not in page
    assert 'name="_continue"' not in page
    assert 'name="_save"' in client.get(page_of(OrganisationFactory())).text


def test_before_a_mail_leaves_by_their_hand_staff_read_to_whom_it_goes(client):
    sign_in_staff(client)
    failed = EmailFactory(state=Email.State.FAILED)

    again = client.get(reverse("admin:accounts_email_transition", args=[failed.pk, "retry"])).text
    proposing = client.get(reverse("admin:matching_proposal_add")).text

    assert "aux mêmes adresses" in unescape(again)
    assert "Dès que vous enregistrez, l'entreprise reçoit un e-mail avec cette raison." in unescape(proposing)


def test_the_queue_of_the_register_says_what_it_says_of_each(client):
    OrganisationFactory(registry_alert="closed")
    sign_in_staff(client)

    page = client.get(reverse("admin:accounts_organisation_changelist") + "?registry_alert__isempty=0").text

    assert "a cessé son activité" in page


def test_home_says_of_what_is_only_read_that_it_is_seen_and_names_everything_in_words(client):
    sign_in_staff(client)

    apps = client.get(reverse("admin:index")).context["app_list"]

    seen = {model["object_name"]: model["view_only"] for app in apps for model in app["models"]}
    assert (seen["Email"], seen["Introduction"], seen["Organisation"]) == (True, True, False)
    named = {str(app["name"]): [str(model["name"]) for model in app["models"]] for app in apps}
    assert named["Double authentification"] == ["Seconds facteurs"]
