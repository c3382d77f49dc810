"""The weighted model: what a week's pain would be after more or less work, were all that was known alike.

A marginal structural model (Robins, Hernan and Brumback 2000, Epidemiology 11: 550) of weekly pain on the
week's work before it. An effect, where these hold: what drives both work and pain was written down before
it (no unmeasured confounding), everybody could have done more or less (positivity), the models of the weights
are right, and what one patient does changes no other's pain.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import linalg

from analytics.models.predictors import case_mix_terms, varying
from analytics.models.student import told_by_t
from analytics.models.weighting.densities import Array, Density
from analytics.models.weighting.histories import OWN, time_course
from analytics.models.weighting.weights import Weighting
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

SPANNED = 1e-10  # of a column's own size: what is left of it beside the columns before it
WEIGHTS = {"none": None, "work": "weight", "dropout": "rated_weight"}
WEIGHED = "marginal structural model, weighted for what drove the work"
METHODS = {
    "none": "marginal regression, unweighted",
    "work": WEIGHED,
    "dropout": f"{WEIGHED} and for pain that was not written down",
}
GIVEN = ("time", "case-mix", "history")
ASSUMES = (
    "an effect only if nothing unwritten drives both work and pain, everybody could do more or less, "
    "and the models of the weights hold"
)


def fit_weighted(weighting: Weighting, *, weights: str = "dropout", given: str = "history") -> Fit:
    """Weekly pain (NPRS) on last week's adherence (and load), alone and with time, weighted.

    Within clinics (each has its own line over time). `weights`: "none", "work" (for what drove the work),
    "dropout" (also for pain that was not written down). `given`: "time" alone, also "case-mix", or also
    "history": pain, adherence and effort of the weeks before, so that the estimate is right where either the
    weights or the lines of pain on history are (Robins, Rotnitzky and Zhao 1994, JASA 89: 846), and what the
    cut of the weights leaves unbalanced is adjusted for. Weeks are taken as independent while
    fitting, as time-varying work asks (Pepe and Anderson 1994, Commun Stat 23: 939); standard errors are
    clustered on patients and know that the weights are estimated. Raises InputError with too few patients.
    """
    for value, known in ((weights, tuple(WEIGHTS)), (given, GIVEN)):
        if value not in known:
            raise InputError(f"'{value}' is none of: {', '.join(known)}.")
    if weights != "none" and given == "time":
        raise InputError("Weights know case-mix in their numerator: the model must have it, too.")
    rated = weighting.rows["pain"].is_not_null().to_numpy()
    rows = weighting.rows.filter(rated)
    names, x = _design(rows, weighting.subjects, given)
    column = WEIGHTS[weights]
    w = np.ones(rows.height) if column is None else rows[column].to_numpy()
    group, patients = _numbered(rows["clinic_id"]), _numbered(weighting.rows["patient_id"])
    y, time = rows["pain"].to_numpy(), rows["log_week"].to_numpy()
    around, level = (_around(value, w, group, time=time) for value in (x, y[:, None]))
    kept = _independent(around)
    names, around = [name for name, one in zip(names, kept, strict=True) if one], around[:, kept]
    bread = np.linalg.inv(around.T @ (around * w[:, None]))
    beta = bread @ (around.T @ (level[:, 0] * w))
    left = level[:, 0] - around @ beta
    scores = around * (w * left)[:, None]
    influence = _by_group(scores, patients[rated], groups=patients.max() + 1)
    if column:
        influence = influence + _of_weights(weighting, scores, patients, rated=rated, column=column)
    number = len(np.unique(patients[rated]))
    lost = len(names) + 2 * (int(group.max()) + 1)
    if number <= lost:
        raise InputError(f"{number} patients are too few for a weighted model of {lost} columns.")
    covariance = bread @ (influence.T @ influence) @ bread * number / (number - lost)
    terms = told_by_t(beta, np.sqrt(np.diag(covariance)), np.full(len(names), float(number - lost)))
    told, fitted = terms.select(pl.Series("term", names), pl.all()), rows.with_columns(fitted=y - left)
    return _fit(told, covariance, fitted, weights=weights)


def weighted_contrast(fit: Fit, change: dict[str, float], *, week: int) -> pl.DataFrame:
    """Pain reduction (NPRS points, positive is better) at a week from so much more of last week's work.

    `change`: of "adherence" (share) or "load" (100 CR-10 x minutes). One row: estimate, se, df, low, high, p.
    """
    time, terms = np.log1p(week), fit.terms["term"].to_list()
    unknown = sorted(set(change) - set(terms))
    if unknown:
        raise InputError(f"The weighted model has no term '{unknown[0]}'.")
    weight = np.zeros(len(terms))
    for name, value in change.items():
        weight[terms.index(name)] = -value
        weight[terms.index(f"log_week:{name}")] = -value * time
    estimate = weight @ fit.terms["estimate"].to_numpy()
    se = np.sqrt(weight @ np.array(fit.covariance) @ weight)
    told = told_by_t(np.array([estimate]), np.array([se]), np.array([fit.terms["df"][0]]))
    return told.select(pl.lit(week).alias("week"), pl.all())


def _design(rows: pl.DataFrame, subjects: tuple[str, ...], given: str) -> tuple[list[str], Array]:
    """What is taken as given, time that may bend as in the weights, and the work, alone and with time."""
    brought = varying(rows, tuple(case_mix_terms())) if given != "time" else ()
    history = OWN if given == "history" else ()
    made = rows.select(
        *brought,
        "log_week",
        *history,
        *((pl.col("log_week") * pl.col(name)).alias(f"log_week:{name}") for name in history),
        *subjects,
        **time_course(rows),
        **{f"log_week:{name}": pl.col("log_week") * pl.col(name) for name in subjects},
    )
    return made.columns, made.to_numpy().astype(float)


def _independent(x: Array) -> Array:
    """The columns that others before them do not already span."""
    size = np.sqrt((x**2).sum(axis=0))
    scaled = x / np.where(size > SPANNED * size.max(), size, np.inf)
    triangle = linalg.qr(scaled.T @ scaled, mode="r")[0]
    return np.abs(np.diag(triangle)) > SPANNED


def _around(value: Array, w: Array, group: Array, *, time: Array) -> Array:
    """Less the clinic's own weighted line over time."""
    size = np.bincount(group, w)[group][:, None]
    both = np.column_stack([time, value])
    both = both - _by_group(both * w[:, None], group)[group] / size
    course, rest = both[:, :1], both[:, 1:]
    long = np.maximum(np.bincount(group, w * course[:, 0] ** 2), 1e-12)[group][:, None]
    return rest - course * _by_group(rest * course * w[:, None], group)[group] / long


