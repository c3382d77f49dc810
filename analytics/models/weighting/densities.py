"""How likely it was that a patient did what the patient did, given columns: three kinds of density.

Each is fitted by maximum likelihood and hands on what an error of its parameters does to a weight: the
score of each row and the information of all (Newey and McFadden 1994, Handbook of Econometrics 4, ch. 36).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

STEPS, CLOSE = 60, 1e-9  # Newton's steps at most; the gain in log-likelihood per row that ends them
# Our choice: a prior worth a hundredth of a row on each standardised coefficient. It moves no estimate that
# the data tell, and keeps one finite that they do not (nobody of a small category ever stopped).
RIDGE = 0.01


@dataclass(frozen=True, slots=True)
class Density:
    """One row of `log`: the log density of what was done. `mean`: what was expected.

    Scores: `columns` times `slope`, row by row, and `more` beside them. `errors`: covariance of the
    parameters that the scores are of. `used`: rows that it is fitted on; elsewhere `log` and scores are 0.
    """

    log: Array
    mean: Array
    columns: Array
    slope: Array
    more: Array
    errors: Array
    used: Array


def chance(columns: Array, happened: Array, used: Array) -> Density:
    """Whether something happened (0/1): logistic."""
    x, y = columns[used], happened[used].astype(float)
    beta = _newton(lambda b: _logistic(b, x, y), np.zeros(x.shape[1]))
    _, _, slope, curve = _logistic(beta, x, y)
    mean = _expit(x @ beta)
    log = np.where(y > 0, np.log(np.clip(mean, 1e-12, 1)), np.log(np.clip(1 - mean, 1e-12, 1)))
    return _spread(columns, used, (log, mean, slope, np.zeros((len(y), 0))), np.linalg.inv(curve))


def amount(columns: Array, value: Array, used: Array) -> Density:
    """A number: normal around a linear mean, with one variance."""
    x, y = columns[used], value[used]
    ridge = RIDGE * np.eye(x.shape[1])
    beta = np.linalg.solve(x.T @ x + ridge, x.T @ y)
    left = y - x @ beta
    variance = left @ left / len(y)
    log = -0.5 * (np.log(2 * np.pi * variance) + left**2 / variance)
    slope, more = left / variance, ((left**2 / variance - 1) / (2 * variance))[:, None]
    errors = np.zeros((x.shape[1] + 1,) * 2)
    errors[:-1, :-1] = np.linalg.inv((x.T @ x + ridge) / variance)
    errors[-1, -1] = 2 * variance**2 / len(y)
    return _spread(columns, used, (log, x @ beta, slope, more), errors)


def sessions(columns: Array, done: Array, asked: Array, *, used: Array) -> Density:
    """How many of the asked sessions were done by those who did any: beta-binomial, without its zero.

    The chance of a session is logistic in the columns; it varies between weeks of alike patients by the
    overdispersion theta (Griffiths 1973, Biometrics 29: 637), 0 for a plain binomial.
    """
    x, counts = columns[used], (done[used].astype(int), asked[used].astype(int))
    start = np.zeros(x.shape[1] + 1)
    start[-1] = 0.1
    found = _newton(lambda b: _beta_binomial(b, x, counts), start, floor=True)
    log, scores, slope, curve = _beta_binomial(found, x, counts)
    free = found[-1] > 0
    more = scores[:, -1:] if free else np.zeros((len(x), 0))
    size = len(found) if free else len(found) - 1
    mean = _expit(x @ found[:-1])
    return _spread(columns, used, (log, mean, slope, more), np.linalg.inv(curve[:size, :size]))


def _expit(value: Array) -> Array:
    return 1 / (1 + np.exp(-np.clip(value, -30, 30)))


def _logistic(beta: Array, x: Array, y: Array) -> tuple[Array, Array, Array, Array]:
    """Log-likelihood of rows, scores' sum, each row's slope, information."""
    mean = _expit(x @ beta)
    slope = y - mean
    curve = (x * (mean * (1 - mean))[:, None]).T @ x + RIDGE * np.eye(len(beta))
    log = y * np.log(np.clip(mean, 1e-300, 1)) + (1 - y) * np.log(np.clip(1 - mean, 1e-300, 1))
    return log, x.T @ slope - RIDGE * beta, slope, curve


def _beta_binomial(b: Array, x: Array, counts: tuple[Array, Array]) -> tuple[Array, Array, Array, Array]:
    """Log density, scores, slope along the linear predictor, information (outer products of the scores)."""
    (done, asked), theta = counts, max(b[-1], 0.0)
    p = np.clip(_expit(x @ b[:-1]), 1e-9, 1 - 1e-9)
    log, by_p, by_theta = (np.zeros(len(p)) for _ in range(3))
    none, none_p, none_theta = (np.zeros(len(p)) for _ in range(3))  # the same of doing none
    for j in range(int(asked.max())):
        yes, no, all_ = j < done, j < asked - done, j < asked
        up, down, whole = p + j * theta, 1 - p + j * theta, 1 + j * theta
        log += yes * np.log(up) + no * np.log(down) - all_ * np.log(whole)
        by_p += yes / up - no / down
        by_theta += j * (yes / up + no / down - all_ / whole)
        none += all_ * (np.log(down) - np.log(whole))
        none_p -= all_ / down
        none_theta += j * all_ * (1 / down - 1 / whole)
    odds = np.exp(none) / -np.expm1(none)  # of none: it is left out, so that the rest adds up to 1
    log -= np.log(-np.expm1(none))
    slope = (by_p + odds * none_p) * p * (1 - p)
    scores = np.column_stack([x * slope[:, None], by_theta + odds * none_theta])
    curve = scores.T @ scores
    curve[:-1, :-1] += RIDGE * np.eye(len(b) - 1)
    return log, scores, slope, curve


def _newton(of: Any, start: Array, *, floor: bool = False) -> Array:
    """Where the (slightly penalised) likelihood is greatest; with `floor` the last parameter is 0 or more."""
    b, best = start, -np.inf
    at = of(b)
    for _ in range(STEPS):
        log, scores, _, curve = at
        gradient = scores if scores.ndim == 1 else scores.sum(axis=0) - RIDGE * np.append(b[:-1], 0)
        step, size, best = np.linalg.solve(curve, gradient), 1.0, _penalised(log, b)
        while size > 1e-4:
            new = b + size * step
            new[-1] = max(new[-1], 0.0) if floor else new[-1]
            at = of(new)
            if _penalised(at[0], new) >= best:
                break
            size /= 2
        else:
            return b
        gained, b = _penalised(at[0], new) - best, new
        if gained < CLOSE * len(log):
            break
    return b


def _penalised(log: Array, b: Array) -> float:
    return float(log.sum() - 0.5 * RIDGE * (b**2).sum())


def _spread(columns: Array, used: Array, parts: tuple[Array, Array, Array, Array], errors: Array) -> Density:
    """What was found on the rows used, at their places among all rows."""
    log, mean, slope, more = parts
    rows = len(used)
    whole = [np.zeros(rows), np.full(rows, np.nan), np.zeros(rows), np.zeros((rows, more.shape[1]))]
    for at, part in zip(whole, (log, mean, slope, more), strict=True):
        at[used] = part
    return Density(whole[0], whole[1], columns, whole[2], whole[3], errors, used)
