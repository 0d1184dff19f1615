"""What people write about an application."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django import forms
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from matching.models import (
    Application,
    DeclineReason,
    DismissReason,
    InContact,
    Message,
)
from matching.together import Act, Fate, Words
from opportunities import checks, coordinates, leaks, questions
from pacte.days import date_format


class PlainText(forms.CharField):
    """Several lines; a line break counts for one character, as in the browser's counter."""

    def __init__(self, *, rows: int, **kwargs: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": rows}), **kwargs)

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


NOT_YET = _(
    "Retirez l'adresse e-mail, le téléphone ou l'adresse web : les coordonnées viennent avec la mise en relation."
)


def without_coordinates(text: str) -> str:
    """The text, or ValidationError: people are put in touch by the introduction alone."""
    if coordinates.lead_out(text):
        raise forms.ValidationError(NOT_YET, code="coordinates")
    return text


def telling_nothing(text: str, secret: Collection[str]) -> str:
    """The text, or ValidationError: where the group is not to be known, neither its names nor its coordinates tell it.

    `secret`: what would (`opportunities.leaks`); nothing of a group whose name is shown.
    """
    if not secret:
        return text
    if tell := leaks.first_in(text, secret):
        raise forms.ValidationError(checks.leak_text(tell), code="tells")
    return without_coordinates(text)


class DismissForm(forms.Form):
    """Why an opportunity is not for a company: one click each."""

    reason = forms.ChoiceField(
        label=_("Pourquoi n'est-elle pas pour vous ?"),
        choices=DismissReason.choices,
        widget=forms.RadioSelect,
        help_text=_("Votre réponse corrige votre profil, jamais les règles du score. Le groupe ne la voit pas."),
        error_messages={"required": _("Choisissez une raison : elle évite les propositions du même genre.")},
    )
    text = forms.CharField(
        label=_("Si c'est une autre raison, laquelle ?"),
        required=False,
        max_length=200,
        help_text=_("Pour l'équipe de Pacte PME, qui relit ces raisons."),
    )


class ApplicationForm(forms.Form):
    """The two things that the profile cannot say."""

    use_required_attribute = False  # a draft may be saved half written
    pitch = PlainText(
        rows=9,
        label=_("Votre candidature en quelques lignes"),
        help_text=_("Pourquoi vous, pourquoi ce pays, ce que vous avez déjà fait de proche. Texte simple."),
        max_length=Application.PITCH_MAX,
    )
    contact = forms.ModelChoiceField(
        queryset=User.objects.none(),
        empty_label="–",
        label=_("Personne à contacter"),
        help_text=_("Ses coordonnées ne sont transmises qu'avec la mise en relation."),
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        kwargs["initial"] = {"pitch": application.pitch, "contact": application.contact_id}
        super().__init__(*args, **kwargs)
        self.asked = {f"answer_{n}": asked for n, asked in enumerate(application.opportunity.questions, start=1)}
        for name, asked in self.asked.items():
            self.fields[name] = PlainText(
                rows=3,
                label=asked["text"],
                required=asked["required"],
                max_length=questions.ANSWER,
                initial=application.answers.get(asked["text"], ""),
            )
        members = User.objects.filter(
            memberships__organisation=application.company_id, memberships__ended_at=None, is_active=True
        ).order_by("last_name", "first_name", "pk")
        self.fields["contact"].queryset = members  # type: ignore[attr-defined]
        if self.is_bound and ("draft" in self.data or "ask" in self.data):
            for field in self.fields.values():
                field.required = False

    def clean(self) -> dict[str, Any]:
        """Nobody's coordinates leave before the introduction."""
        answers = super().clean() or {}
        for name in ["pitch", *self.asked]:
            text = answers.get(name, "")
            if coordinates.lead_out(text):
                self.add_error(name, forms.ValidationError(NOT_YET, code="coordinates"))
        return answers

    def written(self) -> dict[str, Any]:
        """What to keep: pitch, contact, {question: answer}."""
        answers = {asked["text"]: self.cleaned_data[name] for name, asked in self.asked.items()}
        return {"pitch": self.cleaned_data["pitch"], "contact": self.cleaned_data["contact"], "answers": answers}


class ConsentForm(forms.Form):
    """A box, unticked, whose label is the whole agreement; and whether they know the group already."""

    consent = forms.BooleanField(error_messages={"required": _("Sans votre accord, rien n'est transmis.")})
    in_contact = forms.BooleanField(
        label=_("Nous sommes déjà en contact avec ce groupe"),
        required=False,
        help_text=_("Cela n'empêche rien : la mise en relation le dira, et reprendra votre échange."),
    )

    relaunch = forms.BooleanField(
        label=_("Dans ce cas, nous aimerions une relance par Pacte PME"),
        required=False,
        help_text=_("Notre équipe reprend contact avec le groupe pour vous."),
    )
    keep = forms.BooleanField(
        label=_("Si ce n'est pas pour cette fois, le groupe peut garder mon dossier pendant 12 mois"),
        required=False,
        help_text=_("Il pourra vous signaler ses prochaines opportunités. Vous retirez cet accord quand vous voulez."),
    )

    def __init__(
        self, *args: Any, text: str, hidden: bool = False, met: datetime | None = None, **kwargs: Any
    ) -> None:
        """`hidden`: the group gives no name yet, so nobody can say whether they have met; `met`: when they did."""
        super().__init__(*args, **kwargs)
        self.fields["consent"].label = text
        if hidden:
            del self.fields["in_contact"], self.fields["relaunch"]
        elif met:
            told = _(
                "Nous vous avons mis en relation avec ce groupe le %(date)s. Décochez si vous n'êtes pas en contact."
            )
            self.fields["in_contact"].initial = True
            self.fields["in_contact"].help_text = told % {"date": date_format(timezone.localtime(met), "j F Y")}

    def said(self) -> str:
        """What to keep of the boxes about the group."""
        if "in_contact" not in self.fields:
            return ""
        if self.cleaned_data["relaunch"]:  # which says the other, too
            return InContact.RELAUNCH
        return InContact.YES if self.cleaned_data["in_contact"] else InContact.NO


class InContactForm(forms.Form):
    """Asked once the group's name is known."""

    answer = forms.ChoiceField(
        label=_("Étiez-vous déjà en contact ?"),
        choices=InContact.choices,
        widget=forms.RadioSelect,
        help_text=_("Votre réponse ne change rien à la mise en relation ; le groupe ne la voit pas."),
    )


class WithdrawForm(forms.Form):
    reason = PlainText(
        rows=3,
        label=_("Motif"),
        required=False,
        max_length=500,
        help_text=_("Pour nous seulement : le groupe saura que vous vous êtes retiré, pas pourquoi."),
    )


class Previewed(forms.Form):
    """A text that leaves only after it was shown exactly as it will be read: `previewed` tells what was shown."""

    said: ClassVar[tuple[str, ...]] = ()
    previewed = forms.CharField(required=False, widget=forms.HiddenInput)

    @staticmethod
    def fingerprint_of(*words: str) -> str:
        return hashlib.sha256("\0".join(words).encode()).hexdigest()

    def fingerprint(self) -> str:
        return self.fingerprint_of(*(str(self.cleaned_data.get(name, "")) for name in self.said))

    @classmethod
    def showing(cls, *words: str) -> Self:
        """The form beside the preview of these words."""
        return cls(initial={**dict(zip(cls.said, words, strict=True)), "previewed": cls.fingerprint_of(*words)})

    @property
    def was_shown(self) -> bool:
        return bool(self.cleaned_data["previewed"] == self.fingerprint())


class AcceptForm(Previewed):
    said: ClassVar = ("message",)
    message = PlainText(
        rows=4,
        label=_("Votre mot à l'entreprise"),
        required=False,
        max_length=1000,
        help_text=_("Il paraît dans le message de mise en relation, que vous recevez tous les deux."),
    )


class DeclineForm(Previewed):
    """Its text says nothing of `secret`: what would tell who a hidden group is (`opportunities.leaks`)."""

    said: ClassVar = ("reason", "text")
    reason = forms.ChoiceField(
        label=_("Raison"), choices=[("", _("Choisissez la raison principale")), *DeclineReason.choices]
    )
    text = PlainText(
        rows=5,
        label=_("Votre mot à l'entreprise"),
        required=False,
        max_length=2000,
        help_text=_("Un conseil précis vaut mieux qu'une formule : il l'aidera pour la prochaine fois."),
    )

    refuses = tuple(one for one in DeclineReason.choices if one[0] != DeclineReason.INCOMPLETE)

    def __init__(self, *args: Any, secret: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret
        self.fields["reason"].choices = [("", _("Choisissez la raison principale")), *self.refuses]  # type: ignore[attr-defined]

    def clean_text(self) -> str:
        return telling_nothing(self.cleaned_data["text"], self.secret)


class DeclineOneForm(DeclineForm):
    """Of one application: a file that is too thin goes back to its company, and is not declined."""

    refuses = (
        *DeclineForm.refuses[:-1],
        (DeclineReason.INCOMPLETE, _("dossier pas assez renseigné : l'entreprise est invitée à le compléter")),
        DeclineForm.refuses[-1],
    )

    @property
    def sends_back(self) -> bool:
        return bool(self.cleaned_data["reason"] == DeclineReason.INCOMPLETE)

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        if found.get("reason") == DeclineReason.INCOMPLETE and "text" in found:
            if not found["text"].strip():
                self.add_error("text", _("Dites ce qui manque : l'entreprise le lira."))
            elif coordinates.lead_out(found["text"]):
                self.add_error("text", forms.ValidationError(NOT_YET, code="coordinates"))
        return found


class TogetherForm(Previewed):
    """The words to several at once; what was shown covers who gets which mail, and a form of its own each act."""

    words = Words()

    def __init__(self, data: QueryDict | None, *, who: str, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self.who, self.kept = who, kwargs

    @classmethod
    def of(cls, act: str, fates: Sequence[Fate], data: QueryDict | None, secret: Collection[str]) -> "TogetherForm":
        """The one of this act, about these."""
        who = ",".join(f"{fate.application.pk}:{fate.state}" for fate in fates)
        return OF_ACT[Act(act)](data, who=who, **({"secret": secret} if act == Act.DECLINE else {}))

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        self.words = Words(**{name: found.get(name, "") for name in self.said})
        return found

    def fingerprint(self) -> str:
        return self.fingerprint_of(self.who, super().fingerprint())

    def shown_again(self) -> "TogetherForm":
        """The same, beside the preview of what it says."""
        data: Any = self.data
        data = data.copy()
        data["previewed"] = self.fingerprint()
        return type(self)(data, who=self.who, **self.kept)


class ShortlistTogether(TogetherForm):
    pass


class AcceptTogether(TogetherForm, AcceptForm):
    pass


class DeclineTogether(TogetherForm, DeclineForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].help_text = _(
            "Un dossier trop peu renseigné ne se décline pas : décochez-le, puis demandez-en plus depuis sa page "
            "(« Décliner », motif « dossier pas assez renseigné »)."
        )


OF_ACT: Mapping[Act, type[TogetherForm]] = {
    Act.SHORTLIST: ShortlistTogether, Act.ACCEPT: AcceptTogether, Act.DECLINE: DeclineTogether
}  # fmt: skip
TOGETHER: Mapping[Act, Mapping[str, Any]] = {
    Act.SHORTLIST: {
        "title": _("Présélectionner ?"),
        "lead": _("Chaque entreprise saura que vous la gardez pour un second regard."),
        "button": _("Présélectionner et prévenir"),
    },
    Act.ACCEPT: {
        "title": _("Accepter ces candidatures ?"),
        "lead": _("Un message par entreprise vous met en relation, tout de suite, dans la limite des places."),
        "button": _("Accepter et mettre en relation"),
    },
    Act.DECLINE: {
        "title": _("Décliner ces candidatures ?"),
        "lead": _("Dites pourquoi, une fois pour toutes : chaque entreprise le lira. Pour un mot particulier, "
                  "décochez-la et répondez-lui depuis son dossier."),
        "button": _("Décliner et envoyer"),
    },
}  # fmt: skip


class QuestionForm(Previewed):
    """What the group asks; nothing that tells who it is (`secret`), nor how to reach it, before the introduction."""

    said: ClassVar = ("text",)
    text = PlainText(
        rows=5,
        label=_("Votre question"),
        max_length=Message.TEXT_MAX,
        help_text=_("Une question précise, une seule si possible. L'entreprise a cinq jours ouvrés pour répondre."),
    )

    def __init__(self, *args: Any, secret: Collection[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.secret = secret

    def clean_text(self) -> str:
        return without_coordinates(telling_nothing(self.cleaned_data["text"], self.secret))


class AnswerForm(forms.Form):
    text = PlainText(
        rows=6,
        label=_("Votre réponse"),
        max_length=Message.TEXT_MAX,
        help_text=_("Texte simple. Vos coordonnées sont transmises avec la mise en relation, pas avant."),
    )

    def clean_text(self) -> str:
        return without_coordinates(self.cleaned_data["text"])
