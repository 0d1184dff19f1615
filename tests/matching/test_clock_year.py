"""A year of the answer ladder, hour by hour where it matters: Christmas, Easter, May, and both changes of the hour."""

from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import Absence, Email
from matching import digest
from matching.ladder import Rung
from matching.models import Application, Reminder
from opportunities import moderation
from pacte.workdays import at_work
from tests.factories import ApplicationFactory, OpportunityFactory, UserFactory, group_user

PARIS = ZoneInfo("Europe/Paris")
LOOKS = [time(0, 30), time(7, 59), time(8), time(12, 5), time(17, 59), time(18), time(23, 30)]
EXPECTED = {
    "automne": (  # promised for the Sunday when the hour changes; 11 November is a holiday; then the contact is away
        date(2026, 10, 25),
        [date(2026, 10, 21), date(2026, 10, 26), date(2026, 10, 29), date(2026, 11, 4), date(2026, 11, 24)],
        date(2027, 1, 12),
    ),
    "hiver": (  # the contact is away from 21 December to 1 January; suspended from 14 to 21 January
        date(2026, 12, 18),
        [date(2026, 12, 15), date(2026, 12, 18), date(2027, 1, 6), date(2027, 1, 12), date(2027, 2, 5)],
        date(2027, 3, 12),
    ),
    "printemps": (  # Easter Monday, Ascension, Whit Monday; the hour changes on Easter Sunday
        date(2027, 3, 24),
        [date(2027, 3, 19), date(2027, 3, 24), date(2027, 3, 30), date(2027, 4, 5), date(2027, 4, 22)],
        date(2027, 5, 31),
    ),
}


def at(day, hour=time(12)):
    return datetime.combine(day, hour, PARIS)


def play(time_machine, first, last, events=()):
    """Look at the clock seven times a day, at night too."""
    todo = dict(events)
    day = first
    while day <= last:
        for look in LOOKS:
            time_machine.move_to(at(day, look), tick=False)
            digest.run()
        if day in todo:
            time_machine.move_to(at(day), tick=False)
            todo[day]()
        day += timedelta(days=1)


@pytest.fixture
def year(time_machine):
    """One application a season, in one group, all with the same contacts."""
    time_machine.move_to(at(date(2026, 10, 1)), tick=False)
    group, staff = group_user().organisation, UserFactory(staff=True)
    posts = {
        title: OpportunityFactory(
            published=True, owner=group, title=title, apply_by=date(2026, 10, 20), answer_by=promised,
            contact_email="contact@example.com", deputy_email="suppleant@example.com",
        )
        for title, (promised, _days, _end) in EXPECTED.items()
    }  # fmt: skip
    applications = {title: ApplicationFactory(sent=True, opportunity=post) for title, post in posts.items()}
    Absence.objects.create(
        organisation=group, email="contact@example.com", first_day=date(2026, 12, 21), last_day=date(2027, 1, 1)
    )
    winter = posts["hiver"]
    events = [
        (date(2027, 1, 14), lambda: moderation.suspend(winter, by=staff, reason="Vérification")),
        (date(2027, 1, 21), lambda: winter.publish(by=staff)),
    ]
    play(time_machine, date(2026, 10, 1), date(2027, 9, 30), events)
    return applications


def test_every_mail_leaves_on_its_day_none_twice_none_at_night(year):
    for title, (_promised, days, end) in EXPECTED.items():
        application = year[title]
        climbed = Counter((timezone.localdate(one.at), one.rung, one.address) for one in application.reminders.all())
        contact, deputy = "contact@example.com", "suppleant@example.com"
        soon, due, late, staff, last = days
        assert climbed == Counter([
            (soon, Rung.SOON, contact), (due, Rung.DUE, contact), (due, Rung.DUE, deputy), (late, Rung.LATE, deputy),
            (staff, Rung.STAFF, ""), (last, Rung.LAST, contact), (last, Rung.LAST, deputy),
        ])  # fmt: skip
        move = application.history.get(after="unanswered")
        assert (timezone.localdate(move.at), move.actor) == (end, None)
        apology = Email.objects.get(template="application_unanswered", to=[application.contact.email])
        assert timezone.localdate(apology.queued_at) == end

    reminders = Email.objects.filter(template="to_do")
    sent = [(mail.to[0], timezone.localdate(mail.queued_at)) for mail in reminders]
    assert len(sent) == len(set(sent)) == 18
    assert all(at_work(mail.queued_at) for mail in Email.objects.exclude(template__startswith="opportunity_"))
    assert not Application.objects.waiting().exists()
    assert Reminder.objects.count() == 21
