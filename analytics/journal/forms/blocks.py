"""A stream of delimited text -> blocks of whole records in UTF-8, however large the file is."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

import numpy as np

from analytics.journal.forms.recognise import is_utf16
from analytics.journal.forms.stored import Stored
from analytics.vocabulary.errors import InputError

BLOCK = 16 << 20  # bytes read at once
NEWLINE = ord("\n")
LONGEST = 32 << 20  # bytes without an end of line: not a journal
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def _as_latin1(error: UnicodeError) -> tuple[str, int]:
    """Five bytes mean nothing in cp1252: they are read as the control characters that latin-1 has there."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("as_latin1", _as_latin1)


def utf8_pieces(file: BinaryIO, stored: Stored, encoding: str | None) -> Iterator[bytes]:
    """The text in pieces of UTF-8, with the line ends of today for those of old Macs.

    Without a mark or an encoding of the mapping it is UTF-8; where a byte is not and none before it told
    otherwise, cp1252. Raises InputError where neither can be right.
    """
    head = file.read(BLOCK)
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None) or is_utf16(head[:4096])
    given = marked or encoding
    if given in (None, "utf-8-sig"):
        pieces = _as_it_is(file, head.removeprefix(codecs.BOM_UTF8), stored, may_change=given is None)
    else:
        mark = next((mark for mark, name in MARKS if name == given and head.startswith(mark)), b"")
        pieces = _decoded(file, head[len(mark) :], stored, str(given))
    mac = None
    for piece in pieces:
        mac = b"\r" in piece and b"\n" not in piece if mac is None else mac
        yield piece.replace(b"\r", b"\n") if mac else piece


def _as_it_is(file: BinaryIO, head: bytes, stored: Stored, *, may_change: bool) -> Iterator[bytes]:
    """UTF-8, handed on as it is; cp1252 from the first byte on that tells, where all before it was ASCII."""
    kept, line, plain = b"", 1, True
    for piece in _pieces(file, head):
        whole = kept + piece
        if not whole.isascii():
            cut = _cut_of_utf8(whole)
            try:
                whole[:cut].decode("utf-8")
            except UnicodeDecodeError as error:
                if not (plain and may_change and whole[: error.start].isascii()):
                    where = line + whole[: error.start].count(b"\n")
                    raise InputError(
                        f"{stored.name}, line {where}: a byte is not UTF-8, though the text before it is. "
                        "Export it again as UTF-8, or set file.encoding in the mapping."
                    ) from None
                yield from _decoded(file, whole, stored, "cp1252")
                return
            plain = plain and whole[:cut].isascii()
        else:
            cut = len(whole)
        line += int(np.count_nonzero(np.frombuffer(whole, np.uint8, cut) == NEWLINE))
        kept = whole[cut:]
        yield whole[:cut]
    if kept:
        yield from _decoded(file, kept, stored, "cp1252") if plain else _cut_off(stored)


def _cut_off(stored: Stored) -> Iterator[bytes]:
    raise InputError(f"{stored.name}: ends in the middle of a letter. It may be cut off; export it again.")


def _cut_of_utf8(whole: bytes) -> int:
    """Where the last letter begins, if it is not whole yet."""
    for back in range(1, min(4, len(whole)) + 1):
        byte = whole[-back]
        if byte >= 0xC0:
            needed = 2 + (byte >= 0xE0) + (byte >= 0xF0)
            return len(whole) - back if back < needed else len(whole)
        if byte < 0x80:
            break
    return len(whole)


def _decoded(file: BinaryIO, head: bytes, stored: Stored, name: str) -> Iterator[bytes]:
    try:
        decoder = codecs.getincrementaldecoder(name)("as_latin1" if name == "cp1252" else "strict")
        for piece in _pieces(file, head):
            yield decoder.decode(piece).encode()
        yield decoder.decode(b"", final=True).encode()
    except UnicodeDecodeError:
        raise InputError(
            f"{stored.name}: cannot be read as {name}. Set file.encoding in the mapping."
        ) from None
    except (LookupError, UnicodeEncodeError, TypeError):
        raise InputError(
            f"{stored.name}: '{name}' is no encoding of text. Set file.encoding in the mapping."
        ) from None


def _pieces(file: BinaryIO, head: bytes) -> Iterator[bytes]:
    piece = head
    while piece:
        yield piece
        piece = file.read(BLOCK)
