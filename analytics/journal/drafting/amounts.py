"""The [units] of a draft and how its numbers are written: decimal mark and thousands."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.decisions import Asked, Choice, Decision, Found
from analytics.journal.drafting.evidence import Look
from analytics.journal.drafting.headings import hints_of, kinds_of
from analytics.journal.drafting.lengths import LENGTH, length_unit
from analytics.journal.drafting.units import EXERTION, PAIN, InUnit, exertion_unit, pain_unit, share_unit

COMMA_PROVED = r"^[-+]?(?:0,\d+|\d+,\d{1,2}|\d+,\d{4,}|\d{4,},\d+|\d{1,3}(?:\.\d{3})+,\d+)\s*%?$"
POINT_PROVED = r"^[-+]?(?:0\.\d+|\d+\.\d{1,2}|\d+\.\d{4,}|\d{4,}\.\d+|\d{1,3}(?:,\d{3})+\.\d+)\s*%?$"
EITHER = r"^[-+]?[1-9]\d{0,2}([.,])\d{3}(?:$|[.,])"
THOUSANDS_FIT = frozenset({"value"})  # of our numbers, those that may be a thousand and more
MARKS = {",": "a comma parts the decimals: 1,5 is one and a half", ".": "a point parts them"}


def decide_units(looks: Sequence[Look], assigned: Assigned, answers: dict[str, str]) -> Found:
    """The unit of each column that may have several."""
    seen = {look.heading: look for look in looks}
    people = _people(seen, assigned)
    units = {
        ours: found
        for ours, one in assigned.taken.items()
        if seen[one.theirs].column.filled and (found := _unit(ours, seen[one.theirs].column, people=people))
    }
    units = {ours: _as_its_like(ours, found, units, seen, assigned) for ours, found in units.items()}
    decisions, asked = [], []
    for ours, found in sorted(units.items()):
        told = answers.get(f"units.{ours}")
        unit, reason = (told, "your answer") if told in found.candidates else (found.unit, found.reason)
        if unit is None:
            asked.append(_asked(ours, assigned.taken[ours].theirs, found))
        else:
            decisions.append(Decision(("units",), ours, unit, reason))
    return Found(tuple(decisions), tuple(asked))


def _people(seen: dict[str, Look], assigned: Assigned) -> int:
    who = assigned.taken.get("patient_id")
    return seen[who.theirs].column.counts.height if who else 1


def _unit(ours: str, column: Column, *, people: int) -> InUnit | None:
    hints = hints_of(column.heading)
    if ours in PAIN:
        return pain_unit(column, hints, people=people)
    if ours in EXERTION:
        return exertion_unit(column, hints)
    if ours in LENGTH:
        return length_unit(column, hints)
    return share_unit(column, hints) if ours == "completed" else None


def _as_its_like(
    ours: str, found: InUnit, units: dict[str, InUnit], seen: dict[str, Look], assigned: Assigned
) -> InUnit:
    """A pain column that proves nothing is on the scale of another of the same file, where it fits there."""
    if found.unit or ours not in PAIN:
        return found
    numbers = seen[assigned.taken[ours].theirs].column.numbers
    like = {name: other.unit for name, other in units.items() if name in PAIN and other.unit}
    scales = {unit for unit in like.values() if unit in found.candidates}
    if len(scales) == 1 and len(set(like.values())) == 1:
        (unit,) = scales
        highest = numbers["number"].max()
        fits = isinstance(highest, float) and (unit == "VAS_0_100") == (highest > 10) and highest > 1
        if fits or highest == 0:  # 0 is 0 on every scale, and the mapping is kept for what comes
            return InUnit(unit, f"the scale of {min(like)} in the same file, and the numbers fit")
    return found


def _asked(ours: str, theirs: str, found: InUnit) -> Asked:
    choices = tuple(
        Choice(f"units.{ours}={unit}", "", (Decision(("units",), ours, unit, ""),))
        for unit in found.candidates
    )
    return Asked(
        f"units.{ours}", f'In which unit is "{theirs}"? {found.reason[0].upper()}{found.reason[1:]}.', choices
    )


def decide_marks(looks: Sequence[Look], assigned: Assigned, answers: dict[str, str]) -> Found:
    """Whether a comma or a point parts the decimals of the columns that are read as numbers."""
    ours = {one.theirs: name for name, one in assigned.taken.items() if kinds_of(name)[0] == "number"}
    columns = [look.column for look in looks if look.heading in ours and not look.column.typed]
    comma, point = (_cells(columns, form) for form in (COMMA_PROVED, POINT_PROVED))
    either = {column.heading: marks for column in columns if (marks := _either(column))}
    told = answers.get("file.decimal") or answers.get("decimal")
    if comma > point:
        return _decided(",", f"{comma:,} numbers have decimals behind a comma", either)
    if point or not either:
        return (
            Found()
            if "," not in "".join(either.values())
            else _decided(".", f"{point:,} numbers have decimals behind a point", either)
        )
    marks = set("".join(either.values()))
    if not {ours[heading] for heading in either} & THOUSANDS_FIT and len(marks) == 1:
        (mark,) = marks
        return _decided(mark, "as thousands the numbers would be beyond any range of ours", {})
    if told in MARKS:
        return _decided(told, "your answer", either)
    choices = tuple(
        Choice(f"file.decimal={mark}", meaning, _lines(mark, meaning, either))
        for mark, meaning in MARKS.items()
    )
    names = ", ".join(f'"{heading}"' for heading in either)
    text = f"Is the mark in the numbers of {names} a decimal mark or one between thousands?"
    return Found((), (Asked("file.decimal", text, choices),))


def _cells(columns: Sequence[Column], form: str) -> int:
    return sum(
        int(column.counts.filter(pl.col("text").str.contains(form))["cells"].sum()) for column in columns
    )


def _either(column: Column) -> str:
    """The marks of numbers that may be decimals or thousands, as 1,234."""
    marks = column.counts["text"].str.extract(EITHER, 1).drop_nulls().unique().to_list()
    return "".join(sorted(marks))


def _decided(mark: str, reason: str, either: dict[str, str]) -> Found:
    return Found(_lines(mark, reason, either))


def _lines(mark: str, reason: str, either: dict[str, str]) -> tuple[Decision, ...]:
    """The mark, and the other one between thousands where it stands in a number."""
    other = "." if mark == "," else ","
    lines = (Decision(("file",), "decimal", mark, reason),)
    if other in "".join(either.values()):
        lines = (*lines, Decision(("file",), "thousands", other, f"as the decimal mark is '{mark}'"))
    return lines if mark == "," or len(lines) > 1 else ()
