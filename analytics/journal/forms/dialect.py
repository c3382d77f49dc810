"""How delimited text is written: its separator, and the line of its headings."""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass

DELIMITERS = ",;\t|"
LOOKED_AT = 50  # records at the start of a file that tell how it is written
FIELD_LIMIT = 1_000_000  # characters; a longer cell is a broken quote, not a journal entry


@dataclass(frozen=True, slots=True)
class Dialect:
    """The separator, the headings as they stand, and the first line below them."""

    delimiter: str
    header: list[str]
    body_line: int


@dataclass(frozen=True, slots=True)
class Record:
    """The cells of one record, the line that it starts on and the line that it ends on."""

    first: int
    last: int
    cells: list[str]


def find_dialect(start: str, *, delimiter: str | None, header_line: int | None) -> Dialect | None:
    """How a file that starts so is written; None where no line holds anything.

    Above the headings may stand a title or a note. The headings are the first line that is as wide as most
    lines and more than half filled: no line below them is skipped.
    """
    above = (header_line or 1) - 1
    text = "".join(io.StringIO(start, newline="").readlines()[above:]) if above else start
    found = {one: _records(text, one) for one in ([delimiter] if delimiter else DELIMITERS)}
    best = max(found, key=lambda one: _agreement(found[one]))
    records = found[best]
    if not records:
        return None
    place = 0 if header_line else _header_place(records)
    header = records[place].cells
    body = [record.cells for record in records[place + 1 :]]
    if body and all(len(cells) == len(header) + 1 and not cells[-1].strip() for cells in body):
        header = [*header, ""]  # every line ends with a separator but the headings
    return Dialect(best, header, above + records[place].last + 1)


def _records(text: str, delimiter: str) -> list[Record]:
    """The first records that hold something."""
    reader, found, line = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), [], 1
    try:
        for cells in reader:
            if any(cell.strip("\0 \t\ufeff") for cell in cells):
                found.append(Record(line, reader.line_num, cells))
            line = reader.line_num + 1
            if len(found) == LOOKED_AT:
                break
    except csv.Error:
        return found
    return found


def _usual(records: list[Record]) -> tuple[int, int]:
    """The width that most records have, the wider of two that are as frequent, and how many have it."""
    widths = Counter(len(record.cells) for record in records)
    return max(widths.items(), key=lambda one: (one[1], one[0]))


def _agreement(records: list[Record]) -> tuple[bool, float, int]:
    """How well a separator fits: it separates, most lines have one width, and that is wide."""
    if not records:
        return (False, 0.0, 0)
    width, lines = _usual(records)
    return (width > 1, lines / len(records) if width > 1 else 0.0, width)


def _header_place(records: list[Record]) -> int:
    """Which of the first records holds the headings; the very first where none is as wide as most."""
    width, _ = _usual(records)
    if width == 1:
        return 0
    for place, record in enumerate(records):
        filled = sum(bool(cell.strip()) for cell in record.cells)
        if len(record.cells) in (width, width - 1) and 2 * filled > width:
            return place
    return 0
