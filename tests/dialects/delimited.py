"""Delimited text: English, German, Finnish, French."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

from analytics.simulation.network import Network

from .written import TABLES, Export, among, comma, point, rows_of, said

ENGLISH = {
    "sessions": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "performed_at": "Session start",
        "logged_at": "Logged at",
        "setting": "Setting", "supervised": "Supervised", "therapist_id": "Therapist", "feedback": "Feedback",
        "exercise_types": "Exercise types", "muscle_groups": "Muscle groups", "equipment": "Equipment",
        "duration_min": "Duration (min)", "rpe": "RPE", "level": "Level", "pace": "Pace",
        "completed": "Completed",
        "pain_before": "Pain before", "pain_after": "Pain after", "pain_during": "Pain during",
        "brace_hours": "Brace hours", "traction": "Traction", "flare_up": "Flare-up",
    },
    "patients": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "sex": "Sex", "intake_date": "Intake date",
        "age": "Age",
        "onset_date": "Onset date", "referral_date": "Referral date", "discharge_date": "Discharge date",
        "surgery": "Surgery", "surgery_date": "Surgery date", "bed_rest_days": "Bed rest days",
        "hospital_nights": "Hospital nights", "prior_episodes": "Prior episodes", "start_back": "STarT Back",
        "baseline_pain": "Baseline pain", "goals": "Goals",
    },
    "plans": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "valid_from": "Valid from", "valid_to": "Valid to",
        "sessions_per_week": "Sessions per week", "minutes_per_session": "Minutes per session",
        "target_rpe": "Target RPE", "level": "Level", "pain_at_prescription": "Pain at prescription",
        "ability_at_prescription": "Ability at prescription", "setting": "Setting",
    },
    "measures": {
        "clinic_id": "Clinic", "patient_id": "Patient ID", "measured_on": "Measured on",
        "instrument": "Instrument",
        "value": "Score",
    },
}  # fmt: skip
PERSONAL = {
    "sessions": {"name": "Patient name", "note": "Note"},
    "patients": {"name": "Patient name", "phone": "Phone"},
    "plans": {"name": "Patient name"},
    "measures": {},
}
GERMAN = {
    "sessions": {
        "clinic_id": "Praxis", "patient_id": "Patientennummer", "performed_at": "Beginn der Einheit",
        "setting": "Ort", "supervised": "Betreut", "duration_min": "Dauer (min)",
        "rpe": "Anstrengung (CR-10)",
        "completed": "Anteil geschafft (%)", "pain_before": "Schmerz vorher", "pain_after": "Schmerz nachher",
        "exercise_types": "Übungen", "flare_up": "Schub",
    },
    "patients": {
        "clinic_id": "Praxis", "patient_id": "Patientennummer", "sex": "Geschlecht",
        "intake_date": "Aufnahme am",
        "age": "Alter", "onset_date": "Schmerz seit", "baseline_pain": "Schmerz bei Aufnahme",
    },
}  # fmt: skip
PLACES = {"clinic": "Praxis", "home": "zu Hause", "telehealth": "Video"}
KINDS = {
    "stretching": "Dehnung", "strengthening": "Kräftigung", "stabilisation": "Stabilisation",
    "balance": "Gleichgewicht", "aerobic": "Ausdauer", "mobility": "Beweglichkeit", "massage": "Massage",
}  # fmt: skip
FINNISH = {
    "sessions": {
        "patient_id": "Potilasnumero", "performed_at": "Aloitusaika", "duration_min": "Kesto (min)",
        "pain_before": "Kipu ennen", "pain_after": "Kipu jälkeen", "rpe": "Rasitus (6-20)",
        "completed": "Osuus",
    }
}  # fmt: skip
FRENCH = {
    "sessions": {
        "clinic_id": "Cabinet", "patient_id": "Numéro de patient", "performed_at": "Début de séance",
        "supervised": "Supervisé", "duration_min": "Durée (h:mm)", "pain_before": "Douleur avant (EVA)",
        "pain_after": "Douleur après (EVA)", "traction": "Traction", "flare_up": "Poussée",
    }
}  # fmt: skip
WEEKDAYS = ("ma", "ti", "ke", "to", "pe", "la", "su")


def text_of(rows: list[dict[str, str]], delimiter: str = ",", end: str = "\n") -> str:
    """Rows as delimited text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), delimiter=delimiter, lineterminator=end)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def english(network: Network, folder: Path) -> Export:
    """UTF-8 with a mark, ISO dates, four tables; names, telephone numbers and notes that nothing may read."""
    ways = {
        "moment": lambda value: value.strftime("%Y-%m-%d %H:%M"), "day": str, "list": ";".join,
        "number": point,
        "yes": lambda value: "yes" if value else "no",
    }  # fmt: skip
    files = []
    for table in TABLES:
        files.append(folder / f"{table}.csv")
        content = text_of(said(rows_of(network, table), PERSONAL[table] | ENGLISH[table], ways, str))
        files[-1].write_bytes(content.encode("utf-8-sig"))
    return Export(files, ENGLISH)


