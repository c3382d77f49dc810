"""Everybody in the exports as the numbers need them: episodes, their weeks, what was done."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from analytics.cohort.episodes import describe_episodes, in_time, transferred
from analytics.cohort.outcomes import add_outcomes
from analytics.cohort.practice import describe_practice
from analytics.cohort.questionnaires import score_forms, with_strata, with_totals
from analytics.cohort.weeks import weekly
from analytics.vocabulary.results import Cohort, Journal
from analytics.vocabulary.settings import Settings


def describe_cohort(journal: Journal, settings: Settings) -> Cohort:
    """The patients of a journal of whole clinics.

    >>> an.describe_cohort(journal, settings).episodes.height == cohort.episodes.height
    True
    """
    scores = score_forms(journal.measures, settings)
    patients, sessions = with_strata(journal.patients, scores), in_time(journal.sessions)
    journal = replace(journal, patients=patients, sessions=sessions)
    episodes = describe_episodes(journal, settings)
    weeks = weekly(journal, episodes, settings)
    return Cohort(
        episodes=add_outcomes(episodes, weeks, settings),
        weeks=weeks,
        practice=describe_practice(sessions),
        measures=with_totals(journal.measures, scores),
        scores=scores,
    )


def join_cohorts(cohorts: Iterable[Cohort]) -> Cohort:
    """One cohort of many, each of other clinics, in their order; only now a transfer can be seen."""
    parts = list(cohorts)
    whole = {name: pl.concat([getattr(part, name) for part in parts]) for name in Cohort.__slots__}
    return Cohort(**whole | {"episodes": whole["episodes"].with_columns(transferred)})
