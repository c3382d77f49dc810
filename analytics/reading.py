"""Exports -> the books and the cohort, a group of clinics at a time, in processes that import no model.

What an export was read to, and a group of clinics cleaned to, is kept: made of the same, it is made once.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path

import polars as pl

from analytics.cohort.describe import describe_cohort, join_cohorts
from analytics.journal.account import joined, without_rows
from analytics.journal.clean import journal_of
from analytics.journal.kept import Kept, forget_others, frames_of, keep, whole_ones
from analytics.journal.quality.checks import count_checks
from analytics.journal.quality.first_lines import first_lines, lines_to_look_at, write_first_lines
from analytics.journal.read import Export
from analytics.journal.spool import Spool, groups_of, of, spool_lines
from analytics.journal.workers import spread
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.files import checksum, link
from analytics.vocabulary.over import Over
from analytics.vocabulary.results import Cohort, Journal
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import RESTRICTED
from analytics.vocabulary.telling import Tell

ROWS = ("sessions", "patients", "plans", "measures", "findings")  # frames in parts, one a group of clinics
# settings that no group of clinics depends on; its exports are named one by one
APART = {
    "title", "language", "study", "reports", "sources", "run", "privacy", "disclosure", "comparison",
    "targets",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Places:
    """Restricted folders: of the study being made, of lines and groups of clinics kept, of the study before.

    `before` is None where nothing of it is to be used.
    """

    staging: Path
    lines: Path
    groups: Path
    before: Path | None


def read_exports(
    exports: list[Export], settings: Settings, *, places: Places, over: Over, tell: Tell
) -> tuple[Journal, Cohort, Sequence[pl.DataFrame]]:
    """The journal without its rows, which are written to the study clinic by clinic, and the cohort.

    Also what the checks counted, group by group; the first lines that each rule struck are put down.
    """
    began = time.perf_counter()
    spool = spool_lines(exports, settings, folder=places.lines, over=over)
    read = {"exports": len(exports), "kept": len(exports) - spool.read}
    tell({"event": "read", **read, "seconds": round(time.perf_counter() - began, 3)})
    began = time.perf_counter()
    groups, kept = _groups(spool, exports, settings, folder=places.groups, over=over)
    books, cohorts, counts, struck = zip(*map(_taken_apart, groups), strict=True)
    for number, group in enumerate(groups):
        _put_rows(group, number, places.staging)
    cleaned = {"groups": len(groups), "kept": kept}
    tell({"event": "clean", **cleaned, "seconds": round(time.perf_counter() - began, 3)})
    before = places.before / RESTRICTED if places.before else None
    struck_first = first_lines(pl.concat(struck), exports, before=before)
    write_first_lines(struck_first, places.staging / RESTRICTED)
    forget_others(places.lines, (file.path for file in spool.files))
    forget_others(places.groups, (path for group in groups for path in _files_of(group.path)))
    return joined(books), join_cohorts(cohorts), counts


def _groups(
    spool: Spool, exports: list[Export], settings: Settings, *, folder: Path, over: Over
) -> tuple[list[Kept], int]:
    """What every group of clinics was cleaned to, in order, and of how many that was kept."""
    made_of = _settings_of_groups(settings)
    jobs = {
        folder / f"{_key(spool, exports, clinics, made_of)}.group": clinics for clinics in groups_of(spool)
    }
    found = zip(jobs, whole_ones(list(jobs)), strict=True)
    kept = {path: group for path, group in found if group and _has_its_rows(group)}
    anew = [(clinics, path) for path, clinics in jobs.items() if path not in kept]
    work = partial(_put_down, spool=spool, settings=settings)
    for _ in spread(over, work, anew, size=sum(_bytes_of(spool, clinics) for clinics, _ in anew)):
        pass
    made = whole_ones([path for _, path in anew])
    if not all(made):
        raise InputError("What a group of clinics was cleaned to is gone or broken. Run it again.")
    kept |= {path: group for (_, path), group in zip(anew, made, strict=True) if group}
    return [kept[path] for path in jobs], len(jobs) - len(anew)


def _settings_of_groups(settings: Settings) -> str:
    """The settings that a group of clinics depends on, with what the file that one of them names holds."""
    named = settings.definitions.eq5d_value_set
    value_set = checksum(settings.path(named)) if named else ""
    return json.dumps([settings.model_dump(mode="json", exclude=APART), value_set])


def _key(spool: Spool, exports: list[Export], clinics: list[str] | None, made_of: str) -> str:
    """Digest of what a group is made of: its exports in order, whose names its rows say, and settings."""
    mine = spool.exports if clinics is None else _exports_of(spool, clinics)
    named = set(mine["file"])
    of_exports = [(one.file, one.origin) for one in exports if one.file in named]
    return hashlib.sha256(json.dumps([clinics, of_exports, made_of]).encode()).hexdigest()


def _exports_of(spool: Spool, clinics: list[str] | None) -> pl.DataFrame:
    return spool.exports.join(spool.parts.filter(of(clinics)), on="export", how="semi", maintain_order="left")


def _bytes_of(spool: Spool, clinics: list[str] | None) -> int:
    """How much the lines of a group take, packed."""
    files = (spool.files[place] for place in _exports_of(spool, clinics)["export"])
    return sum(piece.size for file in files for piece in file.pieces)


def _put_down(job: tuple[list[str] | None, Path], *, spool: Spool, settings: Settings) -> None:
    """Clean a group of clinics; keep its rows, its books, its cohort, what was counted and struck."""
    clinics, path = job
    journal = journal_of(spool, clinics)
    digests = {}
    for name, file in _rows_of(path).items():
        getattr(journal, name).write_parquet(file)
        digests[name] = checksum(file)
    struck = lines_to_look_at(journal.findings, per_rule=settings.quality.lines_to_look_at)
    cohort, counts = describe_cohort(journal, settings), count_checks(journal, settings)
    frames = [*_named(without_rows(journal)), *_named(cohort), ("counts", counts), ("struck", struck)]
    keep(path, frames, about={"rows": digests})


def _named(whole: Journal | Cohort) -> Iterator[tuple[str, pl.DataFrame]]:
    for field in fields(whole):
        yield f"{type(whole).__name__} {field.name}", getattr(whole, field.name)


def _taken_apart(group: Kept) -> tuple[Journal, Cohort, pl.DataFrame, pl.DataFrame]:
    frames = frames_of(group)
    books, cohort = (
        {field.name: frames[f"{noun.__name__} {field.name}"] for field in fields(noun)}
        for noun in (Journal, Cohort)
    )
    return Journal(**books), Cohort(**cohort), frames["counts"], frames["struck"]


def _put_rows(group: Kept, number: int, staging: Path) -> None:
    """The rows of a group as parts of the study's frames: where that can be, one file under two names."""
    for name, file in _rows_of(group.path).items():
        part = staging / "frames" / name / f"{number:04}.parquet"
        part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        link(file, part)


def _rows_of(path: Path) -> dict[str, Path]:
    return {name: path.with_suffix(f".{name}") for name in ROWS}


def _files_of(path: Path) -> list[Path]:
    return [path, *_rows_of(path).values()]


def _has_its_rows(group: Kept) -> bool:
    rows = _rows_of(group.path).items()
    return all(file.is_file() and checksum(file) == group.about["rows"][name] for name, file in rows)
