"""What each side fills in about an introduction, and staff who call them."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from matching.forms import PlainText
from matching.models import ANSWERS, Declaration, Rating, Said, Side, Without
from matching.models.portage import WORDS
from matching.outcomes import Words
from matching.ratings import label_of
from opportunities.amounts import Amount

MET = [
    (Said.CONTACT, _("Oui, le contact a eu lieu")),
    (Said.NOT_YET, _("Pas encore")),
    (Said.NO_TIME, _("Je n'ai plus le temps : dites-le pour moi, avec mes remerciements")),
]
CAME_OF_IT = [
    (Said.TALKING, _("Nous en discutons")),
    (Said.OFFER, _("Une offre est faite")),
    (Said.WON, _("Une affaire est conclue")),
    (Said.LOST, _("L'affaire est perdue")),
    (Said.GIVEN_UP, _("Nous avons renoncé")),
    (Said.NEVER, _("Le contact n'a jamais eu lieu")),
    MET[-1],
]
OF_A_PORTAGE = [
    (Said.TALKING, _("Nous en discutons")),
    (Said.WON, _("Le portage est convenu")),
    (Said.LOST, _("Le portage ne se fera pas")),
    (Said.GIVEN_UP, _("Nous avons renoncé")),
    (Said.NEVER, _("Le contact n'a jamais eu lieu")),
    MET[-1],
]


class ContactForm(forms.Form):
    """Whether they met: one click, and a word to the team at will."""

    said = forms.ChoiceField(
        label=_("Le contact a-t-il eu lieu ?"),
        choices=MET,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )
    note = PlainText(
        rows=3,
        label=_("Un mot à l'équipe de Pacte International"),
        required=False,
        max_length=Declaration.NOTE_MAX,
        help_text=_("Nous seuls le lisons."),
    )

    def words(self) -> Words:
        return Words(**self.cleaned_data)


class OutcomeForm(ContactForm):
    """What came of it; a win goes with its size, and with whether it is ours."""

    said = forms.ChoiceField(
        label=_("Où en êtes-vous ?"),
        choices=CAME_OF_IT,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )
    amount = forms.ChoiceField(
        label=_("Si une affaire est conclue : son montant"),
        required=False,
        choices=[("", _("Choisissez")), *Amount.choices],
        help_text=_("Un ordre de grandeur ; « non communiqué » convient aussi."),
    )
    years = forms.IntegerField(
        label=_("Sur combien d'années ?"), required=False, min_value=1, max_value=Declaration.YEARS_MAX
    )
    without = forms.ChoiceField(
        label=_("Cela se serait-il fait sans Pacte International ?"),
        required=False,
        choices=[(value, capfirst(label)) for value, label in Without.choices],
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, side: Side, confirms: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.side = side
        self.order_fields(["said", "amount", "years", "without", "note"])
        if confirms:  # the yes comes first
            yes = (Said.WON, _("Oui, une affaire est conclue"))
            rest = [one for one in CAME_OF_IT if one[0] != Said.WON]
            self.fields["said"].choices = [yes, *rest]  # type: ignore[attr-defined]
        if side == Side.GROUP:
            del self.fields["without"]

    def clean(self) -> dict[str, Any]:
        """An SME's win counts, so it says how large it is and whether it owes it to us."""
        answers = super().clean() or {}
        if answers.get("said") == Said.WON and self.side == Side.SME:
            if not answers.get("amount"):
                self.add_error("amount", _("Indiquez un ordre de grandeur, ou « non communiqué »."))
            if not answers.get("without"):
                self.add_error("without", _("Dites si cela se serait fait sans nous : c'est ce qui nous juge."))
        return answers


class PortageOutcomeForm(ContactForm):
    """What came of it: a portage is free, so nobody asks how much."""

    said = forms.ChoiceField(
        label=_("Où en êtes-vous ?"),
        choices=OF_A_PORTAGE,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choisissez une réponse.")},
    )


class RatingForm(forms.Form):
    """Five answers from 1 to 5, and a word that only staff read."""

    MARKS = [(mark, str(mark)) for mark in range(1, 6)]

    comment = PlainText(
        rows=3,
        label=_("Un mot à l'équipe de Pacte PME"),
        required=False,
        max_length=Rating.COMMENT_MAX,
        help_text=_("Nous seuls le lisons : le groupe ne le verra jamais."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ANSWERS:
            self.fields[name] = forms.TypedChoiceField(
                label=capfirst(label_of(name)),
                choices=self.MARKS,
                coerce=int,
                help_text=_("1, le moins bien ; 5, le mieux"),
                widget=forms.RadioSelect(attrs={"class": "marks"}),
                error_messages={"required": _("Choisissez une note de 1 à 5.")},
            )
        self.order_fields([*ANSWERS, "comment"])


class CallForm(forms.Form):
    """What staff heard on the telephone."""

    text = forms.CharField(
        label=_("Ce qui s'est dit"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        max_length=2000,
        help_text=_("Qui vous avez joint, ce qui est promis, pour quand. Visible de l'équipe seulement."),
    )


class HeardForm(CallForm):
    """What a side told them, to be kept as its word."""

    side = forms.ChoiceField(label=_("Qui l'a dit"), choices=Side.choices, widget=forms.RadioSelect)
    said = forms.ChoiceField(label=_("Ce qu'il en dit"), choices=Said.choices, widget=forms.RadioSelect)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.order_fields(["side", "said", "text"])


class PortageHeardForm(HeardForm):
    """The same of a portage, in its words."""

    said = forms.ChoiceField(
        label=_("Ce qu'il en dit"),
        choices=[one for one in WORDS.items() if one[0] != Said.OFFER],
        widget=forms.RadioSelect,
    )
