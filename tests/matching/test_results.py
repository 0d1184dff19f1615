"""The public figures: computed, defined, and silent about few cases."""

from datetime import timedelta

import pytest
from django.core.cache import caches
from django.urls import reverse
from django.utils import timezone

from matching import figures
from matching.models import Asking, Declaration
from tests.factories import ApplicationFactory, IntroductionFactory, OpportunityFactory, PortageIntroductionFactory

pytestmark = pytest.mark.django_db
URL = reverse("matching:results")


@pytest.fixture(autouse=True)
def fresh():
    caches["pages"].clear()


def say(introduction, side, said, **more):
    if said == "won" and side == "sme":
        more = {"amount": "0-50k", "without": "no"} | more
    return Declaration.objects.create(introduction=introduction, side=side, said=said, **more)


def read(label):
    [found] = [one for one in figures.shown() if str(one.label) == label]
    return found


def test_each_figure_counts_what_it_says(client):
    today = timezone.localdate()
    rows = [IntroductionFactory() for _ in range(9)]
    known = IntroductionFactory(application__in_contact="yes")
    IntroductionFactory(state="failed", application__in_contact="")
    for row in rows[:8]:
        Asking.objects.create(introduction=row, side="sme", what="month")
    for row in [*rows[:6], known]:
        say(row, "sme", "won")
    say(rows[5], "sme", "won", without="yes")
    say(rows[6], "group", "won")  # not confirmed
    say(rows[7], "sme", "won")
    say(rows[7], "group", "lost")  # contradicted
    portages = PortageIntroductionFactory.create_batch(8)
    for row in portages[:7]:
        Asking.objects.create(portage=row, side="group", what="month")
    for row in portages[:6]:
        Declaration.objects.create(portage=row, side="sme", said="won")
    Declaration.objects.create(portage=portages[0], side="group", said="lost")  # contradicted
    promised = {"sent": True, "opportunity__apply_by": None, "opportunity__answer_by": today - timedelta(days=2)}
    for days in (1, 2, 3, 3, 3, 3):
        ApplicationFactory(
            state="declined", decline_reason="size", decided_at=timezone.now() - timedelta(days=days), **promised
        )
    ApplicationFactory(**promised)
    ApplicationFactory(state="withdrawn", **promised)

    found = {str(one.label): (one.value, one.of) for one in figures.shown()}

    assert found == {
        "Opportunités publiées": (19, None),
        "PME mises en relation": (17, None),
        "Mises en relation": (17, None),
        "Réponses données à temps": (5, 7),
        "Suites connues": (8, 8),
        "Affaires confirmées": (6, None),
        "Affaires dues à la mise en relation": (5, 6),
        "Suites de portages connues": (6, 7),
        "Portages convenus": (5, None),
    }
    page = client.get(URL).text
    for one in figures.shown():
        assert str(one.meaning) in page.replace("&#x27;", "'")


@pytest.mark.parametrize(("count", "text"), [(0, "moins de 5"), (4, "moins de 5"), (5, "5")])
def test_under_five_cases_nothing_is_told(count, text):
    for row in IntroductionFactory.create_batch(count):
        say(row, "sme", "won")

    assert read("Affaires confirmées").text == text


@pytest.mark.parametrize(
    ("won", "ours", "text", "share"),
    [(4, 4, "moins de 5", None), (5, 4, "moins de 5 sur 5", None), (6, 5, "5 sur 6", 83)],
)
def test_a_part_of_few_is_not_told_either(won, ours, text, share):
    for number, row in enumerate(IntroductionFactory.create_batch(won)):
        say(row, "sme", "won", without="no" if number < ours else "probably")

    found = read("Affaires dues à la mise en relation")

    assert (found.text, found.share) == (text, share)


def test_no_name_stands_there_and_it_is_linked_from_every_page(client):
    introduction = IntroductionFactory(application__opportunity__secret=True)
    its = introduction.application

    page = client.get(URL).text

    assert not [name for name in [its.company.name, its.opportunity.owner.name, its.opportunity.alias] if name in page]
    assert f'href="{URL}"' in client.get(reverse("accessibility")).text


@pytest.mark.parametrize("rows", [1, 3])
def test_a_fixed_number_of_queries_then_none(client, rows, django_assert_num_queries):
    for row in IntroductionFactory.create_batch(rows):
        say(row, "sme", "won")
    OpportunityFactory(published=True)

    with django_assert_num_queries(10):  # eight figures; savepoint
        client.get(URL)
    with django_assert_num_queries(2):
        client.get(URL)
