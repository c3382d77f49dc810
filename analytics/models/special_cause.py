"""Special causes: which points of an XmR chart chance alone would seldom make, by four rules in order.

R/ptd_calculate_point_type.R of nhs-r-community/NHSRplotthedots, but for ties in a trend (`_trend`). A frame
comes in sorted by clinic, measure and month, without empty values, with the limits of each point.
"""

from __future__ import annotations

import polars as pl

KEY = ["clinic_id", "measure"]
RUN = 7  # points on one side, or of a trend: Making Data Count
TINY = 1e-9  # equal but for the last bits of a mean


def with_signals(limited: pl.DataFrame) -> pl.DataFrame:
    """What each point tells, the first rule that holds: outside, trend, two in three, one side; else ""."""
    value = pl.col("value")
    ruled = limited.with_columns(
        side=_sign(value - pl.col("centre")),
        outside=(value > pl.col("upper") + TINY) | (value < pl.col("lower") - TINY),
        trend=_trend(limited).fill_null(0),
    ).with_columns(
        close=~pl.col("outside")
        & ((value > pl.col("near_upper") + TINY) | (value < pl.col("near_lower") - TINY))
    )
    up = pl.col("side") > 0
    signal = (
        pl.when(pl.col("centre").is_null()).then(pl.lit(""))
        .when("outside").then(pl.when(up).then(pl.lit("above limits")).otherwise(pl.lit("below limits")))
        .when(pl.col("trend") != 0)
        .then(pl.when(pl.col("trend") > 0).then(pl.lit("rising")).otherwise(pl.lit("falling")))
        .when(_two_in_three())
        .then(pl.when(up).then(pl.lit("close to upper")).otherwise(pl.lit("close to lower")))
        .when(_one_side())
        .then(pl.when(up).then(pl.lit("above centre")).otherwise(pl.lit("below centre")))
        .otherwise(pl.lit(""))
    )  # fmt: skip
    trending = pl.col("signal").is_in(["rising", "falling"])
    way = pl.when(trending).then("trend").when(pl.col("signal") != "").then("side").otherwise(0)
    told = ruled.with_columns(signal=signal).with_columns(direction=way.cast(pl.Int64))
    return told.drop("side", "outside", "trend", "close")


def _one_side() -> pl.Expr:
    """Part of seven or more points on one side of the centre; a point on it is on neither."""
    stretch = pl.col("side").rle_id().over(KEY)
    return (pl.len().over(*KEY, stretch) >= RUN) & (pl.col("side") != 0)


def _two_in_three() -> pl.Expr:
    """Beyond two standard deviations, with a second such point among three neighbours on the same side."""
    same = pl.col("side").rolling_sum(3).abs().over(KEY) == 3
    window = (same & (pl.col("close").cast(pl.Int64).rolling_sum(3).over(KEY) >= 2)).fill_null(False)
    return pl.col("close") & pl.any_horizontal(
        window, *(window.shift(-ahead, fill_value=False).over(KEY) for ahead in (1, 2))
    )


def _trend(told: pl.DataFrame) -> pl.Series:
    """1 or -1 where a point is part of seven or more that each rise or fall; at a turn, of what follows.

    Equal neighbours count as one point: they neither lengthen a trend nor end it. The R code ends it, which
    a reviewer held against it (PR 24) with the NHS guide to run charts: a repeat neither adds to a trend nor
    cancels it.
    """
    step = _sign(pl.col("value").diff().over(KEY))
    placed = told.select(*KEY, step=step).with_row_index("place")
    single = placed.filter(pl.col("step").is_null() | (pl.col("step") != 0))
    steps = pl.len().over(*KEY, pl.col("step").rle_id().over(KEY))
    own = pl.when(steps >= RUN - 1).then("step")  # seven points are six steps
    found = single.with_columns(own=own).select(
        "place", trend=pl.coalesce(pl.col("own").shift(-1).over(KEY), "own")
    )
    told_of = placed.join(found, on="place", how="left").sort("place")
    group = ((pl.col("step") != 0) | pl.col("step").is_null()).cum_sum()
    return told_of.select(pl.col("trend").first().over(group)).to_series()


def _sign(expression: pl.Expr) -> pl.Expr:
    return pl.when(expression.abs() <= TINY).then(0).otherwise(expression.sign()).cast(pl.Int64)
