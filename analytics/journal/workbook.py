"""XLSX and XLS -> text cells; dates in ISO form, whole numbers without a point."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import fastexcel
import polars as pl

from analytics.journal.mapping import File
from analytics.journal.parquet import as_text
from analytics.journal.table import LINE, TextTable, refused_lines, shown, unique_names
from analytics.vocabulary.errors import InputError


def read_workbook(path: Path, file: File) -> TextTable:
    """Read one sheet (the first, or the mapping's); record k is line k + 1, as in the spreadsheet."""
    _refuse_1904(path)
    try:
        book = fastexcel.read_excel(path)
        sheet = file.sheet or book.sheet_names[0]
        if sheet not in book.sheet_names:
            there = ", ".join(map(shown, book.sheet_names))
            raise InputError(f"{path.name}: no sheet of the mapping's name. It has: {there}.")
        frame = book.load_sheet(sheet, dtypes="string").to_polars()
    except fastexcel.FastExcelError:
        raise InputError(f"{path.name}: cannot be read as a workbook. Save it again as XLSX.") from None
    if not frame.width:
        others = ", ".join(shown(name) for name in book.sheet_names if name != sheet) or "none"
        raise InputError(
            f"{path.name}: its first sheet is empty. Name one in the mapping (file.sheet): {others}."
        )
    frame = frame.rename(dict(zip(frame.columns, unique_names(frame.columns), strict=True)))
    return TextTable(
        as_text(frame).with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias(LINE)),
        refused_lines([]),
    )


def _refuse_1904(path: Path) -> None:
    """Workbooks that count days from 1904 are refused: the reader takes them for 1900, four years early."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as parts:
        if "xl/workbook.xml" not in parts.namelist():
            return
        with parts.open("xl/workbook.xml") as part:
            head = part.read(1_000_000)
    if re.search(rb'date1904="(1|true)"', head):
        raise InputError(f"{path.name}: its dates count from 1904. Save it again with the 1900 date system.")
