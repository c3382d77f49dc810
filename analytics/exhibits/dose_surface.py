"""Pain reduction by pairs of adherence and load, as the model of all clinics has it."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.dose_curve import AXES, MIDDLE, NO_CURVE, cells_of, said, ticks
from analytics.exhibits.dose_response import CAUTION
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import MINUS, count, number, percent, spread
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, note
from analytics.vocabulary.results import Exhibit

TITLE = "Which pairs of adherence and load go with less pain?"
# More pain to less: both ends stand out on any page, no kind of colour vision takes one for the other.
SCALE = [[0.0, VERMILLION], [0.25, "#EAA06F"], [0.5, "#F0F0F0"], [0.75, "#7FB3D5"], [1.0, BLUE]]
HOVER = "%{x:.0%}, load %{y:.0f}: %{z:.2f} points (%{customdata})"


def dose_surface_figure(surface: pl.DataFrame) -> Exhibit:
    """A tile is one pair of adherence and load: points of pain reduction beyond the median patient's.

    Blue and + is clearly less pain, orange and − clearly more; no tile where few patients are.
    """
    slug, shown = "dose-surface", surface.filter(pl.col("estimate").is_not_null()).sort("adherence", "load")
    if not shown.height:
        return nothing(slug, title=TITLE, why=NO_CURVE.replace("curve", "surface"))
    layout = {
        "xaxis": {"title": {"text": AXES["adherence"]}, "showgrid": False, **ticks("adherence")},
        "yaxis": {"title": {"text": "Weekly load"}, "showgrid": False},
        "hovermode": "closest",
        "annotations": [note("Less or more pain, points", x=0, y=1.02)],
    }
    return Exhibit(
        slug,
        TITLE,
        summary=_summary(shown),
        figure=draw(_tiles(surface.sort("load", "adherence")), layout),
        table=_table(shown),
        data=surface.sort("load", "adherence"),
    )


def _tiles(surface: pl.DataFrame) -> list[dict[str, Any]]:
    """Grey beneath, so that a thin line rims every tile, a pale one too, on a light and on a dark page."""
    told_of = surface.with_columns(
        mark=pl.when(pl.col("low") > 0)
        .then(pl.lit("+"))
        .when(pl.col("high") < 0)
        .then(pl.lit(MINUS))
        .otherwise(pl.lit("")),
        seen=pl.when(pl.col("estimate").is_not_null()).then(1),
        interval=pl.Series([spread(*ends, digits=2) for ends in surface.select("low", "high").iter_rows()]),
    )
    lines = told_of.partition_by("load", maintain_order=True)
    z, mark, seen, interval = (
        [line[name].to_list() for line in lines] for name in ("estimate", "mark", "seen", "interval")
    )
    most = max(surface.select(pl.col("estimate").abs().max()).item(), 0.1)
    place = {"type": "heatmap", "x": lines[0]["adherence"].to_list(), "hoverongaps": False,
             "y": [line["load"][0] for line in lines]}  # fmt: skip
    rim = {"z": seen, "colorscale": [[0, GREY], [1, GREY]], "showscale": False, "hoverinfo": "skip"}
    tiles = {
        "z": z, "zmin": -most, "zmax": most, "colorscale": SCALE, "xgap": 1.5, "ygap": 1.5,
        "text": mark, "texttemplate": "%{text}", "textfont": {"size": 16}, "customdata": interval,
        "hovertemplate": HOVER, "name": "",
        "colorbar": {"thickness": 12, "outlinewidth": 0, "len": 1, "tickvals": [-most, 0, most],
                     "ticktext": [f"{number(most)} more", "0", f"{number(most)} less"]},
    }  # fmt: skip
    return [place | rim, place | tiles]


def _summary(shown: pl.DataFrame) -> str:
    """Best and worst supported pair in words, and what the tiles mean."""
    worst, best = (shown.sort("estimate", "adherence", "load").row(at, named=True) for at in (0, -1))
    ends = (f"At {_pair(row)}: {said(row)}." for row in (best, worst))
    return (
        f"{' '.join(ends)} Compared with {MIDDLE}. Blue with + is clearly less pain, orange with {MINUS} "
        f"clearly more; no sign, no clear difference; no tile, no or too few patients. The model adds the "
        f"two up and looks for no more than their sum. {CAUTION}"
    )


def _table(shown: pl.DataFrame) -> str:
    rows = [[_pair(row), *cells_of(row), count(row["patients"])] for row in shown.iter_rows(named=True)]
    heads = ["Adherence and weekly load", "Less pain, points", "95 % interval", "Patients"]
    return table_html(rows, headings=heads, caption=f"Pain reduction beyond that of {MIDDLE}, NPRS points")


def _pair(row: dict[str, Any]) -> str:
    return f"{percent(row['adherence'])} of the plan and a load of {number(row['load'], digits=0)}"
