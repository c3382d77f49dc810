"""No patient's own numbers: nothing in a table or figure is a column of a frame with one row a patient.

A column is recognised by its values, whatever its name and order: nearly all of its numbers are found in the
study's column, and either they are most of a clinic's patients or so many could not be there by chance.
"""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Any

from analytics.reporting.catalogue import slug_of
from analytics.reporting.proof.known import DISTINCT, known_columns
from analytics.reporting.proof.parts import Published, Verdict, number_of
from analytics.reporting.proof.small_cells import AXES, COUNT
from analytics.vocabulary.settings import Disclosure
from analytics.vocabulary.study import Study

NAMED = {"patient_id", "episode_id", "session_id", "pseudonym", "patient", "birth_date", "performed_at"}
MAY_LEAVE = {".html", ".csv", ".xlsx", ".json", ".js", ".pdf"}
NEARLY_ALL, MOST = 0.95, 0.5
BY_CHANCE = 1e-9
FULL = 20  # known numbers for each that can be shown in their range: any is found by chance


@dataclass(frozen=True, slots=True)
class Shown:
    """A published column of numbers, sorted; `reach` is half a unit of the last decimal place that it has."""

    values: tuple[float, ...]
    reach: float
    probes: tuple[float, ...]
    distinct: int


def check_patients(published: Published, rules: Disclosure, study: Study | None) -> Verdict:
    """Files of the study, columns named after a patient's, and columns of patients' values in disguise."""
    leaks = [
        f"{place}: a file that no report is made of"
        for place, _ in published.files
        if ":" not in place and PurePosixPath(place).suffix.lower() not in MAY_LEAVE
    ]
    for table in published.tables:
        named = NAMED & {column.strip().lower() for column in table.columns}
        leaks += [f"{table.place}: column '{name}'" for name in sorted(named)]
    known: defaultdict[str, list[array[float]]] = defaultdict(list)
    for one in known_columns(study, rules) if study else ():
        known[one.clinic_id].append(one.values)
    slugs = {slug_of(clinic): clinic for clinic in known if clinic}
    everywhere = [values for clinic in known.values() for values in clinic]
    columns = [one for one in _columns(published) if len(one[1]) >= rules.min_patients]
    for place, whose, values in _once(columns, slugs):
        those = [*known[whose], *known[""]] if whose else everywhere
        looks = _scaled(values)
        if any(_is_made_of(shown, one) for one in those for shown in looks):
            leaks.append(f"{place}: the values of single patients")
    things = "columns" if study else "columns; no study here to compare them with"
    return Verdict("patients' values", len(columns), things, tuple(leaks))


def _columns(published: Published) -> Iterator[tuple[str, tuple[float, ...]]]:
    """Every column of numbers in a download, every array in a figure; no axis, count or share of counts."""
    for table in published.tables:
        rows = [] if table.page else [row for row in table.dicts() if row.get("kind") != "share"]
        for name in table.columns if rows else ():
            if name not in AXES and not COUNT.fullmatch(name):
                yield f"{table.place}, column '{name}'", _numbers([row.get(name) for row in rows])
    shares = _shares(published)
    for figure in published.figures:
        for at, numbers in enumerate(_arrays(figure.content), 1):
            found = _numbers(numbers)
            if not shares.issuperset(map(_as_drawn, found)):
                yield f"{figure.place}, array {at}", found


def _shares(published: Published) -> frozenset[float]:
    """The shares of rounded counts, as figures draw them: their counts are looked at with small cells."""
    rows = (row for table in published.tables if not table.page for row in table.dicts())
    found = (number_of(row.get("value")) for row in rows if row.get("kind") == "share")
    return frozenset(_as_drawn(value) for value in found if value is not None)


def _as_drawn(value: float) -> float:
    return float(f"{value:.4g}")


def _numbers(cells: Sequence[Any]) -> tuple[float, ...]:
    found = [value for value in (number_of(cell) for cell in cells) if value is not None]
    once = found[: (len(found) + 1) // 2] if found == found[::-1] else found  # a band's outline runs back
    steps = {round(after - before, 9) for before, after in pairwise(once)}
    return () if len(steps) == 1 else tuple(found)  # evenly spaced: an axis


def _arrays(content: Any) -> Iterator[list[Any]]:
    """Lists of numbers, and columns of lists of lists, at any depth."""
    if isinstance(content, dict):
        for inner in content.values():
            yield from _arrays(inner)
    elif isinstance(content, list):
        if content and all(isinstance(inner, list) for inner in content):
            yield from ([*column] for column in zip(*content, strict=False))
        if any(number_of(inner) is not None for inner in content):
            yield content
        for inner in content:
            yield from _arrays(inner)


def _once(
    columns: Sequence[tuple[str, tuple[float, ...]]], slugs: dict[str, str]
) -> Iterator[tuple[str, str, tuple[float, ...]]]:
    """Each column that can tell something with whose page it is on; the same numbers on many pages once."""
    seen = set()
    for place, values in columns:
        whose = next((slugs[part] for part in re.split(r"[/.,:]", place) if part in slugs), "")
        if len(set(values)) >= DISTINCT and (whose, values) not in seen:
            seen.add((whose, values))
            yield place, whose, values


def _scaled(values: tuple[float, ...]) -> tuple[Shown, Shown]:
    """As shown, and as shares shown in percent."""
    places = max(len(f"{value:.12f}".rstrip("0").partition(".")[2]) for value in values)
    ways = []
    for unit in (1, 100):
        those = tuple(sorted(value / unit for value in values))
        probes = tuple(those[int(at * (len(those) - 1))] for at in (0, 0.2, 0.4, 0.6, 0.8, 1))
        ways.append(Shown(those, 0.5000001 * 10.0**-places / unit, probes, len(set(those))))
    return ways[0], ways[1]


def _is_made_of(shown: Shown, known: Sequence[float]) -> bool:
    """Nearly all shown numbers are in the known column, each as often, to the last figure that is shown."""
    missed = 0
    for value in shown.probes:
        missed += not _near(value, known, shown.reach)
        if missed > 1:
            return False
    if _found(shown.values, known, shown.reach) < NEARLY_ALL * len(shown.values):
        return False
    if len(shown.values) >= MOST * len(known):
        return True
    first, last = shown.values[0] - shown.reach, shown.values[-1] + shown.reach
    near = known[bisect_left(known, first) : bisect_left(known, last)]
    if len(near) > FULL * (last - first) / (2 * shown.reach):
        return False
    filled = len({round(value / (2 * shown.reach)) for value in near}) * 2 * shown.reach / (last - first)
    return shown.distinct * math.log(min(filled, 1.0) or 1.0) < math.log(BY_CHANCE)


def _near(value: float, known: Sequence[float], reach: float) -> bool:
    at = bisect_left(known, value - reach)
    return at < len(known) and known[at] <= value + reach


def _found(shown: Sequence[float], known: Sequence[float], reach: float) -> int:
    """How many of the shown numbers find one of their own among the known, both sorted."""
    at = found = 0
    for value in shown:
        at = bisect_left(known, value - reach, at)
        if at < len(known) and known[at] <= value + reach:
            found, at = found + 1, at + 1
    return found
