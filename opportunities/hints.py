"""What a moderator should look at twice before publishing: computed, never a verdict."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from opportunities import checks, coordinates, leaks
from opportunities.history import label
from opportunities.models import Attachment, Opportunity
from opportunities.unwanted import UNWANTED

SHORT = 300  # characters of a description that hardly says anything
SHOUTED, LETTERS = 0.6, 12  # the share of capitals in a title of at least so many letters
NEAR = timedelta(days=10)


@dataclass(frozen=True, slots=True)
class Hint:
    """One remark, with the name of the field it is about as people read it."""

    field: str
    text: str


def of(opportunity: Opportunity) -> list[Hint]:
    """All of them, in the order of the form."""
    return [Hint(str(label(opportunity, name)), text) for name, text in _found(opportunity)]


def _found(opportunity: Opportunity) -> Iterator[tuple[str, str]]:
    if _is_shouted(opportunity.title):
        yield "title", _("Presque tout en capitales.")
    if (length := len(opportunity.description.strip())) < SHORT:
        yield "description", _("%(n)s caractères seulement : le besoin est-il clair ?") % {"n": length}
    for name, text in leaks.public_texts(opportunity):
        for remark in _in_text(text):
            yield name, remark
    yield from checks.leaking(opportunity).items()
    for file in opportunity.attachments.listed().exclude(state=Attachment.State.CLEAN):
        yield "attachments", _unread(file)
    if opportunity.apply_by and opportunity.apply_by < timezone.localdate() + NEAR:
        yield "apply_by", _("Moins de dix jours pour candidater.")


def _unread(file: Attachment) -> str:
    if file.state == Attachment.State.INFECTED:
        return _("« %s » est refusé par l'antivirus : personne ne peut l'ouvrir.") % file.name
    return _("« %s » attend l'antivirus : publié sans être lu, il ne sera montré qu'après votre accord.") % file.name


def _in_text(text: str) -> Iterator[str]:
    seen = coordinates.shown(text)
    if coordinates.are_in(seen):
        yield _("Un e-mail ou un téléphone y figure : les coordonnées viennent avec la mise en relation.")
    if coordinates.LINK.search(seen):
        yield _("Une adresse web y figure.")
    for one in UNWANTED:
        if one.words and (found := one.words.search(seen)):
            yield _("« %(word)s » : %(remark)s") % {"word": found.group(), "remark": one.remark}


def _is_shouted(title: str) -> bool:
    letters = [letter for letter in title if letter.isalpha()]
    return len(letters) >= LETTERS and sum(letter.isupper() for letter in letters) > SHOUTED * len(letters)
