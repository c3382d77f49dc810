"""Compressed statistics: what a likelihood reads, at a cost that no longer grows with the number of patients.

Units of one clinic with equal Z'WZ (a pattern: the same weeks were rated) form a cell. A cell needs only its
count and its sum of Z'W[X y]; a pattern, the scatter of its units round their cells' means. This is exact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl
from scipy.sparse import csr_array

from analytics.models.engine.design import Array, Index
from analytics.models.engine.units import Units, runs

# Our choice: with these a search ends close to that of all, and costs little beside one look at all.
ENOUGH_CELLS, ENOUGH_CLINICS = 1500, 20


@dataclass(frozen=True, slots=True)
class Compressed:
    """Patterns, cells and scatter.

    Patterns (last axis of `zz`): Z'WZ. Cells, sorted by clinic: their `pattern`, `clinic`, `count` of units
    and `zr`, the sum of Z'W[X y]; a clinic's cells begin at `starts`. `counts`: the same as clinics by
    patterns. `scatter`: for each of the patterns `scattered`, the sum over units of vec(d) vec(d)', d a
    unit's Z'W[X y] less its cell's mean, laid out (z, z, pattern) x (r, r). `cell`: where each unit went.
    `rr` = [X y]'W[X y] of all rows.
    """

    zz: Array
    pattern: Index
    clinic: Index
    count: Array
    counts: csr_array
    starts: Index
    zr: Array
    scattered: Index
    scatter: Array
    cell: Index
    rr: Array
    rows: int
    log_weights: float

    @property
    def patterns(self) -> Array:
        """How many units show each pattern."""
        return np.bincount(self.pattern, self.count, self.zz.shape[-1]).astype(float)

    def by_clinic(self, patterns: Array) -> Array:
        """What each pattern's units have, added up over the units of each clinic."""
        flat = patterns.reshape(-1, patterns.shape[-1])
        return (self.counts @ flat.T).T.reshape(*patterns.shape[:-1], -1)


def compress(units: Units) -> Compressed:
    """The statistics of these units."""
    clinic, pattern, zz = _clinics(units), *_patterns(units.zz)
    key = clinic.astype(np.int64) * zz.shape[-1] + pattern
    _, first, cell, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(cell, kind="stable")
    starts = np.append(0, np.cumsum(count)[:-1])
    zr = np.add.reduceat(units.zr[..., order], starts, axis=-1)
    clinic, of_cell = clinic[first], pattern[first]
    scattered, scatter = _scatter(units.zr, cell, count=count, pattern=of_cell, mean=zr / count)
    return Compressed(
        zz=zz, pattern=of_cell, clinic=clinic, count=count.astype(float),
        counts=_counts(clinic, of_cell, count), starts=np.flatnonzero(np.diff(clinic, prepend=-1)), zr=zr,
        scattered=scattered, scatter=scatter, cell=cell, rr=units.rr.sum(axis=-1), rows=units.rows,
        log_weights=units.log_weights,
    )  # fmt: skip


def _counts(clinic: Index, pattern: Index, count: Array | Index) -> csr_array:
    """Units by clinic and pattern."""
    shape = (int(clinic.max()) + 1, int(pattern.max()) + 1)
    return csr_array((count.astype(float), (clinic, pattern)), shape=shape)


def _clinics(units: Units) -> Index:
    """The number of each unit's clinic; a model of one level has a single one."""
    if units.ids.width == 1:
        return np.zeros(units.ids.height, dtype=np.intp)
    starts = runs(units.ids, tuple(units.ids.columns[:1]))
    return np.repeat(np.arange(len(starts)), np.diff(np.append(starts, units.ids.height)))


