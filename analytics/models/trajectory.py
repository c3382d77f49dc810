"""Trajectory: how weekly pain goes with time, last week's work and what the patient brought along."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from analytics.models.contrasts import trajectory_contrasts
from analytics.models.mixed import fit_mixed
from analytics.models.predictors import WORK, case_mix_terms, split_terms, time_terms, varying
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

__all__ = ["fit_trajectory", "trajectory_contrasts"]

# Our choice: the model has about twenty terms, and fewer patients than this are described, not modelled.
MIN_PATIENTS = 30
# A measure known in fewer of the rated weeks is left out, rather than the weeks that lack it.
MIN_KNOWN = 0.5

TERMS = {"term": pl.String} | dict.fromkeys(
    ("estimate", "se", "df", "statistic", "p", "low", "high"), pl.Float64
)
COUNTS = ("n", "dropped", "patients", "clinics")
OVERALL = dict.fromkeys(COUNTS, pl.Int64) | {
    "method": pl.String, "criterion": pl.Float64, "variances": pl.String, "singular": pl.Boolean,
    "df_method": pl.String, "converged": pl.Boolean,
}  # fmt: skip


def fit_trajectory(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Fit:
    """Weekly pain (NPRS) of these episodes from week 1 to the horizon, by REML over patients and clinics.

    On time, baseline pain, case-mix, and last week's adherence (share) and load (100 CR-10 x minutes), each
    split into the patient's mean and the deviation from it, alone and with time; random intercept and slope
    of time by clinic and by episode (one clinic: by episode only). Associations, not effects. `scaling`:
    the average patient's columns, and quartiles of load. Where nothing can be fitted, or the fit is not
    sound, terms are empty, n is 0 and a warning begins with "not fitted".
    """
    frame, work = _weeks_of_model(weeks, episodes, settings)
    complete = frame.drop_nulls(["pain", "baseline_pain", *work])
    patients, clinics = (complete[name].n_unique() for name in ("patient_id", "clinic_id"))
    if patients < MIN_PATIENTS:
        return _not_fitted(f"fewer than {MIN_PATIENTS} patients have pain at the start and in later weeks")
    time = time_terms(settings)
    slope = next(iter(time))
    of_work = (name for measure in work for name in split_terms(measure, time=slope))
    fixed = varying(complete, (*time, *case_mix_terms(), *of_work))
    groups = ("clinic_id", "episode_id") if clinics > 1 else ("episode_id",)
    try:
        fit = fit_mixed(frame, outcome="pain", fixed=fixed, slope=slope, groups=groups)
    except InputError as error:
        return _not_fitted(str(error))
    if not fit.overall["converged"].item():
        return _not_fitted("; ".join(fit.warnings))
    overall = fit.overall.with_columns(
        patients=pl.lit(patients, dtype=pl.Int64), clinics=pl.lit(clinics, dtype=pl.Int64)
    )
    left_out = tuple(f"{w} was left out: known in too few rated weeks" for w in WORK if w not in work)
    return replace(
        fit,
        overall=overall.select(list(OVERALL)),
        warnings=(*left_out, *fit.warnings),
        scaling=_average_patient(fit),
    )


def _weeks_of_model(
    weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings
) -> tuple[pl.DataFrame, tuple[str, ...]]:
    """One row is one week from 1 to the horizon with the columns of the model; and the measures of work."""
    time = time_terms(settings)
    before = weeks.select("episode_id", pl.col("week") + 1, **WORK)
    frame = (
        weeks.filter(pl.col("week").is_between(1, settings.definitions.horizon_weeks))
        .sort("clinic_id", "episode_id", "week")
        .select("clinic_id", "patient_id", "episode_id", "week", "pain", **time)
        .join(episodes.select("episode_id", **case_mix_terms()), on="episode_id", maintain_order="left")
        .join(before, on=["episode_id", "week"], how="left", maintain_order="left")
    )
    rated = frame.drop_nulls(["pain", "baseline_pain"])
    work = tuple(name for name in WORK if rated[name].count() >= max(1, MIN_KNOWN * rated.height))
    complete = pl.all_horizontal(pl.col("pain", "baseline_pain", *work).is_not_null())
    for name in work:
        mean = pl.when(complete).then(pl.col(name)).mean().over("episode_id")
        frame = frame.with_columns(mean.alias(f"{name}_mean"))
        frame = frame.with_columns(**split_terms(name, time=next(iter(time))))
    return frame, work


def _average_patient(fit: Fit) -> dict[str, float]:
    """Mean of each column over patients (one value each), and the quartiles of their mean weekly load."""
    names = sorted({"baseline_pain", *fit.terms["term"]} & set(fit.rows.columns))
    patients = fit.rows.group_by("patient_id", maintain_order=True).agg(pl.col(names).mean())
    average = dict(zip(names, patients.select(names).mean().row(0), strict=True))
    if "load_mean" not in names:
        return average
    load = patients["load_mean"]
    quartiles = {f"load {at:.0%}": load.quantile(at, "linear") for at in (0.25, 0.75)}
    return average | {name: value for name, value in quartiles.items() if value is not None}


def _not_fitted(reason: str) -> Fit:
    overall = pl.DataFrame({name: [0 if name in COUNTS else None] for name in OVERALL}, schema=OVERALL)
    rows = pl.DataFrame(schema={"fitted": pl.Float64, "residual": pl.Float64})
    return Fit(pl.DataFrame(schema=TERMS), overall, rows, (), (f"not fitted: {reason}",))
