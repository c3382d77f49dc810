"""The codebook to be read: one table a frame, each behind its heading."""

from __future__ import annotations

from html import escape

import polars as pl

from analytics.exhibits.lab.mini import share_bars, table_with
from analytics.vocabulary.codebook import SCHEMAS, codebook
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.study import Study

OPEN = (
    "patient_weeks",
    "eligible",
)  # our choice: what most questions are asked of; the others are shut at first


def show_codebook(study: Study) -> Exhibit:
    """Every column of every frame of the study; see `Study.codebook`."""
    book = codebook(study.held(), study.frame)
    parts = [_frame(str(name), part) for (name,), part in book.group_by("frame", maintain_order=True)]
    summary = (
        f"{book['frame'].n_unique()} frames, {book.height} columns; study.frame(name) opens a frame. "
        "Ids and names of files are counted, never listed. These numbers are not suppressed."
    )
    return Exhibit("codebook", "What this study holds", summary, body="".join(parts), data=book)


def _frame(name: str, part: pl.DataFrame) -> str:
    rows = part["rows"][0] if part.height else 0
    about = (SCHEMAS[name].__doc__ or "").strip().splitlines()[0] if name in SCHEMAS else ""
    table = part.select(
        "column",
        "type",
        "unit",
        "meaning",
        "allowed",
        "missing",
        "distinct",
        "least",
        "median",
        "greatest",
        "holds",
    )
    drawn = {"": share_bars(part["missing"].to_list())}
    shown = table.rename({"missing": "missing_share"})
    inner = table_with(shown, id=f"codebook-{name}", drawn=drawn)
    state = " open" if name in OPEN else ""
    head = f"<b>{escape(name)}</b>: {rows:,} rows, {part.height} columns. {escape(about)}"
    return f"<details{state}><summary>{head}</summary>{inner}</details>"
