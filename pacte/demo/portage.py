"""Three SMEs that ask for portage: one put to the demonstration's own group, one open to all, one for the staff."""

from collections.abc import Sequence

from accounts.models import User
from matching import portage
from matching.models import PortageAnswer, PortageRequest, PortageRequestMove
from matching.models.portage import LIFE
from pacte.demo.book import Book, Calendar
from pacte.demo.groups import Group
from pacte.demo.smes import Company
from pacte.workdays import add_workdays

State = PortageRequest.State
TEXT = (
    "Nous vendons déjà en Europe et voulons ouvrir ce pays. Il nous manque un premier client et quelqu'un sur place "
    "qui connaisse les acheteurs et les règles du métier."
)
ASKED = [  # state, open to all, days ago, help
    (State.WITH_GROUPS, False, 4, ["market", "contacts"]),
    (State.WITH_GROUPS, True, 12, ["contacts", "premises"]),
    (State.TO_REVIEW, False, 1, ["stand"]),
]


def write_requests(
    book: Book, calendar: Calendar, group: Group, companies: Sequence[Company], moderator: User
) -> None:  # fmt: skip
    for (state, opened, days, support), company in zip(ASKED, companies, strict=False):
        at = calendar.ago(days)
        request = book.add(
            PortageRequest(
                company=company.organisation, contact=company.people[0], country=group.countries[0].code,
                state=state, opened=opened, horizon="year", support=support, text=TEXT, timing="DÉMO printemps",
                consent_at=at, consent_text=str(portage.CONSENT), created_at=at, expires_on=at.date() + LIFE,
            )
        )  # fmt: skip
        if state == State.TO_REVIEW:
            continue
        book.add(
            PortageRequestMove(
                subject=request, actor=moderator, before=State.TO_REVIEW, after=state, at=calendar.ago(days - 1)
            )
        )
        if not opened:
            book.add(
                PortageAnswer(
                    request=request, group=group.organisation, asked_at=calendar.ago(days - 1),
                    answer_by=add_workdays(calendar.day(1 - days), portage.ANSWER_DAYS),
                )
            )  # fmt: skip
