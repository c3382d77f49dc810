"""Prepare a large network for the first time, with nothing changed, with a little changed. Prints a table.

python tests/benchmarks/prepare.py FOLDER [clinics patients weeks]

FOLDER keeps the exports from one run of this to the next: they are simulated where there are none. Each row
is a `lumbar prepare` of its own, start of Python included, with the study that the row above left. `peak` is
what the process and those it started hold for themselves at once, in MB; `processor s` counts what other work
on the machine cannot lengthen.
"""

from __future__ import annotations

import csv
import json
import os
import resource
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import psutil

RUN = """
import json, sys
from pathlib import Path
from analytics.study import prepare_study
from analytics.vocabulary.settings import read_settings
prepare_study(read_settings(Path("lumbar.toml")), tell=lambda event: print(json.dumps(event)))
"""
LATER = '\n[[sources]]\nfiles = "exports/later.csv"\nmapping = "mappings/willow-sessions.toml"\n'
LINES = 20  # of each clinic, in a file that holds lines of all clinics
WEEK = 60  # lines of one clinic


def exports(folder: Path, *, clinics: str, patients: str, weeks: str) -> None:
    """Simulate the network where it is not there."""
    if not (folder / "lumbar.toml").exists():
        command = [sys.executable, "-m", "analytics", "simulate", str(folder), "--clinics", clinics]
        subprocess.run([*command, "--patients", patients, "--weeks", weeks], check=True)


def a_clinics_week(place: Path) -> None:
    """The last lines of a clinic, held back so far, are exported."""
    (place / "held.csv").replace(place / "exports/willow/sessions.csv")


def a_file_of_all(place: Path) -> None:
    """One more file with lines of every clinic."""
    with (place / "exports/willow/sessions.csv").open(encoding="utf-8-sig", newline="") as file:
        headings, *rows = csv.reader(file)
    clinics = sorted(path.name for path in (place / "exports").iterdir() if path.is_dir())
    with (place / "exports/later.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headings)
        writer.writerows([clinic, *row[1:]] for clinic in clinics for row in rows[-LINES:])
    (place / "lumbar.toml").write_text((place / "lumbar.toml").read_text() + LATER)


def installation(exports: Path, place: Path) -> None:
    """The exports at another place, less the last lines of one clinic."""
    shutil.copytree(exports / "exports", place / "exports", copy_function=os.link)
    shutil.copytree(exports / "mappings", place / "mappings")
    shutil.copy(exports / "lumbar.toml", place / "lumbar.toml")
    path = place / "exports/willow/sessions.csv"
    path.rename(place / "held.csv")
    lines = (place / "held.csv").read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-WEEK]))


def prepare(place: Path) -> dict[str, float | str]:
    """One run: seconds, peak in MB, processor seconds, and what it told."""
    began, peaks, done = time.perf_counter(), [0], threading.Event()
    environment = os.environ | {"OPENBLAS_NUM_THREADS": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    running = subprocess.Popen(
        [sys.executable, "-c", RUN], cwd=place, env=environment, stdout=subprocess.PIPE
    )
    watch = threading.Thread(target=_watch, args=(running.pid, done, peaks))
    watch.start()
    said, _ = running.communicate()
    seconds = time.perf_counter() - began
    done.set()
    watch.join()
    assert running.returncode == 0
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
    told = {event["event"]: event for event in map(json.loads, said.splitlines())}
    return {"seconds": seconds, "processor s": processor, "peak": max(peaks) >> 20, **_parts(told)}


def _parts(told: dict[str, dict[str, float]]) -> dict[str, float | str]:
    sessions = told["prepare"]["rows_out"]
    if told["prepare"]["unchanged"]:
        return {"sessions": sessions, "anew": "nothing"}
    read, clean, model = (told[name] for name in ("read", "clean", "model"))
    exports, groups = (
        f"{one[of] - one['kept']} of {one[of]} {of}" for one, of in ((read, "exports"), (clean, "groups"))
    )
    seconds = {
        f"{name} s": one["seconds"] for name, one in (("read", read), ("clean", clean), ("model", model))
    }
    return {"sessions": sessions, "anew": f"{exports}, {groups}", **seconds}


def _watch(pid: int, done: threading.Event, peaks: list[int]) -> None:
    while not done.wait(0.5):
        with suppress(psutil.Error):
            mine, held = psutil.Process(pid), 0
            for process in (mine, *mine.children(recursive=True)):
                with suppress(psutil.Error):
                    memory = process.memory_info()
                    held += memory.rss - memory.shared
            peaks.append(held)


def main() -> None:
    """Simulate, prepare four times, print one row each."""
    folder = Path(sys.argv[1])
    clinics, patients, weeks = sys.argv[2:5] if len(sys.argv) > 4 else ("500", "112", "52")
    exports(folder, clinics=clinics, patients=patients, weeks=weeks)
    place = folder.with_name(f"{folder.name}-prepared")
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    installation(folder, place)
    steps: dict[str, Callable[[Path], None]] = {
        "first": lambda place: None, "nothing changed": lambda place: None,
        "a clinic's week": a_clinics_week, "a file of all": a_file_of_all,
    }  # fmt: skip
    columns = ("seconds", "processor s", "read s", "clean s", "model s", "peak", "sessions")
    print(f"{'':16}" + "".join(f"{name:>12}" for name in columns) + "  anew")
    for name, change in steps.items():
        change(place)
        row = prepare(place)
        cells = "".join(f"{row.get(column, 0):>12,.1f}" for column in columns)
        print(f"{name:16}{cells}  {row['anew']}", flush=True)


if __name__ == "__main__":
    main()
