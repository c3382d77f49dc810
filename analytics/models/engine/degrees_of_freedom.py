"""Degrees of freedom of contrasts and joint tests: Satterthwaite's, and Kenward and Roger's.

Both methods read the moments at the solution and nothing else. Kenward and Roger 1997 (Biometrics 53: 983)
as in Halekoh and Hojsgaard 2014 (J Stat Softw 59(9)): expected information, variances linear in V.
Satterthwaite as in Kuznetsova et al. 2017 (J Stat Softw 82(13)): observed information.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.engine.basis import Basis
from analytics.models.engine.compressed import Compressed
from analytics.models.engine.design import Array, Level
from analytics.models.engine.search import Point
from analytics.models.engine.theta import chain, triangles
from analytics.models.student import told_by_t
from analytics.vocabulary.errors import InputError

Method = Literal["kenward_roger", "satterthwaite"]


@dataclass(frozen=True, slots=True)
class Inference:
    """What any contrast needs, in the basis' columns (`basis.back` leads to the data's).

    `plain`: covariance at known variances; `adjusted`: Kenward and Roger's. `p[r]` = d X'V^-1X and
    `w` = covariance of the variances (expected information), for Kenward-Roger. `turned[k]` = d `plain`,
    `spread` = covariance of theta and s2 (observed information), for Satterthwaite.
    """

    basis: Basis
    estimate: Array
    plain: Array
    adjusted: Array
    p: Array
    w: Array
    turned: Array
    spread: Array
    reml: bool


@np.errstate(divide="ignore", invalid="ignore", over="ignore")
def infer(point: Point, cells: Compressed, levels: tuple[Level, ...], *, basis: Basis) -> Inference:
    """Both methods' pieces at the solution."""
    plain = point.sigma2 * point.covariance
    p, q, traces = _by_variances(point, cells, levels)
    around = plain @ p  # Phi P_r
    information = traces - 2 * np.einsum("ab,rsba->rs", plain, q) + np.einsum("rab,sba->rs", around, around)
    unit = 1 / np.sqrt(np.diag(information).clip(1e-300))  # variances may differ by orders of magnitude
    even = unit[:, None] * (information + information.T) / 2 * unit
    w = 2 * unit[:, None] * np.linalg.pinv(even, rcond=1e-12, hermitian=True) * unit
    inner = np.einsum("rs,rsab->ab", w, q) - np.einsum("rs,rab,sbc->ac", w, p, around, optimize=True)
    adjusted = plain + 2 * plain @ inner @ plain
    turned, spread = _by_theta(point, levels, plain)
    adjusted = (adjusted + adjusted.T) / 2
    return Inference(basis, point.estimate, plain, adjusted, p, w, turned, spread, point.free < cells.rows)


def _by_variances(point: Point, cells: Compressed, levels: tuple[Level, ...]) -> tuple[Array, Array, Array]:
    """P, Q and tr V^-1 G V^-1 G for the entries of the covariances and, last, the residual variance.

    V is linear in them, so what belongs to the residual variance follows from V itself (Euler).
    """
    found, s = point.moments, point.sigma2
    psi = s * np.array([d[e] for level, d in zip(levels, point.d, strict=True) for e in level.entries])
    whole, first = found.whole[:-1, :-1] / s, found.first[:, :-1, :-1] / s**2
    second = found.second[:, :, :-1, :-1] / s**3
    traces, trace = found.traces / s**2, found.trace / s
    last = (whole - np.tensordot(psi, first, axes=1)) / s
    right = (first - np.einsum("t,rtab->rab", psi, second)) / s
    corner = (last - np.einsum("t,tba->ab", psi, right)) / s
    size = len(psi) + 1
    q = np.empty((size, size, *whole.shape))
    q[:-1, :-1], q[:-1, -1], q[-1, :-1], q[-1, -1] = second, right, right.transpose(0, 2, 1), corner
    cross = (trace - traces @ psi)[:, None] / s
    own = ((cells.rows - psi @ trace) / s - psi @ cross) / s
    full = np.block([[traces, cross], [cross.T, own[:, None]]])
    return -np.concatenate([first, last[None]]), q, full


def _by_theta(point: Point, levels: tuple[Level, ...], plain: Array) -> tuple[Array, Array]:
    """Derivatives of the plain covariance by theta and s2, and the covariance of theta and s2."""
    s, found, q = point.sigma2, point.moments, len(point.d[0])
    ends = np.append(-point.estimate, 1.0)
    square = np.einsum("a,rab,b->r", ends, found.first, ends)
    jacobian, second = chain(levels, triangles(levels, point.theta, q), point.slope)
    bend = point.bend + np.outer(square, square) / (s**2 * point.free)
    corner, edge = np.array([[point.free / s**2]]), (jacobian.T @ square / s**2)[:, None]
    hessian = np.block([[jacobian.T @ bend @ jacobian + second, edge], [edge.T, corner]])
    by_d = plain @ found.first[:, :-1, :-1] @ plain / s
    turned = np.concatenate([np.tensordot(jacobian.T, by_d, axes=1), (plain / s)[None]])
    bends, ways = np.linalg.eigh((hessian + hessian.T) / 2)
    kept = bends > 1e-8 * bends.max()
    return turned, 2 * (ways[:, kept] / bends[kept]) @ ways[:, kept].T


