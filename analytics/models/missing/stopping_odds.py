"""Odds of stopping: what was seen in a patient before the rating that turned out to be the last."""

from __future__ import annotations

import polars as pl

from analytics.models.estimating.gee import fit_gee
from analytics.models.missing.writing import mark_weeks, of_episodes
from analytics.models.predictors import WORK, case_mix_terms, time_terms, varying
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit
from analytics.vocabulary.settings import Settings

# Our choice: a category counts by itself only with as many stops in it, and out of it; else it is one with
# the first. Ten events a term is the usual rule, five its lower end (Vittinghoff and McCulloch 2007, Am J
# Epidemiol 165: 710).
STOPS_NEEDED = 5
ODDS = {
    "term": pl.String, "odds_ratio": pl.Float64, "low": pl.Float64, "high": pl.Float64, "df": pl.Float64,
    "p": pl.Float64,
}  # fmt: skip


def stopping_weeks(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week, from 1 on, of a patient who was still writing before it; `stop`: and then was not.

    `last_pain`: the last rating before the week (NPRS); `change`: that less the rating before it, 0 where
    there was one only; `adherence`: of the week before (share, 0 where none was done, else empty). With
    case-mix and time. A week in which care ended, and a last week of which nobody can say whether it is a gap
    or a stop, is no row.
    """
    marked = mark_weeks(weeks, episodes, settings)
    ended = of_episodes(marked).select("episode_id", "out", "stopped")
    before = weeks.select("episode_id", pl.col("week") + 1, adherence=WORK["adherence"])
    seen = pl.col("pain").forward_fill().shift(1).over("episode_id", order_by="week")
    change = (pl.col("pain") - pl.col("pain").forward_fill().shift(1)).over("episode_id", order_by="week")
    rows = (
        marked.with_columns(last_pain=seen, moved=change)
        .with_columns(
            last_pain=pl.col("last_pain").fill_null(pl.col("baseline_pain")),
            change=pl.col("moved").forward_fill().shift(1).over("episode_id", order_by="week"),
        )
        .join(ended, on="episode_id", how="left", maintain_order="left")
        .filter(pl.col("week") > 0, (pl.col("week") < pl.col("out")) | _stops())
    )
    kept = rows.select(
        "clinic_id", "patient_id", "episode_id", "week", "last_pain",
        change=pl.col("change").fill_null(0.0), stop=_stops().cast(pl.Float64), **time_terms(settings),
    )  # fmt: skip
    whose = episodes.select("episode_id", **case_mix_terms())
    return kept.join(before, on=["episode_id", "week"], how="left", maintain_order="left").join(
        whose, on="episode_id", how="left", maintain_order="left"
    )


def _stops() -> pl.Expr:
    return (pl.col("week") == pl.col("out")) & pl.col("stopped")


def fit_stopping(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> Fit:
    """Log odds of stopping in a week, among those who still wrote: an association, not why they stopped.

    A discrete-time hazard: logistic over weeks at risk, clustered on the clinic, with errors for few clusters
    (see fit_gee). On last pain, its change, last week's adherence, time and case-mix. Raises InputError where
    nobody stopped, or the weeks are of one clinic only.

    >>> an.fit_stopping(weeks, cohort.episodes, settings).overall["converged"].item()
    True
    """
    rows = stopping_weeks(weeks, episodes, settings)
    seen = ("last_pain", "change", "adherence")
    complete = rows.drop_nulls(["last_pain", "baseline_pain"])
    if complete["adherence"].count() < 0.5 * complete.height:
        seen = seen[:2]
    usable = complete.drop_nulls(list(seen))
    if not usable["stop"].sum():
        raise InputError("Nobody stopped writing: there is nothing to model.")
    names = varying(usable, (*time_terms(settings), *seen, *case_mix_terms()))
    terms = [name for name in names if _is_told(usable, name)]
    return fit_gee(rows, f"stop ~ {' + '.join(terms or ['1'])}", cluster="clinic_id", working="independence")


def _is_told(rows: pl.DataFrame, name: str) -> bool:
    """A number, or a category with enough stops in it and out of it."""
    if rows[name].n_unique() > 2:
        return True
    stops = rows.group_by(name).agg(pl.col("stop").sum())["stop"]
    return bool(stops.min() >= STOPS_NEEDED)  # pyright: ignore[reportOperatorIssue, reportOptionalOperand]


def stopping_odds(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one term: by how much the odds of stopping are multiplied, a point or share more.

    Of a category: against the first. Above 1: stopping is likelier. With 95 % intervals, otherwise alike; see
    fit_stopping. No row where nothing can be fitted.

    >>> an.stopping_odds(weeks, cohort.episodes, settings)["term"].to_list()[:2]
    ['log_week', 'last_pain']
    """
    try:
        terms = fit_stopping(weeks, episodes, settings).terms.filter(pl.col("term") != "intercept")
    except InputError:
        return pl.DataFrame(schema=ODDS)
    turned = terms.with_columns(
        odds_ratio=pl.col("estimate").exp(), low=pl.col("low").exp(), high=pl.col("high").exp()
    )
    return turned.select(*ODDS)
