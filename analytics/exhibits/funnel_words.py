"""What a funnel says, in whole sentences: who is outside, and how many would be by chance alone."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.comparison import gap_said
from analytics.exhibits.numbers import count, number
from analytics.vocabulary.language import tr

WIDENED = "tau"


def funnel_summary(dots: pl.DataFrame, comparison: dict[str, Any], *, alone: bool) -> str:
    """`alone`: on the page of one clinic, whose dot is the only one."""
    first = _one(dots.row(0, named=True)) if alone else _all(dots, comparison)
    parts = [
        first,
        tr("The fewer patients, the more chance moves a result, so the limits are wider on the left."),
        _wider(comparison),
        tr("Each clinic is judged by limits of its own; they may differ a little from the lines drawn."),
    ]
    return " ".join(filter(None, parts))


def _one(row: dict[str, Any]) -> str:
    said = {
        "better than expected": tr(
            "{difference} against what was expected: above the limits of chance, so better than expected."
        ),
        "worse than expected": tr(
            "{difference} against what was expected: below the limits of chance, so worse than expected."
        ),
    }
    within = tr(
        "{difference} against what was expected: within the limits of chance, so no clear difference."
    )
    first = said.get(row["signal"], within).format(difference=gap_said(row["difference"], row["measure"]))
    chance = tr(
        "Of 1,000 clinics that are just as expected, about 50 would be outside the dashed lines and 2 "
        "outside the solid ones by chance alone."
    )
    far = tr("It is beyond the outer limits too, where chance alone hardly ever takes a clinic.")
    return " ".join(filter(None, [first, far if row["flag"] == "outside 99.8 %" else "", chance]))


def _all(dots: pl.DataFrame, comparison: dict[str, Any]) -> str:
    outside = dots.filter(pl.col("flag") != "").height
    far = dots.filter(pl.col("flag") == "outside 99.8 %").height
    return tr(
        "Clinics compared: {clinics}. Outside the dashed lines: {outside}; if all were just as expected, "
        "chance alone would put about {chance} there. Outside the solid lines: {far}; by chance about {rare}."
    ).format(
        clinics=count(comparison["clinics"]), outside=count(outside), far=count(far),
        chance=number(comparison["expected_false_95"]),
        rare=number(comparison["expected_false_998"], digits=2),
    )  # fmt: skip


def _wider(comparison: dict[str, Any]) -> str:
    if not comparison[WIDENED]:
        return ""
    return tr(
        "These clinics differ from each other by more than chance and their patients explain. The limits are "
        "wider for it: a clinic outside them stands out even among clinics that differ."
    )
