"""Children: processes forked one by one from a warm parent, which has imported all that a report needs.

The parent is the fork server of Python's multiprocessing: one thread, started anew, and it never runs a
query, since a fork after polars has run one hangs. A child knows what the parent had imported and nothing of
another child: whatever a notebook does to options, environment, folder or library dies with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import random
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from multiprocessing import util
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import psutil

from analytics.reporting.processes import below, held_by, kill

WARM = "analytics.warm"  # imported by the parent before it forks
MB = 1 << 20
# a child draws one report: threads would only wait for each other, and it must know no secret of this machine
ENVIRONMENT = {"POLARS_MAX_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "LUMBAR_KEY": "", "LUMBAR_STUDY": ""}

LONG, SHORT = 60, "/tmp"  # letters of a folder for temporary files, and the one instead of a longer one
SUBREAPER = 36  # PR_SET_CHILD_SUBREAPER of linux/prctl.h
LOOK_EVERY = 0.25  # seconds between two looks at the time and the memory that a child takes
TOO_LONG, TOO_LARGE = "it took too long", "it took too much memory"

_alone = False  # whether this process was forked for one report


@dataclass(frozen=True, slots=True)
class Limits:
    """What one child may take: seconds, and megabytes with all that it starts."""

    seconds: float
    memory_mb: float


@dataclass(slots=True)
class Child:
    """A process that works on one thing, with the end of a pipe on which it tells of it."""

    process: BaseProcess
    told: Connection
    started: float = field(default_factory=time.monotonic)
    looked: float = 0.0
    held: int = 0
    peak: int = 0
    seen: set[psutil.Process] = field(default_factory=set)  # what it started, also what has left it since

    @property
    def seconds(self) -> float:
        """How long it has been at work."""
        return time.monotonic() - self.started

    def begin_again(self) -> None:
        """Count its time from now on."""
        self.started = time.monotonic()

    def broken(self, limits: Limits) -> str:
        """Which limit it has broken; empty: none. `peak` keeps the most bytes that were seen."""
        if time.monotonic() - self.looked >= LOOK_EVERY:  # a look costs as much as there are processes
            self.looked, started = time.monotonic(), below(self.process.pid)
            self.seen |= {*started}
            self.held = held_by(self.process.pid, started)
            self.peak = max(self.peak, self.held)
        if self.held > limits.memory_mb * MB:
            return TOO_LARGE
        return TOO_LONG if self.seconds > limits.seconds else ""

    def end(self) -> None:
        """End it and all that it started, and wait until it is gone."""
        if self.process.pid:
            started = self.seen | {*below(self.process.pid)}
            for end in (os.killpg, os.kill):  # the group, and itself should it not have come to lead one
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    end(self.process.pid, signal.SIGKILL)
            kill(started)
        self.process.join()
        self.told.close()
        self.process.close()


def warm_up() -> None:
    """Start the warm parent, if it does not run yet; it imports while this process goes on."""
    from multiprocessing import forkserver

    _context()
    forkserver.ensure_running()


def start(work: Callable[..., None], *given: Any) -> Child:
    """A child that does `work(telling, *given)`, where `telling` is its end of the pipe."""
    try:
        return _started(work, given)
    except (EOFError, ConnectionError):  # the warm parent was killed this moment: another takes its place
        time.sleep(LOOK_EVERY)
        return _started(work, given)


def _started(work: Callable[..., None], given: tuple[Any, ...]) -> Child:
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = _context().Process(target=_begin, args=(work, theirs, given), daemon=False)
    with theirs, _no_main():
        process.start()
    return Child(process, ours)


def alone() -> bool:
    """Whether this process was forked for one report, so that nothing else is touched here."""
    return _alone


def _context() -> Any:
    _need_a_short_path()
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([WARM])
    return context


def _need_a_short_path() -> None:
    """The fork server listens on a socket of the file system, whose path may have a hundred letters or so."""
    if len(tempfile.gettempdir()) > LONG and Path(SHORT).is_dir():
        before, tempfile.tempdir = tempfile.tempdir, SHORT
        try:
            util.get_temp_dir()  # made once for this process, and removed when it ends
        finally:
            tempfile.tempdir = before


@contextlib.contextmanager
def _no_main() -> Any:
    """Multiprocessing would run the program's main module anew in each child, for functions defined there."""
    main = sys.modules["__main__"]
    names = ("__spec__", "__file__")
    before = {name: getattr(main, name) for name in names if hasattr(main, name)}
    main.__spec__ = None
    if "__file__" in before:
        del main.__file__
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(main, name, value)


def _begin(work: Callable[..., None], telling: Connection, given: tuple[Any, ...]) -> None:
    global _alone  # noqa: PLW0603 - it is of this process, and never taken back
    _alone = True
    os.setpgid(0, 0)
    if sys.platform == "linux":  # what a notebook's programs start and leave behind stays below this process
        ctypes.CDLL(None).prctl(SUBREAPER, 1, 0, 0, 0)
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=lambda: (parent.join(), _end_all()), daemon=True).start()
    os.environ.update(ENVIRONMENT)
    random.seed()
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()  # else every child would draw the same
    try:
        work(telling, *given)
    finally:  # no thread and no process that a notebook left may go on
        _end_all()


def _end_all() -> None:
    kill(below(os.getpid()))
    os.killpg(0, signal.SIGKILL)


def with_environment(environment: Mapping[str, str]) -> None:
    """Let this process have that environment, and no variable of its own."""
    os.environ.clear()
    os.environ.update(environment)


def quiet() -> None:
    """Print nothing: a library's words could hold a value."""
    if not os.environ.get("LUMBAR_DEBUG"):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
