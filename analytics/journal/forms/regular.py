"""Blocks of delimited text in which nothing is odd -> text cells, cut by polars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.journal.forms.stored import Stored
from analytics.journal.table import LINE, TextTable, refused_lines

QUOTE, NEWLINE = 34, 10


@dataclass(frozen=True, slots=True)
class Shape:
    """What every record of a file has: the separator and the names of its columns, and which are wanted."""

    stored: Stored
    delimiter: str
    names: list[str]
    wanted: list[str]


def read_regular(block: bytes, shape: Shape, *, line: int) -> TextTable | None:
    """The records of a block in which every one is as wide as the headings and every quote stands right."""
    bare = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    if not bare.endswith(b"\n"):
        bare += b"\n"
    if b"\0" in bare or b"\r" in bare or len(shape.names) < 2:
        return None
    found = _records(bare, ord(shape.delimiter))
    if found is None or found.marks != found.records * (len(shape.names) - 1):
        return None
    schema = dict.fromkeys(shape.names, pl.String)
    try:  # every column is read, wanted or not: else a record too wide goes unseen
        frame = pl.read_csv(
            bare, has_header=False, separator=shape.delimiter, schema=schema, empty_string_is_null=False
        )
    except pl.exceptions.PolarsError:  # a record too wide, which another's lack of a cell made up for
        return None
    if frame.height != found.records:
        return None
    return TextTable(
        frame.select(*shape.wanted, (found.starts + line).cast(pl.Int32).alias(LINE)), refused_lines([])
    )


@dataclass(frozen=True, slots=True)
class Records:
    """How many records a block holds, how many separators, and the line that each record starts on."""

    records: int
    marks: int
    starts: pl.Series


def _records(bare: bytes, delimiter: int) -> Records | None:
    """None where a line is blank or a quote stands wrong."""
    letters = np.frombuffer(bare, np.uint8)
    ends = np.flatnonzero(letters == NEWLINE)
    if ends[0] == 0 or (np.diff(ends) == 1).any():
        return None
    everywhere = int(np.count_nonzero(letters == delimiter))
    if b'"' not in bare:
        return Records(len(ends), everywhere, pl.int_range(len(ends), eager=True))
    quotes = np.flatnonzero(letters == QUOTE)
    if not _quoted_right(letters, quotes, delimiter):
        return None
    places = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    starts = pl.Series(np.concatenate([[0], places[:-1] + 1]))
    return Records(len(places), everywhere - _inside(letters, quotes, delimiter), starts)


def _quoted_right(letters: np.ndarray, quotes: np.ndarray, delimiter: int) -> bool:
    """Every cell is quoted whole or not at all: quotes open behind a separator and close before one."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, letters[opening - 1], NEWLINE)
    behind = letters[closing + 1]  # a block ends with a line end
    return bool(
        np.isin(before, (delimiter, NEWLINE, QUOTE)).all()
        and np.isin(behind, (delimiter, NEWLINE, QUOTE)).all()
    )


def _inside(letters: np.ndarray, quotes: np.ndarray, letter: int) -> int:
    """How often a letter stands inside of quotes."""
    opening, lengths = quotes[::2], quotes[1::2] - quotes[::2]
    first = np.repeat(opening - np.concatenate([[0], np.cumsum(lengths)[:-1]]), lengths)
    return int(np.count_nonzero(letters[first + np.arange(int(lengths.sum()))] == letter))
