"""A draft put to the test: the sample is read with it; a column that it cannot read becomes a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from analytics.journal.drafting.decisions import NONE, Asked, Choice, Decision, Draft, as_dict
from analytics.journal.drafting.preview import preview, read_sample
from analytics.journal.mapping import Mapping
from analytics.journal.rules import needed
from analytics.journal.table import TextTable

MOST_REFUSED = 0.10  # of the lines for the cells of one column: more is no slip of the pen
OF_CELLS = ("unreadable", "unknown_code", "out_of_range", "implausible_year")


def tried(draft: Draft, tables: Sequence[TextTable], answers: dict[str, str]) -> Draft:
    """The draft with its preview. Where something is asked, the first answer of each question is tried."""
    decisions = _with_first_answers(draft)
    if not _readable(draft, decisions):
        return draft
    mapping = Mapping.model_validate(as_dict(draft.table or "", decisions))
    seen = preview(tables, mapping)
    struck = {
        ours: (rule, lines)
        for rule, ours, lines in reversed(seen.refused)
        if lines > MOST_REFUSED * seen.lines and any(name in rule for name in OF_CELLS)
    }
    there = {one.key.rpartition(".")[2] for one in draft.asked} | {
        ours for ours in struck if answers.get(f"columns.{ours}.refused") == "keep"
    }
    asked = [_asked(ours, mapping, *struck[ours], seen.lines) for ours in sorted(struck) if ours not in there]
    return replace(draft, preview=seen, asked=(*draft.asked, *asked))


def read_as_tried(draft: Draft, tables: Sequence[TextTable]) -> pl.DataFrame | None:
    """The lines that a draft would keep, under the first answer to each question; None where it cannot."""
    decisions = _with_first_answers(draft)
    if not _readable(draft, decisions):
        return None
    mapping = Mapping.model_validate(as_dict(draft.table or "", decisions))
    return pl.concat([one.kept for one in read_sample(tables, mapping)])


def _with_first_answers(draft: Draft) -> tuple[Decision, ...]:
    """The decisions, and the lines of each question's first answer where it can stand in a mapping."""
    lines = [line for one in draft.asked for choice in one.choices[:1] for line in choice.lines]
    there = {(one.section, one.key) for one in draft.decisions}
    read = {one.value for one in draft.decisions if one.section == ("columns",)}
    new = [
        line
        for line in lines
        if line.section
        and line.value != "..."
        and (line.section, line.key) not in there
        and line.value not in read
    ]
    return (*draft.decisions, *new)


def _readable(draft: Draft, decisions: tuple[Decision, ...]) -> bool:
    """Whether a line can be kept at all: every column that each line needs is named."""
    have = {one.key for one in decisions if one.section[:1] in {("columns",), ("constants",)}}
    if any(one.section[:1] == ("items",) for one in decisions):
        have |= {"instrument", "value"}
    return set(needed(draft.table or "")) <= have


def _asked(ours: str, mapping: Mapping, rule: str, lines: int, of: int) -> Asked:
    theirs = mapping.columns.get(ours, ours)
    text = (
        f'"{theirs}" as {ours}: {lines:,} of {of:,} lines would be refused ({rule}). Is it that column, and'
        " is it written as the mapping says?"
    )
    choices = (
        Choice(f"columns.{ours}.refused=keep", "yes: these lines are to be refused"),
        Choice(f"columns.{ours}={NONE}", "no: it is not read"),
    )
    return Asked(f"columns.{ours}", text, choices)
