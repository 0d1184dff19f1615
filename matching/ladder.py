"""The answer ladder: what is due on which working day while an application waits. Dates in, a rung out."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _

from pacte.workdays import add_workdays, is_worked, take_workdays

QUIET = 3  # working days without a reminder after the sending, and after any act of the group
REPLY = 5  # working days that an SME has to answer a question, while the group's clock waits
NOTICE = 5  # working days between the last chance and the end, however late the last chance left
DAY = timedelta(days=1)


class Rung(models.IntegerChoices):
    """In working days after the promised date."""

    SOON = -3, _("trois jours avant la date promise")
    DUE = 0, _("le jour promis")
    LATE = 3, _("trois jours de retard")
    STAFF = 7, _("sept jours de retard : à l'équipe d'appeler")
    LAST = 20, _("dernière relance")
    END = 45, _("restée sans réponse")


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count, `until` left out."""

    since: date
    until: date

    def __contains__(self, day: date) -> bool:
        return self.since <= day < self.until


@dataclass(frozen=True, slots=True)
class Clock:
    """One application's: the day promised, and since when it waits."""

    promised: date
    sent: date
    pauses: tuple[Pause, ...] = ()

    @property
    def begins(self) -> date:
        """The day of rung 0, were it worked: what is sent late gets three days all the same."""
        return max(self.promised, add_workdays(self.sent, QUIET))

    def counts(self, day: date) -> bool:
        return is_worked(day) and not any(day in pause for pause in self.pauses)

    def age(self, today: date) -> int:
        """Days counted since the first one from `begins` on, which is 0; -1 before it."""
        days = (self.begins + DAY * n for n in range((today - self.begins).days + 1))
        return sum(map(self.counts, days)) - 1

    def reached(self, today: date) -> Rung | None:
        """The highest rung due; None while the clock stands still, and before the first."""
        if not self.counts(today):
            return None
        if (age := self.age(today)) >= 0:
            return max(rung for rung in Rung if rung <= age)
        soon = take_workdays(self.promised, -Rung.SOON)
        return Rung.SOON if soon <= today and self.begins == self.promised and not quiet(self.sent, today) else None


def quiet(act: date | None, today: date) -> bool:
    """Whether something happened too lately to remind anyone."""
    return act is not None and today < add_workdays(act, QUIET)


def merged(moves: Iterable[tuple[date, bool]], today: date) -> list[Pause]:
    """Pauses from (day, whether it is one from then on), the earliest first; one that lasts covers today."""
    found, since = [], None
    for day, paused in moves:
        if paused and since is None:
            since = day
        elif not paused and since is not None:
            found.append(Pause(since, day))
            since = None
    return [*found, Pause(since, today + DAY)] if since else found
