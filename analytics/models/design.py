"""Design: the rows, columns and groups of one mixed model, complete, sorted and well conditioned."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.reml import Array, Sums, sum_up
from analytics.vocabulary.errors import InputError

INTERCEPT = "intercept"


@dataclass(frozen=True, slots=True)
class Design:
    """The matrices of a mixed model.

    `q` @ `r` are the columns `names` (orthonormal times triangular). `z` @ inv(`turn`) are the intercept
    and the slope as given: z holds them centred and scaled. `frame`: the complete rows, sorted by group.
    `starts`: where each level's groups begin, inner first. `dropped`: incomplete rows. `lost`: columns that
    others already span.
    """

    names: tuple[str, ...]
    q: Array
    r: Array
    y: Array
    z: Array
    turn: Array
    starts: tuple[NDArray[np.intp], ...]
    frame: pl.DataFrame
    dropped: int
    lost: tuple[str, ...]

    @property
    def sums(self) -> Sums:
        """What the criterion needs, over the orthonormal columns."""
        return sum_up(self.q, self.y, self.z, starts=self.starts)


def make_design(
    frame: pl.DataFrame, *, outcome: str, fixed: tuple[str, ...], slope: str | None, groups: tuple[str, ...]
) -> Design:
    """Complete rows sorted by group (outermost first), as matrices. Raises InputError where too few."""
    columns: list[str] = sorted({outcome, *fixed, *([slope] if slope else [])})
    numbers = frame.with_columns(pl.col(columns).cast(pl.Float64).fill_nan(None))
    kept = numbers.drop_nulls([*columns, *groups]).sort([*groups, *columns], maintain_order=True)
    if any(kept.select(groups[: level + 1]).n_unique() < 2 for level in range(len(groups))):
        raise InputError(f"A mixed model needs at least two groups of each of: {', '.join(groups)}.")
    names, x, lost = _independent((INTERCEPT, *fixed), _columns(kept, fixed))
    if kept.height <= len(names) + 1:
        raise InputError(f"{kept.height} complete rows are too few for {len(names)} terms.")
    q, r = np.linalg.qr(x)
    z, turn = _random_columns(kept, slope)
    return Design(
        names, q, r, kept[outcome].to_numpy(), z, turn, _starts(kept, groups), kept,
        frame.height - kept.height, lost,
    )  # fmt: skip


def _columns(frame: pl.DataFrame, names: tuple[str, ...]) -> Array:
    return np.column_stack([np.ones(frame.height), *(frame[name].to_numpy() for name in names)])


def _independent(names: tuple[str, ...], x: Array) -> tuple[tuple[str, ...], Array, tuple[str, ...]]:
    """Keep each column that is not a combination of those before it (to 1e-9 of its length)."""
    basis, kept = np.empty((len(x), 0)), []
    for at, column in enumerate(x.T):
        rest = column - basis @ (basis.T @ column)
        rest = rest - basis @ (basis.T @ rest)
        if np.linalg.norm(rest) > 1e-9 * np.linalg.norm(column):
            basis = np.column_stack([basis, rest / np.linalg.norm(rest)])
            kept.append(at)
    lost = tuple(name for at, name in enumerate(names) if at not in kept)
    return tuple(names[at] for at in kept), x[:, kept], lost


def _random_columns(frame: pl.DataFrame, slope: str | None) -> tuple[Array, Array]:
    """Intercept and slope, the slope centred and scaled; and the matrix that turns the given into these."""
    if slope is None:
        return np.ones((frame.height, 1)), np.eye(1)
    values = frame[slope].to_numpy()
    middle, spread = values.mean(), values.std()
    if values.min() == values.max():
        raise InputError(f"The random slope needs '{slope}' to vary.")
    turn = np.array([[1.0, -middle / spread], [0.0, 1.0 / spread]])
    return np.column_stack([np.ones(len(values)), values]) @ turn, turn


def _starts(frame: pl.DataFrame, groups: tuple[str, ...]) -> tuple[NDArray[np.intp], ...]:
    """Where groups begin: the inner ones among the rows, each outer one among the groups inside it."""
    rows = [
        np.flatnonzero(frame.select(pl.struct(groups[:depth]).rle_id().diff().fill_null(1)).to_series() != 0)
        for depth in range(len(groups), 0, -1)
    ]
    return (rows[0], *(np.searchsorted(below, own) for below, own in pairwise(rows)))
