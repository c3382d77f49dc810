"""FHIR resources -> flat rows: one a resource, one a component of an observation; the name of its part."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from analytics.journal.forms.fhir_nodes import (
    DATES,
    ENDS,
    Node,
    answers,
    asked_in,
    at,
    clinic_of,
    coded,
    first,
    listed,
    named,
    text,
    valued,
)

Row = dict[str, str]
WEEKS = {"d": 7.0, "wk": 1.0, "mo": 7 / 30.4375, "h": 168.0, "a": 7 / 365.25}  # periods in one week
MINUTES = {"min": 1.0, "h": 60.0, "s": 1 / 60}
TAKEN_BACK = {"entered-in-error": "entered_in_error", "cancelled": "not_done", "not-done": "not_done"}
KINDS = (
    "QuestionnaireResponse", "Observation", "Encounter", "Procedure", "CarePlan", "ServiceRequest",
    "Patient", "Condition",
)  # fmt: skip


def part_of(resource: Node) -> str:
    """The part that a resource belongs to; empty for kinds that are not read."""
    kind = text(resource.get("resourceType"))
    if kind == "QuestionnaireResponse":
        return f"{kind}/{asked_in(resource)}"
    return kind if kind in KINDS else ""


def rows_of(resource: Node) -> list[Row]:
    """The rows of one resource: its facts as text, nothing that names anybody."""
    kind = text(resource.get("resourceType"))
    subject = resource if kind == "Patient" else at(resource, "subject") or at(resource, "patient")
    own_id = text(resource.get("id"))
    common = {
        "id": "" if kind == "Patient" else own_id,  # a patient's own stands under `patient`, as everywhere
        "patient": own_id if kind == "Patient" else named(subject, resource),
        "encounter": named(at(resource, "encounter") or at(resource, "context"), resource),
        "date": first(resource, DATES),
        "date_end": first(resource, ENDS),
        "status": text(at(resource, "status")),
        "clinic": clinic_of(resource),
    }
    if kind == "Observation":
        return [common | found for found in _observed(resource)]
    own: dict[str, Any] = {
        "QuestionnaireResponse": answers, "Encounter": _encounter, "Patient": _patient,
        "CarePlan": _planned, "ServiceRequest": _planned, "Procedure": _procedure, "Condition": _condition,
    }  # fmt: skip
    return [common | {name: cell for name, cell in own[kind](resource).items() if name not in common}]


def _observed(resource: Node) -> list[Row]:
    """The observation itself where it has a value, and one row a component."""
    found = []
    for node in (resource, *listed(resource, "component")):
        system, code = coded(node.get("code"))
        value, unit = valued(node)
        if value or node is not resource or not listed(resource, "component"):
            found.append({"code": code, "code_system": system, "value": value, "unit": unit})
    return found


def _encounter(resource: Node) -> Row:
    minutes = _minutes(first(resource, (("period", "start"),)), first(resource, (("period", "end"),)))
    return {
        "class": text(at(resource, "class", "code")),
        "type": coded(at(resource, "type"))[1],
        "duration_min": minutes,
    }


def _procedure(resource: Node) -> Row:
    minutes = _minutes(first(resource, DATES), first(resource, ENDS))
    return {"code": coded(at(resource, "code"))[1], "duration_min": minutes}


def _condition(resource: Node) -> Row:
    return {"code": coded(at(resource, "code"))[1], "onset": text(at(resource, "onsetDateTime"))}


def _patient(resource: Node) -> Row:
    return {"birth_date": text(resource.get("birthDate")), "gender": text(resource.get("gender"))}


def _planned(resource: Node) -> Row:
    """A prescription's timing: sessions a week, minutes of each, and the days it is valid on."""
    timing = at(resource, "occurrenceTiming") or at(resource, "activity", "detail", "scheduledTiming")
    repeat = at(timing, "repeat")
    often, each = _number(at(repeat, "frequency")), _number(at(repeat, "period")) or 1.0
    unit, length = WEEKS.get(text(at(repeat, "periodUnit"))), _number(at(repeat, "duration"))
    factor = MINUTES.get(text(at(repeat, "durationUnit")))
    return {
        "code": coded(at(resource, "code"))[1],
        "category": coded(at(resource, "category"))[1],
        "sessions_per_week": f"{often / each * unit:g}" if often and unit else "",
        "minutes_per_session": f"{length * factor:g}" if length and factor else "",
        "valid_from": text(at(repeat, "boundsPeriod", "start")) or first(resource, DATES),
        "valid_to": text(at(repeat, "boundsPeriod", "end")) or first(resource, ENDS),
    }


def _number(value: Node) -> float | None:
    return (
        float(value)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and value > 0
        else None
    )


def _minutes(start: str, end: str) -> str:
    """Minutes between two clock times; days alone tell no length."""
    if "T" not in start or "T" not in end:
        return ""
    try:
        passed = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    except (ValueError, TypeError):
        return ""
    return f"{passed.total_seconds() / 60:g}"
