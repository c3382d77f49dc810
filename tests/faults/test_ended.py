"""A run that is ended in the middle: what is published is the run before or the new one, whole."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass
from itertools import count

import pytest
from faults.network import Network, Started, completes, whole

KILLS, SOME = 20, 2


@dataclass(frozen=True)
class Killed:
    """What a run that was killed had last told, whether it had published, and what the next run took over.

    `seconds`: that a whole run takes, as last seen.
    """

    told: str
    published: bool
    reused: int
    seconds: float


def _kill(undisturbed, folder, *, moment: float, seconds: float) -> tuple[Network, Started, float]:
    """Kill a run at that part of its time; one that was quicker and had ended is made once more."""
    for attempt in count():
        network = undisturbed.with_news(folder / f"{attempt}")
        run = network.start()
        try:
            run.process.wait(timeout=moment * seconds)
        except subprocess.TimeoutExpired:
            run.end(signal.SIGKILL)
            return network, run, seconds
        seconds = time.monotonic() - run.began
    raise AssertionError


def kill_at(undisturbed, folder, *, moment: float, seconds: float) -> Killed:
    """What a kill at that moment leaves is whole, and the next run completes."""
    folder.mkdir()
    network, run, seconds = _kill(undisturbed, folder, moment=moment, seconds=seconds)
    assert run.survivors() == []
    told = ([{"event": "nothing"}, *run.events])[-1]["event"]
    shown = whole(network)
    assert shown in (undisturbed.before, undisturbed.after)
    published = shown == undisturbed.after
    completes(network, undisturbed.after)
    return Killed(told, published, 0 if published else network.status["reused"], seconds)


def _kill_often(undisturbed, folder, table, *, moments: list[float]) -> None:
    seconds, killed = undisturbed.seconds, []
    for number, moment in enumerate(moments):
        one = kill_at(undisturbed, folder / f"{number}", moment=moment, seconds=seconds)
        killed.append(one)
        seconds = one.seconds
        print(f"kill -9 at {moment:.0%}: {one}")
    told, new = Counter(one.told for one in killed), sum(one.published for one in killed)
    table.append(
        (
            f"kill -9 at {len(moments)} random moments (last told: {dict(told)})",
            f"the run before {len(moments) - new} times, the new one {new} times, whole; no process left",
            f"completes; reused {sorted(one.reused for one in killed)} reports",
        )
    )


def _moments(parts: int, *, seed: int) -> list[float]:
    """Spread over the whole run: one in each of so many equal parts of it."""
    draw = random.Random(seed)
    return [(number + draw.random()) / parts for number in range(parts)]


def test_kill_9_at_random_moments(undisturbed, tmp_path, table):
    _kill_often(undisturbed, tmp_path, table, moments=_moments(SOME, seed=6))


@pytest.mark.slow
def test_kill_9_at_many_random_moments(undisturbed, tmp_path, table):
    _kill_often(undisturbed, tmp_path, table, moments=_moments(KILLS, seed=7))


@pytest.mark.slow
def test_what_a_killed_run_had_made_the_next_one_reuses(undisturbed, network, table):
    """Killed as soon as the first report is made."""
    run = network.start()
    run.wait_for("report")
    run.end(signal.SIGKILL)
    assert run.survivors() == []
    made = sum(event["event"] == "report" for event in run.events)
    assert whole(network) == undisturbed.before
    kept = undisturbed_reuses(undisturbed)
    completes(network, undisturbed.after)
    assert network.counts["reused"] >= kept + made
    table.append(
        ("kill -9 once a report is made", "the run before, whole", f"reused {made} that was finished")
    )


def undisturbed_reuses(undisturbed) -> int:
    """Reports that the next run has not to make even if nothing goes wrong."""
    following = undisturbed.network.folder.with_name("next")
    return Network(following).counts.get("reused", 0)


@pytest.mark.slow
def test_what_a_killed_run_left_is_removed_though_nothing_is_published_anew(undisturbed, tmp_path, table):
    """It made anew what did not change, so the next run has nothing to do."""
    network = undisturbed.network.copy(tmp_path / "network")
    run = network.start("--force")
    run.wait_for("plan")
    while run.process.poll() is None and not list(network.reports.glob(".made/.new-*")):
        time.sleep(0.01)
    run.end(signal.SIGKILL)
    assert run.survivors() == []
    assert list(network.reports.glob(".made/.new-*"))
    completes(network, undisturbed.before)
    assert network.status["state"] == "unchanged"
    table.append(("kill -9 of a run with --force", "the run before, whole", "unchanged; nothing is left"))


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
@pytest.mark.slow
def test_a_timer_or_a_person_ends_it(undisturbed, network, table, number, code):
    run = network.start()
    run.wait_for("report")
    assert run.end(number) == code
    assert run.survivors() == []
    assert "Traceback" not in run.said
    assert whole(network) == undisturbed.before
    assert not list(network.reports.glob(".staging-*"))
    assert network.status["state"] == "interrupted"
    assert network.status["exit_code"] == code
    completes(network, undisturbed.after)
    table.append((f"{number.name} while rendering", f"exit code {code}, status interrupted", "completes"))
