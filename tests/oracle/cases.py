"""The models of lme4.json as fit_mixed is asked for them, each fitted once, and the columns made for them.

reference.R has the same list and the same columns. Terms are compared by name, because the programs order
them differently.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import ArrayLike

from analytics.models.mixed import Random, fit_mixed
from analytics.vocabulary.results import Fit

HERE = Path(__file__).parent
ANSWERS: dict[str, Any] = json.loads((HERE / "lme4.json").read_text(encoding="utf-8"))["cases"]

SLOPES = (Random("Subject", slope="Days"),)
CASKS, LOTS = (Random("batch"), Random("cask")), (Random("Lot"), Random("Wafer"))
SUGAR = "sugpct ~ block2 + block3 + sow2 + sow3 + sow4 + sow5 + harvest2"
FULL = "pain ~ baseline_pain + week * adherence + load"
BOTH = (Random("clinic", slope="week"), Random("patient", slope="week"))
UNCORRELATED = tuple(Random(level.group, slope="week", correlated=False) for level in BOTH)
TIME = tuple(Random(level.group, slope="time") for level in BOTH)
MODELS: dict[str, tuple[str, tuple[Random, ...]]] = {
    "sleepstudy slopes": ("Reaction ~ Days", SLOPES),
    "sleepstudy slopes ML": ("Reaction ~ Days", SLOPES),
    "sleepstudy intercepts": ("Reaction ~ Days", (Random("Subject"),)),
    "sleepstudy intercepts ML": ("Reaction ~ Days", (Random("Subject"),)),
    "sleepstudy uncorrelated": ("Reaction ~ Days", (Random("Subject", slope="Days", correlated=False),)),
    "sleepstudy unbalanced": ("Reaction ~ Days", SLOPES),
    "sleepstudy quadratic": ("Reaction ~ Days + Days2", SLOPES),
    "orthodont": ("distance ~ age11 * female", (Random("Subject", slope="age11"),)),
    "dietox": ("Weight ~ Time", (Random("Pig"),)),
    "shoes": ("wear ~ material_b", (Random("boy"),)),
    "shoes imbalanced": ("wear ~ material_b", (Random("boy"),)),
    "exam": ("normexam ~ standLRT", (Random("school"),)),
    "exam within and between": ("normexam ~ lrt_within + lrt_between", (Random("school"),)),
    "exam Mundlak": ("normexam ~ standLRT + lrt_between", (Random("school"),)),
    "dyestuff": ("Yield ~ 1", (Random("Batch"),)),
    "dyestuff ML": ("Yield ~ 1", (Random("Batch"),)),
    "dyestuff2": ("Yield ~ 1", (Random("Batch"),)),
    "dyestuff2 ML": ("Yield ~ 1", (Random("Batch"),)),
    "beets harvest": (SUGAR, (Random("plot"),)),
    "beets sow": (SUGAR, (Random("plot"),)),
    "pastes": ("strength ~ 1", CASKS),
    "pastes ML": ("strength ~ 1", CASKS),
    "oxide": ("Thickness ~ 1", LOTS),
    "machines": ("score ~ machine_b + machine_c", (Random("Worker"), Random("Machine"))),
    "pixel": ("pixel ~ day + day2", (Random("Dog", slope="day"), Random("Side"))),
    "three levels, clinic correlation 1": (FULL, BOTH),
    "three levels": (FULL, BOTH),
    "three levels ML": (FULL, BOTH),
    "three levels, a fifth": (FULL, BOTH),
    "three levels, uncorrelated": (FULL, UNCORRELATED),
    "three levels, slope of patients only": (FULL, (Random("clinic"), BOTH[1])),
    "three levels, weights": (FULL, BOTH),
    "three levels, continuous time": (FULL.replace("week", "time"), TIME),
    "three levels, clinic variance 0": (
        "pain ~ baseline_pain + week", (Random("clinic"), Random("patient")),
    ),
}  # fmt: skip
WEIGHTS = {"three levels, weights": "ratings"}

WEEKLY = {  # made-up hours and numbers of ratings: with them no two patients share a pattern
    "time": pl.col("week") + (7919 * pl.int_range(pl.len())) % 1000 / 1000,
    "ratings": 1 + (7 * pl.col("week") + pl.col("patient")) % 5,
}
SCHOOL = pl.col("standLRT").mean().over("school")
MADE: dict[str, dict[str, pl.Expr]] = {
    "sleepstudy": {"Days2": pl.col("Days") ** 2},
    "shoes": {"material_b": pl.col("material") == "B"},
    "pixel": {"day2": pl.col("day") ** 2},
    "machines": {"machine_b": pl.col("Machine") == "B", "machine_c": pl.col("Machine") == "C"},
    "orthodont": {"age11": pl.col("age") - 11, "female": pl.col("Sex") == "Female"},
    "exam": {"lrt_between": SCHOOL, "lrt_within": pl.col("standLRT") - SCHOOL},
    "beets": {
        **{f"block{at}": pl.col("block") == f"block{at}" for at in (2, 3)},
        **{f"sow{at}": pl.col("sow") == f"sow{at}" for at in (2, 3, 4, 5)},
        "harvest2": pl.col("harvest") == "harv2",
        "plot": pl.concat_str("block", "harvest", separator=" "),
    },
    "three_level_small": WEEKLY,
    "three_level_medium": WEEKLY,
    "three_level_boundary": WEEKLY,
}
ROW = pl.int_range(1, pl.len() + 1)
# 161 of 180 rows of sleepstudy, 18 of 20 of shoes, and 200 of 1000 patients
PARTS = {
    "unbalanced": (
        "sleepstudy", ~ROW.is_in([1, 2, 3, 15, 27, 28, 29, 30, 55, 101, 102, 150, *range(171, 178)]),
    ),
    "imbalanced": ("shoes", ~ROW.is_in([1, 12])),
    "fifth": ("three_level_medium", pl.col("patient") % 5 == 0),
}  # fmt: skip


@cache
def table(case: str) -> pl.DataFrame:
    """The rows of a case, with the columns made for it."""
    name, kept = PARTS.get(ANSWERS[case]["data"], (ANSWERS[case]["data"], pl.lit(value=True)))
    path = next((HERE / "data").glob(f"{name}.csv*"))
    return pl.read_csv(path).with_columns(**MADE.get(name, {})).filter(kept)


@cache
def fitted(case: str) -> Fit:
    """The fit of a case."""
    formula, random = MODELS[case]
    method = ANSWERS[case]["method"]
    return fit_mixed(table(case), formula, random=random, weights=WEIGHTS.get(case), method=method)


def order(case: str, terms: list[str]) -> list[int]:
    """Where the terms of the answer stand among `terms`, however the factors of a product are ordered."""
    wanted = [frozenset(term.split(":")) for term in ANSWERS[case]["terms"]]
    return [[frozenset(term.split(":")) for term in terms].index(term) for term in wanted]


def names(case: str) -> list[str]:
    """The fit's names of the answer's terms, in the answer's order."""
    terms = fitted(case).terms["term"].to_list()
    return [terms[at] for at in order(case, terms)]


def column(case: str, name: str) -> np.ndarray:
    """A column of the fit's terms, in the order of the answer's."""
    return fitted(case).terms[name].to_numpy()[order(case, fitted(case).terms["term"].to_list())]


def square(case: str, covariance: ArrayLike) -> np.ndarray:
    """A covariance of the fit's terms, in the order of the answer's."""
    at = order(case, fitted(case).terms["term"].to_list())
    return np.asarray(covariance)[np.ix_(at, at)]
