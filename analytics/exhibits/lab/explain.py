"""A fitted model in words and in mathematics, all of it read off the fit itself."""

from __future__ import annotations

import re
from html import escape
from typing import Any

import polars as pl

from analytics.exhibits.lab import marginal
from analytics.exhibits.lab.formats import number, percent
from analytics.exhibits.lab.mathematics import distributions, equation, levels_of
from analytics.exhibits.lab.tables import table_of
from analytics.vocabulary.results import Exhibit, Fit
from analytics.vocabulary.terms import describe_term

KEYS = ("n", "dropped", "patients", "clinics", "method", "df_method", "singular", "converged")
WHY = {
    "Kenward-Roger": "Kenward and Roger's (1997, Biometrics 53: 983): variances are estimated, and with few "
    "groups that makes intervals wider than normal ones; errors and degrees of freedom are corrected for it.",
    "Satterthwaite": "Satterthwaite's: the fit is by ML, for which Kenward and Roger's correction does not "
    "hold. With few groups prefer REML.",
    "Kauermann-Carroll covariance, Satterthwaite": "Satterthwaite's, and errors Kauermann and Carroll's "
    "(2001, J Am Stat Assoc 96: 1387): robust, and corrected for few clusters.",
}
ADDITIVE = (
    "Terms add up; each goes with the outcome in a straight line, but for bends of curves and products."
)
MIXED = (
    "Random effects and residuals are normal; residuals of one group are independent, with one variance.",
    "Random effects have nothing to do with the terms; patients' means stand beside deviations for it.",
    "A missing outcome may depend on what the model holds (terms, outcomes seen), not on its own value.",
)
ROBUST = (
    "Clusters are independent; the working correlation may be wrong, errors are robust to that.",
    "A row is missing without regard to outcomes, given the terms (stricter than a mixed model).",
)
BESIDE = "An association: who does more may differ in what nobody wrote down."
ALIKE = "Each estimate: how {what} differs by one unit of the term, the other terms alike; an association."
ODDS = " exp(estimate) is an odds ratio."
READ_WHOLE = (
    " What stands in a product too is told for where the other part is 0; a curve is read as a whole."
)
DROPPED = re.compile(r"'(.+)' was dropped: other columns already say it")


def explain_fit(fit: Fit) -> Exhibit:
    """The model of the fit: what was asked of which rows, its equation, terms, variances and assumptions."""
    facts = _facts(fit)
    if not fit.terms.height:
        why = " ".join(fit.warnings) or "it has no terms"
        return Exhibit("model", "What does this model say?", f"Nothing: {why}.")
    parts = [
        ("What it is", _paragraphs([*marginal.WORDS] * marginal.is_marginal(facts))),
        ("The equation", _mathematics(fit, facts)),
        ("What the weights are", _paragraphs(marginal.weights_in_words(facts))),
        ("What each term means", _terms(fit, facts)),
        ("How groups differ", _variances(fit)),
        ("How sure it is", _paragraphs([_degrees(facts)])),
        ("What it assumes", _assumptions(fit, facts)),
        ("What was left out, and warnings", _list(_left_out(fit, facts))),
    ]
    body = "".join(f"<h4>{escape(head)}</h4>{inner}" for head, inner in parts if inner)
    return Exhibit("model", "What does this model say?", _summary(fit, facts), body=body, data=meanings(fit))


def meanings(fit: Fit) -> pl.DataFrame:
    """One row is one term: what it means, what one unit of it is, and its estimate with the 95 % interval."""
    history = marginal.is_marginal(_facts(fit))
    told = [describe_term(name, history=history) for name in fit.terms["term"]]
    return pl.DataFrame(
        {
            "term": fit.terms["term"],
            "meaning": [meaning or "a column of the data" for meaning, _ in told],
            "one_unit": [unit for _, unit in told],
            "estimate": fit.terms["estimate"],
            "low": fit.terms["low"],
            "high": fit.terms["high"],
        }
    )


def _summary(fit: Fit, facts: dict[str, Any]) -> str:
    outcome = fit.formula.split("~")[0].strip() or "the outcome"
    meaning = describe_term(outcome)[0]
    levels = levels_of(fit)
    within = f", rows within {' within '.join(_group(one) for one in reversed(levels))}" if levels else ""
    counts = [f"{facts[key]:,} {key}" for key in ("patients", "clinics") if facts.get(key)]
    rows = f"{facts['n']:,} rows" if facts.get("n") else "its rows"
    what = f"{outcome}, {meaning}," if meaning else outcome
    of = f" of {' in '.join(counts)}" if counts else ""
    return f"A model of {what} over {rows}{of}{within}, by {facts.get('method')}."


