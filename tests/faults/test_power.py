"""The power goes before each step that gives a file its name, and with it all that was not made durable."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from faults.network import Network, completes, whole

HOOK = Path(__file__).parent / "crash"
MADE = ("reports", "study", ".study-kept", "lumbar.key")
ROOMS = ("archive", "publish")
Point = tuple[str, int]  # a step, and how many calls alike pass before the power goes


def _environment(log: Path, **more: str) -> dict[str, str]:
    found = os.pathsep.join(filter(None, (str(HOOK), os.environ.get("PYTHONPATH", ""))))
    return {"PYTHONPATH": found, "CRASH_LOG": str(log)} | more


@pytest.fixture(scope="module")
def steps(undisturbed, tmp_path_factory):
    """Each place of the code that renames, replaces or links, with how often a whole run passes it."""
    root = tmp_path_factory.mktemp("steps")
    network = undisturbed.with_news(root / "network")
    run = network.start(more=_environment(root / "log"))
    assert run.wait() == 0, run.said
    assert whole(network) == undisturbed.after
    calls = [line[5:] for line in (root / "log").read_text().splitlines() if line.startswith("call ")]
    found = {call: calls.count(call) for call in dict.fromkeys(calls)}
    for call, count in found.items():
        print(f"{count:4} {call}")
    return found


def _power_goes(network: Network, log: Path, since: float) -> int:
    """Files that were not made durable are empty, as a journalling file system leaves them; how many."""
    durable = {int(line.split()[1]) for line in log.read_text().splitlines() if line.startswith("durable ")}
    lost = 0
    for path in network.folder.rglob("*"):
        about = path.lstat()
        made = path.relative_to(network.folder).parts[0] in MADE and stat.S_ISREG(about.st_mode)
        if made and about.st_size and about.st_mtime >= since and about.st_ino not in durable:
            os.truncate(path, 0)
            lost += 1
    return lost


def _crash(undisturbed, folder: Path, step: str, *, skip: int = 0) -> tuple[str, int]:
    folder.mkdir()
    network, log = undisturbed.with_news(folder / "network"), folder / "log"
    since = (network.folder / "exports" / "willow" / "sessions.csv").stat().st_mtime
    run = network.start(more=_environment(log, CRASH_AT=step, CRASH_SKIP=str(skip)))
    assert run.wait() == -9, f"it did not crash at {step}: {run.said[-500:]}"
    assert run.survivors() == []
    lost = _power_goes(network, log, since)
    published = whole(network)
    assert published in (undisturbed.before, undisturbed.after)
    completes(network, undisturbed.after)
    return "the new run" if published == undisturbed.after else "the run before", lost


def _crash_at(undisturbed, folder: Path, table, steps: dict[str, int], chosen: list[Point]) -> None:
    for step, skip in chosen:
        published, lost = _crash(undisturbed, folder / f"{len(table)}", step, skip=skip)
        print(f"power loss before {step} ({skip}): {lost} files lost; published: {published}")
        name, place = step.split()
        where = place.split(":")[0].removeprefix("analytics.")
        table.append(
            (
                f"power loss before {name} in {where} (call {skip + 1} of {steps[step]})",
                f"{published}, whole; {lost} files that were not durable are empty",
                "completes",
            )
        )


def _points(steps: dict[str, int]) -> list[Point]:
    """Each step in the middle of the calls of its kind, and before the last of those that make durable."""
    middle = [(step, count // 2) for step, count in steps.items()]
    last = [(step, count - 1) for step, count in steps.items() if step.startswith("fsync")]
    return list(dict.fromkeys(middle + last))


def _puts_in_place(point: Point) -> bool:
    """A report in the archive, a run beside the others, `latest`."""
    return point[0].startswith(
        tuple(f"{name} analytics.reporting.{room}:" for name in ("rename", "replace") for room in ROOMS)
    )


@pytest.mark.slow
def test_the_power_goes_while_it_publishes(undisturbed, tmp_path, table, steps):
    chosen = [point for point in _points(steps) if _puts_in_place(point)]
    assert len(chosen) == 3
    _crash_at(undisturbed, tmp_path, table, steps, chosen)


@pytest.mark.slow
def test_the_power_goes_before_any_other_step(undisturbed, tmp_path, table, steps):
    chosen = [point for point in _points(steps) if not _puts_in_place(point)]
    assert len(chosen) >= 5
    _crash_at(undisturbed, tmp_path, table, steps, chosen)
