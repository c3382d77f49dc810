"""What may leave: small numbers of patients are emptied, the others rounded, before anything is drawn.

The rule is NHS Digital's for hospital statistics: 1-7 suppressed, the rest rounded to the nearest 5.
Rounding is what keeps an emptied number from being worked out: totals and the other parts beside it, or the
network less the other clinics, are each known only to within half a step. Settings whose rounding does not do
that are refused; where several numbers together pin one down all the same, `pinned` empties one more. In the
exclusion flow an emptied step also enters no printed total. Means come from `models/differencing`.
"""

from __future__ import annotations

import polars as pl

from analytics.exhibits.pinned import without_pinned_counts
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Disclosure


def release_cells(cells: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Cells that may leave, same rows: a share is rounded patients / rounded `of`; means have 2 decimals."""
    refuse_rules_that_hide_nothing(rules)
    share, mean = pl.col("kind") == "share", pl.col("kind") == "mean"
    patients, of = printed("patients", rules), printed("of", rules)
    hidden = patients.is_null() | (share & of.is_null())
    counted = cells.with_columns(
        patients=pl.when(~hidden).then(patients), of=pl.when(~hidden).then(of)
    ).with_columns(pl.when(mean & (pl.col("patients") > 0)).then(two_decimals("value", "low", "high")))
    ratio = pl.col("patients") / pl.col("of")  # never above 1: rounding keeps order
    shown = counted.with_columns(
        value=pl.when(mean).then("value").when(share).then(pl.when(pl.col("of") > 0).then(ratio))
        .otherwise(pl.col("patients").cast(pl.Float64))
    )  # fmt: skip
    return without_pinned_counts(typed_as(cells, shown), rules)


def release_flow(flow: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """The flow that may leave. Each printed row still adds up: entered = left + remained, an empty one as 0.

    Totals are made upwards from what the last step leaves and from the printed losses, so that an emptied
    loss is in no total; they may differ by a few from the same number elsewhere. A clinic of too few patients
    is empty throughout, its lines and sessions too.
    """
    refuse_rules_that_hide_nothing(rules)
    patients = pl.when(pl.col("stage") == "patients").then("remained").min().over("clinic_id")
    episodes = pl.when(pl.col("stage") == "episodes").then("entered").max().over("clinic_id")
    few = pl.any_horizontal(_small(people, rules).fill_null(False) for people in (patients, episodes))
    nodes = {name: printed(name, rules) for name in ("entered", "remained")}
    lost = pl.when(~_small(pl.col("patients_left"), rules).fill_null(False)).then(printed("left", rules))
    ordered = flow.sort("clinic_id", "order", maintain_order=True)
    parts = ordered.with_columns(
        left=lost,
        patients_left=pl.when(lost.is_not_null()).then(printed("patients_left", rules)),
        top=nodes["entered"],
        bottom=nodes["remained"],
        # a chain of sums ends where the unit changes and at a number that is not shown
        chain=pl.any_horizontal(
            pl.col("entered") != pl.col("remained").shift(),
            nodes["entered"].is_null(),
            nodes["remained"].is_null(),
        ).fill_null(True).cum_sum().over("clinic_id"),
        few=few,
    )  # fmt: skip
    links = ["clinic_id", "chain"]
    below = pl.col("left").fill_null(0).cum_sum(reverse=True).over(links)
    end = pl.col("bottom").last().over(links)
    whole = parts.with_columns(
        entered=pl.when(pl.col("top").is_not_null()).then(pl.coalesce(end + below, "top")),
        remained=pl.when(pl.col("bottom").is_not_null()).then(end + below - pl.col("left").fill_null(0)),
    )
    counts = ["entered", "left", "remained", "patients_left"]
    shown = whole.with_columns(pl.when(~pl.col("few")).then(pl.col(counts)))
    return typed_as(flow, shown.select(flow.columns))


def release_quality(quality: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Counts of lines that may leave: both counts are empty where either is small."""
    refuse_rules_that_hide_nothing(rules)
    counts = ["lines", "patients"]
    hidden = pl.any_horizontal(printed(name, rules).is_null() for name in counts)
    shown = quality.with_columns(pl.when(~hidden).then(printed(name, rules)).alias(name) for name in counts)
    return typed_as(quality, shown)


def printed(name: str, rules: Disclosure) -> pl.Expr:
    """A count as it may be printed: 0, or the nearest multiple that is not below the floor; else empty."""
    count, step = pl.col(name).cast(pl.Int64), rules.round_to
    least = -(-rules.min_patients // step) * step
    nearest = (2 * count + step) // (2 * step) * step
    enough = pl.when(count >= rules.min_patients).then(nearest.clip(least))
    return pl.when(count == 0).then(0).otherwise(enough).alias(name)


def typed_as(before: pl.DataFrame, after: pl.DataFrame) -> pl.DataFrame:
    """The second frame, in the types of the first."""
    return after.cast(dict(before.schema))  # pyright: ignore[reportArgumentType]


def _small(count: pl.Expr, rules: Disclosure) -> pl.Expr:
    return (count > 0) & (count < rules.min_patients)


def two_decimals(*names: str) -> pl.Expr:
    """Means as they leave."""
    return pl.col(*names).fill_nan(None).round(2).replace(-0.0, 0.0)  # a rounded -0.001 has no sign


def four_figures(frame: pl.DataFrame) -> pl.DataFrame:
    """A model's numbers as they leave."""
    return frame.with_columns(pl.selectors.float().fill_nan(None).round_sig_figs(4))


def refuse_rules_that_hide_nothing(rules: Disclosure) -> None:
    """Every small count must share its printed picture (a part and the total) with another small count."""
    floor, step = rules.min_patients, rules.round_to
    small = pl.DataFrame({"small": range(1, floor)})
    part = pl.DataFrame({"part": range(floor, floor + 6 * step)})
    pictures = small.join(part, how="cross").with_columns(total=pl.col("small") + pl.col("part"))
    shown = pictures.with_columns(printed("part", rules), printed("total", rules))
    whole = shown.filter(pl.col("part") <= floor + 4 * step)  # the last class is cut by the range
    if whole.group_by("part", "total").agg(pl.col("small").n_unique())["small"].min() == 1:
        raise ConfigurationError(
            f"disclosure: min_patients = {floor} with round_to = {step} would let a number that is not shown "
            "be worked out from those that are. Use min_patients = 8 and round_to = 5."
        )
