"""Trajectory: how weekly pain goes with time, last week's work and what the patient brought along."""

from __future__ import annotations

from dataclasses import dataclass, replace

import polars as pl

from analytics.models.components import COMPONENTS
from analytics.models.contrasts import trajectory_contrasts
from analytics.models.mixed import Random, fit_mixed
from analytics.models.predictors import WORK, case_mix_terms, split_terms, time_terms, varying
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

__all__ = ["ModelWeeks", "fit_trajectory", "fit_weeks", "model_weeks", "of_patients", "trajectory_contrasts"]

# Our choice: the model has about twenty terms, and fewer patients than this are described, not modelled.
MIN_PATIENTS = 30
# A measure known in fewer of the rated weeks is left out, rather than the weeks that lack it.
MIN_KNOWN = 0.5

TERMS = {"term": pl.String} | dict.fromkeys(
    ("estimate", "se", "df", "statistic", "p", "low", "high"), pl.Float64
)
COUNTS = ("n", "dropped", "patients", "clinics")
OVERALL = dict.fromkeys(COUNTS, pl.Int64) | {
    "method": pl.String, "criterion": pl.Float64, "loglik": pl.Float64, "aic": pl.Float64,
    "bic": pl.Float64, "parameters": pl.Int64, "sigma": pl.Float64, "variances": pl.String,
    "singular": pl.Boolean, "converged": pl.Boolean, "gradient": pl.Float64, "curvature": pl.Float64,
    "df_method": pl.String,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ModelWeeks:
    """What a model of weekly pain reads.

    `frame`: one row is one week of an episode from 1 to the horizon, rated or not. `time`: the columns of
    time, the one with random slopes first. `work`: the measures of work that are known often enough, each as
    `<measure>_mean` (the patient's own, over complete weeks) and `<measure>_lag` (last week's less that).
    """

    frame: pl.DataFrame
    time: tuple[str, ...]
    work: tuple[str, ...]

    @property
    def complete(self) -> pl.DataFrame:
        """The weeks that a model can use."""
        return self.frame.drop_nulls(["pain", "baseline_pain", *self.work])


def fit_trajectory(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Fit:
    """Weekly pain (NPRS) of these episodes from week 1 to the horizon, by REML over patients and clinics.

    On time, baseline pain, case-mix, and last week's adherence (share) and load (100 CR-10 x minutes), each
    split into the patient's mean and the deviation from it, alone and with time; random intercept and slope
    of time by clinic and by episode (one clinic: by episode only). Associations, not effects. `scaling`:
    the average patient's columns, and quartiles of load. Where nothing can be fitted, or the fit is not
    sound, terms are empty, n is 0 and a warning begins with "not fitted".

    >>> an.fit_trajectory(weeks, eligible, settings).overall["converged"].item()
    True
    """
    data = model_weeks(weeks, episodes, settings)
    return fit_weeks(data, tuple(name for measure in data.work for name in split_terms(measure)))


def model_weeks(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> ModelWeeks:
    """The weeks of a model: this week's pain beside last week's work and what the patient brought along.

    >>> an.model_weeks(weeks, eligible, settings).work
    ('adherence', 'load')
    """
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
        frame = frame.with_columns(mean.alias(f"{name}_mean")).with_columns(**split_terms(name))
    return ModelWeeks(frame, tuple(time), work)


def fit_weeks(data: ModelWeeks, columns: tuple[str, ...]) -> Fit:
    """Weekly pain on time, case-mix and these columns of work, alone and with time: see fit_trajectory."""
    complete, (slope, *_) = data.complete, data.time
    patients, clinics = (complete[name].n_unique() for name in ("patient_id", "clinic_id"))
    if patients < MIN_PATIENTS:
        return _not_fitted(f"fewer than {MIN_PATIENTS} patients have pain at the start and in later weeks")
    columns = varying(complete, columns)
    fixed = varying(complete, (*data.time, *case_mix_terms())) + columns
    terms = [*fixed, *(f"{slope}:{name}" for name in columns)]
    levels = ("clinic_id", "episode_id") if clinics > 1 else ("episode_id",)
    try:
        fit = fit_mixed(
            data.frame,
            f"pain ~ {' + '.join(terms or '1')}",
            random=tuple(Random(level, slope=slope) for level in levels),
        )
    except InputError as error:
        return _not_fitted(str(error))
    if not fit.overall["converged"].item():
        return _not_fitted("; ".join(fit.warnings))
    overall = fit.overall.with_columns(
        patients=pl.lit(patients, dtype=pl.Int64), clinics=pl.lit(clinics, dtype=pl.Int64)
    )
    left_out = tuple(f"{w} was left out: known in too few rated weeks" for w in WORK if w not in data.work)
    return replace(
        fit,
        overall=overall.select(pl.col(name).cast(dtype) for name, dtype in OVERALL.items()),
        warnings=(*left_out, *fit.warnings),
        scaling=_average_patient(of_patients(complete).select(sorted({"baseline_pain", *fixed}))),
    )


def of_patients(weeks: pl.DataFrame) -> pl.DataFrame:
    """One row is one patient: the mean of every number over the patient's weeks."""
    numbers = pl.selectors.numeric().exclude("week")
    return weeks.group_by("patient_id", maintain_order=True).agg(numbers.mean())


def _average_patient(patients: pl.DataFrame) -> dict[str, float]:
    """Mean of each column over patients (one value each), and the quartiles of their mean weekly load."""
    found = patients.mean().row(0, named=True)
    if "load_mean" in patients.columns:
        found |= {f"load {at:.0%}": patients["load_mean"].quantile(at, "linear") for at in (0.25, 0.75)}
    return {name: float(value) for name, value in found.items() if value is not None}


def _not_fitted(reason: str) -> Fit:
    overall = pl.DataFrame({name: [0 if name in COUNTS else None] for name in OVERALL}, schema=OVERALL)
    return Fit(
        terms=pl.DataFrame(schema=TERMS),
        overall=overall,
        rows=pl.LazyFrame(schema={"fitted": pl.Float64, "residual": pl.Float64}),
        covariance=(),
        warnings=(f"not fitted: {reason}",),
        components=pl.DataFrame(schema=COMPONENTS),
    )
