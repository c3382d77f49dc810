"""Which comes first in the dates of a file, the day or the month: proved from its cells, or asked.

03/04/2026 is the third of April or the fourth of March. What proves an order: cells that no other order can
read; pairs of columns that stand in order under one alone; lines that run on in time under one alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import polars as pl

from analytics.journal.drafting.dates import ORDERS, Written, moments
from analytics.journal.drafting.shapes import DAY, MONTH, YEAR

FEW_ERRORS = 0.01  # of the cells: so many may be slips of the pen
SOME_CELLS = 100  # in fewer, one cell that a single order can read is enough
MOST_BACK, LEAST_BACK = 0.02, 0.10  # of the steps between lines, under the right and under a wrong order
ENOUGH_STEPS = 12  # as many steps run one way by chance once in 4096
ENOUGH_PAIRS = 5
MEANING = {
    DAY: "03/04/2026 is 3 April",
    MONTH: "03/04/2026 is 4 March",
    YEAR: "03/04/26 is 26 April 2003",
}


@dataclass(frozen=True, slots=True)
class Context:
    """The file's columns of dates; pairs of which the first is never later; whose each line is."""

    columns: tuple[Written, ...]
    pairs: tuple[tuple[str, str], ...] = ()
    who: pl.Series | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """The order of one family of dates and what proves it; without an order, the candidates."""

    order: str | None
    reason: str
    candidates: tuple[str, ...]


def prove_order(family: str, context: Context) -> Order:
    """The order of all dates that are written alike in one file."""
    own = [one for one in context.columns if family in one.families]
    shapes = [shape for one in own for shape, _ in one.shapes if shape.family == family]
    candidates = tuple(order for order in ORDERS if all(order in shape.formats for shape in shapes))
    by_cells = _by_cells(own, family, candidates)
    if by_cells.order:
        return by_cells
    for rule in (_by_pairs, _by_sequence, _by_years):
        proved = rule(own, family, by_cells.candidates, context)
        if proved:
            return Order(proved[0], proved[1], candidates)
    return Order(None, "every date can be read in more than one order", by_cells.candidates)


def _by_cells(own: Sequence[Written], family: str, candidates: tuple[str, ...]) -> Order:
    """Cells that one order alone can read, as a day above 12; orders that read too few are no candidates."""
    total = sum(cells for one in own for shape, cells in one.shapes if shape.family == family)
    read = {order: sum(_read(moments(one, {family: order})) for one in own) for order in candidates}
    most = max(read.values())
    standing = tuple(order for order in candidates if read[order] >= most - FEW_ERRORS * total)
    ranked = sorted(candidates, key=lambda order: -read[order])
    ahead = most - (read[ranked[1]] if len(ranked) > 1 else 0)
    enough = ahead >= 1 if total < SOME_CELLS else ahead >= FEW_ERRORS * total
    if not enough or total - most > max(FEW_ERRORS * total, ahead / 10):
        return Order(None, "", standing if len(standing) > 1 else candidates)
    place = {DAY: "a day above 12 in the first place", MONTH: "a day above 12 in the second place"}
    said = place.get(ranked[0], "a form that no other order can read")
    return Order(ranked[0], f"{ahead:,} of {total:,} dates have {said}", candidates)


def _read(found: pl.Series) -> int:
    return len(found) - found.null_count()


def _the_one(candidates: tuple[str, ...], right: Callable[[str], bool], wrong: Callable[[str], bool]) -> str:
    """The one order that is right where every other is wrong; empty where there is no such order."""
    good = [order for order in candidates if right(order)]
    others = [order for order in candidates if order not in good]
    return good[0] if len(good) == 1 and others and all(wrong(order) for order in others) else ""


def _by_pairs(
    own: Sequence[Written], family: str, candidates: tuple[str, ...], context: Context
) -> tuple[str, str] | None:
    """Columns of which one is never later than the other: under a wrong order it often is."""
    named, families = (
        {one.column.heading: one for one in context.columns},
        [one.column.heading for one in own],
    )
    for early, late in context.pairs:
        if not {early, late} <= set(named) or not {early, late} & set(families):
            continue
        before = {}
        for order in candidates:
            first, last = (moments(named[name], {family: order}).dt.date() for name in (early, late))
            before[order] = ((first > last).sum(), (first.is_not_null() & last.is_not_null()).sum())
        one = _the_one(
            candidates,
            lambda order, before=before: before[order][0] <= FEW_ERRORS * before[order][1],
            lambda order, before=before: before[order][0] >= max(ENOUGH_PAIRS, 0.05 * before[order][1]),
        )
        if one:
            lines = max(back for back, _ in before.values())
            return one, f"in another order '{late}' would lie before '{early}' in {lines:,} lines"
    return None


def _by_sequence(
    own: Sequence[Written], family: str, candidates: tuple[str, ...], context: Context
) -> tuple[str, str] | None:
    """Lines that run one way in time. A column sorted as text proves nothing: one order follows from it."""
    for one in own:
        for who in (None, context.who) if context.who is not None else (None,):
            days = {order: moments(one, {family: order}).dt.date().to_physical() for order in candidates}
            back = {order: _back(when, who) for order, when in days.items()}
            if _back(one.column.texts.rank("dense"), who)[0] < LEAST_BACK:
                continue
            order = _the_one(
                candidates,
                lambda order, back=back: back[order][0] <= MOST_BACK and back[order][1] >= ENOUGH_STEPS,
                lambda order, back=back: back[order][0] >= LEAST_BACK,
            )
            if order:
                steps, whose = back[order][1], "" if who is None else " of each patient"
                return order, f"the lines{whose} run on in time in this order alone ({steps:,} steps)"
    return None


def _back(when: pl.Series, who: pl.Series | None) -> tuple[float, int]:
    """Share of the steps between neighbouring lines that go the rarer way, and the number of steps."""
    frame = pl.select(when=when, who=who if who is not None else pl.lit(0)).drop_nulls("when")
    steps = frame.select(pl.col("when").cast(pl.Int64).diff().over("who").alias("step"))["step"]
    forward, back = int((steps > 0).sum()), int((steps < 0).sum())
    return min(forward, back) / max(1, forward + back), forward + back


def _by_years(
    own: Sequence[Written], family: str, candidates: tuple[str, ...], context: Context
) -> tuple[str, str] | None:
    """Two-digit years: under a wrong order one or two days of the month recur while the years run on."""
    del context
    if YEAR not in candidates:
        return None
    for one in own:
        days = {order: moments(one, {family: order}).drop_nulls().dt.date().unique() for order in candidates}
        spread = {order: (day.dt.year().n_unique(), day.dt.day().n_unique()) for order, day in days.items()}
        order = _the_one(
            candidates,
            lambda order, days=days, spread=spread: (
                spread[order][0] <= 2 and len(days[order]) >= ENOUGH_STEPS
            ),
            lambda order, spread=spread: spread[order][0] >= 10 and spread[order][1] <= 2,
        )
        if order:
            return order, "in another order the years would run over decades on the same days of the month"
    return None
