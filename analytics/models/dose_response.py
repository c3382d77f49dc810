"""Dose-response: how pain goes with how much of the plan a patient keeps, and how hard, as curves.

The trajectory's model (trajectory.py), in which what patients do on average may bend. Associations, not
effects: patients who feel better may also train more.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl

from analytics.models.contrasts import with_time
from analytics.models.inference import contrast_table, joint_test
from analytics.models.predictors import time_terms
from analytics.models.splines import spline_knots, spline_terms
from analytics.models.trajectory import fit_weeks, model_weeks, of_patients
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

# What a unit of the model's column is in the unit that is told: load is in hundreds of CR-10 x minutes.
UNITS = {"adherence": 1.0, "load": 100.0}
# No line beyond the data: the grid ends at these centiles of patients.
ENDS = (0.05, 0.95)
CURVE_POINTS, SURFACE_POINTS = 21, 7  # our choice: a smooth line; cells that hold patients

ESTIMATE = {"estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64}
NUMBERS = ESTIMATE | {"patients": pl.Int64}
CURVE = {"measure": pl.String, "at": pl.Float64, "week": pl.Int32} | NUMBERS
SURFACE = {"adherence": pl.Float64, "load": pl.Float64} | NUMBERS
BENDS = {
    "measure": pl.String, "statistic": pl.Float64, "ndf": pl.Int64, "ddf": pl.Float64, "p": pl.Float64,
}  # fmt: skip


def fit_dose_response(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Fit:
    """Weekly pain (NPRS) as in fit_trajectory, with curves in the patients' mean adherence and load.

    A curve is a restricted cubic spline with knots at the 5th, 35th, 65th and 95th centile of patients, alone
    and with time; a measure with too few different values enters as a line, and a warning says so. `scaling`
    also holds each measure's knots ("load knot 1"; in the model's unit: hundreds of CR-10 x minutes). Where
    nothing can be fitted, or the fit is not sound, terms are empty and a warning begins with "not fitted".

    >>> "adherence_mean_bend1" in an.fit_dose_response(weeks, eligible, settings).terms["term"]
    True
    """
    data = model_weeks(weeks, episodes, settings)
    patients = of_patients(data.complete)
    knots, straight, columns = {}, [], []
    for measure in data.work:
        mean = f"{measure}_mean"
        try:
            knots[measure] = spline_knots(patients[mean])
            columns += spline_terms(mean, knots[measure])
        except InputError:
            straight.append(f"{measure} is a straight line here: patients differ too little for a curve")
            columns.append(mean)
        columns.append(f"{measure}_lag")
    bent = [spline_terms(f"{measure}_mean", at) for measure, at in knots.items()]
    frame = data.frame.with_columns(**{name: column for terms in bent for name, column in terms.items()})
    fit = fit_weeks(replace(data, frame=frame), tuple(columns))
    if not fit.terms.height:
        return fit
    places = {f"{m} knot {at}": knot for m, own in knots.items() for at, knot in enumerate(own, 1)}
    return replace(fit, warnings=(*straight, *fit.warnings), scaling=fit.scaling | places)


def bend_tests(fit: Fit) -> pl.DataFrame:
    """One row is one measure: the F test that its curve is a line, at every time.

    A small `p` says that a line is not enough; a large one does not say that it is one.

    >>> an.bend_tests(curved)["measure"].to_list()
    ['adherence', 'load']
    """
    rows = []
    for measure in UNITS:
        bends = tuple(term for term in fit.terms["term"] if f"{measure}_mean_bend" in term)
        if bends:
            rows.append({"measure": measure} | joint_test(fit, bends).row(0, named=True))
    return pl.DataFrame(rows, schema=BENDS)


def dose_curve(fit: Fit, settings: Settings) -> pl.DataFrame:
    """One row is one adherence or load, and how much more pain falls there than at the median patient's.

    `measure`: "adherence" (`at` is a share, 0 to 1) or "load" (`at` is CR-10 x minutes a week), from the 5th
    to the 95th centile of patients and no further. `estimate`: NPRS points of pain reduction at the last
    rated week up to the horizon (`week`), positive is better, otherwise alike, with its 95 % Kenward-Roger
    interval. `patients`: distinct patients nearer to this point than to the next ones: what supports it.

    >>> an.dose_curve(curved, settings)["measure"].unique().sort().to_list()
    ['adherence', 'load']
    """
    people, week = _patients(fit)
    parts, at = [pl.DataFrame(schema=CURVE)], _times(week, settings)
    for measure in people.columns[1:]:
        told = _against_median(fit, people, _points(people, {measure: CURVE_POINTS}), at)
        parts.append(told.with_columns(pl.lit(measure).alias("measure"), pl.col(measure).alias("at")))
    return pl.concat(part.select(pl.col(name).cast(kind) for name, kind in CURVE.items()) for part in parts)


def dose_surface(fit: Fit, settings: Settings) -> pl.DataFrame:
    """One row is one pair of adherence and load, in the units and against the patient of dose_curve.

    `patients`: distinct patients nearer to this pair than to any other. Where they are fewer than may be told
    (`settings.disclosure`) the estimate is empty: no surface where nobody is. The model has no interaction of
    the two: the surface is the sum of both curves.

    >>> an.dose_surface(curved, settings).height
    49
    """
    people, week = _patients(fit)
    if people.width < 3:
        return pl.DataFrame(schema=SURFACE)
    points = _points(people, dict.fromkeys(UNITS, SURFACE_POINTS))
    enough = pl.col("patients") >= settings.disclosure.min_patients
    told = _against_median(fit, people, points.filter(enough), _times(week, settings))
    bare = points.filter(~enough).with_columns(estimate=None, low=None, high=None)
    found = pl.concat(
        part.select(pl.col(name).cast(kind) for name, kind in SURFACE.items()) for part in (told, bare)
    )
    return found.sort(*UNITS)


def _patients(fit: Fit) -> tuple[pl.DataFrame, int]:
    """One row is one patient of the model: mean adherence and load, as told; and the last week of them all.

    A measure that the model lacks, or whose ends are the same, has no curve.
    """
    terms = set(fit.terms["term"])
    measures = [measure for measure in UNITS if f"{measure}_mean" in terms]
    if not measures:
        return pl.DataFrame(schema={"patient_id": pl.String}), 0
    rows = fit.rows.select("patient_id", "week", *(f"{measure}_mean" for measure in measures)).collect()
    told = {measure: pl.col(f"{measure}_mean") * UNITS[measure] for measure in measures}
    people = of_patients(rows).select("patient_id", **told)
    flat = [measure for measure in measures if np.ptp(np.quantile(people[measure], ENDS)) == 0]
    return people.drop(flat), int(rows.select(pl.col("week").max()).item())


def _points(people: pl.DataFrame, sizes: dict[str, int]) -> pl.DataFrame:
    """A grid between the centiles of patients, and the `patients` nearest to each of its points.

    A patient further out than half a step beyond the last point supports none.
    """
    grid, cells = pl.DataFrame({"patients": [0]}), people
    for measure, size in sizes.items():
        low, high = np.quantile(people[measure], ENDS)
        values = np.linspace(low, high, size)
        own = pl.DataFrame({f"{measure} cell": np.arange(float(size)), measure: values})
        grid = grid.join(own, how="cross", maintain_order="left_right")
        steps = (pl.col(measure) - low) / (high - low) * (size - 1)
        cells = cells.with_columns(steps.round().alias(f"{measure} cell"))
    names = [f"{measure} cell" for measure in sizes]
    near = cells.group_by(names).agg(patients=pl.len())
    return grid.update(near, on=names, maintain_order="left").drop(names)


def _times(week: int, settings: Settings) -> dict[str, float]:
    """The week, and the model's columns of time there."""
    return pl.DataFrame({"week": [week]}).select("week", **time_terms(settings)).row(0, named=True)


