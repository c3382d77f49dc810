"""Regression to the mean: who is chosen for having much pain has less later, even if nothing is done.

Barnett, van der Pols and Dobson 2005 (Int J Epidemiol 34:215): of a measurement's distance from the mean of
all, the share that is not reliable is lost at the next one.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.cells import one_per_patient, t_reach, with_network
from analytics.vocabulary.records import NETWORK

# Bands of baseline pain, NPRS: severe (7 and more: Palos 2006, J Pain 7:49) and below. Two bands,
# since few patients begin below 4, and a band of few takes its neighbour with it when it may not be shown.
# A patient with several episodes goes by their mean.
BANDS = {"1-6.9": (0.0, 7.0), "7-10": (7.0, 11.0)}
EVERYBODY = "all"
# Our choice: a correlation of fewer pairs says too little to be drawn on a figure.
MIN_PAIRS = 30
INTAKE, NEXT_WEEK = "intake and week 0", "week 0 and week 1"
BEFORE_AFTER = {
    "clinic_id": pl.String, "band": pl.String, "patients": pl.Int32, "baseline": pl.Float64,
    "outcome": pl.Float64, "fall": pl.Float64, "low": pl.Float64, "high": pl.Float64,
    "expected_from_regression": pl.Float64, "mean_start": pl.Float64, "reliability": pl.Float64,
    "reliability_from": pl.String,
}  # fmt: skip


def expected_regression(
    spread: tuple[float, float],
    reliability: float,
    *,
    cutoff: float,
    above: bool = True,
    measurements: int = 1,
) -> float:
    """How far the mean of those chosen moves back towards the mean of all (Barnett 2005, equation 1).

    `spread`: mean and standard deviation of single measurements in all. Chosen: whoever is above (below) the
    cutoff, by the mean of so many measurements. `reliability`: correlation of two measurements of a person
    with no change between them. Positive: towards the mean. Measurements are taken to be normal.
    """
    mean, sd = spread
    between, within = reliability * sd**2, (1 - reliability) * sd**2 / measurements
    total = np.sqrt(between + within)
    z = (cutoff - mean) / total * (1 if above else -1)
    return float(within / total * np.exp(stats.norm.logpdf(z) - stats.norm.logsf(z)))


def reliability_of_start(eligible: pl.DataFrame, weeks: pl.DataFrame) -> tuple[float | None, str | None]:
    """Share of a baseline's distance from the mean that is there again at the next rating, and which that is.

    The slope of the second rating on the first. Unlike their correlation it stays the same where baselines
    below a limit are left out, and where the second is a mean of several ratings. The second is week 0's mean
    pain after an intake rating; where too few have both, week 1's after week 0's, though treatment may tell
    by then. Pain that is up for some weeks and goes by itself counts as the patient's own here: true
    regression is rather more than this. Empty with fewer than 30 pairs.
    """
    pain = [
        weeks.filter(pl.col("week") == at).select("episode_id", pl.col("pain").alias(name))
        for at, name in ((0, "week_0"), (1, "week_1"))
    ]
    rated = eligible.select("episode_id", "baseline_pain", "baseline_source")
    for ratings in pain:
        rated = rated.join(ratings, on="episode_id", how="left")
    rated = rated.sort("episode_id")
    taken = rated.filter(pl.col("baseline_source") == "intake")
    for pairs, first, then, name in (
        (taken, "baseline_pain", "week_0", INTAKE),
        (rated, "week_0", "week_1", NEXT_WEEK),
    ):
        both = pairs.drop_nulls([first, then])
        slope = both.select(pl.cov(first, then) / pl.col(first).var()).item() if both.height else None
        if both.height >= MIN_PAIRS and slope is not None and np.isfinite(slope):
            return min(max(float(slope), 0.0), 1.0), name
    return None, None


def before_after(eligible: pl.DataFrame, weeks: pl.DataFrame) -> pl.DataFrame:
    """One row is the patients of one clinic (or 'network') who began in one band of pain, or all of them.

    `baseline`, `outcome`, `fall` (their difference, positive is better; 95 % t interval): patients' means,
    NPRS points. `expected_from_regression`: points of a band's fall to be expected without any treatment,
    negative for a rise: (1 - `reliability`) x (`baseline` - `mean_start`, the mean of all patients at the
    start). For baselines cut off a normal distribution that is Barnett's formula, whose tail mean is the
    band's own mean here: bands have two ends, and pain is not normal. Empty where reliability is not known,
    and for all patients of a clinic: no rating chose them among each other. That patients come at all because
    pain is up moves `mean_start` too, which no journal tells.

    >>> "network" in an.before_after(eligible, weeks)["clinic_id"]
    True
    """
    told, source = reliability_of_start(eligible, weeks)
    rated = eligible.drop_nulls(["baseline_pain", "pain_reduction"]).sort(
        "clinic_id", "patient_id", "episode_id"
    )
    values = one_per_patient(with_network(rated), "baseline_pain", "pain_reduction")
    known = values.with_columns(
        mean_start=pl.col("baseline_pain").filter(pl.col("clinic_id") == NETWORK).mean(),
        reliability=pl.lit(told, pl.Float64),
        reliability_from=pl.lit(source, pl.String),
    )
    lost = (1 - pl.col("reliability")) * (pl.col("baseline") - pl.col("mean_start"))
    return (
        _by_band(known)
        .with_columns(expected_from_regression=pl.when(pl.col("band") != EVERYBODY).then(lost))
        .select(pl.col(name).cast(dtype) for name, dtype in BEFORE_AFTER.items())
        .sort("clinic_id", pl.col("band").cast(pl.Enum([*BANDS, EVERYBODY])))
    )


def _by_band(values: pl.DataFrame) -> pl.DataFrame:
    """Means over the patients of each band, and over all of them."""
    start = pl.col("baseline_pain")
    bands = [
        values.filter(start >= low, start < high).with_columns(band=pl.lit(band))
        for band, (low, high) in BANDS.items()
    ]
    whole = values.with_columns(band=pl.lit(EVERYBODY))
    same = ("mean_start", "reliability", "reliability_from")
    found = (
        pl.concat([*bands, whole])
        .group_by("clinic_id", "band", *same, maintain_order=True)
        .agg(
            pl.len().cast(pl.Int32).alias("patients"),
            baseline=start.mean(),
            fall=pl.col("pain_reduction").mean(),
            error=pl.col("pain_reduction").std() / pl.len().sqrt(),
        )
    )
    reach = t_reach(found["patients"]) * found["error"]
    return found.with_columns(
        outcome=pl.col("baseline") - pl.col("fall"), low=pl.col("fall") - reach, high=pl.col("fall") + reach
    )
