"""Children forked from a warm parent: what they know, what they may take, how they end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from analytics.reporting import child
from analytics.reporting.child import MB, TOO_LARGE, TOO_LONG, Limits

AMPLE = Limits(60, 10_000)


# what children do: found by its name in this very file
def tells(telling, *given):
    telling.send((os.getpid(), os.getpgid(0), child.alone(), given))


def tells_what_it_knows(telling):
    telling.send(
        [
            dict(os.environ),
            sys.stdin.read(),
            [name for name in ("analytics.warm", "polars", "papermill") if name in sys.modules],
        ]
    )


def sleeps(telling, started=()):
    if started:
        subprocess.Popen(started, start_new_session=True)
    telling.send(os.getpid())
    time.sleep(60)


def takes(telling, megabytes):
    held = bytearray(megabytes * MB)
    held[::4096] = b"x" * len(held[::4096])
    telling.send(len(held))
    time.sleep(60)


def dies(telling):
    os.kill(os.getpid(), signal.SIGKILL)


def raises(telling):
    raise ValueError("canary")


@pytest.fixture
def started():
    """Children that are ended after the test, whatever it found."""
    begun = []

    def start(work, *given):
        begun.append(child.start(work, *given))
        return begun[-1]

    yield start
    for one in begun:
        if not one.told.closed:
            one.end()


def _told(one, seconds=60):
    assert one.told.poll(seconds), "it says nothing"
    return one.told.recv()


def _alive(pid):
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def _ends(*pids, seconds=10):
    end = time.monotonic() + seconds
    while any(_alive(pid) for pid in pids) and time.monotonic() < end:
        time.sleep(0.02)
    return not any(_alive(pid) for pid in pids)


def test_a_child_does_what_it_is_given_and_leads_its_own_group(started):
    one = started(tells, "a", 1)
    pid, group, alone, given = _told(one)
    assert pid == group == one.process.pid != os.getpid()
    assert (alone, given) == (True, ("a", 1))
    assert not child.alone()


def test_it_knows_what_the_parent_imported_and_no_secret(started, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "secret secret secret secret secret")
    environment, typed, imported = _told(started(tells_what_it_knows))
    assert {name: environment[name] for name in child.ENVIRONMENT} == child.ENVIRONMENT
    assert "secret" not in str(environment)
    assert typed == "", "nobody types"
    assert imported == ["analytics.warm", "polars", "papermill"]


def test_it_starts_where_this_process_stands_now(started, monkeypatch, tmp_path):
    """The main module of whoever starts it is not run anew, and keeps its name."""
    main = sys.modules["__main__"]
    before = (main.__spec__, getattr(main, "__file__", None))
    _told(started(tells))
    assert (main.__spec__, getattr(main, "__file__", None)) == before


@pytest.mark.parametrize("work", [dies, raises])
def test_one_that_dies_closes_its_end(started, work, capfd):
    one = started(work)
    with pytest.raises(EOFError):
        _told(one)
    one.end()


def test_the_end_of_a_child_is_that_of_all_it_started(started):
    one = started(sleeps, ["sleep", "600"])
    pid = _told(one)
    below = [process.pid for process in psutil.Process(pid).children(recursive=True)]
    assert len(below) == 1
    one.end()
    assert _ends(pid, *below)


def test_it_is_broken_when_its_time_is_up_and_time_can_begin_again(started):
    one = started(sleeps)
    _told(one)
    assert one.broken(AMPLE) == ""
    assert one.broken(Limits(0, 10_000)) == TOO_LONG
    one.started -= 100
    assert one.broken(AMPLE) == TOO_LONG
    one.begin_again()
    assert one.broken(AMPLE) == ""


def test_its_memory_counts_with_all_that_it_started(started):
    one = started(takes, 300)
    _told(one)
    assert one.broken(AMPLE) == ""
    assert one.peak > 300 * MB
    assert one.broken(Limits(60, 300)) == TOO_LARGE


def test_a_child_that_is_gone_breaks_nothing(started):
    one = started(dies)
    with pytest.raises(EOFError):
        _told(one)
    assert one.broken(AMPLE) == ""


def test_no_descriptor_and_no_zombie_is_left(started):
    this = psutil.Process()
    for number in range(12):
        one = started(tells)
        _told(one)
        one.end()
        if number == 1:
            few = this.num_fds()
    assert this.num_fds() <= few
    assert [one.pid for one in this.children() if one.status() == psutil.STATUS_ZOMBIE] == []


LEFT_ALONE = """
import sys, time
sys.path.insert(0, sys.argv[1])
from reporting.test_child import sleeps
from analytics.reporting import child
if __name__ == "__main__":
    one = child.start(sleeps, ["sleep", "600"])
    print(one.told.recv(), flush=True)
    time.sleep(60)
"""


def test_children_do_not_outlive_who_started_them(tmp_path):
    (tmp_path / "left.py").write_text(LEFT_ALONE)
    tests = Path(__file__).resolve().parents[1]
    process = subprocess.Popen(
        [sys.executable, tmp_path / "left.py", tests],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )  # fmt: skip
    pid = int(process.stdout.readline())
    below = [one.pid for one in psutil.Process(pid).children(recursive=True)]
    tree = [one.pid for one in psutil.Process(process.pid).children(recursive=True)]
    assert pid in tree
    process.kill()
    process.wait()
    process.stdout.close()
    assert _ends(pid, *below, *tree)


def test_where_the_warm_parent_is_killed_another_takes_its_place(started):
    from multiprocessing import forkserver

    one = started(tells)
    _told(one)
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGKILL)
    two = started(tells)  # at once
    assert _told(two)[0] == two.process.pid
    one.end()
    two.end()


STARTS = """
from analytics.reporting import child
from reporting.test_child import tells

if __name__ == "__main__":
    one = child.start(tells, 7)
    assert one.told.poll(60)
    print(one.told.recv()[-1])
    one.end()
"""


def test_a_long_path_for_temporary_files_is_no_hindrance(tmp_path):
    """A socket of the file system has a path of a hundred letters at most."""
    long = tmp_path / ("long" * 20) / ("longer" * 10)
    long.mkdir(parents=True)
    tests = Path(__file__).resolve().parents[1]
    environment = os.environ | {"TMPDIR": str(long), "PYTHONPATH": f"{tests}{os.pathsep}{tests.parent}"}
    done = subprocess.run(
        [sys.executable, "-c", STARTS],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.stdout, done.returncode) == ("(7,)\n", 0), done.stderr
