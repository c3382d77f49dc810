"""No number of few patients: counts are empty, 0 or rounded; beside an empty one nothing else is told."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from analytics.reporting.proof.parts import Figure, Published, Table, Verdict, number_of
from analytics.vocabulary.settings import Disclosure

COUNT = re.compile(
    r"n|of|lines|entered|left|remained|violated|met|groups|dropped|people|episodes|sessions|of_patients"
    r"|patients\w*|\w+_patients|\w+_count"
)
HEADING = re.compile(
    r"(number of |anzahl )?(patients?|patienten|patientinnen und patienten|lines|zeilen|episodes|episoden"
    r"|people|personen|read|kept|refused|said again|mended|before|left out|remain|how many)"
)
# a number of these is of the picture or the rule, not of the patients of its row
AXES = {
    "week", "group", "band", "order", "place", "month", "threshold", "least", "at",
    "adherence", "load", "rank", "rank_low", "rank_high", "clinics",
    "points", "direction", "run", "marked", "trial",
    "limit_low_95", "limit_high_95", "limit_low_998", "limit_high_998", "target",
}  # fmt: skip
EXTREME = re.compile(
    r"(\w+[_ ])?(min|max|minimum|maximum|lowest|highest|smallest|largest|kleinste[rs]?|größte[rs]?)"
    r"([_ ]\w+)?",
    re.I,
)
# Tables of numbers without a column of patients: of the network's model as a whole, or of no patient
DECLARED = {
    "contrasts": "the network's model: not released where its patients are few",
    "model-terms": "the network's model: not released where its patients are few",
    "components": "the network's model: not released where its patients are few",
    "bends": "the network's model: not released where its patients are few",
    "influence": "the network's model; the rows of small clinics are empty",
    "checks": "the rules and checks themselves: of no patient",
    "certificate": "numbers of the literature and of reference programs: of no patient",
    "changes": "old and new headline numbers, each released in its run",
    "glossary": "words",
}
# Tables whose `patients` is an axis to draw along, no count of anybody
GRIDS = {"funnel-limits"}
TOLD = re.compile(
    r"(?P<before>[^\d\n]{0,24}?)(?P<number>\d[\d.,\u00a0\u202f]*)[ \u00a0\u202f]+"
    r"(patients|people|Patienten|Patientinnen und Patienten|Personen)\b"
)
# the floor itself may be said: "fewer than 8 patients", "1 to 7 patients are not shown"
FLOOR = re.compile(
    r"(fewer than|less than|under|below|at least|from|to|or more|minimum of"
    r"|weniger als|unter|mindestens|ab|bis)\W*$",
    re.I,
)
NAMED = 3  # rows that are named of a column
Found = tuple[int, str]  # row (0: the whole table) and what is amiss
IN_PAGE = re.compile(r"\d{1,3}([.,\u00a0\u202f ]\d{3})+|\d+")


def check_small_cells(published: Published, rules: Disclosure) -> Verdict:
    """Counts in every table and figure; whatever stands beside an empty one; extremes; numbers of nobody."""
    looked_at, leaks = 0, []
    for table in published.tables:
        looked_at += len(table.rows) * len(table.columns)
        found = _of_page(table, rules) if table.page else _of_download(table, rules)
        leaks += [f"{table.place}: {what}" for what in _together(found)]
    for figure in published.figures:
        leaks += [f"{figure.place}: {what}" for what in _of_figure(figure, rules)]
    for place, text in published.texts:
        leaks += [f"{place}: {what}" for what in _of_text(text, rules)]
    return Verdict("small cells", looked_at, "cells of tables", tuple(dict.fromkeys(leaks)))


def _together(found: Iterable[Found]) -> Iterator[str]:
    """Each thing found once, with its rows."""
    rows: dict[str, list[int]] = {}
    for row, what in found:
        rows.setdefault(what, []).extend([row] if row else [])
    for what, at in rows.items():
        more = f" and {len(at) - NAMED} more" if len(at) > NAMED else ""
        yield f"row {', '.join(map(str, at[:NAMED]))}{more}, {what}" if at else what


def _of_download(table: Table, rules: Disclosure) -> Iterator[Found]:
    counts = [] if table.name in GRIDS else [name for name in table.columns if COUNT.fullmatch(name)]
    numbers = [name for name in table.columns if name not in {*counts, *AXES}]
    rows = table.dicts()
    yield from (
        (0, f"column '{name}' is of one patient") for name in table.columns if EXTREME.fullmatch(name)
    )
    for at, row in enumerate(rows, 1):
        yield from (
            (at, f"column '{name}': {why}") for name in counts if (why := _wrong(row.get(name), rules))
        )
        whose = next((name for name in ("patients", "groups", "violated") if name in counts), None)
        if whose and row.get(whose) is None:
            beside = [name for name in (*numbers, *counts) if number_of(row.get(name)) is not None]
            yield from ((at, f"column '{name}': told although its patients are not") for name in beside)
    told = any(isinstance(row.get(name), float) for row in rows for name in numbers)
    if told and not counts and table.name not in {*DECLARED, *GRIDS}:
        yield 0, "numbers, and no column says of how many patients; declare the table if they are of none"


def _of_page(table: Table, rules: Disclosure) -> Iterator[Found]:
    for at, heading in enumerate(table.columns):
        if EXTREME.fullmatch(heading):
            yield 0, f"column '{heading}' is of one patient"
        if HEADING.fullmatch(heading.strip().lower()):
            texts = [f"{cell or ''}" for cell in table.column(at)]
            whole = [(row, text) for row, text in enumerate(texts, 1) if IN_PAGE.fullmatch(text)]
            wrong = ((row, _wrong(_plain(text), rules)) for row, text in whole)
            yield from ((row, f"column '{heading}': {why}") for row, why in wrong if why)


def _of_figure(figure: Figure, rules: Disclosure) -> Iterator[str]:
    yield from _of_text("\n".join(_strings(figure.content)), rules)
    layout = figure.content.get("layout", {}) if isinstance(figure.content, dict) else {}
    for number, trace in enumerate(figure.content.get("data", []) if layout else [], 1):
        for axis in ("x", "y"):
            title = layout.get(f"{axis}axis{str(trace.get(f'{axis}axis', ''))[1:]}", {}).get("title", "")
            words = title.get("text", "") if isinstance(title, dict) else f"{title}"
            marked = trace.get("type") == "bar" or "markers" in f"{trace.get('mode', '')}"
            if marked and HEADING.fullmatch(words.strip().lower()) and isinstance(trace.get(axis), list):
                wrong = {why for value in trace[axis] if (why := _wrong(value, rules))}
                yield from (f"trace {number}, {axis}: {why}" for why in sorted(wrong))


def _of_text(text: str, rules: Disclosure) -> Iterator[str]:
    for said in TOLD.finditer(text):
        count = _plain(said["number"].rstrip(".,"))
        floor = count in {1, rules.min_patients - 1, rules.min_patients} and FLOOR.search(said["before"])
        why = None if floor else _wrong(count, rules)
        if why:
            yield f"a sentence with a number of patients: {why}"


def _wrong(cell: Any, rules: Disclosure) -> str | None:
    """What is amiss with a count that is shown."""
    count = number_of(cell)
    if not count:
        return None
    if 0 < count < rules.min_patients:
        return f"a count below {rules.min_patients}"
    return None if count % rules.round_to == 0 else f"a count not rounded to {rules.round_to}"


def _plain(text: str) -> int:
    return int(re.sub(r"\D", "", text) or 0)


def _strings(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, dict | list):
        for inner in content.values() if isinstance(content, dict) else content:
            yield from _strings(inner)
