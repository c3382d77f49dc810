"""Adherence: how much of the plan was kept. Three states of a week stay apart: done, not logged, unknown."""

from __future__ import annotations

import polars as pl

# A missing journal is not a missed session: only a week that an export covers whole can be 'not logged'.
state = (
    pl.when(pl.col("logged") > 0).then(pl.lit("done"))
    .when("covered").then(pl.lit("not_logged"))
    .otherwise(pl.lit("unknown"))
    .alias("state")
)  # fmt: skip

sessions_done = (
    pl.when(pl.col("state") != "unknown").then(pl.col("logged").fill_null(0)).alias("sessions_done")
)

# Sessions done / sessions prescribed in the week; empty where none were prescribed or the week was not seen
# whole.
adherence = (
    pl.when((pl.col("sessions_prescribed") > 0) & pl.col("covered"))
    .then(pl.col("sessions_done") / pl.col("sessions_prescribed"))
    .alias("adherence")
)
adherence_capped = pl.col("adherence").clip(0, 1).alias("adherence_capped")

_known = pl.col("adherence").is_not_null()
_prescribed = pl.col("sessions_prescribed").filter(_known).sum()
_done = pl.col("sessions_done").filter(_known)
_kept = pl.min_horizontal("sessions_done", "sessions_prescribed").filter(_known)

# Of an episode: sums over its weeks, so that a week with more prescribed weighs more.
episode_adherence = pl.when(_prescribed > 0).then(_done.sum() / _prescribed).alias("adherence")
episode_adherence_capped = pl.when(_prescribed > 0).then(_kept.sum() / _prescribed).alias("adherence_capped")
