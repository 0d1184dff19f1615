"""The loops over all companies, compiled: what numpy would take dozens of passes for is one.

They add and compare whole numbers and look points up, and know nothing of what the numbers mean.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar, cast

import numba
import numpy as np

from matching.engine.lexicon import Array

Function = TypeVar("Function", bound=Callable[..., Any])
AT: Any = np.uint32  # a place in an array: of a signed one it would be asked each time whether it counts from the end
WHOLE: Any = np.int32
MOST = 128  # more points than anybody has
WORDS_SHIFT = 8  # a sum of words is looked up in steps of so many bits
CODES, PLACE, TEXT, REFERENCE, NEAR, CODE_PLACE, OWN_CODES, SALES = range(8)  # what a look at a company finds


class Columns(NamedTuple):
    """A block of companies and their references: names by number, each company's between two of the starts."""

    code_starts: Array
    codes: Array
    sale_starts: Array
    sales: Array
    work_starts: Array
    work_codes: Array
    work_places: Array


class Worths(NamedTuple):
    """What each name is worth to a need: nodes as uint16, worth above number; words as sums."""

    codes: Array
    places: Array
    sales: Array
    labels: Array


class Points(NamedTuple):
    """Points by the state that brings them, and by the row of figures that does."""

    codes: Array
    place: Array
    text: Array
    reference: Array
    near: Array
    code_place: Array
    told: Array
    counted: Array


def compiled(function: Function) -> Function:
    """To machine code at its first call, kept beside the source for later processes where that may be written."""
    try:
        return cast(Function, numba.njit(nogil=True, cache=True)(function))
    except RuntimeError:  # no place to keep it
        return cast(Function, numba.njit(nogil=True)(function))


def inlined(function: Function) -> Function:
    """Part of the loops that call it: a call would count references to each of its arrays."""
    return cast(Function, numba.njit(inline="always")(function))


@compiled
def add(out: Array, rows: Array, values: Array, weight: int) -> None:
    """Weight times value to each of the rows."""
    for place in range(len(rows)):
        out[rows[place]] += weight * values[place]


@compiled
def add_to_each(out: Array, rows: Array, weight: int) -> None:
    for place in range(len(rows)):
        out[rows[place]] += weight


@compiled
def raise_to(out: Array, rows: Array, values: Array) -> None:
    """Each of the rows to its value at least."""
    for place in range(len(rows)):
        if values[AT(place)] > out[rows[place]]:
            out[rows[place]] = values[AT(place)]


@compiled
def holders(out: Array, rows: Array, held: Array, bit: int) -> None:
    """Set a bit for each of some rows that is among those held; both in ascending order or not, held always is."""
    for place in range(len(rows)):
        row, low, high = rows[place], 0, len(held)
        while low < high:
            middle = (low + high) >> 1
            if held[AT(middle)] < row:
                low = middle + 1
            else:
                high = middle
        if low < len(held) and held[AT(low)] == row:
            out[place] |= bit


@compiled
def step_of(values: Array, least: float, place: int, steps: int) -> float:
    """What the value in this place from the best has at least, to one part in `steps`; `least` if fewer have that."""
    counts = np.zeros(MOST * steps, np.int32)
    for row in range(len(values)):
        value = values[AT(row)]
        if value > least:
            counts[AT(min(max(value, np.float32(0)), np.float32(MOST - 1)) * steps)] += 1
    found = 0
    for step in range(len(counts) - 1, 0, -1):
        found += counts[step]
        if found >= place:
            return max(least, step / steps)
    return least


@inlined
def best(worths: Array, names: Array, start: int, end: int) -> int:
    """The greatest worth of some names; 0 without any."""
    found, place = WHOLE(0), AT(start)
    while place < AT(end):
        found = max(found, WHOLE(worths[AT(names[place])]))
        place += AT(1)
    return found


@compiled
def best_of_rows(worths: Array, starts: Array, names: Array, rows: Array) -> Array:
    """The greatest worth among the names that each of some rows holds."""
    out = np.zeros(len(rows), np.uint16)
    for place in range(len(rows)):
        row = rows[place]
        out[place] = best(worths, names, starts[row], starts[row + 1])
    return out


