"""Pain reduction by pairs of adherence and load, as the model of all clinics has it."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.dose_curve import axis, beyond_the_middle, cells_of, said, ticks
from analytics.exhibits.dose_response import caution
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import MINUS, count, number, percent, spread
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

# More pain to less: both ends stand out on any page, no kind of colour vision takes one for the other.
SCALE = [[0.0, VERMILLION], [0.25, "#EAA06F"], [0.5, "#F0F0F0"], [0.75, "#7FB3D5"], [1.0, BLUE]]


def dose_surface_figure(surface: pl.DataFrame) -> Exhibit:
    """A tile is one pair of adherence and load: points of pain reduction beyond the median patient's.

    Blue and + is clearly less pain, orange and − clearly more; no tile where few patients are.
    """
    title = tr("Which pairs of adherence and load go with less pain?")
    slug, shown = "dose-surface", surface.filter(pl.col("estimate").is_not_null()).sort("adherence", "load")
    if not shown.height:
        return nothing(slug, title=title, why=_why())
    layout = {
        "xaxis": {"title": {"text": axis("adherence")}, "showgrid": False, **ticks("adherence")},
        "yaxis": {"title": {"text": tr("Weekly load")}, "showgrid": False},
        "hovermode": "closest",
        "annotations": [note(tr("Less or more pain, points"), x=0, y=1.02)],
    }
    return Exhibit(
        slug,
        title,
        summary=_summary(shown),
        figure=draw(_tiles(surface.sort("load", "adherence")), layout),
        table=_table(shown),
        data=surface.sort("load", "adherence"),
    )


def _why() -> str:
    return tr(
        "No surface is shown: the model of all clinics was not fitted, or has too few patients at every part "
        "of it."
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
        "hovertemplate": tr("%{x:.0%}, load %{y:.0f}: %{z:.2f} points (%{customdata})"), "name": "",
        "colorbar": {"thickness": 12, "outlinewidth": 0, "len": 1, **_ends(most)},
    }  # fmt: skip
    return [place | rim, place | tiles]


def _ends(most: float) -> dict[str, Any]:
    """The ticks of the colour bar, in words."""
    more, less = (text.format(points=number(most)) for text in (tr("{points} more"), tr("{points} less")))
    return {"tickvals": [-most, 0, most], "ticktext": [more, "0", less]}


def _summary(shown: pl.DataFrame) -> str:
    """Best and worst supported pair in words, and what the tiles mean."""
    worst, best = (shown.sort("estimate", "adherence", "load").row(at, named=True) for at in (0, -1))
    at = tr("At {share} of the plan and a load of {load}: {said}.")
    ends = [at.format(said=said(row), **_pair(row)) for row in (best, worst)]
    tiles = tr(
        "Compared with the patient in the middle. Blue with + is clearly less pain, orange with {minus} "
        "clearly more; no sign, no clear difference; no tile, no or too few patients. The model adds the two "
        "up and looks for no more than their sum."
    )
    return " ".join([*ends, tiles.format(minus=MINUS), caution()])


def _table(shown: pl.DataFrame) -> str:
    pair = tr("{share} of the plan and a load of {load}")
    rows = [
        [pair.format(**_pair(row)), *cells_of(row), count(row["patients"])]
        for row in shown.iter_rows(named=True)
    ]
    heads = [tr("Adherence and weekly load"), tr("Less pain, points"), tr("95 % interval"), tr("Patients")]
    return table_html(rows, headings=heads, caption=beyond_the_middle())


def _pair(row: dict[str, Any]) -> dict[str, str]:
    return {"share": percent(row["adherence"]), "load": number(row["load"], digits=0)}
