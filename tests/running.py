"""Run `lumbar` as a person or a timer does: as its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SHARED = Path(__file__).resolve().parents[2] / "shared"


@dataclass(frozen=True)
class Ran:
    """A finished `lumbar` process and the folder it ran in."""

    folder: Path
    code: int
    said: str

    @property
    def latest(self) -> Path:
        return self.folder / "reports" / "latest"

    @property
    def release(self) -> Path:
        return self.folder / "study" / "release"


def run_lumbar(*arguments: str, cwd: Path) -> Ran:
    """`lumbar ...` as its own process, as a person or a timer starts it."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("LUMBAR")}
    done = subprocess.run(
        [sys.executable, "-m", "analytics", *arguments],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
        stdin=subprocess.DEVNULL,
    )
    return Ran(cwd, done.returncode, done.stdout + done.stderr)
