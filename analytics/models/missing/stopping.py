"""Stopping: who wrote on and who did not, with those whose care ended kept apart."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.missing.draws import Array
from analytics.models.missing.writing import mark_weeks, of_episodes
from analytics.vocabulary.settings import Settings

COURSE = {
    "week": pl.Int32, "at_risk": pl.Int64, "stops": pl.Int64, "ends": pl.Int64, "hazard": pl.Float64,
    "writing": pl.Float64, "left": pl.Float64, "stopped": pl.Float64, "low": pl.Float64,
    "high": pl.Float64,
}  # fmt: skip
BEFORE = {
    "weeks_before": pl.Int32, "episodes": pl.Int64, "stopped": pl.Float64, "stayed": pl.Float64,
    "difference": pl.Float64, "se": pl.Float64, "df": pl.Float64, "low": pl.Float64, "high": pl.Float64,
}  # fmt: skip
LOOK_BACK = 5  # weeks before stopping that are shown; our choice: earlier ones few patients have


def writing_on(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week: shares of patients still writing, stopped, and whose care ended while they wrote.

    By the life table, care's end a competing event (Aalen and Johansen 1978, Scand J Stat 5: 141): shares of
    all who began, which add up to 1; whoever has not yet come so far by `as_of` is censored. `stops`: of
    those `at_risk`, who rated their pain for the last time the week before, with two weeks of care or more
    unrated from then on; whether the last week is a gap or a stop is not told, so nobody stops in it.
    `hazard`: stops / at risk. `low`, `high`: 95 % interval of `stopped`, by leaving out one clinic at a time,
    on the scale of log(-log); empty with fewer than three clinics.

    >>> an.writing_on(weeks, cohort.episodes, settings)["writing"].is_sorted(descending=True)
    True
    """
    horizon = settings.definitions.horizon_weeks
    whose = of_episodes(mark_weeks(weeks, episodes, settings))
    counts = _counts(whose, horizon)  # (kind, clinic, week)
    if not counts.shape[1]:
        return pl.DataFrame(schema=COURSE)
    total = counts.sum(axis=1)
    state = _states(total)
    rest = np.array([_states(total - counts[:, at])["stopped"] for at in range(counts.shape[1])])
    low, high = _jackknifed(state["stopped"], rest)
    risk, stops, ends = (total[at].astype(int) for at in range(3))
    columns: dict[str, Any] = {
        "week": np.arange(1, horizon + 1), "at_risk": risk, "stops": stops, "ends": ends,
        **state, "low": low, "high": high,
    }  # fmt: skip
    table = pl.DataFrame(columns, nan_to_null=True).filter(pl.col("at_risk") > 0)
    return table.select(*COURSE).cast(COURSE)  # pyright: ignore[reportArgumentType]


