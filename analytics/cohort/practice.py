"""Practice of a patient: where the sessions were done, who was present, what ever stood in them."""

from __future__ import annotations

import polars as pl

from analytics.cohort.episodes import WHO, in_time
from analytics.vocabulary.columns import EQUIPMENT, EXERCISE_TYPES, MUSCLE_GROUPS
from analytics.vocabulary.records import Practice

LISTS = {"exercise_types": EXERCISE_TYPES, "muscle_groups": MUSCLE_GROUPS, "equipment": EQUIPMENT}


def describe_practice(sessions: pl.DataFrame) -> pl.DataFrame:
    """Practice: one row is one patient of one clinic, over all sessions; a list is empty where none tells."""
    counted = in_time(sessions).group_by("person", maintain_order=True).agg(
        *(pl.col(name).list.explode().drop_nulls().unique() for name in LISTS),
        pl.col(WHO).first(),
        placed=pl.col("setting").count(),
        at_home=(pl.col("setting") == "home").sum(),
        watched=pl.col("supervised").count(),
        supervised=pl.col("supervised").sum(),
    )  # fmt: skip
    return Practice.cast(counted.with_columns(*map(_listed, LISTS)).select(Practice.column_names()))


def _listed(name: str) -> pl.Expr:
    """The words in the order of the vocabulary; no list where there is no word."""
    place = pl.element().cast(pl.Enum(LISTS[name]))
    words = pl.col(name).list.eval(place.sort().cast(pl.String))
    return pl.when(words.list.len() > 0).then(words).alias(name)
