"""All that a group reads of one of its opportunities on its own page."""

from typing import Any

from opportunities import amendments, checks, contacts, entrusting, history, standing, steps
from opportunities.models import Opportunity


def of(opportunity: Opportunity, *, may_act: bool) -> dict[str, Any]:
    problems = checks.problems(opportunity) if opportunity.is_editable else {}
    asked = amendments.pending(opportunity)
    return {
        "resume_url": steps.url(opportunity, steps.unfinished(problems)),
        "next_step": standing.next_step(opportunity),
        "steps": standing.timeline(opportunity),
        "notes": standing.notes(opportunity),
        "may_act": may_act,
        "actions": standing.actions(opportunity) if may_act else (),
        "missing": len(problems),
        "asked": opportunity.enquiries.waiting().count(),
        "departed": contacts.departed(opportunity) if opportunity.state in entrusting.STANDING else "",
        "waiting": history.worded(opportunity, asked.changes) if asked else [],
        "lines": history.lines(opportunity),
    }
