"""Whether clinics, patients and weeks lie as evenly about their middle as a normal curve, in words."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import table_html
from analytics.exhibits.numbers import count, number
from analytics.vocabulary.language import tr

# Our choice: of a point or so of pain, a third is far less than the two points that patients call meaningful.
BENT = 1 / 3
# With fewer, the outermost percentiles scatter by as much as BENT by chance: sqrt(p (1 - p) / n) / density.
ENOUGH = 100


def who(group: str) -> str:
    """Whom a part of the model is about: its column in a reader's words."""
    return {
        "clinic_id": tr("Clinics"),
        "episode_id": tr("Patients"),
        "patient_id": tr("Patients"),
        "residual": tr("Weeks"),
    }.get(group, group)


def part_name(part: pl.DataFrame) -> str:
    """`Patients: level` of `episode_id intercept`; `Weeks` of the residual."""
    group, _, term = part["of"][0].partition(" ")
    if not term:
        return who(group)
    return f"{who(group)}: {tr('level') if term == 'intercept' else tr('course')}"


def quantile_table(parts: list[pl.DataFrame]) -> str:
    """One row is one part: how even it is, how many, and the outermost percentiles, normal and found."""
    rows = []
    for part in parts:
        ends = [part.row(at, named=True) for at in (0, -1)]
        both = (number(end[name], digits=2) for end in ends for name in ("expected", "observed"))
        rows.append([f"{part_name(part)}: {_bend(part)}", count(part["groups"][0]), *both])
    heads = [tr("What differs"), tr("How many"), tr("Low end, normal"), tr("Low end, found")]
    heads += [tr("High end, normal"), tr("High end, found")]
    caption = tr("Outermost percentiles shown, in standard deviations from the mean")
    return table_html(rows, headings=heads, caption=caption)


def evenness(parts: list[pl.DataFrame]) -> str:
    """What to look for, what is seen, and how much it matters."""
    said = [
        tr(
            "Look for a line that leaves the shaded zone, a third of a standard deviation (SD) about a "
            "normal curve."
        ),
        *(f"{part_name(part)}: {_bend(part)}." for part in parts),
    ]
    if not any(part["of"][0].startswith("clinic_id") for part in parts):
        said.append(tr("Clinics are too few to be drawn."))
    said.append(
        tr(
            "An end that reaches further out has more extremes than a normal curve. The comparisons on this "
            "page, of many patients each, hardly change with a bend."
        )
    )
    return " ".join(said)


def _bend(part: pl.DataFrame) -> str:
    """Whether the percentiles leave the zone, and which way at the ends."""
    if (part["groups"][0] or 0) < ENOUGH:
        return tr("too few to tell a bend from chance")
    if max(map(abs, part["away"])) <= BENT:
        return tr("no bend is seen")
    low, high = (by > 0 if abs(by) > BENT else None for by in (-part["away"][0], part["away"][-1]))
    return {
        (True, True): tr("both ends reach further out"),
        (False, False): tr("both ends stop short"),
        (True, False): tr("the low end reaches further out and the high end stops short"),
        (False, True): tr("the low end stops short and the high end reaches further out"),
        (True, None): tr("the low end reaches further out"),
        (False, None): tr("the low end stops short"),
        (None, True): tr("the high end reaches further out"),
        (None, False): tr("the high end stops short"),
        (None, None): tr("the middle leaves the zone"),
    }[low, high]
