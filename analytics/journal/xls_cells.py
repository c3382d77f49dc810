"""The cells of one XLS sheet, in the order of the file ([MS-XLS] 2.5)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import iter_unpack, pack, unpack, unpack_from

from analytics.journal.serial import Shape, shown_moment, shown_number
from analytics.journal.xls_records import records_in, text_of

NUMBER, SHORT, SHORTS, SHARED, LABEL, RICH, TRUTH = 0x203, 0x27E, 0xBD, 0xFD, 0x204, 0xD6, 0x205
FORMULA, RESULT = 0x06, 0x207
ERRORS = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!",
    0x2A: "#N/A",
}  # fmt: skip
Cell = tuple[int, int, str]  # row and column from 0, and what it shows


@dataclass(frozen=True, slots=True)
class Book:
    """What all sheets share: days to add to serial dates, what each cell style shows, and texts by number."""

    days: int
    shapes: list[Shape]
    texts: list[str]


def cells_in(stream: bytes, start: int, book: Book) -> Iterator[Cell]:
    """Each cell; the text of a formula stands in a record of its own behind it."""
    row = column = 0
    for kind, content in records_in(stream, start):
        if kind in READERS:
            yield from READERS[kind](content, book)
            row, column = unpack_from("<HH", content)
        elif kind == RESULT:
            yield row, column, text_of(content, 0)


def _number(content: bytes, book: Book) -> list[Cell]:
    row, column, style, value = unpack_from("<HHHd", content)
    return [(row, column, _shown(value, style, book))]


def _short(content: bytes, book: Book) -> list[Cell]:
    row, column, style, value = unpack_from("<HHHI", content)
    return [(row, column, _shown(_long(value), style, book))]


def _shorts(content: bytes, book: Book) -> list[Cell]:
    row, first = unpack_from("<HH", content)
    held = iter_unpack("<HI", content[4 : 4 + (len(content) - 6) // 6 * 6])
    return [
        (row, first + place, _shown(_long(value), style, book)) for place, (style, value) in enumerate(held)
    ]


def _long(short: int) -> float:
    """A number that is kept in 30 bits: a whole one or the head of another, and perhaps a hundredth of it."""
    whole = (short >> 2) - (1 << 30 if short & 1 << 31 else 0)
    value = float(whole) if short & 2 else unpack("<d", pack("<4xI", short & ~3))[0]
    return value / 100 if short & 1 else value


def _shared(content: bytes, book: Book) -> list[Cell]:
    row, column, place = unpack_from("<HH2xI", content)
    return [(row, column, book.texts[place])]


def _label(content: bytes, book: Book) -> list[Cell]:
    del book
    row, column = unpack_from("<HH", content)
    return [(row, column, text_of(content, 6))]


def _truth(content: bytes, book: Book) -> list[Cell]:
    del book
    row, column, value, wrong = unpack_from("<HH2xBB", content)
    return [(row, column, _error(value) if wrong else _yes(value))]


def _formula(content: bytes, book: Book) -> list[Cell]:
    """The result that was kept; a text follows, and an empty one is empty."""
    row, column, kind, value, mark = unpack_from("<HH2xBxB3xH", content)
    if mark != 0xFFFF:
        return _number(content, book)
    text = _yes(value) if kind == 1 else _error(value) if kind == 2 else ""
    return [(row, column, text)]


def _error(code: int) -> str:
    """The word of an error cell, which cleaning cannot read."""
    return ERRORS.get(code, "#ERROR!")


def _yes(value: int) -> str:
    return "true" if value else "false"


def _shown(value: float, style: int, book: Book) -> str:
    shape = book.shapes[style]
    return shown_number(repr(value)) if shape == "number" else shown_moment(repr(value), shape, book.days)


READERS: dict[int, Callable[[bytes, Book], list[Cell]]] = {
    NUMBER: _number, SHORT: _short, SHORTS: _shorts, SHARED: _shared, LABEL: _label, RICH: _label,
    TRUTH: _truth, FORMULA: _formula,
}  # fmt: skip
