"""Can the model be trusted? How far clinics, patients and weeks lie apart, and whether evenly so."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, number, percent, spread
from analytics.exhibits.theme import BLUE, GREEN, GREY, PURPLE, VERMILLION, draw, faded, note
from analytics.vocabulary.results import Exhibit

NOT_FITTED = "Nothing is shown here: the model of all clinics was not fitted, or has too few patients."
GROUPS = {"clinic_id": "Clinics", "episode_id": "Patients", "patient_id": "Patients", "residual": "Weeks"}
# A slope's unit in words, and how much of it that is: log(1 + week) grows by ln 2 when the weeks double.
STEPS = {
    "log_week": (math.log(2), "each time the weeks double"),
    "week_line": (1.0, "a week"),
    "week": (1.0, "a week"),
}
# Our choice: of a point or so of pain, a third is far less than the two points that patients call meaningful.
BENT = 1 / 3
# With fewer, the outermost percentiles scatter by as much as BENT by chance: sqrt(p (1 - p) / n) / density.
ENOUGH = 100
PERCENTS = (2, 10, 30, 50, 70, 90, 98)
LOOKS = (
    (BLUE, "solid"), (VERMILLION, "6px,4px"), (GREEN, "2px,3px"), (PURPLE, "9px,3px,2px,3px"),
    (GREY, "12px,4px"),
)  # fmt: skip


def components_table(components: pl.DataFrame) -> Exhibit:
    """One row is a standard deviation of clinics, patients or weeks (NPRS points), or a correlation."""
    slug, title = "components", "How far do clinics, patients and weeks lie apart?"
    if not components.height:
        return nothing(slug, title=title, why=NOT_FITTED)
    rows = [
        [
            f"{_who(row['group'])}: {_in_words(row)}",
            DASH if row["sd"] is None else number(row["sd"], digits=2),
            DASH if row["low"] is None else spread(row["low"], row["high"], digits=2),
            DASH if row.get("share") is None else percent(row["share"]),
        ]
        for row in components.iter_rows(named=True)
    ]
    heads = ["What differs", "SD or correlation", "95 % interval", "Share"]
    why = (
        "SD, standard deviation: two in three lie within one of their middle, nearly all within two. Share: "
        "of the variance that the model's terms leave. –: cannot be told, or is of another kind"
    )
    table = table_html(rows, headings=heads, caption="What differs beyond the model's terms", note=why)
    return Exhibit(slug, title, summary=_apart(components), table=table, data=components)


def quantile_figure(quantiles: pl.DataFrame) -> Exhibit:
    """How far the percentiles of residuals and random effects lie from a normal curve's, in their own SDs.

    A normal QQ plot laid flat (van Buuren and Fredriks 2001, Stat Med 20:1259): 0 is what the model assumes.
    Bends hardly touch comparisons of many patients (McCulloch and Neuhaus 2011, Stat Sci 26:388).
    """
    slug, title = "normal-or-not", "Are the differences as even as the model assumes?"
    if not quantiles.height:
        return nothing(slug, title=title, why=NOT_FITTED)
    ordered = quantiles.with_columns(away=pl.col("observed") - pl.col("expected")).sort("of", "expected")
    parts = ordered.partition_by("of", maintain_order=True)
    most = max(2 * BENT, 1.1 * max(map(abs, ordered["away"])))
    zone = {"type": "rect", "xref": "paper", "x0": 0, "x1": 1, "y0": -BENT, "y1": BENT, "layer": "below"}
    layout = {
        "xaxis": {"title": {"text": "Percentile"}, "ticktext": [f"{p}" for p in PERCENTS], "tickangle": 0,
                  "tickvals": [NormalDist().inv_cdf(p / 100) for p in PERCENTS]},
        "yaxis": {"range": [-most, most], "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1.5},
        "hovermode": "closest",
        "shapes": [zone | {"fillcolor": faded(GREY, 0.18), "line": {"width": 0}}],
        "annotations": [note("Found less normal, in SDs", x=0, y=1.02)],
    }  # fmt: skip
    return Exhibit(
        slug,
        title,
        summary=_evenness(parts),
        figure=draw([_line(part, look) for part, look in zip(parts, LOOKS, strict=False)], layout),
        table=_quantile_table(parts),
        data=ordered.drop("away"),
    )


def _who(group: str) -> str:
    return GROUPS.get(group, group)


def _in_words(row: dict[str, Any]) -> str:
    """`level of pain differs by about 0.3 points`, `more pain at the start goes with a larger fall`."""
    sd = row["sd"]
    if row["other"]:
        return _together(row)
    what = "level of pain" if row["term"] == "intercept" else "course over the weeks"
    if sd is None or sd < 0.005:
        return f"no difference in {what} can be told from chance"
    if row["group"] == "residual":
        return f"about {number(sd)} points around the patient's own course"
    if row["term"] == "intercept":
        return f"{what} differs by about {number(sd)} points"
    size, step = STEPS.get(row["term"], (1.0, f"a unit of {row['term']}"))
    return f"{what} differs by about {number(sd * size, digits=2)} points {step}"


def _together(row: dict[str, Any]) -> str:
    if row["low"] is None or row["low"] <= 0 <= row["high"]:
        return "level of pain and course have no clear link"
    return f"more pain at the start goes with a {'larger' if row['sd'] < 0 else 'smaller'} fall"


def _apart(components: pl.DataFrame) -> str:
    """The levels of pain and the weeks in one sentence."""
    levels = components.filter(pl.col("term") == "intercept", pl.col("other").is_null())
    said = " ".join(f"{_who(row['group'])}: {_in_words(row)}." for row in levels.iter_rows(named=True))
    return f"{said} This is what the model's terms do not account for."


def _line(part: pl.DataFrame, look: tuple[str, str]) -> dict[str, Any]:
    colour, dash = look
    return {
        "type": "scatter", "mode": "lines", "name": _name(part), "hovertemplate": "%{y:.2f}",
        "x": part["expected"].to_list(), "y": part["away"].to_list(),
        "line": {"color": colour, "width": 2.5, "dash": dash},
    }  # fmt: skip


def _name(part: pl.DataFrame) -> str:
    """`Patients: level` of `episode_id intercept`; `Weeks` of the residual."""
    group, _, term = part["of"][0].partition(" ")
    what = "" if not term else ": level" if term == "intercept" else ": course"
    return f"{_who(group)}{what}"


def _quantile_table(parts: list[pl.DataFrame]) -> str:
    rows = []
    for part in parts:
        ends = [part.row(at, named=True) for at in (0, -1)]
        both = (number(end[name], digits=2) for end in ends for name in ("expected", "observed"))
        rows.append([f"{_name(part)}: {_bend(part)}", count(part["groups"][0]), *both])
    heads = [f"{end} end, {what}" for end in ("Low", "High") for what in ("normal", "found")]
    caption = "Outermost percentiles shown, in standard deviations from the mean"
    return table_html(rows, headings=["What differs", "How many", *heads], caption=caption)


def _evenness(parts: list[pl.DataFrame]) -> str:
    seen = " ".join(f"{_name(part)}: {_bend(part)}." for part in parts)
    if not any(part["of"][0].startswith("clinic_id") for part in parts):
        seen += " Clinics are too few to be drawn."
    return (
        "Look for a line that leaves the shaded zone, a third of a standard deviation (SD) about a normal "
        f"curve. {seen} An end that reaches further out has more extremes than a normal curve. The "
        "comparisons on this page, of many patients each, hardly change with a bend."
    )


def _bend(part: pl.DataFrame) -> str:
    """Whether the percentiles leave the zone, and which way at the ends."""
    if (part["groups"][0] or 0) < ENOUGH:
        return "too few to tell a bend from chance"
    if max(map(abs, part["away"])) <= BENT:
        return "no bend is seen"
    ends = {"low": -part["away"][0], "high": part["away"][-1]}
    out = {end: by > 0 for end, by in ends.items() if abs(by) > BENT}
    if list(out.values()) in ([True, True], [False, False]):
        return f"both ends {'reach further out' if out['low'] else 'stop short'}"
    said = (f"the {end} end {'reaches further out' if far else 'stops short'}" for end, far in out.items())
    return " and ".join(said) or "the middle leaves the zone"
