"""What a data steward reads of a run: checks against the last run, publish or hold, the fate of the lines.

All of it needs the books of a run and what was counted in its rows, not the rows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

import polars as pl

from analytics.journal.account import joined, without_rows
from analytics.journal.clean import clean_by_clinics
from analytics.journal.quality.books import fates_by_rule, lines_by_table
from analytics.journal.quality.checks import count_checks, judge_checks
from analytics.journal.quality.gate import gate
from analytics.journal.quality.trend import against_last, compare_checks, last_checks
from analytics.journal.read import read_journal
from analytics.vocabulary.gate import Gate
from analytics.vocabulary.records import NETWORK, ExportLines, Quality
from analytics.vocabulary.results import Journal
from analytics.vocabulary.settings import Settings

OUTCOMES = {
    "read": "lines",
    "kept": "kept",
    "refused": "refused",
    "duplicate": "duplicates",
    "repaired": "repaired",
}


@dataclass(frozen=True, slots=True)
class Audit:
    """The checks of a run (Trend), the run that they were compared with (Checks), and the decision.

    `quality` (Quality) and `exports` (ExportLines): what became of the lines.
    """

    checks: pl.DataFrame
    before: pl.DataFrame | None
    gate: Gate
    quality: pl.DataFrame
    exports: pl.DataFrame

    def frames(self) -> dict[str, pl.DataFrame]:
        """What the study keeps for the next run."""
        return {"checks": self.checks} | ({} if self.before is None else {"checks_before": self.before})


def audit_run(
    books: Journal,
    counts: Iterable[pl.DataFrame],
    people: pl.DataFrame,
    settings: Settings,
    *,
    data_hash: str,
) -> Audit:
    """Audit a whole run from its books, what `count_checks` counted, and who has sessions where.

    Reads the last run's study, so it must come before that study is replaced.
    """
    before = last_checks(settings, data_hash=data_hash)
    now = against_last(judge_checks(counts, books, people, settings), before, settings)
    trend = compare_checks(now, before)
    return Audit(
        checks=trend,
        before=before,
        gate=gate(trend, settings),
        quality=audit_journal(books, now),
        exports=export_lines(books, now, settings),
    )


def check_exports(settings: Settings) -> tuple[Journal, Audit]:
    """The books of an installation's exports and their audit, clinic by clinic; nothing is written."""
    with TemporaryDirectory(prefix="lumbar-") as folder:
        then = partial(_counted, settings=settings)
        parts = clean_by_clinics(read_journal(settings), settings, folder=Path(folder), then=then)
        counts, people, journals = zip(*parts, strict=True)
    books = joined(journals)
    return books, audit_run(books, counts, pl.concat(people), settings, data_hash="")


def _counted(
    number: int, journal: Journal, *, settings: Settings
) -> tuple[pl.DataFrame, pl.DataFrame, Journal]:
    """Of one group of clinics what the checks count, who has sessions where, and the books."""
    people = journal.sessions.select("clinic_id", "patient_id").unique()
    return count_checks(journal, settings), people, without_rows(journal)


def audit_journal(journal: Journal, checks: pl.DataFrame) -> pl.DataFrame:
    """Quality: lines and distinct patients by clinic (and network), table, outcome and rule.

    The checks say how many patients have rows in each table.

    >>> an.audit_journal(journal, an.check_journal(journal, settings)).columns[:3]
    ['clinic_id', 'table', 'outcome']
    """
    kept = lines_by_table(journal).filter(pl.col("table") != "clinics", pl.col("kept") > 0)
    kept = kept.join(_patients(checks), on=["clinic_id", "table"], how="left").select(
        "clinic_id", "table", pl.lit("kept").alias("outcome"), pl.lit("kept").alias("rule"),
        pl.col("kept").alias("lines"), "patients",
    )  # fmt: skip
    together = pl.lit(NETWORK).alias("clinic_id")
    all_kept = kept.group_by("table", "outcome", "rule").agg(pl.col("lines", "patients").sum())
    parts = [
        kept, fates_by_rule(journal.fates),
        all_kept.with_columns(together), fates_by_rule(journal.fates.with_columns(together)),
    ]  # fmt: skip
    every = pl.concat([_columns(part) for part in parts])
    return Quality.validate(every.sort("clinic_id", "table", "outcome", "rule"))


def _patients(checks: pl.DataFrame) -> pl.DataFrame:
    kept = checks.filter(pl.col("check") == "rows_kept")
    return kept.select("clinic_id", "table", pl.col("of_patients").alias("patients"))


def _columns(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.select(
        "clinic_id", "table", "outcome", "rule",
        # behind lines stands at least one patient; how many is not known, so that no number will leave
        pl.col("lines").cast(pl.Int32), pl.col("patients").fill_null(1).cast(pl.Int32),
    )  # fmt: skip


def export_lines(journal: Journal, checks: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """ExportLines: what became of the lines of each file. The file is told by its pattern and place in it."""
    account = journal.accounting.filter(pl.col("table") != "clinics")
    long = pl.concat(
        [
            account.select(
                "file", "table", "clinic_id", pl.lit(outcome).alias("outcome"), pl.col(name).alias("lines")
            )
            for outcome, name in OUTCOMES.items()
        ]
    )
    known = pl.col("patient_id").drop_nulls().n_unique()
    behind = journal.fates.group_by("file", "table", "outcome").agg(
        struck=pl.when(known > 0).then(known).otherwise(pl.col("lines").cast(pl.Int64).sum())
    )
    patients = _patients(checks)
    everyone = patients.group_by("table").agg(pl.col("patients").sum().alias("everyone"))
    whole = (
        long.join(behind, on=["file", "table", "outcome"], how="left")
        .join(patients, on=["clinic_id", "table"], how="left")
        .join(everyone, on="table", how="left")
        .join(_named(account["file"].unique(), settings), on="file", how="left")
    )
    # a kept line is of somebody who has rows; how many of them one file holds is not known
    people = pl.when(pl.col("clinic_id") == "several").then("everyone").otherwise("patients").fill_null(1)
    at_most = pl.min_horizontal("lines", people)
    shown = whole.with_columns(patients=pl.coalesce("struck", at_most)).sort("clinic_id", "table", "file")
    return ExportLines.validate(ExportLines.cast(shown.select(ExportLines.column_names())))


def _named(files: pl.Series, settings: Settings) -> pl.DataFrame:
    """By file, as the account names it: the pattern in lumbar.toml that found it, and its place there."""
    places: dict[str, tuple[str, int]] = {}
    for source in settings.sources:
        found = sorted(path for path in settings.root.glob(source.files) if path.is_file())
        for place, path in enumerate(found, start=1):
            places.setdefault(path.relative_to(settings.root).as_posix(), (source.files, place))
    schema = {"file": pl.String, "source": pl.String, "place": pl.Int32}
    return pl.DataFrame([(file, *_place(file, places)) for file in files], schema=schema, orient="row")


def _place(file: str, places: dict[str, tuple[str, int]]) -> tuple[str, int]:
    """Of a file inside a zip, the zip's."""
    for path in (file, *(parent.as_posix() for parent in PurePosixPath(file).parents)):
        if path in places:
            return places[path]
    return ("", 1)