@compiled
def bits_of_rows(table: Array, starts: Array, names: Array, rows: Array) -> Array:
    """The bits of all names that each of some rows holds, together; `table` says each name's."""
    out = np.zeros(len(rows), np.int64)
    for place in range(len(rows)):
        row = rows[place]
        at, end = AT(starts[row]), AT(starts[row + 1])
        while at < end:
            out[place] |= table[AT(names[at])]
            at += AT(1)
    return out


@inlined
def looked(
    company: int,
    code_starts: Array, codes: Array, sale_starts: Array, sales: Array, starts: Array, groups: Array, places: Array,
    of_codes: Array, of_places: Array, of_sales: Array, of_labels: Array, text: Array, words: Array,
) -> tuple[int, int, int, int, int, int, int, int]:  # fmt: skip
    """What a need finds in one company, in the order of CODES, PLACE, …"""
    own_codes = best(of_codes, codes, code_starts[company], code_starts[AT(company + 1)])
    own_sales = best(of_sales, sales, sale_starts[company], sale_starts[AT(company + 1)])
    best_code, best_place, reference, near = own_codes, own_sales, WHOLE(0), WHOLE(0)
    code_place = (own_codes >> 8) * (own_sales >> 8)
    work, end = AT(starts[company]), AT(starts[AT(company + 1)])
    while work < end:
        group = AT(groups[work])
        its_code = max(WHOLE(of_codes[group]), own_codes * WHOLE(group == 0))  # without codes: the company's
        its_place = WHOLE(of_places[AT(places[work])])
        reference = max(reference, words[work] + of_labels[group])
        best_code, best_place = max(best_code, its_code), max(best_place, its_place)
        near += its_code >> 8
        code_place = max(code_place, (its_code >> 8) * (its_place >> 8))
        work += AT(1)
    return best_code, best_place, text[company], reference, near, code_place, own_codes, own_sales


@compiled
def find(columns: Columns, worths: Worths, text: Array, words: Array, rows: Array) -> Array:
    """What a need finds in some companies: a row each of CODES, PLACE, …, a column a company."""
    out = np.empty((8, len(rows)), np.int32)
    code_starts, codes, sale_starts, sales, starts, groups, places = columns
    of_codes, of_places, of_sales, of_labels = worths
    for place in range(len(rows)):
        found = looked(
            AT(rows[place]), code_starts, codes, sale_starts, sales, starts, groups, places,
            of_codes, of_places, of_sales, of_labels, text, words,
        )  # fmt: skip
        (
            out[CODES, place], out[PLACE, place], out[TEXT, place], out[REFERENCE, place],
            out[NEAR, place], out[CODE_PLACE, place], out[OWN_CODES, place], out[SALES, place],
        ) = found  # fmt: skip
    return out


@compiled
def standings(
    columns: Columns, worths: Worths, text: Array, words: Array, points: Points, told: Array, counted: Array
) -> Array:
    """The points of every company."""
    out = np.empty(len(told), np.float32)
    code_starts, codes, sale_starts, sales, starts, groups, places = columns
    of_codes, of_places, of_sales, of_labels = worths
    by_codes, by_place, by_text, by_reference, by_near, by_code_place, by_told, by_counted = points
    most_near, most_text, most_words = WHOLE(len(by_near) - 1), WHOLE(len(by_text) - 1), WHOLE(len(by_reference) - 1)
    for row in range(len(told)):
        company = AT(row)
        code, place, said, reference, near, code_place, _, _ = looked(
            company, code_starts, codes, sale_starts, sales, starts, groups, places,
            of_codes, of_places, of_sales, of_labels, text, words,
        )  # fmt: skip
        out[company] = (
            by_told[AT(told[company])]
            + by_counted[AT(counted[company])]
            + by_codes[AT(code >> 8)]
            + by_place[AT(place >> 8)]
            + by_text[AT(min(said >> WORDS_SHIFT, most_text))]
            + by_reference[AT(min(reference >> WORDS_SHIFT, most_words))]
            + by_near[AT(min(near, most_near))]
            + by_code_place[AT(code_place)]
        )
    return out
