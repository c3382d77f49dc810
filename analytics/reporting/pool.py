"""Reports made side by side, each in a child of its own; a child that dies takes no other report with it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path

from analytics.reporting import archive, child
from analytics.reporting.child import MB, Child, Limits
from analytics.reporting.worker import Made, Task, failed, make
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.failure import storage_refusal

ENDED = "the process that made it was ended from outside (out of memory?)"


@dataclass(frozen=True, slots=True)
class Pace:
    """How many children work at once, what each may take, and how often one that died is tried."""

    jobs: int
    limits: Limits
    attempts: int = 1


def make_all(tasks: list[Task], pace: Pace) -> Iterator[tuple[Task, Made]]:
    """Each report as it is done. Raises ConfigurationError where a notebook and its parameters disagree.

    A report whose child was ended from outside is tried anew after the others, alone: what it did to its own
    process it may have done to theirs.
    """
    lost = []
    for task, made in _side_by_side(tasks, pace):
        if made is None:
            lost.append(task)
        else:
            yield task, made
    for task in lost:
        yield task, _again(task, pace)


def _again(task: Task, pace: Pace) -> Made:
    for attempt in range(2, pace.attempts + 1):
        ((_, made),) = _side_by_side([task], replace(pace, jobs=1))
        if made:
            return replace(made, attempts=attempt)
    return replace(failed(task, ENDED), attempts=pace.attempts)


def _side_by_side(tasks: list[Task], pace: Pace) -> Iterator[tuple[Task, Made | None]]:
    """Each task with what became of it; None: its child died without a word."""
    waiting, working = list(reversed(tasks)), dict[Connection, tuple[Task, Child]]()
    try:
        while waiting or working:
            while waiting and len(working) < pace.jobs:
                task = waiting.pop()
                one = child.start(answer, task, _kept)
                working[one.told] = task, one
            ready = wait(list(working), timeout=child.LOOK_EVERY)
            for told, (task, one) in list(working.items()):
                broken = one.broken(pace.limits)
                if told in ready or broken:
                    made = heard(one, task) if told in ready else broke(task, broken, pace.limits)
                    one.end()
                    del working[told]
                    yield task, made and measured(made, one)
    finally:
        for _, one in working.values():
            one.end()


def heard(one: Child, task: Task) -> Made | None:
    """What the child tells; a ConfigurationError of its is raised here."""
    try:
        told = one.told.recv()
    except (EOFError, OSError):
        return None
    if isinstance(told, ConfigurationError):
        raise told
    return told if isinstance(told, Made) else failed(task, f"{told} while rendering")


def measured(made: Made, one: Child) -> Made:
    """With the seconds and the memory that its child took."""
    most = max(made.memory_mb, round(one.peak / MB))
    return replace(made, seconds=round(one.seconds, 2), memory_mb=most)


def broke(task: Task, broken: str, limits: Limits) -> Made:
    """A report whose child broke a limit, in words."""
    took = {
        child.TOO_LONG: f"it took longer than {limits.seconds:g} seconds (run.timeout_seconds)",
        child.TOO_LARGE: f"it took more than {limits.memory_mb:g} MB of memory (run.memory_mb)",
    }
    return failed(task, took[broken])


def answer(telling: Connection, task: Task, make_it: Callable[[Task], Made]) -> None:
    """In a child: make the report, tell what became of it."""
    child.quiet()
    try:
        telling.send(make_it(task))
    except ConfigurationError as error:
        telling.send(error)
    except OSError as error:
        telling.send(storage_refusal(error, "The folder of reports") or type(error).__name__)
    except Exception as error:  # a defect of ours must not stop the others; its text could hold data
        telling.send(type(error).__name__)


def _kept(task: Task) -> Made:
    """Make the report and put it in the archive."""
    room = archive.room_for(Path(task.reports), task.report.slug)
    made = make(replace(task, staging=str(room)))
    if made.good:
        archive.keep(room, made, parts=task.parts, day=task.day)
    else:
        shutil.rmtree(room, ignore_errors=True)
    return made
