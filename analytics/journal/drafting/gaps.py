"""The [missing_in] of a draft: words and numbers that mean that nothing is known, column by column."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.columns import NUMBER, Column, share_where
from analytics.journal.drafting.decisions import Decision, Found
from analytics.journal.drafting.evidence import Look
from analytics.journal.drafting.headings import kinds_of
from analytics.journal.drafting.units import EXERTION, SLIPS

ZERO = "0 is not on the scale 6 to 20"


def decide_missing(looks: Sequence[Look], assigned: Assigned, units: dict[str, str]) -> Found:
    """What stands for 'missing' in each column that is read. In an id such a word may be an id."""
    seen = {look.heading: look.column for look in looks}
    lines = [_missing(ours, seen[one.theirs], units) for ours, one in sorted(assigned.taken.items())]
    return Found(tuple(line for line in lines if line))


def _missing(ours: str, column: Column, units: dict[str, str]) -> Decision | None:
    kind = kinds_of(ours)[0]
    if kind == "id":
        return None
    words, cells = list(column.absent), sum(column.absent.values())
    reason = f"{cells:,} cells say so" if words else ""
    if kind == "number" and column.sentinels:
        more = _texts(column, list(column.sentinels))
        words, reason = [*words, *more], f"{sum(column.sentinels.values()):,} cells are far from every other"
    if (
        ours in EXERTION
        and units.get(ours) == "RPE6_20"
        and share_where(column, pl.col("number") == 0) > SLIPS
    ):
        words, reason = [*words, *_texts(column, [0.0])], ZERO
    return Decision(("missing_in",), ours, tuple(sorted(words)), reason) if words else None


def _texts(column: Column, numbers: list[float]) -> list[str]:
    number = pl.col("text").str.extract(f"(?i){NUMBER}").str.replace(",", ".", literal=True)
    return column.counts.filter(number.cast(pl.Float64, strict=False).is_in(numbers))["text"].to_list()