def contrasts_of(inference: Inference, weights: Array, *, method: Method) -> pl.DataFrame:
    """Estimate, se, df, statistic, p, low, high of each row of `weights`; null where groups are too few."""
    own = weights @ inference.basis.back
    adjusted = _is_adjusted(inference, method)
    covariance = inference.adjusted if adjusted else inference.plain
    estimate = own @ inference.estimate + weights @ inference.basis.offset
    with np.errstate(divide="ignore", invalid="ignore"):
        se = np.sqrt(np.einsum("ka,ab,kb->k", own, covariance, own))
        df = _kenward_roger_df(inference, own) if adjusted else _satterthwaite_df(inference, own)
        reach = stats.t.ppf(0.975, df) * se
    se, df = (np.where(np.isfinite(reach), values, np.nan) for values in (se, df))
    return told_by_t(estimate, se, df)


def joint_of(inference: Inference, weights: Array, *, method: Method) -> dict[str, float]:
    """F, its degrees of freedom, its scale and p, for all rows of `weights` being zero at once."""
    own = weights @ inference.basis.back
    estimate = own @ inference.estimate + weights @ inference.basis.offset
    rank = int(np.linalg.matrix_rank(own))
    if rank < len(own):
        raise InputError("The contrasts of a joint test must not repeat each other.")
    with np.errstate(divide="ignore", invalid="ignore"):
        if _is_adjusted(inference, method):
            f = float(estimate @ np.linalg.solve(own @ inference.adjusted @ own.T, estimate)) / rank
            df, scaling = _joint_kenward_roger(inference, own, rank)
        else:
            f, df = _joint_satterthwaite(inference, own, estimate)
            scaling = 1.0
    p = float(stats.f.sf(f * scaling, rank, df))
    return {"statistic": f * scaling, "ndf": rank, "ddf": df, "scaling": scaling, "p": p}


def usual_method(reml: bool) -> Method:
    """Kenward and Roger's where it is defined: by REML."""
    return "kenward_roger" if reml else "satterthwaite"


def _is_adjusted(inference: Inference, method: Method) -> bool:
    if method not in ("kenward_roger", "satterthwaite"):
        raise InputError(f"'{method}' is neither 'kenward_roger' nor 'satterthwaite'.")
    if method == "kenward_roger" and not inference.reml:
        raise InputError("Kenward and Roger's method is for REML: fit again by REML, or use 'satterthwaite'.")
    return method == "kenward_roger"


def _satterthwaite_df(inference: Inference, own: Array) -> Array:
    variance = np.einsum("ka,ab,kb->k", own, inference.plain, own)
    moved = np.einsum("ka,rab,kb->kr", own, inference.turned, own)
    return 2 * variance**2 / np.einsum("kr,rs,ks->k", moved, inference.spread, moved)


def _kenward_roger_df(inference: Inference, own: Array) -> Array:
    """For one contrast the two traces of the method are the same number."""
    reached = own @ inference.plain
    t = np.einsum("ka,rab,kb->kr", reached, inference.p, reached)
    t = t / np.einsum("ka,ka->k", reached, own)[:, None]
    a = np.einsum("kr,rs,ks->k", t, inference.w, t)
    return np.array([_scaled_f(one, one, 1)[0] for one in a])


def _scaled_f(a1: float, a2: float, q: int) -> tuple[float, float]:
    """Denominator df and scale of F that match its first two moments (Kenward and Roger 1997, section 3)."""
    if a2 <= 0:
        return np.inf, 1.0
    b = (a1 + 6 * a2) / (2 * q)
    g = ((q + 1) * a1 - (q + 4) * a2) / ((q + 2) * a2)
    below = 3 * q + 2 * (1 - g)
    v0, v1, v2 = 1 + g / below * b, 1 - (q - g) / below * b, 1 - (q + 2 - g) / below * b
    v0 = 0.0 if abs(v0) < 1e-10 else v0
    mean = 1 - a2 / q
    ratio = 1.0 if abs(mean) < 1e-14 and abs(v1) < 1e-14 else mean / v1
    df = 4 + (q + 2) / (ratio**2 * v0 / v2 - 1)
    return df, 1.0 if abs(df - 2) < 1e-2 else df * mean / (df - 2)


def _joint_kenward_roger(inference: Inference, own: Array, rank: int) -> tuple[float, float]:
    theta = own.T @ np.linalg.solve(own @ inference.plain @ own.T, own)
    u = (theta @ inference.plain) @ inference.p @ inference.plain
    t = np.einsum("raa->r", u)
    a2 = np.einsum("rs,rab,sba->", inference.w, u, u, optimize=True)
    return _scaled_f(t @ inference.w @ t, a2, rank)


def _joint_satterthwaite(inference: Inference, own: Array, estimate: Array) -> tuple[float, float]:
    """One df from those of the independent parts of the test (Fai and Cornelius 1996)."""
    sizes, ways = np.linalg.eigh(own @ inference.plain @ own.T)
    f = float(np.mean((ways.T @ estimate) ** 2 / sizes))
    each = _satterthwaite_df(inference, ways.T @ own)
    if np.ptp(each) < 1e-8 * each.max():
        return f, float(each.mean())
    if (each <= 2).any():
        return f, 2.0
    whole = float((each / (each - 2)).sum())
    return f, 2 * whole / (whole - len(each))
