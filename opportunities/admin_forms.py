"""What staff fill in about an opportunity."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.html import escape, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.forms.fields import DayInput
from accounts.models import User
from opportunities import amendments, checks, history, leaks, moderation
from opportunities.fields import of_kind
from opportunities.hints import Hint
from opportunities.kinds import Field
from opportunities.models import CountryNotice, Opportunity, RejectReason
from pacte.transitions import WithReason

COMMENTED = [
    "kind", "title", "teaser", "description", "benefits", "language", "details", "stage", "places", "sectors",
    "cpv_codes", "hs_codes", "naf_codes", "criteria", "questions", "alias", "attachments", "amount", "apply_by",
    "answer_by", "capacity", "next_step", "decided_by", "contacts",
]  # fmt: skip


class NoticesForm(forms.Form):
    """A box to tick where a country has a notice."""

    def __init__(self, *args: Any, notices: Sequence[CountryNotice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if notices:
            self.fields["notices"] = forms.BooleanField(
                label=_("J'ai lu ce qu'il faut savoir avant de publier sur : %(countries)s")
                % {"countries": ", ".join(one.name for one in notices)},
                help_text=" ".join(one.text for one in notices),
                error_messages={"required": _("Lisez les avertissements de la fiche, puis cochez cette case.")},
            )


class PublishForm(NoticesForm):
    checked = forms.BooleanField(
        label=_("J'ai relu la liste de contrôle"),
        error_messages={"required": _("Relisez la liste de contrôle, puis cochez la case.")},
    )
    reason = forms.CharField(
        label=_("Motif : les candidatures se terminent dans moins de sept jours"),
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=2000,
    )

    def __init__(self, *args: Any, hints: Sequence[Hint], short: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not short:
            del self.fields["reason"]
        told = format_html_join("", "<br>{} : {}", [(capfirst(str(one.field)), one.text) for one in hints])
        self.fields["checked"].help_text = told or _("Rien à signaler : longueur, coordonnées, dates, noms, genre.")


class ChangesForm(forms.Form):
    """One word for the whole, and one for each field that needs it, below what it says; at least one of them."""

    general = forms.CharField(
        label=_("Commentaire général"), widget=forms.Textarea(attrs={"rows": 4, "cols": 80}), required=False
    )

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says, spec = history.says(opportunity), opportunity.spec
        unasked = {name for name, asked in [("stage", spec.asks_stage), ("amount", spec.asks_amount)] if not asked}
        for name in COMMENTED:
            if name in unasked:
                continue
            self.fields[name] = forms.CharField(
                label=capfirst(str(history.label(opportunity, name))),
                help_text=escape(says.get(name, "")),
                widget=forms.Textarea(attrs={"rows": 2, "cols": 80}),
                required=False,
            )

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if not any(answers.values()):
            raise forms.ValidationError(_("Écrivez au moins un commentaire : le groupe doit savoir quoi changer."))
        return answers


class RejectForm(forms.Form):
    reason = forms.ChoiceField(label=_("Motif"), choices=[("", "–"), *RejectReason.choices])
    text = forms.CharField(
        label=_("Message au groupe"),
        widget=forms.Textarea(attrs={"rows": 4, "cols": 80}),
        required=False,
        max_length=2000,
    )


class WithdrawForm(WithReason):
    """The reason is the group's to read; `told` is for those who apply, who may not know which group it is."""

    told = forms.CharField(
        label=_("Ce que les candidates liront"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 80}),
        max_length=500,
        help_text=_("Sans rien ici : « L'opportunité a été retirée par notre équipe. »"),
    )

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = leaks.tells(opportunity) if opportunity.confidential else frozenset()
        self.fields["reason"].help_text = _("Gardé dans l'historique, et écrit au groupe seul.")

    def clean_told(self) -> str:
        text: str = self.cleaned_data["told"]
        if tell := leaks.first_in(text, self.secret):
            raise forms.ValidationError(checks.leak_text(tell), code="tells")
        return text


