"""ODS -> rows of text cells, as a stream; spans are the merged cells, and one row may be told for many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from zipfile import ZipFile

from analytics.journal.forms.headings import Merged, Row
from analytics.journal.forms.markup import DamagedError, Listener, elements, listen, part_of, whole
from analytics.journal.forms.serial import hours, shown_iso, shown_number
from analytics.journal.forms.sheet import CELL_TEXT, COLUMNS, ROWS, UNCALCULATED, Sheet

CONTENT = "content.xml"
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?")
CELL, COVERED = "table:table-cell", "table:covered-table-cell"
GAPS = {"text:tab": "\t", "text:line-break": "\n", "text:s": " "}


def sheets_of(package: ZipFile) -> list[Sheet]:
    """The tables of a spreadsheet in their order."""
    if any(name == "encryption-data" for name, _ in elements(package, "META-INF/manifest.xml")):
        raise DamagedError("is protected by a password. Save it again without one.")
    names: list[str] = []

    def start(name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            names.append(given.get("table:name", ""))

    with part_of(package, CONTENT) as source:
        for _ in listen(source, Listener(start)):
            pass
    return [
        Sheet(name, True, partial(_rows, package, place), partial(_merged, package, place))
        for place, name in enumerate(names)
    ]


def _rows(package: ZipFile, place: int) -> Iterator[Row]:
    heard = _Cells(place)
    with part_of(package, CONTENT) as source:
        for _ in listen(source, Listener(heard.start, heard.end, heard.text)):
            for first, times, cells in heard.ready:
                yield from ((first + each, dict(cells)) for each in range(times))
            heard.ready.clear()


def _merged(package: ZipFile, place: int) -> list[Merged]:
    heard = _Cells(place)
    with part_of(package, CONTENT) as source:
        for _ in listen(source, Listener(heard.start, heard.end)):
            heard.ready.clear()
    return heard.merged


class _Cells:
    """The cells of one table, as they are told; `ready` are rows (first, how many alike, cells)."""

    def __init__(self, place: int) -> None:
        self.place, self.ready, self.merged = place, list[tuple[int, int, dict[int, str]]](), list[Merged]()
        self.row, self.alike, self.cells, self.column = 0, 1, dict[int, str](), 0
        self.given, self.said, self.letters = dict[str, str](), list[str](), 0
        self.within, self.remark = False, False

    def start(self, name: str, given: dict[str, str]) -> None:
        if name == "table:table":
            self.place -= 1
        elif self.place != -1:
            return
        elif name == "table:table-row":
            self.row += self.alike if self.row else 1
            self.alike = max(1, whole(given.get("table:number-rows-repeated"), 1))
            self.cells, self.column = {}, 0
        elif name in {CELL, COVERED}:
            self.given, self.letters = given, 0
            self.said.clear()
        elif name == "office:annotation":
            self.remark = True
        elif name == "text:p" and not self.remark:
            self.within = True
            self.text("\n" if self.said else "")
        elif name in GAPS:
            self.text(GAPS[name] * min(max(1, whole(given.get("text:c"), 1)), CELL_TEXT))

    def text(self, said: str) -> None:
        if self.within and said:
            self.said.append(said)
            self.letters += len(said)
            if self.letters > CELL_TEXT:
                raise DamagedError(f"has a cell of more than {CELL_TEXT:,} letters. Export it again.")

    def end(self, name: str) -> None:
        if self.place != -1:
            return
        if name == "text:p":
            self.within = False
        elif name == "office:annotation":
            self.remark = False
        elif name in {CELL, COVERED}:
            self.cell(name)
        elif name == "table:table-row" and self.cells:
            if self.row + self.alike - 1 > ROWS:
                raise DamagedError
            self.ready.append((self.row, self.alike, self.cells))
            self.cells = {}

    def cell(self, name: str) -> None:
        """What a cell holds, in as many columns as it is told for."""
        text, alike = self.shown(), max(1, whole(self.given.get("table:number-columns-repeated"), 1))
        first, self.column = self.column, self.column + alike
        down, right = (whole(self.given.get(f"table:number-{way}-spanned"), 1) for way in ("rows", "columns"))
        if max(down, right) > 1:
            self.merged.append(Merged(self.row, first, self.row + down - 1, first + right - 1))
        if name == CELL and text and not text.isspace():
            if self.column > COLUMNS:
                raise DamagedError
            self.cells |= dict.fromkeys(range(first, self.column), text)

    def shown(self) -> str:
        """The cell as a person sees it, in ISO form."""
        kind = self.given.get("office:value-type")
        if kind in {"float", "percentage", "currency"}:
            return shown_number(self.given.get("office:value", ""))
        if kind == "date":
            return shown_iso(self.given.get("office:date-value", ""))
        if kind == "time":
            return _hours(self.given.get("office:time-value", ""))
        if kind == "boolean":
            return self.given.get("office:boolean-value", "")
        if kind is None and "table:formula" in self.given:
            return UNCALCULATED
        return "".join(self.said) or self.given.get("office:string-value", "")


def _hours(duration: str) -> str:
    """An ISO duration as hh:mm; one of another kind is left as it is."""
    found = DURATION.fullmatch(duration)
    if not found:
        return duration
    days, hour, minute, second = (float(part or 0) for part in found.groups())
    return hours(days + hour / 24 + minute / 1440 + second / 86400)
