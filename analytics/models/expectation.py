"""Expectation: what case-mix lets expect of each clinic's mean, and how far chance takes it from that."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.outcomes import Outcome

Array = NDArray[np.float64]

MIN_DF = 20  # patients beyond clinics and slopes; with fewer the spread of patients is not known
CLASSES = 5  # of patients by what is expected of them: in each their spread is taken by itself
PRIOR = 20  # patients' worth of the common spread in each class


@dataclass(frozen=True, slots=True)
class Expectation:
    """Clinics against their case-mix, in the order of `clinics`.

    `sizes`: patients. `observed`: mean. `spread`: sd of the patients' values. `difference`: observed less
    expected. `factor`: standard error of the difference, times the root of patients, over the pool's sd.
    `pool`: what is left of each patient's value, around 0, as spread as patients are. `df`: behind that.
    """

    clinics: list[str]
    sizes: NDArray[np.int64]
    observed: Array
    spread: Array
    difference: Array
    factor: Array
    pool: Array
    df: int

    @property
    def errors(self) -> Array:
        """Standard error of each difference, by chance alone."""
        return self.factor * self.pool.std() / np.sqrt(self.sizes)

    @property
    def target(self) -> float | None:
        """The mean of all patients; nothing where there is none."""
        people = int(self.sizes.sum())
        return float((self.observed * self.sizes).sum() / people) if people else None


def expect(outcome: Outcome) -> Expectation:
    """Slopes of case-mix from patients of the same clinic, then each clinic's mean beside what they explain.

    Compared within clinics, no part of what a clinic adds can pass for its case-mix; what never varies within
    a clinic (an intake form without a question) explains nothing. A share is taken as a mean of 0 and 1 (the
    linear probability model, Hellevik 2009, Quality & Quantity 43:59): slopes are in share points, parts add
    up, and the expected share of all patients is the observed one; a logistic model with a term for each
    clinic would be biased at ten patients a clinic. The standard error carries the clinic's own patients, the
    network's mean, of which it is a part, and the slopes. Patients' spread may go with what is expected of
    them: a fall from 2 points cannot be large. `df` is 0 where too few patients are left to tell.
    """
    # in an order that no pseudonym decides: the last bits of sums would move patients between classes
    rows = outcome.patients.drop_nulls(["value", *outcome.terms]).sort("clinic_id", *outcome.terms, "value")
    counts = rows.group_by("clinic_id", maintain_order=True).agg(pl.len(), sd=pl.col("value").std())
    clinics, sizes = counts["clinic_id"].to_list(), counts["len"].to_numpy().astype(np.int64)
    code = np.repeat(np.arange(sizes.size), sizes)
    y, x = rows["value"].to_numpy(), _standardised(rows.select(outcome.terms).to_numpy())
    observed, middles = _means(y[:, None], code, sizes), _means(x, code, sizes)
    within, left = x - middles[code], y - observed[code, 0]
    gram = within.T @ within
    inverse = np.linalg.pinv(gram, rcond=1e-9, hermitian=True)
    slopes = inverse @ (within.T @ left)
    df = int(y.size - sizes.size - np.linalg.matrix_rank(gram, rtol=1e-9, hermitian=True))
    explained, residual = x @ slopes, left - within @ slopes
    away = y - explained
    difference = np.bincount(code, away, sizes.size) / np.maximum(sizes, 1) - (away.mean() if y.size else 0)
    known = df >= MIN_DF and sizes.size > 1 and residual.std() > 1e-9
    pool = residual * np.sqrt(y.size / df) if known else np.zeros(1)
    far = (middles @ inverse * middles).sum(axis=1)  # x is centred: the leverage of a clinic's case-mix
    chance = 1 - sizes / max(y.size, 1) + sizes * far
    own = _own_spread(residual, explained, code, sizes) if known else np.ones(sizes.size)
    spread = counts["sd"].fill_null(float("nan")).to_numpy()
    factor = np.sqrt(chance * own)
    return Expectation(clinics, sizes, observed[:, 0], spread, difference, factor, pool, df if known else 0)


def _standardised(x: Array) -> Array:
    """Columns around 0 with a standard deviation of 1; one that is all alike becomes 0."""
    if not x.shape[0]:
        return x
    sd = x.std(axis=0)
    return (x - x.mean(axis=0)) / np.where(sd > 1e-12, sd, np.inf)


def _means(values: Array, code: NDArray[np.intp], sizes: NDArray[np.int64]) -> Array:
    sums = np.column_stack([np.bincount(code, column, sizes.size) for column in values.T])
    return sums / sizes[:, None]


def _own_spread(residual: Array, explained: Array, code: NDArray[np.intp], sizes: NDArray[np.int64]) -> Array:
    """Variance of each clinic's patients over that of all, as their class of expectation has it."""
    cuts = np.quantile(explained, np.arange(1, CLASSES) / CLASSES)
    group, squares = np.searchsorted(cuts, explained), residual**2
    counts = np.bincount(group, minlength=CLASSES)
    sums = np.bincount(group, squares, CLASSES)
    variance = (sums + PRIOR * squares.mean()) / (counts + PRIOR)
    return np.bincount(code, variance[group], sizes.size) / sizes / variance[group].mean()
