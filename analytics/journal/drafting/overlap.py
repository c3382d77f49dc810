"""Tables of one export that tell of the same sessions: put together, or asked.

Read as they are, the later one would take the place of the earlier, with all that only the earlier tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import polars as pl

from analytics.journal.drafting.decisions import Asked, Choice, Decision, Draft
from analytics.journal.drafting.records import MEANS, SAME
from analytics.journal.drafting.table_draft import Sample
from analytics.journal.drafting.trial import read_as_tried

ENOUGH = 0.5  # of the sessions of the smaller table, those that the other tells as well
OF_DAYS = 0.8  # the same of a patient's days, where the times differ
WHO_WHEN = ["clinic_id", "patient_id", "performed_at"]
LINES, KEY, BOTH = "lines_per_record", "same_sessions", "both"


@dataclass(frozen=True, slots=True)
class Told:
    """The sessions that one draft tells: its place among the drafts, what it is called, its typed lines.

    `columns`: ours that it tells of a session, beside whose it is and when.
    """

    place: int
    name: str
    rows: pl.DataFrame
    columns: frozenset[str]


def settle(found: Sequence[tuple[Sample, Draft]], answers: dict[str, str]) -> list[tuple[Sample, Draft]]:
    """The drafts of one call, with what follows from tables that tell of the same sessions."""
    settled = list(found)
    sessions = [
        Told(place, name_of(draft), rows, _columns(draft))
        for place, (sample, draft) in enumerate(found)
        if draft.table == "sessions" and (rows := read_as_tried(draft, sample.tables)) is not None
    ]
    for one, other in combinations(sessions, 2):
        if one.columns == other.columns:
            continue  # a later export of the same journal: it corrects the earlier
        if _shared(one, other, WHO_WHEN) >= ENOUGH:
            _put_together(settled, one, other)
        elif _shared(_by_day(one), _by_day(other), WHO_WHEN) >= OF_DAYS:
            _ask(settled, one, other, answers)
    return settled


def _columns(draft: Draft) -> frozenset[str]:
    read = {line.key for line in draft.decisions if line.section == ("columns",)}
    return frozenset(read - {*WHO_WHEN, "logged_at"})


def name_of(draft: Draft) -> str:
    """A file, and the part of it, as the command line shows them."""
    return f"{draft.file}, {draft.part}" if draft.part else draft.file


def _shared(one: Told, other: Told, keys: list[str]) -> float:
    first, second = (each.rows.select(keys).drop_nulls().unique() for each in (one, other))
    both = first.join(second, on=keys, how="semi").height
    return both / max(1, min(first.height, second.height))


def _by_day(one: Told) -> Told:
    return replace(one, rows=one.rows.with_columns(pl.col("performed_at").dt.date()))


def _put_together(settled: list[tuple[Sample, Draft]], one: Told, other: Told) -> None:
    """Lines of both are one session where nothing in them contradicts; else it is asked."""
    for each, beside in ((one, other), (other, one)):
        sample, draft = settled[each.place]
        if LINES in {line.key for line in draft.decisions} | {asked.key for asked in draft.asked}:
            continue
        share = f"{_shared(one, other, WHO_WHEN):.0%} of its sessions are told by {beside.name} as well"
        if _agree(one, other) >= SAME:
            line = Decision((), LINES, "many", f"{share}: each is one session")
            settled[each.place] = sample, replace(draft, decisions=(*draft.decisions, line))
        else:
            text = f"{share}, and not the same of each. Are these parts of one session?"
            choices = tuple(
                Choice(f"{LINES}={value}", meaning, (Decision((), LINES, value, meaning),))
                for value, meaning in MEANS.items()
            )
            settled[each.place] = (
                sample,
                replace(draft, asked=(*draft.asked, Asked(LINES, text, choices))),
            )


def _agree(one: Told, other: Told) -> float:
    """The least share, over the columns that both tell, of the sessions of which they say the same."""
    shared = sorted(one.columns & other.columns)
    first, second = (
        each.rows.select(WHO_WHEN + shared).unique(WHO_WHEN, keep="first") for each in (one, other)
    )
    pairs = first.join(second, on=WHO_WHEN, suffix="_other")
    alike = [
        (pl.col(name) == pl.col(f"{name}_other"))
        .fill_null(True)
        .mean()
        .alias(name)  # an empty cell says nothing
        for name in shared
    ]
    return min(pairs.select(alike).row(0)) if alike else 1.0


def _ask(settled: list[tuple[Sample, Draft]], one: Told, other: Told, answers: dict[str, str]) -> None:
    """Two tables on the same days of the same patients: the same sessions twice, or two kinds of sessions."""
    told = answers.get(KEY)
    if told == BOTH:
        return
    for each, beside in ((one, other), (other, one)):
        sample, draft = settled[each.place]
        if told == beside.name:
            settled[each.place] = (
                sample,
                replace(draft, table=None, why="your answer", asked=(), decisions=()),
            )
        elif told != each.name and KEY not in {asked.key for asked in draft.asked}:
            text = (
                f"{beside.name} tells of sessions of the same patients on the same days. Are they the same?"
            )
            choices = (
                Choice(f"{KEY}={one.name}", "the same: it alone is read"),
                Choice(f"{KEY}={other.name}", "the same: it alone is read"),
                Choice(f"{KEY}={BOTH}", "other sessions: both are read"),
            )
            settled[each.place] = sample, replace(draft, asked=(*draft.asked, Asked(KEY, text, choices)))
