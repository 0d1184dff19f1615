"""What the demonstration's groups and SMEs have signed: two groups have yet to sign the charter's second version."""

from collections.abc import Iterable
from datetime import datetime
from itertools import pairwise

from accounts.models import Charter, CharterMove, Organisation, Signature, User
from pacte.demo.book import Book, Calendar

S = Charter.State
UNSIGNED = 2  # groups that signed the first version alone
CHARTER = """Notre groupe répond à chaque candidate avant la date promise, et dit pourquoi quand il décline.

Il n'utilise les dossiers reçus que pour l'opportunité à laquelle ils répondent, et ne les transmet à personne d'autre.

Il dit ce que chaque mise en relation est devenue, qu'elle ait abouti ou non.

Quand il a demandé que son nom reste confidentiel, il le donne au plus tard à la mise en relation."""
CHARTER_EN = """Our group answers every company that applies, before the promised date, and says why when it declines.

It uses the files it receives only for the opportunity that they answer, and hands them to nobody else.

It tells what became of each introduction, whether or not it succeeded.

When it has asked for its name to stay confidential, it gives it by the introduction at the latest."""
CONDITIONS = """Notre entreprise dit vrai de ce qu'elle est et de ce qu'elle sait faire, et tient son profil à jour.

Elle candidate pour elle-même, garde pour elle ce qu'un groupe lui confie, et prévient quand elle renonce.

Elle dit ce que chaque mise en relation est devenue. Ses données ne servent qu'à la rapprocher des opportunités.

Pacte PME peut la proposer, sans ses coordonnées, aux groupes dont le besoin lui correspond, ou presque ; elle peut
le refuser à tout moment."""
CONDITIONS_EN = """Our company tells the truth about what it is and what it can do, and keeps its profile up to date.

It applies for itself, keeps to itself what a group entrusts to it, and gives notice when it gives up.

It tells what became of each introduction. Its data only serve to bring it together with opportunities.

Pacte PME may put it forward, without its contact details, to groups whose need it fits, or nearly; it may refuse at
any time."""


class Charters:
    """The texts; then a signature for each who signs."""

    def __init__(self, book: Book, calendar: Calendar, moderator: User) -> None:
        self.book, self.calendar, self.moderator = book, calendar, moderator
        words = {"text": CHARTER, "text_en": CHARTER_EN}
        self.first = self._version(Charter.Kind.GROUP, "1", 700, S.REPLACED, **words)
        added = "Un engagement s'ajoute : dire ce que chaque mise en relation est devenue."
        self.second = self._version(Charter.Kind.GROUP, "2", 10, S.IN_FORCE, changes=added, **words)
        self.conditions = self._version(Charter.Kind.SME, "1", 900, S.IN_FORCE, text=CONDITIONS, text_en=CONDITIONS_EN)

    def _version(self, kind: str, version: str, days: int, state: str, *, changes: str = "", **words: str) -> Charter:
        at = self.calendar.ago(days, 11)
        charter = self.book.add(
            Charter(
                kind=kind, version=version, state=state, changes=changes, created_at=at, published_at=at,
                sign_by=self.calendar.day(30 - days), **words,
            )
        )  # fmt: skip
        states = [S.DRAFT, S.IN_FORCE, *([S.REPLACED] if state == S.REPLACED else [])]
        for before, after in pairwise(states):
            self.book.add(CharterMove(subject=charter, actor=self.moderator, before=before, after=after, at=at))
        return charter

    def groups(self, groups: Iterable[tuple[Organisation, User]]) -> None:
        """All that have their access signed the first version; all but the last of them the second."""
        open_ones = [(group, person) for group, person in groups if group.state == Organisation.State.VERIFIED]
        for number, (group, person) in enumerate(open_ones):
            self._sign(self.first, group, person, group.created_at)
            if number < len(open_ones) - UNSIGNED:
                self._sign(self.second, group, person, self.calendar.ago(8))

    def sme(self, company: Organisation, person: User) -> None:
        self._sign(self.conditions, company, person, company.created_at)

    def _sign(self, charter: Charter, organisation: Organisation, person: User, at: datetime) -> None:
        self.book.add(Signature(charter=charter, organisation=organisation, person=person, at=at))
