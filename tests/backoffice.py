"""The admin's pages as a browser sends them back."""

from datetime import datetime

from django.urls import reverse


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def answers(page):
    """All that the page's form holds, its inlines included, as it would be posted unchanged."""
    forms = [page.context["adminform"].form]
    for inline in page.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    fields = [field for form in forms for field in form]
    values = {field.html_name: _text(field.value()) for field in fields}
    return {name: value for name, value in values.items() if value is not None and value is not False}


def _text(value):
    return f"{value:%Y-%m-%dT%H:%M}" if isinstance(value, datetime) else value
