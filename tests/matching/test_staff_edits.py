"""What staff write into a published opportunity is kept and told as a change of its group's is."""

import pytest

from accounts.models import Email
from matching import changes, subscriptions
from opportunities.models import Opportunity
from tests.backoffice import answers, page_of
from tests.factories import ApplicationFactory, OpportunityFactory, group_user, sign_in_staff, sme_user

pytestmark = pytest.mark.django_db
MUST = {"kind": "language", "code": "en", "must": "on"}


@pytest.fixture
def opportunity():
    author = group_user()
    return OpportunityFactory(published=True, owner=author.organisation, created_by=author)


def edited(client, opportunity, **typed):
    address = page_of(opportunity)
    form = answers(client.get(address))
    form |= {"places": ",".join(opportunity.places), "sectors": ",".join(opportunity.sectors)} | typed
    response = client.post(address, form)
    assert response.status_code == 302, response.context["errors"]


def told():
    rows = Email.objects.filter(template__in=["application_changed", "follow_news"])
    return sorted(address for row in rows for address in row.to)


def test_a_country_and_a_criterion_are_in_the_history_and_told_field_by_field(client, opportunity):
    moderator = sign_in_staff(client)
    application, follower = ApplicationFactory(sent=True, opportunity=opportunity), sme_user()
    subscriptions.follow(follower, opportunity)
    criterion = {"criteria-TOTAL_FORMS": "1", **{f"criteria-0-{name}": value for name, value in MUST.items()}}

    edited(client, opportunity, places="TN", **criterion)
    changes.announce_due()
    changes.announce_due()

    line = opportunity.history.get()
    assert line.actor == moderator
    assert line.changes == {"places": [["MA"], ["TN"]], "criteria": [[], [["language", "en", True]]]}
    assert told() == sorted([application.contact.email, follower.email])
    text = Email.objects.get(template="application_changed").text
    assert "Tunisie" in text
    assert "anglais (exigé)" in text
    application.refresh_from_db()
    assert application.recheck_by


def test_a_word_that_staff_mend_is_kept_and_told_to_nobody(client, opportunity):
    sign_in_staff(client)
    ApplicationFactory(sent=True, opportunity=opportunity)

    edited(client, opportunity, title="Des vannes pour le désert")
    changes.announce_due()

    assert opportunity.history.get().changes["title"][1] == "Des vannes pour le désert"
    assert told() == []


def test_saving_without_a_change_leaves_no_line(client, opportunity):
    sign_in_staff(client)

    edited(client, opportunity)

    assert not opportunity.history.exists()
    assert Opportunity.objects.get().places == ["MA"]
