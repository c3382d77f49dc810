"""Shares of patients with intervals that know that patients of one clinic are alike."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

SHARES = ("share", "low", "high", "patients", "clinics", "design_effect")
# A design effect is taken from shares between these: nearer to 0 or 1 a handful of patients decides it, and
# the mean of the others' stands in for it (our choice).
TELLING = (0.1, 0.9)
Z95 = float(stats.norm.ppf(0.975))


def clustered_shares(patients: pl.DataFrame, rules: dict[str, pl.Expr]) -> pl.DataFrame:
    """One row is one rule in one `group`: the share of its patients who meet it, with 95 % interval.

    `patients`: one row a patient, with clinic_id and group. `rules`: true, false or empty of each patient, by
    name. The interval is Wilson's at the effective number of patients: theirs over the `design_effect`, with
    t in place of the normal quantile (Korn and Graubard 1998, Surv Methodol 24: 193; Dean and Pagano 2015,
    J Surv Stat Methodol 3: 484). The variance between clinics and its df are Bell and McCaffrey's (2002, Surv
    Methodol 28: 169), for few clinics of unequal size. Never narrower than Wilson's own, which is the
    interval where there is one clinic.
    """
    counted = patients.group_by("group", "clinic_id").agg(
        *(rule.sum().alias(f"met {name}") for name, rule in rules.items()),
        *(rule.count().alias(f"of {name}") for name, rule in rules.items()),
    )
    keys = ["group", "clinic_id"]
    parts = [counted.select(*keys, name=pl.lit(name), met=f"met {name}", of=f"of {name}") for name in rules]
    cells = pl.concat(parts).filter(pl.col("of") > 0).cast({"met": pl.Float64, "of": pl.Float64})
    n, total = pl.col("of"), pl.col("of").sum().over("group", "name")
    part = n / total
    off = pl.col("met") - n * pl.col("met").sum().over("group", "name") / total
    pair = part**2 / (1 - part)
    found = (
        cells.sort("group", "name", "clinic_id")
        .with_columns(square=off**2 / (1 - part), own=part**2, pair=pair)
        .group_by("group", "name", maintain_order=True)
        .agg(
            pl.col("square", "own", "pair").sum(),
            share=pl.col("met").sum() / n.sum(),
            patients=n.sum(),
            clinics=pl.len().cast(pl.Int64),
            pairs=pl.col("pair").sum() ** 2 - (pl.col("pair") ** 2).sum(),
        )
    )
    return _with_intervals(
        found.with_columns(design_effect=_design_effect(), df=1 / pl.sum_horizontal("own", "pairs"))
    )


def _design_effect() -> pl.Expr:
    """Variance of the share between clinics over that of patients drawn at random; 1 for one clinic."""
    share, several = pl.col("share"), pl.col("clinics") > 1
    ratio = pl.col("square") / (pl.col("patients") * share * (1 - share))
    telling = several & share.is_between(*TELLING)
    mean = pl.when(telling).then(ratio).mean().over("group")
    return pl.when(telling).then(ratio).otherwise(mean).fill_null(1.0)


def _with_intervals(found: pl.DataFrame) -> pl.DataFrame:
    share, several = found["share"].to_numpy(), found["clinics"].to_numpy() > 1
    t = np.where(several, stats.t.ppf(0.975, found["df"].fill_nan(1.0).to_numpy()), Z95)
    wide = np.maximum(found["design_effect"].to_numpy() * t**2, Z95**2) / found["patients"].to_numpy()
    middle = (share + wide / 2) / (1 + wide)
    reach = np.sqrt(wide * share * (1 - share) + wide**2 / 4) / (1 + wide)
    return found.with_columns(
        low=pl.Series((middle - reach).clip(0, 1)),
        high=pl.Series((middle + reach).clip(0, 1)),
        patients=pl.col("patients").cast(pl.Int64),
    ).select("group", "name", *SHARES)
