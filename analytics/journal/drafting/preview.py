"""What a drafted mapping would keep and refuse of the lines that were looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from analytics.journal.cells import Known
from analytics.journal.lines import Lines, typed_lines
from analytics.journal.mapping import Mapping
from analytics.journal.table import TextTable
from analytics.vocabulary.settings import Settings, Source

LATEST = date(2100, 1, 1)  # what lies in the future is told by `lumbar check`, which knows as_of


@dataclass(frozen=True, slots=True)
class Preview:
    """The account of a sample: lines = kept + refused.

    `refused` and `mended`: (rule, column, lines), most first.
    """

    lines: int
    kept: int
    refused: tuple[tuple[str, str, int], ...]
    mended: tuple[tuple[str, str, int], ...]


def preview(tables: Sequence[TextTable], mapping: Mapping) -> Preview:
    """The account of a sample that is read with a mapping, as `lumbar check` would read the file."""
    read = read_sample(tables, mapping)
    return Preview(
        sum(one.read for one in read),
        sum(one.kept["line"].n_unique() for one in read),
        _counted([one.refused for one in read]),
        _counted([one.mends for one in read]),
    )


def read_sample(tables: Sequence[TextTable], mapping: Mapping) -> list[Lines]:
    """The lines of a sample, typed. Its pseudonyms are made with no secret, and never leave this process."""
    settings = Settings(as_of=LATEST, sources=(Source(files="-", mapping="-"),))  # pyright: ignore[reportCallIssue]
    known: dict[str, Known] = {}
    return [typed_lines(table, mapping, settings, key=bytes(32), known=known) for table in tables]


def _counted(frames: list[pl.DataFrame]) -> tuple[tuple[str, str, int], ...]:
    rows = pl.concat([frame.select("rule", pl.col("column").fill_null("")) for frame in frames])
    counted = (
        rows.group_by("rule", "column").len("lines").sort(-pl.col("lines").cast(pl.Int64), "rule", "column")
    )
    return tuple((rule, column, lines) for rule, column, lines in counted.iter_rows())
