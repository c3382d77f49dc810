"""Diary error: what slopes of adherence would be, had exercise been measured and not written down.

Regression calibration (Carroll, Ruppert, Stefanski and Crainiceanu 2006, Measurement Error in Nonlinear
Models, 2nd ed., chapter 4). A diary W tells of the truth T as W = ratio x T + error. The slope on W is then
the slope on T times lambda, the slope of T on W among patients who are alike in all else of the model.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.diary.validation import DRAWS, NICOLSON_2018, REACH, Validation
from analytics.models.predictors import case_mix_terms, split_terms
from analytics.models.trajectory import fit_weeks, model_weeks, of_patients
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

BETWEEN, WITHIN = "adherence_between", "adherence_within"
SCALE, PROPORTIONAL, CLASSICAL = "over-reporting alone", "proportional spread", "classical error"
CALIBRATED = {
    "contrast": pl.String, "week": pl.Int32, "assuming": pl.String, "naive": pl.Float64,
    "naive_low": pl.Float64, "naive_high": pl.Float64, "lambda": pl.Float64, "corrected": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "truth_sd": pl.Float64,
}  # fmt: skip


def fit_adherence(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Fit:
    """Weekly pain (NPRS) as in fit_trajectory, with adherence as the only work: what `calibrate` needs.

    Load is made of the same logged sessions, so its error goes along with adherence's, and no validation
    tells how closely. The slope of adherence here holds whatever of load goes with it. Case-mix goes with
    time too: else what it tells of the truth would pass for adherence's own course, and lambda would differ
    from term to term. Raises InputError where adherence is known in too few weeks.
    """
    data = model_weeks(weeks, episodes, settings)
    if "adherence" not in data.work:
        raise InputError("Adherence is known in too few of the rated weeks: it needs the clinics' plans.")
    return fit_weeks(data, (*split_terms("adherence"), *case_mix_terms()))


def calibrate(
    contrasts: pl.DataFrame,
    fit: Fit,
    *,
    validation: Validation = NICOLSON_2018,
    weekly: float = 0.0,
    seed: int = 20181,
) -> pl.DataFrame:
    """One row is one contrast of adherence under one assumption about diaries, in NPRS points.

    `contrasts`: of `trajectory_contrasts(fit, ...)`. `naive`: as fitted to diaries. `corrected` = naive /
    `lambda`, with 95 % limits that carry the naive error and the validation's own (from seeded draws; a limit
    is infinite where the validation cannot exclude that diaries tell nothing). Positive is less pain.
    `truth_sd`: how far patients (or one patient's weeks) would then truly lie apart, as a share of the plan;
    a contrast of many of them is beyond what anybody does.

    `assuming`, from mild to severe. "over-reporting alone": all diaries are too long by one factor; the slope
    grows by it. "proportional spread": and the truth spreads over patients as diaries do, one factor apart:
    lambda = r / ratio. "classical error": diaries are ratio x truth plus an error that has nothing to do with
    the truth, with pain or with case-mix: lambda = r^2 / ratio, less what case-mix tells of diaries.

    Between patients only: a correlation of people's totals says nothing of one patient's weeks. Within
    patients `weekly` says which share of the error in a patient's mean is news every week (0: all of it is
    habit, which the deviation from the own mean is free of). A share with more error than diaries vary from
    week to week has empty numbers: this study rules it out. Raises InputError for a fit that holds load.

    >>> import polars as pl
    >>> naive = pl.DataFrame({"contrast": ["adherence_between"], "week": [12], "estimate": [0.5], "se": [0.1],
    ...                       "df": [40.0], "low": [0.3], "high": [0.7]})
    >>> people = pl.LazyFrame({"patient_id": ["a", "a", "b", "b", "c", "c"], "week": [1, 2] * 3,
    ...     "adherence_mean": [0.4, 0.4, 0.6, 0.6, 0.9, 0.9], "adherence_lag": [-0.1, 0.1] * 3})
    >>> fit = Fit(pl.DataFrame({"term": ["adherence_mean"]}), pl.DataFrame(), people, ())
    >>> calibrate(naive, fit).select("assuming", "lambda", "corrected").rows()[0]
    ('over-reporting alone', 0.8, 0.625)
    """
    if not 0 <= weekly <= 1:
        raise InputError("The share of the error that is news every week lies between 0 and 1.")
    asked = contrasts.filter(pl.col("contrast").is_in([BETWEEN, WITHIN])).sort("contrast", "week")
    if not asked.height:
        return pl.DataFrame(schema=CALIBRATED)
    if any("load" in term for term in fit.terms["term"]):
        raise InputError("Load rests on the same diaries: fit adherence alone (fit_adherence) to calibrate.")
    rng = np.random.default_rng(seed)
    spread = _spread(fit)
    ratio, r = validation.draws(rng)
    unsure = (spread.patients - 1) / rng.chisquare(spread.patients - 1, DRAWS)
    told = replace(spread, between=spread.between * unsure)
    drawn = (
        _lambdas(validation.ratio, validation.r, spread, weekly),
        _lambdas(ratio, r, told, weekly),
    )
    rows = [
        row
        for contrast in asked.iter_rows(named=True)
        for row in _corrected(contrast, drawn, rng.standard_t(contrast["df"], DRAWS))
    ]
    return pl.DataFrame(rows, schema=CALIBRATED).with_columns(truth_sd=_truth_sd(validation, spread))


@dataclass(frozen=True, slots=True)
class Spread:
    """How diaries vary: variance of patients' means and of weeks about them, and what else tells of both.

    `shared`, `shared_within`: R squared of means on case-mix, of deviations on time. `weeks`: a patient's.
    """

    patients: int
    between: Any
    within: float
    shared: float
    shared_within: float
    weeks: float


def _spread(fit: Fit) -> Spread:
    rows = fit.rows.collect()
    people = of_patients(rows).sort("patient_id")
    brought = [name for name in case_mix_terms() if name in people.columns]
    time = [name for name in ("log_week", "week_line", "week_bend") if name in rows.columns]
    counts = rows.group_by("patient_id").agg(pl.len())["len"].to_numpy()
    lag = rows["adherence_lag"].to_numpy()
    return Spread(
        patients=people.height,
        between=float(people["adherence_mean"].to_numpy().var(ddof=1)),
        within=float((lag**2).mean()),
        shared=_r_squared(people, "adherence_mean", brought),
        shared_within=_r_squared(rows, "adherence_lag", time),
        weeks=float(counts.size / (1 / counts).sum()),
    )


def _r_squared(frame: pl.DataFrame, outcome: str, names: list[str]) -> float:
    """Adjusted for the number of terms, at least 0."""
    y = frame[outcome].to_numpy()
    x = np.column_stack([np.ones(len(y)), *(frame[name].to_numpy() for name in names)])
    left = y - x @ np.linalg.lstsq(x, y, rcond=None)[0]
    free, all_free = len(y) - np.linalg.matrix_rank(x), len(y) - 1
    total = ((y - y.mean()) ** 2).sum()
    if free < 1 or not total:
        return 0.0
    return max(0.0, 1 - (left @ left / free) / (total / all_free))


Lambdas = dict[str, dict[str, np.ndarray]]


def _lambdas(ratio, r, spread: Spread, weekly: float) -> Lambdas:
    """The slope of truth on diary by contrast and assumption; 0 where diaries would tell nothing."""
    one = np.ones_like(np.asarray(r, float))
    reliable = (np.clip(r, 0, 1) ** 2 - spread.shared) / (1 - spread.shared)
    noise = weekly * (1 - np.square(r)) * spread.between * (spread.weeks - 1)
    own = (1 - noise / spread.within - spread.shared_within) / (1 - spread.shared_within)
    return {
        BETWEEN: {
            SCALE: one / ratio,
            PROPORTIONAL: np.clip(r, 0, 1) / ratio,
            CLASSICAL: np.clip(reliable, 0, None) / ratio,
        },
        WITHIN: {SCALE: one / ratio} | ({CLASSICAL: np.clip(own, 0, None) / ratio} if weekly else {}),
    }


def _truth_sd(validation: Validation, spread: Spread) -> pl.Expr:
    """Standard deviation of the truth: that of diaries over the ratio, less what is error."""
    of_means = np.sqrt(spread.between) / validation.ratio
    own = pl.lit(np.sqrt(spread.within / validation.ratio)) * pl.col("lambda").sqrt()
    true = pl.when(pl.col("assuming") == CLASSICAL).then(of_means * validation.r).otherwise(of_means)
    return pl.when(pl.col("contrast") == BETWEEN).then(true).otherwise(own)


def _corrected(contrast: dict, lambdas: tuple[Lambdas, Lambdas], noise: np.ndarray) -> list[dict]:
    """The contrast under each assumption. Limits are values that were drawn: some may be infinite."""
    found, drawn = (each[contrast["contrast"]] for each in lambdas)
    about = contrast["estimate"] + contrast["se"] * noise
    rows = []
    for assuming, factor in found.items():
        told = {"lambda": float(factor)}
        if factor > 0:
            with np.errstate(divide="ignore"):
                values = about / drawn[assuming]
            ends = [np.quantile(values, at, method="nearest") for at in stats.norm.cdf([-REACH, REACH])]
            told |= {"corrected": contrast["estimate"] / factor, "low": ends[0], "high": ends[1]}
        rows.append(
            {"contrast": contrast["contrast"], "week": contrast["week"], "assuming": assuming,
             "naive": contrast["estimate"], "naive_low": contrast["low"], "naive_high": contrast["high"]}
            | told
        )  # fmt: skip
    return rows
