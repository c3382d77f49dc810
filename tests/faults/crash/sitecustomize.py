"""Loaded by every Python process of a run: note each call that changes a name on the disk, and die at one.

Calls that make a file durable count too. `CRASH_LOG`: the file that a line is added to for each.
`CRASH_AT`: the call before which the power goes, as the log names it; `CRASH_SKIP`: how many alike pass.
"""

import os
import signal
import sys
from functools import wraps

LOG, AT = os.environ.get("CRASH_LOG", ""), os.environ.get("CRASH_AT", "")
MAIN = int(os.environ.setdefault("CRASH_MAIN", str(os.getpid())))  # the run's own process is the first
SKIP = int(os.environ.get("CRASH_SKIP", "0"))


def _note(line: str) -> None:
    handle = os.open(LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


def _calls(which: str) -> int:
    """How many such calls all processes of the run have made."""
    with open(LOG, encoding="utf-8") as file:
        return file.read().splitlines().count(f"call {which}")


def _place() -> str:
    frame = sys._getframe(2)
    while frame and not frame.f_globals.get("__name__", "").startswith("analytics."):
        frame = frame.f_back
    return f"{frame.f_globals['__name__']}:{frame.f_lineno}" if frame else ""


def _watched(name: str):
    call = getattr(os, name)

    @wraps(call)
    def watched(*given, **named):
        place = _place()
        if place:
            _note(f"call {name} {place}")
            if f"{name} {place}" == AT and _calls(AT) > SKIP:
                os.kill(MAIN, signal.SIGKILL)
                os.kill(os.getpid(), signal.SIGKILL)
        return call(*given, **named)

    return watched


def _durable(handle, _sync=os.fsync):
    _sync(handle)
    number = handle if isinstance(handle, int) else handle.fileno()
    _note(f"durable {os.fstat(number).st_ino}")


if LOG:
    os.fsync = _durable
    for changing in ("rename", "replace", "link", "symlink", "fsync"):
        setattr(os, changing, _watched(changing))
