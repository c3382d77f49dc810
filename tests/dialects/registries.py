"""REDCap: a line a record, and a line a value."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analytics.simulation.network import Network

from .written import Export, point, rows_of

PLACES = {"clinic": "0", "home": "1", "telehealth": "2"}
KINDS = ("stretching", "strengthening", "stabilisation", "balance", "aerobic", "mobility", "massage")
SEXES = {"female": "1", "male": "2", "other": "3"}
HEAD = (
    "Variable / Field Name", "Form Name", "Field Type", "Field Label",
    "Choices, Calculations, OR Slider Labels", "Text Validation Type OR Show Slider Number", "Identifier?",
)  # fmt: skip
DICTIONARY = (
    ("patient_id", "intake", "text", "Patient number", "", "", ""),
    ("full_name", "intake", "text", "Full name", "", "", "y"),
    ("intake_date", "intake", "text", "Date of intake", "", "date_ymd", ""),
    ("sex", "intake", "radio", "Sex", "1, female | 2, male | 3, other", "", ""),
    ("age", "intake", "text", "Age (years)", "", "integer", ""),
    ("baseline_pain", "intake", "text", "Pain at intake (NPRS 0-10)", "", "integer", ""),
    ("session_start", "session", "text", "Start of the session", "", "datetime_ymd", ""),
    ("setting", "session", "radio", "Place", "0, clinic | 1, home | 2, telehealth", "", ""),
    ("supervised", "session", "yesno", "Therapist present", "", "", ""),
    ("exercise_types", "session", "checkbox", "Exercise types",
     " | ".join(f"{code}, {kind}" for code, kind in enumerate(KINDS)), "", ""),
    ("duration_min", "session", "text", "Duration (min)", "", "integer", ""),
    ("rpe", "session", "text", "RPE (CR-10)", "", "number", ""),
    ("pain_before", "session", "text", "Pain before (NPRS 0-10)", "", "integer", ""),
    ("pain_after", "session", "text", "Pain after (NPRS 0-10)", "", "integer", ""),
)  # fmt: skip
REDCAP = {
    "sessions": {
        "clinic_id": "redcap_data_access_group", "patient_id": "patient_id", "performed_at": "session_start",
        "setting": "setting", "supervised": "supervised", "exercise_types": "exercise_types",
        "duration_min": "duration_min", "rpe": "rpe", "pain_before": "pain_before",
        "pain_after": "pain_after",
    },
    "patients": {
        "clinic_id": "redcap_data_access_group", "patient_id": "patient_id", "intake_date": "intake_date",
        "sex": "sex", "age": "age", "baseline_pain": "baseline_pain",
    },
}  # fmt: skip


def _cell(name: str, value: Any) -> str:
    if value is None:
        return "-99" if name == "rpe" else ""
    if name == "setting":
        return PLACES[value]
    if name == "sex":
        return SEXES[value]
    if name == "performed_at":
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, bool):
        return str(int(value))
    return point(value) if isinstance(value, (int, float)) else str(value)


def _instances(network: Network) -> Iterator[tuple[str, str, int, dict[str, str]]]:
    """Record, clinic, instance of the session (0: the intake) and its fields as REDCap writes them."""
    sessions: dict[str, list[dict[str, Any]]] = {}
    for row in rows_of(network, "sessions"):
        sessions.setdefault(row["patient_id"], []).append(row)
    for row in rows_of(network, "patients"):
        who, clinic = row["patient_id"], row["clinic_id"]
        told = {"full_name": row["name"]}
        told |= {name: _cell(name, row[name]) for name in ("intake_date", "sex", "age", "baseline_pain")}
        yield who, clinic, 0, told
        for number, session in enumerate(sessions.get(who, []), start=1):
            named = REDCAP["sessions"].items()
            skipped = ("clinic_id", "patient_id", "exercise_types")
            fields = {theirs: _cell(ours, session[ours]) for ours, theirs in named if ours not in skipped}
            for code, kind in enumerate(KINDS):
                fields[f"exercise_types___{code}"] = str(int(kind in (session["exercise_types"] or ())))
            yield who, clinic, number, fields


def _csv(rows: list[list[str]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()


def _dictionary(folder: Path) -> Path:
    path = folder / "journal_DataDictionary.csv"
    path.write_text(_csv([list(HEAD), *(list(row) for row in DICTIONARY)]), encoding="utf-8")
    return path


def redcap_flat(network: Network, folder: Path) -> Export:
    """A repeating instrument, checkboxes, the data access group as clinic, -99 where RPE was not asked."""
    checks = [f"exercise_types___{code}" for code in range(len(KINDS))]
    fields = [row[0] for row in DICTIONARY if row[0] not in ("patient_id", "exercise_types")]
    fields[fields.index("duration_min") : fields.index("duration_min")] = checks
    system = ["redcap_repeat_instrument", "redcap_repeat_instance", "redcap_data_access_group"]
    rows = [["patient_id", *system, *fields]]
    for who, clinic, number, told in _instances(network):
        repeated = ["session", str(number)] if number else ["", ""]
        rows.append([who, *repeated, clinic, *(told.get(name, "") for name in fields)])
    path = folder / "journal_DATA.csv"
    path.write_text(_csv(rows), encoding="utf-8")
    return Export([path, _dictionary(folder)], REDCAP)


def redcap_values(network: Network, folder: Path) -> Export:
    """The same, a line a value."""
    rows = [["record", "redcap_repeat_instrument", "redcap_repeat_instance", "field_name", "value"]]
    for who, clinic, number, told in _instances(network):
        repeated = ["session", str(number)] if number else ["", ""]
        if not number:
            rows.append([who, *repeated, "patient_id", who])
        rows.append([who, *repeated, "redcap_data_access_group", clinic])
        for name, value in told.items():
            field, checked, code = name.partition("___")
            if checked and value == "1":
                rows.append([who, *repeated, field, code])
            elif not checked and value != "":
                rows.append([who, *repeated, name, value])
    path = folder / "journal_EAV.csv"
    path.write_text(_csv(rows), encoding="utf-8")
    return Export([path, _dictionary(folder)], REDCAP)
