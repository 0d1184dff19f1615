import pytest

from pacte import sheets


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+33 1", "-2", "@SUM(A1)", "|cmd", "\t=1", "  =1", "\uff1d1+1", "\uff0b1", "\r=1", "\n=1"],
)
def test_what_a_spreadsheet_would_calculate_is_led_by_an_apostrophe(text):
    assert sheets.cell(text) == f"'{text}"


@pytest.mark.parametrize("text", ["Vannes = robinets", "a+b", "«=»", "", "1 - 2", "'=1"])
def test_other_texts_stay_as_they_are(text):
    assert sheets.cell(text) == text


def test_characters_that_no_file_may_hold_are_dropped():
    assert sheets.cell("a\x00b\x07") == "ab"
    assert sheets.written("xlsx", ["x"], [["a\x00"]])


def test_numbers_stay_numbers():
    assert (sheets.cell(-3), sheets.cell(1.5), sheets.cell(None)) == (-3, 1.5, "")
