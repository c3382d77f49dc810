"""Publish a run whole or not at all.

Staged beside the reports, made durable, renamed, then `latest` is swapped.
"""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from analytics.vocabulary.errors import BusyError, ConfigurationError

STAGING = ".staging-"
RUN = re.compile(r"\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d+)?")


@contextmanager
def staging(reports: Path) -> Iterator[Path]:
    """A fresh folder that only this run writes; what interrupted runs left is removed. Raises BusyError."""
    try:
        reports.mkdir(parents=True, exist_ok=True)
        _need_a_link(reports / "latest")
        lock = FileLock(reports / ".lock", timeout=0)
        with lock:
            for left in reports.glob(f"{STAGING}*"):
                shutil.rmtree(left, ignore_errors=True)
            folder = reports / f"{STAGING}{uuid.uuid4().hex[:12]}"
            folder.mkdir()
            try:
                yield folder
            finally:
                shutil.rmtree(folder, ignore_errors=True)
    except Timeout:
        raise BusyError(
            "Another run is writing these reports. Wait for it, or look at reports/.lock."
        ) from None
    except PermissionError:
        raise ConfigurationError(
            f"{reports.name}: reports cannot be written there. Check its permissions."
        ) from None


def _need_a_link(latest: Path) -> None:
    """`latest` is swapped as a link; a copy of the reports may have made a folder of it."""
    if latest.exists() and not latest.is_symlink():
        raise ConfigurationError(
            f"{latest.parent.name}/latest is a folder, not a link. Move it away, then run again."
        )


def publish(folder: Path, *, name: str, latest: bool) -> Path:
    """Rename the staged folder to the run's name (numbered where taken) and point `latest` at it."""
    reports, target, again = folder.parent, folder.parent / name, 2
    while target.exists():
        target, again = reports / f"{name}-{again}", again + 1
    _make_durable(folder)
    folder.rename(target)
    if latest:
        link = reports / f"{STAGING}link-{uuid.uuid4().hex[:8]}"
        link.symlink_to(target.name)
        os.replace(link, reports / "latest")
    _sync(reports)
    return target


def prune(reports: Path, *, keep: int) -> None:
    """Remove the oldest runs beyond `keep`; never the one that `latest` points at, never another folder."""
    runs = [
        path
        for path in reports.iterdir()
        if path.is_dir() and not path.is_symlink() and RUN.fullmatch(path.name)
    ]
    newest = sorted(runs, key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for old in newest[keep:]:
        if old.resolve() != (reports / "latest").resolve():
            shutil.rmtree(old)


def _make_durable(folder: Path) -> None:
    for path in (*folder.rglob("*"), folder):
        _sync(path)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
