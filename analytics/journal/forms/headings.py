"""Where the table of a sheet starts: below titles, blank rows and remarks, in one row of headings or two."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from analytics.journal.forms.markup import DamagedError

VALUE = re.compile(
    r"[-+]?\d+(?:[.,]\d+)?(?:e[-+]\d+)?\s*%?|\d{1,4}[-./]\d{1,2}[-./]\d{1,4}.*|\d+:\d\d.*|true|false|#.*!|#N/A",
    re.IGNORECASE,
)
Row = tuple[int, dict[int, str]]  # its number as the spreadsheet shows it, and its cells by column from 0


@dataclass(frozen=True, slots=True)
class Merged:
    """A range of cells merged to one; rows count from 1, columns from 0, ends included."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Headings:
    """Where a table starts: the last row of its headings, and the heading of each column by its place."""

    row: int
    names: dict[int, str]


def headings_of(sample: list[Row], merged: list[Merged], told: int | None) -> Headings:
    """The headings among the first rows; `told`: the row that a mapping names, the first of `sample`.

    Two rows are joined ('Pain before') where the upper one has cells merged across. A blank heading is named
    by its place in the spreadsheet.
    """
    if not sample or (told and sample[0][0] != told):
        raise DamagedError(
            f"its row {told} is empty, where the mapping has the headings. Mend file.header_line."
            if told
            else "the sheet is empty. Name another one in the mapping (file.part), or export it again."
        )
    rows = dict(sample)
    across = [each for each in merged if each.right > each.left and each.top in rows]
    top = bottom = told or _first_row(sample, across)
    while any(each.top == bottom for each in across) and _lower(rows, bottom, across):
        bottom += 1
    while not told and _upper(rows, top, merged):
        top -= 1
    names = _joined(rows, merged, top, bottom)
    used = {column for number, cells in sample if number > bottom for column in cells}
    return Headings(
        bottom,
        {column: names.get(column, f"column_{column + 1}") for column in sorted(used | set(names))},
    )


def _first_row(sample: list[Row], across: list[Merged]) -> int:
    """The first row that is nearly as wide as the table and has words alone, or else mostly words."""
    more: dict[int, int] = {}
    for each in across:
        more[each.top] = more.get(each.top, 0) + each.right - each.left
    width = {number: len(cells) + (more.get(number, 0) if len(cells) > 1 else 0) for number, cells in sample}
    most = max(width.values())
    tests: tuple[Callable[[int, dict[int, str]], bool], ...] = (
        lambda number, cells: width[number] >= 0.8 * most and _values(cells) == 0,
        lambda number, cells: width[number] >= 0.5 * most and _values(cells) == 0,
        lambda number, cells: width[number] >= 0.5 * most,
    )
    return next(number for test in tests for number, cells in sample if test(number, cells))


def _values(cells: dict[int, str]) -> int:
    """How many cells hold a number, a date or an error, as headings seldom do."""
    return sum(VALUE.fullmatch(text.strip()) is not None for text in cells.values())


def _lower(rows: dict[int, dict[int, str]], row: int, across: list[Merged]) -> bool:
    """Whether the row below holds headings too: words below the merged cells of this one."""
    below = rows.get(row + 1, {})
    groups = [each for each in across if each.top == row and len(rows[row]) > 1]
    return (
        bool(groups)
        and not _values(below)
        and all(any(column in below for column in range(each.left, each.right + 1)) for each in groups)
    )


def _upper(rows: dict[int, dict[int, str]], row: int, merged: list[Merged]) -> bool:
    """Whether the row above groups these headings: all its cells are merged, and it is no title."""
    above = rows.get(row - 1, {})
    here = {each.left: each for each in merged if each.top == row - 1}
    groups = above and set(above) <= set(here) and any(each.right > each.left for each in here.values())
    return bool(groups) and (len(above) > 1 or min(above) > min(rows[row]))


def _joined(rows: dict[int, dict[int, str]], merged: list[Merged], top: int, bottom: int) -> dict[int, str]:
    said: dict[int, list[str]] = {}
    for number in range(top, bottom + 1):
        cells = dict(rows.get(number, {}))
        for each in merged:
            if each.top == number and each.left in cells:
                cells |= dict.fromkeys(range(each.left, each.right + 1), cells[each.left])
        for column, text in cells.items():
            said.setdefault(column, []).append(" ".join(text.split()))
    return {column: " ".join(words) for column, words in sorted(said.items())}
