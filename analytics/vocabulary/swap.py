"""A folder that is replaced whole: whoever opens it sees the old or the new, whatever ends its writer.

What is new is written beside it, made durable, and exchanged with the old in one step of the file system.
Where the system has no such step, the old is set aside first; the next writer brings it back if that was the
end.
"""

from __future__ import annotations

import ctypes
import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl
from filelock import FileLock, Timeout

from analytics.vocabulary.errors import BusyError, ConfigurationError
from analytics.vocabulary.files import make_durable, sync

OLD = "-old"  # ends the name of an old folder that was set aside
HERE, EXCHANGE = -100, 2  # AT_FDCWD and RENAME_EXCHANGE of Linux's renameat2(2)


@contextmanager
def alone(target: Path, *, wait: float = 0) -> Iterator[None]:
    """Nobody else writes this folder meanwhile; what dead writers left is put right first.

    The lock is the system's: it ends with the process that holds it. Raises BusyError after `wait` seconds,
    and ConfigurationError for what the system says of a place that cannot be written.
    """
    try:
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(_beside(target, "lock"), timeout=wait, mode=0o600):
            _recover(target)
            yield
    except Timeout:
        raise BusyError(
            f"{target.name}: another run is preparing this study. Wait until it has ended, then run again."
        ) from None
    except (OSError, pl.exceptions.PolarsError) as error:
        if not (reason := _reason(error)):
            raise
        raise ConfigurationError(
            f"{target.name}: the study cannot be prepared there: {reason}. What was there before stays. Make "
            "room, or let this user write there, then run again."
        ) from None


def _reason(error: Exception) -> str:
    """What the system said; polars hands it on in a text. Empty where it was not the system."""
    told = re.search(r"\(os error (\d+)\)", str(error))
    number = error.errno if isinstance(error, OSError) and error.errno else int(told[1]) if told else 0
    return os.strerror(number) if number else ""


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A folder to write in; at the end it is the target, and what the target was is gone."""
    staging = _beside(target, f"new-{uuid.uuid4().hex[:8]}")
    staging.mkdir(mode=0o700)
    try:
        yield staging
        make_durable(staging)
        _put_in_place(staging, target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def restricted_folder(target: Path, what: str, *, empty: bool) -> Path:
    """A hidden folder beside the target that stays when it is replaced, open to its owner alone."""
    folder = _beside(target, what)
    for path in (folder.parent, folder) if folder.parent != target.parent else (folder,):
        path.mkdir(mode=0o700, exist_ok=True)
        path.chmod(0o700)
    if empty:
        for path in folder.iterdir():
            path.unlink()
    return folder


def _beside(target: Path, what: str) -> Path:
    return target.parent / f".{target.name}-{what}"


def _put_in_place(staging: Path, target: Path) -> None:
    if not target.exists():
        staging.rename(target)
    elif not _exchanged(staging, target):
        old = staging.with_name(staging.name + OLD)
        target.rename(old)
        staging.rename(target)
        sync(target.parent)
        shutil.rmtree(old, ignore_errors=True)
    sync(target.parent)


def _exchanged(one: Path, other: Path) -> bool:
    """Whether the system could give each of two folders the other's name, at once."""
    rename = getattr(ctypes.CDLL(None), "renameat2", None)
    return rename is not None and rename(HERE, os.fsencode(one), HERE, os.fsencode(other), EXCHANGE) == 0


def _recover(target: Path) -> None:
    """Bring back an old folder whose writer ended between two renames, and remove what else was left."""
    left = [path for path in target.parent.iterdir() if path.name.startswith(_beside(target, "new-").name)]
    for old in left:
        if old.name.endswith(OLD) and not target.exists():
            old.rename(target)
    for folder in left:
        shutil.rmtree(folder, ignore_errors=True)
