"""Tipping point: how much worse those who stopped would have to be for a conclusion to change."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
import polars as pl
from scipy.interpolate import CubicSpline

from analytics.models.missing.missingness import Imputed, pooled_contrasts, pooled_means
from analytics.models.missing.reductions import REDUCTION, WEEKLY_MEASURES
from analytics.vocabulary.errors import InputError

CURVE = ("delta", "measure", "clinic_id", "week", "estimate", "low", "high", "threshold")
# Our choice: half a point is what a rating of whole points can tell apart; tipping points are told to 0.05.
EXACT = 0.05
TIPPING = {
    "measure": pl.String, "clinic_id": pl.String, "week": pl.Int32, "threshold": pl.Float64,
    "estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64, "concluded": pl.Boolean,
    "tipping": pl.Float64, "from_delta": pl.Float64, "to_delta": pl.Float64, "verdict": pl.String,
}  # fmt: skip
Margin = Callable[[float], float]


def delta_curve(
    imputed: Imputed, *, deltas: tuple[float, ...] = (-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0)
) -> pl.DataFrame:
    """One row is one answer if those who stopped were `delta` NPRS points worse since than they seemed.

    Reductions of all and of each clinic, and the trajectory's comparisons, each with its 95 % interval and
    the `threshold` of its conclusion: the meaningful change of the settings for a reduction, 0 for a
    comparison. `delta` below 0: they were better. The same draws at every delta, so that nothing but delta
    moves.

    >>> an.delta_curve(imputed, deltas=(0, 1))["delta"].unique().sort().to_list()
    [0.0, 1.0]
    """
    tables = [
        pl.concat([pooled_means(imputed, delta=at), pooled_contrasts(imputed, delta=at)]).with_columns(
            delta=pl.lit(float(at))
        )
        for at in sorted(set(deltas))
    ]
    threshold = pl.when(pl.col("measure") == REDUCTION).then(
        pl.lit(imputed.model.settings.definitions.meaningful_change)
    )
    whole = pl.concat(tables).filter(~pl.col("measure").is_in(WEEKLY_MEASURES))
    found = whole.with_columns(threshold=threshold.otherwise(0.0))
    return found.select(CURVE).sort("measure", "clinic_id", "week", "delta")


def tipping_point(imputed: Imputed, curve: pl.DataFrame) -> pl.DataFrame:
    """One row is one conclusion, and the delta (NPRS points) nearest to 0 at which it changes.

    `curve`: the rows of `delta_curve` that are asked about, delta 0 among them; between its deltas the point
    is found with the same draws, of reductions to 0.05, of comparisons by a cubic through the curve.
    `concluded`: at delta 0 the whole 95 % interval of a reduction lies above the threshold, and that of a
    comparison on the estimate's side of 0. `tipping`: where that is no longer so (or, if it was not so,
    becomes so); empty: not between `from_delta` and `to_delta`. Whether such a delta is likely is for someone
    to say who knows the patients. `verdict`: in words.

    >>> curve = an.delta_curve(imputed, deltas=(0, 8)).filter(measure="mean_reduction", clinic_id="", week=12)
    >>> an.tipping_point(imputed, curve)["threshold"].item() == settings.definitions.meaningful_change
    True
    """
    missing = [name for name in CURVE if name not in curve.columns]
    if missing:
        raise InputError(f"The curve needs a column '{missing[0]}': make it with delta_curve.")
    rows = []
    for (measure, clinic, week), part in curve.group_by("measure", "clinic_id", "week", maintain_order=True):
        own = part.drop_nulls(["low", "high"]).sort("delta")
        if 0.0 not in own["delta"].to_list():
            raise InputError("The curve needs delta 0: the conclusion that may change is the one there.")
        rows.append(_tipped(imputed, own, (measure, clinic, week)))
    return pl.DataFrame(rows, schema=TIPPING)


def _tipped(imputed: Imputed, own: pl.DataFrame, key: tuple[Any, ...]) -> dict[str, Any]:
    start = own.filter(delta=0.0).row(0, named=True)
    threshold = start["threshold"]
    above = key[0] == REDUCTION or start["estimate"] >= threshold

    def margin_of(row: dict[str, Any]) -> float:
        return row["low"] - threshold if above else threshold - row["high"]

    def exact(delta: float) -> float:
        table = pooled_means(imputed, delta=delta)
        return margin_of(table.filter(measure=key[0], clinic_id=key[1], week=key[2]).row(0, named=True))

    margins = [(row["delta"], margin_of(row)) for row in own.iter_rows(named=True)]
    margin = exact if key[0] == REDUCTION else _smooth(margins)
    tipping, concluded = _nearest(margins, margin), margin_of(start) > 0
    ends = {"from_delta": margins[0][0], "to_delta": margins[-1][0]}
    kept = {name: start[name] for name in TIPPING if name in start}
    verdict = _verdict(concluded, tipping, ends)
    return kept | ends | {"concluded": concluded, "tipping": tipping, "verdict": verdict}


def _smooth(margins: list[tuple[float, float]]) -> Margin:
    """A cubic spline through the curve: a comparison takes a fit a draw, and moves smoothly with delta."""
    at, values = np.array(margins).T
    if len(at) < 3:
        return lambda delta: float(np.interp(delta, at, values))
    spline = CubicSpline(at, values)
    return lambda delta: float(spline(delta))


def _nearest(margins: list[tuple[float, float]], margin: Margin) -> float | None:
    """Of all neighbouring deltas between which the margin changes its sign, the root nearest to 0."""
    pairs = [(before, after) for before, after in pairwise(margins) if (before[1] > 0) != (after[1] > 0)]
    if not pairs:
        return None
    nearest = min(pairs, key=lambda pair: min(abs(pair[0][0]), abs(pair[1][0])))
    return _crossing(*nearest, margin)


def _crossing(low: tuple[float, float], high: tuple[float, float], margin: Margin) -> float:
    """Where the margin is 0 between two deltas, to EXACT; it is all but straight, so that few steps do.

    Regula falsi, the end that stays counting half (the Illinois rule), so that both ends close in.
    """
    last = low[0]
    for _ in range(30):
        middle = low[0] + (high[0] - low[0]) * low[1] / (low[1] - high[1])
        if abs(middle - last) < EXACT / 2:
            return middle
        last, found = middle, (middle, margin(middle))
        if (found[1] > 0) != (low[1] > 0):
            low, high = (low[0], low[1] / 2), found
        else:
            low, high = found, (high[0], high[1] / 2)
    return last


def _verdict(concluded: bool, tipping: float | None, ends: dict[str, float]) -> str:
    was = "holds" if concluded else "is not reached"
    if tipping is None:
        return f"{was} from {ends['from_delta']:+g} to {ends['to_delta']:+g} points"
    how = f"{abs(tipping):.1f} points {'worse' if tipping > 0 else 'better'}"
    then = "until they were" if concluded else "unless they were"
    return f"{was} {then} {how} since than they seemed"
