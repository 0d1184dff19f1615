"""A year of every clock that writes by itself: Christmas, Easter, May, both changes of the hour, and all that makes a
clock wait. Every date stands here as it was reckoned by hand."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from allauth.account.models import EmailAddress
from django.utils import timezone

from accounts import freshness, joining, signature_letters, suspension
from accounts.models import Absence, Email, Signature, User
from matching import changes, digest, reminders, thread
from matching.ladder import Rung
from matching.models import AlertSettings, Application, Reminder
from opportunities import moderation
from opportunities.models import Opportunity
from opportunities.tasks import close_due, keep_up, suspend_orphans
from pacte.workdays import at_work
from tests.factories import ApplicationFactory, CharterFactory, OpportunityFactory, UserFactory, group_user

pytestmark = pytest.mark.long

PARIS = ZoneInfo("Europe/Paris")
LOOKS = [time(0, 30), time(7, 59), time(8), time(12, 5), time(18), time(23, 30)]
FEW = [time(8), time(23, 30)]  # on days when nothing should leave, nor did the day before
NOON = time(12)  # when people act: what leaves then answers an act
BEATS = [
    close_due, suspend_orphans, keep_up, changes.announce_due, signature_letters.ask_due, joining.chase,
    freshness.ask_due, reminders.remind_due, digest.run,
]  # fmt: skip
CONTACT, DEPUTY = "contact{}@example.com", "suppleant{}@example.com"


def days(year, *those):
    return [date(year, month, day) for month, day in those]


# by season: its group; applications until; answer promised; when each rung is climbed; when it ends
SEASONS = {
    "automne": (  # promised for the Sunday when the hour changes; 11 November is a holiday
        1, date(2026, 10, 20), date(2026, 10, 25), days(2026, (10, 21), (10, 26), (10, 29), (11, 4), (11, 24)),
        date(2027, 1, 12),
    ),
    "automne bis": (  # the same days, of the same people
        1, date(2026, 10, 20), date(2026, 10, 25), days(2026, (10, 21), (10, 26), (10, 29), (11, 4), (11, 24)),
        date(2027, 1, 12),
    ),
    "hiver": (  # undated; the contact is away from 21 December to 1 January; suspended from 14 to 21 January
        1, None, date(2026, 12, 18),
        [*days(2026, (12, 15), (12, 18)), *days(2027, (1, 6), (1, 12), (2, 5))], date(2027, 3, 12),
    ),
    "printemps": (  # Easter Monday, Ascension, Whit Monday; the hour changes on Easter Sunday
        1, date(2027, 3, 10), date(2027, 3, 24), days(2027, (3, 19), (3, 24), (3, 30), (4, 5), (4, 22)),
        date(2027, 5, 31),
    ),
    "question": (  # put on 17 June and never answered: the clock waits until the 24th; 14 July
        2, date(2027, 6, 1), date(2027, 6, 16), days(2027, (6, 11), (6, 16), (6, 28), (7, 2), (7, 22)),
        date(2027, 8, 26),
    ),
    "groupe suspendu": (  # from 11 to 18 February
        3, date(2027, 1, 20), date(2027, 2, 10), days(2027, (2, 5), (2, 10), (2, 22), (2, 26), (3, 17)),
        date(2027, 4, 22),
    ),
    "suppléant absent": (  # from 30 April to 14 May: the contact is told in their place
        4, date(2027, 4, 14), date(2027, 4, 28), days(2027, (4, 23), (4, 28), (5, 3), (5, 10), (5, 28)),
        date(2027, 7, 2),
    ),
    "autre promesse": (  # promised for 20 November, then on the 18th for 4 December
        5, date(2026, 11, 20), date(2026, 12, 4),
        [*days(2026, (12, 1), (12, 4), (12, 9), (12, 15)), date(2027, 1, 5)], date(2027, 2, 9),
    ),
}  # fmt: skip

T, CONFIRM = "to_do", "profile_confirm"
MAILS = {  # what clocks write to whom, day by day
    CONTACT.format(1): [
        ("2026-10-06", "signature_asked"),
        ("2026-10-21", T),  # three days before « automne », and what closed at midnight
        ("2026-10-26", T),  # « automne » twice and its second applicant, the request to join, the charter
        ("2026-10-28", T),  # the request to join
        ("2026-11-02", T),  # is « hiver » still current? A month was over on a Saturday
        ("2026-11-03", T),  # the charter is late
        ("2026-11-24", T), ("2026-12-03", T), ("2026-12-15", T), ("2026-12-18", T), ("2027-01-04", T),
        ("2027-02-04", T), ("2027-02-05", T), ("2027-03-08", T), ("2027-03-11", T), ("2027-03-19", T),
        ("2027-03-23", "opportunity_suspended"),  # nobody has said for fifteen days that « hiver » is current
        ("2027-03-24", T), ("2027-04-22", T),
    ],
    DEPUTY.format(1): [
        ("2026-10-21", T), ("2026-10-26", T), ("2026-10-29", T), ("2026-11-24", T), ("2026-12-18", T),
        ("2027-01-06", T), ("2027-02-05", T), ("2027-03-11", T), ("2027-03-23", "opportunity_suspended"),
        ("2027-03-24", T), ("2027-03-30", T), ("2027-04-22", T),
    ],
    CONTACT.format(2): [("2027-06-02", T), ("2027-06-11", T), ("2027-06-16", T), ("2027-07-22", T)],
    DEPUTY.format(2): [("2027-06-02", T), ("2027-06-16", T), ("2027-06-28", T), ("2027-07-22", T)],
    CONTACT.format(3): [("2027-01-21", T), ("2027-02-05", T), ("2027-02-10", T), ("2027-03-17", T)],
    DEPUTY.format(3): [("2027-01-21", T), ("2027-02-10", T), ("2027-02-22", T), ("2027-03-17", T)],
    CONTACT.format(4): [
        ("2027-04-15", T), ("2027-04-23", T), ("2027-04-28", T), ("2027-05-03", T), ("2027-05-28", T),
    ],
    DEPUTY.format(4): [("2027-04-15", T), ("2027-04-28", T), ("2027-05-18", T), ("2027-05-28", T)],
    CONTACT.format(5): [  # what closed on a Saturday is told on Monday
        ("2026-11-17", T), ("2026-11-23", T), ("2026-12-01", T), ("2026-12-04", T), ("2027-01-05", T),
    ],
    DEPUTY.format(5): [("2026-11-23", T), ("2026-12-04", T), ("2026-12-09", T), ("2027-01-05", T)],
    "demande@example.com": [("2026-11-02", "join_with_staff"), ("2026-11-20", "join_expired")],
    "brouillon": [
        ("2026-10-13", "closing_soon"), ("2026-10-16", "closing_soon"), ("2026-10-21", "application_closed"),
        ("2027-04-01", CONFIRM), ("2027-09-30", CONFIRM),
    ],
}  # fmt: skip
ENDED = "application_unanswered"
for _season, (*_rest, _end) in SEASONS.items():
    MAILS[_season] = sorted([(_end.isoformat(), ENDED), ("2027-04-01", CONFIRM), ("2027-09-30", CONFIRM)])
MAILS["automne, seconde"] = MAILS["automne"]
MAILS["question"] = sorted([("2027-06-22", T), *MAILS["question"]])


def at(day, hour=NOON):
    return datetime.combine(day, hour, PARIS)


def full_days(events):
    """Those when something is due or done, those when the hour changes, and the day after each."""
    due = {date.fromisoformat(day) for mails in MAILS.values() for day, _template in mails}
    due |= {*events, *days(2026, (10, 25)), *days(2027, (3, 28))}
    due |= {day for _number, _until, _promised, rungs, end in SEASONS.values() for day in [*rungs, end]}
    return due | {day + timedelta(days=1) for day in due}


def play(time_machine, first, last, events):
    """Ring every bell six times on a day when something happens, at night too; people act at noon."""
    todo, full = dict(events), full_days(events)
    day = first
    while day <= last:
        for look in LOOKS if day in full else FEW:
            time_machine.move_to(at(day, look), tick=False)
            for beat in BEATS:
                beat()
        if day in todo:
            time_machine.move_to(at(day), tick=False)
            todo[day]()
        day += timedelta(days=1)


def posts_of():
    """Every season's opportunity, in its group."""
    people = {}
    for number in range(1, 6):
        people[number] = group_user()
        address = CONTACT.format(number)
        User.objects.filter(pk=people[number].pk).update(email=address)
        EmailAddress.objects.filter(user=people[number]).update(email=address)
    people = {number: User.objects.get(pk=person.pk) for number, person in people.items()}
    posts = {}
    for title, (number, apply_by, promised, _days, _end) in SEASONS.items():
        posts[title] = OpportunityFactory(
            published=True, owner=people[number].organisation, created_by=people[number], title=title,
            apply_by=apply_by, answer_by=date(2026, 11, 20) if title == "autre promesse" else promised,
            contact_email=CONTACT.format(number), deputy_email=DEPUTY.format(number),
        )  # fmt: skip
    return people, posts


