"""Whether what lies in a folder was made of the same as now, and is all there."""

from __future__ import annotations

import json
from pathlib import Path

MADE_OF = "made_of.json"


def say_made_of(root: Path, made_of: str, *, place: str) -> None:
    """Write down what a folder was made of (a digest), and which files it holds, into its folder `place`."""
    files = {path.relative_to(root).as_posix(): path.stat().st_size for path in _files(root)}
    content = json.dumps({"made_of": made_of, "files": files}, indent=1, sort_keys=True)
    (root / place / MADE_OF).write_text(content, encoding="utf-8")


def is_made_of(root: Path, made_of: str, *, place: str) -> bool:
    """Whether it was made of this, and every file is still there at its size; others may have come."""
    try:
        said = json.loads((root / place / MADE_OF).read_text(encoding="utf-8"))
        alike = said["made_of"] == made_of
        return alike and all((root / name).stat().st_size == size for name, size in said["files"].items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return False


def _files(root: Path) -> list[Path]:
    return sorted(path for path in root.rglob("*") if path.is_file())