def _against_median(
    fit: Fit, people: pl.DataFrame, points: pl.DataFrame, at: dict[str, float]
) -> pl.DataFrame:
    """The points with the pain reduction of a patient there, less that of the median patient."""
    measures = [measure for measure in UNITS if measure in points.columns]
    here, middle = _columns(fit, points), _columns(fit, people.select(pl.col(measures).median()))
    less = here.select(-(pl.col(name) - middle[name].item()) for name in here.columns)
    weights = {f"{number}": with_time(fit, row, at) for number, row in enumerate(less.iter_rows(named=True))}
    moved = {name: row for name, row in weights.items() if any(row.values())}
    table = contrast_table(fit, moved) if moved else pl.DataFrame(schema={"contrast": pl.String} | ESTIMATE)
    numbered = points.with_row_index("contrast").with_columns(pl.col("contrast").cast(pl.String))
    told = numbered.join(table, on="contrast", how="left", maintain_order="left")
    # at the median itself there is nothing to tell apart
    return told.with_columns(pl.col("estimate", "low", "high").fill_null(0.0), week=pl.lit(at["week"]))


def _columns(fit: Fit, points: pl.DataFrame) -> pl.DataFrame:
    """The model's columns of patients' means at these points."""
    found = {}
    for measure in UNITS:
        if measure in points.columns:
            knots = [value for name, value in fit.scaling.items() if name.startswith(f"{measure} knot ")]
            mean = f"{measure}_mean"
            found |= spline_terms(mean, knots) if knots else {mean: pl.col(mean)}
    units = [(pl.col(m) / UNITS[m]).alias(f"{m}_mean") for m in UNITS if m in points.columns]
    return points.select(units).select(**found)
