"""The draft of one table of an export, put together from every look at its columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import polars as pl

from analytics.journal.drafting.amounts import decide_marks, decide_units
from analytics.journal.drafting.assign import Assigned, asked_of, assign
from analytics.journal.drafting.columns import Column, look_at
from analytics.journal.drafting.dates import written
from analytics.journal.drafting.decisions import (
    ColumnDraft,
    Decision,
    Draft,
    Found,
    asked_again,
    together,
)
from analytics.journal.drafting.evidence import Look, Weighed, look
from analytics.journal.drafting.fates import fates_of
from analytics.journal.drafting.gaps import decide_missing
from analytics.journal.drafting.headings import language_of
from analytics.journal.drafting.lengths import LENGTH
from analytics.journal.drafting.lists import decide_codes
from analytics.journal.drafting.moments import decide_dates
from analytics.journal.drafting.phrases import PHRASES
from analytics.journal.drafting.questionnaires import check_scores, decide_items
from analytics.journal.drafting.records import decide_lines, decide_who
from analytics.journal.drafting.tables import Chosen, choose_table
from analytics.journal.drafting.trial import tried
from analytics.journal.drafting.units import EXERTION, PAIN
from analytics.journal.table import TextTable

NEED_UNIT = PAIN | EXERTION | LENGTH | {"completed"}
NOTHING = Found()


@dataclass(frozen=True, slots=True)
class Sample:
    """The first lines of one table of a file, or of files with the same headings, and where it stands.

    `only`: it is the file's one table.
    """

    paths: tuple[Path, ...]
    part: str
    member: str
    only: bool
    tables: tuple[TextTable, ...]


@dataclass(frozen=True, slots=True)
class Seen:
    """A sample with what was found in its columns, and what a person has answered."""

    sample: Sample
    looks: tuple[Look, ...]
    answers: dict[str, str]
    language: str


def draft_sample(sample: Sample, answers: dict[str, str]) -> list[Draft]:
    """The drafts of one table of a file."""
    columns = look_at(pl.concat([one.frame for one in sample.tables]))
    items, asking = decide_items(columns, answers)
    language = language_of([column.heading for column in columns])
    looks = _looks([column for column in columns if column.heading not in asking])
    seen = Seen(sample, tuple(looks), answers, language)
    name = f"{sample.paths[0].stem} {sample.member} {sample.part}"
    chosen = choose_table(looks, name, answers, language=language)
    drafts = []
    if chosen.assigned or not asking:
        drafts.append(_draft(seen, chosen, NOTHING))
    if asking:
        why = f"{len(asking)} of {len(columns)} columns are questions or scores of questionnaires"
        of_items = Chosen(assign(looks, "measures", answers, language=language), why)
        drafts.append(_draft(seen, _wide(of_items), items))
    return [replace(draft, columns=fates_of(draft, columns, asking)) for draft in drafts]


def _name(paths: Sequence[Path]) -> str:
    return paths[0].name if len(paths) == 1 else f"{paths[0].name} and {len(paths) - 1} more"


def _looks(columns: Sequence[Column]) -> list[Look]:
    dated = [written(column) for column in columns]
    dates = sum(one.share >= 0.9 and not one.counted for one in dated)
    return [look(column, one, dates=dates) for column, one in zip(columns, dated, strict=True)]


def _wide(chosen: Chosen) -> Chosen:
    """Of the measures' own columns, those that a questionnaire in wide form leaves to be read."""
    if chosen.assigned is None:
        return chosen
    named = {"instrument", "item", "value"}
    taken = {ours: one for ours, one in chosen.assigned.taken.items() if ours not in named}
    groups = tuple(group for group in chosen.assigned.open if not {one.ours for one in group} & named)
    return replace(chosen, assigned=replace(chosen.assigned, taken=taken, open=groups))


def _draft(seen: Seen, chosen: Chosen, items: Found) -> Draft:
    sample, looks, answers = seen.sample, seen.looks, seen.answers
    file, lines = _name(sample.paths), sum(one.frame.height for one in sample.tables)
    name = " ".join(part for part in (sample.member, sample.part) if part)
    if chosen.assigned is None:
        return Draft(file, name, None, chosen.why, lines)
    assigned = _provable(chosen.assigned, looks)
    units = decide_units(looks, assigned, answers)
    known = {one.key: str(one.value) for one in units.decisions}
    found = together(
        Found((), (chosen.asked,) if chosen.asked else ()),
        decide_lines(looks, assigned, answers),
        _file(sample),
        decide_marks(looks, assigned, answers),
        decide_dates(looks, assigned, answers, language=seen.language),
        _columns_of(assigned),
        decide_who(sample.paths[0], assigned, answers),
        decide_codes(looks, assigned, answers),
        units,
        decide_missing(looks, assigned, known),
        items,
        check_scores(looks, assigned, answers),
        *(_open(seen, assigned, group) for group in assigned.open),
    )
    draft = Draft(file, name, assigned.table, chosen.why, lines, (), found.decisions, found.asked)
    told = [ColumnDraft(theirs, None, 1.0, kind, kind) for theirs, kind in assigned.identities.items()]
    told += [ColumnDraft(theirs, None, 0.0, why) for theirs, why in assigned.doubts.items()]
    draft = tried(replace(draft, columns=tuple(told)), sample.tables, answers)
    return replace(draft, asked=tuple(asked_again(one, answers) for one in draft.asked))


def _open(seen: Seen, assigned: Assigned, group: tuple[Weighed, ...]) -> Found:
    """The question of one group; its unit and codes are part of each answer, or asked with it."""

    def own(one: Weighed) -> Found:
        also = replace(assigned, taken=assigned.taken | {one.ours: one})
        units = decide_units(seen.looks, also, seen.answers)
        known = {line.key: str(line.value) for line in units.decisions}
        codes = decide_codes(seen.looks, also, seen.answers)
        every = together(units, codes, decide_missing(seen.looks, also, known))
        return Found(
            tuple(line for line in every.decisions if one.ours in (*line.section, line.key)),
            tuple(each for each in every.asked if one.ours in each.key.split(".")),
        )

    asked = [each for one in group for each in own(one).asked]
    return Found((), (asked_of(group, lambda one: own(one).decisions), *asked))


def _provable(assigned: Assigned, looks: Sequence[Look]) -> Assigned:
    """Without columns that hold nothing: in what unit they may one day be filled is not known."""
    empty = {look.heading for look in looks if not look.column.filled}
    taken = {
        ours: one for ours, one in assigned.taken.items() if not (one.theirs in empty and ours in NEED_UNIT)
    }
    return replace(assigned, taken=taken)


def _file(sample: Sample) -> Found:
    decisions = []
    if sample.part and not sample.only:
        decisions.append(Decision(("file",), "part", sample.part, "the file has several"))
    if sample.member and not sample.only:
        decisions.append(Decision(("file",), "member", sample.member, "the file has several"))
    return Found(tuple(decisions))


def _columns_of(assigned: Assigned) -> Found:
    return Found(
        tuple(
            Decision(("columns",), ours, one.theirs, one.reason, one.confidence)
            for ours in PHRASES[assigned.table]
            if (one := assigned.taken.get(ours))
        )
    )
