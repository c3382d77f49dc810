"""Histories: what was known of a patient before each week's work, and whether pain was written down after it.

The order is: pain and work of earlier weeks, this week's sessions, next week's pain. Everything that a weight
may depend on comes before what it weighs; who stops writing is known by silence so far, never by the future.
"""

from __future__ import annotations

import polars as pl

from analytics.models.followup import followed
from analytics.models.predictors import case_mix_terms
from analytics.models.splines import spline_terms
from analytics.vocabulary.settings import Settings

WHO = ["clinic_id", "patient_id", "episode_id"]
# What was known before the week's work. Pain in NPRS points, shares 0 to 1, load in 100 CR-10 x minutes.
OWN = (
    "last_pain", "mean_pain", "weeks_unrated", "last_adherence", "mean_adherence", "last_load", "mean_load",
    "last_effort",
)  # fmt: skip
KNOWN = (*OWN, "asked", "clinic_adherence", "clinic_pain")
# The same once the week's work is done, before the next week's pain: for whether that is written down.
KNOWN_AFTER = tuple(f"{name}_after" for name in OWN) + KNOWN[len(OWN) :]


def histories(weeks: pl.DataFrame, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one week of work of a patient who keeps a journal, and the pain of the week after it.

    `week`: of the pain, from 1 to the horizon; the work is the week's before. `sessions` of `asked` sessions
    were done, `adherence` is their capped share, `effort` the mean load of a session (100 CR-10 x minutes;
    empty where none was done or rated). `pain`: empty where none was written. KNOWN: before the week's work,
    KNOWN_AFTER: after it. With them case-mix and `log_week`. Each row is a small trial of its own
    (sequential trials: Hernan 2008, Epidemiology 19: 766; Danaei 2013, Stat Methods Med Res 22: 70): it
    begins with a week after one in which something was written, so that nobody's silence is read ahead of
    time. Weeks that no export covers, or without a prescription, are no rows: their work is unknown.
    """
    last = settings.definitions.horizon_weeks
    theirs = followed(episodes, settings).select("episode_id", **case_mix_terms())
    rows = (
        weeks.filter(pl.col("week") <= last)
        .sort("clinic_id", "episode_id", "week")
        .join(theirs, on="episode_id", how="inner", maintain_order="left")
        .with_columns(**_work())
        .with_columns(**_known())
        .with_columns(**_later())
    )
    known = pl.col("adherence").is_not_null() & (pl.col("next_state") != "unknown")
    kept = rows.filter("is_next", "in_contact", known)
    named = kept.with_columns(
        week=pl.col("week") + 1,
        pain=pl.col("next_pain"),
        log_week=(pl.col("week") + 2).cast(pl.Float64).log(),
    )
    of_clinic = {"clinic_adherence": "adherence", "clinic_pain": "last_pain"}
    beside = named.with_columns(
        pl.col(of).mean().over("clinic_id").alias(name) for name, of in of_clinic.items()
    )
    return beside.select(
        *WHO, "week", "log_week", "pain", "sessions", "adherence", "load", "effort", *KNOWN,
        *KNOWN_AFTER[: len(OWN)], *case_mix_terms(),
    )  # fmt: skip


def time_course(rows: pl.DataFrame) -> dict[str, pl.Expr]:
    """Time that may bend, and the first week, which no known work went before; of weights and outcome."""
    last = int(rows["week"].to_numpy().max())
    bends = spline_terms("week", (0.1 * last, 0.5 * last, 0.9 * last))
    first = (pl.col("week") == 1).cast(pl.Float64)
    return {"time_first": first} | {f"time_{name}": value for name, value in bends.items()}


def _work() -> dict[str, pl.Expr]:
    """What was done of what was asked, in whole sessions, and how hard a session was."""
    asked = pl.max_horizontal(pl.col("sessions_prescribed").round(), pl.lit(1.0))
    adherence = pl.col("adherence_capped")
    load = pl.col("load") / 100
    return {
        "asked": asked,
        "adherence": adherence,
        "sessions": (adherence * asked).round(),
        "load": load,
        "effort": pl.when(pl.col("sessions_done") > 0).then(load / pl.col("sessions_done")),
    }


def _known() -> dict[str, pl.Expr]:
    """Before the week's work: the last written pain and the mean so far begin with the intake's."""
    pain, before = pl.col("pain"), pl.col("pain").shift(1)
    rated = pain.is_not_null().cast(pl.Float64)
    since = pl.col("week") - pl.when(pain.is_not_null()).then("week").shift(1).forward_fill().fill_null(-1)
    own = {
        "last_pain": before.forward_fill().fill_null(pl.col("baseline_pain")),
        "mean_pain": (pl.col("baseline_pain") + pain.fill_null(0).cum_sum().shift(1, fill_value=0))
        / (1 + rated.cum_sum().shift(1, fill_value=0)),
        "weeks_unrated": (since - 1).cast(pl.Float64).log1p(),
        "last_adherence": pl.col("adherence").shift(1).forward_fill().fill_null(1.0),
        "mean_adherence": _mean_so_far("adherence").shift(1).fill_null(1.0),
        "last_load": pl.col("load").shift(1).forward_fill().fill_null(0.0),
        "mean_load": _mean_so_far("load").shift(1).fill_null(0.0),
        "last_effort": pl.col("effort").shift(1).forward_fill().fill_null(0.0),
        "in_contact": ~(pl.col("sessions_done") == 0).shift(1).fill_null(False),
    }
    return {name: value.over("episode_id") for name, value in own.items()}


def _mean_so_far(name: str) -> pl.Expr:
    known = pl.col(name)
    return known.fill_null(0).cum_sum() / known.is_not_null().cast(pl.Float64).cum_sum().clip(1)


def _later() -> dict[str, pl.Expr]:
    """The history once the week's own work and pain are part of it, and the next week's pain."""
    own = {f"{name}_after": pl.col(name).shift(-1).over("episode_id") for name in OWN}
    following = pl.col("week").shift(-1).over("episode_id")
    return own | {
        "is_next": (following == pl.col("week") + 1).fill_null(False),
        "next_pain": pl.col("pain").shift(-1).over("episode_id"),
        "next_state": pl.col("state").shift(-1).over("episode_id"),
    }