class RestoreForm(WithReason):
    """Where the last day to apply has passed while it was suspended, another, and the promise that goes with it."""

    apply_by = forms.DateField(label=_("Nouvelle date limite de candidature"), widget=DayInput)
    answer_by = forms.DateField(label=_("Réponse promise aux candidates avant le"), widget=DayInput)

    def __init__(self, *args: Any, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        last = opportunity.apply_by
        if last is None or last >= timezone.localdate():
            del self.fields["apply_by"], self.fields["answer_by"]
            return
        told = _("Celle qui était annoncée, le %(day)s, est passée. Celles qui candidatent sont prévenues.")
        self.fields["apply_by"].help_text = told % {"day": history.day(last)}

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        days = {name: answers[name] for name in ("apply_by", "answer_by") if answers.get(name)}
        for name, day in days.items():
            if day < timezone.localdate():
                self.add_error(name, _("Cette date est passée."))
            elif day > timezone.localdate() + checks.FARTHEST:
                self.add_error(name, _("Cette date est à plus de trois ans : vérifiez l'année."))
        if wrong := checks.of_promise(days.get("apply_by"), days.get("answer_by")):
            self.add_error("answer_by", wrong)
        return answers


def restore(opportunity: Opportunity, user: User, answers: Mapping[str, Any]) -> None:
    dates = {name: answers[name] for name in ("apply_by", "answer_by") if name in answers}
    moderation.restore(opportunity, by=user, reason=answers["reason"], dates=dates)


def request_changes(opportunity: Opportunity, user: User, answers: Mapping[str, Any]) -> None:
    comments = [("" if name == "general" else name, text) for name, text in answers.items() if text]
    moderation.request_changes(opportunity, by=user, comments=comments)


class OpportunityAdminForm(forms.ModelForm):
    """What the group's own form holds it to, and staff might forget: an edit here is public at once.

    Below each field of codes, what they say.
    """

    notices_read = forms.BooleanField(
        label=_("Pays ajoutés : j'ai lu leurs avertissements"),
        required=False,
        help_text=_("Si l'opportunité est publiée et qu'un avertissement porte sur un pays que vous ajoutez."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        says = history.says(self.instance) if self.instance.pk else {}
        for name in [name for name in (*history.SCHEMES, "details") if name in self.fields]:
            self.fields[name].help_text = escape(says.get(name, "").removeprefix(history.NOTHING))

    def clean_confidential(self) -> bool:
        wanted: bool = self.cleaned_data["confidential"]
        if self.instance.confidential and not wanted:
            raise forms.ValidationError(
                _("Le groupe a demandé que son nom reste confidentiel : lui seul peut y renoncer.")
            )
        return wanted

    def clean_details(self) -> dict[str, Any]:
        found = self.cleaned_data["details"]
        details = {} if found is None else found
        if not isinstance(details, dict):
            raise forms.ValidationError(_("Écrivez un objet JSON, entre accolades."))
        wrong = [str(field.label) for field in self.instance.spec.fields if not _fits(field, details.get(field.name))]
        if wrong:
            raise forms.ValidationError(_("Valeur impossible : %(fields)s.") % {"fields": ", ".join(wrong)})
        return details

    def clean(self) -> dict[str, Any]:
        answers = super().clean() or {}
        if self.instance.state in amendments.STANDING and not answers.get("notices_read"):
            places = [self.instance.places, answers.get("places") or []]
            for notice in amendments.noticed({"places": places}):
                told = {"name": notice.name, "text": notice.text}
                self.add_error("notices_read", _("%(name)s : %(text)s Lisez, puis cochez cette case.") % told)
        return answers

    def _post_clean(self) -> None:
        """The instance has the new values by now."""
        super()._post_clean()  # type: ignore[misc]
        for name, text in checks.leaking(self.instance).items():
            field = name.partition(".")[0]
            self.add_error(field if field in self.fields else None, text)


def _fits(field: Field, value: Any) -> bool:
    """Whether the pages can show it."""
    if value in (None, "", []):
        return True
    if isinstance(value, dict) or isinstance(value, list) != (field.type == "choices"):
        return False
    try:
        if field.type == "date":
            date.fromisoformat(value)
        else:
            of_kind(field).clean(value)
    except (forms.ValidationError, TypeError, ValueError):
        return False
    return True
