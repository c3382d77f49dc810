"""What was done in each patient-week: kinds of exercise, muscles, pace, place, equipment, feedback, pain.

Each definition is a named expression over the sessions of one week, in time order. Shares are of the sessions
that tell: a session without the word is unknown, never "no" (METHODS 2: the states stay apart).
"""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from analytics.cohort.episodes import WHO
from analytics.cohort.planned import planned
from analytics.cohort.weeks import placed, week
from analytics.vocabulary.columns import EXERCISE_TYPES, PACES
from analytics.vocabulary.schema import Sessions
from analytics.vocabulary.weekly_practice import WeeklyPractice

KEYS = ["clinic_id", "patient_id", "episode_id", "week"]
# Front, back and base of the cylinder that holds the lumbar spine: Akuthota 2008, Curr Sports Med Rep 7:39.
CORE = ("abdominals", "gluteals", "back_extensors")
BALL = "stability_ball"
BALANCE_GEAR = ("balance_board", "balance_wall")
# Our choice: sessions of so many rows are held at once, whole clinics at a time; memory stays bounded.
AT_ONCE = 400_000


def _with(column: str, *words: str) -> pl.Expr:
    """Whether a session's list holds one of the words; empty where there is no list."""
    return pl.any_horizontal(pl.col(column).list.contains(word) for word in words)


def _yes(told: pl.Expr) -> pl.Expr:
    """1 where any session of the week has it, 0 where all tell that they have not, else empty."""
    return told.any(ignore_nulls=False).cast(pl.Float64)


_groups = pl.col("muscle_groups")
_core = pl.sum_horizontal(_groups.list.count_matches(word) for word in CORE)
_on_ball = _with("equipment", BALL)
_feedback = pl.col("feedback")
_delay = (pl.col("logged_at") - pl.col("performed_at")).dt.total_minutes() / 60

# Days of the week with a session, 0 to 7.
practice_days = pl.col("session_date").n_unique().cast(pl.Int32).alias("practice_days")
# Share of sessions with each kind of exercise, 0 to 1.
kinds = tuple(_with("exercise_types", kind).mean().alias(kind) for kind in EXERCISE_TYPES)
# Share of all muscle groups named in the week that are of the core, 0 to 1; a group counts once a session.
core = pl.when(_groups.list.len().sum() > 0).then(_core.sum() / _groups.list.len().sum()).alias("core")
# Share of sessions at each pace; "comfortable" is the article's.
paces = tuple((pl.col("pace") == pace).mean().alias(pace) for pace in PACES)
balance_gear = _with("equipment", *BALANCE_GEAR).mean().alias("balance_gear")
ball = _on_ball.mean().alias("ball")
# Days with the ball, 0 to 7, of the days that tell: the article asks for seven by the end of week 1.
ball_days = (
    pl.when(_on_ball.count() > 0)
    .then(pl.col("session_date").filter(_on_ball).n_unique())
    .cast(pl.Int32)
    .alias("ball_days")
)  # fmt: skip
feedback = _yes(_feedback != "none").alias("feedback")
written = _yes(_feedback == "written").alias("written")
verbal = _yes(_feedback.is_in(["verbal", "call"])).alias("verbal")
brace_hours = pl.col("brace_hours").mean().alias("brace_hours")
brace = (pl.col("brace_hours") > 0).mean().alias("brace")
traction = pl.col("traction").mean().alias("traction")
# Before any of the week's work: what may have driven its choice, and cannot have been changed by it.
pain_first = pl.col("pain_before").first().alias("pain_first")
pain_during = pl.col("pain_during").mean().alias("pain_during")
rise_during = (pl.col("pain_during") - pl.col("pain_before")).mean().alias("rise_during")
flare = _yes(pl.col("flare_up")).alias("flare")
# Hours, the longer the less is remembered (Stone 2003, Control Clin Trials 24:182: paper diaries).
logging_delay = _delay.median().alias("logging_delay")
level = pl.col("level").max().alias("level")

DONE = (
    practice_days, *kinds, core, *paces, balance_gear, ball, ball_days, feedback, written,
    verbal, brace_hours, brace, traction, pain_first, pain_during, rise_during, flare, logging_delay, level,
)  # fmt: skip


def weekly_practice(
    sessions: pl.LazyFrame | pl.DataFrame,
    plans: pl.DataFrame,
    *,
    weeks: pl.DataFrame,
    episodes: pl.DataFrame,
) -> pl.DataFrame:
    """One row is what was done, and asked for, in one week of one episode (WeeklyPractice).

    The rows of `weeks` (PatientWeeks), in the order of clinic, patient, episode and week. `sessions`: lazy
    where they are many; they are read a group of clinics at a time. `episodes`: all of them, not only the
    eligible. A week without a session has no practice, which is told by empty cells, and a plan all the same.

    >>> import analytics as an
    >>> study = an.sample_study()
    >>> weeks, episodes = study.frame("patient_weeks").collect(), study.frame("episodes").collect()
    >>> plans = study.frame("plans").collect()
    >>> practice = an.weekly_practice(study.frame("sessions"), plans, weeks=weeks, episodes=episodes)
    >>> practice.height == weeks.height
    True
    """
    done = [_done(part, episodes) for part in _parts(sessions.lazy())]
    told = pl.concat(done) if done else _done(Sessions.create_empty(), episodes)
    days = episodes.select("episode_id", "starts_on")
    rows = (
        weeks.select(*KEYS, home="home_share", supervised="supervised_share")
        .sort(KEYS)
        .join(told, on=["episode_id", "week"], how="left", maintain_order="left")
        .join(days, on="episode_id", how="left", maintain_order="left")
    )
    return WeeklyPractice.cast(planned(rows, plans).select(WeeklyPractice.column_names()))


def _done(sessions: pl.DataFrame, episodes: pl.DataFrame) -> pl.DataFrame:
    """One row is one week of an episode with a session."""
    known = sessions.join(episodes.select(WHO).unique(), on=WHO, how="semi", maintain_order="left")
    names = episodes.select("episode_id").with_row_index("episode")
    return (
        placed(known, episodes)
        .group_by("episode", week)
        .agg(*DONE)
        .drop_nulls("week")
        .join(names, on="episode", how="left")
        .drop("episode")
    )


def _parts(sessions: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The sessions, some clinics at a time."""
    counted = sessions.group_by("clinic_id").len().sort("clinic_id").collect()
    part = (counted["len"].cum_sum() - 1) // AT_ONCE
    for _, clinics in counted.group_by(part.alias("part"), maintain_order=True):
        yield sessions.filter(pl.col("clinic_id").is_in(clinics["clinic_id"].implode())).collect()
