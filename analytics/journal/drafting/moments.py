"""The [dates] of a draft: formats that are proved, words in them, the time zone, and what is asked."""

from __future__ import annotations

from collections.abc import Sequence

from analytics.journal.drafting.assign import Assigned
from analytics.journal.drafting.clocks import decide_zone
from analytics.journal.drafting.dates import Written, formats_of, in_reading_order, written
from analytics.journal.drafting.day_order import MEANING, Context, Order, prove_order
from analytics.journal.drafting.decisions import NONE, Asked, Choice, Decision, Found, together
from analytics.journal.drafting.evidence import Look
from analytics.journal.drafting.headings import kinds_of

KEY = "dates.formats"
PAIRS = (
    ("performed_at", "logged_at"), ("valid_from", "valid_to"), ("intake_date", "discharge_date"),
    ("onset_date", "intake_date"), ("birth_date", "intake_date"), ("surgery_date", "discharge_date"),
)  # fmt: skip


def decide_dates(
    looks: Sequence[Look], assigned: Assigned, answers: dict[str, str], *, language: str
) -> Found:
    """How the dates of the columns that are read are written; in what order is proved by all of the file."""
    ours = {one.theirs: name for name, one in assigned.taken.items()}
    ours |= {one.theirs: one.ours for group in assigned.open for one in group}
    dated = [look.written for look in looks if look.written.share >= 0.5 and not look.column.typed]
    if any(one.names for one in dated):
        dated = [written(one.column, lower=True) for one in dated]
    used = [
        one
        for one in dated
        if one.column.heading in ours and kinds_of(ours[one.column.heading])[0] == "moment"
    ]
    if not used:
        return Found()
    found = {family: prove_order(family, _context(dated, looks, assigned)) for family in _families(used)}
    told = answers.get(KEY) or answers.get("dates")
    settled = {family: _settled(order, told) for family, order in found.items()}
    names = {word: reads for one in used for word, reads in one.names.items()}
    return together(
        _formats(used, settled, found),
        Found(tuple(Decision(("dates", "words"), word, names[word], "") for word in sorted(names))),
        decide_zone(used, answers, language=language),
        _short_years(used, ours, answers),
    )


def _families(used: Sequence[Written]) -> list[str]:
    return sorted({family for one in used for family in one.families})


def _context(dated: Sequence[Written], looks: Sequence[Look], assigned: Assigned) -> Context:
    theirs = {name: one.theirs for name, one in assigned.taken.items()}
    pairs = tuple((theirs[a], theirs[b]) for a, b in PAIRS if a in theirs and b in theirs)
    typed = tuple(look.written for look in looks if look.column.typed and look.heading in theirs.values())
    who = next((look.column.texts for look in looks if look.heading == theirs.get("patient_id")), None)
    return Context((*dated, *typed), pairs, who)


def _settled(order: Order, told: str | None) -> str | None:
    return order.order or (told if told in order.candidates else None)


def _formats(used: Sequence[Written], settled: dict[str, str | None], found: dict[str, Order]) -> Found:
    reasons = [order.reason for order in found.values() if order.order]
    reasons += ["your answer" for family, order in settled.items() if order and not found[family].order]
    open_families = [family for family, order in settled.items() if order is None]
    if not open_families:
        formats = _all_formats(used, {family: order or "" for family, order in settled.items()})
        reason = "; ".join(dict.fromkeys(reasons)) or "written in one way only"
        return Found((Decision(("dates",), "formats", formats, reason),) if formats else ())
    candidates = [
        order
        for order in found[open_families[0]].candidates
        if all(order in found[family].candidates for family in open_families)
    ]
    choices = tuple(
        Choice(
            f"{KEY}={order}",
            MEANING[order],
            (Decision(("dates",), "formats", _all_formats(used, _with(settled, order)), MEANING[order]),),
        )
        for order in candidates
    )
    columns = ", ".join(f'"{one.column.heading}"' for one in used if set(open_families) & one.families)
    text = f"Which comes first in the dates of {columns}? Nothing in the file proves it."
    return Found((), (Asked(KEY, text, choices),))


def _with(settled: dict[str, str | None], order: str) -> dict[str, str]:
    return {family: known or order for family, known in settled.items()}


def _all_formats(used: Sequence[Written], orders: dict[str, str]) -> tuple[str, ...]:
    """Every form of every column, the most used first; two-digit years before all."""
    cells: dict[str, int] = {}
    for one in used:
        for (_, number), form in zip(one.shapes, _form_by_shape(one, orders), strict=True):
            if form:
                cells[form] = cells.get(form, 0) + number
    counted = dict.fromkeys(one.counted for one in used if one.counted.startswith("epoch"))
    return (*in_reading_order(sorted(cells, key=lambda form: (-cells[form], form))), *counted)


def _form_by_shape(one: Written, orders: dict[str, str]) -> list[str | None]:
    return [next(iter(formats_of(Written(one.column, (pair,)), orders)), None) for pair in one.shapes]


def _short_years(used: Sequence[Written], ours: dict[str, str], answers: dict[str, str]) -> Found:
    """A birth in '45 is read as 2045: two digits do not tell the century."""
    asked = [
        Asked(
            "columns.birth_date",
            f'"{one.column.heading}" has years of two digits, which do not tell the century of a birth.'
            " Export years of four digits, or leave the column out.",
            (Choice(f"columns.birth_date={NONE}", "the age is not known"),),
        )
        for one in used
        if ours[one.column.heading] == "birth_date"
        and answers.get("columns.birth_date") != NONE
        and any("%y" in form for shape, _ in one.shapes for form in shape.formats.values())
    ]
    return Found((), tuple(asked))
