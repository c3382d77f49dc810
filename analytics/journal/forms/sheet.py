"""One sheet of a workbook -> text table: where its headings are, what a merged cell belongs to."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, dropwhile, islice

import polars as pl

from analytics.journal.forms.headings import Headings, Merged, Row, headings_of
from analytics.journal.forms.markup import DamagedError
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, unique_names

ROWS, COLUMNS = 1_048_576, 16_384  # as many as a spreadsheet has
CELL_TEXT = 1_000_000  # letters; a spreadsheet allows 32,767
UNCALCULATED = "#UNCALCULATED!"  # a formula that no program has calculated: an empty cell would be a lie
SAMPLE = 200  # rows that are looked at for the headings
BATCH_CELLS, BATCH_TEXT = 2_000_000, 32_000_000
MOST_COLUMNS = 5_000  # in use
MOST_CELLS = (
    300_000_000  # in use and between them; a sheet that repeats itself may say it has 17 thousand million
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: rows with something in them, and merged ranges, read when they are asked for."""

    name: str
    visible: bool
    rows: Callable[[], Iterator[Row]]
    merged: Callable[[], list[Merged]]


def holds_table(sheet: Sheet, *, cells: int) -> bool:
    """Whether one of the first rows has so many cells."""
    return any(len(row) >= cells for _, row in islice(sheet.rows(), SAMPLE))


def tables_of(sheet: Sheet, file: File, columns: Collection[str] | None) -> Iterator[TextTable]:
    """The rows below the headings, batch after batch, each with its number in the spreadsheet.

    A value merged over several rows belongs to each of them. An empty row is none. A column is one with a
    heading, or with a cell in the first rows; a remark far to the right of both is left out.
    """
    merged, rows, told = sheet.merged(), sheet.rows(), file.header_line
    if told:
        rows = dropwhile(lambda row: row[0] < told, rows)
    sample = list(islice(rows, SAMPLE))
    headings = headings_of(sample, merged, told)
    body = (row for row in chain(sample, rows) if row[0] > headings.row)
    below = [each for each in merged if each.top > headings.row and each.bottom > each.top]
    yield from _batches(_filled(body, below), headings, columns)


def _filled(rows: Iterable[Row], merged: list[Merged]) -> Iterator[Row]:
    """The rows, with the value of a range that is merged downwards in each of its rows."""
    starts: dict[int, list[Merged]] = {}
    for each in merged:
        starts.setdefault(each.top, []).append(each)
    open_ranges: dict[int, tuple[int, str]] = {}
    waiting = sorted(starts, reverse=True)
    for number, cells in rows:
        while waiting and waiting[-1] <= number:
            top = waiting.pop()
            for each in starts[top]:
                value = cells.get(each.left, "") if top == number else ""
                open_ranges[each.left] = (each.bottom, value)
        for column, (bottom, value) in list(open_ranges.items()):
            if number > bottom:
                del open_ranges[column]
            else:
                cells[column] = value
        yield number, cells


def _batches(rows: Iterable[Row], headings: Headings, columns: Collection[str] | None) -> Iterator[TextTable]:
    if len(headings.names) > MOST_COLUMNS:
        raise DamagedError(f"has a sheet of more than {MOST_COLUMNS:,} columns. Export fewer of them.")
    unique = unique_names(list(headings.names.values()))
    wanted = {
        name: column
        for column, name in zip(headings.names, unique, strict=True)
        if columns is None or name in columns
    }
    records, lines, text, cells_read, yielded = list[list[str]](), list[int](), 0, 0, False
    for number, cells in rows:
        record = [cells.get(column, "") for column in wanted.values()]
        lines.append(number)
        records.append(record)
        text += sum(map(len, record))
        cells_read += max(len(record), len(cells))
        if cells_read > MOST_CELLS:
            raise DamagedError(f"has a sheet of more than {MOST_CELLS:,} cells. Export it as CSV.")
        if len(records) * (len(wanted) + 1) >= BATCH_CELLS or text > BATCH_TEXT:
            yield _table(list(wanted), records, lines)
            records, lines, text, yielded = [], [], 0, True
    if records or not yielded:
        yield _table(list(wanted), records, lines)


def _table(names: list[str], records: list[list[str]], lines: list[int]) -> TextTable:
    cells = list(zip(*records, strict=True)) or [()] * len(names)
    series = [pl.Series(name, column, dtype=pl.String) for name, column in zip(names, cells, strict=True)]
    frame = pl.DataFrame([*series, pl.Series(LINE, lines, dtype=pl.Int32)])
    return TextTable(frame, refused_lines([]))
