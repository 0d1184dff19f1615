"""Changing what is already public: at once where nobody minds, told where it matters, looked at first where it may
mislead those who applied."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.functional import lazy
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from accounts import charters
from accounts.models import User
from opportunities import checks, drafting, history, letters, moderation
from opportunities.forms import criteria_of
from opportunities.history import Changes
from opportunities.models import Amendment, CountryNotice, Opportunity, OpportunityMove
from pacte.states import StateError

MATERIAL = frozenset({"kind", "places", "apply_by", "answer_by", "criteria"})  # what made people apply, or not
DATES = frozenset({"apply_by", "answer_by"})
_worded_lazy = lazy(history.worded, list)  # a mail has its own language
STANDING = frozenset({Opportunity.State.PUBLISHED, Opportunity.State.SUSPENDED, Opportunity.State.CLOSED})
SUBSTANCE = MATERIAL - DATES  # of that, what an application was written for
PUBLIC = MATERIAL | {
    "title", "teaser", "description", "benefits", "language", "stage", "sectors", "cpv_codes", "hs_codes",
    "naf_codes", "first_exporters_welcome", "questions", "next_step", "decided_by", "attachments",
}  # fmt: skip


class Effect(StrEnum):
    SILENT = "silent"  # done at once
    TOLD = "told"  # done at once, and those who applied are told
    REVIEWED = "reviewed"  # done and told once staff have accepted it


def effect_of(opportunity: Opportunity, changes: Changes) -> Effect:
    """What becomes of a change; a later last day harms nobody and waits for nobody.

    Nor does another promise: those who applied before keep theirs (`Application.promise`), and read of it.
    """
    if opportunity.state == Opportunity.State.CLOSED:
        return Effect.REVIEWED
    material = changes.keys() & MATERIAL
    if not material:
        return Effect.SILENT
    sooner = "apply_by" in material and not _is_later(*changes["apply_by"])
    return Effect.REVIEWED if sooner or material - DATES else Effect.TOLD


def _is_later(before: str | None, after: str | None) -> bool:
    return after is None or (before is not None and after > before)


def public(changes: Changes) -> Changes:
    """Those that people outside the group may read."""
    return {name: pair for name, pair in changes.items() if name in PUBLIC or name.startswith("details.")}


def last_changes(opportunities: Iterable[int]) -> dict[int, datetime]:
    """{opportunity: when what people outside the group read of it was last changed, since its publication}."""
    rows = OpportunityMove.objects.filter(subject__in=opportunities, at__gt=F("subject__published_at"))
    lines = rows.exclude(changes={}).order_by("at", "pk").values_list("subject", "changes", "at")
    return {subject: at for subject, changes, at in lines if public(changes)}


def pending(opportunity: Opportunity) -> Amendment | None:
    return opportunity.amendments.filter(state=Amendment.State.PENDING).select_related("asked_by").first()


def amend(opportunity: Opportunity, changes: Changes, *, by: User) -> Effect:
    """The group changes a published one, or asks for a closed one to open again."""
    with transaction.atomic():
        moderation.lock(opportunity)
        moderation.group(opportunity, by)
        if opportunity.state not in {Opportunity.State.PUBLISHED, Opportunity.State.CLOSED}:
            raise StateError(_("Cette opportunité ne peut plus être modifiée ici."))
        if opportunity.state == Opportunity.State.CLOSED:
            _may_open_again(opportunity, changes, _("Votre groupe doit d'abord signer la charte en vigueur."))
        effect = effect_of(opportunity, changes)
        if effect == Effect.REVIEWED:
            if (earlier := pending(opportunity)) is not None:
                earlier.move(Amendment.State.REPLACED, by=by)
            Amendment.objects.create(opportunity=opportunity, asked_by=by, changes=changes)
            return effect
        _apply(opportunity, changes, by=by, due=effect == Effect.TOLD)
    return effect


def noticed(changes: Changes) -> list[CountryNotice]:
    """What staff have to read before they let these changes through: of the countries that they add."""
    before, after = changes.get("places", ([], []))
    known = set(CountryNotice.objects.of_places(before or []))
    return [one for one in CountryNotice.objects.of_places(after or []) if one not in known]


def accept(amendment: Amendment, *, by: User, notices_read: bool = False) -> None:
    """Staff let it through: it is done, those who applied will be told, a closed opportunity is open again."""
    with transaction.atomic():
        opportunity = _locked(amendment, by)
        new = noticed(amendment.changes)
        if new and not notices_read and amendment.can_move(Amendment.State.ACCEPTED):
            raise StateError(_("Un pays fait l'objet d'un avertissement : lisez-le, puis cochez la case."))
        amendment.move(Amendment.State.ACCEPTED, by=by)
        if opportunity.state not in {Opportunity.State.PUBLISHED, Opportunity.State.CLOSED}:
            raise StateError(_("Cette opportunité ne peut plus être modifiée ici."))
        if opportunity.state == Opportunity.State.CLOSED:
            _may_open_again(opportunity, amendment.changes, _("Son groupe n'a pas signé la charte en vigueur."))
        _apply(opportunity, amendment.changes, by=amendment.asked_by, due=True)
        if new:
            opportunity.record(by=by, changes={"notices": [[], [one.country for one in new]]})
        if opportunity.state == Opportunity.State.CLOSED:
            moderation.publishable(opportunity)
            opportunity.publish(by=by)
        letters.tell(opportunity, "amended", of=f"a{amendment.pk}", accepted=True, said="")


def _may_open_again(opportunity: Opportunity, changes: Changes, unsigned: str) -> None:
    """StateError: without a new last day to apply, what is closed stays so; nor without a signature that stands."""
    if not changes.get("apply_by", (None, None))[1]:
        raise StateError(_("Elle est clôturée : pour la rouvrir, il faut une nouvelle date limite de candidature."))
    if (asked := charters.asked_of(opportunity.owner)) and asked.is_late:
        raise StateError(unsigned)


def refuse(amendment: Amendment, *, by: User, reason: str) -> None:
    """Staff leave things as they are, and say why."""
    with transaction.atomic():
        opportunity = _locked(amendment, by)
        amendment.move(Amendment.State.REFUSED, by=by, reason=moderation.given(reason))
        letters.tell(opportunity, "amended", of=f"a{amendment.pk}", accepted=False, said=reason.strip())


def _locked(amendment: Amendment, by: User) -> Opportunity:
    """Its opportunity, both held until the transaction ends."""
    moderation.staff(by)
    opportunity = amendment.opportunity
    moderation.lock(opportunity)
    amendment.refresh_from_db(fields=["state"])
    return opportunity


def _apply(opportunity: Opportunity, changes: Changes, *, by: User | None, due: bool) -> None:
    """Make it so; StateError, and nothing done, when it could not be submitted like that."""
    before = history.picture(opportunity, criteria_of(opportunity))
    criteria = put(opportunity, changes)
    problems = checks.problems(opportunity, untouched=DATES - changes.keys())
    if problems:
        name, texts = next(iter(problems.items()))
        raise StateError(capfirst(f"{history.label(opportunity, name)} : {texts[0]}"))
    opportunity.save()
    if criteria is not None:
        drafting.keep_criteria(opportunity, criteria)
    made = history.differences(before, history.picture(opportunity, criteria_of(opportunity)))
    opportunity.record(by=by, changes=made, due=due)
    letters.entrusted(opportunity, made, by=by)


def edited(opportunity: Opportunity, changes: Changes, *, by: User) -> None:
    """Staff wrote into it: kept, and told like a change of its group's where that would be; to its group in any case.

    Warnings about countries that this adds were read: the form asks.
    """
    told = opportunity.state in STANDING and bool(changes.keys() & MATERIAL)
    new = noticed(changes) if opportunity.state in STANDING else []
    read = {"notices": [[], [one.country for one in new]]} if new else {}
    opportunity.record(by=by, changes={**changes, **read}, due=told)
    if opportunity.state not in STANDING:
        return
    letters.entrusted(opportunity, changes, by=by)
    if said := {name: change for name, change in changes.items() if name not in letters.PEOPLE}:
        letters.tell(opportunity, "edited", changes=_worded_lazy(opportunity, said))


def put(opportunity: Opportunity, changes: Changes) -> Mapping[tuple[str, str], bool] | None:
    """The new values into the row, not saved; the new criteria, when there are any."""
    after = {name: new for name, (_old, new) in changes.items()}
    for name, value in after.items():
        if name.startswith("details."):
            _put_detail(opportunity.details, name.removeprefix("details."), value)
        elif name in DATES:
            setattr(opportunity, name, date.fromisoformat(value) if value else None)
        elif name != "criteria":
            setattr(opportunity, name, _blank(opportunity, name) if value is None else value)
    if "criteria" not in after:
        return None
    return {(kind, code): must for kind, code, must in after["criteria"] or []}


def _put_detail(details: dict[str, Any], name: str, value: Any) -> None:
    if value is None:
        details.pop(name, None)
    else:
        details[name] = value


def _blank(opportunity: Opportunity, name: str) -> Any:
    return opportunity._meta.get_field(name).get_default()  # type: ignore[union-attr]
