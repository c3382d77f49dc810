"""The adherence contrasts as logged, and as they would be if diaries erred in one way or another."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from analytics.exhibits.lab.estimates import estimates_figure
from analytics.exhibits.markup import nothing
from analytics.vocabulary.results import Exhibit

TITLE = "What if diaries say more than was done?"
NAMES = {"adherence_between": "between patients", "adherence_within": "within a patient"}


def calibration_figure(calibrated: pl.DataFrame) -> Exhibit:
    """One row is the contrast of 90 % with 50 % of the plan under one assumption on diaries, last week.

    Rows of `calibrate`; "as logged" is the contrast with no assumption but that diaries are right.

    >>> import polars as pl
    >>> row = {"contrast": "adherence_between", "week": 12, "assuming": "over-reporting alone", "naive": 0.8,
    ...        "naive_low": 0.6, "naive_high": 1.0, "corrected": 1.0, "low": 0.75, "high": 1.25}
    >>> calibration_figure(pl.DataFrame([row])).data.height
    2
    """
    if not calibrated.height:
        return nothing("calibration", title=TITLE, why="The model has no contrast of adherence to correct.")
    last = calibrated.filter(pl.col("week") == pl.col("week").max())
    week = last["week"][0]
    kind = pl.col("contrast").replace_strict(NAMES).alias("kind")
    logged = last.unique("contrast", keep="first", maintain_order=True).select(
        kind, label=pl.lit("as logged"), estimate="naive", low="naive_low", high="naive_high"
    )
    corrected = last.select(kind, label="assuming", estimate="corrected", low="low", high="high")
    rows = pl.concat([logged, corrected]).sort("kind", maintain_order=True)
    unit = f"Points less pain in week {week}, 90 % v 50 % of the plan"
    return replace(estimates_figure(rows, title=TITLE, unit=unit, kind="kind"), id="calibration")
