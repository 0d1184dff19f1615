"""The questions that a group puts to those who apply: kept as [{"text": …, "required": …}], five at most."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MOST = 5
LONGEST = 200  # characters of a question
ANSWER = 600  # characters of an answer
Question = Mapping[str, Any]

LIBRARY: Sequence[Promise] = (
    _("Avez-vous déjà livré un client de ce pays ? Lequel, et quand ?"),
    _("Quel est votre délai habituel, de la commande à la livraison ?"),
    _("Quelle capacité pouvez-vous réserver sur les douze prochains mois ?"),
    _("Qui parmi vous parle la langue de travail du projet ?"),
    _("Avez-vous un partenaire ou un agent sur place ?"),
    _("Pouvez-vous assurer le montage, la maintenance ou la formation sur place ?"),
    _("Quelle part de votre offre est fabriquée en France ?"),
    _("Quelles normes locales votre produit respecte-t-il déjà ?"),
)


def of(rows: Iterable[tuple[str, bool]]) -> list[dict[str, Any]]:
    """Rows of a form as they are kept: without the blank ones, each question once."""
    found: dict[str, bool] = {}
    for text, required in rows:
        if said := " ".join(text.split()):
            found[said] = found.get(said, False) or required
    return [{"text": text, "required": required} for text, required in found.items()][:MOST]
