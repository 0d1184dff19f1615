"""What staff read and write down of what came of an introduction, of either kind."""

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from matching import outcomes
from matching.models import Asking, Declaration, Side
from matching.models.introduction import AnyIntroduction
from matching.outcome_forms import CallForm, HeardForm
from pacte.transitions import KeptInline, Transition

State = AnyIntroduction.State


class DeclarationInline(KeptInline):
    model = Declaration
    fields = ["at", "by", "amount", "years", "without", "note"]  # its title says the rest
    readonly_fields = ["at", "by", "amount", "years", "without", "note"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Declaration]:
        """With what its title and its columns read."""
        return super().get_queryset(request).select_related("introduction", "portage", "by")


class AskingInline(KeptInline):
    model = Asking
    fields = ["at", "address"]
    readonly_fields = ["at", "address"]


def following_up(heard: type[HeardForm]) -> tuple[Transition, ...]:
    """What staff do about one that has left; `heard` has the words of its kind."""
    return (
        Transition(
            "call",
            _("Noter un appel"),
            frozenset({State.SENT}),
            lambda obj, user, answers: outcomes.note_call(obj, by=user, text=answers["text"]),
            CallForm,
            explanation=_("Après avoir appelé l'un des deux côtés ; la mise en relation reste dans la file."),
        ),
        Transition(
            "hear",
            _("Noter ce qu'un côté dit"),
            frozenset({State.SENT}),
            lambda obj, user, answers: outcomes.hear(
                obj, Side(answers["side"]), answers["said"], by=user, text=answers["text"]
            ),
            heard,
            explanation=_("Ce qu'un côté vous a dit au téléphone devient sa déclaration, à votre nom. Une affaire "
                          "conclue, ou un portage convenu, l'entreprise le déclare elle-même."),
        ),
        Transition(
            "resolve",
            _("Clore le suivi"),
            frozenset({State.SENT}),
            lambda obj, user, answers: outcomes.resolve(obj, by=user, text=answers["text"]),
            CallForm,
            explanation=_("Elle quitte la file, jusqu'à ce qu'un côté dise autre chose. Les déclarations ne changent "
                          "pas : chaque côté corrige la sienne sur sa page."),
        ),
    )  # fmt: skip
