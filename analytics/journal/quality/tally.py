"""How a check counts: rows that it looks at, rows amiss, and the distinct patients behind both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

COUNTS = ("violated", "of", "patients", "of_patients")
KEYS = ("clinic_id", "check", "table", "column")
COLUMNS = pl.Schema([(name, pl.String()) for name in KEYS] + [(name, pl.Int64()) for name in COUNTS])


@dataclass(frozen=True, slots=True)
class Probe:
    """A check of a column: which rows of a table it looks at, and which of those are amiss."""

    check: str
    column: str
    of: pl.Expr
    amiss: pl.Expr


def tally(rows: pl.DataFrame, probes: Sequence[Probe], *, table: str) -> pl.DataFrame:
    """One row a clinic and probe. `rows` has clinic_id and `person`, which is a patient of one clinic."""
    marks = {f"of{n}": probe.of for n, probe in enumerate(probes)}
    marks |= {f"amiss{n}": probe.of & probe.amiss for n, probe in enumerate(probes)}
    marked = rows.select("clinic_id", "person", **marks).with_columns(pl.col(*marks).fill_null(False))
    people = marked.group_by("person").agg(pl.col("clinic_id").first(), pl.col(*marks).sum())
    clinics = people.group_by("clinic_id").agg(
        pl.col(*marks).sum(), (pl.col(*marks) > 0).sum().name.suffix("people")
    )
    return pl.concat([empty_tally(), *(_rows(clinics, probe, n, table) for n, probe in enumerate(probes))])


def _rows(clinics: pl.DataFrame, probe: Probe, n: int, table: str) -> pl.DataFrame:
    return clinics.select(
        "clinic_id", pl.lit(probe.check).alias("check"), pl.lit(table).alias("table"),
        pl.lit(probe.column).alias("column"), pl.col(f"amiss{n}").alias("violated"),
        pl.col(f"of{n}").alias("of"), pl.col(f"amiss{n}people").alias("patients"),
        pl.col(f"of{n}people").alias("of_patients"),
    ).cast(COLUMNS)  # fmt: skip


def with_people(rows: pl.DataFrame) -> pl.DataFrame:
    """The rows with `person`: the patient at that clinic."""
    return rows.with_columns(person=pl.concat_str("clinic_id", "patient_id", separator="\x1f"))


def as_tally(found: pl.DataFrame, check: str, *, table: str = "", column: str = "") -> pl.DataFrame:
    """Counts by clinic as rows of a check. Where people are not told, the counted stand for them."""
    people = {"patients": "violated", "of_patients": "of"}
    missing = {name: counted for name, counted in people.items() if name not in found.columns}
    return (
        found.with_columns(pl.col(counted).alias(name) for name, counted in missing.items())
        .with_columns(check=pl.lit(check), table=pl.lit(table), column=pl.lit(column))
        .select(*COLUMNS)
        .cast(COLUMNS)
    )


def empty_tally() -> pl.DataFrame:
    """No row."""
    return pl.DataFrame(schema=COLUMNS)
