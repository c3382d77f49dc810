"""Courses: means over patients along weeks (or any other number), by group, with what they rest on."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.cells import t_reach
from analytics.vocabulary.errors import InputError

COURSES = {
    "measure": pl.String, "group": pl.String, "at": pl.Float64, "patients": pl.Int64, "value": pl.Float64,
    "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip
# As many as a released number needs (METHODS 4): the mean of fewer nearly shows one of them.
LEAST = 8
ALL = "all"


def courses(
    rows: pl.DataFrame, measures: str | list[str], *, along: str = "week", by: str | None = None
) -> pl.DataFrame:
    """One row is the patients of one `group` at one point of `along`: their mean of one measure.

    `measures`: columns of numbers, or of yes and no (then the mean is a share). `by`: a column of groups.
    Each patient counts once at a point, with the mean of the rows there; `low` and `high` are a 95 % t
    interval over patients, which takes patients as unrelated: that clinics differ is not in it. `value` is
    empty where fewer than 8 patients are. Observed, not modelled: who is seen may differ from point to point.

    >>> import polars as pl
    >>> weeks = pl.DataFrame({"patient_id": [f"p{at}" for at in range(8)], "week": 1, "pain": [4.0, 6.0] * 4})
    >>> courses(weeks, "pain").select("at", "patients", "value").rows()
    [(1.0, 8, 5.0)]
    """
    names = [measures] if isinstance(measures, str) else measures
    wanted = ["patient_id", along, *names, *([by] if by else [])]
    unknown = [name for name in wanted if name not in rows.columns]
    if unknown:
        raise InputError(f"The data have no column '{unknown[0]}'.")
    group = pl.col(by).cast(pl.String).fill_null("unknown") if by else pl.lit(ALL)
    long = pl.concat(
        rows.select(
            "patient_id", pl.lit(name).alias("measure"), group.alias("group"),
            pl.col(along).cast(pl.Float64).alias("at"), pl.col(name).cast(pl.Float64).alias("value"),
        )
        for name in names
    ).drop_nulls(["at", "value"])  # fmt: skip
    found = (
        long.group_by("measure", "group", "at", "patient_id")
        .agg(pl.col("value").mean())
        .sort("measure", "group", "at", "patient_id")  # so that sums have the same last digits each time
        .group_by("measure", "group", "at", maintain_order=True)
        .agg(patients=pl.len(), value=pl.col("value").mean(), error=pl.col("value").std() / pl.len().sqrt())
    )
    reach = t_reach(found["patients"]) * found["error"]
    enough = pl.col("patients") >= LEAST
    ends = found.with_columns(low=pl.col("value") - reach, high=pl.col("value") + reach)
    told = ends.with_columns(pl.when(enough).then(pl.col("value", "low", "high")))
    order = pl.Enum(names)
    return told.select(pl.col(name).cast(kind) for name, kind in COURSES.items()).sort(
        pl.col("measure").cast(order), "group", "at"
    )


def shares(rows: pl.DataFrame, has: str, *, by: str, along: str | None = None) -> pl.DataFrame:
    """One row is one group (at one point of `along`): the share of patients of whom `has` is ever true.

    As `courses`, with Wilson's 95 % interval (Brown, Cai and DasGupta 2001, Stat Sci 16:101), which stays
    between 0 and 1 where hardly anybody or nearly everybody has it.

    >>> import polars as pl
    >>> people = pl.DataFrame({"patient_id": [f"p{at}" for at in range(10)], "risk": "low",
    ...                        "fell": [True] * 9 + [False]})
    >>> shares(people, "fell", by="risk").select("patients", "value", pl.col("low").round(3)).rows()
    [(10, 0.9, 0.596)]
    """
    point = pl.col(along).cast(pl.Float64) if along else pl.lit(0.0)
    ever = (
        rows.select("patient_id", pl.col(by).cast(pl.String).fill_null("unknown").alias("group"),
                    point.alias("at"), pl.col(has).cast(pl.Boolean).alias("has"))
        .drop_nulls(["at", "has"])
        .group_by("group", "at", "patient_id").agg(pl.col("has").any())
        .group_by("group", "at").agg(patients=pl.len(), value=pl.col("has").mean())
        .with_columns(measure=pl.lit(has))
    )  # fmt: skip
    z = float(stats.norm.ppf(0.975))
    n, p = pl.col("patients"), pl.col("value")
    middle, reach = p + z**2 / (2 * n), z * (p * (1 - p) / n + z**2 / (4 * n**2)).sqrt()
    told = ever.with_columns(
        low=(middle - reach) / (1 + z**2 / n), high=(middle + reach) / (1 + z**2 / n)
    ).with_columns(pl.when(n >= LEAST).then(pl.col("value", "low", "high")))
    return told.select(pl.col(name).cast(kind) for name, kind in COURSES.items()).sort("group", "at")


def histogram(values: pl.DataFrame, measure: str, *, bins: int = 20) -> pl.DataFrame:
    """One row is one of equal bins: its middle `at`, `patients` with a value in it, and its `width`.

    From the 1st to the 99th centile; those beyond count in the bins at the ends.

    >>> import polars as pl
    >>> histogram(pl.DataFrame({"x": [0.0, 0.0, 1.0]}), "x", bins=2)["patients"].to_list()
    [2, 1]
    """
    known = values[measure].drop_nulls().to_numpy()
    if not known.size:
        return pl.DataFrame(schema={"at": pl.Float64, "patients": pl.Int64, "width": pl.Float64})
    low, high = np.quantile(known, [0.01, 0.99])
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
    return pl.DataFrame(
        {"at": (edges[:-1] + edges[1:]) / 2, "patients": counts.astype(np.int64), "width": np.diff(edges)}
    )
