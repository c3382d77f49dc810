"""The tables of a report as CSV and XLSX.

The released numbers of its exhibits, safe to open in a spreadsheet.
"""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import nbformat
import xlsxwriter

from analytics.vocabulary.results import EXHIBIT_MIME

# OWASP, CSV injection: what a spreadsheet may run at the start of a cell, also in full width; or behind a
# semicolon, tab or end of line, where one that is set for another country begins a cell
FORMULA = re.compile(r"^(?= *[=+\-@\t\r\n＝＋－＠])|(?<=[;\t\r\n])(?= *[=+\-@＝＋－＠])")
SHEET_NAME = 31  # characters that a sheet's name may have


def exhibits_of(notebook: nbformat.NotebookNode) -> list[dict[str, Any]]:
    """Every exhibit that the notebook displayed, as it travels in the outputs, in order."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    return [output["data"][EXHIBIT_MIME] for output in outputs if EXHIBIT_MIME in output.get("data", {})]


def write_tables(exhibits: list[dict[str, Any]], folder: Path, *, as_of: date) -> bool:
    """Write <exhibit>.csv each into the folder, and all of them into one workbook beside it.

    False where none has data.
    """
    tables = {exhibit["id"]: exhibit["data"] for exhibit in exhibits if exhibit.get("data")}
    if not tables:
        return False
    folder.mkdir(parents=True, exist_ok=True)
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(folder.with_suffix(".xlsx"), options) as book:
        book.set_properties({"created": datetime.combine(as_of, time())})
        for name, columns in tables.items():
            rows = list(zip(*columns.values(), strict=True))
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                csv.writer(file, lineterminator="\n").writerows(
                    [list(columns), *([_safe(cell) for cell in row] for row in rows)]
                )
            sheet = book.add_worksheet(name[:SHEET_NAME])
            for number, row in enumerate([tuple(columns), *rows]):
                sheet.write_row(number, 0, row)
    return True


def _safe(cell: Any) -> Any:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers."""
    return FORMULA.sub("'", cell) if isinstance(cell, str) else cell
