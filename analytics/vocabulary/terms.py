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
WEEKLY = "100 CR-10 x minutes in a week"
# What was known of a patient before a week (of models that look back week by week), and their outcomes.
HISTORY = {
    "time_first": ("the first week, which no known work went before", "1: the first week against later ones"),
    "last_pain": ("pain last written before", NPRS),
    "mean_pain": ("mean of the pain written so far, that of the start with it", NPRS),
    "weeks_unrated": ("logarithm of 1 + weeks since pain was last written", "1: weeks + 1 grow 2.7 times"),
    "last_adherence": ("share of the plan that was done in the week before, at most 1", WORK["adherence"][1]),
    "mean_adherence": ("mean share of the plan that was done so far", WORK["adherence"][1]),
    "last_load": ("load of the week before", WEEKLY),
    "mean_load": ("mean weekly load so far", WEEKLY),
    "last_effort": ("mean load of a session, last known", "100 CR-10 x minutes"),
    "change": ("the last rating of pain less the one before it", NPRS),
    "stop": ("whether the week is the first after a last rating", "1 yes, 0 no"),
    "responds": ("whether pain fell by as much as counts", "1 yes, 0 no"),
}
PARTS = {
    "mean": "a patient's own mean: between patients",
    "lag": "last week less the own mean: within a patient",
}


@cache
def describe_term(name: str, *, history: bool = False) -> tuple[str, str]:
    """What the term means, and what one unit of it is; empty texts where nothing is known of it.

    `history`: of a model of the weeks one by one, in which a name of HISTORY goes before the data dictionary.

    >>> describe_term("adherence_lag")[1]
    '1: the whole plan against nothing'
    """
    if ":" in name:
        return _product(name.split(":"))
    if name in {"intercept", "1"}:
        return "the outcome where every term is 0", ""
    if name in TIME:
        return TIME[name]
    if history and name in HISTORY:
        return HISTORY[name]
    return _category(name) or _work(name) or _curve(name) or _column(name)


def _product(parts: list[str]) -> tuple[str, str]:
    first, *others = parts
    return f"how what goes with {' and '.join(others)} changes with {first}", "a unit of each"


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
    if bend:
        return (
            f"bend {bend} of the curve over {measure}_{part} (restricted cubic spline), never read alone",
            "",
        )
    where = f"; {PARTS[part]}" if part else ""
    return f"{meaning}{where}", unit


def _curve(name: str) -> tuple[str, str] | None:
    """Weeks as a restricted cubic spline."""
    found = re.fullmatch(r"time_week(?:_bend(\d))?", name)
    if not found:
        return None
    if found[1]:
        return (
            f"bend {found[1]} of the curve over weeks (restricted cubic spline), never read alone",
            "",
        )
    return "weeks since the start, as the line of a curve", "week"


def _column(name: str) -> tuple[str, str]:
    """Of the data dictionary, whichever table has it first."""
    from analytics.vocabulary.schema import COLUMNS

    if name == "baseline_pain":
        return "pain at the start", NPRS
    for columns in COLUMNS.values():
        if name in columns:
            column = columns[name]
            return str(column.description), str((column.metadata or {}).get("unit", ""))
    return HISTORY.get(name, ("", ""))
