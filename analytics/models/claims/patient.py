"""Claims between patients: those who brought or did one thing against those who did not, otherwise alike."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.models.claims.fitting import (
    Found,
    NotMeasuredError,
    NotToldError,
    contrast,
    fit_claim,
    need_both,
    need_patients,
)
from analytics.models.claims.register import Claim
from analytics.models.claims.rows import POPULATIONS, ClaimRows
from analytics.models.contrasts import trajectory_contrasts
from analytics.models.trajectory import fit_trajectory
from analytics.vocabulary.settings import Settings


def between_patients(claim: Claim, rows: ClaimRows) -> Found:
    """The claim's estimate between patients, in the weeks that it speaks of.

    What was there at the start may go with the course: it has a product with time, and the estimate is of the
    last week. What is counted up to each week, or asked of several weeks together, is an average over them.
    """
    outcome, exposure = f"now_{claim.outcome}", claim.exposure
    first, last = claim.weeks or (1, rows.horizon)
    who = POPULATIONS[claim.where] if claim.where else pl.lit(value=True)
    told = ("clinic_id", "patient_id", "episode_id", "week", outcome, exposure)
    data = (
        rows.weeks.filter(pl.col("week").is_between(first, last), who)
        .select(*told, *(name for name in (*rows.fixed, *claim.adjust) if name not in told))
        .drop_nulls()
    )
    need_patients(data, of=" and ".join(claim.needs))
    need_both(data, exposure)
    course = first == 1
    terms = (*rows.fixed, *claim.adjust, exposure, *([f"log_week:{exposure}"] if course else []))
    # a patient's phase is what is asked about: its own columns would say the same
    terms = tuple(term for term in terms if exposure != "acute" or not term.startswith("phase_"))
    fit = fit_claim(data, outcome=outcome, terms=terms, slope="log_week")
    weights = {exposure: claim.step}
    if course:
        weights[f"log_week:{exposure}"] = claim.step * float(np.log1p(last))
    return contrast(fit, weights, data)


def by_trajectory(claim: Claim, *, weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Found:
    """A comparison of the house's own model, at its last week, as pain instead of pain reduction."""
    rated = weeks.filter(pl.col("week") > 0, pl.col("pain").is_not_null())
    need_patients(rated.join(episodes, on="episode_id", how="semi"), of="pain in later weeks")
    fit = fit_trajectory(weeks, episodes, settings)
    if not fit.terms.height:
        raise NotToldError("; ".join(fit.warnings))
    told = trajectory_contrasts(fit, weeks, settings)
    row = told.filter(pl.col("contrast") == claim.exposure).sort("week").tail(1)
    if not row.height:
        raise NotMeasuredError("adherence is known in too few weeks: plans are missing")
    one, over = row.row(0, named=True), fit.overall.row(0, named=True)
    return Found(
        estimate=-one["estimate"], se=one["se"], df=one["df"], low=-one["high"], high=-one["low"],
        p=one["p"], patients=over["patients"], weeks=over["n"], clinics=over["clinics"],
    )  # fmt: skip