def german(network: Network, folder: Path) -> Export:
    """Semicolons, cp1252, decimal commas, days first, per cent, German words."""
    ways = {
        "moment": lambda value: value.strftime("%d.%m.%Y %H:%M"),
        "day": lambda value: value.strftime("%d.%m.%Y"),
        "number": comma, "yes": lambda value: "ja" if value else "nein", "setting": among(PLACES),
        "exercise_types": among(KINDS), "completed": lambda value: comma(round(100 * value)),
        "sex": among({"female": "weiblich", "male": "männlich", "other": "divers"}),
    }  # fmt: skip
    files = []
    for table, name in (("sessions", "Sitzungen"), ("patients", "Patienten")):
        files.append(folder / f"{name}.csv")
        content = text_of(said(rows_of(network, table), GERMAN[table], ways, str), ";", "\r\n")
        files[-1].write_bytes(content.encode("cp1252"))
    return Export(files, GERMAN)


def finnish(network: Network, folder: Path) -> Export:
    """An app's log: UTF-16, tabs, 'to 5.3.2026 klo 14.30', Borg's 6 to 20; the clinic is nowhere in it."""

    def moment(value: Any) -> str:
        day = f"{WEEKDAYS[value.weekday()]} {value.day}.{value.month}.{value.year}"
        return f"{day} klo {value.hour}.{value.minute:02}"

    ways = {"moment": moment, "number": comma, "rpe": lambda value: comma(round(6 + 1.4 * value))}
    path = folder / "loki.tsv"
    content = text_of(said(rows_of(network, "sessions"), FINNISH["sessions"], ways, str), "\t", "\r\n")
    path.write_bytes(content.encode("utf-16"))
    return Export([path], FINNISH, {"constants.clinic_id": "willow"})


def french(network: Network, folder: Path) -> Export:
    """Latin-1 below a preamble, a visual analogue scale of 100 mm, h:mm, oui and non; packed as gzip."""
    import gzip

    ways = {
        "moment": lambda value: value.strftime("%d/%m/%Y %Hh%M"), "number": comma,
        "yes": lambda value: "oui" if value else "non", "pain_before": lambda value: comma(10 * value),
        "pain_after": lambda value: comma(10 * value),
        "duration_min": lambda value: f"{int(value) // 60}:{int(value) % 60:02}",
    }  # fmt: skip
    path = folder / "journal.csv.gz"
    content = text_of(said(rows_of(network, "sessions"), FRENCH["sessions"], ways, str), ";", "\r\n")
    head = "Export du carnet d'exercices\r\nCabinet de kinésithérapie\r\n\r\n"
    path.write_bytes(gzip.compress((head + content).encode("latin-1"), mtime=0))
    return Export([path], FRENCH)
