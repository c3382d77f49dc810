"""manifest.json of a published run: what was made from what, and the checksum of every file."""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from analytics.reporting.worker import Made

NAME = "manifest.json"
FORMAT = 2
KINDS = {"as_of": str, "reports": list, "files": dict}  # of what the next run reads of it


def read_manifest(folder: Path) -> dict[str, Any]:
    """What the manifest there says; empty where there is none, or one that is not as it was written."""
    try:
        found = json.loads((folder / NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict) or not isinstance(found.get("number", 0), int):
        return {}
    return found if all(isinstance(found.get(name), kind) for name, kind in KINDS.items()) else {}


def manifest(
    facts: dict[str, Any], made: list[Made], *, files: dict[str, str], started: datetime
) -> dict[str, Any]:
    """Of a run with these reports and files. Inputs by checksum alone: a file's name can be a patient's."""
    return {
        "format": FORMAT,
        "as_of": facts["as_of"],
        "data_hash": facts["data_hash"],
        "inputs": sorted(facts["inputs"].values()),
        "versions": facts["versions"],
        "disclosure": facts["disclosure"],
        "gate": facts.get("gate"),
        "rows": facts.get("rows"),
        "started": started.isoformat(timespec="seconds"),
        "exit_code": int(not all(one.good for one in made)),
        "reports": [asdict(one) for one in made],
        "files": dict(sorted(files.items())),
    }


def write_manifest(folder: Path, content: dict[str, Any]) -> None:
    """Beside the pages, at the end of the run."""
    finished = {"finished": datetime.now(UTC).isoformat(timespec="seconds")}
    (folder / NAME).write_text(json.dumps(content | finished, indent=1) + "\n", encoding="utf-8")
