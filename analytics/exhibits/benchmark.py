"""Each clinic beside what its patients let expect: by name, never by rank."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.comparison import apart, gap, gap_range, level, measure_name, rank_words
from analytics.exhibits.icons import icon, icon_with_words
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, from_to
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.signals import TOO_LITTLE

PAIN = "pain_reduction"
Row = dict[str, Any]


def clinics_table(benchmark: pl.DataFrame, clinics: pl.DataFrame) -> Exhibit:
    """One row is one clinic: fall in pain (NPRS points), observed, expected; then signs of other measures.

    In the order of names. It names clinics, so it is for pages about all of them.
    """
    slug, title = "clinics", tr("How did each clinic do, beside what its patients let expect?")
    if not clinics.height:
        return nothing(slug, title=title, why=tr("There is no clinic in this study."))
    ordered = by_name(clinics)
    found = {(row["clinic_id"], row["measure"]): row for row in benchmark.iter_rows(named=True)}
    rows = []
    for clinic, name in ordered.iter_rows():
        own = found.get((clinic, PAIN), {"patients": 0})
        rows.append([name, count(own["patients"]), *_numbers(own, PAIN), _signed(own)])
    heads = [tr("Clinic"), tr("Patients"), tr("Fall in pain"), tr("Expected"), tr("Difference"),
             tr("95 % interval"), tr("In words")]  # fmt: skip
    note = tr("In the order of their names, never of their results")
    table = table_html(rows, headings=heads, caption=tr("Fall in pain by clinic, points"), note=note)
    others = [name for name in compared_measures(benchmark) if name != PAIN]
    compared = sum(
        found.get((clinic, PAIN), {}).get("expected") is not None for clinic in ordered["clinic_id"]
    )
    summary = tr(
        "Clinics with enough data to be compared: {compared} of {clinics}. “Expected” is what patients like "
        "theirs had over all clinics: with the same pain at the start, phase, risk, age and surgery. Where "
        "the interval of the difference holds 0, chance alone may have made it."
    ).format(compared=compared, clinics=ordered.height)
    data = ordered.join(benchmark, on="clinic_id", how="left", maintain_order="left")
    table += _signs(ordered, found, others) if others else ""
    return Exhibit(slug, title, summary=summary, table=table, data=data)


def _signs(ordered: pl.DataFrame, found: dict[tuple[str, str], Row], measures: list[str]) -> str:
    """One row is one clinic, a sign for each measure beside pain."""
    rows = [
        [name, *(icon(found.get((clinic, other), {}).get("signal", TOO_LITTLE)) for other in measures)]
        for clinic, name in ordered.iter_rows()
    ]
    heads = [tr("Clinic"), *(measure_name(other) for other in measures)]
    return table_html(rows, headings=heads, caption=tr("The same for what else was measured"))


def standing_table(benchmark: pl.DataFrame, *, name: str) -> Exhibit:
    """One row is one measure of one clinic: observed, expected, their difference with its interval, in words.

    Raises ValueError for rows of several clinics: no page of one shows another's.
    """
    slug, title = "standing", tr("Is that better or worse than could be expected?")
    if benchmark["clinic_id"].n_unique() > 1:
        raise ValueError("This table shows one clinic, not several.")
    told = benchmark.filter(pl.col("patients").is_not_null())
    if not told.height:
        why = tr("Too few patients can be compared to say what could be expected of them.")
        return nothing(slug, title=title, why=why)
    rows = [
        [measure_name(row["measure"]), count(row["patients"]), *_numbers(row, row["measure"]), _signed(row)]
        for row in benchmark.iter_rows(named=True)
    ]
    heads = [tr("Measure"), tr("Patients"), tr("Observed"), tr("Expected"), tr("Difference"),
             tr("95 % interval"), tr("In words")]  # fmt: skip
    caption = tr("Observed and expected: {name}").format(name=name)
    note = tr("Higher is better in every row; differences of percentages are in percentage points")
    table = table_html(rows, headings=heads, caption=caption, note=note)
    return Exhibit(slug, title, summary=_standing(told), table=table, data=benchmark)


def _standing(told: pl.DataFrame) -> str:
    """Which measures are apart from expectation, in a sentence each; then what expectation is."""
    parts = [
        *(apart(told) or [tr("Nothing is clearly better or worse than expected.")]),
        tr(
            "“Expected” is what patients like these had over all clinics. How well they kept their plan is "
            "not part of it, since a clinic can change that."
        ),
    ]
    return " ".join(parts)


def comparison_details(benchmark: pl.DataFrame, clinics: pl.DataFrame) -> Exhibit:
    """One row is one clinic and measure: adjusted, drawn in towards the mean, and how unsure any order is."""
    slug, title = "comparison-details", tr("How sure is any order of the clinics?")
    told = benchmark.filter(pl.col("expected").is_not_null())
    if not told.height:
        return nothing(slug, title=title, why=tr("No clinic has enough data to be compared."))
    sizes = dict(told.group_by("measure").len().iter_rows())
    ordered = by_name(clinics).join(told, on="clinic_id", maintain_order="left")
    rows = [
        [row["clinic_name"], measure_name(measure := row["measure"]), _with(row, "adjusted", measure),
         *_drawn_in(row, measure),
         rank_words(row, sizes[measure])]
        for row in ordered.iter_rows(named=True)
    ]  # fmt: skip
    heads = [tr("Clinic"), tr("Measure"), tr("Adjusted for its patients"), tr("Difference without chance"),
             tr("95 % interval"), tr("Place among all, if there were one")]  # fmt: skip
    summary = tr(
        "The differences are drawn in towards 0 by the part that is probably chance. The places are so "
        "uncertain that a list in their order would mislead; there is none in these reports."
    )
    table = table_html(rows, headings=heads, caption=tr("The comparison in detail"))
    return Exhibit(slug, title, summary=summary, table=table, data=ordered)


def by_name(clinics: pl.DataFrame) -> pl.DataFrame:
    """clinic_id and clinic_name in the order of names; the id where there is no name."""
    named = clinics.select("clinic_id", pl.col("clinic_name").fill_null(pl.col("clinic_id")))
    return named.sort(pl.col("clinic_name").str.to_lowercase(), "clinic_id", maintain_order=True)


def compared_measures(benchmark: pl.DataFrame) -> list[str]:
    """The measures by which any clinic could be compared, in the order of the frame."""
    told = benchmark.filter(pl.col("signal") != TOO_LITTLE)
    return told["measure"].unique(maintain_order=True).to_list()


def _numbers(row: Row, measure: str) -> list[str]:
    """Observed, expected, difference, its interval; dashes where there is not enough data."""
    texts = {
        "observed": lambda: level(row["observed"], measure),
        "expected": lambda: level(row["expected"], measure),
        "difference": lambda: gap(row["difference"], measure),
        "difference_low": lambda: gap_range(row["difference_low"], row["difference_high"], measure),
    }
    return [DASH if row.get(name) is None else write() for name, write in texts.items()]


def _signed(row: Row) -> str:
    return icon_with_words(row.get("signal") or TOO_LITTLE)


def _drawn_in(row: Row, measure: str) -> list[str]:
    if row["shrunken"] is None:
        return [DASH, DASH]
    interval = gap_range(row["shrunken_low"], row["shrunken_high"], measure)
    return [gap(row["shrunken"], measure), interval]


def _with(row: Row, name: str, measure: str) -> str:
    low, high = (level(row[f"{name}_{end}"], measure) for end in ("low", "high"))
    return f"{level(row[name], measure)} ({from_to(low, high)})"
