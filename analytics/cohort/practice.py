"""Practice of a patient: where the sessions were done, who was present, what ever stood in them."""

from __future__ import annotations

import polars as pl

from analytics.cohort.episodes import WHO, in_time
from analytics.vocabulary.columns import EQUIPMENT, EXERCISE_TYPES, MUSCLE_GROUPS
from analytics.vocabulary.records import Practice

LISTS = {"exercise_types": EXERCISE_TYPES, "muscle_groups": MUSCLE_GROUPS, "equipment": EQUIPMENT}
MOST_WORDS = 100  # more than a list of the vocabulary has: a number for each person and word


def describe_practice(sessions: pl.DataFrame) -> pl.DataFrame:
    """Practice: one row is one patient of one clinic, over all sessions; a list is empty where none tells."""
    sessions = in_time(sessions)
    counted = sessions.group_by("person", maintain_order=True).agg(
        pl.col(WHO).first(),
        placed=pl.col("setting").count(),
        at_home=(pl.col("setting") == "home").sum(),
        watched=pl.col("supervised").count(),
        supervised=pl.col("supervised").sum(),
    )
    for name, words in LISTS.items():
        word = pl.col(name).cast(pl.Enum(words)).to_physical()
        of_person = sessions.select("person", name).explode(name).drop_nulls(name)
        met = of_person.select((pl.col("person") * MOST_WORDS + word).unique().sort().alias("met"))
        ever = met.group_by(person=pl.col("met") // MOST_WORDS, maintain_order=True).agg(
            pl.lit(pl.Series(words)).gather(pl.col("met") % MOST_WORDS).alias(name)
        )
        counted = counted.join(ever, on="person", how="left", maintain_order="left")
    return Practice.cast(counted.select(Practice.column_names()))
