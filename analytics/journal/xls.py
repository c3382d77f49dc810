"""XLS (Excel 97 to 2003) -> rows of text cells ([MS-XLS] 2.4).

Read here and not by a library: calamine ends the whole process on some damaged files, turns error cells into
nothing and hours into days of 1900, and knows no merged cells.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from struct import error as StructError
from struct import iter_unpack, unpack_from

from analytics.journal.compound import streams_of
from analytics.journal.headings import Merged, Row
from analytics.journal.markup import DamagedError
from analytics.journal.serial import (
    BUILT_IN,
    DAYS_TO_1904,
    Shape,
    shape_of_format,
)
from analytics.journal.sheet import Sheet
from analytics.journal.xls_cells import Book, cells_in
from analytics.journal.xls_records import BEGIN, Pieces, records_in, text_of

BIFF8 = 0x600  # the version from 1997 on
PASSWORD, COUNTS_FROM_1904, SHEET, FORMAT, STYLE, TEXTS, CONTINUED = 0x2F, 0x22, 0x85, 0x41E, 0xE0, 0xFC, 0x3C
MERGED = 0xE5
MOST_CELLS = 10_000_000  # of a sheet, which is held in memory: cells need not stand in order


def sheets_of(path: Path) -> list[Sheet]:
    """The worksheets in their order; chart sheets are none."""
    streams = streams_of(path.read_bytes())
    stream = streams.get("Workbook", b"")
    if "Book" in streams and not stream:
        raise DamagedError("was written by Excel 95 or an older program. Save it again as XLSX.")
    protected = "EncryptedPackage" in streams
    told = [] if protected else list(records_in(stream, 0))
    if protected or any(kind == PASSWORD for kind, _ in told):
        raise DamagedError("is protected by a password. Save it again without one.")
    try:
        return list(_sheets(stream, told))
    except (StructError, IndexError):
        raise DamagedError from None


def _sheets(stream: bytes, told: list[tuple[int, bytes]]) -> Iterator[Sheet]:
    if not told or told[0][0] != BEGIN or unpack_from("<H", told[0][1])[0] != BIFF8:
        raise DamagedError
    book = _book(told)
    for kind, content in told:
        if kind == SHEET:
            start, state, use = unpack_from("<IBB", content)
            if use == 0:
                rows, merged = partial(_rows, stream, start, book), partial(_merged, stream, start)
                yield Sheet(text_of(content, 6, size=1), state & 3 == 0, rows, merged)


def _book(told: list[tuple[int, bytes]]) -> Book:
    codes, styles, texts, days, before = dict[int, Shape](BUILT_IN), list[int](), list[bytes](), 0, 0
    for kind, content in told:
        if kind == COUNTS_FROM_1904:
            days = DAYS_TO_1904 if content[0] == 1 else 0
        elif kind == FORMAT:
            codes[unpack_from("<H", content)[0]] = shape_of_format(text_of(content, 2))
        elif kind == STYLE:
            styles.append(unpack_from("<2xH", content)[0])
        elif kind == TEXTS or (kind == CONTINUED and before == TEXTS):
            texts.append(content)
        before = before if kind == CONTINUED else kind
    return Book(days, [codes.get(style, "number") for style in styles], _texts(texts))


def _texts(pieces: list[bytes]) -> list[str]:
    """The texts that cells refer to by number; each takes three bytes or more."""
    if not pieces:
        return []
    count, told = unpack_from("<4xI", pieces[0])[0], Pieces(pieces, 8)
    if count > sum(map(len, pieces)):
        raise DamagedError
    return [told.text(told.number(2)) for _ in range(count)]


def _merged(stream: bytes, start: int) -> list[Merged]:
    found = [
        Merged(top + 1, left, bottom + 1, right)
        for kind, content in records_in(stream, start)
        if kind == MERGED
        for top, bottom, left, right in iter_unpack(
            "<HHHH", content[2 : len(content) - (len(content) - 2) % 8]
        )
    ]
    return sorted(found, key=lambda each: (each.top, each.left))


def _rows(stream: bytes, start: int, book: Book) -> Iterator[Row]:
    """The rows with something in them, in their order, which is not that of the file."""
    rows: dict[int, dict[int, str]] = {}
    count = 0
    try:
        for row, column, text in cells_in(stream, start, book):
            if text and not text.isspace():
                rows.setdefault(row, {})[column] = text
                count += 1
            if count > MOST_CELLS:
                raise DamagedError(f"has a sheet of more than {MOST_CELLS:,} cells. Save it again as XLSX.")
    except (StructError, IndexError):
        raise DamagedError from None
    return ((row + 1, dict(sorted(rows[row].items()))) for row in sorted(rows))
