"""Case-mix: what patients bring with them. Adherence is not among it: a clinic can change adherence."""

from __future__ import annotations

import polars as pl

_days = (pl.col("starts_on") - pl.col("onset_date")).dt.total_days()

# Acute, subacute, chronic: less than 6 weeks since onset, 6 to 12, more than 12 (Owen 2020 for 12 weeks).
phase = (
    pl.when(_days < 0).then(pl.lit("unknown"))
    .when(_days < 6 * 7).then(pl.lit("acute"))
    .when(_days <= 12 * 7).then(pl.lit("subacute"))
    .when(_days > 12 * 7).then(pl.lit("chronic"))
    .otherwise(pl.lit("unknown"))
    .alias("phase")
)  # fmt: skip

age_band = (
    pl.when(pl.col("age") < 18).then(pl.lit("under 18"))
    .when(pl.col("age") < 35).then(pl.lit("18-34"))
    .when(pl.col("age") < 50).then(pl.lit("35-49"))
    .when(pl.col("age") < 65).then(pl.lit("50-64"))
    .when(pl.col("age") >= 65).then(pl.lit("65+"))
    .otherwise(pl.lit("unknown"))
    .alias("age_band")
)  # fmt: skip

# The course follows surgery where there was one, before the episode began or on a day nobody wrote down.
post_surgical = (
    (pl.col("surgery") != "none")
    & (pl.col("surgery_date").fill_null(pl.col("starts_on")) <= pl.col("starts_on"))
).alias("post_surgical")
