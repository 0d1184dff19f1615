"""A year of alerts, judged by the outbox alone. ALERT_YEAR=2000x5000 makes it as large as one likes."""

import os
import re
from collections import Counter, defaultdict
from datetime import time

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Email
from matching.models import AlertSettings, Floor, Match, Notification, SavedSearch
from opportunities.models import Opportunity
from pacte.workdays import is_worked
from tests.matching import year as years

SMES, OPPORTUNITIES = map(int, os.environ.get("ALERT_YEAR", "40x160").split("x"))
NUMBER = re.compile(r"/opportunites/(\d+)/")


@pytest.fixture
def year(time_machine, monkeypatch, settings):
    monkeypatch.setattr("accounts.mail.deliver.delay", lambda _pk: None)  # the outbox is what is judged
    time_machine.move_to(years.BEGIN, tick=False)
    lived = years.begin(SMES, OPPORTUNITIES)
    years.live(lived, time_machine)
    return lived


def told(email):
    """The opportunities that a mail names."""
    return [int(number) for number in dict.fromkeys(NUMBER.findall(email.text))]


def test_a_year(year):
    mails = list(Email.objects.order_by("pk"))
    proposals = [mail for mail in mails if mail.template == "proposals"]
    owner = {person.email: person for person in year.people}
    company = dict(zip([person.pk for person in year.people], year.companies, strict=True))
    published = dict(Opportunity.objects.exclude(published_at=None).values_list("pk", "published_at"))
    assert len(proposals) >= SMES

    # within hours, each with something, five items at most
    local = [timezone.localtime(mail.queued_at) for mail in mails]
    assert [at for at in local if not (is_worked(at.date()) and time(8) <= at.time() < time(18))] == []
    assert {len(told(mail)) for mail in proposals} <= {1, 2, 3, 4, 5}
    assert {len(told(mail)) for mail in mails} >= {1, 5}

    # never the same item twice to the same person, by any path
    items = Counter((mail.to[0], item) for mail in proposals for item in told(mail))
    assert [pair for pair, times in items.items() if times > 1] == []
    reminded = Counter((mail.to[0], item) for mail in mails if mail.template == "closing_soon" for item in told(mail))
    assert max(reminded.values()) <= 2

    # only what was published, after it was, and said in the centre too
    for mail in mails:
        assert all(item in published and published[item] <= mail.queued_at for item in told(mail))
    rows = {(row.user_id, row.opportunity_id) for row in Notification.objects.filter(kind="proposal")}
    assert rows == {(owner[address].pk, item) for address, item in items}

    # nothing after a refusal
    assert [mail for mail in mails if (at := year.refused.get(owner[mail.to[0]].pk)) and mail.queued_at >= at] == []
    assert {mail.state for mail in mails if owner[mail.to[0]].pk in year.refused} <= {"cancelled"}

    floors_hold(items, owner, company)
    nobody_was_forgotten(items, owner, company, year)


def floors_hold(items, owner, company):
    """What was told reaches the floor of the proposals, or of one of the person's searches."""
    floors = defaultdict(set)
    for user, floor in [
        *AlertSettings.objects.values_list("user", "floor"),
        *SavedSearch.objects.values_list("user", "floor"),
    ]:
        floors[user].add(floor)
    rows = Match.objects.values_list("company", "opportunity", "band")
    bands = {(company_id, opportunity): band for company_id, opportunity, band in rows}
    for address, item in items:
        user = owner[address].pk
        band = bands.get((company[user].pk, item))
        assert "any" in floors[user] or any(band in Floor(floor).bands for floor in floors[user])


def nobody_was_forgotten(items, owner, company, year):
    """Who hears at once or daily was told of all that was strong, but what came as the year ended."""
    address = {person.pk: email for email, person in owner.items()}
    quick = AlertSettings.objects.filter(frequency__in=["immediate", "daily"]).values_list("user", flat=True)
    late = years.BEGIN.replace(month=12, day=20)
    for user in quick:
        strong = Match.objects.filter(company=company[user], band="strong", eligible=True)
        wanted = set(strong.filter(opportunity__published_at__lt=late).values_list("opportunity", flat=True))
        assert wanted <= {item for to, item in items if to == address[user]}


def test_a_year_s_questions_do_not_grow_with_people(time_machine, monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver.delay", lambda _pk: None)
    time_machine.move_to(years.BEGIN, tick=False)
    counts = {}
    for smes in (20, 60):
        for model in (Email, Notification, AlertSettings, SavedSearch):
            model.objects.all().delete()
        Opportunity.objects.all().delete()
        years.User.objects.all().delete()
        years.Organisation.objects.filter(kind="sme").delete()
        lived = years.begin(smes, 0)
        SavedSearch.objects.all().delete()
        with connection.execute_wrapper(count := Questions()):
            years.live(lived, time_machine, days=10)
        counts[smes] = count.asked

    assert counts[20] == counts[60]


class Questions:
    """Counts queries."""

    asked = 0

    def __call__(self, execute, *args):
        self.asked += 1
        return execute(*args)
