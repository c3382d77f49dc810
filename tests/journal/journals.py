"""A plausible journal of one clinic, made up; each test spoils one thing in it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import polars as pl

from analytics.vocabulary.records import Accounting, Fates, Findings
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import TABLES
from analytics.vocabulary.settings import Quality, Settings, Source

AS_OF = date(2026, 6, 30)
FIRST = datetime(2026, 1, 5, 9, 17)
PEOPLE, SESSIONS, EVERY = 24, 36, 4  # patients, sessions of each, days between two
CLINIC = "oak"


def settings(scope: str = "clinic", **quality) -> Settings:
    made = Settings(as_of=AS_OF, sources=(Source(files="x", mapping="y"),), quality=Quality(**quality))
    return made.model_copy(update={"privacy": made.privacy.model_copy(update={"id_scope": scope})})


def typed(name: str, rows: list[dict]) -> pl.DataFrame:
    """Rows of a table of the schema; what a row does not say is missing."""
    types = {column: kind.dtype for column, kind in TABLES[name].columns().items()}
    return pl.DataFrame(rows, schema=types, infer_schema_length=None)


def sessions() -> pl.DataFrame:
    """Patients start a week apart, train every fourth day at their own hour, and rate as people do."""
    rows = []
    for who in range(PEOPLE):
        for n in range(SESSIONS):
            at = FIRST + timedelta(days=EVERY * n + who % 7, hours=who % 9, minutes=(7 * n + 3 * who) % 60)
            rows.append(
                {
                    "clinic_id": CLINIC, "patient_id": f"p{who:02}", "session_id": f"s{who}-{n}",
                    "performed_at": at, "logged_at": at + timedelta(minutes=40), "setting": "home",
                    "supervised": False, "duration_min": 20.0 + (n + who) % 15,
                    "rpe": 2.0 + (3 * n + who) % 6,
                    "pain_before": float((5 * n + who) % 8 + 1), "pain_after": float((3 * n + who) % 7),
                    "source_file": "a.csv", "source_line": n + 2,
                }
            )  # fmt: skip
    return typed("sessions", rows)


def patients() -> pl.DataFrame:
    return typed("patients", [
        {"clinic_id": CLINIC, "patient_id": f"p{who:02}", "intake_date": FIRST.date() - timedelta(days=who),
         "age": 30.0 + who, "sex": ("female", "male")[who % 2], "baseline_pain": float(who % 6 + 3),
         "onset_date": date(2025, 1, 1) + timedelta(days=9 * who)}
        for who in range(PEOPLE)
    ])  # fmt: skip


def plans() -> pl.DataFrame:
    return typed("plans", [
        {"clinic_id": CLINIC, "patient_id": f"p{who:02}", "valid_from": FIRST.date(),
         "sessions_per_week": 3.0}
        for who in range(PEOPLE)
    ])  # fmt: skip


def measures() -> pl.DataFrame:
    return typed("measures", [
        {"clinic_id": CLINIC, "patient_id": f"p{who:02}", "measured_on": FIRST.date(), "instrument": "ODI",
         "value": 20.0 + who}
        for who in range(PEOPLE)
    ])  # fmt: skip


def clinics(zone: str | None = "Europe/London") -> pl.DataFrame:
    return typed("clinics", [{"clinic_id": CLINIC, "clinic_name": "Oak", "time_zone": zone}])


def fates(*rows: tuple[str, str | None, str | None, str, str, int]) -> pl.DataFrame:
    """Rows of (table, clinic, patient, outcome, rule, lines)."""
    types = {name: column.dtype for name, column in Fates.columns().items()}
    return pl.DataFrame([("a.csv", *row, 2) for row in rows], schema=types, orient="row")


def journal(**frames: pl.DataFrame) -> Journal:
    """The plausible journal with some of its frames exchanged."""
    tables = {"sessions": sessions(), "patients": patients(), "plans": plans(), "measures": measures(),
              "clinics": clinics()}  # fmt: skip
    tables |= {name: frame for name, frame in frames.items() if name in tables}
    tables = {name: frame.cast(dict(typed(name, []).schema)) for name, frame in tables.items()}
    rows = (
        tables["sessions"]
        .group_by("clinic_id")
        .agg(
            covers_from=pl.col("performed_at").min().dt.date(),
            covers_to=pl.col("performed_at").max().dt.date(),
        )
    )
    measured = [
        frame.group_by("clinic_id").agg(rows=pl.len().cast(pl.Int64)).select(
            "clinic_id", pl.lit(table).alias("table"), pl.lit("clinic_id").alias("column"), "rows",
            present="rows",
        )
        for table, frame in tables.items()
    ]  # fmt: skip
    books = {
        "findings": Findings.create_empty(),
        "fates": fates(),
        "accounting": Accounting.create_empty(),
        "coverage": rows.select("clinic_id", pl.lit("a.csv").alias("file"), "covers_from", "covers_to"),
        "measured": pl.concat(measured),
    }
    return Journal(**tables | books | {name: frame for name, frame in frames.items() if name in books})
