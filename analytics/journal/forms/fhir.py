"""FHIR R4 -> text tables, one a kind of resource: a Bundle, a list, one resource, or NDJSON.

Parts: `Encounter`, `Patient` and so on; `QuestionnaireResponse/<questionnaire>`, where every question is a
column; `Observation` for all of them (code, value, unit), `Observation/<code>` for those of one code. A
response that does not say whose it is, when or where is asked of the encounter that it names, in any file of
the source; column `link` tells. What stays without is a row with an empty cell, for cleaning to refuse.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

import polars as pl

from analytics.journal.forms.fhir_nodes import Node, at, listed, text
from analytics.journal.forms.fhir_rows import TAKEN_BACK, Row, part_of, rows_of
from analytics.journal.forms.json_records import records
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.table import LINE, TextTable, refused_lines, shown
from analytics.vocabulary.errors import InputError

HEAD = 65_536  # bytes in which a Bundle says that it is one
AT_ONCE = 50_000  # rows of a batch
Numbered = tuple[int, Node]
Encounters = dict[str, Row]


def read_fhir(stored: Stored, file: File, columns: Collection[str] | None = None) -> Iterator[TextTable]:
    """One row is one resource of the part (an Observation's components one each); LINE is its place."""
    del columns
    if not file.part:
        there = ", ".join(parts_of(stored, file)) or "none that is read"
        raise InputError(f"{stored.name}: holds several kinds of resources. Name one (file.part): {there}.")
    latest, names, found = _looked_through(stored, file.part)
    if not found and len(stored.beside) < 2:  # of many files of a source some may hold other kinds
        there = ", ".join(shown(part) for part in parts_of(stored, file)) or "none that is read"
        raise InputError(f"{stored.name}: holds no {shown(file.part)} (file.part). It has: {there}.")
    asked = file.part.startswith("QuestionnaireResponse")
    encounters = _encounters(tuple(sorted({stored.path, *stored.beside}))) if asked else {}
    rows: list[Row] = []
    lines: list[int] = []
    broken: list[tuple[int, str]] = []
    for line, resource in _resources(stored):
        if resource is None:
            broken.append((line, "broken_record"))
        elif _belongs(resource, file.part):
            rule = _taken_back(resource, latest)
            if rule:
                broken.append((line, rule))
                continue
            mine = [row for row in rows_of(resource) if _asked(row, file.part)]
            if asked:
                mine = [_linked(row, encounters) for row in mine]
            rows += mine
            lines += [line] * len(mine)
        if len(rows) >= AT_ONCE:
            yield _table(rows, lines, broken, names)
            rows, lines, broken = [], [], []
    yield _table(rows, lines, broken, names)


def parts_of(stored: Stored, file: File) -> list[str]:
    """The parts of an export, in the order in which they appear."""
    del file
    found: dict[str, None] = {}
    for _, resource in _resources(stored):
        part = part_of(resource) if resource is not None else ""
        if part == "Observation":
            found |= {f"Observation/{row['code']}": None for row in rows_of(resource) if row["code"]}
        if part:
            found[part] = None
    return list(found)


def other_resources(stored: Stored) -> dict[str, int]:
    """How many resources there are of each kind that no part holds."""
    kinds = (
        text(one.get("resourceType")) for _, one in _resources(stored) if one is not None and not part_of(one)
    )
    return dict(Counter(kinds))


def _belongs(resource: Node, part: str) -> bool:
    kind = part_of(resource)
    return (
        kind == part
        or kind.partition("/")[0] == part
        or (kind == "Observation" and part.startswith("Observation/"))
    )


def _asked(row: Row, part: str) -> bool:
    return not part.startswith("Observation/") or row["code"] == part.removeprefix("Observation/")


def _looked_through(stored: Stored, part: str) -> tuple[dict[str, str], list[str], int]:
    """By resource its latest version, the names of all columns, and how many resources there are."""
    latest: dict[str, str] = {}
    names, found = dict.fromkeys(("id", "patient", "encounter", "date", "date_end", "status", "clinic")), 0
    for _, resource in _resources(stored):
        if resource is None or not _belongs(resource, part):
            continue
        found += 1
        key, version = _version(resource)
        if key and version > latest.get(key, ""):
            latest[key] = version
        for row in rows_of(resource):
            names |= dict.fromkeys(row)
    return latest, [*names, "link"] if part.startswith("Quest") else list(names), found


def _version(resource: Node) -> tuple[str, str]:
    version = text(at(resource, "meta", "versionId"))
    stamp = text(at(resource, "meta", "lastUpdated"))
    return text(resource.get("id")), f"{stamp} {version:0>12}" if stamp or version else ""


def _taken_back(resource: Node, latest: dict[str, str]) -> str | None:
    key, version = _version(resource)
    if key and version < latest.get(key, ""):
        return "older_version"
    return TAKEN_BACK.get(text(at(resource, "status")))


def _linked(row: Row, encounters: Encounters) -> Row:
    """A response with what its encounter knows and it does not say."""
    known = encounters.get(row["encounter"], {})
    filled = {name: row[name] or known.get(name, "") for name in ("patient", "date", "clinic")}
    return row | filled | {"link": "own" if row["patient"] else "encounter" if filled["patient"] else ""}


@lru_cache(maxsize=8)
def _encounters(paths: tuple[Path, ...]) -> Encounters:
    """By id and by each identifier: patient, date and clinic of every encounter in these files."""
    found: Encounters = {}
    for path in paths:
        try:
            for _, resource in _resources(Stored(path)):
                if resource is not None and part_of(resource) == "Encounter":
                    (row,) = rows_of(resource)
                    told = [text(one.get("value")) for one in listed(resource, "identifier")]
                    found |= {key: row for key in (row["id"], *told) if key}
        except InputError:  # a file of another form beside the export says nothing
            continue
    return found


def _table(rows: list[Row], lines: list[int], broken: list[tuple[int, str]], names: list[str]) -> TextTable:
    cells = [pl.Series(name, [row.get(name, "") for row in rows], dtype=pl.String) for name in names]
    return TextTable(pl.DataFrame([*cells, pl.Series(LINE, lines, dtype=pl.Int32)]), refused_lines(broken))


def _resources(stored: Stored) -> Iterator[tuple[int, Node | None]]:
    """Every resource with its place, from 1 (in NDJSON its line); None for what is no resource."""
    bundle = re.search(rb'"resourceType"\s*:\s*"Bundle"', stored.head(HEAD))
    for place, value, _ in records(stored, File(), "entry" if bundle else ""):  # pyright: ignore[reportCallIssue]
        resource = at(value, "resource") if bundle else value
        yield place, resource if isinstance(resource, dict) else None
