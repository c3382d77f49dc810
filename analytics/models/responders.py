"""Responders: whose pain fell by an amount that patients call meaningful."""

from __future__ import annotations

import polars as pl

RELATIVE = 0.3  # of baseline: Ostelo 2008, Spine 33:90, the consensus beside 2 points
ROUNDING = 1e-9  # a fall of exactly the threshold counts, whatever the last bit of a mean says


def fell_by(points: float, fall: pl.Expr) -> pl.Expr:
    """The fall in pain (NPRS points, positive is better) is at least so many points."""
    return fall + ROUNDING >= points


def fell_by_share(fall: pl.Expr) -> pl.Expr:
    """The fall in pain is at least 30 % of `baseline_pain`."""
    return fall + ROUNDING >= RELATIVE * pl.col("baseline_pain")


def responds(points: float, fall: pl.Expr) -> pl.Expr:
    """The fall in pain is meaningful: so many points, or 30 % of `baseline_pain`."""
    return fell_by(points, fall) | fell_by_share(fall)
