"""Files that know more than text: a spreadsheet, JSON of an app, Parquet."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import xlsxwriter

from analytics.simulation.network import Network

from .delimited import ENGLISH
from .written import Export, rows_of

AMERICAN = {
    "sessions": {
        "clinic_id": "Clinic", "patient_id": "Patient #", "performed_at": "Session date/time",
        "setting": "Location",
        "duration_min": "Minutes", "rpe": "Effort (0-10)", "pain_before": "Pain pre",
        "pain_after": "Pain post",
        "supervised": "Therapist present",
    },
    "patients": {
        "clinic_id": "Clinic", "patient_id": "Patient #", "intake_date": "Intake date", "sex": "Gender",
        "age": "Age",
        "baseline_pain": "Pain at intake", "onset_date": "Date of onset",
    },
}  # fmt: skip
APP = {
    "sessions": {
        "clinic_id": "clinic", "patient_id": "patient.id", "performed_at": "session.startedAt",
        "logged_at": "loggedAt", "duration_min": "session.minutes", "rpe": "session.rpe",
        "exercise_types": "session.exerciseTypes", "pain_before": "pain.before", "pain_after": "pain.after",
        "supervised": "session.supervised", "flare_up": "flareUp",
    }
}  # fmt: skip


def american(network: Network, folder: Path) -> Export:
    """XLSX: merged title rows, two sheets, text of months first with AM and PM, and true dates."""
    path = folder / "Outcomes 2026.xlsx"
    with xlsxwriter.Workbook(path) as book:
        title, day = (
            book.add_format({"bold": True, "align": "center"}),
            book.add_format({"num_format": "m/d/yyyy"}),
        )
        for table, name in (("sessions", "Session log"), ("patients", "Intake")):
            sheet, headings = book.add_worksheet(name), AMERICAN[table]
            sheet.merge_range(0, 0, 0, len(headings) - 1, f"Willow Physiotherapy - {name}", title)
            sheet.write(1, 0, "Confidential")
            sheet.write_row(3, 0, list(headings.values()))
            for line, row in enumerate(rows_of(network, table), start=4):
                for place, ours in enumerate(headings):
                    value = row[ours]
                    if isinstance(value, datetime):
                        sheet.write_string(line, place, value.strftime("%m/%d/%Y %I:%M %p"))
                    elif isinstance(value, date):
                        sheet.write_datetime(line, place, datetime(value.year, value.month, value.day), day)
                    elif isinstance(value, bool):
                        sheet.write_string(line, place, "Y" if value else "N")
                    elif value is not None:
                        sheet.write(line, place, value)
        book.add_worksheet("Notes").write(0, 0, "Call the front desk with questions.")
    return Export([path], AMERICAN)


def app(network: Network, folder: Path) -> Export:
    """NDJSON of an app: nested objects, lists, times with the offset of the clinic's zone."""
    zone, path = ZoneInfo("Europe/London"), folder / "journal.ndjson"
    lines = []
    for row in rows_of(network, "sessions"):
        record: dict[str, object] = {}
        for ours, theirs in APP["sessions"].items():
            value = row[ours]
            if value is None:
                continue
            *outer, last = theirs.split(".")
            place = record
            for name in outer:
                place = place.setdefault(name, {})  # pyright: ignore[reportAssignmentType]
            moment = isinstance(value, datetime)
            place[last] = value.replace(tzinfo=zone).isoformat() if moment else value
        lines.append(json.dumps(record, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Export([path], APP)


def parquet(network: Network, folder: Path) -> Export:
    """Parquet with typed columns and true lists."""
    headings = {"sessions": ENGLISH["sessions"], "plans": ENGLISH["plans"]}
    files = []
    for table, names in headings.items():
        rows = [{theirs: row[ours] for ours, theirs in names.items()} for row in rows_of(network, table)]
        files.append(folder / f"{table}.parquet")
        pl.DataFrame(rows, infer_schema_length=None).write_parquet(files[-1])
    return Export(files, headings)
