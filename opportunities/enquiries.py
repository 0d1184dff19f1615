"""Questions on an opportunity: asked without a name, answered once for all. A question or an answer and its mail are
one transaction."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import mail
from accounts.models import User
from opportunities import checks, coordinates, leaks, letters, moderation
from opportunities.models import Enquiry, EnquiryChange, Opportunity
from pacte.states import StateError

MOST = 3  # questions of one company that wait for an answer


class AskForm(forms.Form):
    """What an SME asks; nothing in it says who it is."""

    text = forms.CharField(
        label=gettext_lazy("Votre question"),
        max_length=Enquiry.LONGEST,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Sans votre nom : ni le groupe ni les autres PME ne sauront qui la pose."),
    )

    def __init__(self, *args: Any, asker: User, opportunity: Opportunity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asker, self.opportunity = asker, opportunity

    def clean_text(self) -> str:
        text = " ".join(str(self.cleaned_data["text"]).split())
        if coordinates.lead_out(text):
            raise forms.ValidationError(
                _("Retirez ce qui dit qui vous êtes : nom, adresse, site ou téléphone."), code="tells"
            )
        if tell := leaks.first_in(text, leaks.tells_of_asker(self.asker, self.opportunity)):
            raise forms.ValidationError(
                _("« %(tell)s » dit qui vous êtes : écrivez-le autrement.") % {"tell": tell}, code="tells"
            )
        return text


class AnswerForm(forms.Form):
    """The group's answer, which everyone will read, and the question as they will; neither gives a group away."""

    question = forms.CharField(
        label=gettext_lazy("La question"),
        required=False,
        max_length=Enquiry.LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("Publique elle aussi : reformulez-la si elle en dit trop."),
    )
    answer = forms.CharField(
        label=gettext_lazy("Votre réponse"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=gettext_lazy("Publique : toutes les PME la liront, sous la question."),
    )

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        kwargs["initial"] = {"question": enquiry.text}
        super().__init__(*args, **kwargs)
        self.opportunity, self.asked = enquiry.opportunity, enquiry.text

    def clean_question(self) -> str:
        return self.telling_nothing(self.cleaned_data["question"] or self.asked)

    def clean_answer(self) -> str:
        return self.telling_nothing(self.cleaned_data["answer"])

    def telling_nothing(self, text: str) -> str:
        if self.opportunity.confidential:
            secret = leaks.tells(self.opportunity)
            if tell := leaks.first_in(text, secret) or coordinates.first_in(text):
                raise forms.ValidationError(checks.leak_text(tell), code="tells")
        return text


class CorrectForm(AnswerForm):
    """Staff's: the words as everyone will read them from now on, and why."""

    reason = forms.CharField(
        label=gettext_lazy("Motif"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Le groupe le lit sous sa réponse."),
    )  # fmt: skip

    def __init__(self, *args: Any, enquiry: Enquiry, **kwargs: Any) -> None:
        super().__init__(*args, enquiry=enquiry, **kwargs)
        self.initial["answer"] = enquiry.answer


def ask(opportunity: Opportunity, *, by: User, text: str) -> Enquiry:
    """An SME asks; the group is told. The same question sent twice is one."""
    membership = by.membership
    if membership is None or not by.is_sme or not membership.can_edit:
        raise PermissionDenied
    with transaction.atomic():
        moderation.lock(opportunity)
        if not opportunity.is_open:
            raise StateError(_("Cette opportunité ne reçoit plus de questions."))
        its = Enquiry.objects.filter(opportunity=opportunity, company=membership.organisation)
        if (same := its.filter(text=text).first()) is not None:
            return same
        if its.waiting().count() >= MOST:
            raise StateError(_("Vos questions précédentes attendent encore leur réponse."))
        enquiry = Enquiry.objects.create(
            opportunity=opportunity, company=membership.organisation, asked_by=by, text=text
        )
        letters.tell(opportunity, "asked", of=f"q{enquiry.pk}", question=text)
    return enquiry


def answer(enquiry: Enquiry, *, by: User, text: str, question: str = "") -> None:
    """The group answers, once; whoever asked is told, and everyone may read it, under the question as reworded."""
    opportunity = enquiry.opportunity
    with transaction.atomic():
        moderation.lock(opportunity)
        moderation.group(opportunity, by)
        said = Enquiry.objects.waiting().filter(pk=enquiry.pk)
        if not said.update(text=question or enquiry.text, answer=text, answered_by=by, answered_at=timezone.now()):
            raise StateError(_("Quelqu'un vient déjà d'y répondre."))
        _tell(enquiry, text)


def hide(enquiry: Enquiry, *, by: User, reason: str) -> None:
    """Staff take an answer out of everyone's sight; its group reads why."""
    _change(enquiry, EnquiryChange.Kind.HIDDEN, by, reason, hidden_at=timezone.now())


def show(enquiry: Enquiry, *, by: User, reason: str) -> None:
    """And put it back."""
    _change(enquiry, EnquiryChange.Kind.SHOWN, by, reason, hidden_at=None)


def correct(enquiry: Enquiry, *, by: User, question: str, text: str, reason: str) -> None:
    """Staff mend what everyone reads."""
    _change(enquiry, EnquiryChange.Kind.CORRECTED, by, reason, text=question, answer=text)


def _change(enquiry: Enquiry, kind: EnquiryChange.Kind, by: User, reason: str, **fields: Any) -> None:
    if not by.is_staff:
        raise PermissionDenied
    with transaction.atomic():
        held = Enquiry.objects.select_for_update().get(pk=enquiry.pk)
        wanted = Enquiry.State.HIDDEN if kind == EnquiryChange.Kind.SHOWN else Enquiry.State.PUBLIC
        if held.state != wanted:
            raise StateError(_("Quelqu'un de l'équipe a été plus rapide, ou cette question n'a pas de réponse."))
        EnquiryChange.objects.create(
            enquiry=held, kind=kind, by=by, reason=moderation.given(reason), text=held.text, answer=held.answer
        )
        Enquiry.objects.filter(pk=held.pk).update(**fields)


def _tell(enquiry: Enquiry, text: str) -> None:
    asker = enquiry.asked_by
    if asker is None or asker.organisation != enquiry.company:
        return  # left the company since: its colleagues read it on the page
    mail.queue(
        key=f"enquiry-answered:{enquiry.pk}",
        to=[asker.email],
        template="enquiry_answered",
        language=asker.language,
        about=f"opportunity:{enquiry.opportunity_id}",
        context={
            "opportunity": enquiry.opportunity,
            "question": enquiry.text,
            "answer": text,
            "action_url": settings.SITE_URL + enquiry.opportunity.get_absolute_url() + "#echanges",
        },
    )
