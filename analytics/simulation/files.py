"""Write one exported table as the file form of its clinic; the same frame gives the same bytes."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import polars as pl
import xlsxwriter

from analytics.simulation.dialects import Dialect

CREATED = datetime(2026, 7, 1, 6, 0)
RAGGED_FIELDS = 3  # fields that a ragged line lacks


def write_table(frame: pl.DataFrame, path: Path, *, dialect: Dialect, broken: Sequence[int]) -> None:
    """Write a table of text cells; `broken` are the rows that the file form itself must break."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".csv":
        path.write_bytes(_delimited(frame, dialect, set(broken)))
    elif path.suffix == ".ndjson":
        path.write_text(_json_lines(frame, set(broken)), encoding="utf-8")
    elif path.suffix == ".xlsx":
        _workbook(frame, path)
    else:
        _typed(frame).write_parquet(path, compression="zstd")


def line_of(row: int, path: Path) -> int:
    """Line of a row as somebody who opens the file counts: a header is line 1, NDJSON has none."""
    return row + (1 if path.suffix == ".ndjson" else 2)


def _delimited(frame: pl.DataFrame, dialect: Dialect, broken: set[int]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(
        out, delimiter=dialect.delimiter, lineterminator="\r\n" if dialect.decimal == "," else "\n"
    )
    writer.writerow(frame.columns)
    writer.writerows(
        cells[:-RAGGED_FIELDS] if row in broken else cells for row, cells in enumerate(frame.iter_rows())
    )
    return out.getvalue().encode(dialect.encoding)


def _json_lines(frame: pl.DataFrame, broken: set[int]) -> str:
    lines = []
    for row, record in enumerate(frame.iter_rows(named=True)):
        kept = {name: _json_cell(text) for name, text in record.items() if text != ""}
        text = json.dumps(kept, ensure_ascii=False)
        lines.append(text[: len(text) // 2] if row in broken else text)
    return "\n".join(lines) + "\n"


def _json_cell(text: str) -> Any:
    if ";" in text:
        return text.split(";")
    number = _number(text)
    return text if number is None else number


def _workbook(frame: pl.DataFrame, path: Path) -> None:
    book = xlsxwriter.Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False})
    book.set_properties({"created": CREATED})
    sheet, clock = book.add_worksheet("Export"), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet.write_row(0, 0, frame.columns)
    for row, cells in enumerate(frame.iter_rows(), start=1):
        for column, text in enumerate(cells):
            moment, number = _moment(text), _number(text)
            if moment:
                sheet.write_datetime(row, column, moment, clock)
            elif number is not None:
                sheet.write_number(row, column, number)
            elif text:
                sheet.write_string(row, column, text)
    book.close()


def _typed(frame: pl.DataFrame) -> pl.DataFrame:
    """Numbers and times as their own types, as a database writes Parquet.

    A column that is neither stays text.
    """
    typed = []
    for column in frame:
        filled = column.replace("", None)
        for tried in (
            filled.cast(pl.Float64, strict=False),
            filled.str.to_datetime("%Y-%m-%d %H:%M:%S", strict=False),
        ):
            if tried.null_count() == filled.null_count() and filled.null_count() < len(filled):
                filled = tried
                break
        typed.append(filled)
    return pl.DataFrame(typed)


def _number(text: str) -> float | int | None:
    try:
        number = float(text)
    except ValueError:
        return None
    if " " in text or (text[:1] in "+0" and len(text) > 1 and "." not in text):  # a phone number is no number
        return None
    return int(number) if number.is_integer() and "." not in text else number


def _moment(text: str) -> datetime | None:
    if len(text) < 10 or text[4:5] != "-":
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
