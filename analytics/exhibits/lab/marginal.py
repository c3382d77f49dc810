"""The weighted model in words and in mathematics: what it is, what its weights hold, when it is an effect."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import polars as pl

from analytics.exhibits.lab.mathematics import equation
from analytics.vocabulary.results import Fit

NAMES = ("marginal structural model", "marginal regression")
UNWEIGHTED = "unweighted"
SUBJECTS = re.compile(r"(?:log_week:)?(?:adherence|load)")
OWN_LINE = ("\\alpha_c", "+ \\gamma_c\\,\\text{log\\_week}")  # of clinic c
WORK = (
    "\\frac{f(\\text{work}_t \\mid \\text{case-mix},\\, t)}"
    "{f(\\text{work}_t \\mid \\text{case-mix},\\, t,\\, \\text{pain, work and plan before, the clinic})}"
)
WRITTEN = (
    "\\times\\; \\frac{P(\\text{written} \\mid \\text{case-mix},\\, t,\\, \\text{work}_t)}"
    "{P(\\text{written} \\mid \\text{case-mix},\\, t,\\, \\text{work}_t,\\, \\text{all before})}"
)
SOLVED = (
    "\\sum_{\\text{weeks}} w\\; x\\, \\bigl(\\text{pain} - E(\\text{pain})\\bigr) = 0, \\qquad "
    "V = B^{-1} \\Bigl( \\sum_{\\text{patients}} U U^{\\top} \\Bigr) B^{-1}"
)
WORDS = (
    "A marginal structural model (Robins, Hernan and Brumback 2000, Epidemiology 11: 550): what pain would "
    "be after more or less of a week's work, with everything that was written down before that week alike.",
    "Each clinic has its own level and its own line over time, so that clinics are compared with none but "
    "themselves.",
)
HOW = (
    "The weight of a week: how likely its work was for such a patient at such a time, over how likely it was "
    "given all that was known before. Work is any session at all, and how many of those asked for; where "
    "load is in the model, also how hard a session was."
)
HOW_WRITTEN = (
    "The second factor does the same for whether the next week's pain was written down, so that those "
    "who stopped writing speak through those who were like them."
)
HOW_CUT = (
    "Weights are cut at their 1st and 99th centile (Cole and Hernan 2008, Am J Epidemiol 168: 656). "
    "Their table shows whether they can be trusted: the mean near 1, no few weeks that carry all."
)
SURE = (
    "Standard errors are clustered on patients and know that the weights were estimated (U holds what an "
    "error of their models does to each patient's part; B is the weighted sum of squares of the columns). "
    "Degrees of freedom: patients less columns. Clinics are these clinics; nothing is said of others."
)
READ = (
    "Read the terms of work (adherence, load) and their products with log_week together, at a week. All "
    "other terms are there to be held alike: they are no effects."
)
CONDITIONS = (
    "Nothing that was not written down drives both a week's work and the next week's pain.",
    "Everybody could have done more or less, whatever went before (positivity).",
    "The models of the weights hold, or the lines of pain on the history do.",
    "What one patient does changes no other's pain, and a share of the plan is the same work for all.",
    "Weeks count as independent while fitting, as work that follows pain asks (Pepe and Anderson 1994, "
    "Commun Stat 23: 939); errors allow for weeks of one patient being alike.",
)
ONLY_IF = "An effect only if all of this holds; else an association:"
BARE = (
    "Unweighted: an association. Who does more may differ in what went before, and in what nobody wrote down."
)


def is_marginal(facts: dict[str, Any]) -> bool:
    """Whether the fit is the weighted model (or the same without weights)."""
    return str(facts.get("method")).startswith(NAMES)


def is_weighted(facts: dict[str, Any]) -> bool:
    """Whether it has weights at all; without them it is an association like any other."""
    return is_marginal(facts) and UNWEIGHTED not in str(facts.get("method"))


def work_first(fit: Fit) -> Fit:
    """The fit with what it is about before what is held alike."""
    about = pl.col("term").str.contains(f"^{SUBJECTS.pattern}$")
    return replace(fit, terms=pl.concat([fit.terms.filter(about), fit.terms.filter(~about)]))


def lines_of(fit: Fit, facts: dict[str, Any]) -> list[str]:
    """Its equation with the numbers found, its weights, and how both are solved."""
    body = equation(work_first(fit), first=OWN_LINE, left="E(\\text{pain}_{ct})")
    if not is_weighted(facts):
        return [body]
    factors = [WORK, WRITTEN] if "written" in str(facts["method"]) else [WORK]
    weight = " \\\\ & ".join(factors)  # one a line: both are wide
    return [body, f"\\begin{{aligned}} w =\\; & {weight} \\end{{aligned}}", SOLVED]


def weights_in_words(facts: dict[str, Any]) -> list[str]:
    """What the weights are; nothing where there are none."""
    if not is_weighted(facts):
        return []
    return [HOW, *[HOW_WRITTEN] * ("written" in str(facts["method"])), HOW_CUT]
