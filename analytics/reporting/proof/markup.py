"""A page as a stranger reads it: its tables, the JSON of its figures, its text."""

from __future__ import annotations

import json
from html.parser import HTMLParser

from analytics.reporting.proof.parts import Figure, Table

SILENT = {"script", "style", "template"}


class Page(HTMLParser):
    """One page, parsed once. `text` is what stands between the tags, captions and cells included."""

    def __init__(self, place: str, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.place, self.tables, self.figures = place, [], []
        self._texts: list[str] = []
        self._inside: list[str] = []
        self._json: str | None = None
        self._head: list[list[str]] = []
        self._rows: list[list[str]] = []
        self._in_head = False
        self._cell: list[str] | None = None
        self.feed(html)
        self.close()

    @property
    def text(self) -> str:
        """Its words, each run of them on a line of its own."""
        return "\n".join(self._texts)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row, cell, or a block of JSON."""
        if tag in SILENT:
            self._inside.append(tag)
            kind = dict(attrs).get("type") or ""
            self._json = "" if tag == "script" and "json" in kind else None
        elif tag == "table":
            self._head, self._rows = [], []
        elif tag == "thead":
            self._in_head = True
        elif tag == "tr":
            (self._head if self._in_head else self._rows).append([])
        elif tag in {"td", "th"}:
            self._cell = []

    def handle_endtag(self, tag: str) -> None:
        """Put down what was read since it was opened."""
        if tag in SILENT and self._inside:
            self._inside.pop()
            if self._json is not None:
                self._take_json(self._json)
                self._json = None
        elif tag == "thead":
            self._in_head = False
        elif tag in {"td", "th"} and self._cell is not None:
            rows = self._head if self._in_head else self._rows
            if rows:
                rows[-1].append(" ".join(self._cell).strip())
            self._cell = None
        elif tag == "table":
            columns = max(self._head, key=len, default=[])
            rows = tuple(tuple(row) for row in self._rows if row)
            place = f"{self.place}, table {len(self.tables) + 1}"
            self.tables.append(Table(place, f"table {len(self.tables) + 1}", tuple(columns), rows, page=True))

    def handle_data(self, data: str) -> None:
        """Text, of the page or of a block of JSON."""
        if self._json is not None:
            self._json += data
        elif not self._inside and data.strip():
            self._texts.append(data.strip())
            if self._cell is not None:
                self._cell.append(data.strip())

    def _take_json(self, text: str) -> None:
        try:
            content = json.loads(text)
        except ValueError:
            return  # its bytes are looked at all the same
        self.figures.append(Figure(f"{self.place}, figure {len(self.figures) + 1}", content))