def _counts(whose: pl.DataFrame, horizon: int) -> Array:
    """At risk, stops and ends of care by clinic and week from 1 on."""
    clinics = whose["clinic_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    out = whose["out"].to_numpy()
    shape = (int(clinics.max()) + 1 if len(clinics) else 0, horizon + 2)
    place = clinics * shape[1] + np.minimum(out, horizon + 1)
    kinds = [np.ones(len(out), bool), whose["stopped"].to_numpy(), whose["left"].to_numpy()]
    alls, stops, ends = (
        np.bincount(place[kind], minlength=shape[0] * shape[1]).reshape(shape) for kind in kinds
    )
    later = alls[:, ::-1].cumsum(axis=1)[:, ::-1] - alls
    return np.stack([later + stops + ends, stops, ends])[:, :, 1 : horizon + 1].astype(float)


def _states(counts: Array) -> dict[str, Array]:
    """Hazard, and shares writing, stopped and left at the end of each week."""
    risk, stops, ends = counts
    with np.errstate(divide="ignore", invalid="ignore"):
        hazard, leaving = (np.nan_to_num(kind / risk) for kind in (stops, ends))
    writing = np.cumprod(1 - hazard - leaving)
    before = np.append(1.0, writing[:-1])
    stopped, left = np.cumsum(before * hazard), np.cumsum(before * leaving)
    return {"hazard": hazard, "writing": writing, "left": left, "stopped": stopped}


def _jackknifed(whole: Array, rest: Array) -> tuple[Array, Array]:
    """95 % t interval of a share from its values without each clinic; NaN where none can be told."""
    count = len(rest)
    if count < 3:
        return np.full_like(whole, np.nan), np.full_like(whole, np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        middle, around = (np.log(-np.log(values)) for values in (whole, rest))
        error = np.sqrt((count - 1) / count * ((around - around.mean(axis=0)) ** 2).sum(axis=0))
        reach = stats.t.ppf(0.975, count - 1) * error
        ends = [np.exp(-np.exp(middle + side * reach)) for side in (1, -1)]
    return ends[0], ends[1]


def before_stopping(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week before the last rating (0 is the last): pain of those about to stop, and of others.

    `stopped`: mean weekly pain (NPRS) of who then stopped; `stayed`: mean in the same weeks of who did not,
    weighted as those weeks are among the stopped. Week 0 and what follows. `difference`, positive: those
    about to stop were in more pain; its 95 % interval by leaving out one clinic at a time (t, clinics less
    one), empty with fewer than three clinics.

    >>> an.before_stopping(weeks, cohort.episodes, settings)["weeks_before"].to_list()
    [0, 1, 2, 3, 4]
    """
    marked = mark_weeks(weeks, episodes, settings)
    ended = of_episodes(marked).select("episode_id", "stopped")
    rated = (
        marked.filter("rated")
        .join(ended, on="episode_id")
        .with_columns(weeks_before=pl.col("last_rated") - pl.col("week"))
    )
    own = rated.filter("stopped", pl.col("weeks_before") < LOOK_BACK)
    if not own.height or not rated.filter(~pl.col("stopped")).height:
        return pl.DataFrame(schema=BEFORE)
    lags, clinics = np.sort(own["weeks_before"].unique().to_numpy()), rated["clinic_id"].unique().sort()
    mine = _sums(own, clinics, settings, by=lags)
    others = _sums(rated.filter(~pl.col("stopped")), clinics, settings, by=None)
    whole = _about(mine.sum(axis=1), others.sum(axis=1))
    rest = [
        _about(mine.sum(axis=1) - mine[:, at], others.sum(axis=1) - others[:, at])
        for at in range(len(clinics))
    ]
    se = _error(whole, rest)
    df = float(len(clinics) - 1)
    reach = stats.t.ppf(0.975, max(df, 1)) * se
    difference = whole[0] - whole[1]
    columns: dict[str, Any] = {
        "weeks_before": lags, "episodes": mine[1].sum(axis=(0, 2)).astype(int), "stopped": whole[0],
        "stayed": whole[1], "difference": difference, "se": se, "df": np.full(len(lags), df),
        "low": difference - reach, "high": difference + reach,
    }  # fmt: skip
    table = pl.DataFrame(columns, nan_to_null=True).select(*BEFORE).cast(BEFORE)  # pyright: ignore
    return table.sort("weeks_before")


def _sums(rows: pl.DataFrame, clinics: pl.Series, settings: Settings, *, by: Array | None) -> Array:
    """Sum of pain and number of rows by clinic, weeks before the last rating (where asked) and week."""
    named = pl.DataFrame({"clinic_id": clinics}).with_row_index("clinic")
    placed = rows.join(named, on="clinic_id", how="left", maintain_order="left")
    lag = np.zeros(rows.height, int) if by is None else np.searchsorted(by, placed["weeks_before"].to_numpy())
    shape = (len(clinics), 1 if by is None else len(by), settings.definitions.horizon_weeks + 1)
    place = np.ravel_multi_index((placed["clinic"].to_numpy(), lag, placed["week"].to_numpy()), shape)
    sums = [
        np.bincount(place, weight, minlength=int(np.prod(shape)))
        for weight in (placed["pain"].to_numpy(), np.ones(rows.height))
    ]
    return np.stack(sums).astype(float).reshape(2, *shape)


def _about(mine: Array, others: Array) -> tuple[Array, Array]:
    """Means of those about to stop, and of the others in the same weeks."""
    (pain, count), (theirs, of) = mine, others
    with np.errstate(divide="ignore", invalid="ignore"):
        weekly = theirs[0] / of[0]
        weight = np.where(of[0] > 0, count, 0.0)
        stayed = (weight * np.nan_to_num(weekly)).sum(axis=-1) / weight.sum(axis=-1)
        return pain.sum(axis=-1) / count.sum(axis=-1), stayed


def _error(whole: tuple[Array, Array], rest: list[tuple[Array, Array]]) -> Array:
    if len(rest) < 3:
        return np.full_like(whole[0], np.nan)
    gaps = np.array([mine - others for mine, others in rest])
    return np.sqrt((len(rest) - 1) / len(rest) * ((gaps - gaps.mean(axis=0)) ** 2).sum(axis=0))
