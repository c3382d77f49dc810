"""The mixed model by brute force: V written out row by row, as the textbook has it, for a handful of rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.mixed import Random
from analytics.vocabulary.results import Fit

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Dense:
    """Rows as arrays. `parts`: for each free variance or covariance (outermost level first, then by name),
    the matrix that it multiplies in V, the last one the residual's; `names` says which is which."""

    y: Array
    x: Array
    parts: Array
    names: list[tuple[str, str, str | None]]
    z: dict[tuple[str, str], Array]
    groups: dict[str, list[tuple]]
    reml: bool

    def v(self, values: Array) -> Array:
        return np.tensordot(values, self.parts, axes=1)

    def criterion(self, values: Array) -> float:
        """-2 log (restricted) likelihood at these variances and covariances, fixed effects at their best."""
        inverse, log_det = np.linalg.inv(self.v(values)), np.linalg.slogdet(self.v(values))[1]
        left = self.y - self.x @ self.estimate(values)
        n, p = self.x.shape
        found = log_det + left @ inverse @ left + (n - p * self.reml) * np.log(2 * np.pi)
        return found + self.reml * np.linalg.slogdet(self.x.T @ inverse @ self.x)[1]

    def covariance(self, values: Array) -> Array:
        return np.linalg.inv(self.x.T @ np.linalg.solve(self.v(values), self.x))

    def estimate(self, values: Array) -> Array:
        return self.covariance(values) @ self.x.T @ np.linalg.solve(self.v(values), self.y)

    def effects(self, values: Array, group: str) -> tuple[Array, Array]:
        """Predictions and the roots of their conditional variances: one row a group, one column a term."""
        terms = [term for level, term in self.z if level == group]
        z = np.stack([self.z[group, term] for term in terms])  # term, row, group
        d = np.array([[self._entry(values, group, a, b) for b in terms] for a in terms])
        inverse = np.linalg.inv(self.v(values))
        left = inverse @ (self.y - self.x @ self.estimate(values))
        found = np.einsum("ab,bng,n->ga", d, z, left)
        shrunk = np.einsum("ab,bng,nm,cmg,cd->gad", d, z, inverse, z, d, optimize=True)
        return found, np.sqrt(np.einsum("gaa->ga", d - shrunk).clip(0))

    def _entry(self, values: Array, group: str, a: str, b: str) -> float:
        wanted = (group, a, None) if a == b else None
        for name, value in zip(self.names, values, strict=True):
            if name == wanted or (name[0] == group and {name[1], name[2]} == {a, b} and a != b):
                return value
        return 0.0

    def kenward_roger(self, values: Array) -> tuple[Array, Array]:
        """Adjusted covariance, and df of each term by itself (Kenward and Roger 1997, their section 3)."""
        inverse, phi = np.linalg.inv(self.v(values)), self.covariance(values)
        xi, g = self.x.T @ inverse, self.parts
        p = np.array([-xi @ one @ xi.T for one in g])
        q = np.array([[xi @ one @ inverse @ two @ xi.T for two in g] for one in g])
        proj = inverse - xi.T @ phi @ xi
        information = np.array([[np.trace(proj @ one @ proj @ two) for two in g] for one in g]) / 2
        w = np.linalg.inv(information)
        inner = np.einsum("rs,rsab->ab", w, q) - np.einsum("rs,rab,bc,scd->ad", w, p, phi, p)
        adjusted = phi + 2 * phi @ inner @ phi
        moved = np.array([np.diag(phi @ one @ phi) for one in p]) / np.diag(phi)
        a = np.einsum("rk,rs,sk->k", moved, w, moved)
        return adjusted, 2 / a  # for one contrast their formula comes down to this

    def satterthwaite(self, values: Array) -> Array:
        """df of each term by itself, derivatives by differences."""
        hessian = second_differences(self.criterion, values)
        moved = first_differences(lambda at: np.diag(self.covariance(at)), values)
        spread = 2 * np.linalg.inv(hessian)
        return 2 * np.diag(self.covariance(values)) ** 2 / np.einsum("rk,rs,sk->k", moved, spread, moved)


def make_dense(
    rows: pl.DataFrame, x: list[pl.Expr], random: tuple[Random, ...], *, weights: str | None, reml: bool
) -> Dense:
    """`rows`: complete, with an outcome `y`; `x`: the fixed columns, none of them in the others' span."""
    count = rows.height
    names, parts, z, groups, keys = [], [], {}, {}, []
    for level in random:
        keys.append(level.group)
        whole = rows.select(keys).rows()
        groups[level.group] = sorted(set(whole))
        belongs = np.array([[one == other for other in groups[level.group]] for one in whole], dtype=float)
        own = {"intercept": belongs}
        if level.slope is not None:
            own[level.slope] = belongs * rows[level.slope].cast(pl.Float64).to_numpy()[:, None]
        z |= {(level.group, term): column for term, column in own.items()}
        for term, column in own.items():
            names.append((level.group, term, None))
            parts.append(column @ column.T)
        if level.slope is not None and level.correlated:
            names.append((level.group, "intercept", level.slope))
            cross = own["intercept"] @ own[level.slope].T
            parts.append(cross + cross.T)
    weight = rows[weights].to_numpy().astype(float) if weights else np.ones(count)
    names.append(("residual", "intercept", None))
    parts.append(np.diag(1 / weight))
    fixed = rows.select(expression.cast(pl.Float64).alias(f"{at}") for at, expression in enumerate(x))
    y = rows["y"].to_numpy().astype(float)
    return Dense(y, fixed.to_numpy(), np.array(parts), names, z, groups, reml)


def variances_of(fit: Fit, dense: Dense) -> Array:
    """The fit's variances and covariances, in the order of the dense model's parts."""
    table = {
        (row["group"], frozenset({row["term"], row["other"]} - {None})): row["variance"]
        for row in fit.components.to_dicts()
    }
    assert len(table) == len(dense.names)
    return np.array([table[group, frozenset({term, other} - {None})] for group, term, other in dense.names])


def first_differences(function, at: Array, *, step: float = 1e-5) -> Array:
    """Derivative of a function by each entry of `at`, which comes first."""
    moves = np.diag(step * np.maximum(np.abs(at), 0.01))
    return np.array([(function(at + one) - function(at - one)) / (2 * np.abs(one).max()) for one in moves])


def second_differences(function, at: Array, *, step: float = 1e-3) -> Array:
    """Second derivatives of a number, by differences of fourth order."""
    reach, weights = (-2, -1, 1, 2), (1 / 12, -8 / 12, 8 / 12, -1 / 12)
    moves = np.diag(step * np.maximum(np.abs(at), 0.01))
    out = np.empty((len(at), len(at)))
    for r, one in enumerate(moves):
        for s, two in enumerate(moves[: r + 1]):
            found = sum(
                w * u * function(at + a * one + b * two)
                for a, w in zip(reach, weights, strict=True)
                for b, u in zip(reach, weights, strict=True)
            )
            out[r, s] = out[s, r] = found / (np.abs(one).max() * np.abs(two).max())
    return out
