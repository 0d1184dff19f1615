"""The staff set checks and labels on the company's own page; its history keeps what changed."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Label


class LabelForm(forms.ModelForm):
    def clean_given_on(self) -> date:
        """Nobody gives a label tomorrow."""
        day: date = self.cleaned_data["given_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("Cette date n'est pas encore passée."), code="future")
        return day


class LabelInline(admin.StackedInline):
    model = Label
    form = LabelForm
    extra = 0
    fields = ["kind", "name", "source", "url", ("given_on", "until")]
    formfield_overrides = {models.URLField: {"assume_scheme": "https"}}


class LabelsAdmin(admin.ModelAdmin):
    """Says who set a label, and writes the change down."""

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Label:
            super().save_formset(request, form, formset, change)
            return
        company = form.instance
        before = _said(company)
        for row in formset.save(commit=False):
            row.by = request.user
            row.save()
        for row in formset.deleted_objects:
            row.delete()
        if (after := _said(company)) != before:
            company.record(by=request.user, changes={"labels": [before, after]})


def _said(company: Any) -> list[str]:
    return [str(one) for one in Label.objects.filter(company=company)]
