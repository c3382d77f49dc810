"""XLS (Excel 97 to 2003, and older) -> rows of text cells."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import xlrd

from analytics.journal.forms.headings import Merged, Row
from analytics.journal.forms.markup import DamagedError
from analytics.journal.forms.serial import (
    BUILT_IN,
    DAYS_TO_1904,
    Shape,
    shape_of_format,
    shown_moment,
    shown_number,
)
from analytics.journal.forms.sheet import Sheet

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
PACKED = "EncryptedPackage".encode("utf-16-le")  # names the stream of an XLSX that a password protects
NO_PASSWORD = "is protected by a password. Save it again without one."
MOST_CELLS = 10_000_000  # of a sheet, which is held in memory


def sheets_of(path: Path) -> list[Sheet]:
    """The worksheets in their order; chart sheets are none."""
    content = path.read_bytes()
    if PACKED in content:
        raise DamagedError(NO_PASSWORD)
    try:
        with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
            book = xlrd.open_workbook(
                file_contents=content, formatting_info=True, ragged_rows=True, logfile=nowhere
            )
        return [_sheet(sheet, _shapes(book), _days(book)) for sheet in book.sheets()]
    except DamagedError:
        raise
    except Exception as error:  # of a damaged file anything may come: no index, no number, a broken assertion
        raise (DamagedError(NO_PASSWORD) if "encrypted" in str(error) else DamagedError()) from None


def _sheet(sheet: Any, shapes: list[Shape], days: int) -> Sheet:
    if sum(map(sheet.row_len, range(sheet.nrows))) > MOST_CELLS:
        raise DamagedError(f"has a sheet of more than {MOST_CELLS:,} cells. Save it again as XLSX.")
    merged = sorted(
        (
            Merged(top + 1, left, below, beyond - 1)
            for top, below, left, beyond in sheet.merged_cells
            if below > top and beyond > left
        ),
        key=lambda each: (each.top, each.left),
    )
    return Sheet(sheet.name, sheet.visibility == 0, partial(_rows, sheet, shapes, days), lambda: merged)


def _shapes(book: Any) -> list[Shape]:
    """What each cell style shows of a number."""
    written = {key: form.format_str for key, form in book.format_map.items()}
    codes: dict[int, Shape] = {key: shape_of_format(code) for key, code in written.items() if code}
    codes = BUILT_IN | codes
    return [codes.get(style.format_key, "number") for style in book.xf_list]


def _days(book: Any) -> int:
    return DAYS_TO_1904 if book.datemode else 0


def _rows(sheet: Any, shapes: list[Shape], days: int) -> Iterator[Row]:
    """The rows with something in them."""
    for number in range(sheet.nrows):
        cells = {
            place: text
            for place, cell in enumerate(sheet.row(number))
            if (text := _shown(cell, shapes, days)) and not text.isspace()
        }
        if cells:
            yield number + 1, cells


def _shown(cell: Any, shapes: list[Shape], days: int) -> str:
    if cell.ctype in (xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE):
        shape = shapes[cell.xf_index]
        written = repr(cell.value)
        return shown_number(written) if shape == "number" else shown_moment(written, shape, days)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "true" if cell.value else "false"
    if cell.ctype == xlrd.XL_CELL_ERROR:  # its word, which cleaning cannot read: an empty cell would be a lie
        return str(xlrd.error_text_from_code.get(cell.value, "#ERROR!"))
    return str(cell.value)
