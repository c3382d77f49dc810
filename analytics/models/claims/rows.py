"""The rows that claims are asked of: each week's outcomes, what was done in it, what the patient brought."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.models.predictors import WORK, case_mix_terms, time_terms
from analytics.models.splines import FOUR_KNOTS, spline_terms
from analytics.vocabulary.settings import Settings

KEYS = ["clinic_id", "patient_id", "episode_id", "week"]
# Flare-ups are told in weeks of 100.
OUTCOMES = {
    "pain": pl.col("pain"),
    "adherence": pl.col("adherence_capped"),
    "flare": 100 * pl.col("flare"),
    "rise_during": pl.col("rise_during"),
}
# What a patient brought or did at the start, as a number: 1 and 0 are yes and no.
OF_PATIENTS = {
    "rest_over_4": (pl.col("bed_rest_band") == ">4").cast(pl.Float64),
    "rest_3_4": (pl.col("bed_rest_band") == "3-4").cast(pl.Float64),
    "acute": (pl.col("phase") == "acute").cast(pl.Float64),
    "ball_days_wk1": pl.col("ball_days_wk1").cast(pl.Float64),
    "practice_days_wk1": pl.col("practice_days_wk1").cast(pl.Float64),
}
# Who is asked about. A rest of unknown length is nobody's.
POPULATIONS = {
    "acute": pl.col("phase") == "acute",
    "acute_short_rest": (pl.col("phase") == "acute") & (pl.col("bed_rest_band") != ">4"),
    "acute_or_chronic": pl.col("phase").is_in(["acute", "chronic"]),
}


@dataclass(frozen=True, slots=True)
class ClaimRows:
    """What the models of claims read.

    `weeks`: one row is one week of an eligible episode up to the horizon: outcomes, what was done and asked
    for (of the same week), `<measure>_last` of work (of the week before), time, case-mix.
    `patients`: one row is one eligible episode. `time`: columns of time, the one with random slopes first.
    `fixed`: columns of time and case-mix.
    """

    weeks: pl.DataFrame
    patients: pl.DataFrame
    measures: pl.DataFrame
    time: tuple[str, ...]
    fixed: tuple[str, ...]
    horizon: int


def claim_rows(
    weeks: pl.DataFrame,
    practice: pl.DataFrame,
    *,
    episodes: pl.DataFrame,
    measures: pl.DataFrame,
    settings: Settings,
) -> ClaimRows:
    """The rows of the claims' models; see ClaimRows."""
    horizon, log = settings.definitions.horizon_weeks, time_terms(settings)
    curve = spline_terms("week", [share * horizon for share in FOUR_KNOTS])
    curve = {f"time_{at}": term for at, term in enumerate(curve.values(), 1)}
    time = {"log_week": pl.col("week").cast(pl.Float64).log1p()} | log | curve
    case_mix = case_mix_terms()
    people = episodes.select(
        "clinic_id", "patient_id", "episode_id", "phase", "bed_rest_band", "starts_on",
        **case_mix, **OF_PATIENTS,
    )  # fmt: skip
    kept = weeks.filter(pl.col("week") <= horizon).join(episodes, on="episode_id", how="semi")
    done = practice.drop("clinic_id", "patient_id")
    rows = (
        kept.select(*KEYS, "pain", "adherence_capped", "load", "sessions_done")
        .join(done, on=["episode_id", "week"], how="left")
        .sort("clinic_id", "episode_id", "week")
        .with_columns(**{f"now_{name}": outcome for name, outcome in OUTCOMES.items()}, **time, **WORK)
    )
    rows = _with_last(rows).join(
        people.drop("clinic_id", "patient_id", "starts_on"),
        on="episode_id", how="left", maintain_order="left",
    )  # fmt: skip
    return ClaimRows(rows, people, measures, tuple(time), (*time, *case_mix), horizon)


def _with_last(rows: pl.DataFrame) -> pl.DataFrame:
    """With work of the week before, and the share of the plan kept so far.

    `adherence_so_far`: mean over all weeks before this one; `adherence_before`: over those before last week,
    which a flare-up of this week, a jump from last week's pain, cannot have changed. `effort_rise`: this
    week's mean load of a session (CR-10 x minutes) less last week's.
    """
    kept = pl.col("adherence").cast(pl.Float64)
    so_far = pl.when(kept.cum_count() > 0).then(kept.cum_sum().forward_fill() / kept.cum_count())
    effort = pl.when(pl.col("sessions_done") > 0).then(100 * pl.col("load") / pl.col("sessions_done"))
    rows = rows.with_columns(effort=effort, until=so_far.over("episode_id"))
    last, before = (
        rows.select("episode_id", pl.col("week") + lag, **columns)
        for lag, columns in (
            (1, {"adherence_last": "adherence", "load_last": "load", "effort_last": "effort",
                 "adherence_so_far": "until"}),
            (2, {"adherence_before": "until"}),
        )
    )  # fmt: skip
    for earlier in (last, before):
        rows = rows.join(earlier, on=["episode_id", "week"], how="left", maintain_order="left")
    return rows.with_columns(effort_rise=pl.col("effort") - pl.col("effort_last")).drop("until")
