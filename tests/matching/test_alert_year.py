"""A year of alerts, judged by the outbox alone. ALERT_YEAR=2000x5000 makes it as large as one likes."""

import os
import re
from collections import Counter, defaultdict
from datetime import time

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Email
from matching.models import AlertSettings, Floor, Match, Notification, SavedSearch
from opportunities.models import Opportunity
from pacte.workdays import is_worked
from tests.matching import year as years

SMES, OPPORTUNITIES = map(int, os.environ.get("ALERT_YEAR", "40x160").split("x"))
BY_SOMEONE = {"opportunity_proposed", "opportunity_pointed_out", "opportunity_reposted"}
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
    proposals = [mail for mail in mails if mail.template != "closing_soon"]  # by whatever path
    alerts = [mail for mail in proposals if mail.template == "proposals"]
    owner = {person.email: person for person in year.people}
    company = dict(zip([person.pk for person in year.people], year.companies, strict=True))
    published = dict(Opportunity.objects.exclude(published_at=None).values_list("pk", "published_at"))
    assert len(alerts) >= SMES
    assert {mail.template for mail in mails} == {"closing_soon", "proposals", *BY_SOMEONE}

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
    mailed = {(owner[address].pk, item) for address, item in items}
    silent = set(AlertSettings.objects.filter(frequency="none").values_list("user", flat=True))
    assert mailed <= rows
    assert {user for user, _item in rows - mailed} <= silent  # who finds what someone pointed out in the centre alone

    # nothing after a refusal
    assert [mail for mail in mails if (at := year.refused.get(owner[mail.to[0]].pk)) and mail.queued_at >= at] == []
    assert {mail.state for mail in mails if owner[mail.to[0]].pk in year.refused} <= {"cancelled"}

    floors_hold({(mail.to[0], item): mail for mail in alerts for item in told(mail)}, owner, company, year)
    nobody_was_forgotten(items, owner, company, year)


def floors_hold(items, owner, company, year):
    """What was told reaches the floor of the proposals, or answers one of the person's searches and its floor."""
    proposals = dict(AlertSettings.objects.exclude(user__in=year.silent).values_list("user", "floor"))
    searches = defaultdict(list)
    for search in SavedSearch.objects.all():
        searches[search.user_id].append(search)
    rows = Match.objects.filter(eligible=True).values_list("company", "opportunity", "band")
    bands = {(company_id, opportunity): band for company_id, opportunity, band in rows}
    opportunities = Opportunity.objects.in_bulk()
    for address, item in items:
        user = owner[address].pk
        band = bands.get((company[user].pk, item))
        mine = [one.floor for one in searches[user] if answers(opportunities[item], QueryDict(one.query))]
        floors = {*mine, *([proposals[user]] if user in proposals else [])}
        assert "any" in mine or any(band in Floor(floor).bands for floor in floors), (address, item, band, floors)


def answers(opportunity, asked):
    """Whether it is one of those that this search finds, by what the year's searches say."""
    return (
        asked.get("q", "") in opportunity.title.lower()
        and asked.get("pays", "") in ["", *opportunity.places]
        and asked.get("secteur", "") in ["", *opportunity.sectors]
        and asked.get("langue", "") in ["", opportunity.language]
    )


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
        lived.refusals.clear()  # what people do costs its own
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
