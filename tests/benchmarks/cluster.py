"""Reports of a network made here by two children, and by a dask cluster of two workers on the same machine.

    python tests/benchmarks/cluster.py [CLINICS]      60 where none is named

Both make the same reports of the same study, pages and tables, and the bytes are compared. `all` is from the
call to the last report: it has the warm parent's imports in it, with the cluster also connecting, comparing
versions and sending the study. `steady` is from the first report to the last.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

from analytics.reporting import archive, cluster, pool
from analytics.reporting.child import Limits
from analytics.reporting.plan import Asked, plan_run
from analytics.reporting.pool import Pace
from analytics.reporting.worker import Made, Task
from analytics.study import prepare_study
from analytics.vocabulary.settings import read_settings

PACE, WORKERS = Pace(jobs=2, limits=Limits(seconds=600, memory_mb=4000), attempts=2), 2


@contextmanager
def started(*command: str) -> Iterator[None]:
    """A program of dask, as long as it is needed."""
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen([sys.executable, "-m", *command], **quiet) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def own_cluster(folder: Path) -> Iterator[str]:
    """The address of a scheduler with its workers, each of one thread; all of them are there."""
    from distributed import Client

    file = folder / "scheduler.json"
    here = ("--host", "127.0.0.1", "--no-dashboard")
    with ExitStack() as stack:
        scheduler = ("distributed.cli.dask_scheduler", *here, "--port", "0", "--scheduler-file", str(file))
        stack.enter_context(started(*scheduler))
        while not file.is_file():
            time.sleep(0.1)
        address = json.loads(file.read_text())["address"]
        for number in range(WORKERS):
            own = ("--nthreads", "1", "--local-directory", str(folder / f"worker-{number}"))
            stack.enter_context(started("distributed.cli.dask_worker", address, *here, *own))
        with Client(address, set_as_default=False) as client:
            client.wait_for_workers(WORKERS)
        yield address


def timed(run: Iterator[tuple[Task, Made]]) -> tuple[float, float, int]:
    """Seconds until the last report, seconds from the first to the last, and how many were made."""
    began, at = time.perf_counter(), []
    for _, made in run:
        assert made.status == "made", made.reason
        at.append(time.perf_counter())
    return at[-1] - began, at[-1] - at[0], len(at)


def files(reports: Path) -> dict[str, bytes]:
    """Every file of every report by its place; the record has times in it."""
    kept = (path for path in (reports / archive.FOLDER).rglob("*") if path.is_file())
    return {str(path.relative_to(reports)): path.read_bytes() for path in kept if path.name != archive.RECORD}


def main(clinics: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory(prefix="lumbar-bench-") as place:
        root = Path(place)
        size = ("--clinics", str(clinics), "--patients", "40")
        subprocess.run([sys.executable, "-m", "analytics", "simulate", str(root / "net"), *size], check=True)
        settings = read_settings(root / "net" / "lumbar.toml")
        study = prepare_study(settings)
        tasks = [one.task for one in plan_run(settings, study, Asked(), day=date(2026, 7, 1))]
        to = {name: [replace(task, reports=str(root / name)) for task in tasks] for name in ("here", "there")}
        here = timed(pool.make_all(to["here"], PACE))
        with own_cluster(root) as address:
            run = cluster.make_all(to["there"], PACE, address=address, study_root=study.root)
            there = timed(run)
        same = files(root / "here") == files(root / "there")
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {here[2]} reports of {clinics} clinics")
    print(f"{'route':34}{'all s':>8}{'steady s':>10}{'a report s':>12}")
    for name, (whole, steady, count) in (("2 children here", here), ("dask, 2 workers of 1 thread", there)):
        print(f"{name:34}{whole:8.1f}{steady:10.1f}{steady / (count - 1):12.3f}")
    print(
        f"cluster / here: all {there[0] / here[0]:.2f}, steady {there[1] / here[1]:.2f}; same bytes: {same}"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 60)
