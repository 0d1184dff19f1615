"""What a group fills in to extend, close, reopen or withdraw what it has published."""

from collections.abc import Collection
from typing import Any, ClassVar

from django import forms
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import DayInput
from accounts.models import Organisation
from matching.forms import PlainText, Previewed, telling_nothing
from opportunities import checks
from pacte.days import date_format
from pacte.states import listed


class CloseForm(Previewed):
    """Why a group ends the applications before their date."""

    REASONS = [
        ("filled", _("Nous avons trouvé")),
        ("given_up", _("Le projet ne se fait pas, ou plus tard")),
        ("enough", _("Nous avons reçu assez de candidatures")),
    ]
    TOLD: ClassVar = {
        "filled": _("Le groupe a trouvé ce qu'il cherchait."),
        "given_up": _("Le projet du groupe ne se fait pas, ou plus tard."),
        "enough": _("Le groupe a reçu assez de candidatures."),
    }
    said: ClassVar = ("outcome", "text")
    outcome = forms.ChoiceField(
        label=_("Pourquoi ?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        help_text=_("Celles qui candidatent le liront."),
    )
    text = PlainText(
        rows=3,
        label=_("Précision"),
        required=False,
        max_length=500,
        help_text=_("Pour l'historique : les PME ne la lisent pas."),
    )

    def reason(self) -> str:
        return listed(dict(self.REASONS)[self.cleaned_data["outcome"]], self.cleaned_data["text"])

    @classmethod
    def told(cls, reason: str) -> str | Promise:
        """What those who apply read of a kept reason: which of ours it is, never the group's own words."""
        return next((cls.TOLD[name] for name, label in cls.REASONS if reason.startswith(listed(label))), "")


class TransferForm(Previewed):
    """To which of one's other groups."""

    said: ClassVar = ("to",)
    to = forms.ChoiceField(label=_("Le groupe qui la suivra"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, targets: Collection[Organisation], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by_pk = {str(one.pk): one for one in targets}
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101  # as declared above
        field.choices = [(pk, one.name) for pk, one in self.by_pk.items()]
        if len(self.by_pk) == 1:
            field.initial = next(iter(self.by_pk))

    @property
    def target(self) -> Organisation:
        return self.by_pk[self.cleaned_data["to"]]


class TakeBackForm(Previewed):
    """Why a group takes back what it has published. It says nothing of `secret`, which would tell who it is."""

    said: ClassVar = ("reason",)
    reason = PlainText(
        rows=4,
        label=_("Motif"),
        max_length=500,
        help_text=_("Les candidates le liront : un projet abandonné, reporté, un client qui a changé d'avis…"),
        error_messages={"required": _("Indiquez un motif : il sera lu.")},
    )

    def __init__(self, *args: Any, secret: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_reason(self) -> str:
        return telling_nothing(self.cleaned_data["reason"], self.secret)


class DatesForm(Previewed):
    """New dates, later than those that stand."""

    said: ClassVar = ("apply_by", "answer_by")
    apply_by = forms.DateField(label=_("Candidatures jusqu'au"), widget=DayInput)
    answer_by = forms.DateField(label=_("Réponse promise aux candidates avant le"), widget=DayInput)

    def __init__(self, *args: Any, opportunity: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.stands = opportunity.apply_by if opportunity.is_open else None
        self.state = opportunity.state  # an extension is public at once, what is closed opens with staff
        for name in self.said:
            if announced := getattr(opportunity, name):
                said = _("Annoncé : %(day)s.") % {"day": date_format(announced, "j F Y")}
                self.fields[name].help_text = said

    def fingerprint(self) -> str:
        return self.fingerprint_of(self.state, super().fingerprint())

    def clean_apply_by(self) -> Any:
        day = self.cleaned_data["apply_by"]
        if day < timezone.localdate():
            raise forms.ValidationError(_("Cette date est passée."))
        if self.stands and day <= self.stands:
            raise forms.ValidationError(_("Choisissez un jour après celui qui est annoncé."))
        if day > timezone.localdate() + checks.FARTHEST:
            raise forms.ValidationError(_("Cette date est à plus de trois ans : vérifiez l'année."))
        return day

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        last, answer = answers.get("apply_by"), answers.get("answer_by")
        if last and (wrong := checks.of_promise(last, answer)):
            self.add_error("answer_by", wrong)
        return answers


class PlacesForm(Previewed):
    """More introductions than now; what was shown covers who gets them (`who`)."""

    said: ClassVar = ("capacity",)
    capacity = forms.IntegerField(label=_("Nombre de mises en relation souhaitées"), max_value=99)
    who = ""

    def __init__(self, data: Any, *, opportunity: Any) -> None:
        super().__init__(data)
        self.opportunity = opportunity
        self.fields["capacity"].initial = opportunity.capacity

    def clean_capacity(self) -> int:
        wanted: int = self.cleaned_data["capacity"]
        if wanted <= self.opportunity.capacity:
            told = _("Il y a déjà %(count)s places : donnez un nombre plus grand.")
            raise forms.ValidationError(told % {"count": self.opportunity.capacity})
        return wanted

    def fingerprint(self) -> str:
        return self.fingerprint_of(self.who, super().fingerprint())

    def shown_again(self) -> "PlacesForm":
        """The same, beside the preview of what it says."""
        typed = {"capacity": self.cleaned_data["capacity"], "previewed": self.fingerprint()}
        return type(self)(typed, opportunity=self.opportunity)
