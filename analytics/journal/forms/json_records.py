"""JSON -> text tables: one object a line (NDJSON), a list of objects, or an object that wraps such lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import polars as pl

from analytics.journal.forms.flatten import flat, text_of
from analytics.journal.forms.json_text import GAP, PIECE, Values, is_cut, lines_of, pieces_of, value_of
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, shown
from analytics.vocabulary.errors import InputError

BATCH_CELLS, BATCH_LETTERS = 500_000, 16_000_000
COLUMNS, CELLS = 5_000, 2_000_000_000  # of a table; what has more is no list of records
WRAPS = 3  # objects around a list


Record = tuple[int, Any, int]  # its line (or number in its list), its value, and in how many letters


def parts_of(stored: Stored, file: File) -> list[str]:
    """The lists of records that one object wraps, as 'sessions' or 'data.sessions'; else there are none."""
    values = Values(stored.name, pieces_of(stored, file))
    if _is_lines(stored, file) or values.next() != "{":
        return []
    found = dict.fromkeys(path for path, value in _wrapped(values, "", 0) if type(value) is dict)
    return [] if values.next() else list(found)


def read_json(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """Read records; a line is that of the file (NDJSON), or the number of the record in its list.

    Without `columns` the file is read once more before, for their names. A key that a record lacks is empty.
    A value that is no object, or has a key twice, is refused. Raises InputError in words.
    """
    part = file.part or next(iter(parts_of(stored, file)), "")
    names = _names(stored, file, part) if columns is None else list(columns)
    most, batch, letters, objects, cells = BATCH_CELLS // (len(names) + 1), list[Record](), 0, 0, 0
    for record in records(stored, file, part):
        batch.append(record)
        letters += record[2]
        objects += type(record[1]) is dict
        if len(batch) >= most or letters > BATCH_LETTERS:
            cells += len(batch) * len(names)
            if cells > CELLS:
                raise InputError(f"{stored.name}: has more than {CELLS:,} cells. Export it in several files.")
            yield _table(names, batch)
            batch, letters = [], 0
    if not objects:
        _refuse(stored, file)
    if batch:
        yield _table(names, batch)


def _refuse(stored: Stored, file: File) -> None:
    there = ", ".join(map(shown, parts_of(stored, file))) or "none"
    raise InputError(
        f"{stored.name}: has no list of records '{shown(file.part)}'. It has: {there}. Mend file.part."
        if file.part
        else f"{stored.name}: no object of JSON was found. Export one object a line, or a list of them."
    )


def _is_lines(stored: Stored, file: File) -> bool:
    """Whether each line is a record: the first is whole, or is broken while the second is whole."""
    head = ""
    for piece in pieces_of(stored, file):
        head += piece
        if len(head) >= PIECE:
            break
    head = head[GAP.match(head).end() :]  # pyright: ignore[reportOptionalMemberAccess]
    if head.startswith("["):
        return False
    lines = [line for _, line in lines_of(iter([head]))]
    if len(head) >= PIECE and lines:
        lines.pop()  # may be cut off
    first, second = ([value_of(line) for line in lines[:2]] + [None, None])[:2]
    if type(first) is dict:
        return len(lines) > 1 or len(head) >= PIECE or not _wraps(first, 0)
    if not head.startswith("{") and type(second) is not dict:
        raise InputError(f"{stored.name}: no line of it is a JSON object. Export one object a line (NDJSON).")
    return type(second) is dict and not is_cut(lines[0])


def _wraps(value: dict[str, Any], depth: int) -> bool:
    return any(
        (type(inner) is list and any(type(each) is dict for each in inner))
        or (type(inner) is dict and depth < WRAPS and _wraps(inner, depth + 1))
        for inner in value.values()
    )


def records(stored: Stored, file: File, part: str) -> Iterator[Record]:
    """Each record of a list, with its line or number and how many letters it has; BROKEN where it is none."""
    if _is_lines(stored, file):
        if not part:
            for number, line in lines_of(pieces_of(stored, file)):
                yield number, value_of(line), len(line)
        return
    values = Values(stored.name, pieces_of(stored, file))
    if values.next() == "[":
        found = _elements(values) if not part else iter(())
    elif part:
        found = (value for path, value in _wrapped(values, "", 0) if path == part)
    else:
        found = _one_after_another(values)
    for number, value in enumerate(found, start=1):
        yield number, value, values.letters


def _one_after_another(values: Values) -> Iterator[Any]:
    while values.next():
        yield values.take()


def _elements(values: Values, *, alone: bool = True) -> Iterator[Any]:
    """The elements of the list that comes next; nothing may follow one that stands alone."""
    values.skip("[")
    while values.next() != "]":
        yield values.take()
        if values.next() != "]":
            values.skip(",")
    values.skip("]")
    if alone and values.next():
        values.refuse("something follows the end of the list")


def _wrapped(values: Values, path: str, depth: int) -> Iterator[tuple[str, Any]]:
    """The elements of each list inside the object that comes next, with the way there."""
    values.skip("{")
    while values.next() != "}":
        key = values.take()
        values.skip(":")
        inner = f"{path}.{key}" if path else str(key)
        if (opens := values.next()) == "[":
            yield from ((inner, value) for value in _elements(values, alone=False))
        elif opens == "{" and depth < WRAPS:
            yield from _wrapped(values, inner, depth + 1)
        else:
            values.take()
        if values.next() != "}":
            values.skip(",")
    values.skip("}")


def _names(stored: Stored, file: File, part: str) -> list[str]:
    """Every column, in the order in which records first name them."""
    names: dict[str, None] = {}
    for _, value, _ in records(stored, file, part):
        if cells := _cells(value):
            names |= dict.fromkeys(cells)
        if len(names) > COLUMNS:
            raise InputError(
                f"{stored.name}: has more than {COLUMNS:,} different keys. Export a list of records, "
                "each with the same keys."
            )
    return [f"{LINE}_" if name == LINE else name for name in names]


def _cells(value: Any) -> dict[str, Any] | None:
    try:
        return flat(value) if type(value) is dict else None
    except (ValueError, RecursionError):
        return None


def _table(names: list[str], batch: list[Record]) -> TextTable:
    found = [(line, _cells(value)) for line, value, _ in batch]
    kept = [cells for _, cells in found if cells is not None]
    keys = {name: LINE if name == f"{LINE}_" else name for name in names}
    columns = [_column(name, [cells.get(key) for cells in kept]) for name, key in keys.items()]
    lines = pl.Series(LINE, [line for line, cells in found if cells is not None], dtype=pl.Int32)
    broken = [(line, "broken_record") for line, cells in found if cells is None]
    return TextTable(pl.DataFrame([*columns, lines]), refused_lines(broken))


def _column(name: str, values: list[Any]) -> pl.Series:
    """One column of text; words alone, or numbers alone, are not looked at one by one."""
    kinds = set(map(type, values)) - {type(None)}
    if kinds == {int} and max(map(abs, filter(None, values)), default=0) < 1 << 63:
        return pl.Series(name, values, dtype=pl.Int64).cast(pl.String)
    return pl.Series(name, values if kinds <= {str} else map(text_of, values), dtype=pl.String)
