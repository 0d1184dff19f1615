"""What still stands between an opportunity and its submission: one list, read by the form, the page and the move."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities import leaks
from opportunities.amounts import Amount
from opportunities.models import Opportunity

FARTHEST = timedelta(days=3 * 366)
LONGEST = timedelta(days=90)  # that a company may wait for its answer once nobody applies any more
Problems = dict[str, list[str]]  # by field; the fields of its kind are "details.role"


def problems(opportunity: Opportunity, *, untouched: Collection[str] = ()) -> Problems:
    """{field: what is wrong}; nothing when it can be submitted.

    Of what is public already, a date that passed while it stood there may stay as it is: `untouched`.
    """
    found: defaultdict[str, list[str]] = defaultdict(list)
    own = {field.name for field in opportunity.spec.fields}
    common = {field.name for field in opportunity._meta.fields}
    for name in opportunity.missing():
        is_own = name in own and (name not in common or getattr(opportunity, name))
        found[f"details.{name}" if is_own else name].append(_("À remplir avant de soumettre."))
    for name, text in (_dates(opportunity, untouched) | _amount(opportunity)).items():
        found[name].append(text)
    if same_person(opportunity):
        found["deputy_email"].append(same_person_text())
    for name, text in leaking(opportunity).items():
        found[name].append(text)
    return dict(found)


def leaking(opportunity: Opportunity) -> dict[str, str]:
    """{field: in words, what gives a confidential group away there}."""
    return {
        name: file_text(tell) if name == leaks.FILES else leak_text(tell)
        for name, tell in leaks.found(opportunity).items()
    }


def file_text(tell: str) -> str:
    return (
        _(
            "Un fichier joint, par son nom ou ses propriétés, dit « %s », qui désigne votre groupe alors qu'il est "
            "confidentiel : remplacez ce fichier."
        )
        % tell
    )


def leak_text(tell: str) -> str:
    return _("« %s » laisse deviner votre groupe, alors que son nom est confidentiel.") % tell


def _dates(opportunity: Opportunity, untouched: Collection[str]) -> dict[str, str]:
    today, last, answer = timezone.localdate(), opportunity.apply_by, opportunity.answer_by
    found = {}
    if last and last < today and "apply_by" not in untouched:
        found["apply_by"] = _("Cette date est passée.")
    if answer and answer < today and "answer_by" not in untouched:
        found["answer_by"] = _("Cette date est passée.")
    elif text := of_promise(last, answer):
        found["answer_by"] = text
    for name, day in [("apply_by", last), ("answer_by", answer)]:
        if day and day > today + FARTHEST:
            found[name] = _("Cette date est à plus de trois ans : vérifiez l'année.")
    return found


def of_promise(last: date | None, answer: date | None) -> str:
    """What is wrong with the day by which an answer is promised, for that last day to apply; or nothing."""
    if answer and last and answer < last:
        return _("La réponse ne peut pas être promise avant la fin des candidatures.")
    if answer and answer > (last or timezone.localdate()) + LONGEST:
        if last:
            return _("Promettez une réponse dans les 90 jours qui suivent la fin des candidatures.")
        return _("Sans date limite, promettez une réponse dans les 90 jours.")
    return ""


def _amount(opportunity: Opportunity) -> dict[str, str]:
    """What submission needs of it, where money goes to the SME; what is public already may have been sent without."""
    if not opportunity.spec.asks_amount or not opportunity.is_editable:
        return {}
    if not opportunity.amount:
        return {"amount": _("Choisissez une tranche, ou « non communiqué » avec la raison.")}
    if opportunity.amount == Amount.UNDISCLOSED and not opportunity.amount_reason.strip():
        return {"amount_reason": _("Dites pourquoi le montant n'est pas communiqué : notre équipe seule le lit.")}
    return {}


def same_person_text() -> str:
    return _("Le suppléant doit être une autre personne que le contact principal.")


def same_person(opportunity: Opportunity) -> bool:
    deputy = opportunity.deputy_email.casefold()
    return bool(deputy) and deputy == opportunity.contact_email.casefold()
