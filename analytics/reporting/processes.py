"""What a process has started: which processes, how much memory they hold, and their end."""

from __future__ import annotations

import contextlib
import resource
from collections.abc import Iterable

import psutil


def below(pid: int | None) -> list[psutil.Process]:
    """All that a process started, in whatever group or session."""
    with contextlib.suppress(psutil.Error):
        return psutil.Process(pid).children(recursive=True)
    return []


def held_by(pid: int | None, started: Iterable[psutil.Process]) -> int:
    """Bytes of memory of a process and all that it started."""
    held = 0
    with contextlib.suppress(psutil.Error):
        for one in (psutil.Process(pid), *started):
            with contextlib.suppress(psutil.Error):
                held += one.memory_info().rss
    return held


def peak_mb() -> int:
    """The most memory that this process held since it was forked, in units of 2^20 bytes."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def kill(processes: Iterable[psutil.Process]) -> None:
    """End each of them at once, where it still runs."""
    for one in processes:
        with contextlib.suppress(psutil.Error):
            one.kill()
