"""Design: which columns, groups and random effects a mixed model has, before any row is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from analytics.models.formula import INTERCEPT, Formula, term_expression, term_name

Array = NDArray[np.floating]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Random:
    """Random effects of one level: each `group` has its own intercept and, where named, its own `slope`.

    `correlated`: intercept and slope vary together, freely; else each by itself.

    >>> an.Random("episode_id", slope="log_week").correlated
    True
    """

    group: str
    slope: str | None = None
    correlated: bool = True


@dataclass(frozen=True, slots=True)
class Level:
    """One level's place in Z: its columns, and the entries (row, column) of its covariance that are free."""

    group: str
    columns: tuple[int, ...]
    entries: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Design:
    """What is asked of the rows: the formula, and Z: a column of ones and one for each of `slopes`."""

    formula: Formula
    random: tuple[Random, ...]
    weights: str | None
    slopes: tuple[str, ...]
    levels: tuple[Level, ...]

    @property
    def groups(self) -> tuple[str, ...]:
        """The columns that tell the groups apart, outermost first."""
        return tuple(level.group for level in self.levels)

    @property
    def names(self) -> tuple[str, ...]:
        """The fixed terms, the intercept first."""
        first = (INTERCEPT,) if self.formula.intercept else ()
        return (*first, *(term_name(term) for term in self.formula.terms))

    @property
    def centred(self) -> bool:
        """Whether the slopes may be centred: only where each varies freely with an intercept."""
        return all(one.slope is None or one.correlated for one in self.random)

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that are read as numbers."""
        fixed = [name for term in self.formula.terms for name in term]
        weight = [self.weights] if self.weights else []
        return tuple(dict.fromkeys([self.formula.outcome, *fixed, *self.slopes, *weight]))

    def columns(self) -> list[pl.Expr]:
        """A row under our own names: groups `g0`.., terms `x0`.., outcome `y`, slopes `z0`.., weight `w`."""
        x = [term_expression(term) for term in self.formula.terms]
        y, z = term_expression((self.formula.outcome,)), [term_expression((name,)) for name in self.slopes]
        named = [column.alias(f"x{at}") for at, column in enumerate(x)]
        named += [y.alias("y"), *(column.alias(f"z{at}") for at, column in enumerate(z))]
        if self.weights:
            named.append(term_expression((self.weights,)).alias("w"))
        groups = [pl.selectors.by_name(name).as_expr().alias(f"g{at}") for at, name in enumerate(self.groups)]
        return [*groups, *(column.fill_nan(None) for column in named)]


def make_design(formula: Formula, random: tuple[Random, ...], weights: str | None) -> Design:
    """The design of a formula and its random effects, outermost first."""
    slopes = tuple(dict.fromkeys(one.slope for one in random if one.slope is not None))
    levels = []
    for one in random:
        own = [] if one.slope is None else [1 + slopes.index(one.slope)]
        entries = [(0, 0), *((at, 0) for at in own if one.correlated), *((at, at) for at in own)]
        levels.append(Level(one.group, (0, *own), tuple(entries)))
    return Design(formula, random, weights, slopes, tuple(levels))
