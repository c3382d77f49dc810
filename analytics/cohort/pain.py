"""Pain: NPRS points, 0 none to 10 worst. The outcome is pain before sessions, never after."""

from __future__ import annotations

import polars as pl

# Mean pain_before of the week's sessions, with the number of ratings behind it.
weekly_pain = pl.col("pain_before").mean().alias("pain")
ratings = pl.col("pain_before").count().cast(pl.Int32).alias("ratings")

# Pain before minus pain after one session, averaged: within a day and coupled to the baseline, so secondary.
acute_response = (pl.col("pain_before") - pl.col("pain_after")).mean().alias("acute_response")

_week_0 = pl.col("pain").filter(pl.col("week") == 0).first()

# Intake rating where given, else mean pain_before of week 0; over the rows of one episode.
baseline = pl.coalesce(pl.col("intake_pain"), _week_0.over("episode_id")).alias("baseline_pain")

# Baseline minus weekly pain: positive is better.
pain_reduction = (pl.col("baseline_pain") - pl.col("pain")).alias("pain_reduction")
