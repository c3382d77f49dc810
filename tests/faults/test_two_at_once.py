"""Two runs at once, clocks that jump, and runs that are thrown away in time."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import datetime, timedelta

import pytest
from faults.network import RUN, completes, nothing_unfinished, whole
from running import run_lumbar

YEAR = timedelta(days=365)


def _second(first, network, said: str) -> None:
    """What another run finds while the first is at that point: held there, so that it cannot end before."""
    first.process.send_signal(signal.SIGSTOP)
    second = network.run()
    first.process.send_signal(signal.SIGCONT)
    assert second.code == 75, second.said[-2000:]
    assert said in second.said
    assert "Traceback" not in second.said


def test_the_second_run_at_once_goes_away(undisturbed, network, table):
    """While the first prepares the study, and while it makes reports."""
    status = (network.reports / "status.json").read_bytes()
    first = network.start()
    while not list(network.folder.glob(".study-new-*")):
        assert first.process.poll() is None
        time.sleep(0.01)
    _second(first, network, "another run is preparing this study")
    first.wait_for("plan")
    _second(first, network, "Another run is writing these reports")
    assert (network.reports / "status.json").read_bytes() == status
    assert whole(network) == undisturbed.before
    assert first.wait() == 0, first.said[-2000:]
    assert whole(network) == undisturbed.after
    nothing_unfinished(network)
    assert network.status["state"] == "published"
    table.append(("two runs at once", "the second: exit code 75, changes nothing", "the first publishes"))


def _shift(network, by: timedelta) -> None:
    """What is published, as if it had been made by a clock that stood so much later."""
    for path in (network.reports / "status.json", network.latest / "manifest.json"):
        held = json.loads(path.read_text(encoding="utf-8"))
        for name in ("started", "finished", "last_success", "last_published"):
            if name in held:
                held[name] = (datetime.fromisoformat(held[name]) + by).isoformat()
        path.write_text(json.dumps(held), encoding="utf-8")
    for path in network.reports.rglob("*"):
        at = path.lstat().st_mtime + by.total_seconds()
        os.utime(path, (at, at), follow_symlinks=False)


@pytest.mark.slow
def test_the_clock_is_set_back_by_a_year(undisturbed, network, table):
    """The run before was made by a clock that stood a year ahead."""
    network.add_setting("[run]\nkeep_runs = 1")
    _shift(network, YEAR)
    told = run_lumbar("status", cwd=network.folder)
    assert told.code == 1
    assert "The clock stands before the last run." in told.said
    completes(network, undisturbed.after)
    assert network.manifest["number"] == 2
    assert [path.name for path in network.reports.iterdir() if RUN.fullmatch(path.name)] == [
        network.latest.resolve().name
    ]
    assert run_lumbar("status", cwd=network.folder).code == 0
    table.append(
        ("clock set back by a year", "`status` says so, exit code 1", "publishes; the older run is pruned")
    )


@pytest.mark.slow
def test_an_earlier_day_can_be_asked_for(undisturbed, network, table):
    """As a clock that stands too early does: what is asked is published."""
    ran = network.run("--as-of", "2026-05-31")
    assert ran.code == 0, ran.said[-2000:]
    whole(network)
    assert network.manifest["as_of"] == "2026-05-31"
    assert network.manifest["number"] == 2
    table.append(("--as-of before that of the last run", "published as asked, numbered after it", "-"))
