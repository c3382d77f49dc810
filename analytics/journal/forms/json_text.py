"""JSON as a stream: its lines, or its values one by one; memory holds one value and a piece of text."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from typing import Any

from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError

PIECE = 1 << 20  # bytes
LONGEST = 16_000_000  # letters of one record; no journal entry has so many
MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
SPACE = " \t\r\n\x1e\ufeff"  # RFC 7464 puts \x1e before each text
GAP = re.compile(f"[{SPACE}]*")
NEAR_END = 16  # letters; a fault so near the end of what is held may only be cut off
BROKEN = object()  # a value that is no JSON of one meaning


def pieces_of(stored: Stored, file: File) -> Iterator[str]:
    """The text, piece by piece. Raises InputError where it is not written in its encoding."""
    encoding = file.encoding or _encoding(stored.head(4))
    line = 1
    try:
        b"\0\0\0\0".decode(encoding)  # refuses what is no encoding of text
        decoder = codecs.getincrementaldecoder(encoding)("strict")
        with stored.open() as opened:
            while content := opened.read(PIECE):
                piece = decoder.decode(content)
                line += piece.count("\n")
                yield piece
            yield decoder.decode(b"", True)
    except (UnicodeError, LookupError) as fault:
        if isinstance(fault, UnicodeDecodeError):
            line += fault.object.count(b"\n", 0, fault.start)
        raise InputError(
            f"{stored.name}: is not {encoding} text from line {line} on. Export it as UTF-8, or set "
            "file.encoding in the mapping."
        ) from None


def _encoding(head: bytes) -> str:
    """By its mark, or by where the first letters, which are ASCII, leave empty bytes (RFC 4627, 3)."""
    marked = next((name for mark, name in MARKS if head.startswith(mark)), None)
    if marked or b"\0" not in head:
        return marked or "utf-8"
    return "utf-16-be" if head[0] == 0 else "utf-16-le"


def lines_of(pieces: Iterator[str]) -> Iterator[tuple[int, str]]:
    """The lines with something in them, from 1; one that is too long to be a record is cut off."""
    number, rest = 1, ""
    for piece in pieces:
        if len(rest) > LONGEST and "\n" not in piece:
            continue
        *whole, rest = (rest + piece).split("\n")
        for line in whole:
            if line and not line.isspace():
                yield number, line
            number += 1
    if rest.strip():
        yield number, rest


def is_cut(line: str) -> bool:
    """Whether a line may be the beginning of a value that goes on."""
    try:
        STRICT.decode(line)
    except json.JSONDecodeError as fault:
        return fault.msg.startswith("Unterminated") or fault.pos >= len(line.rstrip())
    except (ValueError, RecursionError):
        return False
    return False


def value_of(line: str) -> Any:
    """The value of one line, or BROKEN."""
    try:
        value, end = STRICT.raw_decode(line := line.strip(SPACE))
        return _sound(line, value) if end == len(line) <= LONGEST else BROKEN
    except (ValueError, RecursionError):
        return BROKEN


def _sound(text: str, value: Any) -> Any:
    """The value, unless half a character is written in it, which no text can hold."""
    if "\\ud" in text or "\\uD" in text:
        try:
            json.dumps(value, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return BROKEN
    return value


class TwiceError(ValueError):
    """One key with two values in one object."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise TwiceError
    return found


STRICT = json.JSONDecoder(object_pairs_hook=_once)
LOOSE = json.JSONDecoder(parse_int=str, parse_float=str)


class Values:
    """A JSON text that is read value by value; `name` is how messages show it."""

    def __init__(self, name: str, pieces: Iterator[str]) -> None:
        self.name, self.pieces = name, pieces
        self.held, self.at, self.line, self.letters = "", 0, 1, 0

    def next(self) -> str:
        """The next letter that is no gap; '' at the end."""
        while True:
            self.at = GAP.match(self.held, self.at).end()  # pyright: ignore[reportOptionalMemberAccess]
            if self.at < len(self.held):
                return self.held[self.at]
            if not self._more():
                return ""

    def skip(self, letter: str) -> None:
        """Go past a letter that must come next."""
        if self.next() != letter:
            self.refuse()
        self.at += 1

    def take(self) -> Any:
        """The next value, or BROKEN. Raises InputError where its end cannot be found."""
        self.next()
        while True:
            try:
                value, end = self._decoded()
                # a number at the very end of what is held may go on
                if end < len(self.held) or not self._more():
                    value = _sound(self.held[self.at : end], value)
                    self.letters, self.at = end - self.at, end
                    return value
            except json.JSONDecodeError as fault:
                cut = fault.msg.startswith("Unterminated") or fault.pos >= len(self.held) - NEAR_END
                if not cut or len(self.held) - self.at > LONGEST or not self._more():
                    self.refuse()
            except RecursionError:
                self.refuse("its objects lie too deep in one another")

    def _decoded(self) -> tuple[Any, int]:
        try:
            return STRICT.raw_decode(self.held, self.at)
        except json.JSONDecodeError:
            raise
        except ValueError:
            return BROKEN, LOOSE.raw_decode(self.held, self.at)[1]

    def _more(self) -> bool:
        """Hold as much again, so that a long value is not begun too often; whether there was more."""
        wanted = max(1, len(self.held) - self.at)
        self.line += self.held.count("\n", 0, self.at)
        found = []
        while wanted > 0 and (piece := next(self.pieces, None)) is not None:
            found.append(piece)
            wanted -= len(piece)
        self.held, self.at = self.held[self.at :] + "".join(found), 0
        return any(found)

    def refuse(self, why: str = "the JSON is broken or cut off") -> Any:
        """Say where the text cannot be followed any further."""
        line = self.line + self.held.count("\n", 0, self.at)
        raise InputError(f"{self.name}, line {line}: {why}. Export it again, best as one object a line.")
