"""Stored: one readable thing of an export, a file or a file inside a gzip or zip, unpacked as it is read.

What is packed is measured before and while it is unpacked: a small file may unpack to more than a disk holds.
"""

from __future__ import annotations

import gzip
import io
import os
import shutil
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import BinaryIO

from analytics.vocabulary.errors import InputError

GZIP, ZIP = b"\x1f\x8b", b"PK\x03\x04"
MOST_BYTES = 64 << 30  # of one unpacked file: a hundred times the ten million sessions of a large network
MOST_RATIO = 200  # unpacked to packed; journals pack to a fifth or a tenth, bombs to a thousandth
RATIO_FROM = 64 << 20  # below this size a high ratio harms nobody: a small file of one repeated line
MOST_MEMBERS = 2_000  # the directory of a zip is read again for each of its files
MOST_OF_WORKBOOK = 2 << 30  # unpacked parts of a workbook, which its reader holds in memory
UNPACKED_BIT_BY_BIT = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # others give a gigabyte for one read
WORKBOOKS = (".xlsx", ".xlsm", ".ods")  # are zips themselves, and may be packed
PACKAGES = {  # other files that are zips, by a part that each has
    "word/document.xml": "a word processor's file", "ppt/presentation.xml": "a presentation",
    "Index/Document.iwa": "a file of Apple Numbers or Pages",
}  # fmt: skip
WORKBOOK_PARTS = frozenset({"xl/workbook.xml", "xl/workbook.bin", "content.xml"})


