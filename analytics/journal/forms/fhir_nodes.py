"""One FHIR resource as JSON -> its facts; whatever is missing or of another kind is empty, never an error."""

from __future__ import annotations

from typing import Any

from analytics.journal.forms.loinc import ANSWERS, LOINC

Node = Any
DATES = (
    ("effectiveDateTime",), ("effectiveInstant",), ("effectivePeriod", "start"), ("performedDateTime",),
    ("performedPeriod", "start"), ("authored",), ("authoredOn",), ("period", "start"),
    ("occurrenceDateTime",), ("occurrencePeriod", "start"), ("onsetDateTime",), ("recordedDate",),
    ("issued",), ("created",),
)  # fmt: skip
ENDS = (
    ("effectivePeriod", "end"),
    ("performedPeriod", "end"),
    ("period", "end"),
    ("occurrencePeriod", "end"),
)
NO_ANSWERS = ("valueAttachment", "valueReference")  # files, and what names somebody


def at(node: Node, *path: str) -> Node:
    """What stands at a path; of a list the first."""
    for key in path:
        node = node[0] if isinstance(node, list) and node else node
        node = node.get(key) if isinstance(node, dict) else None
    return node[0] if isinstance(node, list) and node else node


def listed(node: Node, key: str) -> list[Node]:
    """A list of objects under a key; one object is a list of one."""
    found = node.get(key) if isinstance(node, dict) else None
    many = found if isinstance(found, list) else [found]
    return [one for one in many if isinstance(one, dict)]


def text(value: Node) -> str:
    """A scalar as text; empty for anything else."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return str(value) if isinstance(value, (str, int, float)) else ""


def first(resource: Node, paths: tuple[tuple[str, ...], ...]) -> str:
    """The first of several places that holds something."""
    return next((found for path in paths if (found := text(at(resource, *path)))), "")


def named(reference: Node, resource: Node) -> str:
    """Whom a reference means: the id behind the last slash, a contained one's own, else an identifier."""
    said = text(at(reference, "reference"))
    if said.startswith("#"):
        inside = [one for one in listed(resource, "contained") if text(one.get("id")) == said[1:]]
        said = text(at(inside, "identifier", "value")) or said[1:]
    said = said.removeprefix("urn:uuid:").partition("/_history/")[0].rstrip("/").rpartition("/")[2]
    return said or text(at(reference, "identifier", "value"))


def clinic_of(resource: Node) -> str:
    """The organisation that gives the care; a name to display is none."""
    for key in ("serviceProvider", "managingOrganization", "custodian", "performer", "author"):
        for one in listed(resource, key):
            if key not in ("performer", "author") or text(one.get("reference")).startswith("Organization/"):
                return named(one, resource)
    return ""


def coded(concept: Node) -> tuple[str, str]:
    """System and code of a concept or coding; LOINC before all others."""
    codings = listed(concept, "coding") or ([concept] if isinstance(concept, dict) else [])
    ranked = sorted(codings, key=lambda one: text(one.get("system")) != LOINC)
    return (text(ranked[0].get("system")), text(ranked[0].get("code"))) if ranked else ("", "")


def scored(concept: Node) -> str:
    """The number of a coded answer: its ordinal value, else LOINC's; else the code, else what it displays."""
    codings = listed(concept, "coding") or ([concept] if isinstance(concept, dict) else [])
    for coding in codings:
        for extension in listed(coding, "extension"):
            if text(extension.get("url")).endswith(("ordinalValue", "itemWeight")):
                return text(extension.get("valueDecimal"))
    system, code = coded(concept)
    known = ANSWERS.get(code, code) if system == LOINC else code
    return known or text(at(codings, "display")) or text(at(concept, "text"))


def valued(node: Node) -> tuple[str, str]:
    """The value and unit of an observation or answer, whichever of FHIR's kinds it has."""
    if not isinstance(node, dict):
        return "", ""
    for key, value in node.items():
        if not key.startswith("value") or key in NO_ANSWERS or key.startswith("valueSet"):
            continue
        if key == "valueQuantity":
            number = text(at(value, "comparator")) + text(at(value, "value"))
            return number, text(at(value, "unit")) or text(at(value, "code"))
        if key in ("valueCoding", "valueCodeableConcept"):
            return scored(value), ""
        return text(value) or text(at(value, "start")), ""
    return "", ""


def answers(resource: Node) -> dict[str, str]:
    """By link id, at any depth: what was answered; several answers are joined by semicolons."""
    found: dict[str, list[str]] = {}
    waiting = listed(resource, "item")
    while waiting:
        item = waiting.pop(0)
        given = listed(item, "answer")
        values = [value for one in given if (value := valued(one)[0])]
        link = text(item.get("linkId"))
        if link and values:
            found.setdefault(link, []).extend(value.replace(";", ",") for value in values)
        waiting += listed(item, "item")
        for one in given:
            waiting += listed(one, "item")
    return {link: ";".join(values) for link, values in found.items()}


def asked_in(resource: Node) -> str:
    """The name of the questionnaire that a response answers: the end of its address, without version."""
    said = text(resource.get("questionnaire")) or text(at(resource, "questionnaire", "reference"))
    if said.startswith("#"):
        inside = [one for one in listed(resource, "contained") if text(one.get("id")) == said[1:]]
        said = text(at(inside, "url")) or text(at(inside, "name")) or said[1:]
    return said.partition("|")[0].rstrip("/").rpartition("/")[2] or "unnamed"
