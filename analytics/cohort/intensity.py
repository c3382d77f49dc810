"""Intensity: session load = CR-10 x minutes (Foster 2001, JSCR 15:109); weekly load is their sum."""

from __future__ import annotations

import polars as pl

session_load = (pl.col("rpe") * pl.col("duration_min")).alias("session_load")


def _sum_if_all_known(name: str) -> pl.Expr:
    """A sum that is missing where any part is: a missing rating is a missing load, never zero."""
    return pl.when(pl.col(name).null_count() == 0).then(pl.col(name).sum())


weekly_load = _sum_if_all_known("session_load").alias("load")
weekly_minutes = _sum_if_all_known("duration_min").alias("minutes")
mean_rpe = pl.col("rpe").mean().alias("mean_rpe")

# Of an episode, over its weeks with a known load.
mean_load = pl.col("load").mean().alias("mean_load")
_worked = pl.col("load") > 0
_week, _load = (pl.when(_worked).then(pl.col(name).cast(pl.Float64)) for name in ("week", "load"))
_weeks = _worked.sum()
# Times the number of weeks, as is what it divides.
_spread = _weeks * (_week * _week).sum() - _week.sum() ** 2

# Slope of weekly load on week by least squares, over at least three weeks with work.
progression = (
    pl.when((_weeks >= 3) & (_spread > 0))
    .then((_weeks * (_week * _load).sum() - _week.sum() * _load.sum()) / _spread)
    .alias("progression")
)
