"""What a data steward reads.

By clinic, table and rule, how many lines were kept, refused, double or mended.
"""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.records import NETWORK, Quality
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import INPUTS


def audit_journal(journal: Journal) -> pl.DataFrame:
    """Quality: lines and distinct patients by clinic (and network), table, outcome and rule."""
    account = journal.accounting.filter(pl.col("table") != "clinics")
    kept = (
        account.group_by("clinic_id", "table")
        .agg(pl.col("kept").sum().alias("lines"))
        .join(_patients(journal), on=["clinic_id", "table"], how="left")
        .with_columns(pl.lit("kept").alias("outcome"), pl.lit("kept").alias("rule"))
    )
    broken = _by_rule(journal.findings.with_columns(pl.col("clinic_id").fill_null("unknown")))
    whole = pl.concat([_columns(kept), _columns(broken)])
    network = _columns(_by_rule(journal.findings.with_columns(pl.lit(NETWORK).alias("clinic_id"))))
    all_kept = kept.group_by("table", "outcome", "rule").agg(pl.col("lines").sum(), pl.col("patients").sum())
    every = pl.concat([whole, network, _columns(all_kept.with_columns(pl.lit(NETWORK).alias("clinic_id")))])
    return Quality.validate(every.sort("clinic_id", "table", "outcome", "rule"))


def _by_rule(findings: pl.DataFrame) -> pl.DataFrame:
    """Where no patient of the lines is known, each line may be another patient."""
    known = pl.col("patient_id").drop_nulls().n_unique()
    return findings.group_by("clinic_id", "table", "outcome", "rule").agg(
        pl.len().alias("lines"), pl.when(known > 0).then(known).otherwise(pl.len()).alias("patients")
    )


def _patients(journal: Journal) -> pl.DataFrame:
    frames = {table: getattr(journal, table) for table in INPUTS if table != "clinics"}
    counted = [
        frame.group_by("clinic_id").agg(
            pl.col("patient_id").n_unique().alias("patients"), pl.lit(table).alias("table")
        )
        for table, frame in frames.items()
    ]
    return pl.concat([part.select("clinic_id", "table", "patients") for part in counted])


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "clinic_id", "table", "outcome", "rule",
        pl.col("lines").cast(pl.Int32), pl.col("patients").fill_null(0).cast(pl.Int32),
    )  # fmt: skip
