"""What a report rests on, as checksums by part: alike ones make alike pages, so that none is made twice."""

from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import nbformat
import polars as pl

from analytics.reporting.catalogue import PER_CLINIC
from analytics.reporting.worker import Task
from analytics.vocabulary.installed import PACKAGE
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.study import OWN, WIDE, Study

PARTS = ("data", "settings", "day", "notebook", "program")
# what a page can show differently in another version
DRAWN_WITH = (
    "babel", "ipython", "jinja2", "lumbar", "markupsafe", "nbconvert", "papermill", "plotly", "polars",
    "xlsxwriter",
)  # fmt: skip
BOTH = "cells"  # of it a clinic's page reads its own rows and the network's
OF_FACTS = ("title", "horizon_weeks", "disclosure", "gate", "clinics")
OF_SETTINGS = ("quality", "comparison")


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """Checksums of what one report rests on: `parts`, and the `key` of all of them together."""

    parts: dict[str, str]

    @property
    def key(self) -> str:
        """One checksum of all parts."""
        return _digest(json.dumps([self.parts[name] for name in PARTS]))

    def differs(self, before: dict[str, str]) -> tuple[str, ...]:
        """The parts that are not as they were, in words that a plan shows."""
        return tuple(name for name in PARTS if self.parts[name] != before.get(name))


def fingerprints(study: Study, tasks: list[Task]) -> dict[str, Fingerprint]:
    """Of each report, by its slug."""
    facts, program = study.facts, program_print()
    own, whole = _clinics(study), _whole(study)
    places = {Path(task.notebooks) / task.report.notebook for task in tasks}
    notebooks, found = {path: _notebook(path) for path in places}, {}
    for task in tasks:
        per_clinic = task.report.notebook == PER_CLINIC
        parts = {
            "data": own.get(task.report.clinic_id, own[""]) if per_clinic else whole,
            "settings": _settings(facts, task),
            "day": facts["as_of"],
            "notebook": notebooks[Path(task.notebooks) / task.report.notebook],
            "program": program,
        }
        found[task.report.slug] = Fingerprint(parts)
    return found


def _clinics(study: Study) -> dict[str, str]:
    """Of the released rows that each clinic's page reads; under "" those of a clinic without rows."""
    held = study.released()
    wide = [_digest(_rows(study.release(name).collect())) for name in WIDE if name in held]
    network = ""
    parts: dict[str, list[str]] = {}
    for name in (*OWN, BOTH):
        frame = study.release(name).collect() if name in held else pl.DataFrame({"clinic_id": []})
        for (clinic,), rows in frame.partition_by("clinic_id", as_dict=True).items():
            if name == BOTH and clinic == NETWORK:
                network = _digest(_rows(rows))
            parts.setdefault(f"{clinic}", []).append(f"{name} {_digest(_rows(rows))}")
    parts.setdefault("", [])
    return {clinic: _digest(json.dumps([own, network, wide])) for clinic, own in parts.items()}


def _whole(study: Study) -> str:
    """Of all that is released."""
    files = sorted((study.root / "release").glob("*.parquet"))
    return _digest(json.dumps([[file.name, hashlib.sha256(file.read_bytes()).hexdigest()] for file in files]))


def _settings(facts: dict[str, Any], task: Task) -> str:
    chosen = {name: facts.get(name) for name in OF_FACTS}
    chosen |= {name: facts.get("settings", {}).get(name) for name in OF_SETTINGS}
    report = task.report
    own = [report.slug, report.clinic_name, task.contact, task.language, task.single, bool(task.browser)]
    return _digest(json.dumps([chosen, own], sort_keys=True))


def _notebook(path: Path) -> str:
    """Of its cells; neither of outputs nor of what an editor keeps in it."""
    cells = nbformat.read(path, as_version=4).cells
    return _digest(
        json.dumps([[cell.cell_type, cell.source, cell.metadata.get("tags", [])] for cell in cells])
    )


@cache
def program_print() -> str:
    """Of the package with its templates and words, and of the libraries that draw."""
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    places = sorted(path for path in files if "_shipped" not in path.parts)
    source = [
        (path.relative_to(PACKAGE).as_posix(), hashlib.sha256(path.read_bytes()).hexdigest())
        for path in places
    ]
    drawn = {name: version(name) for name in DRAWN_WITH}
    return _digest(json.dumps([source, drawn, platform.python_version()]))


def _rows(frame: pl.DataFrame) -> str:
    return f"{frame.schema}\n{frame.write_ndjson()}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
