"""What a manager asks, and whether these exports can answer it; where not, what to export."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from analytics.cohort.answers import is_total
from analytics.vocabulary.records import NETWORK, Told
from analytics.vocabulary.results import Cohort, Journal
from analytics.vocabulary.settings import Settings

# A page translates a sentence whole: each of these with each question's export is in its catalogue, and
# those with one number have {number} for it there.
NOT_THERE = "Not in the exports. To answer it, export {export}."
IN_PART = "Written down for fewer than half. More would come from {export}."
MOSTLY_THERE = "Written down for most."
DIFFERENT = "Is this clinic different from what its patients let expect?"
TOO_SMALL = "It needs {number} eligible episodes or more."
TOO_SHORT = "It needs a late pain rating in {number} % of the episodes or more."
COMPARED = "Enough patients were followed."
MOSTLY = 0.5  # a column that fewer than half of the rows fill answers its question in part only


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the columns (table.column) that it needs, and what to export where they are missing."""

    text: str
    needs: tuple[str, ...]
    export: str


QUESTIONS = (
    Question("Did pain fall?", ("sessions.pain_before",), "pain before each session, 0 to 10"),
    Question("How bad was it at the start?", ("patients.baseline_pain",), "pain at intake, 0 to 10"),
    Question(
        "Was the plan kept?", ("plans.sessions_per_week",), "the prescribed sessions a week, with dates"
    ),
    Question("How long did patients work?", ("sessions.duration_min",), "minutes of each session"),
    Question(
        "How hard was the work?", ("sessions.rpe",), "perceived exertion of each session, CR-10 or Borg 6-20"
    ),
    Question(
        "Did function improve?", ("measures:ODI|RMDQ|PSFS|PROMIS_PI",), "ODI, RMDQ, PSFS or PROMIS scores"
    ),
    Question("Did quality of life improve?", ("measures:EQ5D5L",), "EQ-5D-5L index scores"),
    Question(
        "Did acute and chronic courses differ?", ("patients.onset_date",), "the date when the pain began"
    ),
    Question("Did patients after surgery differ?", ("patients.surgery",), "back surgery and its date"),
    Question(
        "Did work at home differ from supervised work?",
        ("sessions.setting", "sessions.supervised"),
        "place and supervision of each session",
    ),
    Question(
        "Which exercises were done?", ("sessions.exercise_types",), "the kinds of exercise of each session"
    ),
    Question("Were there flare-ups?", ("sessions.flare_up",), "whether a session came with a flare-up"),
    Question("Did feedback help?", ("sessions.feedback",), "the feedback given on a session"),
    Question(
        "Did inflammation fall?",
        ("measures:stiffness_min",),
        "minutes of morning stiffness, the nearest thing that is measured; inflammation is not",
    ),
)


def describe_questions(
    journal: Journal, cohort: Cohort, eligible: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    """Told: one row a question for each clinic and the network."""
    shares = _shares(journal.measured, cohort)
    whose = [*journal.clinics["clinic_id"].to_list(), NETWORK]
    rows = [
        (clinic, *_answer(question, shares.get(clinic, {}))) for clinic in whose for question in QUESTIONS
    ]
    compared = _compared(eligible, settings)
    rows += [(clinic, *_comparison(clinic, compared, settings)) for clinic in whose if clinic != NETWORK]
    return Told.validate(
        pl.DataFrame(rows, schema=Told.column_names(), orient="row").sort("clinic_id", maintain_order=True)
    )


def _shares(measured: pl.DataFrame, cohort: Cohort) -> dict[str, dict[str, float]]:
    """By clinic (and network): the share of rows that fill a column, and of patients measured twice."""
    columns = _with_network(measured).group_by(
        "clinic_id", pl.format("{}.{}", "table", "column").alias("what")
    )
    filled = columns.agg((pl.col("present").sum() / pl.col("rows").sum()).alias("share"))
    shares: dict[str, dict[str, float]] = {}
    for clinic, what, share in pl.concat([filled, _instruments(cohort)]).iter_rows():
        shares.setdefault(clinic, {})[what] = share
    return shares


def _instruments(cohort: Cohort) -> pl.DataFrame:
    """One row a clinic and instrument: the share of all its patients with two measurements or more.

    Items that make no score answer nothing.
    """
    twice = (
        _with_network(cohort.measures.filter(is_total))
        .group_by("clinic_id", "patient_id", "instrument")
        .agg((pl.col("measured_on").n_unique() > 1).alias("twice"))
        .group_by("clinic_id", "instrument")
        .agg(pl.col("twice").sum())
    )
    everyone = (
        _with_network(cohort.practice.select("clinic_id", "patient_id"))
        .group_by("clinic_id")
        .agg(pl.col("patient_id").n_unique().alias("all"))
    )
    return twice.join(everyone, on="clinic_id").select(
        "clinic_id",
        pl.format("measures:{}", "instrument").alias("what"),
        (pl.col("twice") / pl.col("all")).alias("share"),
    )


def _with_network(frame: pl.DataFrame) -> pl.DataFrame:
    return pl.concat([frame, frame.with_columns(clinic_id=pl.lit(NETWORK))])


def _answer(question: Question, shares: dict[str, float]) -> tuple[str, str, str]:
    share = min(_share(need, shares) for need in question.needs)
    if share == 0:
        return question.text, "no", NOT_THERE.format(export=question.export)
    if share < MOSTLY:
        return question.text, "partly", IN_PART.format(export=question.export)
    return question.text, "yes", MOSTLY_THERE


def _share(need: str, shares: dict[str, float]) -> float:
    """Of several instruments any one will do."""
    table, colon, names = need.partition(":")
    options = [f"{table}:{name}" for name in names.split("|")] if colon else [need]
    return max(shares.get(option, 0.0) for option in options)


def _compared(eligible: pl.DataFrame, settings: Settings) -> dict[str, tuple[bool, bool]]:
    rules = settings.comparison
    counted = eligible.group_by("clinic_id").agg(
        pl.len() >= rules.min_episodes, (pl.col("complete").mean() >= rules.min_complete).alias("complete")
    )
    return {clinic: (enough, complete) for clinic, enough, complete in counted.iter_rows()}


def _comparison(
    clinic: str, compared: dict[str, tuple[bool, bool]], settings: Settings
) -> tuple[str, str, str]:
    rules, text = settings.comparison, DIFFERENT
    enough, complete = compared.get(clinic, (False, False))
    if not enough:
        return text, "no", TOO_SMALL.format(number=rules.min_episodes)
    if not complete:
        return text, "no", TOO_SHORT.format(number=f"{100 * rules.min_complete:.0f}")
    return text, "yes", COMPARED
