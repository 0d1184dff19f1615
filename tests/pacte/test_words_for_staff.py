"""What staff read in their lists and histories is in words: no field's name, no code, no Python."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts import suspension
from matching import merging, organisation_merging
from opportunities import moderation, upkeep
from opportunities.models import Opportunity
from tests.backoffice import page_of
from tests.factories import OpportunityFactory, OrganisationFactory, UserFactory, sign_in_staff

LIST = "admin:opportunities_opportunity_changelist"


def history_on(client, row):
    return [move.changes for move, _before, _after in client.get(page_of(row)).context["moves"]]


@pytest.mark.django_db
def test_of_two_companies_made_one_the_history_names_the_other_without_our_own_word_for_it(client):
    gone, stays = OrganisationFactory(name="DÉMO Fonderie"), OrganisationFactory()
    organisation_merging.merge(gone, stays, by=sign_in_staff(client))

    [changes] = history_on(client, stays)

    assert changes == {"Organisation réunie à celle-ci": ["", f"DÉMO Fonderie ({gone.siren})"]}


@pytest.mark.django_db
def test_of_two_opportunities_made_one_the_history_names_the_other_without_our_own_word_for_it(client):
    group = OrganisationFactory(group=True)
    gone, stays = (
        OpportunityFactory(owner=group, published=True, title="Vannes"),
        OpportunityFactory(owner=group, published=True),
    )
    merging.merge(gone, stays, by=sign_in_staff(client))

    assert {"Opportunité réunie à celle-ci": ["–", "Vannes"]} in history_on(client, stays)


@pytest.mark.django_db
def test_codes_days_and_yes_or_no_are_said_in_words_in_a_company_s_history(client):
    company = OrganisationFactory()
    changes = {
        "wanted_places": [[], ["MA", "SN"]], "proposable": [True, False], "paused_until": [None, "2026-12-01"],
        "headcount": ["", "50-99"], "lift": [None, "2026-12-28"], "Camille Essai": ["", "administrateur"],
    }  # fmt: skip
    company.record(by=None, changes=changes)
    sign_in_staff(client)

    [said] = history_on(client, company)

    assert ["", "Maroc, Sénégal"] in said.values()
    assert ["oui", "non"] in said.values()
    assert said["En pause jusqu'au"] == ["", "1er décembre 2026"]
    assert said["Dépôt permis malgré des réponses en retard"] == ["", "28 décembre 2026"]
    assert said["Camille Essai"] == ["", "administrateur"]
    assert not {*changes} - {"Camille Essai"} & {*said}


@pytest.mark.django_db
def test_an_opportunity_to_restore_says_since_when_it_waits_and_the_oldest_comes_first(client, time_machine):
    began = timezone.now()
    staff = UserFactory(staff=True)
    for title, days in [("Ancienne", 0), ("Récente", 3)]:
        time_machine.move_to(began + timedelta(days=days))
        one = OpportunityFactory(title=title, published=True)
        suspension.suspend(one.owner, by=staff, reason="Signalement")
        suspension.restore(one.owner, by=staff)
        moderation.suspend(one, by=None, reason=upkeep.ENDED)
    time_machine.move_to(began + timedelta(days=4, hours=2))
    sign_in_staff(client)

    page = client.get(reverse(LIST), {"retablir": "oui", "o": "4"})

    rows = page.context["cl"].result_list
    assert [one.title for one in rows] == ["Ancienne", "Récente"]
    assert [one.waits_since.date() for one in rows] == [(began + timedelta(days=d)).date() for d in (0, 3)]
    assert page.text.replace("\xa0", " ").count("4 jours") == 1


@pytest.mark.django_db
def test_one_that_staff_suspended_for_its_own_sake_waits_for_nobody(client):
    one = OpportunityFactory(published=True)
    moderation.suspend(one, by=sign_in_staff(client), reason="Signalement")

    assert upkeep.with_wait(Opportunity.objects.filter(pk=one.pk)).get().waits_since is None


@pytest.mark.django_db
def test_what_was_withdrawn_says_that_it_does_not_come_back_and_how_its_group_takes_it_up(client):
    gone, merged, stays = OpportunityFactory(published=True), OpportunityFactory(published=True), OpportunityFactory()
    staff = sign_in_staff(client)
    for one in (gone, merged):
        moderation.withdraw(one, by=staff, reason="Erreur")
    Opportunity.objects.filter(pk=merged.pk).update(merged_into=stays)

    pages = [client.get(page_of(one)).text for one in (gone, merged)]

    assert ["« Dupliquer »" in page.replace("\xa0", " ") for page in pages] == [True, False]
    assert [f'Réunie avec <a href="{page_of(stays)}">{stays.title}</a>' in page for page in pages] == [False, True]
