"""Lines -> Journal, clinic by clinic: every line is kept, refused by a named rule, or a duplicate."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import polars as pl

from analytics.journal.account import account_for, coverage_of, fates_of, joined, measured_in
from analytics.journal.duplicates import find_duplicates, gather_sessions
from analytics.journal.read import Export
from analytics.journal.rows import apart
from analytics.journal.spool import Spool, group_of, groups_of, load, size_of, spool_lines
from analytics.journal.workers import spread, workers
from analytics.vocabulary.records import Findings
from analytics.vocabulary.results import Journal
from analytics.vocabulary.schema import COLUMNS, INPUTS, TABLES
from analytics.vocabulary.settings import Settings

Result = TypeVar("Result")


def clean_journal(exports: list[Export], settings: Settings) -> Journal:
    """The tables of METHODS 1 with the fate of every line, all clinics in memory.

    Raises where an installation's key cannot be used.

    >>> an.clean_journal(an.read_journal(settings), settings).clinics.height
    8
    """
    with TemporaryDirectory(prefix="lumbar-") as folder:
        return joined(clean_by_clinics(exports, settings, folder=Path(folder), then=_itself))


def clean_by_clinics(
    exports: list[Export], settings: Settings, *, folder: Path, then: Callable[[int, Journal], Result]
) -> Iterator[Result]:
    """What `then` makes of one Journal after another, with its number from 0, in the process that cleaned it.

    Each Journal is of whole clinics; the last is of lines whose clinic nobody knows. `folder` is restricted
    and private to this run: it holds the typed lines of all exports meanwhile, and then what was made, so
    that memory holds the processes that work or the results, never both.
    """
    with workers(exports, settings) as over:
        spool = spool_lines(exports, settings, folder=folder, over=over)
        work = partial(_cleaned, spool=spool, folder=folder, then=then)
        made = list(spread(over, work, list(enumerate(groups_of(spool))), size=size_of(exports)))
    for path in made:
        yield pickle.loads(path.read_bytes())


def _itself(number: int, journal: Journal) -> Journal:
    return journal


def _cleaned(
    job: tuple[int, list[str] | None], *, spool: Spool, folder: Path, then: Callable[[int, Journal], object]
) -> Path:
    number, clinics = job
    path = folder / f"made-{number}"
    path.write_bytes(pickle.dumps(then(number, journal_of(spool, clinics))))
    return path


def journal_of(spool: Spool, clinics: list[str] | None) -> Journal:
    """The Journal of some whole clinics; None: of the lines of no known clinic."""
    group, tables, findings, made = group_of(spool, clinics), {}, [], []
    for table in INPUTS:
        refused = load(group, "refused", table).with_columns(outcome=pl.lit("refused"))
        stay, again = find_duplicates(load(group, "kept", table), table=table)
        lost = _lost(again, stay, table=table)
        mended = _mends(load(group, "mends", table), lost)
        findings += [_findings(part, table) for part in (refused, lost, mended)]
        rows = gather_sessions(stay) if table == "sessions" else stay
        made.append(rows.group_by("export").agg(rows=pl.len()))
        tables[table] = _finished(rows, table)
    tables["clinics"] = _every_clinic(tables)
    found = Findings.validate(pl.concat(findings).sort("file", "line", "table", "outcome", "rule"))
    return Journal(
        **tables,
        findings=found,
        fates=fates_of(found),
        accounting=account_for(group, findings=found, made=pl.concat(made)),
        coverage=coverage_of(spool.exports, tables["sessions"]),
        measured=measured_in(tables),
    )


def _lost(again: pl.DataFrame, stay: pl.DataFrame, *, table: str) -> pl.DataFrame:
    """One row a line that repeats another.

    A line of measures may hold many: where some of them stay, the line was mended by a later one.
    """
    column = pl.lit(None, pl.String).alias("column")
    if table != "measures" or not again.height:
        return again.with_columns(column, outcome=pl.lit("duplicate"))
    lines = again.unique(["export", "line"], keep="first", maintain_order=True)
    partly = lines.join(stay, on=["export", "line"], how="semi", maintain_order="left")
    whole = lines.join(stay, on=["export", "line"], how="anti", maintain_order="left")
    return pl.concat(
        [
            whole.with_columns(column, outcome=pl.lit("duplicate")),
            partly.with_columns(column, outcome=pl.lit("repaired")),
        ]
    )


def _mends(mends: pl.DataFrame, lost: pl.DataFrame) -> pl.DataFrame:
    """What was mended, only in lines that are kept in the end."""
    gone = lost.filter(pl.col("outcome") == "duplicate")
    stay = mends.join(gone, on=["export", "line"], how="anti", maintain_order="left")
    return stay.with_columns(outcome=pl.lit("repaired"))


def _findings(lines: pl.DataFrame, table: str) -> pl.DataFrame:
    patient = "patient_id" if "patient_id" in lines.columns else pl.lit(None, pl.String).alias("patient_id")
    return lines.select(
        pl.col("source_file").alias("file"), "line", pl.lit(table).alias("table"), "clinic_id", patient,
        "outcome", "rule", "column",
    )  # fmt: skip


def _finished(rows: pl.DataFrame, table: str) -> pl.DataFrame:
    """The rows as the schema has them, in the order of their keys, which no two of them share."""
    if table == "sessions":
        clock = pl.col("performed_at").dt.epoch("s")
        rows = rows.with_columns(
            source_line="line", session_id=pl.concat_str("patient_id", "clinic_id", clock, separator="@")
        )
    lists = [name for name, column in COLUMNS[table].items() if isinstance(column.dtype, pl.List)]
    rows = rows.with_columns(apart(rows[name]) for name in lists)
    return TABLES[table].cast(rows.select(*COLUMNS[table]))


def _every_clinic(tables: dict[str, pl.DataFrame]) -> pl.DataFrame:
    """The clinics table, with a row for each clinic that only the sessions name."""
    named = tables["clinics"].with_columns(pl.coalesce("clinic_name", "clinic_id").alias("clinic_name"))
    others = tables["sessions"].select("clinic_id").unique().join(named, on="clinic_id", how="anti")
    unnamed = others.with_columns(clinic_name="clinic_id")
    return TABLES["clinics"].cast(pl.concat([named, unnamed], how="diagonal").sort("clinic_id"))
