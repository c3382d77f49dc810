"""Can the model be trusted? How far clinics, patients and weeks lie apart, and whether evenly so."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import polars as pl

from analytics.exhibits.evenness import BENT, evenness, part_name, quantile_table, who
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, number, percent, spread, words
from analytics.exhibits.theme import BLUE, GREEN, GREY, PURPLE, VERMILLION, draw, faded, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

# log(1 + week) grows by ln 2 when the weeks double: a slope times this is points a doubling.
DOUBLED = math.log(2)
PERCENTS = (2, 10, 30, 50, 70, 90, 98)  # ticks of the figure: evenly spread enough to be read
LOOKS = (
    (BLUE, "solid"), (VERMILLION, "6px,4px"), (GREEN, "2px,3px"), (PURPLE, "9px,3px,2px,3px"),
    (GREY, "12px,4px"),
)  # fmt: skip


def components_table(components: pl.DataFrame) -> Exhibit:
    """One row is a standard deviation of clinics, patients or weeks (NPRS points), or a correlation."""
    slug, title = "components", tr("How far do clinics, patients and weeks lie apart?")
    if not components.height:
        return nothing(slug, title=title, why=_why())
    rows = [
        [
            f"{who(row['group'])}: {_in_words(row)}",
            DASH if row["sd"] is None else number(row["sd"], digits=2),
            DASH if row["low"] is None else spread(row["low"], row["high"], digits=2),
            DASH if row.get("share") is None else percent(row["share"]),
        ]
        for row in components.iter_rows(named=True)
    ]
    heads = [tr("What differs"), tr("SD or correlation"), tr("95 % interval"), tr("Share")]
    why = tr(
        "SD, standard deviation: two in three lie within one of their middle, nearly all within two. Share: "
        "of the variance that the model's terms leave. –: cannot be told, or is of another kind"
    )
    caption = tr("What differs beyond the model's terms")
    table = table_html(rows, headings=heads, caption=caption, note=why)
    return Exhibit(slug, title, summary=_apart(components), table=table, data=components)


def quantile_figure(quantiles: pl.DataFrame) -> Exhibit:
    """How far the percentiles of residuals and random effects lie from a normal curve's, in their own SDs.

    A normal QQ plot laid flat (van Buuren and Fredriks 2001, Stat Med 20:1259): 0 is what the model assumes.
    Bends hardly touch comparisons of many patients (McCulloch and Neuhaus 2011, Stat Sci 26:388).
    """
    slug, title = "normal-or-not", tr("Are the differences as even as the model assumes?")
    if not quantiles.height:
        return nothing(slug, title=title, why=_why())
    ordered = quantiles.with_columns(away=pl.col("observed") - pl.col("expected")).sort("of", "expected")
    parts = ordered.partition_by("of", maintain_order=True)
    most = max(2 * BENT, 1.1 * max(map(abs, ordered["away"])))
    zone = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -BENT, "y1": BENT, "layer": "below"}
    layout = {
        "xaxis": {"title": {"text": tr("Percentile")}, "ticktext": [f"{p}" for p in PERCENTS], "tickangle": 0,
                  "tickvals": [NormalDist().inv_cdf(p / 100) for p in PERCENTS]},
        "yaxis": {"range": [-most, most], "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1.5},
        "hovermode": "closest",
        "shapes": [zone | {"fillcolor": faded(GREY, 0.18), "line": {"width": 0}}],
        "annotations": [note(tr("Found less normal, in SDs"), x=0, y=1.02)],
    }  # fmt: skip
    return Exhibit(
        slug,
        title,
        summary=evenness(parts),
        figure=draw([_line(part, look) for part, look in zip(parts, LOOKS, strict=False)], layout),
        table=quantile_table(parts),
        data=ordered.drop("away"),
    )


def _why() -> str:
    return tr("Nothing is shown here: the model of all clinics was not fitted, or has too few patients.")


def _in_words(row: dict[str, Any]) -> str:
    """`level of pain differs by about 0.3 points`, `more pain at the start goes with a larger fall`."""
    sd, level = row["sd"], row["term"] == "intercept"
    if row["other"]:
        return _together(row)
    if sd is None or sd < 0.005:
        if level:
            return tr("no difference in level of pain can be told from chance")
        return tr("no difference in course over the weeks can be told from chance")
    if row["group"] == "residual":
        return tr("about {points} points around the patient's own course").format(points=number(sd))
    if level:
        return tr("level of pain differs by about {points} points").format(points=number(sd))
    return _course(row["term"], sd)


def _course(term: str, sd: float) -> str:
    """A slope in a unit that can be pictured."""
    if term == "log_week":
        doubled = tr("course over the weeks differs by about {points} points each time the weeks double")
        return doubled.format(points=number(sd * DOUBLED, digits=2))
    if term in ("week", "week_line"):
        weekly = tr("course over the weeks differs by about {points} points a week")
        return weekly.format(points=number(sd, digits=2))
    other = tr("course over the weeks differs by about {points} points a unit of {term}")
    return other.format(points=number(sd, digits=2), term=words(term))


def _together(row: dict[str, Any]) -> str:
    if row["low"] is None or row["low"] <= 0 <= row["high"]:
        return tr("level of pain and course have no clear link")
    if row["sd"] < 0:
        return tr("more pain at the start goes with a larger fall")
    return tr("more pain at the start goes with a smaller fall")


def _apart(components: pl.DataFrame) -> str:
    """The levels of pain and the weeks in one sentence."""
    levels = components.filter(pl.col("term") == "intercept", pl.col("other").is_null())
    said = [f"{who(row['group'])}: {_in_words(row)}." for row in levels.iter_rows(named=True)]
    return " ".join([*said, tr("This is what the model's terms do not account for.")])


def _line(part: pl.DataFrame, look: tuple[str, str]) -> dict[str, Any]:
    colour, dash = look
    return {
        "type": "scatter", "mode": "lines", "name": part_name(part), "hovertemplate": "%{y:.2f}",
        "x": part["expected"].to_list(), "y": part["away"].to_list(),
        "line": {"color": colour, "width": 2.5, "dash": dash},
    }  # fmt: skip
