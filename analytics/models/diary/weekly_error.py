"""Diary error that is new every week: what it would do to the slope within a patient, share by share."""

from __future__ import annotations

import polars as pl

from analytics.models.diary.calibration import CALIBRATED, SCALE, WITHIN, calibrate
from analytics.models.diary.validation import NICOLSON_2018, Validation
from analytics.vocabulary.results import Fit

# Our choice: steps up to where an r of 0.5 between people's totals usually leaves diaries no truth at all.
SHARES = (0.0, 0.02, 0.05, 0.1, 0.15, 0.2)
WEEKLY = {"weekly_share": pl.Float64} | {name: CALIBRATED[name] for name in CALIBRATED if name != "assuming"}


def calibrate_weeks(
    contrasts: pl.DataFrame,
    fit: Fit,
    *,
    validation: Validation = NICOLSON_2018,
    shares: tuple[float, ...] = SHARES,
    seed: int = 20181,
) -> pl.DataFrame:
    """One row is the contrast within a patient, in the last week, if so much of a diary's error were news.

    `weekly_share`: of the error in a patient's *mean*, what is not habit but new every week (0 to 1); the
    rest cancels out of deviations. No study of diaries tells it. Other columns as in `calibrate`. Where
    `corrected` is empty, diaries would have to vary more from week to week than they do: this journal rules
    that out.

    >>> calibrate_weeks(pl.DataFrame(schema={"contrast": pl.String, "week": pl.Int32}), Fit(
    ...     pl.DataFrame({"term": ["week"]}), pl.DataFrame(), pl.LazyFrame(), ())).height
    0
    """
    own = contrasts.filter(pl.col("contrast") == WITHIN)
    last = own.filter(pl.col("week") == pl.col("week").max())
    if not last.height:
        return pl.DataFrame(schema=WEEKLY)
    parts = []
    for share in shares:
        told = calibrate(last, fit, validation=validation, weekly=share, seed=seed)
        wanted = told.filter((pl.col("assuming") == SCALE) if share == 0 else (pl.col("assuming") != SCALE))
        parts.append(wanted.select(pl.lit(share).alias("weekly_share"), pl.all().exclude("assuming")))
    return pl.concat(parts)
