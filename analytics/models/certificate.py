"""Certificate: check calculations whose answers are known, repeated with the code that makes the report.

A report can be no better than the sums behind it. `certificate.toml` holds small public data and what other
software or a publication makes of them; a case more there is a check more here.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterator
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from analytics.models.control_chart import with_limits
from analytics.models.funnel import overdispersion, poisson_limits
from analytics.models.mixed import Random, fit_mixed
from analytics.models.regression_to_mean import expected_regression
from analytics.models.shrinkage import dersimonian_laird, restricted_likelihood

CASES = Path(__file__).with_name("certificate.toml")
CERTIFICATE = {
    "case": pl.String, "source": pl.String, "quantity": pl.String, "reference": pl.Float64,
    "found": pl.Float64, "difference": pl.Float64, "tolerance": pl.Float64, "met": pl.Boolean,
}  # fmt: skip
Case = dict[str, Any]
Numbers = dict[str, float]


def verify(path: Path = CASES) -> pl.DataFrame:
    """One row is one number of one check: the known answer, ours found now, and whether they agree.

    `difference` is ours less the reference; `met`: it is no larger than `tolerance`, which is what the
    reference was printed or worked out to. A calculation that fails has no number found, and is not met.

    >>> an.verify()["met"].all()
    True
    """
    cases = tomllib.loads(path.read_text(encoding="utf-8"))["cases"]
    return pl.DataFrame([row for case in cases for row in _rows(case)], schema=CERTIFICATE, orient="row")


def _rows(case: Case) -> Iterator[tuple[Any, ...]]:
    found = _worked_out(case)
    for wanted in case["expected"]:
        ours, known = found.get(wanted["of"]), wanted["reference"]
        ours = float(ours) if ours is not None and isfinite(ours) else None
        off = None if ours is None else ours - known
        met = off is not None and abs(off) <= wanted["tolerance"]
        yield case["name"], case["source"], wanted["quantity"], known, ours, off, wanted["tolerance"], met


def _worked_out(case: Case) -> Numbers:
    try:
        return KINDS[case["kind"]](case)
    except Exception:  # whatever is broken in a calculation must come out as a check that is not met
        return {}


def _mixed(case: Case) -> Numbers:
    """Of each term "<term> estimate" and so on; of each group its standard deviation by its name."""
    random = tuple(Random(**level) for level in case["random"])
    fit = fit_mixed(pl.DataFrame(case["data"]), case["formula"], random=random)
    numbers = {name: fit.overall[name].item() for name in ("criterion", "sigma")}
    for row in fit.terms.iter_rows(named=True):
        numbers |= {f"{row['term']} {name}": value for name, value in row.items() if name != "term"}
    levels = fit.components.filter(pl.col("term") == "intercept", pl.col("other").is_null())
    return numbers | dict(levels.select("group", "sd").iter_rows())


def _regression(case: Case) -> Numbers:
    points = expected_regression(
        tuple(case["spread"]),
        case["reliability"],
        cutoff=case["cutoff"],
        above=case["above"],
        measurements=case["measurements"],
    )
    return {"points": points}


def _xmr(case: Case) -> Numbers:
    series = pl.DataFrame(case["data"]).with_columns(clinic_id=pl.lit("a"), measure=pl.lit("x"))
    limits = with_limits(series.with_columns(pl.col("value").cast(pl.Float64)), screen=case["screen"])
    return limits.select("centre", "upper", "lower").row(0, named=True)


def _poisson(case: Case) -> Numbers:
    """Lower and upper 95 %, lower and upper 99.8 %, by their place."""
    limits = poisson_limits(np.array([case["expected_count"]]))[0]
    return {str(at): float(limit) for at, limit in enumerate(limits)}


def _overdispersion(case: Case) -> Numbers:
    """Of counts over their expectation, on the scale of square roots."""
    observed, expected = (np.array(case["data"][name], float) for name in ("observed", "expected_count"))
    errors = 1 / (2 * np.sqrt(expected))
    phi, tau2 = overdispersion((np.sqrt(observed / expected) - 1) / errors, errors)
    return {"phi": phi, "tau2": tau2}


def _meta(case: Case) -> Numbers:
    """Of log relative risks, by moments and by REML."""
    ill, well, control_ill, control_well = (np.array(values, float) for values in case["data"].values())
    treated, control = ill + well, control_ill + control_well
    differences = np.log(ill / treated) - np.log(control_ill / control)
    errors = np.sqrt(1 / ill - 1 / treated + 1 / control_ill - 1 / control)
    dl, reml = dersimonian_laird(differences, errors), restricted_likelihood(differences, errors)
    return {"q": dl.q, "dl tau2": dl.tau2, "dl mean": dl.mean, "dl error": dl.error, "reml tau2": reml.tau2}


KINDS: dict[str, Callable[[Case], Numbers]] = {
    "mixed": _mixed,
    "regression": _regression,
    "xmr": _xmr,
    "poisson": _poisson,
    "overdispersion": _overdispersion,
    "meta": _meta,
}