def happenings(people, posts, applications):
    """What people do, and when."""
    staff, asker = UserFactory(staff=True), UserFactory(email="demande@example.com")
    group, winter = people[1].organisation, posts["hiver"]

    def new_charter():
        charter = CharterFactory(in_force=True, sign_by=date(2026, 11, 2))
        for number in range(2, 6):
            Signature.objects.create(charter=charter, organisation=people[number].organisation)

    def still_current():
        moderation.confirm(Opportunity.objects.get(pk=winter.pk), by=people[1])

    return {
        date(2026, 10, 5): new_charter,
        date(2026, 10, 21): lambda: joining.ask(group, by=asker),
        date(2026, 11, 3): still_current,
        date(2026, 11, 18): lambda: Opportunity.objects.filter(title="autre promesse").update(
            answer_by=date(2026, 12, 4)
        ),
        date(2026, 12, 4): still_current,
        date(2027, 1, 5): still_current,
        date(2027, 1, 14): lambda: moderation.suspend(winter, by=staff, reason="Vérification"),
        date(2027, 1, 21): lambda: moderation.restore(winter, by=staff),
        date(2027, 2, 5): still_current,
        date(2027, 2, 11): lambda: suspension.suspend(people[3].organisation, by=staff, reason="Vérification"),
        date(2027, 2, 18): lambda: suspension.restore(people[3].organisation, by=staff),
        date(2027, 6, 17): lambda: thread.ask(applications["question"], by=people[2], text="Quel délai ?"),
    }


