"""The records of an XLS workbook, and the texts in them ([MS-XLS] 2.1.4, 2.5.293)."""

from __future__ import annotations

from collections.abc import Iterator
from struct import unpack_from

from analytics.journal.markup import DamagedError

BEGIN, END = 0x809, 0x0A
WIDE, READINGS, FONTS = 1, 4, 8  # flags of a text: two bytes a letter; readings or fonts stand behind it


def records_in(stream: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records (kind, content) of one part of a workbook; the charts inside it are left out."""
    depth, place = 0, start
    while place + 4 <= len(stream):
        kind, size = unpack_from("<HH", stream, place)
        depth += (kind == BEGIN) - (kind == END)
        if depth <= 0:
            return
        if depth == 1:
            yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def text_of(content: bytes, place: int, *, size: int = 2) -> str:
    """A text of one record, its length first, in so many bytes."""
    pieces = Pieces([content], place)
    return pieces.text(pieces.number(size))


class Pieces:
    """Numbers and texts, one behind another, in a record and those that continue it."""

    def __init__(self, pieces: list[bytes], at: int) -> None:
        self.pieces, self.piece, self.at = pieces, 0, at

    def number(self, size: int) -> int:
        """A whole number of so many bytes."""
        return int.from_bytes(self.skip(size), "little")

    def skip(self, count: int) -> bytes:
        """So many bytes, wherever a piece ends."""
        found = bytearray()
        while len(found) < count:
            found += self._here(count - len(found))
        return bytes(found)

    def text(self, count: int) -> str:
        """A text of so many letters; in the next piece it says anew how wide they are."""
        wide = self.number(1)
        behind = 4 * self.number(2) if wide & FONTS else 0
        behind += self.number(4) if wide & READINGS else 0
        letters = bytearray()
        while count > 0:
            if self.at >= len(self.pieces[self.piece]):
                wide = self.number(1)
            size = 2 if wide & WIDE else 1
            part = self._here(count * size)
            letters += part if size == 2 else part.decode("latin-1").encode("utf-16-le")
            count -= max(1, len(part) // size)
        self.skip(behind)
        return letters.decode("utf-16-le", "replace")

    def _here(self, most: int) -> bytes:
        """What is left of this piece, or of the next one, and no more than asked for."""
        while self.at >= len(self.pieces[self.piece]):
            self.piece, self.at = self.piece + 1, 0
            if self.piece == len(self.pieces):
                raise DamagedError
        part = self.pieces[self.piece][self.at : self.at + most]
        self.at += len(part)
        return part
