"""Checks of columns and tables: what is not there, and what is there and always the same."""

from __future__ import annotations

import polars as pl

from analytics.journal.quality.tally import Probe, as_tally, empty_tally, tally, with_people
from analytics.vocabulary.results import Journal

NEEDED = {
    "sessions": ("pain_before", "rpe", "duration_min", "setting", "supervised", "logged_at"),
    "patients": ("intake_date", "age", "sex", "onset_date", "baseline_pain"),
    "plans": ("sessions_per_week",),
}  # what the reports' first numbers rest on
NUMBERS = {
    "sessions": ("pain_before", "pain_after", "rpe", "duration_min"),
    "patients": ("age", "baseline_pain"),
}
SHARED_DATES = ("intake_date", "onset_date")
BESIDE = ("patients", "plans", "measures")  # tables that a clinic may do without


def check_columns(journal: Journal, sessions: pl.DataFrame) -> pl.DataFrame:
    """Empty and constant columns, absent tables, dates that many share."""
    frames = {"sessions": sessions, "patients": with_people(journal.patients)}
    frames["plans"] = with_people(journal.plans)
    rows = [_empty_cells(frames[table], names, table) for table, names in NEEDED.items()]
    rows += [_constant(frames[table], names, table) for table, names in NUMBERS.items()]
    rows += [_shared(journal.patients, name) for name in SHARED_DATES]
    return pl.concat([*rows, _absent_tables(journal), _kept(journal)])


def _empty_cells(rows: pl.DataFrame, names: tuple[str, ...], table: str) -> pl.DataFrame:
    """A column that is empty throughout is absent, one that is empty here and there is incomplete."""
    every = pl.lit(True)
    probes = [Probe("column_incomplete", name, every, pl.col(name).is_null()) for name in names]
    found = tally(rows, probes, table=table)
    absent = pl.col("violated") == pl.col("of")
    none = {"violated": 0, "of": 0, "patients": 0, "of_patients": 0}
    incomplete = found.with_columns(
        pl.when(~absent).then(name).otherwise(n).alias(name) for name, n in none.items()
    )
    whole = found.with_columns(pl.lit("column_absent").alias("check"), violated=absent.cast(pl.Int64), of=1)
    return pl.concat(
        [incomplete, whole.with_columns(patients="violated", of_patients="of")], how="vertical_relaxed"
    )


def _constant(rows: pl.DataFrame, names: tuple[str, ...], table: str) -> pl.DataFrame:
    column = pl.col(names)
    people = rows.group_by("person").agg(
        pl.col("clinic_id").first(),
        column.count(),
        column.min().name.suffix("-"),
        column.max().name.suffix("+"),
    )
    clinics = people.group_by("clinic_id").agg(
        column.sum(), (column > 0).sum().name.suffix("*"),
        *(pl.col(f"{name}-").min() == pl.col(f"{name}+").max() for name in names),
    )  # fmt: skip
    parts = [empty_tally()]
    for name in names:
        one = pl.col(f"{name}-").fill_null(False)
        found = clinics.filter(pl.col(name) > 0).select(
            "clinic_id",
            of=name,
            of_patients=f"{name}*",
            violated=pl.col(name) * one,
            patients=pl.col(f"{name}*") * one,
        )
        check = "pain_constant" if name == "pain_before" else "column_constant"
        parts.append(as_tally(found, check, table=table, column=name))
    return pl.concat(parts)


def _shared(patients: pl.DataFrame, name: str) -> pl.DataFrame:
    found = (
        patients.filter(pl.col(name).is_not_null())
        .group_by("clinic_id", name)
        .agg(pl.len())
        .group_by("clinic_id")
        .agg(violated=pl.col("len").max(), of=pl.col("len").sum())
    )
    return as_tally(found, "one_date_for_many", table="patients", column=name)


def _absent_tables(journal: Journal) -> pl.DataFrame:
    clinics = journal.sessions.select("clinic_id").unique()
    rows = [empty_tally()]
    for table in BESIDE:
        here = pl.col("clinic_id").is_in(getattr(journal, table)["clinic_id"].unique().implode())
        found = clinics.with_columns(violated=(~here).cast(pl.Int64), of=1)
        rows.append(as_tally(found, "table_absent", table=table))
    return pl.concat(rows)


def _kept(journal: Journal) -> pl.DataFrame:
    """How many rows there are: nothing is amiss with them, the next run is measured by them."""
    rows = [empty_tally()]
    for table in ("sessions", *BESIDE):
        found = (
            getattr(journal, table)
            .group_by("clinic_id")
            .agg(of=pl.len(), of_patients=pl.col("patient_id").n_unique())
        )
        rows.append(as_tally(found.with_columns(violated=0, patients=0), "rows_kept", table=table))
    return pl.concat(rows)
