"""What a worker of a cluster does for one report: it makes it in a child, and hands over the files.

Nothing of dask is imported here, since each child opens this module anew.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event, Lock

from analytics.reporting import child, pdf, pool
from analytics.reporting.child import Limits
from analytics.reporting.worker import Made, Task, failed, make
from analytics.vocabulary.failure import storage_refusal

MADE = "made"  # in the room of a report: what is handed over
Files = dict[str, bytes]  # the files of a report, by their place in a published run

_starting = Lock()  # what starts a child changes this process for a moment, and a worker has many threads


class ChildEnded(Exception):
    """The process that made a report was ended from outside, or its run was."""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder of one run on this machine: `study`, `notebooks`, and a room for each report that is made."""

    folder: Path
    ended: Event = field(default_factory=Event)

    def leave(self) -> None:
        """End what is still being made, and remove the folder."""
        self.ended.set()
        with _starting:
            shutil.rmtree(self.folder, ignore_errors=True)


def make_in(place: Place, task: Task, limits: Limits) -> tuple[Made, Files]:
    """What became of the report, and its files. Raises ChildEnded where the child or the run has ended."""
    with _starting:
        if place.ended.is_set():
            raise ChildEnded
        room = Path(tempfile.mkdtemp(dir=place.folder))
    try:
        made = _in_a_child(_here(task, place.folder, room), limits, place.ended)
        paths = [path for path in (room / MADE).rglob("*") if path.is_file()] if made.good else []
        files = {path.relative_to(room / MADE).as_posix(): path.read_bytes() for path in paths}
    finally:  # a child that was still at work may have made the folder anew
        shutil.rmtree(place.folder if place.ended.is_set() else room, ignore_errors=True)
    lacks = pdf.NO_BROWSER if task.browser and not pdf.find_browser() else made.lacks
    return replace(made, lacks=lacks), files


def _here(task: Task, folder: Path, room: Path) -> Task:
    """The task with the places of this machine."""
    parameters = task.report.parameters | {"study": str(folder / "study")}
    return replace(
        task,
        report=replace(task.report, parameters=parameters),
        notebooks=str(folder / "notebooks"),
        reports="",
        staging=str(room / MADE),
        browser=pdf.find_browser() if task.browser else "",
    )


def _in_a_child(task: Task, limits: Limits, ended: Event) -> Made:
    with _starting:
        if ended.is_set():
            raise ChildEnded
        one = child.start(pool.answer, task, _made)
    try:
        ready, broken = False, ""
        while not (ready or broken):
            broken = one.broken(limits)
            ready = one.told.poll(child.LOOK_EVERY)
            if ended.is_set():
                raise ChildEnded
        made = pool.heard(one, task) if ready else pool.broke(task, broken, limits)
        if made is None:
            raise ChildEnded
        return pool.measured(made, one)
    finally:
        with _starting:
            one.end()


def _made(task: Task) -> Made:
    """In the child: the report in its room. What the disk of this machine refuses costs this report alone."""
    if task.engine == "fork":  # of papermill's own, the socket's path would be longer than the system takes
        tempfile.tempdir = str(Path(task.staging).parent)  # so that nothing outlives a child that is killed
    try:
        return make(task)
    except OSError as error:
        if refusal := storage_refusal(error, "The temporary folder of a worker"):
            return failed(task, str(refusal))
        raise
