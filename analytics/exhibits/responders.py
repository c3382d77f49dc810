"""How many patients improved by at least so much: the whole curve, not one cut."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.lines import NETWORK_LINE, OWN, share_line
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, number, percent
from analytics.exhibits.selection import all_clinics, both, sides
from analytics.exhibits.theme import GREY, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.scales import SCALES

ID = "responder-curve"
CUT = SCALES["NPRS"].meaningful_change or 2.0


def responder_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Share of patients whose pain fell by at least each number of NPRS points (Farrar 2006's curve)."""
    title = tr("How many patients improved by at least so much?")
    own, network = (_by_threshold(side) for side in sides(cells, subject="responders", measure="at_least"))
    if not own["value"].count():
        return nothing(ID, title=title, why=_why(own))
    mark = {"type": "line", "x0": CUT, "x1": CUT, "yref": "paper", "y0": 0, "y1": 1, "layer": "below",
            "line": {"color": GREY, "width": 1, "dash": "dot"}}  # fmt: skip
    layout = {
        "xaxis": {"title": {"text": tr("Fall in pain of at least … points")}, "dtick": 1},
        "yaxis": {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25},
        "shapes": [mark],
        "annotations": [
            note(tr("Share of patients"), x=0, y=1.02),
            note(tr("2 points:<br>usually meaningful"), x=0, y=0.86) | {"xref": "x", "x": CUT, "xshift": 6},
        ],
    }
    lines = (
        [share_line(network, along="points", name=all_clinics(), look=NETWORK_LINE)]
        if network["value"].count()
        else []
    )
    return Exhibit(
        ID,
        title,
        summary=_summary(own, network, name=name),
        figure=draw([*lines, share_line(own, along="points", name=name, look=OWN)], layout),
        table=_table(own, network, name=name),
        data=both(own, network).drop("points"),
    )


def _by_threshold(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_columns(points=pl.col("group").cast(pl.Float64)).sort("points")


def _table(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    caption = tr("Patients whose pain fell by at least so many points: {name}").format(name=name)
    beside = dict(network.select("points", "value").iter_rows())
    rows = [
        [
            tr("{points} points").format(points=number(row["points"])),
            percent(row["value"]),
            count(row["patients"]),
            *([percent(beside.get(row["points"]))] if beside else []),
        ]
        for row in own.iter_rows(named=True)
    ]
    heads = [tr("Fall of at least"), tr("Share"), tr("Patients")]
    more = [all_clinics()] if beside else []
    return table_html(rows, headings=[*heads, *more], caption=caption)


def _summary(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    at = [(name, own), *([(all_clinics(), network)] if network.height else [])]
    shares = ", ".join(f"{who} {_at_cut(frame)}" for who, frame in at)
    return tr(
        "Pain fell by at least {points} points in: {shares}. "
        "The whole curve is drawn because one cut hides how far from it patients were."
    ).format(points=number(CUT, digits=0), shares=shares)


def _at_cut(frame: pl.DataFrame) -> str:
    found = frame.filter(pl.col("points") == CUT)["value"]
    return percent(found.item() if found.len() else None)


def _why(own: pl.DataFrame) -> str:
    if own["patients"].null_count():
        return tr("The curve is not shown: too few patients have pain at the start and later.")
    return tr("No patient has pain at the start and in a later week, so no change in pain can be told.")
