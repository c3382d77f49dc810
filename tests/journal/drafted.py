"""Small exports for the tests of drafts: columns of cells in, a draft out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl

from analytics.journal.drafting.columns import Column, look_at
from analytics.journal.drafting.decisions import Draft
from analytics.journal.drafting.table_draft import Sample, draft_sample
from analytics.journal.table import LINE, TextTable, refused_lines


def table_of(cells: Mapping[str, Sequence[str]]) -> TextTable:
    """Cells by heading as a reader hands them on."""
    frame = pl.DataFrame(dict(cells), schema=dict.fromkeys(cells, pl.String))
    return TextTable(
        frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int32).alias(LINE)), refused_lines([])
    )


def drafts_of(
    cells: Mapping[str, Sequence[str]], *, path: str = "oak/export.csv", **answers: str
) -> list[Draft]:
    """The drafts of one table; an answer `units__rpe="CR10"` is to the question units.rpe."""
    told = {key.replace("__", "."): value for key, value in answers.items()}
    return draft_sample(Sample((Path(path),), "", "", True, (table_of(cells),)), told)


def draft_of(cells: Mapping[str, Sequence[str]], **answers: str) -> Draft:
    """The one draft of a table."""
    (draft,) = drafts_of(cells, **answers)
    return draft


def asked(draft: Draft) -> list[str]:
    """The keys of a draft's questions."""
    return sorted(one.key for one in draft.asked)


def column(cells: Sequence[str], heading: str = "x") -> Column:
    """One column."""
    return look_at(pl.DataFrame({heading: list(cells)}, schema={heading: pl.String}))[0]


def sessions(
    rows: int = 60, *, patients: int = 6, start: Sequence[str] | None = None, **more: Sequence[str]
) -> dict[str, Sequence[str]]:
    """A plain English journal; `more` adds columns or takes the place of some (none: drops them)."""
    return {
        "Clinic": ["oak"] * rows,
        "Patient ID": [f"P{place % patients:03d}" for place in range(rows)],
        "Session start": start
        or [f"2026-{1 + place // 28:02d}-{1 + place % 28:02d} 09:00" for place in range(rows)],
        "Pain before": [str((place * 7) % 11) for place in range(rows)],
        "RPE": [str(1 + place % 8) for place in range(rows)],
        "Minutes": [str(20 + place % 5 * 5) for place in range(rows)],
    } | {name.replace("_", " "): cells for name, cells in more.items()}
