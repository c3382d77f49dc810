"""Robust errors for few clusters: a covariance without the sandwich's downward bias, and honest df.

All of it from each cluster's information M_i and score U_i (p x p), by the identity
D'V^-1 (I - H)^a = (I - M_i B)^a D'V^-1 with B the inverse of the whole information.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.estimating.equations import Array, Solution
from analytics.models.student import told_by_t

Correction = Literal["none", "kauermann_carroll", "mancl_derouen"]

# How much of (I - M_i B) a cluster may take before the correction has no finite value.
ALONE = 1e-8


def roots(solution: Solution, correction: Correction) -> tuple[Array, Array, Array]:
    """Of each cluster the matrix T_i with robust covariance = sum of T_i U_i U_i' T_i'; B; what is blind.

    none: B (Liang and Zeger 1986). kauermann_carroll: B (I - M_i B)^-1/2, unbiased where the working
    correlation holds (2001, J Am Stat Assoc 96: 1387; CR2 of Bell and McCaffrey 2002). mancl_derouen:
    B (I - M_i B)^-1 (2001, Biometrics 57: 126), which errs upward. `blind`: a column is a direction of the
    coefficients that one cluster alone tells; of it there is no robust error.
    """
    power = {"none": 0.0, "kauermann_carroll": -0.5, "mancl_derouen": -1.0}[correction]
    bread = np.linalg.inv(solution.parts.sum(axis=0))
    half = np.linalg.cholesky(bread)
    left, ways = np.linalg.eigh(half.T @ solution.parts @ half)
    alone = left > 1 - ALONE
    scale = np.where(alone, 0.0, (1 - left).clip(ALONE) ** power)
    middle = np.einsum("kab,kb,kcb->kac", ways, scale, ways)
    blind = half @ np.swapaxes(ways, 1, 2)[alone].T
    return half @ middle @ half.T, bread, blind


def robust_covariance(solution: Solution, correction: Correction) -> Array:
    """Of the coefficients; NaN for those that one cluster alone tells."""
    matrices, bread, blind = roots(solution, correction)
    turned = np.einsum("kab,kb->ka", matrices, solution.scores)
    found = turned.T @ turned
    unseen = _is_blind(np.eye(len(bread)), bread, blind)
    found[unseen], found[:, unseen] = np.nan, np.nan
    return found


def contrasts_of(solution: Solution, weights: Array, *, correction: Correction) -> pl.DataFrame:
    """One row is one weighted sum of the coefficients: estimate, se, df, statistic, p, low, high (95 %).

    df match the first two moments of the variance under the working correlation (Satterthwaite 1946; Bell
    and McCaffrey 2002, Surv Methodol 28: 169; Pustejovsky and Tipton 2018, J Bus Econ Stat 36: 672);
    without a correction they are infinite, as in geepack. Null where one cluster alone tells the sum.
    """
    matrices, bread, blind = roots(solution, correction)
    unseen = _is_blind(weights, bread, blind)
    reach_of = np.einsum("ca,kab->kcb", weights, matrices)  # a contrast's weights of each cluster's score
    own = np.einsum("kcb,kb->kc", reach_of, solution.scores)
    estimate, se = weights @ solution.estimate, np.sqrt((own**2).sum(axis=0))
    df = np.full(len(weights), np.inf)
    if correction != "none":
        df = np.array([_df(solution.parts, bread, reach_of[:, at]) for at in range(len(weights))])
    se, df = np.where(unseen, np.nan, se), np.where(unseen, np.nan, df)
    return told_by_t(estimate, se, df)


def _is_blind(weights: Array, bread: Array, blind: Array) -> NDArray[np.bool_]:
    """Which weighted sums move with what one cluster alone tells."""
    spread = np.sqrt(np.einsum("ca,ab,cb->c", weights, bread, weights))
    return (np.abs(weights @ blind) > 1e-6 * spread[:, None]).any(axis=1)


def _df(parts: Array, bread: Array, g: Array) -> float:
    """(tr P)^2 / tr P^2, P the covariance of the clusters' g_i' U_i where the working correlation holds.

    Cov(U_i, U_j) is M_i - M_i B M_i within a cluster and -M_i B M_j between two.
    """
    a = np.einsum("kab,kb->ka", parts, g)
    own = np.einsum("ka,ka->k", g, a)
    across = np.einsum("ka,ab,kb->k", a, bread, a)
    mixed = bread @ (a.T @ a)
    trace = float((own - across).sum())
    square = float((own**2).sum() - 2 * (own * across).sum() + np.trace(mixed @ mixed))
    return trace**2 / square if square > 0 else np.nan
