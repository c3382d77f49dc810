"""Reports a minute: ours beside the bare command lines of papermill and nbconvert, on the same study.

    python tests/benchmarks/run.py [CLINICS ...]      20 100 500 where none are named

The bare command lines take some ten seconds a report, so they are run for 20 clinics of the first network,
one after the other and two at a time; a report costs the same there however many there are. Ours is the whole
run of a process of its own: start, planning, reports, index, publishing. Beside it stands the rate while
reports are made, and the memory of the whole tree of processes.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
BARE = 20
OURS = """
import json, sys, time
from pathlib import Path
from analytics.reporting.child import warm_up
from analytics.reporting.run import run_reports
from analytics.vocabulary.settings import read_settings
from analytics.vocabulary.study import Study
if __name__ == "__main__":
    settings = read_settings(Path(sys.argv[1]) / "lumbar.toml")
    warm_up()
    at = []
    study = Study(settings.path(settings.study))
    run = run_reports(settings, study, tell=lambda event: at.append((time.time(), event["event"])))
    reports = [when for when, event in at if event == "report"]
    memory = max(made.memory_mb for made in run.reports)
    told = {"counts": run.counts, "first": reports[0], "last": reports[-1], "memory": memory}
    print(json.dumps(told))
"""


def main(sizes: list[int]) -> None:
    """Print the table."""
    print(f"{os.cpu_count()} cores; seconds are wall clock of whole processes\n")
    print(f"{'clinics':>8} {'route':<44}{'seconds':>9}{'a report':>10}{'a minute':>10}")
    bare = {}
    with tempfile.TemporaryDirectory(prefix="lumbar-bench-") as place:
        for size in sizes:
            network = simulate(Path(place) / f"of-{size}", size)
            if not bare:
                for jobs, route in ((1, "papermill, then nbconvert"), (2, "the same, two at a time")):
                    bare[jobs] = command_lines(network, jobs=jobs) / BARE
                    say(BARE, route, bare[jobs] * BARE, BARE)
            ours(network, size, bare)


def ours(network: Path, size: int, bare: dict[int, float]) -> None:
    """Our run of the network: the whole process, the rate, and the ratios to the command lines."""
    with Watch() as watch:
        told = json.loads(run([sys.executable, "-c", OURS, str(network)], network).splitlines()[-1])
    reports = sum(told["counts"].values())
    say(size, "lumbar, the whole run", watch.seconds, reports)
    rate = (told["last"] - told["first"]) / (reports - 1)
    print(f"{'':>8} {'  while reports are made':<44}{'':>9}{rate:>10.3f}{60 / rate:>10.0f}")
    whole = watch.seconds / reports
    print(
        f"{'':>8}   whole run: {bare[1] / whole:.1f} times the command lines, "
        f"{bare[2] / whole:.1f} times two of them; "
        f"steady: {bare[1] / rate:.1f} and {bare[2] / rate:.1f}; "
        f"memory of all processes at most {watch.peak / 2**20:.0f} MB, of one report {told['memory']} MB"
    )


def command_lines(network: Path, *, jobs: int) -> float:
    """Seconds for BARE clinics, each by the two command lines that papermill's manual shows."""
    clinics = clinics_of(network)[:BARE]
    out = network / f"bare-{jobs}"
    out.mkdir()

    def one(clinic: str) -> None:
        made = out / f"{clinic}.ipynb"
        given = ["-r", "study", str(network / "study"), "-r", "clinic_id", clinic]
        notebook = ROOT / "notebooks" / "clinic_report.ipynb"
        run(
            [str(BIN / "papermill"), "-k", "python3", "--no-progress-bar", *given, str(notebook), str(made)],
            network,
        )
        run([str(BIN / "jupyter"), "nbconvert", "--to", "html", "--no-input", str(made)], network)

    began = time.perf_counter()
    with ThreadPoolExecutor(jobs) as pool:
        list(pool.map(one, clinics))
    return time.perf_counter() - began


def simulate(folder: Path, clinics: int) -> Path:
    """A prepared network."""
    lumbar = [sys.executable, "-m", "analytics"]
    run([*lumbar, "simulate", str(folder), "--clinics", str(clinics), "--patients", "60"], folder.parent)
    run([*lumbar, "prepare"], folder)
    return folder


def clinics_of(network: Path) -> list[str]:
    """The ids of its clinics."""
    import polars as pl

    return pl.read_parquet(network / "study" / "release" / "clinics.parquet")["clinic_id"].sort().to_list()


def run(command: list[str], folder: Path) -> str:
    """What a command prints; it must end well."""
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{command[:3]} failed:\n{done.stderr[-2000:]}")
    return done.stdout


def say(clinics: int, route: str, seconds: float, reports: int) -> None:
    """One row of the table."""
    each = seconds / reports
    print(f"{clinics:>8} {route:<44}{seconds:>9.1f}{each:>10.3f}{60 / each:>10.0f}", flush=True)


class Watch:
    """Seconds and the most memory that this process's children and theirs hold together."""

    def __enter__(self) -> Watch:
        self.peak, self._over, self._began = 0, threading.Event(), time.perf_counter()
        self._thread = threading.Thread(target=self._look)
        self._thread.start()
        return self

    def _look(self) -> None:
        while not self._over.wait(0.2):
            held = 0
            for one in psutil.Process().children(recursive=True):
                try:
                    held += one.memory_full_info().pss  # what is shared with the warm parent counts once
                except psutil.Error:
                    continue
            self.peak = max(self.peak, held)

    def __exit__(self, *_: object) -> None:
        self.seconds = time.perf_counter() - self._began
        self._over.set()
        self._thread.join()


if __name__ == "__main__":
    main([int(size) for size in sys.argv[1:]] or [20, 100, 500])
