"""Every report that was made, by the key of what it rests on, so that it is made once.

It lies beside the published runs, whose files are links to it. An entry comes into being whole or not at all,
so what a run had finished when it was ended, the next one finds.
"""

from __future__ import annotations

import json
import shutil
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from analytics.reporting.worker import Made
from analytics.vocabulary.files import checksum, make_durable

FOLDER = ".made"
RECORD = "record.json"
UNFINISHED = ".new-"


@dataclass(frozen=True, slots=True)
class Kept:
    """A report that is there: the folder with its files, what became of it, their checksums by place.

    `parts`: what it rests on (Fingerprint). `day`: when it was made.
    """

    folder: Path
    made: Made
    files: Mapping[str, str]
    parts: Mapping[str, str]
    day: str


def room_for(reports: Path, slug: str) -> Path:
    """A new folder for one report that is being made; it belongs to nobody else."""
    folder = reports / FOLDER / f"{UNFINISHED}{slug}-{uuid.uuid4().hex[:8]}"
    folder.mkdir(parents=True)
    return folder


def keep(folder: Path, made: Made, *, parts: Mapping[str, str], day: str) -> None:
    """Put the finished report in its place, durable: first its files, then the record, then the name."""
    files = {place: checksum(folder / place) for place in _places(folder)}
    record = {"made": asdict(made), "files": files, "parts": dict(parts), "day": day}
    (folder / RECORD).write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    make_durable(folder)
    target = folder.with_name(made.key)
    if target.exists():  # damaged, or made anew although nothing changed
        gone = target.rename(folder.with_name(f"{UNFINISHED}gone-{uuid.uuid4().hex[:8]}"))
        shutil.rmtree(gone, ignore_errors=True)
    folder.rename(target)


def find(reports: Path, key: str) -> Kept | None:
    """The report of that key; none where it was never made, or a file of it is not what was written."""
    folder = reports / FOLDER / key
    try:
        record: dict[str, Any] = json.loads((folder / RECORD).read_text(encoding="utf-8"))
        kept = Kept(folder, Made(**record["made"]), record["files"], record["parts"], record["day"])
        whole = all(checksum(folder / place) == known for place, known in kept.files.items())
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return kept if whole and kept.made.key == key else None


def sweep(reports: Path, used: Iterable[str]) -> None:
    """Remove every entry that nothing published uses, and what ended runs left unfinished."""
    keys = set(used)
    for entry in (reports / FOLDER).glob("*"):
        if entry.name not in keys:
            shutil.rmtree(entry, ignore_errors=True)


def _places(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())
