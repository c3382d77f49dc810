"""XmR charts: which numbers over time are more than the up and down of chance, by NHSRplotthedots' rules.

The limits are those of R/ptd_spc_standard.R of nhs-r-community/NHSRplotthedots ("Making Data Count"). They
are never set anew on a change: only a person who knows its cause may do that. A period without a number is
left out; its neighbours then stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from analytics.models.special_cause import KEY, TINY, with_signals
from analytics.vocabulary.results import ControlChart
from analytics.vocabulary.signals import TOO_LITTLE

LIMIT = 2.66  # 3 / d2 with d2 = 1.128 for moving ranges of two: three standard deviations by the mean range
NEAR = 2 * LIMIT / 3  # two standard deviations
SCREEN = 3.267  # D4 of ranges of two: a larger moving range is no chance and must not widen the limits
FIRM = 12  # points from which limits move little; "trial limits" below
FEWEST = 5  # "as few as five or six values": Wheeler, Making Sense of Data; below, no limits at all


def control_chart(
    series: pl.DataFrame,
    *,
    better: Mapping[str, int] | None = None,
    targets: Mapping[str, float] | None = None,
    ranges: Mapping[str, tuple[float, float]] | None = None,
) -> ControlChart:
    """The XmR chart of each clinic and measure. One row of `series` is a period; an empty value is a gap.

    `better` says of a measure whether a rise (1, the default), a fall (-1) or neither (0) is better. Limits
    end where the measure's range does: no share is above 1.

    >>> an.control_chart(an.monthly_series(eligible, cohort.episodes, settings)).icons["measure"].n_unique()
    5
    """
    aims = {measure: float(target) for measure, target in (targets or {}).items()}
    series = series.sort(*KEY, "month").with_columns(
        pl.col(KEY).cast(pl.String),
        pl.col("value").cast(pl.Float64),
        target=_looked_up(aims, pl.lit(None, dtype=pl.Float64)),
    )
    told = with_limits(series.drop_nulls("value"))
    good = _looked_up(dict(better or {}), pl.lit(1))
    flagged = with_signals(told).with_columns(meaning=_meaning(pl.col("direction") * good))
    found = [name for name in flagged.columns if name not in series.columns]
    whole = series.join(flagged.select(*KEY, "month", *found), on=[*KEY, "month"], how="left")
    limits = ["points", "trial", "centre", "lower", "upper", "near_lower", "near_upper"]
    points = whole.with_columns(
        pl.col(limits).fill_null(strategy="forward").fill_null(strategy="backward").over(KEY),
        pl.col("signal", "meaning").fill_null(""),
        pl.col("direction").fill_null(0),
    ).with_columns(pl.col("points").fill_null(0), pl.col("trial").fill_null(True), *_within(ranges or {}))
    return ControlChart(points.sort(*KEY, "month"), _icons(points, good))


def with_limits(told: pl.DataFrame, *, screen: bool = True) -> pl.DataFrame:
    """Centre, limits and two thirds of the way to them, from all points of a chart; empty with too few.

    `screen` leaves out moving ranges above 3.267 times their mean, once.
    """
    moved = pl.col("value").diff().abs().over(KEY)
    kept = pl.col("moved") <= SCREEN * pl.col("moved").mean().over(KEY) + TINY
    usual = pl.when(kept if screen else pl.lit(True)).then("moved").mean().over(KEY)
    mean = pl.when(pl.len().over(KEY) >= FEWEST).then(pl.col("value").mean().over(KEY))
    centre, reach = pl.col("centre"), pl.col("usual")
    return (
        told.with_columns(moved=moved)
        .with_columns(centre=mean, usual=usual, points=pl.len().over(KEY).cast(pl.Int64))
        .with_columns(
            lower=centre - LIMIT * reach,
            upper=centre + LIMIT * reach,
            near_lower=centre - NEAR * reach,
            near_upper=centre + NEAR * reach,
            trial=pl.col("points") < FIRM,
        )
        .drop("moved", "usual")
    )


def _meaning(towards_better: pl.Expr) -> pl.Expr:
    return (
        pl.when(pl.col("signal") == "").then(pl.lit(""))
        .when(towards_better > 0).then(pl.lit("improving"))
        .when(towards_better < 0).then(pl.lit("concerning"))
        .otherwise(pl.lit("changed"))
    )  # fmt: skip


def _within(ranges: Mapping[str, tuple[float, float]]) -> list[pl.Expr]:
    least, most = (
        _looked_up({measure: float(ends[at]) for measure, ends in ranges.items()}, pl.lit(beyond))
        for at, beyond in ((0, float("-inf")), (1, float("inf")))
    )
    return [
        pl.col("lower", "near_lower").clip(lower_bound=least),
        pl.col("upper", "near_upper").clip(upper_bound=most),
    ]


def _looked_up(values: Mapping[str, float], default: pl.Expr) -> pl.Expr:
    if not values:
        return default
    return pl.col("measure").replace_strict(values, default=default)


def _icons(points: pl.DataFrame, good: pl.Expr) -> pl.DataFrame:
    """One row is one chart in icons: the variation of its last point, the target against its last limits."""
    told = points.drop_nulls("value")
    side = (pl.col("value") - pl.col("centre")).sign().cast(pl.String)
    way = pl.when(pl.col("signal").is_in(["rising", "falling"])).then("signal").otherwise(side)
    stretch = way.rle_id().over(KEY)
    last = told.with_columns(
        since=pl.col("month").first().over(*KEY, stretch),
        run=pl.len().over(*KEY, stretch),
        marked=(pl.col("signal") != "").sum().over(KEY),
        patients=pl.col("patients").sum().over(KEY),
    ).group_by(KEY, maintain_order=True).last()  # fmt: skip
    bare = points.group_by(KEY, maintain_order=True).last().join(last, on=KEY, how="anti").with_columns(
        pl.lit(None).cast(told.schema["month"]).alias("since"),
        run=pl.lit(0, dtype=last.schema["run"]),
        marked=pl.lit(0, dtype=last.schema["marked"]),
        patients=pl.lit(None, dtype=last.schema["patients"]),
    )  # fmt: skip
    no_limits = pl.col("centre").is_null()
    variation = pl.when(pl.col("meaning") == "").then(pl.lit("common cause")).otherwise("meaning")
    return (
        pl.concat([last, bare.select(last.columns)])
        .with_columns(
            variation=pl.when(no_limits).then(pl.lit(TOO_LITTLE)).otherwise(variation),
            assurance=_assurance(good),
        )
        .drop("value", "met", "near_lower", "near_upper", "meaning", strict=False)
        .sort(KEY)
    )


def _assurance(good: pl.Expr) -> pl.Expr:
    """Whether the target lies beyond the last limits, and on which side of them."""
    target, beyond = pl.col("target"), pl.lit("will be met")
    above, below = target > pl.col("upper"), target < pl.col("lower")
    met = pl.when(good > 0).then(below).otherwise(above)
    missed = pl.when(good > 0).then(above).otherwise(below)
    return (
        pl.when(target.is_null() | (good == 0)).then(pl.lit("no target"))
        .when(pl.col("centre").is_null()).then(pl.lit(TOO_LITTLE))
        .when(met).then(beyond)
        .when(missed).then(pl.lit("will be missed"))
        .otherwise(pl.lit("may or may not be met"))
    )  # fmt: skip
