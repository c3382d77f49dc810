"""Completed: means of pain over seen and filled weeks, as sums that any shift of the filled ones can use.

A mean, its error and so the whole analysis at a shift of delta points follow from the sums of the values, of
how often each is shifted, and of their squares and products: the draws are never made again for a delta.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from analytics.models.missing.draws import Array

KEYS = ("measure", "clinic_id", "week")
MEANS = {
    "measure": pl.String, "clinic_id": pl.String, "week": pl.Int32, "patients": pl.Int64,
    "filled": pl.Int64, "estimate": pl.Float64, "se": pl.Float64, "df": pl.Float64,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Means:
    """The means that are asked for: one cell is one measure at one week.

    `cells`: measure and week of each. `rows`: the rows that they are means of, with `fixed` + `sign` x the
    value at `place` (where it is filled), `weight` within the patient, and `unit`: the patient in the cell.
    `at`: the place of each unit among cells and `clinics`. `counts`, `filled`: patients by cell and clinic,
    and of those whose value rests on a filled week.
    """

    cells: pl.DataFrame
    rows: pl.DataFrame
    at: NDArray[np.intp]
    clinics: pl.Series
    counts: Array
    filled: Array


def make_means(rows: pl.DataFrame) -> Means:
    """The means over these rows (measure, week, clinic_id, patient_id, fixed, sign, place).

    A patient with several rows in a cell (several episodes) counts once, with the mean of them.
    """
    cells = rows.select("measure", "week").unique().sort("measure", "week").with_row_index("cell")
    clinics = rows["clinic_id"].unique().sort()
    named = pl.DataFrame({"clinic_id": clinics}).with_row_index("clinic")
    keys = ["cell", "clinic", "patient_id"]
    placed = (
        rows.join(cells, on=["measure", "week"]).join(named, on="clinic_id").sort(*keys, "place", "fixed")
    )
    units = placed.group_by(keys, maintain_order=True).agg(pl.len(), filled=pl.col("place").count() > 0)
    placed = placed.join(
        units.select(*keys, "len").with_row_index("unit"), on=keys, how="left", maintain_order="left"
    ).select("unit", "fixed", "sign", "place", weight=1 / pl.col("len"))
    shape = (cells.height, len(clinics))
    at = units["cell"].to_numpy().astype(np.intp) * shape[1] + units["clinic"].to_numpy()
    counts, filled = (_by_clinic(at, one, shape) for one in (np.ones(len(at)), units["filled"].to_numpy()))
    return Means(cells, placed, at, clinics, counts, filled)


def sums_of(means: Means, drawn: Array, shift: Array) -> Array:
    """Sums over patients by cell and clinic: of y, s, y², ys, s² (s: how much a delta of one point adds)."""
    unit, weight = means.rows["unit"].to_numpy(), means.rows["weight"].to_numpy()
    place = means.rows["place"].fill_null(-1).to_numpy()
    sign = np.where(place >= 0, means.rows["sign"].to_numpy(), 0.0)
    value, moved = (np.append(values, 0.0)[place] for values in (drawn, shift))
    y, s = (
        np.bincount(unit, weight * column, minlength=len(means.at)).astype(float)
        for column in (means.rows["fixed"].to_numpy() + sign * value, sign * moved)
    )
    shape = (means.counts.shape[0], means.counts.shape[1])
    return np.stack([_by_clinic(means.at, column, shape) for column in (y, s, y * y, y * s, s * s)])


def _by_clinic(at: NDArray[np.intp], values: Any, shape: tuple[int, int]) -> Array:
    return np.bincount(at, values, minlength=shape[0] * shape[1]).astype(float).reshape(shape)


def mean_table(means: Means, sums: Array, *, delta: float = 0.0, least: int = 2) -> pl.DataFrame:
    """One row is one mean of one data set: of all patients (`clinic_id` empty), and of each clinic.

    Of all: clinics are the clusters; the error is CR2 of Bell and McCaffrey (2002, Surv Methodol 28: 169)
    with Satterthwaite's df, of one clinic alone that of its patients. Of a clinic of at least `least`
    patients: its patients' t. `filled`: patients whose value rests on a filled week.
    """
    n = means.counts
    total = sums[0] + delta * sums[1]
    square = sums[2] + 2 * delta * sums[3] + delta**2 * sums[4]
    with np.errstate(all="ignore"):
        own = np.where(n >= max(2, least), total / n, np.nan)
        se = np.sqrt(((square - total**2 / n) / (n - 1)).clip(0) / n)
    whole = _clustered(n, total, square)
    of_all = [means.counts.sum(axis=1), means.filled.sum(axis=1), *whole]
    columns = [np.column_stack(pair) for pair in zip(of_all, (n, means.filled, own, se, n - 1), strict=True)]
    keys = means.cells.select("measure", "week").join(
        pl.DataFrame({"clinic_id": ["", *means.clinics]}), how="cross", maintain_order="left_right"
    )
    names = ("patients", "filled", "estimate", "se", "df")
    frame = keys.with_columns(
        pl.Series(name, values.ravel()) for name, values in zip(names, columns, strict=True)
    )
    numbers = frame.with_columns(pl.col("estimate", "se", "df").fill_nan(None)).drop_nulls("estimate")
    return numbers.select(*MEANS).cast(MEANS)  # pyright: ignore[reportArgumentType]


def _clustered(n: Array, total: Array, square: Array) -> tuple[Array, Array, Array]:
    """Mean over patients of each cell, its CR2 error and df; of one clinic alone, its patients' own.

    The working model is that patients are alike everywhere.
    """
    count, clusters = n.sum(axis=1), (n > 0).sum(axis=1)
    with np.errstate(all="ignore"):
        mean = total.sum(axis=1) / count
        rest = np.where(n > 0, 1 - n / count[:, None], 1.0)
        off = (total - n * mean[:, None]) / np.sqrt(rest)
        robust = np.sqrt((off**2).sum(axis=1)) / count
        plain = np.sqrt((square.sum(axis=1) - count * mean**2).clip(0) / (count - 1) / count)
    df = np.array([_df(*pair) for pair in zip(n, count, strict=True)])
    alone = clusters < 2
    return mean, np.where(alone, plain, robust), np.where(alone, count - 1, df)


def _df(n: Array, count: float) -> float:
    """(tr B)² / tr B², B the covariance of the clusters' adjusted sums where patients are alike."""
    own = n[n > 0]
    if len(own) < 2:
        return np.nan
    root = 1 / np.sqrt(1 - own / count)
    b = root[:, None] * (np.diag(own) - np.outer(own, own) / count) * root
    return float(np.trace(b) ** 2 / (b * b).sum())


def interval(table: pl.DataFrame) -> pl.DataFrame:
    """With `low` and `high`: the 95 % t interval of each estimate."""
    t: NDArray[np.floating] = stats.t.ppf(0.975, table["df"].fill_null(np.nan).to_numpy())
    reach = pl.Series(t).fill_nan(None) * table["se"]
    return table.with_columns(low=pl.col("estimate") - reach, high=pl.col("estimate") + reach)
