"""What a claim's interval says, in words, by one rule that is written down before the data are seen.

The tests of benefit and harm are one family: the chance that any of them finds what is not there is held at
5 % (Holm 1979, Scand J Stat 6:65), by p values for "found", by Bonferroni's simultaneous intervals for "no
worthwhile difference". A row that describes what was done is judged by its own 95 % interval.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.multiplicity import adjust

ALPHA = 0.05  # as usual; of the whole family of claims, by Holm
FAMILY = "the article's claims of benefit or harm"
FOUND, OPPOSITE = "found", "the opposite is found"
SMALL = ", but small"
NOTHING, OPEN, UNMEASURED = "no worthwhile difference", "cannot be told", "not measured here"
VERDICTS = (FOUND, FOUND + SMALL, NOTHING, OPPOSITE + SMALL, OPPOSITE, OPEN, UNMEASURED)

_measured = pl.col("estimate").is_not_null()
_tested = pl.col("family") & _measured
# Above 0 for the article, in smallest differences worth having: the common scale of all claims.
_scale = pl.col("direction") / pl.col("worthwhile")


def judged(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with p_holm, q_bh, the family's intervals, the common scale, and the verdict in words.

    `rows`: one a claim with family, direction, worthwhile, null, alike, estimate, se, df, low, high, p,
    control and untold (why there is no estimate).
    """
    held = adjust(rows.select(p=pl.when(_tested).then("p")), family=FAMILY)
    rows = rows.hstack(held.select("p_holm", "q_bh", "tests").get_columns())
    wide = _family_width(rows)
    return (
        rows.with_columns(
            low_family=pl.when(_tested).then(pl.col("estimate") - wide).otherwise("low"),
            high_family=pl.when(_tested).then(pl.col("estimate") + wide).otherwise("high"),
        )
        .with_columns(**_scaled())
        .with_columns(verdict())
        .with_columns(speaks(), why())
    )


def _family_width(rows: pl.DataFrame) -> pl.Series:
    """Half of Bonferroni's simultaneous interval of all tests."""
    df, tests = (rows[name].cast(pl.Float64).to_numpy() for name in ("df", "tests"))
    beyond = stats.t.ppf(1 - ALPHA / (2 * np.maximum(1, tests)), df)
    return pl.Series(beyond).fill_nan(None) * rows["se"]


def _scaled() -> dict[str, pl.Expr]:
    on_scale = {
        name: (pl.col(of) - pl.col("null")) * _scale
        for name, of in (("scaled", "estimate"), ("a", "low_family"), ("b", "high_family"))
    }
    ends = (on_scale["a"], on_scale["b"])
    return {
        "scaled": on_scale["scaled"],
        "scaled_low": pl.min_horizontal(*ends),
        "scaled_high": pl.max_horizontal(*ends),
    }


def verdict() -> pl.Expr:
    """The verdict of each row. A negative control that finds something leaves a claim untold."""
    differs = pl.coalesce("p_holm", "p") <= ALPHA
    small = (pl.col("scaled_low") > -1) & (pl.col("scaled_high") < 1)
    spoilt = (pl.col("control") <= ALPHA).fill_null(value=False)
    way = pl.when(pl.col("scaled") > 0).then(pl.lit(FOUND)).otherwise(pl.lit(OPPOSITE))
    return (
        pl.when(~_measured).then(pl.coalesce("untold_as", pl.lit(UNMEASURED)))
        .when(spoilt).then(pl.lit(OPEN))
        .when(differs & small).then(way + pl.lit(SMALL))
        .when(differs).then(way)
        .when(small).then(pl.lit(NOTHING))
        .otherwise(pl.lit(OPEN))
        .alias("verdict")
    )  # fmt: skip


def speaks() -> pl.Expr:
    """Whether that speaks for the article: "for", "little", "against" or "open".

    "little": as the article says, but less than is worth having. Where the article claims no difference, none
    worth having speaks for it; where it claims one, that speaks against it.
    """
    found, alike = pl.col("verdict"), pl.col("alike")
    none_worth_having = found.is_in([NOTHING, FOUND + SMALL, OPPOSITE + SMALL])
    return (
        pl.when((alike & none_worth_having) | (found == FOUND)).then(pl.lit("for"))
        .when(found == FOUND + SMALL).then(pl.lit("little"))
        .when(none_worth_having | (found == OPPOSITE)).then(pl.lit("against"))
        .otherwise(pl.lit("open"))
        .alias("speaks")
    )  # fmt: skip


def _number(name: str) -> pl.Expr:
    """A number as it stands in a sentence: 0.5, 30."""
    return pl.col(name).cast(pl.String).str.strip_suffix(".0")


def why() -> pl.Expr:
    """One sentence on the rule that gave the verdict; of a test, the interval is the family's."""
    found = pl.col("verdict")
    none = pl.when(pl.col("null") == 0).then(pl.lit("no difference"))
    none = none.otherwise(pl.format("{} {}", _number("null"), "unit"))
    worth = pl.format("{} {}", _number("worthwhile"), "unit")
    held = pl.when("family").then(pl.lit(", with all tests counted,")).otherwise(pl.lit(""))
    differs = pl.format("p{} is at most 0.05: it differs from {}", held, none)
    spoilt = pl.lit(
        "the negative control found a difference too: pain of the week before cannot follow from what came "
        "after it, so those weeks were worse or better to begin with"
    )
    return (
        pl.when(~_measured).then(pl.col("untold"))
        .when((pl.col("control") <= ALPHA).fill_null(value=False)).then(spoilt)
        .when(found.is_in([FOUND + SMALL, OPPOSITE + SMALL]))
        .then(pl.format("{}, and the interval lies within {} of it", differs, worth))
        .when(found.is_in([FOUND, OPPOSITE])).then(differs)
        .when(found == NOTHING)
        .then(pl.format("the interval holds {} and lies within {} of it", none, worth))
        .otherwise(pl.format("the interval holds {} and reaches {} or more", none, worth))
        .alias("why")
    )  # fmt: skip
