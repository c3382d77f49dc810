"""Assumptions: one answer beside another, each with what it takes for granted about the unrated weeks."""

from __future__ import annotations

import polars as pl

from analytics.models.contrasts import trajectory_contrasts
from analytics.models.followup import followed
from analytics.models.missing.completed import KEYS
from analytics.models.missing.missingness import POOLED, Imputed, pooled_contrasts, pooled_means
from analytics.models.missing.reductions import REDUCTION, WEEKLY_MEASURES, seen_means
from analytics.models.trajectory import fit_trajectory

COMPLETE, LAST, RANDOM, SHIFTED = "complete cases", "last rating", "missing at random", "shifted"


def compare_missing(
    imputed: Imputed, weeks: pl.DataFrame, episodes: pl.DataFrame, *, delta: float = 1.0
) -> pl.DataFrame:
    """One row is one answer under one assumption: how much hangs on what is done about missing weeks.

    `assumption`: complete cases (the outcome week was rated; for contrasts the rated weeks alone), last
    rating (carried to the outcome week, as the report's pain reduction has it), missing at random, and
    shifted (by `delta` points after the last rating). Reductions of all who began in time, and contrasts, in
    NPRS points.

    >>> answers = an.compare_missing(imputed, weeks, cohort.episodes)
    >>> answers["assumption"].n_unique()
    4
    """
    settings = imputed.model.settings
    fit = fit_trajectory(weeks, followed(episodes, settings), settings)
    plain = trajectory_contrasts(fit, weeks, settings).filter(pl.col("contrast") != REDUCTION)
    count = fit.overall["patients"].item()
    rated = plain.with_columns(
        measure="contrast", clinic_id=pl.lit(""), patients=pl.lit(count), filled=pl.lit(0)
    )
    parts = {
        COMPLETE: [seen_means(imputed.marked, settings, carried=False), rated],
        LAST: [seen_means(imputed.marked, settings, carried=True)],
        RANDOM: [pooled_means(imputed), pooled_contrasts(imputed)],
        SHIFTED: [pooled_means(imputed, delta=delta), pooled_contrasts(imputed, delta=delta)],
    }
    said = {SHIFTED: delta, RANDOM: 0.0}
    tables = [
        part.with_columns(assumption=pl.lit(name), delta=pl.lit(said.get(name), dtype=pl.Float64))
        for name, of in parts.items()
        for part in of
    ]
    whole = pl.concat(tables, how="diagonal_relaxed").filter(~pl.col("measure").is_in(WEEKLY_MEASURES))
    order = pl.col("assumption").replace_strict({name: at for at, name in enumerate(parts)})
    return whole.sort("measure", "clinic_id", "week", order).select(
        "measure", "clinic_id", "week", "assumption", "delta", *[name for name in POOLED if name not in KEYS]
    )
