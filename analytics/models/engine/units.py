"""Units: the sufficient statistics of a mixed model, from one pass over its rows.

A unit is an innermost group (a patient, an episode) with its Z'WZ and Z'W[X y]; after the pass no row is
needed again. Units add up over pieces of the data, so the data may be larger than memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from analytics.models.engine.design import Array, Design, Index
from analytics.models.formula import term_name
from analytics.vocabulary.errors import InputError

# Rows read at a time: a dozen numeric columns of a piece take 10 MB and stay in the cache of a processor.
PIECE = 100_000
# Pieces whose units are held before they are added up.
HELD = 64
ENORMOUS = 1e100
SUMS = ("size", "zz", "zr")


@dataclass(frozen=True, slots=True)
class Ruler:
    """Where each column of [X y] and Z is measured from, and in what unit: [X y] in standard deviations.

    Taken from the first piece, kept for all. The slopes' zero is a whole number and their unit a power of
    two, so that sums of whole weeks stay exact and equal patterns stay equal.
    """

    shift: Array
    scale: Array
    zero: Array
    unit: Array


@dataclass(frozen=True, slots=True)
class Units:
    """One unit is one innermost group; the long axis is last.

    `ids`: its groups, `g0` outermost. `size`: its rows. `zz` = Z'WZ and `zr` = Z'W[X y]. `rr`: [X y]'W[X y]
    of each outermost group `outer` (of all rows, in a model of one level).
    """

    ids: pl.DataFrame
    size: Array
    zz: Array
    zr: Array
    outer: pl.Series
    rr: Array
    rows: int
    dropped: int
    log_weights: float


def gather(data: pl.DataFrame | pl.LazyFrame, design: Design) -> tuple[Units, Ruler]:
    """Units of all complete rows, sorted by group, and the ruler they are measured with."""
    ruler, held, read = None, [], 0
    for piece in _pieces(data, design):
        read += piece.height
        complete = piece.drop_nulls()
        if not complete.height:
            continue
        _refuse_enormous(complete, design)
        ruler = ruler or _ruler(complete, design)
        held.append(_sum_rows(complete, design, ruler))
        if len(held) == HELD:
            held = [add_units(held)]
    if ruler is None:
        raise InputError(f"No row has all of: {', '.join((*design.groups, *design.variables))}.")
    units = add_units(held)
    return replace(units, dropped=read - units.rows), ruler


def _pieces(data: pl.DataFrame | pl.LazyFrame, design: Design) -> Iterator[pl.DataFrame]:
    wanted = design.columns()
    if isinstance(data, pl.LazyFrame):
        yield from data.select(wanted).collect_batches(chunk_size=PIECE, maintain_order=True)
    else:
        yield from (piece.select(wanted) for piece in data.iter_slices(PIECE))


def _refuse_enormous(rows: pl.DataFrame, design: Design) -> None:
    """Infinity is no measurement, nor is what overflows when it is squared and added up."""
    numbers = pl.selectors.float()
    largest = rows.select(numbers.abs().max()).row(0, named=True)
    beyond = [name for name, value in largest.items() if not value < ENORMOUS]
    if beyond:
        told = {f"x{at}": term_name(term) for at, term in enumerate(design.formula.terms)}
        told |= {"y": design.formula.outcome, "w": design.weights or ""}
        told |= {f"z{at}": name for at, name in enumerate(design.slopes)}
        raise InputError(f"'{told[beyond[0]]}' holds a number beyond {ENORMOUS:g}: it cannot be modelled.")


def _ruler(rows: pl.DataFrame, design: Design) -> Ruler:
    numbers = rows.select(pl.selectors.matches(r"^(x\d+|y)$"))
    spread = np.array(numbers.select(pl.all().std(ddof=0)).row(0))
    scale = np.where(spread > 0, spread, 1.0)
    shift = np.array(numbers.mean().row(0)) if design.formula.intercept else np.zeros(len(scale))
    first = ([0.0], [1.0]) if design.formula.intercept else ([], [])
    z = [rows[f"z{at}"].to_numpy() for at in range(len(design.slopes))]
    zero = [float(np.round(column.mean())) if design.centred else 0.0 for column in z]
    widths = [np.sqrt(np.mean((column - at) ** 2)) for column, at in zip(z, zero, strict=True)]
    unit = [2.0 ** np.round(np.log2(width)) if width > 0 else 1.0 for width in widths]
    return Ruler(
        np.append(first[0], shift), np.append(first[1], scale), np.array([0.0, *zero]), np.array([1.0, *unit])
    )


def _sum_rows(rows: pl.DataFrame, design: Design, ruler: Ruler) -> Units:
    """The units of one piece."""
    groups = tuple(f"g{at}" for at in range(len(design.groups)))
    starts = runs(rows, groups)
    if rows[starts].select(groups).is_duplicated().any():
        rows = rows.sort(groups, maintain_order=True)
        starts = runs(rows, groups)
    r = _columns(rows, "x|y", ones=design.formula.intercept)
    z = _columns(rows, "z", ones=True)
    _measure(r, ruler.shift, ruler.scale)
    _measure(z, ruler.zero, ruler.unit)
    weight = rows["w"].to_numpy() if design.weights else None
    if weight is not None and weight.min() <= 0:
        raise InputError(f"Weights must be above zero; '{design.weights}' is not.")
    wr = r if weight is None else r * weight
    wz = z if weight is None else z * weight
    top = runs(rows, groups[:-1])
    ends = np.append(top[1:], rows.height)
    return Units(
        ids=rows[starts].select(groups),
        size=np.diff(np.append(starts, rows.height)).astype(float),
        zz=np.stack([np.add.reduceat(wz * column, starts, axis=1) for column in z]),
        zr=np.stack([np.add.reduceat(wr * column, starts, axis=1) for column in z]),
        outer=rows["g0"].gather(top),
        rr=np.stack([wr[:, at:end] @ r[:, at:end].T for at, end in zip(top, ends, strict=True)], axis=-1),
        rows=rows.height,
        dropped=0,
        log_weights=0.0 if weight is None else float(np.log(weight).sum()),
    )


def _measure(columns: Array, zero: Array, unit: Array) -> None:
    """In place: a copy of each piece would cost as much as adding it up."""
    columns -= zero[:, None]
    columns /= unit[:, None]


def _columns(rows: pl.DataFrame, which: str, *, ones: bool) -> Array:
    found = [column.to_numpy() for column in rows.select(pl.selectors.matches(rf"^({which})\d*$"))]
    return np.stack([*[np.ones(rows.height)] * ones, *found])


def runs(rows: pl.DataFrame, groups: tuple[str, ...]) -> Index:
    """Where a run of rows with equal `groups` begins; all rows are one run where there are none."""
    if not groups:
        return np.zeros(1, dtype=np.intp)
    new = pl.any_horizontal(pl.col(name).ne_missing(pl.col(name).shift()) for name in groups)
    starts = np.flatnonzero(rows.select(new).to_series().to_numpy())
    return starts if len(starts) and starts[0] == 0 else np.append(0, starts).astype(np.intp)


def add_units(parts: list[Units]) -> Units:
    """The sum of statistics from several pieces, measured with one ruler; units sorted by group."""
    ids = pl.concat([part.ids for part in parts])
    sums = tuple(np.concatenate([getattr(part, name) for part in parts], axis=-1) for name in SUMS)
    ids, (size, zz, zr) = _merge(ids, sums)
    several = ids.width > 1
    outer = pl.concat([part.outer for part in parts]).to_frame()
    rr = np.concatenate([part.rr for part in parts], axis=-1)
    tops, (rr,) = _merge(outer, (rr,)) if several else (outer[:1], (rr.sum(axis=-1, keepdims=True),))
    return Units(
        ids, size, zz, zr, tops.to_series(), rr,
        rows=sum(part.rows for part in parts),
        dropped=sum(part.dropped for part in parts),
        log_weights=sum(part.log_weights for part in parts),
    )  # fmt: skip


def _merge(ids: pl.DataFrame, sums: tuple[Array, ...]) -> tuple[pl.DataFrame, tuple[Array, ...]]:
    """One row for each distinct id, sorted; what belongs to equal ids is added up."""
    keyed = ids.with_row_index("at").sort(ids.columns, maintain_order=True)
    order, ids = keyed["at"].to_numpy(), keyed.drop("at")
    if (np.diff(order.astype(np.int64)) != 1).any():
        sums = tuple(part[..., order] for part in sums)
    starts = runs(ids, tuple(ids.columns))
    if len(starts) == ids.height:
        return ids, sums
    return ids[starts], tuple(np.add.reduceat(part, starts, axis=-1) for part in sums)
