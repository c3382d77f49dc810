"""Outcomes by which clinics are compared: of each, one row is one patient of one clinic."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from analytics.models.followup import began_in_time, followed
from analytics.models.predictors import case_mix_terms
from analytics.models.responders import responds
from analytics.vocabulary.results import Cohort
from analytics.vocabulary.scales import SCALES
from analytics.vocabulary.settings import Comparison, Settings

# What says how a patient moves and lives; pain is compared by itself, the others are no outcomes.
TESTS = {"lumbar_flexion_deg": 1, "sit_reach_cm": 1, "core_endurance_s": 1, "stiffness_min": -1}
QUESTIONNAIRES = ("ODI", "RMDQ", "PSFS", "PROMIS_PI", "EQ5D5L")
# 1 where more is better; the change is turned so that positive is better.
BETTER = {name: 1 if SCALES[name].better == "high" else -1 for name in QUESTIONNAIRES} | TESTS
ID = ["clinic_id", "patient_id"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One outcome: `kind` mean or share, and its patients.

    `patients`: clinic_id, patient_id, episodes, seen (episodes whose outcome was seen), value (higher is
    better; empty where unknown), and the columns of `terms`: what case-mix may explain of it.
    """

    measure: str
    kind: str
    patients: pl.DataFrame
    terms: tuple[str, ...]


def compared_outcomes(cohort: Cohort, eligible: pl.DataFrame, settings: Settings) -> Iterator[Outcome]:
    """The outcomes, pain first. A patient of several episodes counts once, with the mean of them.

    pain_reduction: NPRS points. responder: a fall of `meaningful_change` points or 30 % of baseline.
    adherence: sessions done over prescribed, each week at most 1. All three of eligible episodes.
    completion: pain was rated in the last third of the horizon; of all who began in time to be, whether or
    not they were ever rated again, so that a clinic which loses its patients does not look the better for it.
    function_<INSTRUMENT>: change from the first score to the last, in its own points; of eligible patients
    who were measured on two days or more.
    """
    terms = case_mix_terms()
    pain = _patients(eligible, pl.col("pain_reduction"), seen=pl.col("complete"))
    names = tuple(terms)
    yield Outcome("pain_reduction", "mean", pain, names)
    better = responds(settings.definitions.meaningful_change, pl.col("value"))
    yield Outcome("responder", "share", pain.with_columns(value=better.cast(pl.Float64)), names)
    kept = pl.col("adherence_capped")
    yield Outcome("adherence", "mean", _patients(eligible, kept, seen=kept.is_not_null()), names)
    began = followed(cohort.episodes, settings).filter(began_in_time(settings))
    ended = _patients(began, pl.col("complete").cast(pl.Float64), seen=pl.lit(True))
    yield Outcome("completion", "share", ended, names)
    scores, of_pain = first_and_last(cohort.measures), pain.drop("value", "seen")
    for instrument in [name for name in BETTER if name in set(scores["instrument"])]:
        change = BETTER[instrument] * (pl.col("last") - pl.col("first"))
        own = scores.filter(pl.col("instrument") == instrument).select(*ID, "first", value=change)
        measured = of_pain.join(own, on=ID, how="left", maintain_order="left").with_columns(
            seen=pl.when(pl.col("value").is_not_null()).then("episodes").otherwise(0)
        )
        yield Outcome(f"function_{instrument}", "mean", measured, (*names, "first"))


def enough_to_compare(rules: Comparison) -> pl.Expr:
    """A clinic may be set beside others: enough `episodes`, and of those a `share` with an outcome seen."""
    return (pl.col("episodes") >= rules.min_episodes) & (pl.col("share") >= rules.min_complete)


def first_and_last(measures: pl.DataFrame) -> pl.DataFrame:
    """One row is one patient's first and last total of one instrument; measured on two days or more."""
    keys = [*ID, "instrument"]
    totals = measures.filter(pl.col("item").is_null() | (pl.col("item") == ""), pl.col("value").is_not_null())
    days = totals.group_by(*keys, "measured_on").agg(pl.col("value").mean()).sort(*keys, "measured_on")
    return (
        days.group_by(keys, maintain_order=True)
        .agg(first=pl.col("value").first(), last=pl.col("value").last(), days=pl.len())
        .filter(pl.col("days") >= 2)
    )


def _patients(episodes: pl.DataFrame, value: pl.Expr, *, seen: pl.Expr) -> pl.DataFrame:
    rows = episodes.select(*ID, "episode_id", value=value, seen=seen, **case_mix_terms())
    return (
        rows.sort(*ID, "episode_id")
        .group_by(ID, maintain_order=True)
        .agg(pl.len().alias("episodes"), pl.col("seen").sum(), pl.col("value", *case_mix_terms()).mean())
    )
