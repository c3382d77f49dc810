"""A small network of clinics to do harm to: run as a timer runs it, and judged by what is published."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import json
import os
import re
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import psutil
from running import Ran, run_lumbar

RUN = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d+)?")
MARK = (
    "FAULTS_MARK"  # a variable that every process of one run inherits: by it those are found that outlive it
)


@dataclass
class Started:
    """A run at work: its process, what marks all of its processes, where it writes its events."""

    process: subprocess.Popen[bytes]
    mark: str
    log: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def events(self) -> list[dict]:
        """What it has told so far; a last line that is cut off is not counted."""
        lines = self.log.read_text(encoding="utf-8").splitlines() if self.log.exists() else []
        found = []
        for line in lines:
            with contextlib.suppress(ValueError):
                found.append(json.loads(line))
        return [event for event in found if isinstance(event, dict)]

    @property
    def said(self) -> str:
        """All that it wrote."""
        return self.log.read_text(encoding="utf-8")

    def wait_for(self, event: str, seconds: float = 200) -> None:
        """Until it has told of that."""
        end = time.monotonic() + seconds
        while not any(one.get("event") == event for one in self.events):
            assert self.process.poll() is None, f"it ended before it told of {event}: {self.said[-500:]}"
            assert time.monotonic() < end, f"it never told of {event}"
            time.sleep(0.02)

    def end(self, number: int) -> int:
        """Send it a signal; its exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Its exit code."""
        return self.process.wait(timeout=300)

    def survivors(self, seconds: float = 30) -> list[psutil.Process]:
        """Its processes that are still there after that time, or at once none."""
        end = time.monotonic() + seconds
        while (alive := list(_marked(self.mark))) and time.monotonic() < end:
            time.sleep(0.1)
        return alive


@dataclass(frozen=True)
class Network:
    """A folder with exports, a study and published reports."""

    folder: Path

    @property
    def reports(self) -> Path:
        return self.folder / "reports"

    @property
    def latest(self) -> Path:
        return self.reports / "latest"

    @property
    def manifest(self) -> dict:
        """Of what is published."""
        return json.loads((self.latest / "manifest.json").read_text(encoding="utf-8"))

    @property
    def counts(self) -> dict[str, int]:
        """Reports of what is published, by what became of them."""
        found = [one["status"] for one in self.manifest["reports"]]
        return {status: found.count(status) for status in sorted(set(found))}

    @property
    def status(self) -> dict:
        return json.loads((self.reports / "status.json").read_text(encoding="utf-8"))

    def run(self, *arguments: str) -> Ran:
        return run_lumbar("report", *arguments, cwd=self.folder)

    def start(self, *arguments: str, more: dict[str, str] | None = None, program: str = "") -> Started:
        """The same, and do not wait for it; or a program of its own."""
        mark, log = uuid.uuid4().hex, self.folder / f"log-{uuid.uuid4().hex[:6]}.txt"
        clean = {key: value for key, value in os.environ.items() if not key.startswith("LUMBAR")}
        command = ["-c", program] if program else ["-m", "analytics", "report", *arguments]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, *command],
                cwd=self.folder, env=clean | {MARK: mark} | (more or {}), stdin=subprocess.DEVNULL,
                stdout=file, stderr=file, start_new_session=True,
            )  # fmt: skip
        return Started(process, mark, log)

    def copy(self, folder: Path) -> Network:
        """The same network elsewhere, with nothing in common: links are kept as links within it."""
        subprocess.run(["cp", "-a", str(self.folder), str(folder)], check=True)
        return Network(folder)

    def add_sessions(self, count: int = 60, *, minute: int = 11) -> Network:
        """So many more valid lines in one clinic's export: the day after sessions that are there."""
        path = self.folder / "exports" / "willow" / "sessions.csv"
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.reader(file))
        with path.open("a", encoding="utf-8", newline="") as file:
            for row in rows[1 : 1 + count]:
                at = datetime.fromisoformat(row[3]).replace(hour=5, minute=minute) + timedelta(days=1)
                said = [f"{moment:%Y-%m-%d %H:%M}" for moment in (at, at + timedelta(hours=1))]
                csv.writer(file, lineterminator="\n").writerow([*row[:3], *said, *row[5:]])
        return self

    def add_setting(self, text: str) -> None:
        """Add a section to lumbar.toml."""
        with (self.folder / "lumbar.toml").open("a", encoding="utf-8") as file:
            file.write(f"\n{text}\n")


def pages(run: Path) -> dict[str, str]:
    """Checksum of every file of a published run but its manifest, which holds the hours."""
    return {
        path.relative_to(run).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(run.rglob("*"))
        if path.is_file() and path.name != "manifest.json"
    }


def whole(network: Network, *, only: bool = False) -> dict[str, str]:
    """The pages of `latest`; it and every other run is there to the last byte, as its manifest says.

    `only`: of the others nothing is asked, as a test damaged them.
    """
    assert network.latest.is_symlink()
    assert network.latest.is_dir(), "latest leads nowhere"
    runs = [path for path in network.reports.iterdir() if RUN.fullmatch(path.name)]
    shown = network.latest.resolve()
    assert shown in [run.resolve() for run in runs]
    for run in [shown] if only else runs:
        manifest = json.loads((run / "manifest.json").read_text(encoding="utf-8"))
        assert pages(run) == manifest["files"], f"{run.name} is not whole"
    return pages(network.latest)


def nothing_unfinished(network: Network) -> None:
    """No file or folder is left of what ended runs had begun."""
    left = [
        *network.reports.glob(".staging-*"), *network.reports.glob(".made/.new-*"),
        *network.reports.glob(".status.json-*"), *network.folder.glob(".study-new-*"),
        *network.folder.glob(".study-kept/*/.new-*"), *(network.folder / "study").rglob(".changes*"),
    ]  # fmt: skip
    assert [path.relative_to(network.folder).as_posix() for path in left] == []


def completes(network: Network, expected: dict[str, str], *, only: bool = False) -> Ran:
    """The next run, which ends well, publishes the pages of an undisturbed run and leaves nothing behind."""
    ran = network.run()
    assert ran.code == 0, ran.said[-2000:]
    assert whole(network, only=only) == expected
    nothing_unfinished(network)
    assert network.status["state"] in {"published", "unchanged"}
    return ran


def _marked(mark: str) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE and process.environ().get(MARK) == mark:
                yield process
