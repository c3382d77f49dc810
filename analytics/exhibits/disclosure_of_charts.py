"""What may leave of a series over time, and of the chart that is made from it.

Two steps around the chart. First the periods of few patients are emptied, so that no limit rests on a number
that is not shown, and none can be worked out from a limit. Limits and signals are then made from exact
numbers, since rounded ones repeat themselves and make chance look small. Last, all that is printed is
rounded.
"""

from __future__ import annotations

import polars as pl

from analytics.exhibits.disclosure import (
    printed,
    refuse_rules_that_hide_nothing,
    two_decimals,
    typed_as,
)
from analytics.vocabulary.settings import Disclosure

LIMITS = ("centre", "lower", "upper", "near_lower", "near_upper")


def showable(series: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """The same periods, exact, without a number that may not leave: of few patients, or few who meet it."""
    refuse_rules_that_hide_nothing(rules)
    return series.with_columns(value=pl.when(~_hidden(rules)).then("value"))


def release_charts(points: pl.DataFrame, icons: pl.DataFrame, rules: Disclosure) -> dict[str, pl.DataFrame]:
    """The chart of a showable series as it may leave, same rows.

    Counts and their limits are in steps, shares are of rounded counts, means and other limits have two
    decimals.
    """
    refuse_rules_that_hide_nothing(rules)
    shown, kind = pl.col("value").is_not_null(), pl.col("kind")
    counts = [pl.when(shown).then(printed(name, rules)).alias(name) for name in ("patients", "met")]
    value = (
        pl.when(kind == "count").then(pl.col("patients").cast(pl.Float64))
        .when(kind == "share").then((pl.col("met") / pl.col("patients")).round(4))
        .otherwise(two_decimals("value"))
    )  # fmt: skip
    counted = points.with_columns(*counts, shown=shown)
    told = counted.with_columns(value=pl.when("shown").then(value)).drop("shown")
    rows = icons.with_columns(printed("patients", rules))
    return {
        "control_chart": typed_as(points, told.with_columns(_limits(LIMITS, rules))),
        "control_icons": typed_as(icons, rows.with_columns(_limits(LIMITS[:3], rules))),
    }


def _hidden(rules: Disclosure) -> pl.Expr:
    of_share = (pl.col("kind") == "share") & printed("met", rules).is_null()
    return pl.col("value").is_null() | printed("patients", rules).is_null() | of_share


def _limits(names: tuple[str, ...], rules: Disclosure) -> pl.Expr:
    """An exact mean of counts, times the periods, would be their exact sum."""
    steps = (pl.col(*names) / rules.round_to).round() * rules.round_to
    return pl.when(pl.col("kind") == "count").then(steps).otherwise(two_decimals(*names))
