"""What can be worked out of the numbers that are not shown: parts and totals, clinics and the network.

A count that is emptied is worked out where one value alone is possible. A mean of few patients is worked out
where it is known more closely than from the network alone, where it lies within two standard errors of the
network's mean: no patient's secret is in what one would guess anyway.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from math import isclose
from typing import Any

from analytics.reporting.proof.parts import Published, Table, Verdict, number_of
from analytics.reporting.proof.rounding import (
    Mean,
    counts_behind,
    hidden_count,
    hidden_mean,
    made_of_parts_alone,
    rest_of,
)
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.settings import Disclosure

KEY = ("subject", "measure", "group", "week")
NUMBERS = ("patients", "of", "value", "low", "high")
CELLS = {"clinic_id", "kind", *NUMBERS, *KEY}
# columns of a table by band of pain, and the measures of all patients that they are parts of
BANDED = {"baseline": "baseline_pain", "outcome": "outcome_pain", "fall": "pain_reduction"}
Row = dict[str, Any]


def check_sums(published: Published, rules: Disclosure) -> Verdict:
    """Every cell of the downloads, put together over all pages as one who has all of them can."""
    cells, leaks = _all_cells(published)
    by_key: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    by_parts: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
    totals: dict[tuple[Any, ...], list[Row]] = defaultdict(list)
    for row in cells.values():
        by_key[tuple(row[name] for name in KEY)].append(row)
        by_parts[(row["clinic_id"], row["subject"], row["measure"], row["week"])].append(row)
        if row["kind"] == "mean" and not row["group"] and not row["week"]:
            totals[(row["clinic_id"], row["measure"])].append(row)
    for key, rows in by_key.items():
        leaks += [f"{_said(key)}: {what}" for what in _of_network(rows, rules)]
    for key, rows in by_parts.items():
        leaks += [f"{_said(key)}: {what}" for what in _of_counts(rows, rules)]
        wholes = [row for row in totals[(key[0], key[2])] if row["subject"] != key[1]]
        leaks += [f"{_said(key)}: {what}" for total in wholes for what in _of_means(total, rows, rules)]
    return Verdict("recoverable sums", len(cells), "cells of all pages together", tuple(leaks))


def _all_cells(published: Published) -> tuple[dict[tuple[Any, ...], Row], list[str]]:
    """Each cell once. The same cell shown differently in two places narrows down what it stands for."""
    cells: dict[tuple[Any, ...], Row] = {}
    leaks = []
    for table in published.tables:
        for at, cell in _cells_of(table):
            key = (cell["clinic_id"], cell["kind"], *(cell[name] for name in KEY))
            first = cells.setdefault(key, cell)
            both = ("patients", "of", "value") if cell["kind"] == "share" else ("patients", "value")
            if not all(_alike(cell[name], first[name]) for name in both):
                leaks.append(f"{table.place}: row {at}: another number than elsewhere for the same cell")
    return cells, leaks


def _cells_of(table: Table) -> Iterator[tuple[int, Row]]:
    """The rows of a table that are cells; bands of patients are parts of the cell that is of all of them."""
    names = set(table.columns)
    for at, row in enumerate(table.dicts(), 1):
        if names >= CELLS:
            plain = {name: _plain(row[name]) for name in ("clinic_id", "kind", *KEY)}
            yield at, plain | {name: number_of(row[name]) for name in NUMBERS}
        elif names >= {"clinic_id", "band", "patients", *BANDED}:
            band = _plain(row["band"])
            where = ("outcome", "") if band == "all" else ("band", band)
            for column, measure in BANDED.items():
                key = dict(zip(KEY, (where[0], measure, where[1], ""), strict=True))
                ends = {
                    name: number_of(row.get(name)) if column == "fall" else None for name in ("low", "high")
                }
                numbers = {
                    "patients": number_of(row["patients"]),
                    "of": None,
                    "value": number_of(row[column]),
                }
                yield at, key | numbers | ends | {"clinic_id": _plain(row["clinic_id"]), "kind": "mean"}


def _of_network(rows: Sequence[Row], rules: Disclosure) -> Iterator[str]:
    """The network less the shown clinics."""
    total = next((row for row in rows if row["clinic_id"] == NETWORK), None)
    clinics = [row for row in rows if row["clinic_id"] != NETWORK]
    hidden = [row for row in clinics if row["patients"] is None]
    shown = [row for row in clinics if row["patients"]]
    if total is None or total["patients"] is None or not hidden:
        return
    if total["kind"] == "mean":
        yield from _mean_of_rest(total, shown, len(hidden) * (rules.min_patients - 1), rules)
        return
    least = 0 if total["kind"] == "share" else 1  # a share is emptied, too, where few could have it
    counts = [counts_behind(int(row["patients"]), rules) for row in shown]
    each = (least, rules.min_patients - 1)
    found = hidden_count(counts_behind(int(total["patients"]), rules), counts, len(hidden), each)
    if found and found[0] == found[1] > 0:  # that nobody has it is told of any clinic
        yield "a clinic's count that is not shown is the network's less the others'"


def _of_counts(rows: Sequence[Row], rules: Disclosure) -> Iterator[str]:
    """A total less the shown parts, where the groups of a share can be the parts of one total."""
    shares = [row for row in rows if row["kind"] == "share"]
    totals = {row["of"] for row in shares if row["of"] is not None}
    hidden = [row for row in shares if row["patients"] is None]
    if len(totals) != 1 or not hidden or len(hidden) == len(shares):
        return
    counts = [counts_behind(int(row["patients"]), rules) for row in shares if row["patients"] is not None]
    total = counts_behind(int(totals.pop()), rules)
    found = hidden_count(total, counts, len(hidden), (1, rules.min_patients - 1))
    if found and found[0] == found[1]:
        yield "a part's count that is not shown is the total's less the other parts'"


def _of_means(total: Row, rows: Sequence[Row], rules: Disclosure) -> Iterator[str]:
    """A total's mean less the shown parts' means."""
    parts = [row for row in rows if row["kind"] == "mean" and row["group"]]
    hidden = [row for row in parts if row["patients"] is None]
    shown = [row for row in parts if row["patients"]]
    if hidden and shown:
        yield from _mean_of_rest(total, shown, int(total["patients"] or 0), rules)  # or in none of the parts


def _mean_of_rest(total: Row, shown: Sequence[Row], most_there: int, rules: Disclosure) -> Iterator[str]:
    """Whether a total's patients beside its shown parts are surely few, and their mean is known closely."""
    if not total["patients"] or total["value"] is None or any(row["value"] is None for row in shown):
        return
    whole = _mean(total, rules)
    parts = [_mean(row, rules) for row in shown]
    least, most = rest_of(whole.counts, [part.counts for part in parts])
    most = min(most, most_there)
    if most < 1 or most >= rules.min_patients or made_of_parts_alone(whole, parts):
        return
    for size in range(max(least, 1), most + 1):
        low, high = hidden_mean(whole, parts, size)
        guess = 2 * _error_of_one(total, whole) / size**0.5
        if high - low < 2 * guess:
            yield "a mean of few patients is the total's less the others'"
            return


def _mean(row: Row, rules: Disclosure) -> Mean:
    return Mean(counts_behind(int(row["patients"]), rules), float(row["value"]))


def _error_of_one(total: Row, whole: Mean) -> float:
    """Standard deviation of one patient, by the total's interval, half of which is 2 standard errors."""
    if total["low"] is None or total["high"] is None:
        return float("inf")
    return (total["high"] - total["low"]) / 4 * (sum(whole.counts) / 2) ** 0.5


def _plain(cell: Any) -> str:
    return "" if cell is None else f"{cell}"


def _alike(one: float | None, other: float | None) -> bool:
    return one == other or (one is not None and other is not None and isclose(one, other, rel_tol=1e-12))


def _said(key: Sequence[Any]) -> str:
    return " / ".join(part for part in key if part)
