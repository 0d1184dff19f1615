"""A year of alerts, judged by the outbox alone. ALERT_YEAR=2000x5000 makes it as large as one likes."""

import os
import re
from collections import Counter, defaultdict
from datetime import time, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Email
from matching import alerts
from matching.models import AlertSettings, Floor, Match, Notification, SavedSearch
from opportunities import catalogue, wording
from opportunities.models import Opportunity
from pacte.workdays import is_worked
from tests.factories import MatchFactory, OpportunityFactory, sme_user
from tests.matching import year as years

SIZE = os.environ.get("ALERT_YEAR", "")
SMES, OPPORTUNITIES = map(int, (SIZE or "40x160").split("x"))
BY_SOMEONE = {"opportunity_proposed", "opportunity_pointed_out", "opportunity_reposted"}
MORNING = years.BEGIN + timedelta(days=11, hours=9)  # a Monday
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
    if not hasattr(email, "told"):
        email.told = [int(number) for number in dict.fromkeys(NUMBER.findall(email.text))]
    return email.told


@pytest.mark.long
@pytest.mark.django_db(transaction=bool(SIZE))  # a large one commits, so that its dead rows can be vacuumed
def test_a_year(year):
    mails = list(Email.objects.defer("html").order_by("pk"))
    proposals = [mail for mail in mails if mail.template != "closing_soon"]  # by whatever path
    by_rhythm = [mail for mail in proposals if mail.template == "proposals"]
    owner = {person.email: person for person in year.people}
    company = dict(zip([person.pk for person in year.people], year.companies, strict=True))
    published = dict(Opportunity.objects.exclude(published_at=None).values_list("pk", "published_at"))
    assert len(by_rhythm) >= SMES
    assert {mail.template for mail in mails} == {"closing_soon", "proposals", *BY_SOMEONE}

    # within hours, though some were written at others; each with something, five items at most
    assert [mail for mail in mails if not in_hours(mail.try_at)] == []
    assert {mail.template for mail in mails if not in_hours(mail.queued_at)} == BY_SOMEONE - {"opportunity_reposted"}
    assert [mail for mail in mails if not told(mail)] == []
    assert max(len(told(mail)) for mail in proposals) == 5
    no_quicker_than_asked(by_rhythm, owner, year)

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

    # nothing leaves after a refusal, though it was written before
    refused = [(mail, at) for mail in mails if (at := year.refused.get(owner[mail.to[0]].pk))]
    assert [mail for mail, at in refused if mail.queued_at > at or (mail.sent_at and mail.sent_at >= at)] == []
    assert {mail.state for mail, _at in refused} == {"sent", "cancelled"}
    assert sum(mail.state == "cancelled" for mail in mails) >= year.hasty > 0
    assert {mail.state for mail in mails if owner[mail.to[0]].pk not in year.refused} == {"sent"}

    floors_hold({(mail.to[0], item): mail for mail in by_rhythm for item in told(mail)}, owner, company, year)
    nobody_was_forgotten(items, owner, company, year)


def in_hours(moment):
    here = timezone.localtime(moment)
    return is_worked(here.date()) and time(8) <= here.time() < time(18)


def no_quicker_than_asked(mails, owner, year):
    """One a day at most who hears daily; weekly, one a week: on its Monday, or the day after when that is off."""
    days = defaultdict(list)
    for mail in mails:
        days[owner[mail.to[0]].pk].append(timezone.localdate(mail.try_at))
    paces = Counter(year.paces[user] for user in days)
    assert min(paces[pace] for pace in ("immediate", "daily", "weekly")) > 0
    for user, its in days.items():
        if year.paces[user] != "immediate":
            assert len(set(its)) == len(its)
        if year.paces[user] == "weekly":
            assert len({day.isocalendar()[:2] for day in its}) == len(its)
            assert all(later - earlier >= timedelta(days=6) for earlier, later in pairwise(its))


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


def test_idle_days_questions_do_not_grow_with_people_nor_their_searches(time_machine):
    counts = {}
    for smes in (20, 60):
        begin_again(time_machine)
        lived = years.begin(smes, 0)
        lived.refusals.clear()  # what people do costs its own
        with connection.execute_wrapper(count := Questions()):
            years.live(lived, time_machine, days=10)
        counts[smes] = count.asked

    assert SavedSearch.objects.count() > 50
    assert counts[20] == counts[60]


EACH = 4  # questions that a mail costs: looked for by its key, then written within a savepoint


def test_a_mail_s_questions_do_not_grow_with_opportunities_nor_searches(time_machine, monkeypatch):
    monkeypatch.setattr("accounts.mail.deliver.delay", lambda _pk: None)
    few, more, most = (
        asked_for_alerts(time_machine, **grown)
        for grown in (
            {"people": 4, "searches": 1, "opportunities": 6},
            {"people": 4, "searches": 8, "opportunities": 60},
            {"people": 12, "searches": 8, "opportunities": 60},
        )
    )

    assert few == more
    assert most - more == (12 - 4) * EACH


def asked_for_alerts(time_machine, *, people, searches, opportunities):
    """The questions of one look, in which everyone is told of five items, by what fits them and by their searches."""
    begin_again(time_machine)
    time_machine.move_to(MORNING, tick=False)
    since = {"since": MORNING - timedelta(days=9), "next_at": MORNING, "frequency": "daily"}
    told_of = {"profile__sectors": ["eau"], "profile__wanted_places": ["MA"]}
    readers = [sme_user(**told_of) for _ in range(people)]
    AlertSettings.objects.bulk_create(AlertSettings(user=one, **since) for one in readers)
    SavedSearch.objects.bulk_create(
        SavedSearch(user=one, name=f"DÉMO {n}", query=f"q=vannes+{n}", floor="any", **since)
        for one in readers
        for n in range(searches)
    )
    for n in range(opportunities):
        new = OpportunityFactory(published=True, title=f"Vannes {n}", published_at=MORNING - timedelta(hours=n))
        for one in readers:
            MatchFactory(opportunity=new, company=one.organisation)
    catalogue.current()

    with connection.execute_wrapper(count := Questions()):
        assert alerts.tell_due() == people
    assert {len(told(mail)) for mail in Email.objects.all()} == {alerts.MOST}
    return count.asked


def begin_again(time_machine):
    time_machine.move_to(years.BEGIN, tick=False)
    for model in (Email, Notification, AlertSettings, SavedSearch, Opportunity, years.User):
        model.objects.all().delete()
    years.Organisation.objects.filter(kind="sme").delete()
    catalogue.forget()
    wording.known()  # the thesaurus, which a process reads once
    wording.forget()


class Questions:
    """Counts queries."""

    asked = 0

    def __call__(self, execute, *args):
        self.asked += 1
        return execute(*args)
