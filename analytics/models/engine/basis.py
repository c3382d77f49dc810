"""Basis: fixed columns made orthogonal, those that others already span left out, and the way back.

The search works on columns of length one and an outcome less its least-squares fit: the same model, without
the digits that raw columns cost. All that is published is turned back into the units of the data.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from analytics.models.engine.compressed import Compressed, change_columns
from analytics.models.engine.design import Array
from analytics.models.engine.units import Ruler, Units
from analytics.models.formula import INTERCEPT
from analytics.vocabulary.errors import InputError

# A column is lost where less than this share of its (centred) square is its own; lme4's bound is 1e-14, of
# which sums of squares keep eleven digits.
OWN_SHARE = 1e-11
# Centred, a constant leaves nothing but rounding of its own size.
CONSTANT = 1e-24


@dataclass(frozen=True, slots=True)
class Basis:
    """coefficients of the data = `back` @ own + `offset`; outcome of the data = `y_scale` x own + a fit.

    `turn` @ D @ `turn`' is a covariance of random effects in the data's units but for the outcome's.
    `log_volume` is what the criterion of REML gains on the way back beside the outcome's unit. `means`: of
    all fixed columns, the lost ones too, over the rows (by their weights).
    """

    names: tuple[str, ...]
    lost: tuple[str, ...]
    back: Array
    offset: Array
    y_scale: float
    turn: Array
    log_volume: float
    means: Array


def make_basis(units: Units, ruler: Ruler, names: tuple[str, ...]) -> tuple[Basis, Units]:
    """The basis of these columns, and the units in it. Raises InputError where nothing is left to model."""
    gram = units.rr.sum(axis=-1)
    kept = _independent(gram, (ruler.shift / ruler.scale) ** 2 * units.rows)
    if units.rows <= len(kept) + 1:
        raise InputError(f"{units.rows} complete rows are too few for {len(kept)} terms.")
    inner, own = gram[np.ix_(kept, kept)], gram[kept, -1]
    fit = np.linalg.solve(inner, own)
    left = gram[-1, -1] - fit @ own
    if left <= 1e-12 * (gram[-1, -1] + 1e-300) or gram[-1, -1] <= CONSTANT * units.rows * (
        1 + (ruler.shift[-1] / ruler.scale[-1]) ** 2
    ):
        raise InputError("The outcome does not vary beyond the fixed terms: there is nothing to model.")
    straight = np.linalg.inv(np.linalg.cholesky(inner)).T * np.sqrt(units.rows)
    change = np.zeros((len(gram), len(kept) + 1))
    change[np.ix_(kept, range(len(kept)))] = straight
    change[kept, -1], change[-1, -1] = -fit, 1.0
    turned = replace(
        units,
        zr=np.einsum("ab,qau->qbu", change, units.zr, optimize=True),
        rr=np.einsum("ab,acn,cd->bdn", change, units.rr, change, optimize=True),
    )
    means = ruler.shift + ruler.scale * units.zr[0].sum(axis=-1) / units.zz[0, 0].sum()
    return _way_back(ruler, names, kept=kept, change=change[kept], means=means[:-1]), turned


def _independent(gram: Array, raw: Array) -> list[int]:
    """The columns that are not combinations of those before them; `raw`: what centring took from each."""
    kept: list[int] = []
    for at in range(len(gram) - 1):
        whole = gram[at, at]
        rest = whole
        if kept:
            above = gram[kept, at]
            rest = whole - above @ np.linalg.solve(gram[np.ix_(kept, kept)], above)
        if whole > CONSTANT * (whole + raw[at]) and rest > OWN_SHARE * whole:
            kept.append(at)
    return kept


def _way_back(ruler: Ruler, names: tuple[str, ...], *, kept: list[int], change: Array, means: Array) -> Basis:
    straight, fit = change[:, :-1], -change[:, -1]
    shift, scale, y_scale = ruler.shift[kept], ruler.scale[kept], float(ruler.scale[-1])
    undo = np.diag(1 / scale)
    offset = np.zeros(len(kept))
    own = tuple(names[at] for at in kept)
    if own[:1] == (INTERCEPT,):
        undo[0] -= shift / scale
        undo[0, 0] = 1.0
        offset[0] = ruler.shift[-1]
    turn = np.diag(1 / ruler.unit)
    turn[0, 1:] = -ruler.zero[1:] / ruler.unit[1:]
    return Basis(
        names=own,
        lost=tuple(name for at, name in enumerate(names) if at not in kept),
        back=y_scale * undo @ straight,
        offset=y_scale * undo @ fit + offset,
        y_scale=y_scale,
        turn=turn,
        log_volume=-2 * float(np.linalg.slogdet(undo @ straight)[1]),
        means=means,
    )


def seen_and_blind(cells: Compressed) -> tuple[Compressed, Array, Array]:
    """For a part of the rows: its statistics in the directions of X that it tells, those, and the others.

    A column that only the other rows have is a direction without rows here.
    """
    sizes, ways = np.linalg.eigh(cells.rr[:-1, :-1] / cells.rows)
    seen = ways[:, sizes > OWN_SHARE]
    change = np.zeros((len(ways) + 1, seen.shape[1] + 1))
    change[:-1, :-1], change[-1, -1] = seen, 1.0
    return change_columns(cells, change), seen, ways[:, sizes <= OWN_SHARE]
