"""What becomes of every column of an export in one draft: read, asked, dropped, or none of ours."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.decisions import ColumnDraft, Draft
from analytics.journal.drafting.questionnaires import Asks


def fates_of(draft: Draft, columns: Sequence[Column], asking: dict[str, Asks]) -> tuple[ColumnDraft, ...]:
    """Every column of the table in the file's order, and what becomes of it in this draft."""
    taken = {one.value: one for one in draft.decisions if one.section == ("columns",)}
    items = {one.value: one for one in draft.decisions if one.section[:1] == ("items",)}
    told = {one.theirs: one for one in draft.columns}
    asked = {
        str(line.value)
        for one in draft.asked
        for choice in one.choices
        for line in choice.lines
        if line.section == ("columns",)
    }
    found = []
    for column in columns:
        theirs = column.heading
        if theirs in taken:
            one = taken[theirs]
            found.append(ColumnDraft(theirs, one.key, one.confidence or 0.0, one.reason))
        elif theirs in items:
            one = items[theirs]
            ours = f"{one.section[1]} {one.key}".strip()
            found.append(ColumnDraft(theirs, ours, one.confidence or 0.0, one.reason))
        elif theirs in told and theirs not in asked:
            found.append(told[theirs])
        else:
            found.append(ColumnDraft(theirs, None, 0.0, _why_not(column, theirs in asked, asking)))
    return tuple(found)


def _why_not(column: Column, asked: bool, asking: dict[str, Asks]) -> str:
    if asked:
        return "asked below"
    if column.heading in asking:
        return f"belongs to {asking[column.heading].instrument}, which has its own mapping"
    return "no cell is filled" if not column.filled else "its heading says none of ours"