def _patterns(zz: Array) -> tuple[Index, Array]:
    """The number of each unit's pattern, and the Z'WZ of each. Equal means equal to 12 digits."""
    rows, columns = np.tril_indices(len(zz))
    flat = zz[rows, columns]
    whole = np.round(flat / np.abs(flat).max(axis=1, keepdims=True).clip(1e-300) * 1e12).astype(np.int64)
    keys = pl.DataFrame({f"{at}": row for at, row in enumerate(whole)})
    distinct = keys.with_row_index("first").unique(keys.columns, keep="first").sort("first")
    numbered = distinct.with_row_index("pattern")
    pattern = keys.join(numbered, on=keys.columns, how="left", maintain_order="left")["pattern"].to_numpy()
    return pattern.astype(np.intp), zz[..., distinct["first"].to_numpy()]


def _scatter(zr: Array, cell: Index, *, count: Index, pattern: Index, mean: Array) -> tuple[Index, Array]:
    """The scatter of units round their cell's mean, for each pattern that has a cell of several units."""
    q, m = zr.shape[:2]
    mates = np.flatnonzero(count[cell] > 1)
    mates = mates[np.argsort(pattern[cell[mates]], kind="stable")]
    own = pattern[cell[mates]]
    starts = np.flatnonzero(np.diff(own, prepend=-1))
    away = (zr[..., mates] - mean[..., cell[mates]]).reshape(q * m, -1)
    ends = np.append(starts, len(mates))[1:]
    found = [away[:, at:end] @ away[:, at:end].T for at, end in zip(starts, ends, strict=True)]
    block = np.array(found).reshape(len(starts), q, m, q, m).transpose(1, 3, 0, 2, 4)
    block = block.reshape(q * q * len(starts), m * m)
    return own[starts], block


def without(cells: Compressed, units: Units, *, at: int) -> Compressed:
    """The same statistics less clinic number `at`: exact, from that clinic's units alone."""
    q = len(cells.zz)
    mine = np.flatnonzero(cells.clinic[cells.cell] == at)
    _, cell, count = np.unique(cells.cell[mine], return_inverse=True, return_counts=True)
    first, last = np.searchsorted(cells.clinic, [at, at + 1])
    mean = cells.zr[..., first:last] / count
    gone, block = _scatter(
        units.zr[..., mine], cell, count=count, pattern=cells.pattern[first:last], mean=mean
    )
    scatter = cells.scatter.copy().reshape(q * q, len(cells.scattered), cells.rr.size)
    scatter[:, np.searchsorted(cells.scattered, gone)] -= block.reshape(q * q, len(gone), cells.rr.size)
    kept = np.r_[0:first, last : len(cells.clinic)]
    clinic = cells.clinic[kept] - (cells.clinic[kept] > at)
    return replace(
        cells, pattern=cells.pattern[kept], clinic=clinic, count=cells.count[kept],
        counts=cells.counts[np.unique(cells.clinic[kept])], zr=cells.zr[..., kept],
        starts=np.flatnonzero(np.diff(clinic, prepend=-1)), scatter=scatter.reshape(cells.scatter.shape),
        rr=cells.rr - units.rr[..., at], rows=cells.rows - int(units.size[mine].sum()),
    )  # fmt: skip


def thin(cells: Compressed, units: Units) -> Compressed | None:
    """Some clinics of many, evenly taken: enough to see where a search should begin; None for few cells."""
    clinics = len(cells.starts)
    step = min(len(cells.count) // ENOUGH_CELLS, clinics // ENOUGH_CLINICS)
    if step < 2:
        return None
    mine = np.flatnonzero(cells.clinic[cells.cell] % step == 0)
    rr = units.rr[..., ::step]
    size, zz, zr = (part[..., mine] for part in (units.size, units.zz, units.zr))
    return compress(replace(units, ids=units.ids[mine], size=size, zz=zz, zr=zr, rr=rr, rows=int(size.sum())))


def change_columns(cells: Compressed, change: Array) -> Compressed:
    """The statistics of [X y] @ `change`."""
    blocks = cells.scatter.reshape(-1, len(change), len(change))
    scatter = np.einsum("ab,nac,cd->nbd", change, blocks, change, optimize=True)
    return replace(
        cells,
        zr=np.einsum("ab,qan->qbn", change, cells.zr, optimize=True),
        scatter=scatter.reshape(len(blocks), change.shape[1] ** 2),
        rr=change.T @ cells.rr @ change,
    )
