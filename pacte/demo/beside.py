"""What goes beside applications: partners who agreed or were asked, a recommendation, files kept for later."""

from collections.abc import Sequence
from datetime import timedelta

from django.utils import translation

from matching import consent, snapshot
from matching.models import Application, ApplicationState, Keeping, Partner, PartnerMove, PartnerSearch, Sponsor
from matching.models.beside import KEPT_FOR, LINK_LASTS
from pacte.demo.book import Book, Calendar
from pacte.demo.opportunities import Posted
from pacte.demo.people import GROUP
from pacte.demo.smes import Company

S = ApplicationState
WORD = "Votre atelier compléterait notre offre : nous répondrions ensemble."
BRINGS = "Nos équipes de montage sur place, et trois références dans la région."
SEEKS = "Nous apportons l'étude et la fourniture ; nous cherchons une entreprise de pose."
RECOMMENDS = "Je suis cette entreprise depuis quatre ans : elle tient ses délais et connaît déjà la région."
Written = Sequence[tuple[Application, Posted, bool]]


def write_beside(book: Book, calendar: Calendar, companies: Sequence[Company], written: Written) -> None:
    """Beside the applications of the demonstration's own sign-ins; all they speak of is in the database."""
    star, *others = companies
    free = [one for one in others if one.organisation.is_active and one.references]
    mine = {application.state: application for application, _posted, is_star in written if is_star}
    for state, days, agreed in ((S.SENT, 2, True), (S.DRAFT, 3, True), (S.DRAFT, 6, False)):
        if state in mine and (partner := _without_application(free, mine[state], written)):
            _partner(book, calendar, mine[state], partner, days, agreed)
    drafts = [one for one, _posted, is_star in written if one.state == S.DRAFT and not is_star]
    for application in drafts[:1]:
        _partner(book, calendar, application, star, 1, agreed=False)
    if S.SENT in mine:
        _recommendation(book, calendar, mine[S.SENT])
    _kept(book, written)
    _seekers(book, calendar, free, written)


def _without_application(free: list[Company], application: Application, written: Written) -> Company | None:
    """The next company that has nothing to do with this opportunity yet, if there is one."""
    busy = {one.company_id for one, _posted, _is_star in written if one.opportunity_id == application.opportunity_id}
    found = next((one for one in free if one.organisation.pk not in busy), None)
    if found:
        free.remove(found)
    return found


def _partner(
    book: Book, calendar: Calendar, application: Application, company: Company, days: int, agreed: bool
) -> None:
    # before the application left, which seals its partners
    since = application.sent_at - timedelta(days=1) if application.sent_at else calendar.ago(days)
    partner = book.add(
        Partner(
            application=application, opportunity=application.opportunity, company=company.organisation, word=WORD,
            invited_by=application.contact, invited_at=since,
            state=Partner.State.JOINED if agreed else Partner.State.INVITED,
        )
    )  # fmt: skip
    if not agreed:
        return
    contact, at = company.people[0], since + timedelta(hours=2)
    with translation.override("fr"):
        partner.consent_text = consent.of_partner(application)
    partner.contact, partner.brings, partner.consent_at = contact, BRINGS, at
    partner.snapshot = snapshot.of_company(company.organisation) if application.sent_at else {}
    book.add(
        PartnerMove(subject=partner, actor=contact, before=Partner.State.INVITED, after=Partner.State.JOINED, at=at)
    )


def _recommendation(book: Book, calendar: Calendar, application: Application) -> None:
    at = application.sent_at or calendar.ago(1)
    book.add(
        Sponsor(
            application=application, name="DÉMO Conseil international", email="conseil@demo.example",
            body=Sponsor.Body.ADVISER, invited_by=application.contact, invited_at=at, expires_at=at + LINK_LASTS,
            text=RECOMMENDS, written_at=at + timedelta(minutes=40),
        )
    )  # fmt: skip


def _kept(book: Book, written: Written) -> None:
    """Those that the demonstration's group declined, and keeps in mind."""
    for application, posted, _is_star in written:
        by = posted.group.people[0]
        if application.state == S.DECLINED and by.email == GROUP:
            at = application.decided_at or application.created_at
            book.add(Keeping(application=application, agreed_at=at, until=at + KEPT_FOR, kept_at=at, kept_by=by))


def _seekers(book: Book, calendar: Calendar, free: Sequence[Company], written: Written) -> None:
    """A company looking for partners wherever the demonstration's SME applied."""
    seeking = [posted.opportunity for _one, posted, is_star in written if is_star and posted.opportunity.is_open]
    for opportunity, seeker in zip(seeking, free, strict=False):
        its = {"company": seeker.organisation, "created_by": seeker.people[0], "created_at": calendar.ago(3)}
        book.add(PartnerSearch(opportunity=opportunity, text=SEEKS, **its))
