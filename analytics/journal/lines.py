"""A batch of an export -> its lines: typed cells of those that may stay, the rule that refuses each other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import polars as pl

from analytics.journal.cells import Cells, Column, Known, read_columns
from analytics.journal.mapping import Mapping
from analytics.journal.privacy import PREFIX, pseudonyms
from analytics.journal.rows import complete, days_alike
from analytics.journal.rules import ORDER, needed
from analytics.journal.table import LINE, TextTable
from analytics.vocabulary.settings import Settings

PLACES = 1 << 10  # more columns than a table has: a fault is its rule's place times this, plus its column's
WHO = ("clinic_id", "patient_id")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of one batch.

    `kept`: line and the table's own columns, typed. `refused`: line, clinic_id, patient_id, rule, column.
    `mends`: one row a kept line and rule that mended it, the same columns. `read`: how many lines came in.
    `days`: the first and last day of reports for which they are the same.
    """

    kept: pl.DataFrame
    refused: pl.DataFrame
    mends: pl.DataFrame
    read: int
    days: tuple[date, date]


@dataclass(frozen=True, slots=True)
class Door:
    """How ids are hidden: whether a patient's id is of the clinic or of the network, and the secret key."""

    id_scope: str
    key: bytes


def typed_lines(
    table: TextTable, mapping: Mapping, settings: Settings, *, key: bytes, known: dict[str, Known]
) -> Lines:
    """Read every cell that the mapping names, refuse the lines that break a rule, hide who they are about.

    `known`: by column the texts met in batches before, of the same mapping.
    """
    door = Door(settings.privacy.id_scope, key)
    cells = _cells(table.frame, mapping, door, as_of=settings.as_of, known=known)
    values = table.frame.select(
        pl.col(LINE).cast(pl.Int64).alias("line"), *(one.values.alias(ours) for ours, one in cells.items())
    )
    values, cross = _across(values, mapping)
    faults = _faults(cells, cross, mapping, height=values.height)
    marks = {f"{ours}~{rule}": mark for ours, one in cells.items() for rule, mark in one.mends.items()}
    marks |= {name: mark for name, mark in cross.items() if "~" in name}
    free = None if faults is None else faults.is_null()
    kept = values if free is None else values.filter(free)
    refused = [_refused_by_reader(table, mapping)]
    if faults is not None:
        refused.append(_refused(values, faults, list(cells)))
    return Lines(
        kept=complete(kept, mapping, as_of=settings.as_of),
        refused=pl.concat(refused),
        mends=_mended(_whose(values), marks, free),
        read=table.frame.height + table.broken.height,
        days=days_alike(values, mapping, as_of=settings.as_of),
    )


def _cells(
    frame: pl.DataFrame, mapping: Mapping, door: Door, *, as_of: date, known: dict[str, Known]
) -> dict[str, Cells]:
    """Every column that the mapping names or sets, items of questionnaires included; a note is never read.

    The clinic is read first: whose ids are meant depends on it.
    """
    asked = {name: mapping.items[of][item] for name, (of, item) in mapping.item_names().items()}
    raw = {ours: frame[theirs] for ours, theirs in (mapping.columns | asked).items() if ours != "note"}
    fixed = {ours: pl.Series([text]) for ours, text in mapping.constants.items() if ours != "note"}
    columns = {
        ours: Column(ours, cells, mapping, known.setdefault(ours, Known()))
        for ours, cells in (raw | fixed).items()
    }
    read = read_columns([columns["clinic_id"]] if "clinic_id" in columns else [], as_of=as_of)
    clinics = read["clinic_id"].values if read else pl.Series([None], dtype=pl.String)
    mixed: dict[str, pl.Series] = {}
    for ours in PREFIX.keys() & columns.keys():
        of_network = ours == "patient_id" and door.id_scope == "network"
        scopes = pl.Series(["network"]) if of_network else clinics.fill_null("?")
        if scopes.n_unique() == 1:  # then each distinct id is hidden once, as any other text is read once
            scope = str(scopes[0])
            hide = partial(pseudonyms, scopes=scope, key=door.key, prefix=PREFIX[ours])
            mine = known.setdefault(f"{ours} {scope}", Known())
            columns[ours] = replace(columns[ours], known=mine, hide=hide)
        else:
            mixed[ours] = scopes
    for group in (raw, fixed):  # of a constant one cell is read
        others = [columns[ours] for ours in group if ours != "clinic_id"]
        read |= read_columns(others, as_of=as_of)
    for ours, scopes in mixed.items():
        hidden = pseudonyms(read[ours].values, scopes, door.key, prefix=PREFIX[ours])
        read[ours] = replace(read[ours], values=hidden)
    return {ours: _everywhere(read[ours], frame.height) if ours in fixed else read[ours] for ours in columns}


