"""The XML inside workbooks, read as a stream: no document type, no entity of its own, nothing outside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO
from xml.parsers import expat
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

CHUNK = 1 << 18  # bytes; what is ready is handed on after each
ENCRYPTED = 1  # flag of a member of a zip


class DamagedError(Exception):
    """What no spreadsheet program writes; its text goes on after the name of the file."""

    def __init__(self, said: str = "cannot be read as a workbook; it may be cut off. Save it again as XLSX."):
        super().__init__(said)


def _ignore(*told: object) -> None:
    del told


@dataclass(slots=True)
class Listener:
    """What is told of a document: an element that starts (name, attributes) or ends, and text within."""

    start: Callable[[str, dict[str, str]], None]
    end: Callable[[str], None] = _ignore
    text: Callable[[str], None] = _ignore


def listen(source: IO[bytes], listener: Listener) -> Iterator[None]:
    """Tell the listener of a document piece by piece, pausing after each.

    Raises DamagedError where it is no XML, or declares a document type: its entities may grow without end or
    name files of this computer.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = listener.start
    parser.EndElementHandler = listener.end
    parser.CharacterDataHandler = listener.text
    parser.StartDoctypeDeclHandler = _refuse
    try:
        while piece := source.read(CHUNK):
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield
    except (expat.ExpatError, LookupError, ValueError):  # the latter two: of the encoding it says it has
        raise DamagedError from None


def _refuse(*declared: object) -> None:
    del declared
    raise DamagedError("declares an XML document type, as no spreadsheet does. Save it again as XLSX.")


def part_of(package: ZipFile, name: str) -> IO[bytes]:
    """One member of a workbook; raises DamagedError where it is missing, encrypted or oddly packed."""
    wanted = name.lower().lstrip("/")
    for info in package.infolist():
        if info.filename.replace("\\", "/").lower() == wanted:
            if info.flag_bits & ENCRYPTED:
                raise DamagedError("is protected by a password. Save it again without one.")
            if info.compress_type in {ZIP_STORED, ZIP_DEFLATED}:
                return package.open(info)
    raise DamagedError


def elements(package: ZipFile, name: str) -> list[tuple[str, dict[str, str]]]:
    """The elements of a small part in the order in which they start, without prefixes."""
    found: list[tuple[str, dict[str, str]]] = []
    with part_of(package, name) as source:
        for _ in listen(source, Listener(lambda tag, given: found.append((local(tag), given)))):
            pass
    return found


def local(name: str) -> str:
    """A name without the prefix of its namespace."""
    return name.rpartition(":")[2]


def whole(text: str | None, default: int = 0) -> int:
    """A whole number of an attribute; raises DamagedError where it is none."""
    try:
        return default if text is None else int(text)
    except ValueError:
        raise DamagedError from None
