"""Week to week: each patient-week beside the one before and the one after, and done beside planned."""

from __future__ import annotations

import polars as pl

KEYS = ["clinic_id", "patient_id", "episode_id", "week"]


def _before(name: str) -> pl.Expr:
    return pl.col(name).shift().over("episode_id")


def _after(name: str) -> pl.Expr:
    return pl.col(name).shift(-1).over("episode_id")


# Points (NPRS) by which pain before the week's first session is above last week's mean: above 0 is worse.
# None of the week's own work can have changed it.
pain_rise = (pl.col("pain_first") - _before("pain")).alias("pain_rise")
# Hundreds of CR-10 x minutes: last week's load, and how much more this week's is.
load_before = (_before("load") / 100).alias("load_before")
load_rise = ((pl.col("load") - _before("load")) / 100).alias("load_rise")
# Of the week that follows: share of the plan done (0 to 1, a silent week is 0); 1 where a flare-up was told.
adherence_next = _after("adherence_capped").alias("adherence_next")
flare_next = _after("flare").alias("flare_next")


def week_to_week(weeks: pl.DataFrame, practice: pl.DataFrame) -> pl.DataFrame:
    """One row is one week of one episode, with its practice, beside the week before and the week after.

    `weeks`: PatientWeeks, a row for every week of an episode, so that the row before is the week before.
    `practice`: weekly_practice. Adds `pain_rise` (points), `load_before` and `load_rise` (hundreds of CR-10 x
    minutes), `adherence_next` (share), `flare_next` (1 yes, 0 no) and `log_week`, log(1 + week). Empty at the
    ends of an episode, and where either week is.

    >>> keys = {"clinic_id": "a", "patient_id": "p", "episode_id": "e", "week": [0, 1]}
    >>> weeks = pl.DataFrame(keys | {"pain": [6.0, 5.0], "load": [100.0, 150.0], "adherence_capped": 1.0})
    >>> practice = pl.DataFrame(keys | {"pain_first": [6.0, 7.0], "flare": [0.0, 1.0]})
    >>> week_to_week(weeks, practice).select("pain_rise", "load_rise", "flare_next").rows()
    [(None, None, 1.0), (1.0, 0.5, None)]
    """
    rows = weeks.join(practice, on=KEYS, how="left").sort(KEYS)
    return rows.with_columns(
        pain_rise, load_before, load_rise, adherence_next, flare_next,
        log_week=pl.col("week").cast(pl.Float64).log1p(),
    )  # fmt: skip


def planned_and_done(weeks: pl.DataFrame, practice: pl.DataFrame) -> pl.DataFrame:
    """Two rows are one week: what its plan asked for (`kind` "planned") and what was logged ("done").

    `rpe` (CR-10; done: the mean of the week's sessions), `minutes` a week, `load` (CR-10 x minutes). A silent
    week that an export covers has 0 minutes and load done, and no effort.

    >>> keys = {"clinic_id": "a", "patient_id": "p", "episode_id": "e", "week": [0]}
    >>> weeks = pl.DataFrame(keys | {"mean_rpe": [4.0], "minutes": [40.0], "load": [160.0]})
    >>> practice = pl.DataFrame(keys | {"plan_rpe": [3.0], "plan_minutes": [60.0], "plan_load": [180.0]})
    >>> planned_and_done(weeks, practice).select("kind", "load").rows()
    [('planned', 180.0), ('done', 160.0)]
    """
    asked = practice.select(
        *KEYS, rpe="plan_rpe", minutes="plan_minutes", load="plan_load", kind=pl.lit("planned")
    )
    done = weeks.select(*KEYS, "minutes", "load", rpe="mean_rpe", kind=pl.lit("done"))
    both = pl.concat([asked, done.select(asked.columns)])
    return both.sort(*KEYS, "kind", descending=[False] * len(KEYS) + [True])
