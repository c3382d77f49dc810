"""Exports -> the books and the cohort, a group of clinics at a time, in processes that import no model."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import polars as pl

from analytics.cohort.describe import describe_cohort, join_cohorts
from analytics.journal.account import joined, without_rows
from analytics.journal.clean import clean_by_clinics
from analytics.journal.quality.checks import count_checks
from analytics.journal.quality.first_lines import first_lines, lines_to_look_at, write_first_lines
from analytics.journal.read import Export
from analytics.vocabulary.results import Cohort, Journal
from analytics.vocabulary.settings import Settings

ROWS = ("sessions", "patients", "plans", "measures", "findings")  # frames in parts, one a group of clinics


def read_exports(
    exports: list[Export], settings: Settings, *, staging: Path
) -> tuple[Journal, Cohort, Sequence[pl.DataFrame]]:
    """The journal without its rows, which are written to the study clinic by clinic, and the cohort.

    Also what the checks counted, group by group; the first lines that each rule struck are put down.
    """
    with TemporaryDirectory(dir=staging, prefix="lines-") as folder:
        then = partial(_put_down, settings=settings, staging=staging)
        parts = clean_by_clinics(exports, settings, folder=Path(folder), then=then)
        books, cohorts, counts, struck = zip(*parts, strict=True)
    write_first_lines(first_lines(pl.concat(struck), exports), staging / "restricted")
    return joined(books), join_cohorts(cohorts), counts


def _put_down(number: int, journal: Journal, *, settings: Settings, staging: Path) -> tuple[Any, ...]:
    """Write the rows of a group of clinics; hand on the books, the cohort, what was counted and struck."""
    for name in ROWS:
        (staging / "frames" / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        getattr(journal, name).write_parquet(staging / "frames" / name / f"{number:04}.parquet")
    struck = lines_to_look_at(journal.findings, per_rule=settings.quality.lines_to_look_at)
    cohort, counts = describe_cohort(journal, settings), count_checks(journal, settings)
    return without_rows(journal), cohort, counts, struck
