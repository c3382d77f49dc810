"""NDJSON -> text cells: one JSON object a line; a line that is none is refused, the others are kept."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from analytics.journal.mapping import File
from analytics.journal.table import TextTable, text_table
from analytics.vocabulary.errors import InputError


def read_json_lines(path: Path, file: File) -> TextTable:
    """Read objects line by line; the first record is line 1. Keys that a record lacks are empty."""
    try:
        lines = path.read_text(encoding=file.encoding or "utf-8-sig").split("\n")
    except (UnicodeDecodeError, LookupError):
        raise InputError(
            f"{path.name}: is not {file.encoding or 'UTF-8'} text. Export it as UTF-8 NDJSON."
        ) from None
    records, broken = [], []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        record = _object(line)
        if record is None:
            broken.append((number, "broken_record"))
        else:
            records.append((number, record))
    if not records:
        raise InputError(f"{path.name}: no line of it is a JSON object. Export one object a line (NDJSON).")
    names = list(dict.fromkeys(key for _, record in records for key in record))
    cells = [(number, [_text(record.get(name)) for name in names]) for number, record in records]
    return text_table(names, cells, broken=broken)


def _object(line: str) -> dict[str, Any] | None:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, list):
        return ";".join(_text(each) for each in value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
