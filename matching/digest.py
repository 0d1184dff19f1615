"""What people have to do, told once a day at most to each, all in one mail, in office hours."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import mail
from accounts.models import Email
from matching import apply, outcome_clock, outcome_letters, overdue, quiet_posts
from matching.ladder import Rung
from matching.models import Application, QuietPost, Reminder
from matching.outcome_clock import Ask
from matching.overdue import Case
from opportunities import contacts, moderation, upkeep
from opportunities.models import Opportunity
from pacte.states import StateError
from pacte.workdays import at_work

NAMED = 5  # companies named in a line; the others are counted


@dataclass(slots=True)
class Desk:
    """What waits for one person."""

    cases: list[tuple[Rung, Case]] = field(default_factory=list)
    posts: list[Opportunity] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    quiet: list[QuietPost] = field(default_factory=list)

    def about(self) -> list[Opportunity]:
        """What the group itself has to do something about; outcomes alone make a mail of another kind."""
        cases = [case.application.opportunity for _rung, case in self.cases]
        return cases + self.posts + [one.opportunity for one in self.quiet]


def run(now: datetime | None = None) -> int:
    """Climb every rung due, tell whom it concerns, end what nobody answered; how many mails that made.

    After a stop only the highest rung leaves: nobody gets the mails of the days that were missed.
    """
    now = now or timezone.now()
    if not at_work(now):
        return 0
    today = timezone.localdate(now)
    desks: dict[str, Desk] = defaultdict(Desk)
    for batch in overdue.batches():
        for case in overdue.due(batch, today):
            _lay(case, desks)
    for post in upkeep.to_remind(now)[: overdue.BATCH]:
        desks[contacts.present(post, today)[0].email.lower()].posts.append(post)
    for silent in quiet_posts.to_tell()[: overdue.BATCH]:
        desks[contacts.present(silent.opportunity, today)[0].email.lower()].quiet.append(silent)
    for ask in outcome_clock.due(today):
        desks[ask.address].asks.append(ask)
    outcome_clock.note(desks[""].asks)  # nobody to write to: their page asks all the same
    return sum(_write(address, desk, today) for address, desk in sorted(desks.items()) if address)


def _lay(case: Case, desks: dict[str, Desk]) -> None:
    """End it, or put it on the desks of those whom it concerns."""
    if case.reached == Rung.END:
        _end(case.application)
    for rung, address in case.told:
        if address:
            desks[address].cases.append((rung, case))
        else:
            _note([(rung, case)], "")


def key(address: str, today: date) -> str:
    return f"to-do:{today.isoformat()}:{address}"


@transaction.atomic
def _write(address: str, desk: Desk, today: date) -> bool:
    """One mail a person a day: what comes due after it waits for the next one."""
    if Email.objects.filter(key=key(address, today)).exists():
        return False
    ids = sorted(case.application.pk for _rung, case in desk.cases)
    posts = Opportunity.objects.filter(pk__in=[post.pk for post in desk.posts])
    moderation.lock_all(posts | Opportunity.objects.filter(applications__in=ids))
    rows = Application.objects.waiting().select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk")
    waiting = set(rows.values_list("pk", flat=True))  # someone may have answered a moment ago
    desk.cases = [(rung, case) for rung, case in desk.cases if case.application.pk in waiting]
    desk.asks = outcome_clock.still(desk.asks, today)
    desk.quiet = quiet_posts.still(desk.quiet)
    if about := desk.about():
        language = contacts.language_of(about[0], address)
        words = context(desk, language)
        mail.queue(key=key(address, today), to=[address], template="to_do", language=language, context=words)
    elif desk.asks:
        mail.queue(**outcome_letters.letter(desk.asks, address, key(address, today)))
    else:
        return False
    outcome_clock.note(desk.asks)
    _note(desk.cases, address)
    posts.update(reminded_at=timezone.now())  # no new revision: what SMEs read is the same
    QuietPost.objects.filter(pk__in=[one.pk for one in desk.quiet]).update(told_at=timezone.now())
    return True


def _note(cases: Iterable[tuple[Rung, Case]], address: str) -> None:
    rows = (
        Reminder(application=case.application, begins=case.clock.begins, rung=rung, address=address)
        for rung, case in cases
    )
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)


def _end(application: Application) -> None:
    try:
        apply.leave_unanswered(application)
    except StateError:
        return  # the group answered, or its SME took it back, a moment ago


def context(desk: Desk, language: str) -> dict[str, Any]:
    """The sections of the mail, in the words of who reads it; one button."""
    with translation.override(language):
        by_rung = {
            rung: _lines([case for its, case in desk.cases if its == rung])
            for rung in (Rung.LAST, Rung.LATE, Rung.DUE, Rung.SOON)
        }
        remarked = [post.title for post in desk.posts if post.state == Opportunity.State.CHANGES_REQUESTED]
        asked = [outcome_letters.line(ask) for ask in desk.asks]
        ageing = [post.title for post in desk.posts if post.state == Opportunity.State.PUBLISHED]
        silent = [quiet_posts.line(one) for one in desk.quiet]
        sections = [
            (_("Dernier rappel : sans réponse, nous devrons dire à ces entreprises que le groupe n'a pas répondu"),
             by_rung[Rung.LAST]),
            (_("La date promise est passée"), by_rung[Rung.LATE]),
            (_("À répondre aujourd'hui, comme promis"), by_rung[Rung.DUE]),
            (_("À répondre dans les prochains jours"), by_rung[Rung.SOON]),
            (_("Nos remarques vous attendent, puis nous pourrons publier"), remarked),
            (_("Toujours d'actualité ? Sans confirmation sous quinze jours, nous la suspendrons"), ageing),
            (_("Aucune candidature après cinq jours ouvrés : un critère à assouplir ?"), silent),
            (_("Ce que nous aimerions savoir de vos mises en relation"), asked),
        ]  # fmt: skip
    return {"sections": [(title, lines) for title, lines in sections if lines], "count": _count(desk), **_button(desk)}


def _count(desk: Desk) -> int:
    return (
        len(desk.cases)
        + len(desk.posts)
        + len(desk.quiet)
        + sum(ask.what not in outcome_letters.TOLD for ask in desk.asks)
    )


def _button(desk: Desk) -> dict[str, str]:
    """To the one page where it can be done, or to where all is listed."""
    answers = {case.application.opportunity_id for _rung, case in desk.cases}
    posts, quiet = {post.pk for post in desk.posts}, {one.opportunity_id for one in desk.quiet}
    path = reverse("matching:group_dashboard")
    if desk.asks or (quiet and (answers or posts or len(quiet) > 1)):
        return {"action_url": settings.SITE_URL + path}
    if len(answers) == 1 and not posts:
        path = reverse("matching:applicants", args=[*answers])
    elif len(posts) == 1 and not answers:
        path = reverse("opportunities:manage", args=[*posts])
    elif quiet:
        path = reverse("matching:audience", args=[*quiet])
    return {"action_url": settings.SITE_URL + path}


def _lines(cases: Sequence[Case]) -> list[str]:
    """One an opportunity: its title, the day promised, who waits."""
    by_post: dict[Opportunity, list[Case]] = defaultdict(list)
    for case in cases:
        by_post[case.application.opportunity].append(case)
    return [
        _("%(title)s – promis avant le %(date)s : %(companies)s")
        % {
            "title": post.title,
            "date": date_format(its[0].clock.promised, "j F Y"),
            "companies": _named([case.application.company.name for case in its]),
        }
        for post, its in by_post.items()
    ]


def _named(names: Sequence[str]) -> str:
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    if more <= 0:
        return shown
    return shown + " " + ngettext("et %(count)s autre", "et %(count)s autres", more) % {"count": more}
