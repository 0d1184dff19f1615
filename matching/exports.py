"""An opportunity's applicants in a file: what the group reads on its pages, and no more; each time is remembered."""

from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from matching import explain, snapshot
from matching.applicants import matches_of
from matching.models import Application, ApplicationQuerySet, Export, Introduction
from opportunities.models import Opportunity
from pacte import sheets


def export(opportunity: Opportunity, applications: ApplicationQuerySet, kind: str, *, by: User) -> bytes:
    """The file, in one of `sheets.FORMATS`; who took it is kept with how much it held."""
    found = list(applications.select_related("company", "opportunity", "contact"))
    questions = list(dict.fromkeys(one["question"] for row in found for one in row.snapshot.get("answers", [])))
    content = sheets.written(kind, [*headings(), *questions], lines(found, questions))
    with transaction.atomic():
        Export.objects.create(opportunity=opportunity, by=by, format=kind, rows=len(found))
    return content


def headings() -> list[str]:
    return [
        _("Entreprise"), _("SIREN"), _("Ville"), _("État"), _("Reçue le"), _("Consultée le"), _("Réponse le"),
        _("Raison du refus"), _("Score"), _("Adéquation"), _("Critères exigés"), _("Ce qui parle pour elle"),
        _("Profil"), _("Candidature"), _("Personne à contacter"), _("Adresse e-mail"), _("Téléphone"),
    ]  # fmt: skip


def lines(applications: list[Application], questions: list[str]) -> Iterator[list[Any]]:
    matches = matches_of(applications)
    met = introduced(applications)
    for one in applications:
        match, file = matches.get(one.company_id), snapshot.shown(one.snapshot)
        fit = explain.fit(match, "group") if match else None
        facts = dict(file["facts"])
        town = facts.pop(_("Ville"), "")
        person = one.contact if one.pk in met else None  # coordinates go with the introduction, never before
        answers = {said["question"]: said["answer"] for said in file["answers"]}
        yield [
            file["company"]["name"] or one.company.name,
            file["company"]["siren"] or one.company.siren,
            town,
            one.get_state_display(),
            local(one.sent_at),
            local(one.seen_at),
            local(one.decided_at),
            one.get_decline_reason_display(),
            round(fit.score, 1) if fit else None,
            str(fit.band_label) if fit else "",
            (_("tous remplis") if fit.eligible else _("il en manque")) if fit else "",
            "\n".join(reason.text for reason in fit.reasons if reason.answer in {"met", "partly"}) if fit else "",
            "\n".join(f"{label} : {text}" for label, text in facts.items()),
            file["pitch"],
            str(person) if person else "",
            person.email if person else "",
            person.phone if person else "",
            *(answers.get(question, "") for question in questions),
        ]


def introduced(applications: list[Application]) -> set[int]:
    """Those whose introduction has left."""
    sent = Introduction.objects.filter(application__in=applications, state=Introduction.State.SENT)
    return set(sent.values_list("application", flat=True))


def local(moment: Any) -> Any:
    return timezone.localtime(moment) if moment else None
