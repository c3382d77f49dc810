"""Which of their columns is which of ours: all columns of a table weighed together, near rivals asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import polars as pl

from analytics.journal.drafting.decisions import DROPS, NONE, Asked, Choice, Decision, on_one_line
from analytics.journal.drafting.evidence import Look, Weighed, by_values, weigh
from analytics.journal.drafting.headings import Said, identity_of, said_of
from analytics.journal.drafting.phrases import PHRASES

ACCEPT = 0.85  # what is surer than this is written; what is less sure is asked
ASK = 0.42  # what is less sure than this is no candidate
NEAR = 0.06  # a second column as sure as this makes both a question


@dataclass(frozen=True, slots=True)
class Assigned:
    """Their columns as ours, for one table.

    `taken`: by our column. `open`: by our column (or theirs, where that may be several of ours), candidates
    that must be asked. `identities`: by their heading, what it says of a person. `doubts`: by their heading,
    why its cells are not what it says.
    """

    table: str
    taken: dict[str, Weighed]
    open: tuple[tuple[Weighed, ...], ...]
    identities: dict[str, str]
    doubts: dict[str, str]


def assign(looks: Sequence[Look], table: str, answers: dict[str, str], *, language: str) -> Assigned:
    """The best assignment of a file's columns to one table's: each of ours and of theirs at most once."""
    identities = {look.heading: kind for look in looks if (kind := _identity(look, table, language))}
    fixed = _answered(looks, table, answers)
    dropped = {_named(looks, theirs) for theirs in answers.get("drop", "").split(DROPS)}
    barred = dropped | {one.theirs for one in fixed.values()} | set(identities)
    refused = {key.removeprefix("columns.") for key, value in answers.items() if value == NONE}
    found = [
        one
        for look in looks
        if look.heading not in barred
        for one in _candidates(look, table, language)
        if one.ours not in refused | set(fixed)
    ]
    doubts = {one.theirs: f"{one.ours}? {one.reason}" for one in reversed(found) if not one.confidence}
    weighed = [one for one in found if one.confidence >= ASK]
    weighed.sort(key=lambda one: (-one.confidence, one.ours, one.theirs))
    taken = dict(fixed)
    for one in weighed:
        free = one.theirs not in {other.theirs for other in taken.values()}
        if one.confidence >= ACCEPT and one.ours not in taken and free:
            taken[one.ours] = one
    return _with_rivals(Assigned(table, taken, (), identities, doubts), weighed, looks)


def _with_rivals(first: Assigned, weighed: list[Weighed], looks: Sequence[Look]) -> Assigned:
    """Take back what a second column, or a second meaning, is as sure of; gather what must be asked."""
    taken = first.taken
    theirs = {one.theirs for one in taken.values()}
    texts = {look.heading: look.column.texts for look in looks}
    bare = {look.heading for look in looks if not look.column.filled}  # no rivals of what holds something
    asked: list[tuple[Weighed, ...]] = []
    for ours, one in sorted(taken.items()):
        near = one.confidence - NEAR
        rivals = [
            other
            for other in weighed
            if other.confidence >= near
            and (
                (other.ours == ours and other.theirs not in theirs | bare and not _same(texts, one, other))
                or (other.theirs == one.theirs and other.ours not in taken)
            )
        ]
        if rivals and one.confidence < 1:
            asked.append((one, *rivals))
    for group in asked:
        taken = {ours: one for ours, one in taken.items() if one != group[0]}
    theirs = {one.theirs for one in taken.values()} | {one.theirs for group in asked for one in group}
    for look in looks:
        left = [one for one in weighed if one.theirs == look.heading and one.ours not in taken]
        if left and look.heading not in theirs and look.column.filled:
            asked.append(tuple(left))
    return replace(first, taken=taken, open=tuple(asked))


def _same(texts: dict[str, pl.Series], one: Weighed, other: Weighed) -> bool:
    """Whether two columns hold the same in every line, so that it does not matter which is read."""
    first, second = texts[one.theirs], texts[other.theirs]
    return bool(first.equals(second))


def _answered(looks: Sequence[Look], table: str, answers: dict[str, str]) -> dict[str, Weighed]:
    return {
        ours: Weighed(theirs, ours, 1.0, "your answer")
        for ours in PHRASES[table]
        if (theirs := _named(looks, answers.get(f"columns.{ours}", ""))) is not None
    }


def _named(looks: Sequence[Look], told: str) -> str | None:
    """The one heading that an answer names, as it is or as it can be typed."""
    headings = [look.heading for look in looks if told]
    alike = [name for name in headings if on_one_line(name).strip() == on_one_line(told).strip()]
    return told if told in headings else alike[0] if len(alike) == 1 else None


def _candidates(look: Look, table: str, language: str) -> list[Weighed]:
    said = said_of(look.heading, table, first=language)
    found = [weigh(look, one) for one in said if one.confidence >= 0.3]
    if not any(one.confidence >= ASK for one in found):
        found += [one for ours in PHRASES[table] if (one := by_values(look, ours))]
    return found


def _identity(look: Look, table: str, language: str) -> str | None:
    """What a column says of a person, unless its heading is as surely one of ours."""
    named = identity_of(look.heading)
    best: list[Said] = said_of(look.heading, table, first=language)[:1]
    sure = best[0].confidence if best else 0.0
    if named and named.confidence > sure:
        return named.ours
    born = said_of(look.heading, "patients", first=language)[:1]
    if table != "patients" and born and born[0].ours == "birth_date" and born[0].confidence >= ACCEPT > sure:
        return "a date of birth"
    ids = best and best[0].ours in {"patient_id", "therapist_id", "clinic_id", "clinic_name", "contact"}
    return look.identity if look.identity and not (ids and sure >= ASK) else None


def asked_of(group: tuple[Weighed, ...], more: Callable[[Weighed], tuple[Decision, ...]]) -> Asked:
    """The question of one group of candidates, and the lines that each answer would write.

    `more`: the unit and the codes of a column, where it is read as a candidate says.
    """
    theirs, ours = sorted({one.theirs for one in group}), sorted({one.ours for one in group})
    lines = tuple(
        Choice(
            f"columns.{one.ours}={one.theirs}",
            one.reason,
            (Decision(("columns",), one.ours, one.theirs, one.reason, one.confidence), *more(one)),
        )
        for one in dict.fromkeys(group)
    )
    names = " or ".join(f'"{name}"' for name in theirs)
    if len(ours) == 1:
        key, text = f"columns.{ours[0]}", f"Is {ours[0]} the column {names}?"
        none = Choice(f"{key}={NONE}", "none of them")
    else:
        key, text = f"columns.{group[0].ours}", f"Which of ours is the column {names}: {', '.join(ours)}?"
        none = Choice(f"drop={theirs[0]}", "none of ours: it is not read")
    return Asked(key, text, (*lines, none))
