"""Writing: which weeks could have been rated, which of those were not, and since when nobody wrote."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.models.followup import began_in_time, followed
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.settings import Settings

WEEK = 7  # days
# Our choice: with one unrated week at the end nobody can tell a gap from a stop; two are called a stop.
STOPPED_FOR = 2
PATTERNS = (
    "rated every week",
    "gaps only",
    "stopped",
    "stopped, with gaps before",
    "never rated after week 0",
)


def mark_weeks(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week, from 0 to the horizon, of an episode that was in some pain at the start.

    `rated`: pain is known. `whole`: all seven days lie before discharge and are over by `as_of`. `asked`:
    rated or whole, a week of care that happened. `missing`: asked, not rated, after week 0: what may be
    imputed. Whether an export covers the week, or it is unknown, makes no difference to that. Weeks after
    discharge or in a next episode, cut by either, or not over by `as_of` are never missing: they are not
    there to be rated. `last_rated`, `last_asked`: weeks of the episode (0 where never rated).
    `since`: weeks since the last rating, in weeks after it (1 is the first); 0 before and in it.
    `began`: began a horizon before `as_of`. `left`: care ended, by discharge or a next episode, before the
    horizon and before `as_of`. `episodes`: all of them, not the eligible ones only: whoever was never rated
    again is missing too.

    >>> an.mark_weeks(weeks, cohort.episodes, settings).filter("missing")["week"].min()
    1
    """
    horizon = settings.definitions.horizon_weeks
    if "discharged_on" not in episodes.columns:
        raise InputError("The episodes need a column 'discharged_on': who was discharged is not missing.")
    whose = followed(episodes, settings).select(
        "episode_id", "starts_on", "discharged_on", "baseline_pain", began=began_in_time(settings)
    )
    keys = ("clinic_id", "patient_id", "episode_id", "week", "pain")
    frame = weeks.filter(pl.col("week") <= horizon).select(*keys).join(whose, on="episode_id")
    rated, asked = pl.col("pain").is_not_null(), pl.col("rated") | pl.col("whole")
    return (
        frame.sort("clinic_id", "patient_id", "episode_id", "week")
        .with_columns(rated=rated, whole=_is_whole(settings))
        .with_columns(asked=asked, missing=asked & ~pl.col("rated") & (pl.col("week") > 0))
        .with_columns(
            last_rated=pl.col("week").filter("rated").max().over("episode_id").fill_null(0),
            last_asked=pl.col("week").filter("asked").max().over("episode_id").fill_null(0),
        )
        .with_columns(
            since=(pl.col("week") - pl.col("last_rated")).clip(lower_bound=0),
            left=(pl.col("last_asked") < horizon) & ~_is_cut(settings),
        )
        .drop("discharged_on")
    )


def _is_whole(settings: Settings) -> pl.Expr:
    ends = pl.col("starts_on") + pl.duration(days=WEEK * pl.col("week") + WEEK - 1)
    in_care = (ends <= pl.col("discharged_on")).fill_null(True)
    return (ends <= pl.lit(settings.as_of)) & in_care


def _is_cut(settings: Settings) -> pl.Expr:
    """The week after the last that happened is not over by `as_of`."""
    ends = pl.col("starts_on") + pl.duration(days=WEEK * (pl.col("last_asked") + 1) + WEEK - 1)
    return ends > pl.lit(settings.as_of)


def of_episodes(marked: pl.DataFrame) -> pl.DataFrame:
    """One row is one episode: how it ended for whoever reads the journal.

    `out`: the first week after the last rating. `stopped`: from then on at least two weeks of care, and none
    rated. `left`: not stopped, and care ended. Neither: still writing at the horizon, or on `as_of`.
    `gaps`: unrated weeks before the last rating. `unrated`: all unrated weeks. `pattern`: of PATTERNS.
    """
    found = marked.group_by("clinic_id", "patient_id", "episode_id", maintain_order=True).agg(
        pl.col("began", "left", "last_rated", "last_asked").first(),
        gaps=(pl.col("missing") & (pl.col("week") < pl.col("last_rated"))).sum().cast(pl.Int64),
        unrated=pl.col("missing").sum().cast(pl.Int64),
    )
    behind = pl.col("last_asked") - pl.col("last_rated")
    return found.with_columns(
        out=pl.col("last_rated") + 1,
        stopped=behind >= STOPPED_FOR,
        left=pl.col("left") & (behind < STOPPED_FOR),
        pattern=_pattern(),
    )


def _pattern() -> pl.Expr:
    every, gaps, stopped, both, never = PATTERNS
    ended = pl.col("last_rated") < pl.col("last_asked")
    return (
        pl.when(ended & (pl.col("last_rated") == 0)).then(pl.lit(never))
        .when(ended & (pl.col("gaps") > 0)).then(pl.lit(both))
        .when(ended).then(pl.lit(stopped))
        .when(pl.col("gaps") > 0).then(pl.lit(gaps))
        .otherwise(pl.lit(every))
    )  # fmt: skip


def missing_patterns(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one way in which weeks of pain are missing, of all who began in time to be followed.

    `episodes` and their `share`; `unrated`: weeks of care without a rating, and their `share_of_unrated`.
    An unrated last week counts as a stop here. Weeks after discharge are not missing: see mark_weeks.

    >>> an.missing_patterns(weeks, cohort.episodes, settings)["pattern"].to_list()[:3]
    ['rated every week', 'gaps only', 'stopped']
    """
    whose = of_episodes(mark_weeks(weeks, episodes, settings)).filter("began")
    counted = whose.group_by("pattern").agg(
        episodes=pl.len().cast(pl.Int64), unrated=pl.col("unrated").sum().cast(pl.Int64)
    )
    named: dict[str, Any] = {"pattern": list(PATTERNS)}
    table = pl.DataFrame(named, schema={"pattern": pl.String}).join(
        counted, on="pattern", how="left", maintain_order="left"
    )
    filled = table.with_columns(pl.col("episodes", "unrated").fill_null(0))
    share = [
        (pl.col(name) / pl.col(name).sum()).fill_nan(None).alias(called)
        for name, called in {"episodes": "share", "unrated": "share_of_unrated"}.items()
    ]
    return filled.with_columns(share).select("pattern", "episodes", "share", "unrated", "share_of_unrated")
