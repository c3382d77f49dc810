"""Practice of a patient: where the sessions were done, who was present, what ever stood in them."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.records import Practice

LISTS = ("exercise_types", "muscle_groups", "equipment")


def describe_practice(sessions: pl.DataFrame) -> pl.DataFrame:
    """Practice: one row is one patient of one clinic, over all sessions; a list is empty where none tells."""
    who = ["clinic_id", "patient_id"]
    counted = sessions.group_by(who).agg(
        placed=pl.col("setting").count(),
        at_home=(pl.col("setting") == "home").sum(),
        watched=pl.col("supervised").count(),
        supervised=pl.col("supervised").sum(),
    )
    for name in LISTS:
        of_patient = pl.struct(*who, pl.col(name).hash()).is_first_distinct()  # each list of a patient once
        ever = (
            sessions.select(*who, name).drop_nulls(name).filter(of_patient)
            .explode(name).drop_nulls(name).unique().sort(name)
            .group_by(who, maintain_order=True)
            .agg(name)
        )  # fmt: skip
        counted = counted.join(ever, on=who, how="left")
    return Practice.cast(counted.select(Practice.column_names()).sort(who))
