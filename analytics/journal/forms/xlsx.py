"""XLSX -> rows of text cells, as a stream.

Read here and not by a library: those that stream know no merged cells, and turn errors and formulas that
nobody calculated into empty cells; those that know them hold the whole sheet in memory.
"""

from __future__ import annotations

import posixpath
from functools import cache, partial
from zipfile import ZipFile

from analytics.journal.forms.markup import DamagedError, Listener, elements, listen, local, part_of, whole
from analytics.journal.forms.serial import BUILT_IN, DAYS_TO_1904, Shape, shape_of_format
from analytics.journal.forms.sheet import Sheet
from analytics.journal.forms.xlsx_rows import Book, merged_in, rows_of, unescaped

TEXTS, LETTERS = 5_000_000, 400_000_000  # distinct texts of a workbook, and their letters, that are held
TRUE = {"1", "true"}


def sheets_of(package: ZipFile) -> list[Sheet]:
    """The worksheets in their order; chart sheets are none."""
    root = _related(package, "")
    path = next((target for kind, target in root.values() if kind == "officeDocument"), "xl/workbook.xml")
    related, told = _related(package, path), elements(package, path)
    targets = dict(related.values())

    @cache
    def book() -> Book:
        return Book(
            package,
            DAYS_TO_1904 if _any_true(told, "workbookPr", "date1904") else 0,
            _any_true(told, "calcPr", "fullCalcOnLoad"),
            _shapes(package, targets["styles"]) if "styles" in targets else [],
            _texts(package, targets["sharedStrings"]) if "sharedStrings" in targets else [],
        )

    sheets = []
    for given in (given for name, given in told if name == "sheet"):
        key = next((value for name, value in given.items() if local(name) == "id"), "")
        kind, target = related.get(key, ("", ""))
        if kind == "worksheet":
            seen = given.get("state", "visible") == "visible"
            rows = partial(lambda target: rows_of(book(), target), target)
            sheets.append(Sheet(given.get("name", ""), seen, rows, partial(merged_in, package, target)))
    return sheets


def _any_true(told: list[tuple[str, dict[str, str]]], element: str, key: str) -> bool:
    """Whether it is set; later versions of the format write the element again, for keys of their own."""
    return any(given.get(key) in TRUE for name, given in told if name == element)


def _related(package: ZipFile, path: str) -> dict[str, tuple[str, str]]:
    """By id, the last word of the kind, and the path, of each part that a part refers to."""
    folder, name = posixpath.split(path)
    given = [at for name, at in elements(package, f"{folder}/_rels/{name}.rels") if name == "Relationship"]
    return {
        at.get("Id", ""): (
            at.get("Type", "").rpartition("/")[2],
            posixpath.normpath(posixpath.join("/", folder, at.get("Target", ""))).lstrip("/"),
        )
        for at in given
    }


def _shapes(package: ZipFile, path: str) -> list[Shape]:
    """What each cell style shows, in the order of their numbers."""
    codes, shapes, inside = dict[int, Shape](BUILT_IN), list[Shape](), False
    for name, given in elements(package, path):
        if name == "numFmt":
            codes[whole(given.get("numFmtId"))] = shape_of_format(given.get("formatCode", ""))
        elif name in {"cellXfs", "cellStyleXfs"}:
            inside = name == "cellXfs"
        elif name == "xf" and inside:
            shapes.append(codes.get(whole(given.get("numFmtId")), "number"))
    return shapes


def _texts(package: ZipFile, path: str) -> list[str]:
    """The texts that cells refer to by number."""
    heard = _Texts()
    with part_of(package, path) as source:
        for _ in listen(source, Listener(heard.start, heard.end, heard.text)):
            if len(heard.texts) > TEXTS or heard.letters > LETTERS:
                raise DamagedError(
                    f"has more than {TEXTS:,} distinct texts. Export it as CSV, or in several files."
                )
    return heard.texts


class _Texts:
    """The shared texts of a workbook, as they are told; readings of East Asian words are left out."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.letters = 0
        self.said: list[str] = []
        self.within = self.reading = False

    def start(self, name: str, given: dict[str, str]) -> None:
        del given
        name = local(name)
        if name == "t":
            self.within = not self.reading
        elif name == "rPh":
            self.reading = True

    def text(self, said: str) -> None:
        if self.within:
            self.said.append(said)
            self.letters += len(said)

    def end(self, name: str) -> None:
        name = local(name)
        if name == "t":
            self.within = False
        elif name == "rPh":
            self.reading = False
        elif name == "si":
            self.texts.append(unescaped("".join(self.said)))
            self.said.clear()
