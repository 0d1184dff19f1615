from datetime import date, datetime

import pytest
from django.template import Context, Template
from django.utils import translation

from pacte.days import date_format


@pytest.mark.parametrize(
    ("language", "day", "said"),
    [
        ("fr", date(2026, 12, 1), "1er décembre 2026"),
        ("fr", date(2026, 12, 11), "11 décembre 2026"),
        ("fr", date(2026, 12, 21), "21 décembre 2026"),
        ("en", date(2026, 12, 1), "1 December 2026"),
    ],
)
def test_french_says_the_first_of_a_month_as_people_do(language, day, said):
    with translation.override(language):
        shown = Template("{{ day|date:'j F Y' }}").render(Context({"day": day}))
        written = date_format(day, "j F Y")

    assert (shown, written) == (said, said)


def test_other_formats_and_nothing_stay_as_they_are():
    page = Template("{{ at|date:'d/m/Y H:i' }}|{{ at|date:'j F, G:i' }}|{{ none|date:'j F' }}")

    shown = page.render(Context({"at": datetime(2026, 12, 1, 1, 5), "none": None}))  # noqa: DTZ001

    assert shown == "01/12/2026 01:05|1er décembre, 1:05|"
