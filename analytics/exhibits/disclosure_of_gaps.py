"""What may leave of a clinic's gap to all clinics and of pain before and after: never a number of few."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.disclosure import printed, refuse_rules_that_hide_nothing, two_decimals, typed_as
from analytics.vocabulary.settings import Disclosure


def release_gaps(gaps: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Parts of each clinic's gap as may leave: a clinic of too few patients keeps its rows, without a number.

    Rounded parts add up to the rounded gap to within 0.02 points.
    """
    return _released(gaps, rules, numbers=("estimate", "low", "high"))


def release_before_after(frame: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Pain before and after as may leave: a band of too few patients keeps its row, without a number."""
    numbers = ("baseline", "outcome", "fall", "low", "high", "expected_from_regression", "mean_start",
               "reliability")  # fmt: skip
    return _released(frame, rules, numbers=numbers)


def _released(frame: pl.DataFrame, rules: Disclosure, *, numbers: tuple[str, ...]) -> pl.DataFrame:
    refuse_rules_that_hide_nothing(rules)
    patients = printed("patients", rules)
    shown = frame.with_columns(pl.when(patients > 0).then(two_decimals(*numbers)), patients)
    return typed_as(frame, shown)
