"""Processes that read side by side: the same journal, a clear word when one is lost, none left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import psutil
import pytest
from journal.exports import HEADER, SESSIONS, installation

from analytics.journal import workers
from analytics.journal.account import joined
from analytics.journal.clean import clean_by_clinics, clean_journal
from analytics.journal.read import read_journal
from analytics.vocabulary.errors import ConfigurationError, InputError, LumbarError
from analytics.vocabulary.installed import sample_settings

ROW = "{},1,2026-01-05 08:00,,home,no,stretching,30,4,2,6"


@pytest.fixture(autouse=True)
def many(monkeypatch):
    """However little there is to read, processes read it."""
    monkeypatch.setattr(workers, "MUCH", 0)
    monkeypatch.setenv("LUMBAR_KEY", "the same everywhere " * 3)


def jobs(settings, number):
    return settings.model_copy(update={"run": settings.run.model_copy(update={"jobs": number})})


def with_its_process(number, journal):
    return os.getpid(), journal


def killed(number, journal):
    os.kill(os.getpid(), signal.SIGKILL)


def ours():
    return [one for one in psutil.Process().children(recursive=True) if "LokyProcess" in str(one.cmdline())]


@pytest.mark.parametrize("number", [2, 3])
def test_they_make_the_journal_that_one_process_makes(tmp_path, number):
    made = sample_settings(tmp_path)
    whole = clean_journal(read_journal(made), jobs(made, 1))
    found = list(
        clean_by_clinics(read_journal(made), jobs(made, number), folder=tmp_path, then=with_its_process)
    )
    assert os.getpid() not in {pid for pid, _ in found}
    together = joined(journal for _, journal in found)
    for name in whole.__slots__:
        assert getattr(together, name).equals(getattr(whole, name)), name
    assert not ours()


def test_little_is_read_here(tmp_path, monkeypatch):
    monkeypatch.setattr(workers, "MUCH", 1 << 30)
    made = sample_settings(tmp_path)
    found = list(clean_by_clinics(read_journal(made), jobs(made, 2), folder=tmp_path, then=with_its_process))
    assert {pid for pid, _ in found} == {os.getpid()}


@pytest.mark.parametrize(
    ("second", "error"),
    [
        (HEADER.replace("minutes", "length") + "\n" + ROW.format("elm") + "\n", ConfigurationError),
        (HEADER + "\n" + ROW.format("elm") + "\n" + "\u20ac" + "\udcff\n", InputError),
    ],
)
def test_a_refusal_reads_the_same_wherever_it_was_found(tmp_path, second, error):
    files = {"a.csv": (SESSIONS, HEADER + "\n" + ROW.format("oak") + "\n"), "b.csv": (SESSIONS, "")}
    made = installation(tmp_path, files)
    next(tmp_path.rglob("b.csv")).write_bytes(second.encode("utf-8", "surrogateescape"))
    told = []
    for number in (1, 2):
        with pytest.raises(error) as refusal:
            clean_journal(read_journal(made), jobs(made, number))
        told.append(str(refusal.value))
    assert told[0] == told[1]
    assert "b.csv" in told[0]
    assert not ours()


def test_a_process_that_is_ended_from_outside_is_said(tmp_path):
    made = jobs(sample_settings(tmp_path), 2)
    with pytest.raises(LumbarError, match="most likely because memory ran out"):
        list(clean_by_clinics(read_journal(made), made, folder=tmp_path, then=killed))
    assert not ours()


SLOW = """
import sys, time
from pathlib import Path
from analytics.journal import workers
from analytics.journal.clean import clean_by_clinics
from analytics.journal.read import read_journal
from analytics.vocabulary.installed import sample_settings
def wait(number, journal):
    time.sleep(60)
if __name__ == "__main__":
    workers.MUCH = 0
    made = sample_settings(Path(sys.argv[1]))
    made = made.model_copy(update={"run": made.run.model_copy(update={"jobs": 2})})
    print("begun", flush=True)
    list(clean_by_clinics(read_journal(made), made, folder=Path(sys.argv[1]), then=wait))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_none_outlives_whoever_started_them(tmp_path, how):
    script = tmp_path / "slow.py"
    script.write_text(SLOW)
    command = [sys.executable, str(script), str(tmp_path)]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert running.stdout.readline() == "begun\n"
    below = partial(psutil.Process(running.pid).children, recursive=True)
    began = time.monotonic()
    while sum("LokyProcess" in str(one.cmdline()) for one in below()) < 2:
        assert time.monotonic() < began + 30
        time.sleep(0.1)
    time.sleep(1)
    theirs = below()
    running.send_signal(how)
    running.wait(30)
    running.stdout.close()
    _, alive = psutil.wait_procs(theirs, timeout=20)
    assert not alive
