"""Checks of the books: which share of a clinic's lines each rule refused, found double or mended."""

from __future__ import annotations

import polars as pl

from analytics.journal.quality.tally import COLUMNS, as_tally, empty_tally
from analytics.vocabulary.results import Journal

UNKNOWN = "unknown"
BY_TABLE = ["clinic_id", "table"]
FATES = {"refused": "refused", "duplicate": "duplicates"}


def fates_by_rule(fates: pl.DataFrame) -> pl.DataFrame:
    """One row a clinic, table, outcome and rule: lines, and the patients behind them.

    Where no patient of the lines is known, each line may be another patient.
    """
    known = pl.col("patient_id").drop_nulls().n_unique()
    lines = pl.col("lines").cast(pl.Int64).sum()
    return (
        fates.with_columns(pl.col("clinic_id").fill_null(UNKNOWN))
        .group_by(*BY_TABLE, "outcome", "rule")
        .agg(lines.alias("lines"), pl.when(known > 0).then(known).otherwise(lines).alias("patients"))
    )


def lines_by_table(journal: Journal) -> pl.DataFrame:
    """One row a clinic and table: its lines = kept + refused + duplicates.

    Of a file that several clinics share, a clinic's rows stand for its kept lines.
    """
    rows = journal.measured.group_by(BY_TABLE).agg(pl.col("rows").max())
    own = journal.accounting.group_by(BY_TABLE).agg(
        pl.col("kept").cast(pl.Int64).sum(), made=pl.col("rows").cast(pl.Int64).sum()
    )
    shared = pl.col("rows").fill_null(0) - pl.col("made").fill_null(0)
    lost = (
        fates_by_rule(journal.fates)
        .group_by(BY_TABLE)
        .agg(
            pl.col("lines").filter(pl.col("outcome") == outcome).sum().alias(name)
            for outcome, name in FATES.items()
        )
    )
    single = own.filter(pl.col("clinic_id") != "several")
    whole = rows.join(single, on=BY_TABLE, how="full", coalesce=True).join(
        lost, on=BY_TABLE, how="full", coalesce=True
    )
    return whole.select(
        *BY_TABLE, *(pl.col(name).fill_null(0) for name in FATES.values()),
        kept=pl.col("kept").fill_null(0) + shared.clip(0),
    ).with_columns(lines=pl.sum_horizontal("kept", *FATES.values()))  # fmt: skip


def check_books(journal: Journal, people: pl.DataFrame) -> pl.DataFrame:
    """One row a clinic, table and rule that a line broke; and how many lines were refused at all.

    `people`: clinic_id, table, patients with kept rows.
    """
    lines = lines_by_table(journal).filter(pl.col("table") != "clinics")
    whole = lines.join(people, on=BY_TABLE, how="left")
    behind = pl.col("of_patients").fill_null(0)
    rules = (
        fates_by_rule(journal.fates)
        .join(whole.select(*BY_TABLE, pl.col("lines").alias("of"), "of_patients"), on=BY_TABLE)
        .with_columns(column=pl.lit(""), check="rule", violated="lines")
        .with_columns(of_patients=pl.max_horizontal(behind, "patients"))
    )
    by_table = _refused(journal, whole, BY_TABLE)
    by_clinic = _refused(journal, whole.with_columns(table=pl.lit("")), ["clinic_id"])
    return pl.concat(
        [
            rules.select(*COLUMNS).cast(COLUMNS),
            *(as_tally(part, "refused_lines", table=name) for (name,), part in by_table.group_by("table")),
            as_tally(by_clinic, "refused_mostly"),
            empty_tally(),
        ]
    )


def _refused(journal: Journal, lines: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Lines refused of all lines, and their patients."""
    refused = journal.fates.filter(pl.col("outcome") == "refused", pl.col("table") != "clinics")
    known = pl.col("patient_id").drop_nulls().n_unique()
    people = (
        refused.with_columns(pl.col("clinic_id").fill_null(UNKNOWN))
        .group_by(keys)
        .agg(patients=pl.when(known > 0).then(known).otherwise(pl.col("lines").sum()))
    )
    counted = lines.group_by(keys).agg(
        violated=pl.col("refused").sum(), of=pl.col("lines").sum(), of_patients=pl.col("of_patients").max()
    )
    whole = counted.join(people, on=keys, how="left").with_columns(pl.col("patients").fill_null(0))
    return whole.with_columns(of_patients=pl.max_horizontal(pl.col("of_patients").fill_null(0), "patients"))