def _everywhere(one: Cells, height: int) -> Cells:
    """What one cell says, said of every row."""
    return Cells(
        one.values.new_from_index(0, height),
        None if one.faults is None else one.faults.new_from_index(0, height),
        {rule: mark.new_from_index(0, height) for rule, mark in one.mends.items()},
    )


def _across(values: pl.DataFrame, mapping: Mapping) -> tuple[pl.DataFrame, dict[str, pl.Series]]:
    """What only two columns together tell; a log before its session is emptied."""
    marks: dict[str, pl.Series] = {}
    have = set(values.columns)
    if {"performed_at", "logged_at"} <= have:
        early = values.select((pl.col("logged_at") < pl.col("performed_at")).fill_null(False)).to_series()
        if early.any():
            marks["logged_at~logged_before_performed"] = early
            values = values.with_columns(pl.when(~early).then("logged_at").alias("logged_at"))
    ends = {"plans": ("valid_from", "valid_to"), "patients": ("intake_date", "discharge_date")}
    start, end = ends.get(mapping.table, ("", ""))
    if {start, end} <= have:
        marks[f"{end}!end_before_start"] = values.select(pl.col(end) < pl.col(start)).to_series()
    if mapping.items:
        unanswered = pl.all_horizontal(pl.col(name).is_null() for name in mapping.item_names())
        marks["value!missing_value"] = values.select(unanswered).to_series()
    return values, marks


def _faults(
    cells: dict[str, Cells], cross: dict[str, pl.Series], mapping: Mapping, *, height: int
) -> pl.Series | None:
    """By row: the place in ORDER of the rule that refuses it and the column it looked at; None: no row."""
    names = list(cells)
    struck = [
        (one.faults.cast(pl.Int32) * PLACES + place)
        for place, one in enumerate(cells.values())
        if one.faults is not None
    ]
    for name, mark in cross.items():
        ours, exclaimed, rule = name.partition("!")
        if exclaimed and mark.any():
            code = ORDER.index(rule) * PLACES + (names.index(ours) if ours in names else len(names))
            struck.append(pl.select(pl.when(mark).then(pl.lit(code, pl.Int32))).to_series())
    melted = {"instrument", "value"} if mapping.items else set()
    for ours, rule in needed(mapping.table).items():
        if ours not in cells and ours not in melted:
            code = ORDER.index(rule) * PLACES + len(names)
            struck.append(pl.repeat(code, height, dtype=pl.Int32, eager=True))
    if not struck:
        return None
    worst = pl.select(pl.min_horizontal(*struck)).to_series()
    return worst if worst.null_count() < len(worst) else None


def _refused(values: pl.DataFrame, faults: pl.Series, names: list[str]) -> pl.DataFrame:
    """The refused lines with the first rule that each breaks, and the column that rule looked at."""
    columns = pl.Series([*names, None], dtype=pl.String)
    struck = _whose(values).with_columns(fault=faults).drop_nulls("fault")
    return struck.select(
        "line", *WHO,
        rule=pl.lit(pl.Series(ORDER)).gather(pl.col("fault") // PLACES),
        column=pl.lit(columns).gather(pl.col("fault") % PLACES),
    )  # fmt: skip


def _whose(values: pl.DataFrame) -> pl.DataFrame:
    """The lines, with whose each is as far as the table tells."""
    known = (name if name in values.columns else pl.lit(None, pl.String).alias(name) for name in WHO)
    return values.select("line", *known)


def _refused_by_reader(table: TextTable, mapping: Mapping) -> pl.DataFrame:
    return table.broken.select(
        pl.col(LINE).cast(pl.Int64).alias("line"),
        pl.lit(mapping.constants.get("clinic_id"), pl.String).alias("clinic_id"),
        pl.lit(None, pl.String).alias("patient_id"), "rule", pl.lit(None, pl.String).alias("column"),
    )  # fmt: skip


def _mended(lines: pl.DataFrame, marks: dict[str, pl.Series], free: pl.Series | None) -> pl.DataFrame:
    """One row a mend of a line that stays; a rule counts once a line, with the first column it mended."""
    rows = [lines.clear().with_columns(rule=pl.lit(None, pl.String), column=pl.lit(None, pl.String))]
    for name, mark in marks.items():
        ours, _, rule = name.partition("~")
        struck = lines.filter(mark if free is None else mark & free)
        rows.append(struck.with_columns(rule=pl.lit(rule), column=pl.lit(ours)))
    return pl.concat(rows).unique(["line", "rule"], keep="first", maintain_order=True)
