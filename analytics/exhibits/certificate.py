"""Which known answers this report's own calculations meet, so that nobody need take them on trust."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, paragraphs, table_html
from analytics.exhibits.numbers import DASH, MINUS, count, plain
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "certificate"


def certificate_table(frame: pl.DataFrame) -> Exhibit:
    """One row is one number of one check calculation: the known answer, ours, and whether they agree."""
    title = tr("Are the calculations right?")
    if not frame.height:
        return nothing(ID, title=title, why=tr("No check calculation was made for this report."))
    rows = frame.to_dicts()
    wrong = [row for row in rows if not row["met"]]
    return Exhibit(
        ID,
        title,
        summary=_warning(wrong, of=len(rows)) if wrong else _all_met(len(rows)),
        body=paragraphs([_named(wrong)], kind="warning") if wrong else "",
        table=_table(rows),
        data=frame,
    )


def _all_met(checks: int) -> str:
    return tr(
        "{checks} of {checks} check calculations agree with published answers or with those of other "
        "software, such as lme4 for R. They were repeated with this report's own code, on the machine that "
        "prepared it."
    ).format(checks=count(checks))


def _warning(wrong: list[dict[str, Any]], *, of: int) -> str:
    return tr(
        "Warning: {wrong} of {checks} check calculations do not agree with the known answers. Do not rely on "
        "the numbers of this report before the cause is found."
    ).format(wrong=count(len(wrong)), checks=count(of))


def _named(wrong: list[dict[str, Any]]) -> str:
    cases = dict.fromkeys(_case(row["case"]) for row in wrong)
    return tr("Not met: {cases}.").format(cases="; ".join(cases))


def _table(rows: list[dict[str, Any]]) -> str:
    heads = [
        tr("Check"), tr("Quantity"), tr("Known answer"), tr("Found here"), tr("Largest difference allowed"),
        tr("Result"), tr("Where the answer is from"),
    ]  # fmt: skip
    body = [
        [
            _case(row["case"]),
            _quantity(row["quantity"]),
            _figure(row["reference"]),
            _figure(row["found"]),
            _figure(row["tolerance"]),
            tr("agrees") if row["met"] else tr("does not agree"),
            row["source"],
        ]
        for row in rows
    ]
    return table_html(body, headings=heads, caption=tr("Check calculations with known answers"))


def _figure(value: float | None) -> str:
    return DASH if value is None else plain(value).replace("-", MINUS)


def _case(code: str) -> str:
    """The check in words; one that has none yet is named by its code."""
    return {
        "patients with lines of their own": tr("Model: each patient with a course of their own"),
        "groups that do not differ": tr("Model: groups that do not differ"),
        "groups within groups": tr("Model: groups within groups"),
        "two measurements a person": tr("Model: two measurements a person"),
        "regression to the mean": tr("Regression to the mean"),
        "regression to the mean of a reliable rating": tr("Regression to the mean of a reliable rating"),
        "regression to the mean of three ratings": tr("Regression to the mean of three ratings together"),
        "chart over time": tr("Chart over time: its limits"),
        "funnel of counts, 15 expected": tr("Funnel: limits where 15 are expected"),
        "funnel of counts, 30 expected": tr("Funnel: limits where 30 are expected"),
        "clinics that differ by more than chance": tr("Funnel: clinics that differ by more than chance"),
        "results of several places pooled": tr("Results of several places pooled"),
    }.get(code, code)


def _quantity(code: str) -> str:
    return {
        "criterion": tr("REML criterion"),
        "estimate": tr("estimate"),
        "mean": tr("mean"),
        "error": tr("standard error"),
        "df": tr("degrees of freedom"),
        "rest": tr("standard deviation that is left"),
        "between": tr("standard deviation between groups"),
        "t": tr("t value"),
        "p": tr("p value"),
        "points": tr("points that come by themselves"),
        "centre": tr("middle line"),
        "upper": tr("upper limit"),
        "lower": tr("lower limit"),
        "lower 95": tr("lower 95 % limit"),
        "upper 95": tr("upper 95 % limit"),
        "lower 99.8": tr("lower 99.8 % limit"),
        "upper 99.8": tr("upper 99.8 % limit"),
        "phi": tr("overdispersion (phi)"),
        "tau2": tr("variance between clinics"),
        "q": tr("Cochran's Q"),
        "tau2 moments": tr("variance between places, by moments"),
        "tau2 REML": tr("variance between places, by REML"),
    }.get(code, code)
