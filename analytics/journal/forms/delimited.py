"""Delimited text -> text cells, block by block; each record with the physical line it starts on.

A block that is proved regular is cut by polars; any other goes record by record through Python's csv. Both
give the same cells (tests/journal/test_delimited.py).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator

import numpy as np
import polars as pl

from analytics.journal.forms.blocks import LONGEST, utf8_pieces
from analytics.journal.forms.dialect import FIELD_LIMIT, Dialect, find_dialect
from analytics.journal.forms.regular import QUOTE, Shape, read_regular
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, unique_names
from analytics.vocabulary.errors import InputError

LINE_END = re.compile(rb"\r\n|\r|\n")
SEEN_FIRST = 1 << 18  # bytes at the start of a file that tell how it is written
LAST = "\x1e"  # a record of its own behind a block: where it comes out whole, the block ended with a record


def read_delimited(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """Read comma, semicolon, tab or bar separated text with any line end.

    Records of another width are refused. Raises InputError where no line holds headings.
    """
    with stored.open() as stream:
        pieces = utf8_pieces(stream, stored, file.encoding)
        start = next(pieces, b"")
        dialect = find_dialect(
            start[:SEEN_FIRST].decode(errors="ignore"), delimiter=file.delimiter, header_line=file.header_line
        )
        if dialect is None:
            raise InputError(
                f"{stored.name}: no line of headings was found. Export it again with its headings."
            )
        names = unique_names(dialect.header)
        wanted = [name for name in names if columns is None or name in columns]
        shape = Shape(stored, dialect.delimiter, names, wanted)
        csv.field_size_limit(FIELD_LIMIT)
        yield from _tables(_below(start, dialect), pieces, shape, line=dialect.body_line)


def _below(start: bytes, dialect: Dialect) -> bytes:
    """What stands below the headings."""
    ends = [end.end() for _, end in zip(range(dialect.body_line - 1), LINE_END.finditer(start), strict=False)]
    return start[ends[-1] :] if len(ends) == dialect.body_line - 1 and ends else b""


def _tables(start: bytes, pieces: Iterator[bytes], shape: Shape, *, line: int) -> Iterator[TextTable]:
    held, some = start, False
    for piece in pieces:
        block, rest = _cut(held)
        table = _table(block, shape, line=line, ends=False) if block else None
        if table is not None:
            yield table
            some, line, held = True, line + _lines_in(block), rest + piece
            continue
        if len(held) > LONGEST:
            raise InputError(
                f"{shape.stored.name}, line {line}: no end of this record in {LONGEST >> 20} MB. A quote may "
                "never close; export it again."
            )
        held += piece
    if held or not some:
        table = _table(held, shape, line=line, ends=True)
        assert table is not None
        yield table


def _lines_in(block: bytes) -> int:
    return block.count(b"\n") + (block.count(b"\r") - block.count(b"\r\n") if b"\r" in block else 0)


def _cut(held: bytes) -> tuple[bytes, bytes]:
    """The whole records at the start, as far as quotes tell: up to the last line end outside of quotes."""
    last = cut = held.rfind(b"\n") + 1
    if b'"' in held:
        quotes = np.count_nonzero(np.frombuffer(held, np.uint8, cut) == QUOTE)
        while quotes % 2 and cut:
            before = held.rfind(b"\n", 0, cut - 1) + 1
            quotes -= held.count(b'"', before, cut)
            cut = before
    return held[: cut or last], held[cut or last :]


def _table(block: bytes, shape: Shape, *, line: int, ends: bool) -> TextTable | None:
    """The records of a block; None where its last one may go on behind it."""
    if block[:1] in b" \r\n" and not block.strip(b" \r\n"):  # some pad a file with millions of blank lines
        return _assembled([], [], shape)
    return read_regular(block, shape, line=line) or _careful(block, shape, line=line, ends=ends)


def _careful(block: bytes, shape: Shape, *, line: int, ends: bool) -> TextTable | None:
    """The records of any block, one by one; None where the last one may go on behind it."""
    text = block.decode(errors="replace")
    end = "\n" if ends and text and not text.endswith(("\n", "\r")) else ""
    reader = csv.reader(io.StringIO(text + end + LAST, newline=""), delimiter=shape.delimiter)
    records, broken, first, started, cells = [], [], line, line, []
    try:
        for cells in reader:
            first, started = started, line + reader.line_num
            filled = any(cell.strip("\0 \t") for cell in cells)
            if len(cells) == len(shape.names) or (len(cells) == len(shape.names) + 1 and not cells[-1]):
                if filled or len(cells) > 1:
                    records.append((first, cells))
            elif filled or len(cells) > 1:
                broken.append((first, "ragged_line"))
    except csv.Error:
        raise InputError(
            f"{shape.stored.name}, line {started}: a cell has more than {FIELD_LIMIT:,} characters. A quote "
            "may never close, or the file be damaged; export it again."
        ) from None
    if not ends and cells != [LAST]:
        return None
    (records if records and records[-1][0] == first else broken).pop()  # LAST, or what has it in its quotes
    if cells != [LAST]:
        broken.append(_open_record(shape, first=first, behind=started - first - 2))
    return _assembled(records, broken, shape)


def _open_record(shape: Shape, *, first: int, behind: int) -> tuple[int, str]:
    """The record whose quote never closes: refused, and the whole file where it took lines along."""
    if behind:
        raise InputError(
            f"{shape.stored.name}, line {first}: a quote opens there and never closes, so that {behind:,} "
            "lines behind it are read as one cell. Close it, or export the file again."
        )
    return first, "broken_record"


def _assembled(
    records: list[tuple[int, list[str]]], broken: list[tuple[int, str]], shape: Shape
) -> TextTable:
    places = [shape.names.index(name) for name in shape.wanted]
    cells = [
        pl.Series(name, [one[place].replace("\0", "") for _, one in records], dtype=pl.String)
        for name, place in zip(shape.wanted, places, strict=True)
    ]
    lines = pl.Series(LINE, [started for started, _ in records], dtype=pl.Int32)
    return TextTable(pl.DataFrame([*cells, lines]), refused_lines(broken))
