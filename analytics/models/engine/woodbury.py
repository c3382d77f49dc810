"""Woodbury: the inverse of V taken apart by patterns, cells and clinics; no matrix is larger than Z is wide.

V = I + Z D1 Z' (units) + Z D2 Z' (clinics), in units of the residual variance; R = [X y]. Arrays keep their
long axis (patterns, cells or clinics) last.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.models.engine.compressed import Compressed
from analytics.models.engine.design import Array


@dataclass(frozen=True, slots=True)
class Absorbed:
    """V^-1 at one D1 and D2; V1 is V without clinics.

    Patterns: `h` = (I + Z'Z D1)^-1 and `k` = Z'V1^-1 Z = h Z'Z. Cells: `f`, the sum over units of Z'V1^-1 R,
    and `mean`, their mean of Z'V^-1 R. Clinics: `k2` = Z'V1^-1 Z, the sum of its units' k; `h2` =
    (I + k2 D2)^-1; `gain` = D2 h2; `f2` = Z'V1^-1 R. `whole` = R'V^-1 R; `log_det` =
    log |V|.
    """

    h: Array
    k: Array
    f: Array
    mean: Array
    k2: Array
    h2: Array
    gain: Array
    f2: Array
    whole: Array
    log_det: float


def absorb(cells: Compressed, d1: Array, d2: Array) -> Absorbed:
    """Take V apart: units first, then clinics."""
    unit = np.eye(len(d1))[:, :, None]
    h, log_units = inverse(unit + np.einsum("ijg,jk->ikg", cells.zz, d1))
    k = times(h, cells.zz)
    f = times(h[..., cells.pattern], cells.zr)
    k2 = cells.by_clinic(k)
    f2 = np.add.reduceat(f, cells.starts, axis=-1)
    h2, log_clinics = inverse(unit + np.einsum("ijc,jk->ikc", k2, d2))
    gain = np.einsum("ij,jkc->ikc", d2, h2)
    taken = times(gain, f2)
    mean = f / cells.count - times(k[..., cells.pattern], taken[..., cells.clinic])
    whole = cells.rr - pairs(cells.zr / cells.count, np.einsum("ij,jmn->imn", d1, f)) - pairs(f2, taken)
    shrink = np.einsum("ij,jkg->ikg", d1, h[..., cells.scattered]).reshape(-1)
    whole -= (shrink @ cells.scatter).reshape(whole.shape)
    log_det = float(cells.patterns @ log_units + log_clinics.sum())
    return Absorbed(h, k, f, mean, k2, h2, gain, f2, (whole + whole.T) / 2, log_det)


def times(a: Array, b: Array) -> Array:
    """Matrix products along the last axis; with Z one to three columns wide, faster than any library's."""
    out = a[:, 0, None] * b[None, 0]
    for at in range(1, a.shape[1]):
        out += a[:, at, None] * b[None, at]
    return out


def pairs(a: Array, b: Array) -> Array:
    """Sum of a'b over the last axis."""
    products = [left @ right.T for left, right in zip(a, b, strict=True)]
    return np.sum(products, axis=0)


def inverse(a: Array) -> tuple[Array, Array]:
    """Inverse and log determinant along the last axis; small matrices by their formula."""
    if len(a) == 1:
        return 1 / a, np.log(a[0, 0])
    if len(a) == 2:
        det = a[0, 0] * a[1, 1] - a[0, 1] * a[1, 0]
        return np.stack([np.stack([a[1, 1], -a[0, 1]]), np.stack([-a[1, 0], a[0, 0]])]) / det, np.log(det)
    moved = np.moveaxis(a, -1, 0)
    return np.moveaxis(np.linalg.inv(moved), 0, -1), np.linalg.slogdet(moved)[1]
