"""The first lines that each rule struck, with their cells, for the clerk: restricted, never in a report."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from pathlib import Path

import polars as pl

from analytics.journal.mapping import Mapping
from analytics.journal.read import Export, read_lines
from analytics.journal.table import LINE, shown
from analytics.vocabulary.rules import LINE_RULES

NAME, TOLD = "lines_to_look_at.csv", "lines_to_look_at.parquet"
TEXTS = ("heading", "cell", "other_cells")  # of a line, what the export says there
Texts = tuple[str | None, str | None, str | None]
# who it is stands in the file, at that line; the clerk who may open the file needs no copy of it
WITHHELD = frozenset({"patient_id", "therapist_id", "birth_date", "birth_year", "contact", "note"})
CELL = 200  # characters of one cell that are shown
# OWASP, CSV injection: what a spreadsheet may run at the start of a cell, or behind a semicolon that it takes
# for the end of one
FORMULA = re.compile(r"^(?= *[=+\-@\t\r\n＝＋－＠])|(?<=[;\t])(?= *[=+\-@＝＋－＠])")
COLUMNS = (
    "file", "line", "clinic_id", "table", "outcome", "rule", "title", "what_to_do", "column", "heading",
    "cell", "other_cells",
)  # fmt: skip


def lines_to_look_at(findings: pl.DataFrame, *, per_rule: int) -> pl.DataFrame:
    """Of Findings the first lines of each file, table, clinic and rule."""
    keys = ["file", "table", "clinic_id", "rule"]
    ordered = findings.sort("file", "table", "rule", "line", "column")
    return ordered.filter(pl.int_range(pl.len()).over(keys) < per_rule)


def first_lines(
    wanted: pl.DataFrame, exports: Iterable[Export], *, before: Path | None = None
) -> pl.DataFrame:
    """One row a line to look at, export by export: where, which rule, what to do, what the export says there.

    Reads again the exports that `wanted` names, each up to the last line that is wanted of it; but for those
    whose origin is that of an export of the run `before` (its folder), which says all of it already.
    """
    said, rows = _said(before), []
    by_export = wanted.partition_by("file", "table", as_dict=True)
    for export in exports:
        mine = by_export.get((export.file, export.mapping.table), wanted.clear()).rows(named=True)
        here = said.get(export.origin, {})
        if not all((found["line"], found["column"]) in here for found in mine):
            cells = _cells(export, {found["line"] for found in mine})
            here = {(found["line"], found["column"]): _texts(found, export.mapping, cells) for found in mine}
        rows += [_row(found, here[found["line"], found["column"]], export.origin) for found in mine]
    schema = {name: pl.Int32 if name == "line" else pl.String for name in (*COLUMNS, "origin")}
    return pl.DataFrame(rows, schema=schema, orient="row")


def _said(before: Path | None) -> dict[str, dict[tuple[int, str | None], Texts]]:
    """By origin of an export, line and column, what the run before put down; nothing where it cannot tell."""
    try:
        frame = pl.DataFrame() if before is None else pl.read_parquet(before / TOLD)
        rows = frame.select("origin", "line", "column", *TEXTS).rows() if frame.height else []
    except (OSError, pl.exceptions.PolarsError):
        return {}
    said: dict[str, dict[tuple[int, str | None], Texts]] = {}
    for origin, line, column, *texts in rows:
        if origin:
            said.setdefault(origin, {})[line, column] = (texts[0], texts[1], texts[2])
    return said


def _cells(export: Export, lines: set[int]) -> dict[int, dict[str, str]]:
    """By line: their heading and the cell's text, of the columns that the mapping reads."""
    found: dict[int, dict[str, str]] = {}
    for table in read_lines(export):
        here = table.frame.filter(pl.col(LINE).is_in(list(lines)))
        texts = here.with_columns(pl.exclude(LINE).cast(pl.String, strict=False))
        for row in texts.iter_rows(named=True):
            found.setdefault(row[LINE], {name: text for name, text in row.items() if name != LINE and text})
        if table.frame.height and max(lines) <= table.frame[LINE][-1]:
            break
    return found


def _row(found: dict[str, object], texts: Texts, origin: str) -> tuple[object, ...]:
    rule = LINE_RULES[str(found["rule"])]
    return (
        found["file"], found["line"], found["clinic_id"], found["table"], found["outcome"], rule.name,
        rule.title, rule.remedy, found["column"], *texts, origin,
    )  # fmt: skip


def _texts(found: dict[str, object], mapping: Mapping, cells: dict[int, dict[str, str]]) -> Texts:
    """What the export says there: the heading of the column and its cell, and the other cells of the line."""
    theirs, column, line = _headings(mapping), found["column"], found["line"]
    texts = cells.get(line, {}) if isinstance(line, int) else {}
    heading = theirs.get(str(column))
    free = {
        name: _one_line(texts[name])
        for ours, name in theirs.items()
        if ours not in WITHHELD and name in texts
    }
    other = "; ".join(f"{shown(name)}: {text}" for name, text in free.items() if name != heading)
    cell = None if heading is None or not texts else _cell(texts.get(heading), withheld=column in WITHHELD)
    return None if heading is None else shown(heading), cell, other or None


def _cell(text: str | None, *, withheld: bool) -> str:
    if not text:
        return "(empty)"
    return "(who it is: look in the file)" if withheld else _one_line(text)


def _headings(mapping: Mapping) -> dict[str, str]:
    """Their heading by our column, items of questionnaires included."""
    items = {
        name: mapping.items[instrument][item] for name, (instrument, item) in mapping.item_names().items()
    }
    return mapping.columns | items


def _one_line(text: str) -> str:
    plain = "".join(sign if sign.isprintable() else " " for sign in text)
    return plain if len(plain) <= CELL else f"{plain[:CELL]}…"


def write_first_lines(lines: pl.DataFrame, folder: Path) -> Path:
    """Write each line once, where only the owner can read: the folder 0700, the file 0600, no cell a formula.

    Beside it the same for the next run, which need not look them up again.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    lines.write_parquet(folder / TOLD)
    (folder / TOLD).chmod(0o600)
    told = pl.col("cell").is_not_null() | pl.col("other_cells").is_not_null()
    # several mappings may read one file: a line is told by the one that has it
    best = lines.sort(~lines.select(told).to_series(), maintain_order=True).select(COLUMNS)
    lines = best.unique(["file", "line", "table", "rule"], keep="first").sort("file", "table", "rule", "line")
    path = folder / NAME
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8-sig", newline="") as file:  # so that Excel reads its letters
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        writer.writerows([_safe(cell) for cell in row] for row in lines.iter_rows())
    return path


def _safe(cell: object) -> object:
    return FORMULA.sub("'", cell) if isinstance(cell, str) else cell
