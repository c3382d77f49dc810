"""Opening a published folder: every file, also those in archives, and the tables and figures in them."""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from xml.etree import ElementTree

from analytics.reporting.proof.markup import Page
from analytics.reporting.proof.parts import Cell, Figure, Published, Table

SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
WHOLE, DECIMAL = re.compile(r"-?\d+"), re.compile(r"-?\d+\.\d*([eE][-+]?\d+)?|-?\d+[eE][-+]?\d+")
AS_TEXT = {"s", "str", "inlineStr", "b", "e"}  # of a sheet's cells; yes and no are no numbers
DEPTH = 3  # archives within archives


def open_published(folder: Path) -> Published:
    """Every file below the folder, in order of their names; plotly's own script, unchanged, is left out."""
    plotly = (files("plotly") / "package_data" / "plotly.min.js").read_bytes().strip()
    contents: list[tuple[str, bytes]] = []
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        place = path.relative_to(folder).as_posix()
        content = path.read_bytes().replace(plotly, b"")
        contents += [(place, content), *_unpacked(place, content, depth=DEPTH)]
    tables: list[Table] = []
    figures: list[Figure] = []
    texts: list[tuple[str, str]] = []
    for place, content in contents:
        if place.endswith(".html"):
            page = Page(place, content.decode("utf-8", "replace"))
            tables += page.tables
            figures += page.figures
            texts.append((place, page.text))
        elif place.endswith(".csv"):
            tables.append(_delimited(place, content))
        elif place.endswith(".xlsx"):
            tables += _sheets(place, content)
        elif place.endswith(".json"):
            figures.append(Figure(place, _loaded(content)))
    return Published(tuple(contents), tuple(tables), tuple(figures), tuple(texts))


def _unpacked(place: str, content: bytes, *, depth: int) -> Iterator[tuple[str, bytes]]:
    if not depth or not content.startswith(b"PK\x03\x04"):
        return
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for part in archive.namelist():
                inner = archive.read(part)
                yield f"{place}:{part}", inner
                yield from _unpacked(f"{place}:{part}", inner, depth=depth - 1)
    except zipfile.BadZipFile:
        return


def _loaded(content: bytes) -> object:
    try:
        return json.loads(content)
    except ValueError:
        return None


def _delimited(place: str, content: bytes) -> Table:
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig", "replace"), newline="")))
    cells = tuple(tuple(_cell(text) for text in row) for row in rows[1:])
    return Table(place, Path(place).stem, tuple(rows[0]) if rows else (), cells)


def _cell(text: str) -> Cell:
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text or None


def _sheets(place: str, content: bytes) -> Iterator[Table]:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            names = [f"{sheet.get('name')}" for sheet in _tree(book, "xl/workbook.xml").iter(f"{SHEET}sheet")]
            shared = (
                ["".join(text.itertext()) for text in _tree(book, "xl/sharedStrings.xml")]
                if "xl/sharedStrings.xml" in book.namelist()
                else []
            )
            for number, name in enumerate(names, 1):
                rows = [
                    _row(row, shared)
                    for row in _tree(book, f"xl/worksheets/sheet{number}.xml").iter(f"{SHEET}row")
                ]
                head = tuple(f"{cell}" for cell in rows[0]) if rows else ()
                yield Table(f"{place}, sheet {number}", name, head, tuple(rows[1:]))
    except (zipfile.BadZipFile, KeyError, ElementTree.ParseError):
        return  # its bytes are looked at all the same


def _tree(book: zipfile.ZipFile, part: str) -> ElementTree.Element:
    return ElementTree.fromstring(book.read(part))


def _row(row: ElementTree.Element, shared: list[str]) -> tuple[Cell, ...]:
    cells: dict[int, Cell] = {}
    for cell in row.iter(f"{SHEET}c"):
        text = "".join(inner.text or "" for inner in cell.iter() if inner.tag in {f"{SHEET}v", f"{SHEET}t"})
        kind = cell.get("t")
        value = shared[int(text)] if kind == "s" and text else text
        letters = re.sub(r"\d", "", cell.get("r", ""))
        at = 0
        for letter in letters:
            at = at * 26 + ord(letter) - 64
        cells[at - 1 if letters else len(cells)] = value if kind in AS_TEXT else _cell(value)
    return tuple(cells.get(at) or (cells.get(at) if cells.get(at) == 0 else None)
                 for at in range(max(cells, default=-1) + 1))  # fmt: skip
