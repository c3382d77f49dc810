"""What the lines of an export are made of, as one digest: while that stays, they are the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

from analytics.journal.forms.redcap_dictionary import dictionary_of
from analytics.journal.privacy import fingerprint
from analytics.journal.read import Export
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.files import checksum
from analytics.vocabulary.installed import code_hash
from analytics.vocabulary.settings import Settings

AT_ONCE = 8  # files that are hashed side by side: the checksum of a large file holds up no other thread
Stamp = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hashed:
    """A file as it was hashed: the checksum of its bytes, and its size and time of change (`stamp`)."""

    digest: str
    stamp: Stamp


def hash_files(paths: Iterable[Path]) -> dict[Path, Hashed]:
    """Every file by path. Raises InputError for one that cannot be read."""
    listed = sorted(set(paths))
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return dict(zip(listed, threads.map(_hashed, listed), strict=True))


def stamp_of(path: Path) -> Stamp:
    """Size and time of change: what is another before and after was written meanwhile."""
    now = path.stat()
    return now.st_size, now.st_mtime_ns


def _hashed(path: Path) -> Hashed:
    try:
        stamp = stamp_of(path)
        return Hashed(checksum(path), stamp)
    except OSError as error:
        raise InputError(f"{path.name}: cannot be read: {error.strerror}.") from None


def files_of(export: Export) -> list[Path]:
    """The files that one export is read from: its own, and a REDCap project's dictionary."""
    stored = export.part.stored
    beside = dictionary_of(stored, export.mapping.file) if export.part.form == "redcap" else None
    return [stored.path, *([beside] if beside else [])]


def with_origins(exports: Iterable[Export], hashed: dict[Path, Hashed], settings: Settings) -> list[Export]:
    """The exports, each with the digest of what its lines are made of, and its file's stamp.

    Its name and its place among the others are no part of that. Nor is the day of the reports: whoever keeps
    lines says for which days they are the same.
    """
    run = [code_hash(), version("polars"), settings.privacy.id_scope, fingerprint(settings)]
    made = []
    for export in exports:
        part, files = export.part, [hashed[path] for path in files_of(export)]
        how = [part.stored.member, part.form, part.name, export.mapping.model_dump_json()]
        whole = json.dumps([run, how, [file.digest for file in files]])
        origin = hashlib.sha256(whole.encode()).hexdigest()
        made.append(replace(export, origin=origin, stamp=files[0].stamp))
    return made
