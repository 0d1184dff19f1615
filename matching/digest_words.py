"""The words of the one mail a day: sections of lines, each with the page where it is dealt with, and one button."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from matching import nudges, outcome_letters, portage_letters, quiet_posts
from matching.desk import Desk
from matching.ladder import Rung
from matching.overdue import Case
from opportunities import contacts
from opportunities.models import Opportunity
from pacte.days import date_format

NAMED = 5  # companies named in a line; the others are counted
Item = dict[str, str]
Section = tuple[str, list[Item]]


def language_of(address: str, desk: Desk) -> str:
    """That of the person who has this address, else of whoever posted what it is about."""
    if desk.posts_about:
        return contacts.language_of(desk.posts_about[0], address)
    known = User.objects.filter(email=address).first()
    return known.language if known else next((line.language for line in desk.lines), "fr")


def context(desk: Desk, language: str) -> dict[str, Any]:
    """In the words of who reads it."""
    with translation.override(language):
        sections = [(str(title), items) for title, items in _sections(desk) if items]
        urls = {item["url"] for _title, items in sections for item in items}
        count = _count(desk)
        return {
            "subject": _subject(count, [item["text"] for _title, items in sections for item in items]),
            "sections": sections,
            "count": count,
            "of_posts": bool(desk.posts_about),
            "action_url": urls.pop() if len(urls) == 1 else settings.SITE_URL + reverse("dashboard"),
        }


def _subject(count: int, told: Sequence[str]) -> str:
    if count:
        its = ngettext("Un dossier attend votre réponse", "%(n)s dossiers attendent votre réponse", count)
        return its % {"n": count}
    return told[0] if len(told) == 1 else _("Des nouvelles de vos dossiers")


def _count(desk: Desk) -> int:
    """What asks for something; the rest is only told."""
    asks = sum(ask.what not in outcome_letters.TOLD for ask in desk.asks)
    lines = sum(line.kind not in nudges.TOLD for line in desk.lines)
    return len(desk.cases) + len(desk.posts) + len(desk.quiet) + len(desk.enquiries) + len(desk.portage) + asks + lines


def _sections(desk: Desk) -> Iterator[Section]:
    by_rung = {rung: _lines([case for its, case in desk.cases if its == rung]) for rung in Rung}
    yield (
        _("Dernier rappel : sans réponse, nous devrons dire à ces entreprises que le groupe n'a pas répondu"),
        by_rung[Rung.LAST],
    )
    yield _("La date promise est passée"), by_rung[Rung.LATE]
    yield _("À répondre aujourd'hui, comme promis"), by_rung[Rung.DUE]
    yield _("À répondre dans les prochains jours"), by_rung[Rung.SOON]
    received = reverse("matching:portage_received")
    yield _("Demandes de portage"), [_item(portage_letters.line(answer), received) for _rung, answer in desk.portage]
    yield (
        _("Nos remarques vous attendent, puis nous pourrons publier"),
        _posts(desk, Opportunity.State.CHANGES_REQUESTED),
    )
    yield (
        _("Toujours d'actualité ? Sans confirmation sous quinze jours, nous la suspendrons"),
        _posts(desk, Opportunity.State.PUBLISHED),
    )
    yield (
        _("Aucune candidature après cinq jours ouvrés : un critère à assouplir ?"),
        [_item(quiet_posts.line(one), reverse("matching:audience", args=[one.opportunity_id])) for one in desk.quiet],
    )
    yield _("Questions publiques sans réponse : toutes les PME liront la vôtre"), _questions(desk)
    for kind, title in nudges.TITLES.items():
        yield str(title), [_item(line.text(), line.path) for line in desk.lines if line.kind == kind]
    yield (
        _("Ce que nous aimerions savoir de vos mises en relation"),
        [_item(outcome_letters.line(ask), outcome_letters.path(ask)) for ask in desk.asks],
    )


def _item(text: str, path: str) -> Item:
    return {"text": text, "url": settings.SITE_URL + path}


def _questions(desk: Desk) -> list[Item]:
    return [
        _item(
            _("%(title)s – « %(question)s »") % {"title": one.opportunity.title, "question": one.text},
            reverse("opportunities:enquiries", args=[one.opportunity_id]),
        )
        for one in desk.enquiries
    ]


def _posts(desk: Desk, state: str) -> list[Item]:
    rows = [post for post in desk.posts if post.state == state]
    return [_item(post.title, reverse("opportunities:manage", args=[post.pk])) for post in rows]


def _lines(cases: Sequence[Case]) -> list[Item]:
    """One an opportunity: its title, the day promised, who waits."""
    by_post: dict[Opportunity, list[Case]] = defaultdict(list)
    for case in cases:
        by_post[case.application.opportunity].append(case)
    told = _("%(title)s – promis avant le %(date)s : %(companies)s")
    return [
        _item(
            told
            % {
                "title": post.title,
                "date": date_format(its[0].clock.promised, "j F Y"),
                "companies": _named([case.application.company.name for case in its]),
            },
            reverse("matching:applicants", args=[post.pk]),
        )
        for post, its in by_post.items()
    ]


def _named(names: Sequence[str]) -> str:
    shown, more = ", ".join(names[:NAMED]), len(names) - NAMED
    if more <= 0:
        return shown
    return shown + " " + ngettext("et %(count)s autre", "et %(count)s autres", more) % {"count": more}
