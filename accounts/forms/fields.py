"""Fields that several forms share: folded lists of boxes, codes typed by hand, days."""

import re
import unicodedata
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.taxonomy import codes, places
from accounts.taxonomy.terms import Choices

LINK = re.compile(r"://|\bwww\.", re.IGNORECASE)


def without_link(text: str) -> None:
    """Of what we write to people for somebody: our mails lead nowhere but to us."""
    if LINK.search(text):
        raise forms.ValidationError(_("Retirez l'adresse web : elle n'a pas sa place ici."), code="link")


class FoldedCheckboxes(forms.CheckboxSelectMultiple):
    """A long list of boxes behind a summary that counts what is ticked; each group of a grouped list has its own."""

    template_name = "django/forms/widgets/folded.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        """With `folds`: (label, options, labels of those ticked)."""
        context = super().get_context(name, value, attrs)
        folds: dict[str, list[dict[str, Any]]] = {}
        for group, options, _index in context["widget"]["optgroups"]:
            folds.setdefault(group or "", []).extend(options)
        ticked = {label: [one["label"] for one in options if one["selected"]] for label, options in folds.items()}
        context["widget"]["folds"] = [(label, options, ticked[label]) for label, options in folds.items()]
        return context


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__(attrs, format="%Y-%m-%d")


class NameField(forms.CharField):
    """Somebody's name, on one line: without signs that do not show, or turn what follows, to pass for another's."""

    default_validators = [without_link]

    def to_python(self, value: Any) -> str:
        line = " ".join(str(super().to_python(value) or "").split())
        return "".join(sign for sign in line if unicodedata.category(sign) not in {"Cc", "Cf"}).strip()


class CodesField(forms.CharField):
    """Codes of one nomenclature, as people type them between commas; a list of codes, as we store them."""

    def __init__(self, *, scheme: str, **kwargs: Any) -> None:
        self.scheme = scheme
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        good, bad = codes.parse_list(self.scheme, super().clean(value))
        if bad:
            raise forms.ValidationError(
                _("Nous ne reconnaissons pas : %(codes)s."), params={"codes": ", ".join(bad)}, code="unknown"
            )
        return good


class LinesField(forms.CharField):
    """Short texts, one a line; a list of them, each once, as we store them."""

    widget = forms.Textarea(attrs={"rows": 5})

    def __init__(self, *, most: int, longest: int, **kwargs: Any) -> None:
        self.most, self.longest = most, longest
        super().__init__(**kwargs)

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Blank lines and spaces are no change."""
        try:
            return bool(self.clean(data) != (initial or []))
        except forms.ValidationError:
            return True

    def clean(self, value: Any) -> Any:
        lines = [" ".join(line.split()) for line in str(super().clean(value)).splitlines()]
        found = list(dict.fromkeys(filter(None, lines)))
        if len(found) > self.most:
            raise forms.ValidationError(_("%(most)s lignes au plus."), params={"most": self.most}, code="many")
        if long := next((line for line in found if len(line) > self.longest), ""):
            told = _("« %(line)s… » compte plus de %(most)s caractères.")
            params = {"line": long[:30], "most": self.longest}
            raise forms.ValidationError(told, params=params, code="long")
        return found


class Several(forms.MultipleChoiceField):
    """Each choice once, however often it was sent."""

    def to_python(self, value: Any) -> list[str]:
        return list(dict.fromkeys(super().to_python(value)))


def boxes(**kwargs: Any) -> forms.MultipleChoiceField:
    """Several of a short list."""
    return Several(required=False, widget=forms.CheckboxSelectMultiple, **kwargs)


def folded(**kwargs: Any) -> forms.MultipleChoiceField:
    """Several of a long list."""
    return Several(required=False, widget=FoldedCheckboxes, **kwargs)


def place_choices() -> list[tuple[str, Choices]]:
    """Countries under their zones, each zone whole first."""
    zones = zip(places.ZONES, places.grouped_choices(), strict=True)
    return [(label, [(code, gettext("toute la zone %s") % label), *inside]) for code, (label, inside) in zones]


def or_none(choices: Any) -> Any:
    """The same list, for a select that may stay empty."""
    return lambda: [("", "–"), *choices()]
