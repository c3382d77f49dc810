"""Claims of what was prescribed, and of how many did as advised: they describe, and test no benefit."""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.claims.fitting import (
    Found,
    NotMeasuredError,
    contrast,
    fit_claim,
    need_patients,
    sizes,
)
from analytics.models.claims.register import Claim
from analytics.models.claims.rows import ClaimRows


def of_plans(claim: Claim, rows: ClaimRows) -> Found:
    """What goes with the load of a new plan within the same patient: pain at prescription, or the week."""
    begun = pl.col("plan_from") != pl.col("plan_from").shift().over("episode_id")
    data = (
        rows.weeks.filter(begun.fill_null(value=True), pl.col("plan_load").is_not_null())
        .with_columns(plan_week=pl.col("week").cast(pl.Float64))
        .select("clinic_id", "patient_id", "episode_id", "plan_load", "plan_pain", "plan_week", *rows.fixed)
    )
    name = claim.exposure
    data = data.drop_nulls([name, "plan_load", "baseline_pain"])
    need_patients(data, of="plans with " + ", ".join(claim.needs))
    mean = pl.col(name).mean().over("episode_id").alias("mean")
    data = data.with_columns(mean).with_columns(within=pl.col(name) - pl.col("mean"))
    time = [column for column in rows.fixed if column.startswith("time_")] if name == "plan_pain" else []
    others = [column for column in rows.fixed if not column.startswith(("time_", *rows.time))]
    fit = fit_claim(data, outcome="plan_load", terms=("within", "mean", *time, *others))
    return contrast(fit, {"within": claim.step}, data)


def of_share(claim: Claim, rows: ClaimRows) -> Found:
    """Patients in 100 who reach `step`, with an interval that knows that patients share clinics.

    A ratio of clinics' sums (Cochran 1977, Sampling Techniques, section 11.8), t with clinics less one; with
    one clinic the patients stand for themselves. Where nobody or everybody does, Clopper and Pearson's exact
    interval of that.
    """
    reached = (pl.col(claim.exposure) >= claim.step).cast(pl.Float64)
    told = rows.patients.select("clinic_id", "patient_id", reached=reached).drop_nulls()
    if not told.height:
        raise NotMeasuredError(f"no episode tells {', '.join(claim.needs)} in its first week")
    need_patients(told, of=", ".join(claim.needs))
    units = ["clinic_id"] if told["clinic_id"].n_unique() > 1 else ["clinic_id", "patient_id"]
    sums = told.group_by(units, maintain_order=True).agg(y=pl.col("reached").sum(), n=pl.len()).sort(units)
    y, n = sums["y"].to_numpy(), sums["n"].to_numpy().astype(float)
    share, k, total = y.sum() / n.sum(), len(y), n.sum()
    se = float(np.sqrt(k / (k - 1) * ((y - share * n) ** 2).sum()) / total)
    half = stats.t.ppf(0.975, k - 1) * se
    low, high, p = share - half, share + half, 0.0
    if share in (0.0, 1.0):
        low, high = (0.0, 1 - 0.025 ** (1 / total)) if share == 0 else (0.025 ** (1 / total), 1.0)
        p = float(stats.binomtest(int(y.sum()), int(total), claim.null / 100).pvalue)
    else:
        p = float(2 * stats.t.sf(abs(share - claim.null / 100) / se, k - 1))
    found = {"estimate": share, "se": se, "low": max(low, 0.0), "high": min(high, 1.0)}
    of = sizes(told) | {"weeks": 0}
    return Found(**{name: 100 * value for name, value in found.items()}, df=float(k - 1), p=p, **of)
