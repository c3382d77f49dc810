"""Columns of a model as matrices: which terms can be told apart, and in what unit each is measured."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.formula import INTERCEPT, Formula, term_expression, term_name

Array = NDArray[np.floating]


def runs_of(cluster: pl.Series) -> tuple[NDArray[np.intp], Array]:
    """Where each run of equal values begins, and how long it is."""
    sizes = cluster.rle().struct.field("len").to_numpy()
    return np.append(0, np.cumsum(sizes)[:-1]).astype(np.intp), sizes.astype(float)


def columns_of(rows: pl.DataFrame, read: Formula, names: tuple[str, ...]) -> Array:
    """One row is one row, one column a term of these names; the intercept's is ones."""
    terms = {term_name(term): term_expression(term) for term in read.terms}
    return np.column_stack(
        [rows.select(terms[name]).to_series() if name in terms else np.ones(rows.height) for name in names]
    )


def standardised(rows: pl.DataFrame, read: Formula) -> tuple[tuple[str, ...], list[str], Array, Array]:
    """Terms that can be told apart, those that cannot, their columns, and the way back to the data's units.

    Columns are measured from their mean (where there is an intercept) in standard deviations.
    """
    names = ((INTERCEPT,) if read.intercept else ()) + tuple(term_name(term) for term in read.terms)
    x = columns_of(rows, read, names)
    shift, scale = x.mean(axis=0) * read.intercept, x.std(axis=0)
    shift[:1] *= not read.intercept
    scale = np.where(scale > 0, scale, 1.0)
    x = (x - shift) / scale
    lost: list[int] = []
    while (at := _spanned(np.delete(x, lost, axis=1))) is not None:
        lost.append([one for one in range(len(names)) if one not in lost][at])
    kept = [at for at in range(len(names)) if at not in lost]
    back = np.diag(1 / scale[kept])
    if read.intercept:
        back[0] -= shift[kept] / scale[kept]
    return tuple(names[at] for at in kept), [names[at] for at in lost], x[:, kept], back


def _spanned(x: Array) -> int | None:
    """The first column that those before it already say."""
    diagonal = np.abs(np.diag(np.linalg.qr(x, mode="r")))
    spanned = np.flatnonzero(diagonal <= 1e-9 * np.linalg.norm(x, axis=0).clip(1e-300))
    beyond = [len(diagonal)] if x.shape[1] > len(diagonal) else []
    return int([*spanned, *beyond][0]) if len(spanned) or beyond else None