@pytest.fixture
def year(time_machine):
    """{season or part: its application}, once the year is over."""
    time_machine.move_to(at(date(2026, 10, 1)), tick=False)
    people, posts = posts_of()
    applications = {title: ApplicationFactory(sent=True, opportunity=post) for title, post in posts.items()}
    applications["automne, seconde"] = ApplicationFactory(sent=True, opportunity=posts["automne"])
    draft = applications["brouillon"] = ApplicationFactory(opportunity=posts["automne"])
    AlertSettings.objects.create(user=draft.contact, since=timezone.now(), frequency="none", next_at=None)
    for number, address, first, last in [
        (1, CONTACT.format(1), date(2026, 12, 21), date(2027, 1, 1)),
        (4, DEPUTY.format(4), date(2027, 4, 30), date(2027, 5, 14)),
    ]:
        away = {"email": address, "first_day": first, "last_day": last}
        Absence.objects.create(organisation=people[number].organisation, **away)
    events = happenings(people, posts, applications)
    play(time_machine, date(2026, 10, 1), date(2027, 9, 30), events)
    return applications


def climbed(application):
    rows = application.reminders.all()
    return Counter((timezone.localdate(one.at), one.rung, one.address) for one in rows)


def test_every_mail_leaves_on_its_day_none_twice_none_at_night_and_one_a_day_a_person(year):
    for title, application in year.items():
        if title == "brouillon":
            continue
        number, _apply_by, _promised, rungs, end = SEASONS[title.partition(",")[0]]
        contact, deputy = CONTACT.format(number), DEPUTY.format(number)
        soon, due, late, staff, last = rungs
        expected = Counter([
            (soon, Rung.SOON, contact), (due, Rung.DUE, contact), (due, Rung.DUE, deputy),
            (late, Rung.LATE, contact if title == "suppléant absent" else deputy),
            (staff, Rung.STAFF, ""), (last, Rung.LAST, contact), (last, Rung.LAST, deputy),
        ])  # fmt: skip
        if title == "suppléant absent":  # back, the deputy hears of it too
            expected[date(2027, 5, 18), Rung.LATE, deputy] = 1
        if title == "autre promesse":  # three days before the first one
            expected[date(2026, 11, 17), Rung.SOON, contact] = 1
        assert climbed(application) == expected, title
        move = application.history.get(after="unanswered")
        assert (timezone.localdate(move.at), move.actor) == (end, None), title

    names = {application.contact.email: title for title, application in year.items()}
    written = [mail for mail in Email.objects.order_by("try_at") if timezone.localtime(mail.queued_at).time() != NOON]
    found = {}
    for mail in written:
        for address in {*mail.to, *mail.cc}:
            leaves = (timezone.localdate(mail.try_at).isoformat(), mail.template)
            found.setdefault(names.get(address, address), []).append(leaves)

    assert found == MAILS
    assert all(at_work(mail.try_at) for mail in written)
    a_day = Counter((who, day) for who, its in found.items() for day, _template in its)
    assert set(a_day.values()) == {1}
    assert not Application.objects.waiting().exists()
    assert Reminder.objects.count() == 7 * 9 + 2
    _what_collides_on_one_day_is_one_mail_that_says_it_all(year)


def _what_collides_on_one_day_is_one_mail_that_says_it_all(year):
    mail = Email.objects.get(template="to_do", to=[CONTACT.format(1)], key__contains="2026-10-26")
    twice = {year[title].company.name for title in ("automne", "automne, seconde")}

    lines = [line for line in mail.text.splitlines() if line.startswith("- ")]

    autumn, other, joins, charter = lines
    assert all(name in autumn for name in twice)
    assert year["automne bis"].company.name in other
    assert "attend votre réponse pour rejoindre" in joins
    assert "2 novembre 2026" in charter
    assert mail.subject == "5 dossiers attendent votre réponse"
    closed = Email.objects.get(template="to_do", to=[DEPUTY.format(1)], key__contains="2026-10-21").text
    closed = closed.replace("\N{NO-BREAK SPACE}", " ")
    assert "automne : clôturée le 21 octobre 2026, 2 réponses attendues avant le 25 octobre 2026" in closed
    assert "automne bis : clôturée le 21 octobre 2026, 1 réponse attendue" in closed
