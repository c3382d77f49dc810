"""The report's first lines: what happened, how sure that is, what it means, what cannot be told."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import paragraphs
from analytics.exhibits.numbers import MINUS, count, number, percent, spread, words
from analytics.exhibits.outcome import meaningful
from analytics.exhibits.selection import ALL_CLINICS, cell, sides
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.study import ClinicRelease

ID, TITLE = "headline", "In short"


def headline(release: ClinicRelease) -> Exhibit:
    """Plain sentences with their uncertainty. The first says how pain went, the last what cannot be told."""
    own, network = sides(release.cells, subject="outcome")
    kept, _ = sides(release.cells, subject="adherence", measure="adherence_capped")
    first = _change(own, release)
    more = [
        _expected(release.benchmark),
        _responders(own, network),
        _adherence(kept),
        _model(release.contrasts),
        _untold(release.told),
    ]
    return Exhibit(ID, TITLE, summary=first, body=paragraphs(filter(None, more), kind="headline"))


def limits_of_evidence() -> Exhibit:
    """What no number of this report can say."""
    texts = (
        "Pain, adherence and effort are what patients wrote down; diaries overstate exercise.",
        "Patients start when pain is bad, so some of the fall would have come without treatment.",
        "Who stops logging may do better or worse than who goes on.",
        "What goes together need not cause each other: less pain also lets patients train more.",
        "A number that is not shown is neither good nor bad; it is of too few patients to be shown.",
    )
    return Exhibit("limits", "The limits of this evidence", body=paragraphs(texts, kind="limits"))


def _change(own: pl.DataFrame, release: ClinicRelease) -> str:
    found = cell(own, "pain_reduction")
    least = release.facts.get("disclosure", {}).get("min_patients", 8)
    if not found or found["patients"] == 0:
        return "How pain changed cannot be told: no patient has pain at the start and in a later week."
    if found["patients"] is None:
        return f"Fewer than {least} patients have pain at the start and in a later week: not shown."
    weeks = release.facts.get("horizon_weeks", 12)
    points, low, high = found["value"], found["low"], found["high"]
    over = f"over up to {weeks} weeks, in about {count(found['patients'])} patients"
    if low is None or high is None:
        return f"About {_points(points)} {over}; how sure that is cannot be told."
    sure = f"between {spread(low, high).replace(' to ', ' and ')} with 95 % confidence"
    if low <= 0 <= high:
        return f"No clear change in pain {over}: {number(points)} points less, {sure}."
    ends = sorted((abs(low), abs(high)))
    sure = f"between {number(ends[0])} and {number(ends[1])} with 95 % confidence"
    return f"About {_points(points)} {over} ({sure})."


def _points(reduction: float) -> str:
    size = number(abs(reduction))
    return f"{size} points {'more' if reduction < 0 else 'less'} pain"


def _expected(benchmark: pl.DataFrame) -> str:
    """Only a page of one clinic has one row here."""
    if benchmark.height != 1:
        return ""
    row = benchmark.row(0, named=True)
    if row["expected"] is None or row["difference"] is None:
        return "There is not enough data to set this clinic beside the others."
    interval = spread(row["difference_low"], row["difference_high"], digits=2)
    return (
        f"Expected for patients like these: {number(row['expected'])} points less. Difference "
        f"{_signed(row['difference'])} (95 % interval {interval}): {words(row['signal'])}."
    )


def _signed(value: float) -> str:
    text = number(value, digits=2)
    return text if text.startswith(MINUS) or value == 0 else f"+{text}"


def _responders(own: pl.DataFrame, network: pl.DataFrame) -> str:
    cut = meaningful(own)
    found = cell(own, "responder", group=cut)
    if found.get("value") is None:
        return ""
    beside = cell(network, "responder", group=cut).get("value")
    others = "" if beside is None else f" ({ALL_CLINICS.lower()}: {percent(beside)})"
    return (
        f"A fall of {cut} is what patients usually call meaningful: {percent(found['value'])} had it{others}."
    )


def _adherence(kept: pl.DataFrame) -> str:
    found = cell(kept, "adherence_capped")
    if found.get("value") is None:
        return ""
    return f"On average patients did {percent(found['value'])} of the sessions prescribed to them."


def _model(contrasts: pl.DataFrame) -> str:
    if not contrasts.height:
        return (
            "What goes with less pain was not modelled: over all clinics there are too few patients for it."
        )
    return ""


def _untold(told: pl.DataFrame) -> str:
    questions = told.filter(pl.col("told") == "no")["question"].to_list()
    if not questions:
        return ""
    return (
        f"These exports cannot tell: {' '.join(questions)} The table of what can be told says what to export."
    )
