"""The unit of a column, proved from its numbers and its heading, or asked: 0-10 or 0-100, CR-10 or 6-20.

A wrong unit is the worst mistake of all, since every cell still looks right.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.journal.drafting.columns import Column, cells_with_number, quantile, share_where
from analytics.journal.drafting.headings import Hints

PAIN = frozenset({"pain_before", "pain_after", "pain_during", "baseline_pain", "pain_at_prescription"})
EXERTION = frozenset({"rpe", "target_rpe"})
SLIPS = 0.05  # share of the cells: so many may be slips of the pen, and prove nothing
CLEAR = 0.15  # share of the cells that a scale must show beyond another's end
ENOUGH = 30  # cells; in fewer a 0-100 scale may by chance show nothing above 10
HIGHEST_SEEN = 5  # a 0-10 scale shows this much; below, the cells may be the low end of 0-100
PERCENT_SEEN = 60  # numbers above 1 that end below this may count exercises


@dataclass(frozen=True, slots=True)
class InUnit:
    """The unit of one column and what proves it. Without a unit: the candidates, and why none is proved."""

    unit: str | None
    reason: str
    candidates: tuple[str, ...] = ()


def _first(*rules: tuple[bool, InUnit]) -> InUnit:
    return next(found for holds, found in rules if holds)


def pain_unit(column: Column, hints: Hints, *, people: int) -> InUnit:
    """NPRS 0-10 or VAS 0-100 or 0-1. `people`: the pain of one patient may stay low on any scale."""
    high = share_where(column, pl.col("number") > 10)
    low = share_where(column, pl.col("number") < 0)
    cells, top = cells_with_number(column), quantile(column, 1 - SLIPS)
    told = {(0, 10): "NPRS", (0, 100): "VAS_0_100", (0, 1): "VAS_0_1"}.get(hints.span or (-1, -1))
    named = told or ("VAS_0_100" if "VAS_0_100" in hints.units else "NPRS" if "NPRS" in hints.units else None)
    parts = share_where(column, pl.col("number") != pl.col("number").round())
    either = ("NPRS", "VAS_0_100")
    return _first(
        (
            high >= CLEAR and top <= 100 and told != "NPRS" and not low,
            InUnit("VAS_0_100", f"{high:.0%} of the numbers are above 10"),
        ),
        (high > SLIPS or low > SLIPS, InUnit(None, f"{high:.0%} of the numbers are above 10", either)),
        (named == "VAS_0_100", InUnit(None, "the heading says 0 to 100, the numbers end at 10", either)),
        (named == "NPRS" and top > 1, InUnit("NPRS", "the heading says 0 to 10, and so do the numbers")),
        (
            top <= 1 and parts >= 0.5 and cells >= ENOUGH and told != "NPRS",
            InUnit("VAS_0_1", f"all of {cells:,} numbers lie between 0 and 1, most with decimals"),
        ),
        (top <= 1, InUnit(None, "no number is above 1", (*either, "VAS_0_1"))),
        (
            cells >= ENOUGH and people >= 2 and top >= HIGHEST_SEEN,
            InUnit("NPRS", f"{1 - high:.1%} of {cells:,} numbers are no higher than 10"),
        ),
        (True, InUnit(None, "the numbers end at 10, and are too few or too low to tell the scale", either)),
    )


def exertion_unit(column: Column, hints: Hints) -> InUnit:
    """CR-10 or 6-20: one has nothing above 10, the other nothing below 6 (0 may be a missing rating)."""
    low = share_where(column, pl.col("number").is_between(0, 6, closed="none"))
    high = share_where(column, pl.col("number") > 10)
    top = quantile(column, 1 - SLIPS)
    told = {(0, 10): "CR10", (1, 10): "CR10", (6, 20): "RPE6_20"}.get(hints.span or (-1, -1))
    told = told or ("CR10" if "CR10" in hints.units else None)
    either = ("CR10", "RPE6_20")
    return _first(
        (
            high >= CLEAR and low <= SLIPS and top <= 20 and told != "CR10",
            InUnit("RPE6_20", f"{high:.0%} of the numbers are above 10, {low:.1%} below 6"),
        ),
        (
            low >= CLEAR and high <= SLIPS and told != "RPE6_20",
            InUnit("CR10", f"{low:.0%} of the numbers are below 6, {high:.1%} above 10"),
        ),
        (told == "CR10" and high <= SLIPS, InUnit("CR10", "the heading says so, and the numbers fit")),
        (
            told == "RPE6_20" and low <= SLIPS and top <= 20,
            InUnit("RPE6_20", "the heading says so, and the numbers fit"),
        ),
        (True, InUnit(None, f"{low:.0%} of the numbers are below 6 and {high:.0%} above 10", either)),
    )


def share_unit(column: Column, hints: Hints) -> InUnit:
    """A share of 1 or a percentage; counts (8 of 10 exercises) are neither."""
    above = share_where(column, pl.col("number") > 1)
    signs = int(column.counts.filter(pl.col("text").str.ends_with("%"))["cells"].sum())
    told, middle, top = "percent" in hints.units, quantile(column, 0.5), quantile(column, 1 - SLIPS)
    return _first(
        (signs >= 0.9 * max(1, column.filled), InUnit("percent", "written with %")),
        (
            above >= 0.5 and (top >= PERCENT_SEEN or told) and top <= 100,
            InUnit("percent", f"{above:.0%} of the numbers are above 1"),
        ),
        (
            above <= SLIPS
            and not signs
            and (not told or (cells_with_number(column) >= ENOUGH and middle >= 0.3)),
            InUnit("share", f"{1 - above:.0%} of the numbers lie between 0 and 1"),
        ),
        (True, InUnit(None, f"{above:.0%} of the numbers are above 1", ("share", "percent"))),
    )
