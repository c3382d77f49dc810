"""A fit as LaTeX: its equation with the numbers that were found, and how each of its levels is spread."""

from __future__ import annotations

import re

import polars as pl

from analytics.exhibits.lab.formats import number
from analytics.vocabulary.results import Fit

INTERCEPT = "intercept"
LETTERS = "uvw"  # of the random effects, outermost level first
A_LINE = 72  # our choice: letters on one line of an equation, about as wide as a notebook's page
RELATION = re.compile(r"\s*~\s*")


def levels_of(fit: Fit) -> list[str]:
    """The groups of a mixed model, outermost first; none where there are no variances between groups."""
    if not fit.components.height:
        return []
    groups = fit.components["group"].unique(maintain_order=True).to_list()
    return [group for group in groups if group != "residual"]


def equation(fit: Fit, *, first: tuple[str, ...] = (), left: str = "") -> str:
    """The outcome as the sum of terms with their estimates, and of the random effects of each level.

    `first`: parts that stand before the terms; `left`: what stands before the sign of equality, unless it
    follows from the fit.
    """
    outcome, index = RELATION.split(fit.formula)[0] or "y", _indices(levels_of(fit))
    parts = [
        *first,
        *(_term(name, value) for name, value in fit.terms.select("term", "estimate").iter_rows()),
    ]
    for at, group in enumerate(levels_of(fit)):
        own = fit.components.filter(pl.col("group") == group, pl.col("other").is_null())["term"].to_list()
        place = "".join(index[: at + 1])
        for which, name in enumerate(own):
            effect = f"{LETTERS[at]}_{{{which}{place}}}"
            parts.append(f"+ {effect}" if name == INTERCEPT else f"+ {effect}\\,{_text(name)}")
    usual, noise = _left(fit, outcome, index)
    body = " \\\\ & \\quad {} ".join(_lines([*parts, *noise])).removeprefix("+ ")
    return f"\\begin{{aligned}} {left or usual} =\\; & {body} \\end{{aligned}}"


def _lines(parts: list[str]) -> list[str]:
    """The parts in lines of a page's width, by the letters that are seen."""
    lines, wide = [""], 0
    for part in parts:
        seen = len(re.sub(r"\\[a-z]+|[{}\\,;_]", "", part)) + 1
        if wide and wide + seen > A_LINE:
            lines, wide = [*lines, ""], 0
        lines[-1] += f" {part}" if wide else part
        wide += seen
    return lines


def distributions(fit: Fit) -> list[str]:
    """How the random effects of each level, and the residuals, are spread: with the numbers found."""
    levels, said = levels_of(fit), []
    index = _indices(levels)
    for at, group in enumerate(levels):
        place = "".join(index[: at + 1])
        part = fit.components.filter(pl.col("group") == group)
        names = part.filter(pl.col("other").is_null())["term"].to_list()
        effects = [f"{LETTERS[at]}_{{{which}{place}}}" for which in range(len(names))]
        if len(names) == 1:
            said.append(f"{effects[0]} \\sim N(0,\\; {_plain(part['variance'][0])})")
        else:
            left = _pmatrix(effects)
            said.append(f"{left} \\sim N\\left(0,\\; {_matrix(part, names)}\\right)")
    if levels:
        whole = "".join([*index, "t"])
        rest = fit.components.filter(pl.col("group") == "residual")["variance"][0]
        said.append(f"\\varepsilon_{{{whole}}} \\sim N(0,\\; {_plain(rest)})")
    return said


def _left(fit: Fit, outcome: str, index: list[str]) -> tuple[str, tuple[str, ...]]:
    """What stands before the sign of equality, and the residual after the last term."""
    if index:
        whole = "".join([*index, "t"])
        return f"{_text(outcome)}_{{{whole}}}", (f"+ \\varepsilon_{{{whole}}}",)
    method = fit.overall["method"].item() if "method" in fit.overall.columns and fit.overall.height else ""
    if "logit" in str(method):
        return f"\\operatorname{{logit}} P({_text(outcome)} = 1)", ()
    return f"E({_text(outcome)})", ()


def _term(name: str, value: float | None) -> str:
    size = "?" if value is None else _plain(abs(value))
    sign = "-" if value is not None and value < 0 else "+"
    factors = "\\cdot ".join(_text(part) for part in name.split(":"))
    return f"{sign} {size}" if name == INTERCEPT else f"{sign} {size}\\,{factors}"


def _matrix(part: pl.DataFrame, names: list[str]) -> str:
    """The covariance of a level; 0 for a pair that was not let vary together."""
    held: dict[frozenset[str], str] = {}
    for term, other, variance in part.select("term", "other", "variance").iter_rows():
        held[frozenset({term, other or term})] = _plain(variance)
    rows = [" & ".join(held.get(frozenset({one, two}), "0") for two in names) for one in names]
    return _pmatrix(rows)


def _pmatrix(rows: list[str]) -> str:
    return "\\begin{pmatrix} " + " \\\\ ".join(rows) + " \\end{pmatrix}"


def _plain(value: float | None) -> str:
    return number(value).replace("\N{MINUS SIGN}", "-").replace(",", "{,}").replace("–", "?")


def _text(name: str) -> str:
    """A name in upright letters, with every sign that LaTeX would read taken literally."""
    safe = re.sub(r"[\\^~{}$&#%<>]", " ", name).replace("_", "\\_")
    return f"\\text{{{safe}}}"


def _indices(groups: list[str]) -> list[str]:
    """A letter for each level: the first of its name, where they differ."""
    letters = [re.sub(r"[^a-z]", "", group.lower())[:1] for group in groups]
    plain = len(set(letters)) == len(letters) and all(letters) and "t" not in letters
    return letters if plain else list("ijk"[: len(groups)])
