"""What a column of a model means and in which unit, by how its name is made."""

from __future__ import annotations

import re
from functools import cache

from analytics.vocabulary.columns import AGE_BANDS, NPRS, RISKS

# Whose categories become columns of 0 and 1, with the category that has no column: what they are set against.
REFERENCE = {
    "phase": "acute",
    "start_back": RISKS[0],
    "age_band": AGE_BANDS[0],
    "post_surgical": "no surgery",
}
SAID = {"true": "yes"}
TIME = {
    "log_week": ("logarithm of 1 + weeks since the start", "1: weeks + 1 grow 2.7 times"),
    "week_line": ("weeks since the start", "week"),
    "week_bend": ("how the line over weeks bends (restricted cubic spline)", "week"),
}
WORK = {
    "adherence": (
        "share of the plan that was done, each week at most 1",
        "1: the whole plan against nothing",
    ),
    "load": ("session load, CR-10 x minutes", "100 CR-10 x minutes in a week"),
}
PARTS = {
    "mean": "the patient's own mean over weeks: between patients",
    "lag": "last week less the patient's own mean: within a patient",
}


@cache
def describe_term(name: str) -> tuple[str, str]:
    """What the term means, and what one unit of it is; empty texts where nothing is known of it.

    >>> describe_term("adherence_lag")[1]
    '1: the whole plan against nothing'
    """
    if ":" in name:
        return _product(name.split(":"))
    if name in {"intercept", "1"}:
        return "the outcome where every term is 0", ""
    if name in TIME:
        return TIME[name]
    return _category(name) or _work(name) or _column(name)


def _product(parts: list[str]) -> tuple[str, str]:
    first, *others = parts
    return f"how the association of {' and '.join(others)} changes with {first}", "a unit of each"


def _category(name: str) -> tuple[str, str] | None:
    for factor, reference in REFERENCE.items():
        if name.startswith(f"{factor}_"):
            level = name.removeprefix(f"{factor}_")
            known = _column(factor)[0].split(":")[0] or factor.replace("_", " ")
            return f"{known}: {SAID.get(level, level)}", f"1: {SAID.get(level, level)} against {reference}"
    return None


def _work(name: str) -> tuple[str, str] | None:
    found = re.fullmatch(r"(adherence|load)(?:_(mean|lag)(?:_bend(\d))?)?", name)
    if not found:
        return None
    measure, part, bend = found.groups()
    meaning, unit = WORK[measure]
    where = f"; {PARTS[part]}" if part else ""
    curve = f"; bend {bend} of a restricted cubic spline, read as a curve only" if bend else ""
    return f"{meaning}{where}{curve}", unit


def _column(name: str) -> tuple[str, str]:
    """Of the data dictionary, whichever table has it first."""
    from analytics.vocabulary.schema import COLUMNS

    if name == "baseline_pain":
        return "pain at the start", NPRS
    for columns in COLUMNS.values():
        if name in columns:
            column = columns[name]
            return str(column.description), str((column.metadata or {}).get("unit", ""))
    return "", ""