@dataclass(frozen=True, slots=True)
class Stored:
    """A file on disk, or a member of a zip on disk; `beside` are all files of the same source."""

    path: Path
    member: str = ""
    beside: tuple[Path, ...] = ()

    @property
    def name(self) -> str:
        """As messages show it."""
        return f"{self.path.name}/{self.member}" if self.member else self.path.name

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes, unpacked while they are read. Raises InputError for what is broken or a bomb."""
        try:
            with self.path.open("rb") as file:
                if self.member:
                    with zipfile.ZipFile(file) as archive, archive.open(self.member) as part:
                        yield _limited(part, self)
                elif file.peek(2)[:2] == GZIP:
                    with gzip.open(file) as part:
                        yield _limited(part, self)
                else:
                    yield file
        except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, NotImplementedError):
            raise InputError(f"{self.name}: is packed and broken or cut off. Export it again.") from None
        except OSError as error:
            raise InputError(f"{self.name}: cannot be read: {error.strerror or 'broken'}.") from None

    @contextmanager
    def on_disk(self) -> Iterator[Path]:
        """The bytes as a file: itself, or unpacked into a private folder that goes when it was read."""
        with self.path.open("rb") as file:
            packed = bool(self.member) or file.read(2) == GZIP
        if not packed:
            yield self.path
            return
        with TemporaryDirectory(prefix="lumbar-") as folder:
            place = Path(folder) / "unpacked"
            with self.open() as source, place.open("wb") as target:
                shutil.copyfileobj(source, target, 1 << 20)
            yield place

    def head(self, size: int = 4096) -> bytes:
        """The first bytes."""
        with self.open() as file:
            return file.read(size)


class _Limited(io.RawIOBase):
    """A stream that stops where more comes out than its packed size lets expect."""

    def __init__(self, source: BinaryIO, stored: Stored) -> None:
        self._source, self._stored, self._read = source, stored, 0
        self._most = min(MOST_BYTES, max(RATIO_FROM, MOST_RATIO * stored.path.stat().st_size))

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        found = self._source.read(len(buffer))
        self._read += len(found)
        if self._read > self._most:
            raise InputError(
                f"{self._stored.name}: unpacks to more than {self._most >> 20:,} MB, far more than a journal "
                "does. Unpack it yourself, look at it, and export it again."
            )
        buffer[: len(found)] = found
        return len(found)


def _limited(source: object, stored: Stored) -> BinaryIO:
    return io.BufferedReader(_Limited(source, stored), 1 << 20)  # pyright: ignore


def stored_files(path: Path, beside: tuple[Path, ...] = ()) -> list[Stored]:
    """What can be read in one file: itself, or each file of a zip that is no workbook.

    Raises InputError for what is no plain file, for encrypted or nested archives and unsafe names.
    """
    if not str(path).isprintable():
        raise InputError(f"{path.name!a}: its name or folder has signs that cannot be shown. Rename it.")
    try:
        kind = os.stat(path)
        with path.open("rb") if stat.S_ISREG(kind.st_mode) else _no_file(path) as file:
            packed = file.read(4) == ZIP
    except OSError as error:
        raise InputError(f"{path.name}: cannot be opened: {error.strerror}.") from None
    if not packed:
        return [Stored(path, beside=beside)]
    members = _members(path)
    if WORKBOOK_PARTS & {member.filename for member in members}:
        refuse_bomb(path)
        return [Stored(path, beside=beside)]
    kind = next((PACKAGES[one.filename] for one in members if one.filename in PACKAGES), None)
    if kind:
        raise InputError(f"{path.name}: is {kind}. Export the journal as CSV, XLSX, JSON or Parquet.")
    found = [member for member in members if not member.is_dir() and not _is_litter(member.filename)]
    if not found:
        raise InputError(f"{path.name}: the zip holds no file. Export it again.")
    if len({member.filename for member in found}) < len(found):
        raise InputError(f"{path.name}: holds two files of one name. Pack each under a name of its own.")
    with zipfile.ZipFile(path) as archive:
        for member in found:
            _refuse_unsafe(path, archive, member)
    return [Stored(path, member.filename, beside) for member in sorted(found, key=lambda one: one.filename)]


def _no_file(path: Path) -> BinaryIO:
    raise InputError(f"{path.name}: is no plain file. Name the exported files themselves.")


def _members(path: Path) -> list[zipfile.ZipInfo]:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        raise InputError(f"{path.name}: cannot be read as a zip or workbook. Export it again.") from None
    if len(members) > MOST_MEMBERS:
        raise InputError(f"{path.name}: holds more than {MOST_MEMBERS:,} files. Pack fewer into one zip.")
    return members


def _is_litter(name: str) -> bool:  # what archivers add by themselves
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in {".DS_Store", "Thumbs.db"}


def _refuse_unsafe(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    place = PurePosixPath(member.filename.replace("\\", "/"))
    is_link = stat.S_ISLNK(member.external_attr >> 16)
    plain = bool(place.parts) and member.filename.isprintable()
    if not plain or place.is_absolute() or ".." in place.parts or is_link or ":" in place.parts[0]:
        raise InputError(f"{path.name}: holds a link or a file outside itself. Pack plain files only.")
    if member.flag_bits & 1:
        raise InputError(f"{path.name}: is encrypted. Unpack it with its password and export it plain.")
    if member.compress_type not in UNPACKED_BIT_BY_BIT:
        raise InputError(f"{path.name}: is packed in an unusual way. Pack it as an ordinary zip.")
    try:
        with archive.open(member) as part:
            head = part.read(4)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError):
        raise InputError(f"{path.name}/{member.filename}: is broken or cut off. Pack it again.") from None
    if (head == ZIP and place.suffix.lower() not in WORKBOOKS) or head[:2] == GZIP:
        raise InputError(
            f"{path.name}: holds a packed file. Unpack the inner one, and pack plain files only."
        )


def refuse_bomb(path: Path) -> None:
    """Refuse a workbook whose parts would unpack to more than its reader may hold in memory.

    What the directory of the zip says is checked before anything is unpacked.
    """
    members = _members(path)
    unpacked, packed = sum(one.file_size for one in members), max(1, path.stat().st_size)
    if unpacked > MOST_OF_WORKBOOK or (unpacked > RATIO_FROM and unpacked > MOST_RATIO * packed):
        raise InputError(
            f"{path.name}: unpacks to {unpacked >> 20:,} MB, more than a journal does. "
            "Export it again, as CSV if it is truly so large."
        )
