"""FHIR R4 as NDJSON: patients, encounters, responses, observations, service requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from analytics.simulation.network import Network

from .written import Export, rows_of

# what an entry of the journal asks: our column, and the kind of FHIR's answer
ANSWERS = {
    "pain_before": "Integer", "pain_after": "Integer", "pain_during": "Integer", "rpe": "Decimal",
    "completed": "Decimal", "level": "Integer", "supervised": "Boolean", "flare_up": "Boolean",
    "setting": "Coding", "exercise_types": "Coding",
}  # fmt: skip
FHIR = {
    "sessions": {
        "clinic_id": "clinic", "patient_id": "patient", "performed_at": "date",
        "duration_min": "duration_min", **{ours: ours.replace("_", "-") for ours in ANSWERS},
    },
    "patients": {"clinic_id": "clinic", "patient_id": "patient", "sex": "gender", "birth_date": "birth_date"},
    "plans": {
        "clinic_id": "clinic", "patient_id": "patient", "valid_from": "valid_from", "valid_to": "valid_to",
        "sessions_per_week": "sessions_per_week", "minutes_per_session": "minutes_per_session",
    },
    "measures": {
        "clinic_id": "clinic", "patient_id": "patient", "measured_on": "date", "instrument": "code",
        "value": "value",
    },
}  # fmt: skip
ZONE = ZoneInfo("Europe/London")


def _answers(value: Any, kind: str) -> list[dict[str, Any]]:
    many = value if isinstance(value, list) else [value]
    return [{f"value{kind}": {"code": one} if kind == "Coding" else one} for one in many]


def _about(row: dict[str, Any], kind: str, number: int) -> dict[str, Any]:
    """What every resource about a patient says."""
    who = {"reference": f"Patient/{row['patient_id']}"}
    return {"resourceType": kind, "id": f"{kind[0]}{number}".lower(), "subject": who}


def _entries(network: Network) -> Iterator[dict[str, Any]]:
    """A session is an encounter with its clinic and length, and a response that names the encounter."""
    for number, row in enumerate(rows_of(network, "sessions")):
        start = row["performed_at"].replace(tzinfo=ZONE)
        period = {"start": start.isoformat()}
        if row["duration_min"] is not None:
            period["end"] = (start + timedelta(minutes=row["duration_min"])).isoformat()
        clinic = {"reference": f"Organization/{row['clinic_id']}"}
        yield _about(row, "Encounter", number) | {
            "status": "finished", "class": {"code": "HH"}, "period": period, "serviceProvider": clinic,
        }  # fmt: skip
        items = [
            {"linkId": FHIR["sessions"][ours], "answer": _answers(row[ours], kind)}
            for ours, kind in ANSWERS.items()
            if row[ours] is not None
        ]
        yield _about(row, "QuestionnaireResponse", number) | {
            "status": "completed", "authored": start.isoformat(), "item": items,
            "questionnaire": "https://clinic.example/Questionnaire/session-journal",
            "encounter": {"reference": f"Encounter/e{number}"},
        }  # fmt: skip


def _course(network: Network) -> Iterator[dict[str, Any]]:
    """Patients, the scores of their questionnaires, and their plans as service requests."""
    for row in rows_of(network, "patients"):
        yield {
            "resourceType": "Patient", "id": row["patient_id"], "gender": row["sex"],
            "birthDate": str(row["birth_date"]), "name": [{"text": row["name"]}],
            "telecom": [{"system": "phone", "value": row["phone"]}],
            "managingOrganization": {"reference": f"Organization/{row['clinic_id']}"},
        }  # fmt: skip
    for number, row in enumerate(rows_of(network, "measures")):
        yield _about(row, "Observation", number) | {
            "status": "final", "effectiveDateTime": str(row["measured_on"]),
            "code": {"coding": [{"system": "https://clinic.example/scores", "code": row["instrument"]}]},
            "valueQuantity": {"value": row["value"]},
            "performer": [{"reference": f"Organization/{row['clinic_id']}"}],
        }  # fmt: skip
    for number, row in enumerate(rows_of(network, "plans")):
        bounds = {"start": str(row["valid_from"])} | (
            {"end": str(row["valid_to"])} if row["valid_to"] else {}
        )
        repeat = {
            "boundsPeriod": bounds, "frequency": row["sessions_per_week"], "period": 1, "periodUnit": "wk",
            "duration": row["minutes_per_session"], "durationUnit": "min",
        }  # fmt: skip
        yield _about(row, "ServiceRequest", number) | {
            "status": "active", "intent": "order", "occurrenceTiming": {"repeat": repeat},
            "performer": [{"reference": f"Organization/{row['clinic_id']}"}],
        }  # fmt: skip


def fhir(network: Network, folder: Path) -> Export:
    """NDJSON of five kinds of resources; a session lies in two of them."""
    path = folder / "export.ndjson"
    lines = [json.dumps(one) for one in (*_course(network), *_entries(network))]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return Export([path], FHIR)
