"""What may leave of the comparison of clinics, and of the funnel that it is drawn in."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.disclosure import (
    four_figures,
    printed,
    refuse_rules_that_hide_nothing,
    two_decimals,
    typed_as,
)
from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.signals import TOO_LITTLE

# On the clinic's own level: moved together with a share that is printed from rounded counts.
LEVEL = ("observed", "low", "high", "expected")
ENDS = ("difference_low", "difference_high")
# Shares, and what runs over no more than a point or two: two decimals would say nothing.
SMALL = (pl.col("kind") == "share") | pl.col("measure").is_in(["adherence", "function_EQ5D5L"])


def release_benchmark(clinics: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Clinics against expectation, as may leave: below the floor a row keeps its key, without a number.

    Patients are rounded. An observed share is rounded patients over rounded patients, and what is expected
    moves with it, so that the difference stays what it was and no count can be worked out; where few patients
    had the outcome, its numbers are empty and its signal stays. The end of an interval that excludes 0 is not
    rounded to 0.
    """
    refuse_rules_that_hide_nothing(rules)
    floats = [name for name, dtype in clinics.schema.items() if dtype.is_float()]
    ranks = [name for name in clinics.columns if name.startswith("rank_")]
    few = pl.col("patients").is_null() | pl.col("_patients").is_null()
    share, empty = pl.col("kind") == "share", pl.col("_had").is_null()
    counted = clinics.with_columns(
        _patients=printed("patients", rules), _had=(pl.col("observed") * pl.col("patients")).round()
    ).with_columns(_had=printed("_had", rules))
    moved = pl.col("_had") / pl.col("_patients") - pl.col("observed")
    level = [name for name in LEVEL if name in clinics.columns]
    shown = (
        counted.with_columns(
            pl.when(share).then((pl.col(name) + moved).clip(0, 1)).otherwise(name).alias(name)
            for name in level
        )
        .with_columns(_rounded(name) for name in floats)
        .with_columns(
            pl.when(few | (share & empty)).then(None).otherwise(pl.col(name)).alias(name)
            for name in (*floats, *ranks)
        )
        .with_columns(
            patients="_patients",
            **{
                name: pl.when(few).then(pl.lit(said)).otherwise(name)
                for name, said in {"signal": TOO_LITTLE, "flag": ""}.items()
                if name in clinics.columns
            },
        )
    )
    return typed_as(clinics, shown.select(clinics.columns))


def _rounded(name: str) -> pl.Expr:
    """Two decimals, three of a share; an end of an interval on the side of 0 where it was."""
    near = pl.when(SMALL).then(pl.col(name).round(3).replace(-0.0, 0.0)).otherwise(two_decimals(name))
    if name not in ENDS:
        return near.alias(name)
    least = pl.when(SMALL).then(0.001).otherwise(0.01)
    lost = (near == 0) & (pl.col(name) != 0)
    return pl.when(lost).then(pl.col(name).sign() * least).otherwise(near).alias(name)


def release_funnel(
    limits: pl.DataFrame, comparison: pl.DataFrame, rules: Disclosure
) -> dict[str, pl.DataFrame]:
    """`funnel_limits` and `comparison` as may leave: of measures of enough patients, by rounded numbers.

    The limits are of clinics of any size, at multiples of the rounding; none stands below the floor.
    """
    refuse_rules_that_hide_nothing(rules)
    numbers = [name for name in comparison.columns if comparison.schema[name].is_float()]
    told = comparison.with_columns(_rounded(name) for name in numbers).with_columns(
        printed("patients", rules)
    )
    shown = told.with_columns(pl.when(pl.col("patients").is_not_null()).then(pl.col(numbers)))
    drawn = limits.filter(pl.col("patients") >= rules.min_patients).join(
        shown.drop_nulls("patients"), on="measure", how="semi", maintain_order="left"
    )
    return {"funnel_limits": four_figures(drawn), "comparison": typed_as(comparison, shown)}
