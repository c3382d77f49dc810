"""A ledger -> what changed since the last report, clinic by clinic: made of released numbers alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from typing import Any

import polars as pl

from analytics.reporting.headline import MEASURES
from analytics.reporting.ledger import Ledger, Number, Record, usual_settings
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.study import Study

REPORT, CLINIC = (
    "report",
    "clinic",
)  # rows that are of no number: the comparison itself; a clinic come or gone
PARTS = ("day", "data", "settings", "code")
SCHEMA = {
    "clinic_id": pl.String, "measure": pl.String, "old": pl.Float64, "new": pl.Float64,
    "old_text": pl.String, "new_text": pl.String, "moved_by": pl.String, "basis": pl.String,
    "since": pl.Date, "as_of": pl.Date, "files": pl.Int64, "files_changed": pl.Int64, "files_new": pl.Int64,
    "files_gone": pl.Int64, "settings_changed": pl.String, "code_changed": pl.String,
}  # fmt: skip


def no_changes() -> pl.DataFrame:
    """The frame of a study that no run of reports has compared yet."""
    return pl.DataFrame(schema=SCHEMA)


def release_changes(study: Study, ledger: Ledger) -> None:
    """Put the comparison beside the study's other released frames, at once, where a notebook asks for it."""
    unfinished = study.root / ".changes.parquet"
    changes_of(ledger).write_parquet(unfinished)
    os.replace(unfinished, study.root / "release" / "changes.parquet")


def changes_of(ledger: Ledger) -> pl.DataFrame:
    """One row is one number that changed; before a clinic's stands one (`report`) that says what is compared.

    `moved_by`: which of day, data, settings and code differ; several are never told apart here, as that
    would take a run for each. The network's rows also name the clinics that came or went (`clinic`). Of a
    clinic none of whose numbers moved no more is said than that: its page stays as it is.
    """
    run, reference = ledger.run, ledger.reference
    before = {*reference.clinics, NETWORK} if reference else set()
    rows: list[dict[str, Any]] = [
        {"clinic_id": clinic, "measure": REPORT, "basis": _basis(ledger, known=clinic in before)}
        for clinic in (*run.clinics, NETWORK)
    ]
    shared = _shared(run, reference) if reference else {"as_of": run.as_of, "files": len(run.inputs)}
    if reference:
        rows += _come_and_gone(run.clinics, reference.clinics)
        rows += _moved(run.numbers, reference.numbers)
    order = pl.col("measure").cast(pl.Enum((REPORT, CLINIC, *MEASURES)))
    moved = {NETWORK, *(row["clinic_id"] for row in rows if row["measure"] not in (REPORT, CLINIC))}
    told = [row | (shared if row["clinic_id"] in moved else _still(shared)) for row in rows]
    frame = pl.DataFrame(told, schema=SCHEMA)
    return frame.with_columns(pl.col("basis").fill_null("compared")).sort(
        "clinic_id", order, "old_text", "new_text", maintain_order=True
    )


def _basis(ledger: Ledger, *, known: bool) -> str:
    return "new clinic" if ledger.basis == "compared" and not known else ledger.basis


def _come_and_gone(now: Mapping[str, str], before: Mapping[str, str]) -> list[dict[str, Any]]:
    row = {"clinic_id": NETWORK, "measure": CLINIC}
    come = [row | {"old_text": "", "new_text": name} for clinic, name in now.items() if clinic not in before]
    gone = [row | {"old_text": name, "new_text": ""} for clinic, name in before.items() if clinic not in now]
    return come + gone


def _moved(now: tuple[Number, ...], before: tuple[Number, ...]) -> list[dict[str, Any]]:
    """Numbers that both runs have and say otherwise."""
    old = {(number.clinic_id, number.measure): number for number in before}
    pairs = [(old.get((number.clinic_id, number.measure)), number) for number in now]
    return [
        {
            "clinic_id": new.clinic_id, "measure": new.measure, "old": last.value, "new": new.value,
            "old_text": last.text, "new_text": new.text,
        }
        for last, new in pairs
        if last and last != new
    ]  # fmt: skip


def _shared(run: Record, reference: Record) -> dict[str, Any]:
    """What differs between what two runs rest on; the same on each row."""
    files = _files(run.inputs, reference.inputs)
    settings = _settings(run.settings, reference.settings)
    differs = {
        "day": run.as_of != reference.as_of,
        "data": sum(files.values()) > 0,
        "settings": bool(settings),
        "code": (run.code, run.versions) != (reference.code, reference.versions),
    }
    return files | {
        "files": len(run.inputs), "settings_changed": "; ".join(settings),
        "code_changed": "; ".join(_differences(run.versions, reference.versions)),
        "moved_by": ", ".join(part for part in PARTS if differs[part]),
        "since": reference.as_of, "as_of": run.as_of,
    }  # fmt: skip


def _still(shared: dict[str, Any]) -> dict[str, Any]:
    """The same of a clinic none of whose numbers moved."""
    nothing = {int: 0, str: ""}
    return {name: nothing.get(type(value), value) for name, value in shared.items()}


def _files(now: tuple[str, ...], before: tuple[str, ...]) -> dict[str, int]:
    """How many export files are not as before, by checksum alone: one that gave way to another changed."""
    come, gone = (Counter(now) - Counter(before)).total(), (Counter(before) - Counter(now)).total()
    changed = min(come, gone)
    return {"files_changed": changed, "files_new": come - changed, "files_gone": gone - changed}


def _settings(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """Settings that differ. One that the last program did not know had its usual value then."""
    return _differences(now, usual_settings() | dict(before))


def _differences(now: Mapping[str, str], before: Mapping[str, str]) -> list[str]:
    """`key old → new`, by key; the key alone where only checksums are known."""
    return [
        key if "sha256:" in f"{before.get(key)}{text}" else f"{key} {before.get(key, '–')} → {text}"
        for key, text in sorted(now.items())
        if before.get(key) != text
    ]
