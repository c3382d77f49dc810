"""Standing: how each clinic stands beside its expectation, with the limits of chance; never a rank."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray
from scipy import stats

from analytics.models.expectation import Expectation
from analytics.models.funnel import mean_limits, widened, with_overdispersion
from analytics.models.shrinkage import LEAST, rank_intervals, restricted_likelihood, shrunken
from analytics.vocabulary.signals import BETTER, SAME, TOO_LITTLE, WORSE

Array = NDArray[np.float64]
Known = NDArray[np.bool_]  # which clinics are compared

ALERT, ALARM = "outside 95 %", "outside 99.8 %"
LIMITS = ("low_95", "high_95", "low_998", "high_998")  # in the order of funnel.LEVELS
DRAWN_IN = ("shrunken", "shrunken_low", "shrunken_high", "rank_low", "rank_high")
POINTS = 80  # of a funnel's curves at most


def stand(
    made: Expectation, known: Known, *, tau: float, kind: str, seed: int
) -> tuple[float | None, pl.DataFrame]:
    """The sd between clinics (REML), and one row a clinic; empty what it is not known to be compared by."""
    between, drawn = _drawn_in(made, known, seed=seed)
    limits = _limits(made, made.sizes[known], made.factor[known], tau)
    bounds = {f"limit_{name}": limits[:, at] for at, name in enumerate(LIMITS)}
    columns = {"difference": made.difference[known]} | drawn | bounds
    found = pl.DataFrame(
        {"clinic_id": made.clinics, "patients": made.sizes, "observed": made.observed}
        | _observed_interval(made, kind=kind)
        | {name: _placed(values, known) for name, values in columns.items()},
        schema_overrides={"clinic_id": pl.String},
    ).with_columns(pl.selectors.float().fill_nan(None))
    return between, _judged(found, target=made.target, kind=kind)


def _limits(made: Expectation, sizes: NDArray[np.int64], factor: Array, tau: float) -> Array:
    """Limits of a difference by chance: one row a number of patients."""
    if not sizes.size:
        return np.empty((0, len(LIMITS)))
    own = mean_limits(made.pool, sizes.tolist()) * factor[:, None]
    return with_overdispersion(own * widened(made.df), tau)


def _drawn_in(made: Expectation, known: Known, *, seed: int) -> tuple[float | None, dict[str, Array]]:
    """Each compared clinic's difference as empirical Bayes leaves it, with the interval of its rank."""
    difference, errors = made.difference[known], made.errors[known]
    if difference.size < LEAST:
        return None, dict.fromkeys(DRAWN_IN, np.full(difference.size, np.nan))
    pooled = restricted_likelihood(difference, errors)
    middle, error = shrunken(difference, errors, pooled)
    reach = stats.norm.ppf(0.975) * error
    ranks = rank_intervals(middle, error, seed=seed)
    found = zip(DRAWN_IN, (middle, middle - reach, middle + reach, *ranks), strict=True)
    return float(np.sqrt(pooled.tau2)), dict(found)


def _placed(values: Array, known: Known) -> Array:
    """A value for every clinic; nothing where it is not compared."""
    whole = np.full(known.size, np.nan)
    whole[known] = values
    return whole


def _observed_interval(made: Expectation, *, kind: str) -> dict[str, Array]:
    """95 % interval of the observed mean: t over patients; of a share Wilson's (1927, JASA 22:209)."""
    n, middle = made.sizes.astype(np.float64), made.observed
    if kind == "mean":
        reach = stats.t.ppf(0.975, n - 1) * made.spread / np.sqrt(n)  # nothing of one patient
    else:
        z = stats.norm.ppf(0.975)
        reach = z * np.sqrt(middle * (1 - middle) / n + (z / n / 2) ** 2) / (1 + z**2 / n)
        middle = (middle + z**2 / n / 2) / (1 + z**2 / n)
    return {"low": middle - reach, "high": middle + reach}


def _judged(found: pl.DataFrame, *, target: float | None, kind: str) -> pl.DataFrame:
    """With expected and adjusted, the interval of the difference, signal and flag: all by the same limits."""
    gap = pl.col("difference")
    outside = [(gap < pl.col(f"limit_low_{at}")) | (gap > pl.col(f"limit_high_{at}")) for at in ("95", "998")]
    signal = (
        pl.when(gap.is_null()).then(pl.lit(TOO_LITTLE))
        .when(~outside[0]).then(pl.lit(SAME))
        .when(gap > 0).then(pl.lit(BETTER))
        .otherwise(pl.lit(WORSE))
    )  # fmt: skip
    flag = pl.when(outside[1]).then(pl.lit(ALARM)).when(outside[0]).then(pl.lit(ALERT)).otherwise(pl.lit(""))
    lowest, highest = (0.0, 1.0) if kind == "share" else (None, None)
    return found.with_columns(
        expected=pl.col("observed") - gap,
        difference_low=gap - pl.col("limit_high_95"),
        difference_high=gap - pl.col("limit_low_95"),
        signal=signal,
        flag=flag,
    ).with_columns(
        (pl.lit(target) + pl.col(f"difference{end}")).clip(lowest, highest).alias(f"adjusted{end}")
        for end in ("", "_low", "_high")
    )


def funnel_curves(made: Expectation, known: Known, *, tau: float, step: int) -> pl.DataFrame:
    """One row is a number of patients, a multiple of `step`, and the limits of a clinic of so many.

    Of a clinic whose patients are as like the network's as is usual; each clinic's own limits are with it.
    From half of the smallest clinic to twice the largest, so that where they end tells nobody's size.
    """
    sizes, factor, people = made.sizes[known], made.factor[known], int(made.sizes.sum())
    share = 1 - sizes / max(people, 1)
    usual = float(np.median(factor / np.sqrt(share))) if sizes.size else 1.0
    low, high = (int(sizes.min()) // 2, 2 * int(sizes.max())) if sizes.size else (1, 0)
    every = step * max(1, (high - low) // step // POINTS)
    grid = np.arange(max(low // step, 2) * step, high + every, every) if sizes.size else np.empty(0, np.int64)
    chance = usual * np.sqrt(np.clip(1 - grid / max(people, 1), 0, 1))
    limits = _limits(made, grid, chance, tau)
    return pl.DataFrame({"patients": grid} | {name: limits[:, at] for at, name in enumerate(LIMITS)})
