"""Cells from long frames: one value per patient goes in, one number with the patients behind it comes out.

A long frame has clinic_id, patient_id, measure, group, week and `value` (a mean's) or `has` (a share's).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import polars as pl
from scipy import stats

from analytics.vocabulary.records import NETWORK, Cells

KEY = ["clinic_id", "measure", "group", "week"]
NO_WEEK = pl.lit(None, dtype=pl.Int32)


def with_network(frame: pl.DataFrame) -> pl.DataFrame:
    """Every row twice: for its clinic, and for the network as a whole."""
    return pl.concat([frame, frame.with_columns(clinic_id=pl.lit(NETWORK))])


def one_per_patient(frame: pl.DataFrame, *columns: str) -> pl.DataFrame:
    """One row is one patient of one clinic: the mean of each column over the patient's episodes."""
    return frame.group_by("clinic_id", "patient_id", maintain_order=True).agg(pl.col(columns).mean())


def long_values(
    frame: pl.DataFrame, measures: Mapping[str, pl.Expr], *, by_week: bool = False
) -> pl.DataFrame:
    """The long frame of several measures: one row is one value of one measure of one row."""
    week = pl.col("week") if by_week else NO_WEEK
    return pl.concat(
        frame.select(
            "clinic_id", "patient_id", measure=pl.lit(name), group=pl.lit(""), week=week, value=value
        )
        for name, value in measures.items()
    )


def long_shares(
    frame: pl.DataFrame, measure: str, *, groups: dict[str, pl.Expr], by_week: bool = False
) -> pl.DataFrame:
    """The long frame of one measure's groups: `has` says whether the row is in the group; empty: unknown."""
    week = pl.col("week") if by_week else NO_WEEK
    return pl.concat(
        frame.select(
            "clinic_id", "patient_id", measure=pl.lit(measure), group=pl.lit(group), week=week, has=has
        )
        for group, has in groups.items()
    )


def t_reach(patients: pl.Series) -> pl.Series:
    """Half a 95 % t interval of a mean, in its standard errors; none of fewer than two patients."""
    counts = patients.cast(pl.Float64).fill_null(float("nan"))
    return pl.Series(stats.t.ppf(0.975, counts.to_numpy() - 1)).fill_nan(None)


def mean_cells(values: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Mean over patients of each patient's own mean, with its 95 % t interval across patients."""
    of_patients = (
        values.drop_nulls("value")
        .group_by(*KEY, "patient_id", maintain_order=True)
        .agg(pl.col("value").cast(pl.Float64).mean())
        .sort(*KEY, "patient_id")
    )
    found = of_patients.group_by(KEY, maintain_order=True).agg(
        patients=pl.len(), mean=pl.col("value").mean(), error=pl.col("value").std() / pl.len().sqrt()
    )
    reach = t_reach(found["patients"]) * found["error"]
    return _as_cells(
        found.with_columns(
            subject=pl.lit(subject), kind=pl.lit("mean"), of=None, value="mean",
            low=pl.col("mean") - reach, high=pl.col("mean") + reach,
        )
    )  # fmt: skip


def share_cells(shares: pl.DataFrame, *, subject: str) -> pl.DataFrame:
    """Share of patients of whom it is ever true, of those of whom it is known; a group of nobody stays."""
    of_patients = shares.drop_nulls("has").group_by(*KEY, "patient_id", maintain_order=True)
    counts = of_patients.agg(pl.col("has").any()).group_by(KEY, maintain_order=True)
    found = counts.agg(patients=pl.col("has").sum(), of=pl.len())
    return _as_cells(
        found.with_columns(
            subject=pl.lit(subject), kind=pl.lit("share"), value=pl.col("patients") / pl.col("of"),
            low=None, high=None,
        )
    )  # fmt: skip


def count_cells(frame: pl.DataFrame, *, measure: str, subject: str) -> pl.DataFrame:
    """How many distinct patients the frame holds, by clinic; rows without a patient make a count of 0."""
    found = frame.group_by("clinic_id", maintain_order=True).agg(
        patients=pl.col("patient_id").drop_nulls().n_unique()
    )
    return _as_cells(
        found.with_columns(
            subject=pl.lit(subject), measure=pl.lit(measure), group=pl.lit(""), week=NO_WEEK,
            kind=pl.lit("count"), of=None, value="patients", low=None, high=None,
        )
    )  # fmt: skip


def all_cells(parts: Iterable[pl.DataFrame]) -> pl.DataFrame:
    """The parts together, in the order of their keys, checked against Cells."""
    whole = pl.concat(parts).sort("clinic_id", "subject", "measure", "group", "week")
    return Cells.validate(whole)


def _as_cells(frame: pl.DataFrame) -> pl.DataFrame:
    return Cells.cast(frame.select(Cells.column_names()))