def _mathematics(fit: Fit, facts: dict[str, Any]) -> str:
    weighed = marginal.is_marginal(facts)
    lines = marginal.lines_of(fit, facts) if weighed else [equation(fit), *distributions(fit)]
    return "".join(f"<div>$${escape(line)}$$</div>" for line in lines)


def _terms(fit: Fit, facts: dict[str, Any]) -> str:
    if marginal.is_marginal(facts):
        return table_of(meanings(marginal.work_first(fit)), id="meanings", note=marginal.READ)
    odds = "logit" in str(facts.get("method"))
    note = ALIKE.format(what="the log odds of the outcome" if odds else "the outcome") + ODDS * odds
    whole = fit.terms["term"].str.contains(":|_bend").any()
    return table_of(meanings(fit), id="meanings", note=note + READ_WHOLE * whole)


def _variances(fit: Fit) -> str:
    if not fit.components.height:
        return ""
    rows = fit.components.select("group", "term", "other", "sd", "share").iter_rows()
    return _list([_variance(*row) for row in rows])


def _variance(group: str, term: str, other: str | None, sd: float | None, share: float | None) -> str:
    if group == "residual":
        return f"Rows of one group differ from what the model expects by {number(sd)} (standard deviation)."
    if other is not None:
        return _pair(group, term, other, sd)
    if term == "intercept":
        part = "" if share is None else f"; {percent(share)} of the variance of a row lies between them"
        return f"Each {_group(group)} has its own level: standard deviation {number(sd)}{part}."
    return f"Each {_group(group)} has its own slope of {term}: standard deviation {number(sd)}."


def _pair(group: str, term: str, other: str, correlation: float | None) -> str:
    if correlation is None:
        return f"How {term} and {other} go together over {_group(group)}s cannot be told: a variance is 0."
    return f"Over {_group(group)}s, {term} and {other} are correlated by {number(correlation)}."


def _degrees(facts: dict[str, Any]) -> str:
    method = str(facts.get("df_method") or "")
    if marginal.is_marginal(facts):
        return marginal.SURE
    if not method:
        return ""
    return f"Degrees of freedom are {WHY.get(method, f'by: {method}.')}"


def _assumptions(fit: Fit, facts: dict[str, Any]) -> str:
    if marginal.is_weighted(facts):
        return _paragraphs([marginal.ONLY_IF]) + _list([*marginal.CONDITIONS, ADDITIVE])
    if marginal.is_marginal(facts):
        return _list([ADDITIVE, marginal.CONDITIONS[-1], marginal.BARE])
    if levels_of(fit):
        return _list([ADDITIVE, *MIXED, BESIDE])
    return _list([ADDITIVE, *(ROBUST if "GEE" in str(facts.get("method")) else ()), BESIDE])


def _left_out(fit: Fit, facts: dict[str, Any]) -> list[str]:
    lost = [f"{facts['dropped']:,} rows: a value is missing."] if facts.get("dropped") else []
    if facts.get("singular"):
        lost.append("A variance is 0 or a correlation perfect: the data show no such difference.")
    said = (
        () if marginal.is_weighted(facts) else gathered(fit.warnings)
    )  # a weighted model's: what it assumes
    return [*lost, *(f"{text}." for text in said)] or ["Nothing: every row was used."]


def gathered(warnings: tuple[str, ...]) -> list[str]:
    """The warnings, with all columns that were dropped for the same reason in one of them."""
    lost = [found[1] for text in warnings if (found := DROPPED.fullmatch(text))]
    others = [text for text in warnings if not DROPPED.fullmatch(text)]
    return [*([f"Dropped, since other columns already say it: {', '.join(lost)}"] if lost else []), *others]


def _facts(fit: Fit) -> dict[str, Any]:
    row = fit.overall.row(0, named=True) if fit.overall.height else {}
    return {key: row.get(key) for key in KEYS}


def _group(name: str) -> str:
    return name.removesuffix("_id").replace("_", " ")


def _paragraphs(texts: list[str]) -> str:
    return "".join(f"<p>{escape(text)}</p>" for text in texts if text)


def _list(texts: list[str]) -> str:
    inner = "".join(f"<li>{escape(text)}</li>" for text in texts)
    return f"<ul>{inner}</ul>" if inner else ""
