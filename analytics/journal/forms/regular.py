"""Blocks of delimited text in which nothing is odd -> text cells, cut by polars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.journal.forms.blocks import NEWLINE
from analytics.journal.forms.stored import Stored
from analytics.journal.table import LINE, TextTable, refused_lines

QUOTE = 34


@dataclass(frozen=True, slots=True)
class Shape:
    """What every record of a file has: the separator and the names of its columns, and which are wanted."""

    stored: Stored
    delimiter: str
    names: list[str]
    wanted: list[str]


def read_regular(block: bytes, shape: Shape, *, line: int) -> TextTable | None:
    """The records of a block in which every one is as wide as the headings and every quote stands right.

    No record is too wide, or polars would refuse it; then none is too narrow or blank where the separators
    are as many as all records together must have.
    """
    bare = block.replace(b"\r\n", b"\n") if b"\r" in block else block
    if not bare.endswith(b"\n"):
        bare += b"\n"
    if b"\0" in bare or b"\r" in bare or len(shape.names) < 2:
        return None
    letters = np.frombuffer(bare, np.uint8)
    quotes = np.flatnonzero(letters == QUOTE) if b'"' in bare else np.empty(0, np.int64)
    if not _quoted_right(letters, quotes, ord(shape.delimiter)):
        return None
    schema = dict.fromkeys(shape.names, pl.String)
    try:  # every column is read, wanted or not: else a record too wide goes unseen
        frame = pl.read_csv(
            bare, has_header=False, separator=shape.delimiter, schema=schema, empty_string_is_null=False
        )
    except pl.exceptions.PolarsError:
        return None
    inner = _quoted(letters, quotes)
    marks = np.count_nonzero(letters == ord(shape.delimiter)) - (inner == ord(shape.delimiter)).sum()
    if marks != frame.height * (len(shape.names) - 1):
        return None
    starts = _starts(letters, quotes, across=bool((inner == NEWLINE).any()))
    if len(starts) != frame.height:
        return None
    return TextTable(
        frame.select(*shape.wanted, (starts + line).cast(pl.Int32).alias(LINE)), refused_lines([])
    )


def _starts(letters: np.ndarray, quotes: np.ndarray, *, across: bool) -> pl.Series:
    """The line on which each record starts, from 0; `across`: a quoted cell runs over the end of a line."""
    if not across:
        return pl.int_range(int(np.count_nonzero(letters == NEWLINE)), eager=True)
    ends = np.flatnonzero(letters == NEWLINE)
    last = np.flatnonzero(np.searchsorted(quotes, ends) % 2 == 0)
    return pl.Series(np.concatenate([[0], last[:-1] + 1]))


def _quoted_right(letters: np.ndarray, quotes: np.ndarray, delimiter: int) -> bool:
    """Every cell is quoted whole or not at all: quotes open behind a separator and close before one."""
    if len(quotes) % 2:
        return False
    opening, closing = quotes[::2], quotes[1::2]
    before = np.where(opening > 0, letters[opening - 1], NEWLINE)
    behind = letters[closing + 1]  # a block ends with a line end
    return all(
        bool(((beside == delimiter) | (beside == NEWLINE) | (beside == QUOTE)).all())
        for beside in (before, behind)
    )


def _quoted(letters: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """The letters inside of quotes, one cell after the other."""
    opening, lengths = quotes[::2] + 1, quotes[1::2] - quotes[::2] - 1
    first = np.repeat(opening - np.cumsum(lengths) + lengths, lengths)
    return letters[first + np.arange(len(first))]