def _numbered(ids: pl.Series) -> NDArray[np.intp]:
    """Each name as a number from 0."""
    return ids.rank("dense").to_numpy().astype(np.intp) - 1


def _by_group(value: Array, group: Array, *, groups: int = 0) -> Array:
    """Sum of each column over the rows of each group; `groups`: at least so many."""
    return np.column_stack([np.bincount(group, column, minlength=groups) for column in value.T])


def _of_weights(weighting: Weighting, scores: Array, patients: Array, *, rated: Array, column: str) -> Array:
    """What an error of the weights' own parameters does to each patient's part of the estimate."""
    before = weighting.rows["work" if column == "weight" else "raw"]
    uncut = (weighting.rows[column] == before).to_numpy()[rated]
    whole = np.zeros((len(rated), scores.shape[1]))
    whole[rated] = scores * uncut[:, None]
    total = np.zeros((patients.max() + 1, scores.shape[1]))
    for _, sign, one in _counted(weighting, column):
        bend = sign * np.hstack([whole.T @ (one.columns * one.slope[:, None]), whole.T @ one.more])
        own = _by_group(np.hstack([one.columns * one.slope[:, None], one.more]), patients)
        total += own @ (bend @ one.errors).T
    return total


def _counted(weighting: Weighting, column: str) -> Iterable[tuple[str, int, Density]]:
    return (part for part in weighting.parts if column == "rated_weight" or part[0] == "work")


def _fit(terms: pl.DataFrame, covariance: Array, rows: pl.DataFrame, *, weights: str) -> Fit:
    patients, clinics = rows["patient_id"].n_unique(), rows["clinic_id"].n_unique()
    overall = pl.DataFrame(
        {
            "n": [rows.height], "dropped": [0], "patients": [patients], "clinics": [clinics],
            "method": [METHODS[weights]],
            "sigma": [float(np.sqrt(((rows["pain"] - rows["fitted"]) ** 2).mean()))],  # pyright: ignore
            "df_method": ["patients less columns; errors clustered on patients"],
        }
    )  # fmt: skip
    return Fit(
        terms=terms,
        overall=overall,
        rows=rows.lazy().with_columns(residual=pl.col("pain") - pl.col("fitted")),
        covariance=tuple(tuple(map(float, row)) for row in covariance),
        warnings=() if weights == "none" else (ASSUMES,),
        formula=f"pain ~ {' + '.join(terms['term'])} + clinic * log_week",
    )
