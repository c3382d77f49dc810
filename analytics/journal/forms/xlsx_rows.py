"""The rows of one XLSX sheet as they are told, and its merged cells."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zipfile import ZipFile

from analytics.journal.forms.headings import Merged, Row
from analytics.journal.forms.markup import CHUNK, DamagedError, Listener, listen, local, part_of, whole
from analytics.journal.forms.serial import Shape, shown_moment, shown_number
from analytics.journal.forms.sheet import CELL_TEXT, COLUMNS, ROWS, UNCALCULATED

RANGE = rb"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})"
MERGED = re.compile(rb"<(?:\w+:)?mergeCell\s[^>]{0,200}?ref\s*=\s*[\"']" + RANGE)
MERGED_SIZE = 400  # bytes; an element that stands across two pieces is found in their seam
RANGES = 200_000
DIGITS = "0123456789"
ESCAPED = re.compile("_x((?![dD][89A-Fa-f])[0-9A-Fa-f]{4})_")  # half a character is left as it is


@dataclass(frozen=True, slots=True)
class Book:
    """What all sheets of a workbook share.

    `days` are added to serial dates. `uncertain`: the workbook asks to be calculated before it is shown, so
    that a formula's 0 proves nothing. `shapes`: what each cell style shows.
    """

    package: ZipFile
    days: int
    uncertain: bool
    shapes: list[Shape]
    texts: list[str]


def rows_of(book: Book, path: str) -> Iterator[Row]:
    """The rows with something in them; one that does not stand below the row before it is damage."""
    heard = _Cells(book)
    with part_of(book.package, path) as source:
        for _ in listen(source, Listener(heard.start, heard.end, heard.text)):
            yield from heard.ready
            heard.ready.clear()
            if heard.over:
                return


def merged_in(package: ZipFile, path: str) -> list[Merged]:
    """The merged ranges of a sheet; they stand behind its cells."""
    found, seam = set[Merged](), b""
    with part_of(package, path) as source:
        while piece := source.read(CHUNK):
            for left, top, right, bottom in MERGED.findall(seam + piece):
                found.add(Merged(int(top), column_of(left.decode()), int(bottom), column_of(right.decode())))
            if len(found) > RANGES:
                raise DamagedError(f"merges more than {RANGES:,} cells. Unmerge them, or export it as CSV.")
            seam = piece[-MERGED_SIZE:]
    return sorted(found, key=lambda merged: (merged.top, merged.left))


@lru_cache(maxsize=COLUMNS)
def column_of(letters: str) -> int:
    """The place of a column from 0: A, B, ..., Z, AA."""
    if not re.fullmatch("[A-Z]{1,3}", letters):
        raise DamagedError
    place = 0
    for letter in letters:
        place = place * 26 + ord(letter) - 64
    if place > COLUMNS:
        raise DamagedError
    return place - 1


class _Cells:
    """The cells of a sheet, as they are told; whole rows wait in `ready`."""

    def __init__(self, book: Book) -> None:
        self.book, self.ready, self.over = book, list[Row](), False
        self.row, self.cells = 0, dict[int, str]()
        self.column, self.given, self.said = -1, dict[str, str](), ""
        self.within = self.reading = self.formula = False

    def start(self, name: str, given: dict[str, str]) -> None:
        if ":" in name:
            name = local(name)
        if name == "c":
            self.given, self.said, self.formula = given, "", False
            where = given.get("r")
            self.column = column_of(where.rstrip(DIGITS)) if where else self.column + 1
        elif name == "v":
            self.within = True
        elif name == "t":
            self.within = not self.reading
        elif name == "f":
            self.formula = True
        elif name == "row":
            row = whole(given.get("r"), self.row + 1)
            if not self.row < row <= ROWS:
                raise DamagedError
            self.row, self.cells, self.column = row, {}, -1
        elif name == "rPh":
            self.reading = True

    def text(self, said: str) -> None:
        if self.within:
            self.said += said
            if len(self.said) > CELL_TEXT:
                raise DamagedError(f"has a cell of more than {CELL_TEXT:,} letters. Export it again.")

    def end(self, name: str) -> None:
        if ":" in name:
            name = local(name)
        if name in {"v", "t"}:
            self.within = False
        elif name == "c":
            text = self.shown()
            if text and not text.isspace():
                self.cells[self.column] = text
        elif name == "row":
            if self.cells:
                self.ready.append((self.row, self.cells))
        elif name == "rPh":
            self.reading = False
        elif name == "sheetData":
            self.over = True

    def shown(self) -> str:
        """The cell as a person sees it; an error cell as its word, which cleaning cannot read."""
        kind, said, book = self.given.get("t"), self.said, self.book
        if self.formula and (not said or (book.uncertain and said == "0")) and kind != "str":
            return UNCALCULATED
        if not said or kind == "e":
            return said
        if kind == "s":
            place = whole(said)
            if not 0 <= place < len(book.texts):
                raise DamagedError
            return book.texts[place]
        if kind is None or kind == "n":
            style = whole(self.given.get("s"))
            shape = book.shapes[style] if 0 <= style < len(book.shapes) else "number"
            return shown_number(said) if shape == "number" else shown_moment(said, shape, book.days)
        return ("true" if said.strip() == "1" else "false") if kind == "b" else unescaped(said)


def unescaped(text: str) -> str:
    """A text with the characters that XML cannot hold, which XLSX writes as _x000D_."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text) if "_x" in text else text
