"""Compound files, as XLS and protected workbooks are: their streams by name ([MS-CFB])."""

from __future__ import annotations

from array import array
from struct import error as StructError
from struct import unpack_from

from analytics.journal.markup import DamagedError

MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
NOWHERE = 0xFFFFFFFA  # a sector number from here on is no place
ENTRY, STREAM, ROOT = 128, 2, 5
SMALL = 64  # bytes of a small sector; small streams stand in those, inside the stream of the root


def streams_of(content: bytes) -> dict[str, bytes]:
    """The streams of a compound file; raises DamagedError where a chain of sectors is broken."""
    try:
        (shift,) = unpack_from("<H", content, 30)
        first, least, first_small = unpack_from("<I4xII", content, 48)
        if shift not in {9, 12}:
            raise DamagedError
        size = 1 << shift
        table = array("I", b"".join(_sector(content, place, size) for place in _table_places(content, size)))
        entries = _chain(content, first, table, size)
        small_table = array("I", _chain(content, first_small, table, size))
        return _named(content, entries, (table, small_table), (size, least))
    except (StructError, UnicodeDecodeError):
        raise DamagedError from None


def _named(
    content: bytes, entries: bytes, tables: tuple[array[int], array[int]], sizes: tuple[int, int]
) -> dict[str, bytes]:
    (table, small_table), (size, least), small, streams = tables, sizes, b"", {}
    for start in range(0, len(entries) - ENTRY + 1, ENTRY):
        letters, kind = unpack_from("<HB", entries, start + 64)
        first, length = unpack_from("<II", entries, start + 116)
        if kind == ROOT:
            small = _chain(content, first, table, size)
        elif kind == STREAM:
            name = entries[start : start + max(0, min(letters, 64) - 2)].decode("utf-16-le")
            held = _chain(content, first, table, size) if length >= least else None
            streams[name] = (held or _chain(small, first, small_table, SMALL, before=0))[:length]
    return streams


def _sector(content: bytes, place: int, size: int, before: int = 1) -> bytes:
    """One sector; `before`: how many sectors the header of the file takes."""
    sector = content[(place + before) * size : (place + before + 1) * size]
    return sector.ljust(size, b"\0") if sector else _broken()


def _table_places(content: bytes, size: int) -> list[int]:
    """Where the table of sectors stands: the first 109 in the header, more in a chain of their own."""
    places = list(unpack_from("<109I", content, 76))
    following, _ = unpack_from("<II", content, 68)
    while following < NOWHERE:
        *more, following = unpack_from(f"<{size // 4}I", _sector(content, following, size))
        places += more
        if len(places) > len(content) // size + size:
            _broken()
    return [place for place in places if place < NOWHERE]


def _chain(content: bytes, first: int, table: array[int], size: int, before: int = 1) -> bytes:
    """The bytes of a chain of sectors; one that turns in a circle is broken."""
    found, place = [], first
    while place < NOWHERE:
        if place >= len(table) or len(found) > len(table):
            _broken()
        found.append(_sector(content, place, size, before))
        place = table[place]
    return b"".join(found)


def _broken() -> bytes:
    raise DamagedError
