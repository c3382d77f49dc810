"""Delimited text -> text cells, each record with the physical line it starts on."""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from analytics.journal.mapping import File
from analytics.journal.table import TextTable, text_table
from analytics.vocabulary.errors import InputError

DELIMITERS = ",;\t|"
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
FIELD_LIMIT = 1_000_000  # characters; a longer cell is a broken quote, not a journal entry


def read_delimited(path: Path, file: File) -> TextTable:
    """Read comma, semicolon, tab or bar separated text with any line end.

    Records of another width are refused.
    """
    text = _decode(path, file.encoding)
    delimiter = file.delimiter or _sniff(text)
    csv.field_size_limit(FIELD_LIMIT)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    records, started = [], 1
    try:
        for record in reader:
            if any(cell.strip("\0 \t") for cell in record) or len(record) > 1:
                records.append((started, [cell.replace("\0", "") for cell in record]))
            started = reader.line_num + 1
    except csv.Error:
        raise InputError(
            f"{path.name}, line {started}: a cell has more than {FIELD_LIMIT:,} characters; "
            "its quote may never close."
        ) from None
    if not records:
        raise InputError(f"{path.name}: no header line was found.")
    (_, header), *body = records
    whole = [(line, cells) for line, cells in body if len(cells) == len(header)]
    ragged = [line for line, cells in body if len(cells) != len(header)]
    return text_table(header, whole, broken=[(line, "ragged_line") for line in ragged])


def _decode(path: Path, encoding: str | None) -> str:
    content = path.read_bytes()
    marked = next((name for mark, name in MARKS if content.startswith(mark)), None)
    for name in (marked, encoding) if marked or encoding else ("utf-8", "cp1252", "latin-1"):
        if name is None:
            continue
        try:
            return content.decode(name)
        except (UnicodeDecodeError, LookupError):
            if encoding or marked:
                break
    raise InputError(
        f"{path.name}: cannot be read as {marked or encoding}. Set file.encoding in the mapping."
    )


def _sniff(text: str) -> str:
    """The separator that cuts the first record with something in it into most cells; quotes are respected."""
    start = text.lstrip("\r\n\t ")[:20_000]

    def cells(delimiter: str) -> int:
        try:
            return len(next(csv.reader(io.StringIO(start, newline=""), delimiter=delimiter), []))
        except csv.Error:
            return 0

    return max(DELIMITERS, key=cells)
