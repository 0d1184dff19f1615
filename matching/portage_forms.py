"""What an SME fills in to ask for portage, and what groups and staff answer."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import or_none
from accounts.models import Organisation, SmeProfile, User
from accounts.taxonomy import places
from accounts.taxonomy.terms import Choices
from matching import portage, portage_file
from matching.forms import AnswerForm, PlainText, without_coordinates
from matching.models import PortageRequest
from matching.models.portage import TEXT_MAX, support_choices
from opportunities import leaks
from pacte.transitions import WithReason


def abroad() -> Choices:
    """Countries that one exports to."""
    return [choice for choice in places.choices() if choice[0] != "FR"]


def unnamed(text: str, company: Organisation, contact: User | None) -> str:
    """The text, or ValidationError: a company that is not named does not name itself, nor whoever writes for it."""
    if tell := portage_file.tell_in(text, company, contact):
        told = _("« %(tell)s » dit qui vous êtes : écrivez-le autrement.")
        raise forms.ValidationError(told, code="tells", params={"tell": tell})
    return text


class PortageForm(forms.Form):
    """The project, and the two things that the SME agrees to."""

    country = forms.ChoiceField(label=_("Pays"), choices=or_none(abroad))
    horizon = forms.ChoiceField(label=_("Quand ?"), choices=SmeProfile.Horizon.choices, widget=forms.RadioSelect)
    support = forms.MultipleChoiceField(
        label=_("L'aide que vous cherchez"),
        choices=support_choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Cochez au moins une aide.")},
    )
    text = PlainText(
        rows=8,
        label=_("Votre projet en quelques lignes"),
        max_length=TEXT_MAX,
        help_text=_("Ce que vous voulez vendre, à qui, où vous en êtes, ce qui vous manque. Texte simple."),
    )
    budget = forms.CharField(
        label=_("Budget"),
        required=False,
        max_length=120,
        help_text=_("Ce que vous pouvez y mettre, si vous le savez."),
    )
    timing = forms.CharField(
        label=_("Calendrier"), required=False, max_length=120, help_text=_("Une échéance, un salon, une saison.")
    )
    contact = forms.ModelChoiceField(
        queryset=User.objects.none(),
        empty_label="–",
        label=_("Personne à contacter"),
        help_text=_("Ses coordonnées ne sont transmises qu'avec la mise en relation."),
    )
    named = forms.TypedChoiceField(
        label=_("Ce que les groupes lisent avant de répondre"),
        choices=[
            ("non", _("Votre projet sans le nom de votre entreprise : il n'est donné qu'au groupe qui accepte")),
            ("oui", _("Votre projet avec le nom et le profil de votre entreprise")),
        ],
        coerce=lambda value: value == "oui",
        initial="non",
        widget=forms.RadioSelect,
    )
    consent = forms.BooleanField(
        label=portage.CONSENT,
        error_messages={"required": _("Sans votre accord, rien n'est transmis.")},
    )

    def __init__(self, *args: Any, company: Organisation, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.company = company
        here = {"memberships__organisation": company, "memberships__ended_at": None}
        members = User.objects.filter(**here, is_active=True)
        self.fields["contact"].queryset = members.order_by("last_name", "first_name", "pk")  # type: ignore[attr-defined]

    def clean_country(self) -> str:
        country: str = self.cleaned_data["country"]
        open_ones = PortageRequest.objects.filter(company=self.company, country=country).alive()
        if open_ones.exists():
            raise forms.ValidationError(_("Votre entreprise a déjà une demande en cours pour ce pays."), code="open")
        return country

    def clean_text(self) -> str:
        return without_coordinates(self.cleaned_data["text"])

    def clean_budget(self) -> str:
        return without_coordinates(self.cleaned_data["budget"])

    def clean_timing(self) -> str:
        return without_coordinates(self.cleaned_data["timing"])

    def clean(self) -> dict[str, Any]:
        """Who is not named does not name itself."""
        answers = super().clean() or {}
        if not answers.get("named"):
            for name in ("text", "budget", "timing"):
                try:
                    unnamed(answers.get(name, ""), self.company, answers.get("contact"))
                except forms.ValidationError as error:
                    self.add_error(name, error)
        return answers

    def written(self) -> dict[str, Any]:
        names = ["country", "horizon", "support", "text", "budget", "timing", "contact", "named"]
        return {name: self.cleaned_data[name] for name in names}


class ReplyForm(AnswerForm):
    """What the SME answers to a group that may not know its name yet."""

    def __init__(self, *args: Any, asked: PortageRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked

    def clean_text(self) -> str:
        text = super().clean_text()
        return text if self.asked.named else unnamed(text, self.asked.company, self.asked.contact)


class RefuseForm(WithReason):
    """What staff answer: the SME reads it, and no group that was asked is named to it."""

    def __init__(self, *args: Any, request: PortageRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = Organisation.objects.filter(portage_answers__request=request)

    def clean_reason(self) -> str:
        text: str = self.cleaned_data["reason"]
        secret = {tell for group in self.asked for tell in leaks.tells_of_group(group)}
        if tell := leaks.first_in(text, secret):
            told = _("« %(tell)s » dit quel groupe a été consulté : l'entreprise ne doit pas le savoir.")
            raise forms.ValidationError(told, code="tells", params={"tell": tell})
        return text


class RouteForm(forms.Form):
    """Staff choose among the groups that are there, those that fit best first."""

    groups: ClassVar[Any] = forms.ModelMultipleChoiceField(
        label=_("Groupes présents dans ce pays"),
        queryset=Organisation.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choisissez au moins un groupe.")},
    )

    def __init__(self, *args: Any, request: PortageRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = request.answers.values("group")
        there = list(portage.present_in(request.country, request.company).exclude(pk__in=known))
        fits = {one.pk: portage_file.fit(request, one.pk) for one in there}
        there.sort(key=lambda one: -(fit.score if (fit := fits[one.pk]) else -1))
        field = self.fields["groups"]
        field.queryset = Organisation.objects.filter(pk__in=[one.pk for one in there])  # type: ignore[attr-defined]
        field.choices = [(one.pk, self._label(one, fits[one.pk])) for one in there]  # type: ignore[attr-defined]
        if not there:
            field.help_text = _("Aucun autre groupe n'a déclaré de présence dans ce pays.")

    @staticmethod
    def _label(group: Organisation, fit: Any) -> str:
        return f"{group.name} · {fit.band_label} ({fit.score:.0f})" if fit else group.name
