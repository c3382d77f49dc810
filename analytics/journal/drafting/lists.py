"""The [codes] and [separators] of a draft: what their words mean, and words that must be asked."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.codes import Coded, coded, may_be_shown, to_write, values_of
from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.decisions import NONE, Asked, Choice, Decision, Found, together
from analytics.journal.drafting.evidence import Look

RARE_SHARE, RARE_CELLS = 0.01, 10  # a word as rare may be a slip: its lines are refused and counted


def decide_codes(looks: Sequence[Look], assigned: Assigned, answers: dict[str, str]) -> Found:
    """The words of every closed list that is read."""
    seen = {look.heading: look.column for look in looks}
    found = [
        _codes(ours, seen[one.theirs], answers)
        for ours, one in sorted(assigned.taken.items())
        if values_of(ours) and seen[one.theirs].filled
    ]
    return together(*found)


def _codes(ours: str, column: Column, answers: dict[str, str]) -> Found:
    words, allowed = coded(column, ours), {*values_of(ours), NONE}
    told = {
        word: value for word in words.strange if (value := answers.get(f"codes.{ours}.{word}")) in allowed
    }
    codes = to_write(words, ours) | {word: value for word, value in told.items() if value != NONE}
    empty = tuple(sorted(word for word, value in told.items() if value == NONE))
    decisions = [
        Decision(("codes", ours), word, value, "your answer" if word in told else "known word")
        for word, value in sorted(codes.items())
    ]
    if words.separator not in {"", ";"}:
        decisions.append(Decision(("separators",), ours, words.separator, "it parts known words"))
    if empty:
        decisions.append(Decision(("missing_in",), ours, empty, "your answer"))
    left = {word: cells for word, cells in words.strange.items() if word not in told}
    asked = _asked(ours, column, words, left)
    return Found(tuple(decisions), (asked,) if asked else ())


def _asked(ours: str, column: Column, words: Coded, left: dict[str, int]) -> Asked | None:
    """Words that are no slips. They are shown only where they can be no patient's own."""
    frequent = {
        word: cells
        for word, cells in left.items()
        if cells >= min(RARE_CELLS, RARE_SHARE * column.filled + 1)
    }
    if not frequent:
        return None
    values, key = values_of(ours), f"codes.{ours}"
    if not may_be_shown(words, column):
        text = (
            f'"{column.heading}" has {len(left)} words that are not known. Write each under [{key}] as'
            f' "their word" = "ours"; ours are: {", ".join(values)}.'
        )
        return Asked(key, text, (Choice(f"columns.{ours}={NONE}", "the column is not read"),))
    allowed = f"{', '.join(values)}; {NONE} where it means that nothing is known"
    choices = tuple(
        Choice(f"{key}.{word}=...", allowed, (Decision((*key.split("."),), word, "...", allowed),))
        for word in sorted(frequent)
    )
    named = ", ".join(f'"{word}"' for word in sorted(frequent))
    return Asked(key, f'What do these words of "{column.heading}" mean: {named}?', choices)
