"""Kitagawa's split of each clinic's gap to all clinics, on arrays with one row a patient.

Slopes are those within clinics: each clinic has a level of its own, and a patient is compared with patients
of the same clinic, so that what a clinic adds cannot pass for a slope. Kitagawa 1955 (JASA 50:1168), Oaxaca
1973 (Int Econ Rev 14:693); standard errors from influence functions (Hampel 1974, JASA 69:383), clinics and
their sizes as given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

# In the order of time: what a patient brings, what the patient then does, until when the patient is seen.
SPLIT = ("case_mix", "adherence", "dropout")
# A column that keeps less of its square than this, once clinics' means are taken, is one value a clinic.
NO_SPREAD = 1e-12


@dataclass(frozen=True, slots=True)
class Patients:
    """One row is one patient, clinic by clinic: `y` the fall in pain (NPRS points), `x` columns of all parts.

    `part`: which of SPLIT a column belongs to. `counts`: 0 for a column that says that a value is missing: it
    is adjusted for, and what goes with it is no part. `recorded` (clinic x column): whether any patient has a
    value of its own.
    """

    clinics: list[str]
    sizes: Array
    y: Array
    x: Array
    part: Array
    counts: Array
    recorded: Array

    def sums(self, values: Array) -> Array:
        """By clinic."""
        return np.add.reduceat(values, np.cumsum(self.sizes) - self.sizes, axis=0)

    def within(self, values: Array) -> Array:
        """Less the clinic's mean."""
        return values - np.repeat((self.sums(values).T / self.sizes).T, self.sizes, axis=0)


@dataclass(frozen=True, slots=True)
class Pieces:
    """Gap and parts of each clinic, and what a patient moves of them (influence functions).

    `values` (clinic x 4): the gap and the three parts. `scores` (patient x 4): the patient's own share of
    them. `moves` (patient x slopes): what the patient moves the slopes by. `levers` (clinic x 3 x slopes):
    what a part moves by with a slope.
    """

    values: Array
    scores: Array
    moves: Array
    levers: Array


def told_parts(people: Patients) -> Array:
    """Clinic x SPLIT: whether the clinic has values, and patients of one clinic differ (or nobody does)."""
    centred = people.x - people.x.mean(axis=0)
    inside, overall = has_spread(people), (centred**2).sum(axis=0) > NO_SPREAD * (people.x**2).sum(axis=0)
    found = np.empty((people.sizes.size, len(SPLIT)), bool)
    for at in range(len(SPLIT)):
        own = np.flatnonzero((people.part == at) & (people.counts > 0))
        found[:, at] = people.recorded[:, own].any(axis=1) & (inside[own].any() or not overall[own].any())
    return found


def has_spread(people: Patients) -> Array:
    """The columns in which patients of a clinic differ; the slope of another is lost in clinics' levels."""
    inner = (people.within(people.x) ** 2).sum(axis=0)
    return inner > NO_SPREAD * (people.x**2).sum(axis=0)


def _pieces(people: Patients) -> Pieces:
    """Three models, each with one part more than the last: a part is what its model adds to the last."""
    y, x = people.within(people.y), people.within(people.x) * has_spread(people)
    gap_y, gap_x = _gaps(people, people.y[:, None]), _gaps(people, people.x)
    clinics, columns = gap_x.shape
    sums, scores, moves = [0 * gap_y[:, 0]], [0 * y], []
    levers = np.zeros((clinics, len(SPLIT), len(SPLIT), columns))
    for at in range(len(SPLIT)):
        kept = people.part <= at
        inverse, rank = _inverse(x * kept)
        slopes = inverse @ (x.T @ y)
        rest = (y - x @ slopes) * np.sqrt(y.size / max(y.size - clinics - rank, 1))
        sums.append(gap_x @ (slopes * people.counts))
        scores.append(x @ (slopes * people.counts))
        moves.append(x @ inverse * rest[:, None])
        levers[:, at, at] = gap_x * people.counts * kept
        levers[:, at + 1 : at + 2, at] = -levers[:, at : at + 1, at]  # the next part is less this model
    few = np.sqrt(people.sizes / np.maximum(people.sizes - 1, 1))  # a clinic's own mean is taken from it
    own = np.column_stack([y, np.diff(np.array(scores), axis=0).T])
    return Pieces(
        values=np.column_stack([gap_y, np.diff(np.array(sums), axis=0).T]),
        scores=own * np.repeat(few, people.sizes)[:, None],
        moves=np.hstack(moves),
        levers=levers.reshape(clinics, len(SPLIT), -1),
    )


def _inverse(x: Array) -> tuple[Array, int]:
    """(X'X)^-1 and its rank; columns that others span share a slope, empty ones have none."""
    scale = 1 / np.sqrt((x**2).sum(axis=0).clip(1e-300))
    gram = (x * scale).T @ (x * scale)
    found = np.linalg.pinv(gram, rcond=1e-11, hermitian=True)
    return scale[:, None] * found * scale, int(np.linalg.matrix_rank(gram, tol=1e-11, hermitian=True))


def _gaps(people: Patients, values: Array) -> Array:
    """Each clinic's mean less the mean of all patients."""
    return people.sums(values) / people.sizes[:, None] - values.mean(axis=0)


def split_gaps(people: Patients, told: Array) -> tuple[Array, Array]:
    """Estimate and standard error (clinic x the gap, SPLIT and the rest). What is not told is 0, and rest.

    A patient's influence on a clinic's part: own score x (1/n at the clinic, less 1/N) + lever x move.
    """
    pieces = _pieces(people)
    weights = np.zeros((people.sizes.size, len(SPLIT) + 2, len(SPLIT) + 1))
    weights[:, (0, -1), 0] = 1.0
    for at in range(len(SPLIT)):
        weights[:, at + 1, at + 1], weights[:, -1, at + 1] = told[:, at], -1.0 * told[:, at]
    lever = np.einsum("cpk,ckm->cpm", weights[:, :, 1:], pieces.levers)
    n, everyone = people.sizes[:, None, None], people.y.size
    squares = people.sums(pieces.scores[:, :, None] * pieces.scores[:, None, :])
    crossed = np.stack([people.sums(score[:, None] * pieces.moves) for score in pieces.scores.T], axis=1)
    own = squares * (1 / n**2 - 2 / (n * everyone)) + squares.sum(axis=0) / everyone**2
    shared = crossed / n - crossed.sum(axis=0) / everyone
    variance = (
        np.einsum("cpa,cab,cpb->cp", weights, own, weights)
        + 2 * np.einsum("cpa,cam,cpm->cp", weights, shared, lever, optimize=True)
        + np.einsum("cpm,ml,cpl->cp", lever, pieces.moves.T @ pieces.moves, lever, optimize=True)
    )
    return np.einsum("cpa,ca->cp", weights, pieces.values), np.sqrt(variance.clip(0))
