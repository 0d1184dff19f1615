"""The form field for each of the fields that a kind asks for."""

from collections.abc import Callable, Mapping

from django import forms

from accounts.forms.fields import DayInput
from opportunities.kinds import Field

LONGEST = 2000


def of_kind(field: Field) -> forms.Field:
    """The form field for one of the fields that a kind asks for."""
    label = str(field.label)[:1].upper() + str(field.label)[1:]
    return _BUILDERS[field.type](field)(label=label, help_text=field.help_text, required=field.required)


_Builder = Callable[..., forms.Field]


def _text(field: Field) -> _Builder:
    return lambda **kwargs: forms.CharField(max_length=200, **kwargs)


def _long(field: Field) -> _Builder:
    area = forms.Textarea(attrs={"rows": 4})
    return lambda **kwargs: forms.CharField(max_length=LONGEST, widget=area, **kwargs)


def _integer(field: Field) -> _Builder:
    return lambda **kwargs: forms.IntegerField(min_value=1, max_value=10_000, **kwargs)


def _date(field: Field) -> _Builder:
    return lambda **kwargs: forms.DateField(widget=DayInput, **kwargs)


def _url(field: Field) -> _Builder:
    return lambda **kwargs: forms.URLField(assume_scheme="https", **kwargs)


def _boolean(field: Field) -> _Builder:
    return lambda **kwargs: forms.BooleanField(**kwargs | {"required": False})


def _choice(field: Field) -> _Builder:
    return lambda **kwargs: forms.ChoiceField(choices=[("", "–"), *field.options], **kwargs)


def _choices(field: Field) -> _Builder:
    return lambda **kwargs: forms.MultipleChoiceField(
        choices=field.options, widget=forms.CheckboxSelectMultiple, **kwargs
    )


_BUILDERS: Mapping[str, Callable[[Field], _Builder]] = {
    "text": _text,
    "long": _long,
    "integer": _integer,
    "date": _date,
    "url": _url,
    "boolean": _boolean,
    "choice": _choice,
    "choices": _choices,
}
