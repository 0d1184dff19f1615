"""What waits for one person on one day."""

from dataclasses import dataclass, field

from matching.ladder import Rung
from matching.models import PortageAnswer, QuietPost
from matching.nudges import Line
from matching.outcome_clock import Ask
from matching.overdue import Case
from opportunities.models import Enquiry, Opportunity


@dataclass(slots=True)
class Desk:
    """By kind: answers owed, posts to look after, introductions, posts without anyone, questions, portage, lines."""

    cases: list[tuple[Rung, Case]] = field(default_factory=list)
    posts: list[Opportunity] = field(default_factory=list)
    asks: list[Ask] = field(default_factory=list)
    quiet: list[QuietPost] = field(default_factory=list)
    enquiries: list[Enquiry] = field(default_factory=list)
    portage: list[tuple[Rung, PortageAnswer]] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)

    @property
    def has_more_than_asks(self) -> bool:
        return bool(self.posts_about or self.portage or self.lines)

    @property
    def posts_about(self) -> list[Opportunity]:
        """What the group itself has to do something about; outcomes alone make a mail of another kind."""
        cases = [case.application.opportunity for _rung, case in self.cases]
        quiet = [one.opportunity for one in self.quiet]
        return cases + self.posts + quiet + [one.opportunity for one in self.enquiries]
