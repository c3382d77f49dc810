"""Benchmark: each clinic's fall in pain beside what its patients' case-mix lets expect."""

from __future__ import annotations

import polars as pl
from scipy import stats

from analytics.models.cells import one_per_patient
from analytics.models.mixed import Random, fit_mixed
from analytics.models.predictors import case_mix_terms, varying
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Benchmark
from analytics.vocabulary.settings import Comparison, Settings

BETTER, WORSE = "better than expected", "worse than expected"
UNCLEAR, TOO_LITTLE = "no clear difference", "not enough data"


def benchmark_clinics(eligible: pl.DataFrame, settings: Settings) -> Benchmark:
    """One row is one clinic: mean pain reduction (NPRS points, positive is better), observed and expected.

    Expected is what the clinic's patients would show at the average clinic, from baseline pain, phase,
    STarT Back, age and surgery; adherence is part of what a clinic does and stays out. The case-mix slopes
    come from a model with a random intercept by clinic, so that a clinic's own result does not pass for its
    case-mix, and are taken as known. `difference` is observed less expected, with a 95 % t interval over
    the clinic's patients (one value each). A clinic below the gates of `settings.comparison`, or a network
    whose case-mix cannot be fitted, is "not enough data" and has no expected value. The target is the mean
    over all patients.
    """
    episodes = eligible.drop_nulls("pain_reduction").sort("clinic_id", "episode_id")
    explained = _explained(episodes)
    values = one_per_patient(episodes.with_columns(explained=explained), "pain_reduction", "explained")
    excess = pl.col("pain_reduction") - pl.col("explained")
    found = (
        values.with_columns(excess=excess - excess.mean())
        .group_by("clinic_id", maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("patients"),
            observed=pl.col("pain_reduction").mean(),
            error=pl.col("pain_reduction").std() / pl.len().sqrt(),
            difference=pl.col("excess").mean(),
            difference_error=pl.col("excess").std() / pl.len().sqrt(),
        )
    )
    target = values["pain_reduction"].mean()
    clinics = _gated(_with_intervals(found), eligible, rules=settings.comparison)
    return Benchmark(clinics.sort("clinic_id"), target if isinstance(target, float) else float("nan"))


def _explained(episodes: pl.DataFrame) -> pl.Series:
    """What case-mix explains of each episode's pain reduction, up to a constant; empty where unknown."""
    unknown = pl.Series([None] * episodes.height, dtype=pl.Float64)
    frame = episodes.select("clinic_id", "pain_reduction", **case_mix_terms())
    terms = varying(frame, tuple(case_mix_terms()))
    formula = f"pain_reduction ~ {' + '.join(terms or '1')}"
    try:
        fit = fit_mixed(frame, formula, random=(Random("clinic_id"),))
    except InputError:
        return unknown
    if not fit.overall["converged"].item():
        return unknown
    slopes = fit.terms.filter(pl.col("term").is_in(terms)).select("term", "estimate").iter_rows()
    return frame.select(
        pl.lit(0.0) + pl.sum_horizontal(slope * pl.col(term) for term, slope in slopes)
    ).to_series()


def _with_intervals(found: pl.DataFrame) -> pl.DataFrame:
    reach = pl.Series(stats.t.ppf(0.975, found["patients"].to_numpy() - 1)).fill_nan(None)
    return found.with_columns(
        low=pl.col("observed") - reach * pl.col("error"),
        high=pl.col("observed") + reach * pl.col("error"),
        expected=pl.col("observed") - pl.col("difference"),
        difference_low=pl.col("difference") - reach * pl.col("difference_error"),
        difference_high=pl.col("difference") + reach * pl.col("difference_error"),
    )


def _gated(found: pl.DataFrame, eligible: pl.DataFrame, *, rules: Comparison) -> pl.DataFrame:
    """The benchmark's columns; what a clinic without enough data would be compared by is empty."""
    counts = eligible.group_by("clinic_id").agg(episodes=pl.len(), complete=pl.col("complete").mean())
    known = pl.all_horizontal(
        pl.col("episodes") >= rules.min_episodes,
        pl.col("complete") >= rules.min_complete,
        pl.col("difference_low").is_not_null(),
    )
    compared = ("expected", "difference", "difference_low", "difference_high")
    signal = (
        pl.when(~known).then(pl.lit(TOO_LITTLE))
        .when(pl.col("difference_low") > 0).then(pl.lit(BETTER))
        .when(pl.col("difference_high") < 0).then(pl.lit(WORSE))
        .otherwise(pl.lit(UNCLEAR))
    )  # fmt: skip
    return found.join(counts, on="clinic_id", how="left", maintain_order="left").select(
        "clinic_id",
        "patients",
        "observed",
        "low",
        "high",
        pl.when(known).then(pl.col(compared)),
        signal=signal,
    )
