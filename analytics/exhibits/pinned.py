"""Emptied counts that those beside them would pin down all the same, in spite of rounding.

Parts of 13, 13 and 1 are printed 15, 15 and empty, their total 25: who knows the rounding knows the 1. So
where fewer than three counts are possible, all parts of that total are emptied, or the network's count beside
its clinics'. One part more would not do: that it was the smallest that could be shown tells what it was.
"""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.settings import Disclosure

TOTAL = ["clinic_id", "subject", "measure", "week", "kind"]
KEY = ["subject", "measure", "group", "week", "kind"]
POSSIBLE = 3  # our choice: a hidden count that can be fewer numbers than these is given away


def without_pinned_counts(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Released cells, same rows: some more of them emptied."""
    gone = pl.when(~pl.col("gone")).then(pl.col("patients", "of", "value", "low", "high"))
    for beside in (_beside_pinned_part(rules), _over_pinned_clinic(rules)):
        cells = cells.with_columns(gone=beside.fill_null(False)).with_columns(gone).drop("gone")
    return cells


def _beside_pinned_part(rules: Disclosure) -> pl.Expr:
    """Every part of a total of which a hidden part is pinned down."""
    low, high = _class("patients", rules)
    of_low, of_high = _class("of", rules)
    one_total = pl.col("of").drop_nulls().n_unique() == 1
    pinned = _is_pinned(
        (pl.when(one_total).then(of_low.max() - high.sum()), of_high.max() - low.sum()),
        hidden=pl.col("patients").is_null().sum(), each=(pl.lit(1), rules.min_patients - 1),
    )  # fmt: skip
    return pinned.over(TOTAL) & (pl.col("kind") == "share")


def _over_pinned_clinic(rules: Disclosure) -> pl.Expr:
    """The network's count, where it less the shown clinics' pins down a hidden clinic's."""
    network = pl.col("clinic_id") == NETWORK
    low, high = _class("patients", rules)
    rest = (low.filter(network).max() - high.filter(~network).sum(),
            high.filter(network).max() - low.filter(~network).sum())  # fmt: skip
    least = pl.when((pl.col("kind") == "share").first()).then(0).otherwise(1)  # nobody of few is empty too
    hidden = (pl.col("patients").is_null() & ~network).sum()
    pinned = _is_pinned(rest, hidden=hidden, each=(least, rules.min_patients - 1))
    return pinned.over(KEY) & network & (pl.col("kind") != "mean") & (pl.col("patients") > 0)


def _is_pinned(rest: tuple[pl.Expr, pl.Expr], *, hidden: pl.Expr, each: tuple[pl.Expr, int]) -> pl.Expr:
    """Whether each of the `hidden` counts, `each` within two ends, has few possible values in the rest."""
    least, most = each
    hidden = hidden.cast(pl.Int64)
    rest_low = pl.max_horizontal(rest[0], hidden * least)
    rest_high = pl.min_horizontal(rest[1], hidden * most)
    low = pl.max_horizontal(least.cast(pl.Int64), rest_low - most * (hidden - 1))
    high = pl.min_horizontal(pl.lit(most, dtype=pl.Int64), rest_high - least * (hidden - 1))
    possible = rest[0].is_not_null() & (rest_low <= rest_high) & (low <= high) & (high > 0)
    return (hidden > 0) & possible & (high - low + 1 < POSSIBLE)


def _class(name: str, rules: Disclosure) -> tuple[pl.Expr, pl.Expr]:
    """The least and the greatest count that is printed so."""
    printed, step = pl.col(name).cast(pl.Int64), rules.round_to
    least = -(-rules.min_patients // step) * step
    low = printed - step // 2
    start = pl.when(printed <= least).then(rules.min_patients).otherwise(low)
    shown = printed > 0
    return (pl.when(shown).then(start).otherwise(printed),
            pl.when(shown).then(low + step - 1).otherwise(printed))  # fmt: skip
