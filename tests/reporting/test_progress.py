"""What a run tells as it goes: in real processes, on pipes, terminals, full disks and to nobody at all."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys

import pytest

from analytics.reporting.progress import FIELDS, UndeclaredWarning, stated

SLUG = "willow-0123abcd"
A_RUN = """
import sys, time
from pathlib import Path
from analytics.reporting.progress import telling
with telling() as tell:
    tell({"event": "start", "version": "0.1.0"})
    tell({"event": "clean", "rows_in": 10, "rows_out": 9, "seconds": 0.5})
    tell({"event": "plan", "to_make": 300, "reused": 1, "reports": 301})
    for one in range(300):
        tell({"event": "report", "slug": "willow-0123abcd", "status": "made", "seconds": 1.5, "attempts": 1})
        time.sleep(float(sys.argv[1]))
    tell({"event": "end", "exit_code": 0, "peak_mb": 100.5})
Path("ended").touch()
"""


# as a timer starts it: what is held back is then written at the very end, and decides on the exit code
BUFFERED = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}


def _start(folder, *, pause=0, script=A_RUN, **streams):
    return subprocess.Popen([sys.executable, "-c", script, str(pause)], cwd=folder, env=BUFFERED, **streams)


def test_a_machine_is_told_in_lines_of_sorted_json(tmp_path):
    process = _start(tmp_path, stderr=subprocess.PIPE, text=True)
    lines = process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == 0
    told = [json.loads(line) for line in lines]
    assert [one["event"] for one in told[:4]] == ["start", "clean", "plan", "report"]
    assert len(told) == 304
    for line, one in zip(lines, told, strict=True):
        assert list(one) == sorted(one)
        assert line == json.dumps(one)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", one.pop("at"))
    assert told[1] == {"event": "clean", "rows_in": 10, "rows_out": 9, "seconds": 0.5}


@pytest.mark.parametrize(("key", "value"), [
    ("patient", 1), ("clinic", "willow"), ("path", "/x"),
    ("event", "Jane Doe"), ("event", ["start"]), ("slug", "Jane Doe"), ("slug", "../x"), ("slug", "a" * 65),
    ("slug", "müller-0123abcd"), ("slug", "x\n"), ("status", "fine"), ("reason", "jane"), ("run", "jane.csv"),
    ("version", "0.1.0\n"), ("reports", "3"), ("reports", -1), ("reports", 1.5), ("reports", True),
    ("seconds", float("nan")), ("seconds", float("inf")), ("seconds", -0.1), ("seconds", True),
    ("memory_mb", "12"), ("unchanged", 1), ("exit_code", None),
])  # fmt: skip
def test_what_is_not_declared_is_a_defect(key, value):
    with pytest.raises(UndeclaredWarning, match=key) as found:
        stated({key: value})
    if isinstance(value, str):
        assert value not in str(found.value)


@pytest.mark.parametrize("event", [
    {"event": "prepare", "unchanged": True, "kept": 3, "rows_in": 1, "rows_out": 0, "seconds": 0},
    {"event": "report", "slug": SLUG, "status": "failed", "reason": "time", "memory_mb": 81.5, "attempts": 2},
    {"event": "report", "slug": "data_quality", "status": "stale", "seconds": 1.25},
    {"event": "publish", "run": "2026-06-30-0123abcd-12"},
    {"event": "end", "exit_code": 75, "state": "busy", "peak_mb": 1},
])  # fmt: skip
def test_what_is_declared_is_told(event):
    assert stated(event) == event


def test_the_declared_fields_cannot_be_widened_elsewhere():
    with pytest.raises(TypeError):
        FIELDS["note"] = lambda value: True  # pyright: ignore[reportIndexIssue]


def test_at_night_a_defect_is_withheld_and_said_once_and_the_run_goes_on(tmp_path):
    strays = A_RUN.replace('"attempts": 1', '"attempts": "Jane Doe", "name": "Jane Doe"')
    process = _start(tmp_path, script=strays, stderr=subprocess.PIPE, text=True)
    said = process.communicate(timeout=60)[1]
    assert process.returncode == 0
    assert "Jane" not in said
    assert str(tmp_path) not in said
    assert "/" not in said
    assert (
        said.count("UndeclaredWarning: the field 'attempts' of an event is not what FIELDS lets it be") == 1
    )
    assert said.count("UndeclaredWarning: the field 'name' of an event is not in FIELDS") == 1
    assert said.count('"event": "report"') == 300


def _ended_well(process, folder):
    return process.wait(timeout=60) == 0 and (folder / "ended").exists()


def test_a_reader_that_goes_away_does_not_end_the_run(tmp_path):
    process = _start(tmp_path, pause=0.001, stderr=subprocess.PIPE, text=True)
    assert process.stderr
    assert json.loads(process.stderr.readline())["event"] == "start"
    process.stderr.close()
    assert _ended_well(process, tmp_path)


def test_a_full_disk_under_the_log_does_not_end_the_run(tmp_path):
    with open("/dev/full", "w") as full:
        assert _ended_well(_start(tmp_path, stderr=full), tmp_path)


def test_a_run_without_any_standard_error_ends_well(tmp_path):
    closed = ["sh", "-c", 'exec "$0" -c "$1" 0 2>&-', sys.executable, A_RUN]
    assert _ended_well(subprocess.Popen(closed, cwd=tmp_path, env=BUFFERED), tmp_path)


def _read_until(terminal, words):
    said = b""
    while words not in said:
        said += os.read(terminal, 65536)
    return said


def test_a_person_sees_one_bar_through_all_phases(tmp_path):
    ours, theirs = pty.openpty()
    slow = A_RUN.replace("    tell({", "    time.sleep(0.3); tell({", 3)
    process = _start(tmp_path, pause=0.01, script=slow, stderr=theirs)
    os.close(theirs)
    for words in (b"Reading", b"Modelling", b"Reports", b"/300"):
        assert b"event" not in _read_until(ours, words)
    os.close(ours)  # the terminal is closed: the run is on its way and stays so
    assert _ended_well(process, tmp_path)
