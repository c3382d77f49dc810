"""Which days the exports of a clinic cover: what lies outside is unknown, not missed."""

from __future__ import annotations

import polars as pl

BRIDGED_DAYS = 7  # files that follow each other within a week leave no hole: quiet days end an export early


def covered_spans(coverage: pl.DataFrame) -> pl.DataFrame:
    """One row is one span of days without a hole, by clinic.

    Overlapping and neighbouring files are joined.
    """
    reached = pl.col("covers_to").cum_max().shift(1).over("clinic_id")
    opens = (pl.col("covers_from") - reached).dt.total_days() > BRIDGED_DAYS
    return (
        coverage.sort("clinic_id", "covers_from", "covers_to")
        .with_columns(span=opens.fill_null(False).cast(pl.Int32).cum_sum().over("clinic_id"))
        .group_by("clinic_id", "span")
        .agg(pl.col("covers_from").min(), pl.col("covers_to").max())
        .sort("clinic_id", "span")
        .drop("span")
    )
