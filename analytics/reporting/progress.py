"""How a run tells of itself as it goes: a bar for a person, JSON lines for a machine; no patient's value.

What may be told is a closed set of fields (FIELDS), each with what its value may be. Anything else is a
defect of ours: it is withheld and warned of, and a warning is an error in the tests.
"""

from __future__ import annotations

import json
import math
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, TextIO

from analytics.vocabulary.telling import Tell, quiet

EVENTS = ("start", "read", "clean", "model", "prepare", "plan", "report", "publish", "told", "end")
STATUSES = ("made", "reused", "stale", "failed")
STATES = ("published", "partial", "unchanged", "selected", "held", "failed", "interrupted", "busy")
REASONS = ("time", "memory", "killed", "error", "defect")  # the sentence for a person is in the manifest
COUNTS = (
    "reports", "to_make", "reused", "made", "stale", "failed", "files", "clinics", "kept", "rows_in",
    "rows_out", "attempts", "notes", "bytes",
)  # fmt: skip


def _count(value: object) -> bool:
    return type(value) is int and value >= 0


def _amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf


def _flag(value: object) -> bool:
    return isinstance(value, bool)


def _one_of(words: tuple[str, ...]) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and value in words


def _text(pattern: str) -> Callable[[object], bool]:
    return lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII))


FIELDS: Mapping[str, Callable[[object], bool]] = MappingProxyType(
    dict.fromkeys(COUNTS, _count)
    | dict.fromkeys(("seconds", "memory_mb", "peak_mb"), _amount)
    | {
        "event": _one_of(EVENTS),
        "status": _one_of(STATUSES),
        "state": _one_of(STATES),
        "reason": _one_of(REASONS),
        "unchanged": _flag,
        "exit_code": _count,
        "slug": _text(r"(?=.{1,64}$)[a-z0-9]+([-_][a-z0-9]+)*"),
        "run": _text(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d{1,6})?"),
        "version": _text(r"\d+(\.\d+){1,3}([a-z]+\d+)?"),
    }
)


class UndeclaredWarning(UserWarning):
    """An event of ours holds what is not declared in FIELDS."""


_warned: dict[Any, Any] = {}  # of which each is said once a process


def stated(event: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an event that may be told; warns of others by their name alone, and withholds them."""
    told = {key: value for key, value in event.items() if key in FIELDS and FIELDS[key](value)}
    for key in event.keys() - told.keys():
        wrong = "is not what FIELDS lets it be" if key in FIELDS else "is not in FIELDS"
        said = UndeclaredWarning(f"the field {key!r} of an event {wrong}: withheld")
        # named by hand: the usual form of a warning begins with a path of this machine
        warnings.warn_explicit(said, UndeclaredWarning, f"{__name__}", 1, registry=_warned)
    return told


@contextmanager
def telling() -> Iterator[Tell]:
    """Yield a function that takes each event of the run. Whoever listens may go away: the run goes on."""
    if sys.stderr is None:  # the process was started with it closed
        yield quiet
        return
    stream = _Outlasting(sys.stderr)
    if not stream.isatty():
        yield lambda event: stream.write(_line(stated(event)))
        return
    with _bar(stream) as tell:
        yield lambda event: tell(stated(event))


def _line(told: Mapping[str, Any]) -> str:
    at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return json.dumps({"at": at, **told}, sort_keys=True) + "\n"


class _Outlasting:
    """Standard error that outlasts whoever reads it: a write never fails, and leads nowhere from then on."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self.encoding = stream.encoding

    def write(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            # also what is still held back, as Python's own flush at the end would change the exit code
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def flush(self) -> None:
        """Written is flushed."""

    def isatty(self) -> bool:
        return self._stream.isatty()

    def fileno(self) -> int:
        return self._stream.fileno()


@contextmanager
def _bar(stream: _Outlasting) -> Iterator[Tell]:
    """One line that moves: reading, modelling, then the reports that are to be made."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (
        TextColumn("[progress.description]{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    console = Console(file=stream)  # pyright: ignore[reportArgumentType]
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Reading", total=None)

        def tell(event: dict[str, Any]) -> None:
            match event.get("event"):
                case "clean":
                    bar.update(task, description="Modelling")
                case "plan":
                    total = event.get("to_make", event.get("reports"))
                    bar.update(task, description="Reports", total=total)
                case "report" if event.get("status") != "reused":
                    bar.advance(task)

        yield tell
