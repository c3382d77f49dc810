"""Claims of questionnaires and tests: the score at follow-up by how much of the plan was kept until then."""

from __future__ import annotations

import polars as pl

from analytics.models.claims.fitting import Found, NotMeasuredError, contrast, fit_claim, need_patients
from analytics.models.claims.register import Claim
from analytics.models.claims.rows import ClaimRows

# Our choice: a score up to two weeks from the start is of the start, as an intake may be (INTAKE_GRACE_DAYS).
AT_START = 14


def by_adherence(claim: Claim, rows: ClaimRows) -> Found:
    """Score at follow-up for `step` more of the plan kept in the weeks before it, between patients."""
    scores = _scores(claim.exposure, rows)
    if not scores.height:
        raise NotMeasuredError(f"no score of {claim.exposure} at the start and later")
    kept = rows.weeks.select(
        "episode_id", "adherence_so_far", *rows.fixed, since=pl.col("week").cast(pl.Int64)
    )
    data = (
        scores.join(kept, on=["episode_id", "since"], how="left", maintain_order="left")
        .drop_nulls()
        .sort("clinic_id", "episode_id", "since")
    )
    need_patients(data, of=f"{claim.exposure} at the start and later, and a plan")
    terms = ("start", "adherence_so_far", *rows.fixed)
    fit = fit_claim(data, outcome="score", terms=terms)
    return contrast(fit, {"adherence_so_far": claim.step}, data)


def _scores(instrument: str, rows: ClaimRows) -> pl.DataFrame:
    """One row is one later score of an episode, beside the one nearest to its start."""
    totals = rows.measures.filter(pl.col("instrument") == instrument, pl.col("item").is_null())
    dated = (
        rows.patients.select("clinic_id", "patient_id", "episode_id", "starts_on")
        .join(
            totals.select("clinic_id", "patient_id", "measured_on", score="value"),
            on=["clinic_id", "patient_id"],
        )
        .with_columns(day=(pl.col("measured_on") - pl.col("starts_on")).dt.total_days())
        .drop_nulls("score")
    )
    at_start = (
        dated.filter(pl.col("day").abs() <= AT_START)
        .sort(pl.col("day").abs(), "day", "episode_id")
        .unique("episode_id", keep="first", maintain_order=True)
        .select("episode_id", start="score")
    )
    later = dated.with_columns(since=pl.col("day") // 7).filter(
        pl.col("day") > AT_START, pl.col("since") <= rows.horizon
    )
    return later.join(at_start, on="episode_id").select(
        "clinic_id", "patient_id", "episode_id", "since", "score", "start"
    )
