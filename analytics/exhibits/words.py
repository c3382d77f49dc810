"""The report's first lines: what happened, against what could be expected, and what cannot be told."""

from __future__ import annotations

from datetime import date

import polars as pl

from analytics.exhibits.comparison import apart
from analytics.exhibits.markup import paragraphs
from analytics.exhibits.numbers import count, number, percent
from analytics.exhibits.outcome import meaningful, own_row
from analytics.exhibits.selection import cell, sides
from analytics.vocabulary.language import long_date, tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.signals import BETTER, WORSE
from analytics.vocabulary.study import ClinicRelease

ID = "headline"


def headline(release: ClinicRelease) -> Exhibit:
    """Plain sentences with their uncertainty: the first how pain went, the last what cannot be told."""
    own, network = sides(release.cells, subject="outcome")
    first = [_change(own, release), _expected(release)]
    more = [
        _held(release),
        _of_whom(own),
        *_elsewhere(release),
        _responders(own, network),
        _adherence(release.cells),
        _model(release.contrasts),
        _untold(release.told),
    ]
    lead = " ".join(filter(None, first))
    return Exhibit(ID, tr("In short"), summary=lead, body=paragraphs(filter(None, more), kind="headline"))


def _change(own: pl.DataFrame, release: ClinicRelease) -> str:
    found = cell(own, "pain_reduction")
    if not found or found["patients"] == 0:
        return tr("How pain changed cannot be told: no patient rated pain at the start and in a later week.")
    if found["patients"] is None:
        least = release.facts.get("disclosure", {}).get("min_patients", 8)
        few = tr("Fewer than {least} patients rated pain at the start and in a later week: not shown.")
        return few.format(least=least)
    points, low, high = found["value"], found["low"], found["high"]
    if low is None or high is None:
        told = tr("About {points} points less pain by week {weeks}; how sure that is cannot be told.")
    elif low <= 0 <= high:
        told = tr(
            "No clear change in pain by week {weeks}: between {more} points more and {less} points less."
        )
    elif points > 0:
        told = tr("About {points} points less pain by week {weeks}, between {low} and {high}.")
    else:
        told = tr("About {points} points more pain by week {weeks}, between {low} and {high}.")
    near, far = sorted((abs(low or 0.0), abs(high or 0.0)))
    weeks = release.facts.get("horizon_weeks", 12)
    ends = {"low": number(near), "high": number(far), "more": number(-(low or 0.0)), "less": number(high)}
    return told.format(points=number(abs(points)), weeks=weeks, **ends)


def _expected(release: ClinicRelease) -> str:
    """Only a page of one clinic is set beside the others."""
    row = own_row(release.benchmark)
    if not row:
        return ""
    if row["expected"] is None or row["difference"] is None:
        return tr("There is not enough data to set this clinic beside the others.")
    said = {
        BETTER: tr("Expected for these patients: {expected}. That is better than expected."),
        WORSE: tr("Expected for these patients: {expected}. That is worse than expected."),
    }
    unclear = tr("Expected for these patients: {expected}. That is no clear difference.")
    return said.get(row["signal"], unclear).format(expected=number(row["expected"]))


def _elsewhere(release: ClinicRelease) -> list[str]:
    """What else than pain is apart from expectation, on a page of one clinic."""
    if not own_row(release.benchmark):
        return []
    return apart(release.benchmark.filter(pl.col("measure") != "pain_reduction"))


def _held(release: ClinicRelease) -> str:
    """From which day the numbers are, where they wait for more patients."""
    held = release.renewed.filter("held") if release.renewed.height else release.renewed
    if held.height != 1:
        return ""
    day = date.fromisoformat(held["as_of"].item())
    least = release.facts.get("disclosure", {}).get("min_patients", 8)
    return tr(
        "The numbers are those of {day}: since then fewer than {least} patients have something new, and they "
        "could be told from the difference. They are renewed when more have."
    ).format(day=long_date(day), least=least)


def _of_whom(own: pl.DataFrame) -> str:
    found = cell(own, "pain_reduction")
    if not found.get("patients"):
        return ""
    return tr(
        "This is of about {patients} patients, from the pain they wrote down before they exercised, on a "
        "scale from 0 to 10. “Between” gives the range that holds the true value with 95 % confidence."
    ).format(patients=count(found["patients"]))


def _responders(own: pl.DataFrame, network: pl.DataFrame) -> str:
    group, cut = meaningful(own)
    share = cell(own, "responder", group=group).get("value")
    if share is None:
        return ""
    beside = cell(network, "responder", group=group).get("value")
    if beside is None:
        told = tr("{share} of the patients had a fall of {cut}, which patients usually call meaningful.")
        return told.format(share=percent(share), cut=cut)
    return tr(
        "{share} of the patients had a fall of {cut}, which patients usually call meaningful; over all "
        "clinics {beside} had."
    ).format(share=percent(share), cut=cut, beside=percent(beside))


def _adherence(cells: pl.DataFrame) -> str:
    own, network = sides(cells, subject="adherence", measure="adherence_capped")
    share, beside = (cell(side, "adherence_capped").get("value") for side in (own, network))
    if share is None:
        return ""
    if beside is None:
        return tr("On average patients did {share} of the sessions prescribed to them.").format(
            share=percent(share)
        )
    return tr(
        "On average patients did {share} of the sessions prescribed to them; over all clinics {beside}."
    ).format(share=percent(share), beside=percent(beside))


def _model(contrasts: pl.DataFrame) -> str:
    if contrasts.height:
        return ""
    return tr(
        "What goes with less pain was not modelled: over all clinics there are too few patients for it."
    )


def _untold(told: pl.DataFrame) -> str:
    questions = told.filter(pl.col("told") == "no")["question"].to_list()
    if not questions:
        return ""
    return tr(
        "These exports cannot tell: {questions} The table of what can be told says what to export."
    ).format(questions=" ".join(tr(question) for question in questions))
