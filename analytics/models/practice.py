"""Practice: who came, how much of the plan was kept, how hard the work was, and what it was."""

from __future__ import annotations

import polars as pl

from analytics.models.cells import long_shares, long_values, mean_cells, share_cells
from analytics.vocabulary.columns import (
    AGE_BANDS,
    EQUIPMENT,
    EXERCISE_TYPES,
    MUSCLE_GROUPS,
    PHASES,
    RISKS,
    SEXES,
    SURGERIES,
    WEEK_STATES,
)

CASE_MIX = {
    "phase": PHASES, "age_band": AGE_BANDS, "sex": SEXES, "start_back": RISKS, "surgery": SURGERIES,
}  # fmt: skip
CONTENT = {"exercise_types": EXERCISE_TYPES, "muscle_groups": MUSCLE_GROUPS, "equipment": EQUIPMENT}


def adherence_cells(weeks: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Mean share of the plan kept (at most 1), by week and over the episode; patients by state of week."""
    kept = {"adherence_capped": pl.col("adherence_capped")}
    states = {state: pl.col("state") == state for state in WEEK_STATES}
    values = pl.concat([long_values(weeks, kept, by_week=True), long_values(episodes, kept)])
    return pl.concat(
        [
            mean_cells(values, subject="adherence"),
            share_cells(long_shares(weeks, "state", groups=states, by_week=True), subject="adherence"),
        ]
    )


def intensity_cells(weeks: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """Mean load (CR-10 x minutes), minutes and RPE of a week, by week and over the episode."""
    by_week = {name: pl.col(name) for name in ("load", "minutes", "mean_rpe")}
    overall = {"load": pl.col("mean_load"), "mean_rpe": pl.col("mean_rpe")}
    parts = [
        long_values(weeks, by_week, by_week=True),
        long_values(weeks, {"minutes": pl.col("minutes")}),
        long_values(episodes, overall),
    ]
    return mean_cells(pl.concat(parts), subject="intensity")


def case_mix_cells(episodes: pl.DataFrame) -> pl.DataFrame:
    """Share of patients in each category at the start of their first episode; missing is 'unknown'."""
    first = episodes.sort("starts_on", "episode_id").unique(
        ["clinic_id", "patient_id"], keep="first", maintain_order=True
    )
    shares = [
        long_shares(
            first,
            column,
            groups={group: pl.col(column).fill_null("unknown") == group for group in (*groups, "unknown")},
        )
        for column, groups in CASE_MIX.items()
    ]
    return share_cells(pl.concat(shares), subject="case_mix")


def setting_cells(practice: pl.DataFrame) -> pl.DataFrame:
    """Mean over patients of the share of their sessions at home, and with a therapist present."""
    of_patients = practice.group_by("clinic_id", "patient_id", maintain_order=True).agg(
        pl.col("placed", "at_home", "watched", "supervised").sum()
    )
    home, supervised = (
        pl.when(pl.col(told) > 0).then(pl.col(part) / pl.col(told))
        for part, told in (("at_home", "placed"), ("supervised", "watched"))
    )
    shares = {"home_share": home, "supervised_share": supervised}
    return mean_cells(long_values(of_patients, shares), subject="setting")


def exercise_cells(practice: pl.DataFrame) -> pl.DataFrame:
    """Share of patients with at least one session that held it, of those whose sessions say."""
    shares = [
        long_shares(practice, column, groups={group: pl.col(column).list.contains(group) for group in groups})
        for column, groups in CONTENT.items()
    ]
    return share_cells(pl.concat(shares), subject="exercise")
