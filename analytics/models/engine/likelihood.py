"""Likelihood: what the rows say at given variances, and its first and second derivatives, from cells alone.

G_r is the derivative of V by one free entry of D1 or D2 (woodbury.py has the notation). REML, ML,
Satterthwaite and Kenward-Roger need no more than R'V^-1 R, log |V|, tr V^-1 G_r, tr V^-1 G_r V^-1 G_s,
R'V^-1 G_r V^-1 R and R'V^-1 G_r V^-1 G_s V^-1 R. With F = Z'V^-1 R and N = Z'V^-1 Z, of units (Fi, Nij) and
of clinics (Fc, Nc):

    units      sum Fi' Er Fi          sum Fi' Er Nij Es Fj       Nij = (i = j) Ki - Ki gain Kj
    clinics    sum Fc' Er Fc          sum Fc' Er Nc Es Fc        Nc = h2 K2
    mixed                             sum Fc' Er h2 (sum Ki Es Fi)

where Er is the derivative of D. Sums over the units of a cell are its mean's, plus its pattern's scatter.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analytics.models.engine.compressed import Compressed
from analytics.models.engine.design import Array, Level
from analytics.models.engine.woodbury import Absorbed, absorb, pairs, times


@dataclass(frozen=True, slots=True)
class Moments:
    """At one D (relative to the residual variance); r and s count the free entries, outermost level first.

    `whole` = R'V^-1 R. `log_det` = log |V| (the rows' weights apart). `first[r]` = R'V^-1 G_r V^-1 R.
    `second[r, s]` = R'V^-1 G_r V^-1 G_s V^-1 R. `trace[r]` = tr V^-1 G_r. `traces[r, s]` =
    tr V^-1 G_r V^-1 G_s.
    """

    whole: Array
    log_det: float
    first: Array
    second: Array
    trace: Array
    traces: Array


def moments(cells: Compressed, levels: tuple[Level, ...], d: tuple[Array, ...]) -> Moments:
    """All of it. `levels` and `d`: outermost first, one or two."""
    q, m = cells.zr.shape[:2]
    outer, d2 = (directions(levels[0], q), d[0]) if len(d) == 2 else (np.zeros((0, q, q)), np.zeros((q, q)))
    inner = directions(levels[-1], q)
    state = absorb(cells, d[-1], d2)
    units, second, pull = _of_units(cells, state, inner)
    clinics, upper, mixed = _of_clinics(state, outer, pull)
    size = len(outer) + len(inner)
    whole = np.empty((size, size, m, m))
    at = slice(len(outer)), slice(len(outer), size)
    whole[at[1], at[1]] = second
    if len(outer):
        whole[at[0], at[0]], whole[at[0], at[1]] = upper, mixed
        whole[at[1], at[0]] = mixed.transpose(1, 0, 3, 2)
    trace, traces = _traces(cells, state, inner, outer=outer)
    return Moments(state.whole, state.log_det, np.concatenate([clinics, units]), whole, trace, traces)


def directions(level: Level, q: int) -> Array:
    """The derivative of a level's D by each of its free entries."""
    out = np.zeros((len(level.entries), q, q))
    for at, (row, column) in enumerate(level.entries):
        out[at, row, column] = out[at, column, row] = 1.0
    return out


def _of_units(cells: Compressed, state: Absorbed, inner: Array) -> tuple[Array, Array, list[Array]]:
    """First and second derivatives by the units' entries, and each clinic's sums of Ki Es Fi."""
    q = len(cells.zz)
    places = [(a, b) for a in range(q) for b in range(a + 1)]
    plain, *weighted = _squares(cells, state, [np.ones(cells.zz.shape[-1]), *(state.k[at] for at in places)])
    full = np.empty((q, q, *plain.shape))
    for (a, b), part in zip(places, weighted, strict=True):
        full[a, b] = full[b, a] = part
    second = np.einsum("rjb,sck,bcjxky->rsxy", inner, inner, full, optimize=True)
    k, counted = state.k[..., cells.pattern], state.mean * cells.count
    pull = [np.add.reduceat(times(k, _left(e, counted)), cells.starts, axis=-1) for e in inner]
    shared = [times(state.gain, part) for part in pull]
    second -= np.array([[pairs(left, right) for right in shared] for left in pull])
    return np.einsum("rjk,jmkn->rmn", inner, plain), second, pull


def _squares(cells: Compressed, state: Absorbed, weights: list[Array]) -> list[Array]:
    """Sum over units of w Fi Fi', as (z, r, z, r), for each w of the patterns' `weights`."""
    q, m = cells.zr.shape[:2]
    flat, at = state.mean.reshape(q * m, -1), cells.scattered
    h = state.h[..., at]
    both = np.einsum("ajg,dkg->adjkg", h, h).reshape(q * q, q * q, len(at))
    away = np.stack([both * weight[at] for weight in weights])
    spread = away.reshape(len(weights) * q * q, len(cells.scatter)) @ cells.scatter
    spread = spread.reshape(len(weights), q, q, m, m).transpose(0, 1, 3, 2, 4)
    means = [(flat * (cells.count * weight[cells.pattern])) @ flat.T for weight in weights]
    return [own.reshape(q, m, q, m) + rest for own, rest in zip(means, spread, strict=True)]


def _of_clinics(state: Absorbed, outer: Array, pull: list[Array]) -> tuple[Array, Array, Array]:
    """First and second derivatives by the clinics' entries, and the mixed second ones."""
    f = times(state.h2, state.f2)
    n = times(state.h2, state.k2)
    up = [_left(e, f) for e in outer]
    own = np.array([[pairs(left, times(n, right)) for right in up] for left in up])
    mixed = np.array([[pairs(left, times(state.h2, part)) for part in pull] for left in up])
    first = np.array([pairs(f, left) for left in up])
    return first.reshape(len(up), f.shape[1], f.shape[1]), own, mixed


def _traces(cells: Compressed, state: Absorbed, inner: Array, *, outer: Array) -> tuple[Array, Array]:
    """Traces: tr V^-1 G_r and tr V^-1 G_r V^-1 G_s, outermost entries first."""
    k, n, size = state.k, cells.patterns, len(outer) + len(inner)
    ek = [_left(e, k) for e in inner]
    kek = [times(k, part) for part in ek]
    sums = [cells.by_clinic(part) for part in kek]
    en = [_left(e, times(state.h2, state.k2)) for e in outer]
    lifted = [times(times(state.h2, part), state.h2.transpose(1, 0, 2)) for part in sums]
    shared = [times(state.gain, part) for part in sums]
    trace = [_trace(part).sum() for part in en]
    trace += [n @ _trace(part) - _trace(own).sum() for part, own in zip(ek, shared, strict=True)]
    traces = np.zeros((size, size))
    for r in range(size):
        for s in range(r + 1):
            a, b = r - len(outer), s - len(outer)
            if a < 0:
                found = _trace(times(en[r], en[s])).sum()
            elif b < 0:
                found = _trace(_left(outer[s], lifted[a])).sum()
            else:
                thrice = cells.by_clinic(times(kek[a], ek[b]))
                found = n @ _trace(times(ek[a], ek[b])) - 2 * _trace(times(state.gain, thrice)).sum()
                found += _trace(times(shared[a], shared[b])).sum()
            traces[r, s] = traces[s, r] = found
    return np.array(trace), traces


def _left(e: Array, a: Array) -> Array:
    return np.tensordot(e, a, axes=1)


def _trace(a: Array) -> Array:
    return np.einsum("iin->n", a)
