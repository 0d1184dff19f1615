"""What staff write into a published opportunity is kept and told as a change of its group's is."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Email
from matching import changes, subscriptions
from matching.models import Application
from opportunities.models import CountryNotice, Opportunity
from pacte.days import date_format
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


def test_the_group_reads_what_staff_changed_in_its_own_language(client, opportunity):
    sign_in_staff(client)

    edited(client, opportunity, places="TN", title="Des vannes pour le désert")

    email = Email.objects.get(template="opportunity_edited")
    assert opportunity.contact_email in email.to
    assert "« Maroc » devient « Tunisie »" in email.text.replace("\xa0", " ")
    assert "Des vannes pour le désert" in email.html


@pytest.mark.parametrize("changes", [{"deputy_name": "Dany"}, {}])
def test_another_contact_and_nothing_at_all_are_not_told_to_the_group_as_an_edit(client, opportunity, changes):
    sign_in_staff(client)

    edited(client, opportunity, **changes)

    assert not Email.objects.filter(template="opportunity_edited").exists()


def test_one_that_is_not_public_yet_is_edited_without_a_mail(client):
    sign_in_staff(client)

    edited(client, OpportunityFactory(submitted=True), title="Des vannes pour le désert")

    assert not Email.objects.filter(template="opportunity_edited").exists()


def test_a_country_that_staff_add_has_its_warning_read_first(client, opportunity):
    CountryNotice.objects.create(country="TN", text_fr="À vérifier.", text_en="Check.", url="https://example.com/")
    sign_in_staff(client)
    form = answers(client.get(page_of(opportunity))) | {"places": "MA,TN", "sectors": ",".join(opportunity.sectors)}

    unread = client.post(page_of(opportunity), form)
    client.post(page_of(opportunity), form | {"notices_read": "on"})

    assert "À vérifier." in str(unread.context["adminform"].form.errors["notices_read"])
    opportunity.refresh_from_db()
    assert opportunity.places == ["MA", "TN"]
    assert opportunity.history.get().changes["notices"] == [[], ["TN"]]


def day(days):
    return timezone.localdate() + timedelta(days=days)


@pytest.fixture
def passed(opportunity):
    """Suspended, and its last day has passed meanwhile."""
    application = ApplicationFactory(sent=True, opportunity=opportunity)
    Opportunity.objects.filter(pk=opportunity.pk).update(state="suspended", apply_by=day(-1), answer_by=day(20))
    Application.objects.filter(pk=application.pk).update(promised_by=day(20))
    return application


def restore(client, opportunity, **typed):
    address = reverse("admin:opportunities_opportunity_transition", args=[opportunity.pk, "restore"])
    return client.post(address, {"reason": "Levé.", **typed})


def test_restoring_after_the_last_day_takes_another_and_tells_everyone(client, opportunity, passed):
    sign_in_staff(client)

    asked = restore(client, opportunity)
    restore(client, opportunity, apply_by=day(30).isoformat(), answer_by=day(45).isoformat())
    changes.announce_due()

    assert set(asked.context["form"].errors) == {"apply_by", "answer_by"}
    opportunity.refresh_from_db()
    assert (opportunity.state, opportunity.apply_by, opportunity.answer_by) == ("published", day(30), day(45))
    assert date_format(day(30), "j F Y") in Email.objects.get(template="opportunity_restored").text
    assert told() == [passed.contact.email]
    passed.refresh_from_db()
    assert passed.promise == day(20)  # what was promised when it was sent stands


@pytest.mark.parametrize(
    ("apply_by", "answer_by", "wrong"), [(-1, 10, "apply_by"), (30, 20, "answer_by"), (30, 121, "answer_by")]
)
def test_days_that_cannot_be_are_refused(client, opportunity, passed, apply_by, answer_by, wrong):
    sign_in_staff(client)

    page = restore(client, opportunity, apply_by=day(apply_by).isoformat(), answer_by=day(answer_by).isoformat())

    opportunity.refresh_from_db()
    assert (list(page.context["form"].errors), opportunity.state) == ([wrong], "suspended")


def test_restoring_before_the_last_day_asks_for_the_reason_alone(client, opportunity):
    Opportunity.objects.filter(pk=opportunity.pk).update(state="suspended", apply_by=day(0), answer_by=day(5))
    sign_in_staff(client)

    restore(client, opportunity, apply_by=day(40).isoformat())

    opportunity.refresh_from_db()
    assert (opportunity.state, opportunity.apply_by) == ("published", day(0))
