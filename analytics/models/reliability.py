"""Reliability of pain ratings: how much of a first rating is there again, how surely, and what follows.

Regression to the mean is (1 - reliability) of the distance from the mean of all (Barnett 2005, IJE 34:215).
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.regression_to_mean import INTAKE, MIN_PAIRS, NEXT_WEEK, expected_regression

RELIABILITY = {
    "ratings": pl.String, "pairs": pl.Int64, "reliability": pl.Float64, "low": pl.Float64,
    "high": pl.Float64, "correlation": pl.Float64, "mean": pl.Float64, "sd": pl.Float64,
}  # fmt: skip
EXPECTED = {
    "group": pl.String, "at": pl.Float64, "value": pl.Float64, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip


def rating_pairs(eligible: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """One row is one patient's two ratings of pain with little time between (NPRS): `first` and `again`.

    `ratings`: intake and week 0 (days apart), or week 0 and week 1 (a week, in which treatment has begun).
    A patient with several episodes counts with the first of them.
    """
    pain = [
        weeks.filter(pl.col("week") == at).select("episode_id", pl.col("pain").alias(f"week_{at}"))
        for at in (0, 1)
    ]
    rated = eligible.sort("patient_id", "starts_on", "episode_id").unique("patient_id", keep="first")
    for ratings in pain:
        rated = rated.join(ratings, on="episode_id", how="left")
    intake = rated.filter(pl.col("baseline_source") == "intake")
    parts = ((INTAKE, intake, "baseline_pain", "week_0"), (NEXT_WEEK, rated, "week_0", "week_1"))
    return pl.concat(
        part.drop_nulls([first, again]).select(
            pl.lit(name).alias("ratings"), "clinic_id", "patient_id", first=first, again=again
        )
        for name, part, first, again in parts
    ).sort("ratings", "patient_id")


def reliability(pairs: pl.DataFrame) -> pl.DataFrame:
    """One row is one kind of pair: the share of a first rating's distance from the mean that is there again.

    The slope of the second on the first, with a 95 % interval that lets the scatter differ along the scale
    (HC3: MacKinnon and White 1985, J Econometrics 29:305); `correlation` beside it, which also falls where
    high or low ratings are left out. `mean`, `sd`: of first ratings, NPRS. Fewer than 30 pairs make no row.

    >>> import polars as pl
    >>> same = pl.DataFrame({"ratings": "x", "first": [3.0, 5.0, 7.0] * 20, "again": [3.0, 5.0, 7.0] * 20})
    >>> reliability(same)["reliability"].round(3).to_list()
    [1.0]
    """
    rows = []
    for name, part in pairs.sort("ratings").group_by("ratings", maintain_order=True):
        x, y = part["first"].to_numpy(), part["again"].to_numpy()
        if x.size < MIN_PAIRS or not np.ptp(x):
            continue
        away, sxx = x - x.mean(), ((x - x.mean()) ** 2).sum()
        slope = away @ y / sxx
        left = y - y.mean() - slope * away
        lever = 1 / x.size + away**2 / sxx
        error = np.sqrt((away**2 * (left / (1 - lever)) ** 2).sum()) / sxx
        reach = stats.t.ppf(0.975, x.size - 2) * error
        both = float(np.corrcoef(x, y)[0, 1]) if np.ptp(y) else None
        ends = [min(max(end, 0.0), 1.0) for end in (slope - reach, slope + reach)]
        rows.append([name[0], x.size, slope, *ends, both, x.mean(), x.std(ddof=1)])
    return pl.DataFrame(rows, schema=RELIABILITY, orient="row")


def expected_falls(told: pl.DataFrame, *, measurements: tuple[int, ...] = (1, 2, 3)) -> pl.DataFrame:
    """One row is one cutoff `at` (NPRS): how far those chosen for so much pain fall by that alone.

    By Barnett's formula, chosen by a first rating or by the mean of several (`group`); `low` and `high` go
    with the ends of the reliability's interval. `told`: one row of `reliability`. Ratings are taken as
    normal, which pain on a scale that ends at 10 is not quite: near the end it says a little too much.

    >>> import polars as pl
    >>> one = pl.DataFrame([["x", 60, 0.7, 0.6, 0.8, 0.7, 6.0, 2.0]], schema=RELIABILITY, orient="row")
    >>> expected_falls(one, measurements=(1,)).filter(pl.col("at") == 7)["value"].round(2).to_list()
    [0.68]
    """
    if not told.height:
        return pl.DataFrame(schema=EXPECTED)
    row = told.row(0, named=True)
    spread = (row["mean"], row["sd"])
    rows = []
    for count in measurements:
        name = "one rating" if count == 1 else f"mean of {count} ratings"
        for at in np.arange(10, 19) / 2:
            value, most, least = (
                expected_regression(spread, row[which], cutoff=float(at), measurements=count)
                for which in ("reliability", "low", "high")
            )
            rows.append([name, float(at), value, least, most])
    return pl.DataFrame(rows, schema=EXPECTED, orient="row")
