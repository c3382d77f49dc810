"""Kept: frames in one file that lasts from run to run, and is known to be whole before it is used again.

A file holds frames one after another, then what its writer says of them, then a checksum of it all. It is
written under another name and renamed, so that a writer that is ended leaves it whole or not at all; what a
loss of power tears, the checksum tells.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import uuid
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

CHECKSUM, NUMBER = 32, 8  # bytes of the checksum at the end, and of the number before it: the index's length
AT_ONCE = 8  # files that are looked through side by side
ROWS = 1 << 15  # of a piece: of a large frame only the pieces that are wanted are unpacked
NEW = ".new-"  # begins the name of a file that is being written


@dataclass(frozen=True, slots=True)
class Piece:
    """A frame or a run of its rows: where it lies, and its first and last clinic where they are in order."""

    name: str
    start: int
    size: int
    first: str | None = None
    last: str | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """A whole file of frames: what its writer said of it (`about`), and its pieces in their order."""

    path: Path
    about: dict[str, Any]
    pieces: tuple[Piece, ...]


def keep(path: Path, frames: Iterable[tuple[str, pl.DataFrame]], *, about: dict[str, Any]) -> None:
    """Write named frames into a file, piece after piece; `about` is read when the frames are at an end."""
    new = path.with_name(f"{NEW}{uuid.uuid4().hex}")
    whole, pieces = hashlib.sha256(), []
    try:
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            for name, frame in frames:
                for rows in frame.iter_slices(ROWS) if frame.height else [frame]:
                    packed = io.BytesIO()
                    rows.write_ipc(packed, compression="zstd")
                    pieces.append((name, file.tell(), packed.tell(), *_ends(rows)))
                    whole.update(packed.getbuffer())
                    file.write(packed.getbuffer())
            index = json.dumps([about, pieces]).encode()
            tail = index + len(index).to_bytes(NUMBER, "big")
            whole.update(tail)
            file.write(tail + whole.digest())
        new.rename(path)
    finally:
        new.unlink(missing_ok=True)


def _ends(rows: pl.DataFrame) -> tuple[str | None, str | None]:
    clinics = rows["clinic_id"] if rows.height and "clinic_id" in rows.columns else [None]
    return clinics[0], clinics[-1]


def whole_ones(paths: Sequence[Path]) -> list[Kept | None]:
    """The files that are there and whole, each in its place; None for the others."""
    with ThreadPoolExecutor(AT_ONCE) as threads:  # a checksum is made beside others
        return list(threads.map(_whole, paths))


def _whole(path: Path) -> Kept | None:
    try:
        content = path.read_bytes()
        body, said = memoryview(content)[:-CHECKSUM], content[-CHECKSUM:]
        if len(said) < CHECKSUM or hashlib.sha256(body).digest() != said:
            return None
        length = int.from_bytes(body[-NUMBER:], "big")
        about, pieces = json.loads(bytes(body[-NUMBER - length : -NUMBER]))
    except (OSError, ValueError):
        return None
    return Kept(path, about, tuple(Piece(*piece) for piece in pieces))


def frames_of(kept: Kept) -> dict[str, pl.DataFrame]:
    """Every frame of a file, by name."""
    found: dict[str, list[pl.DataFrame]] = {}
    for piece in kept.pieces:
        found.setdefault(piece.name, []).extend(unpacked(kept.path, [piece]))
    return {name: pl.concat(rows, rechunk=True) for name, rows in found.items()}


def unpacked(path: Path, pieces: Iterable[Piece]) -> Iterator[pl.DataFrame]:
    """The rows of pieces of one file."""
    with path.open("rb") as file:
        for piece in pieces:
            file.seek(piece.start)
            yield pl.read_ipc(io.BytesIO(file.read(piece.size)))


def forget_others(folder: Path, used: Iterable[Path]) -> None:
    """Remove what a folder holds but was not used."""
    stay = {path.name for path in used}
    for path in folder.iterdir():
        if path.name not in stay:
            path.unlink(missing_ok=True)
