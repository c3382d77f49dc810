"""Splines: curves that may bend between knots and are straight beyond the outermost ones.

Restricted cubic splines in the form of Harrell 2015, Regression Modeling Strategies, section 2.4.5.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import polars as pl

from analytics.vocabulary.errors import InputError

# Quantiles of four knots: Harrell 2015, table 2.3.
FOUR_KNOTS = (0.05, 0.35, 0.65, 0.95)
# Our choice: knots nearer than this share of the whole distance bend at the rounding of a value.
APART = 0.01


def spline_knots(values: pl.Series) -> tuple[float, ...]:
    """Where a curve of these values may bend: their 5th, 35th, 65th and 95th centile, in their unit.

    One value is one patient's. Missing values are left out. Raises InputError where the four do not differ:
    such values tell a line at most.
    """
    known = values.cast(pl.Float64).fill_nan(None).drop_nulls()
    found = [known.quantile(share, "linear") for share in FOUR_KNOTS] if len(known) else [0.0, 0.0]
    knots = tuple(float(knot) for knot in found if knot is not None)
    if min(after - before for before, after in pairwise(knots)) <= APART * (knots[-1] - knots[0]):
        raise InputError(f"{values.name!r} has too few different values for a curve of four knots.")
    return knots


def spline_terms(name: str, knots: Sequence[float]) -> dict[str, pl.Expr]:
    """The columns of a curve of the column `name`: itself, and a bend for each knot but the last two.

    They are called `<name>`, `<name>_bend1`, ... A bend is 0 up to its knot, straight after the last one, and
    in the unit of the column: cubes are divided by the square of the distance of the outermost knots.
    """
    value = pl.col(name).cast(pl.Float64)
    first, *_, before, last = knots

    def cubed(knot: float) -> pl.Expr:
        return (value - knot).clip(lower_bound=0).pow(3)

    def bend(knot: float) -> pl.Expr:
        outer, inner = (last - knot) / (last - before), (before - knot) / (last - before)
        return (cubed(knot) - outer * cubed(before) + inner * cubed(last)) / (last - first) ** 2

    return {name: value} | {f"{name}_bend{at}": bend(knot) for at, knot in enumerate(knots[:-2], 1)}
