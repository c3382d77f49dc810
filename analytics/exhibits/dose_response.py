"""Pain reduction beside adherence and load, as observed: a picture of an association."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.lines import NETWORK_LINE, OWN
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import estimate, words
from analytics.exhibits.selection import all_clinics, both, sides
from analytics.exhibits.theme import GREY, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "dose-picture"
ADHERENCE = ("0-49 %", "50-79 %", "80-100 %")
LOADS = {"lower third": "diamond", "middle third": "square", "upper third": "circle"}


def caution() -> str:
    """What every picture of dose and outcome has to say."""
    return tr(
        "Patients who feel better may also train more: this shows what goes together, not what causes what."
    )


def dose_picture(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Mean pain reduction (NPRS points, above 0 is better) by adherence band, a mark a third of load.

    A clinic's nine groups are often too small to be shown; the network's stand beside them.
    """
    title = tr("Did pain fall more where more of the plan was kept?")
    own, network = (_split(side) for side in sides(cells, subject="dose", measure="pain_reduction"))
    if not own["value"].count() and not network["value"].count():
        return nothing(ID, title=title, why=_why(own))
    layout = {
        "xaxis": {
            "title": {"text": tr("Share of prescribed sessions done")}, "range": [-0.5, 2.5],
            "tickvals": [0, 1, 2], "ticktext": [tr("under 50 %"), "50–79 %", tr("80 % or more")],
        },
        "yaxis": {
            "rangemode": "tozero", "zeroline": True, "zerolinecolor": GREY, "zerolinewidth": 1, "nticks": 6,
        },
        "hovermode": "closest",
        "legend": {"traceorder": "normal"},
        "annotations": [note(tr("Mean fall in pain, points, by weekly load"), x=0, y=1.02)],
    }  # fmt: skip
    caption = tr("Mean fall in pain, NPRS points (95 % interval): {name}").format(name=name)
    beside = _table(network, caption=tr("The same: all clinics")) if network.height else ""
    return Exhibit(
        ID,
        title,
        summary=_summary(own, network, name=name),
        figure=draw([*_traces(network, look=NETWORK_LINE), *_traces(own, look=OWN)], layout),
        table=_table(own, caption=caption) + beside,
        data=both(own, network).drop("band", "third"),
    )


def _split(frame: pl.DataFrame) -> pl.DataFrame:
    part = pl.col("group").str.split("|").list
    return frame.with_columns(band=part.first(), third=part.last())


def _traces(frame: pl.DataFrame, *, look: dict[str, Any]) -> list[dict[str, Any]]:
    """One trace a third of load: shape and place tell the load, colour the side."""
    own = look is OWN
    shapes = [
        _marks(frame, third=third, at=0.22 * (place - 1) + (0.04 if own else -0.04), colour=look["colour"])
        | {"showlegend": own, "name": words(third) if own else all_clinics()}
        for place, third in enumerate(LOADS)
    ]
    if not own and frame.height:
        shapes[1]["showlegend"] = True
    return shapes


def _marks(frame: pl.DataFrame, *, third: str, at: float, colour: str) -> dict[str, Any]:
    place = pl.col("band").replace_strict({band: x for x, band in enumerate(ADHERENCE)}, default=None)
    mine = frame.filter(pl.col("third") == third, pl.col("value").is_not_null()).with_columns(
        x=place + at, up=pl.col("high") - pl.col("value"), down=pl.col("value") - pl.col("low")
    )
    bar = {
        "type": "data", "symmetric": False,
        "array": mine["up"].to_list(), "arrayminus": mine["down"].to_list(),
        "color": colour, "thickness": 1.5, "width": 0,
    }  # fmt: skip
    return {
        "type": "scatter", "mode": "markers", "error_y": bar, "hovertemplate": tr("%{y:.1f} points"),
        # the empty point keeps a shape in the legend when none of its groups is shown
        "x": [*mine["x"].to_list(), None], "y": [*mine["value"].to_list(), None],
        "marker": {"color": colour, "size": 9, "symbol": LOADS[third]},
    }  # fmt: skip


def _table(frame: pl.DataFrame, *, caption: str) -> str:
    found = {(row["band"], row["third"]): row for row in frame.iter_rows(named=True)}
    rows = [[band, *(_written(found.get((band, third))) for third in LOADS)] for band in ADHERENCE]
    heads = [tr("Adherence"), *(tr("Load: {third}").format(third=words(third)) for third in LOADS)]
    return table_html(rows, headings=heads, caption=caption)


def _written(row: dict[str, Any] | None) -> str:
    return tr("no patients") if row is None or row["patients"] == 0 else estimate(row)


def _summary(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    seen, who = (network, all_clinics()) if network["value"].count() else (own, name)
    parts = [_ends(seen, who=who)]
    if network.height:
        parts.append(tr("In each pair: left, grey, all clinics; right, blue, {name}.").format(name=name))
    if hidden := own["patients"].null_count():
        unseen = tr("{name}: {hidden} of nine groups not shown, too few patients.")
        parts.append(unseen.format(name=name, hidden=hidden))
    return " ".join([*parts, caution()])


def _ends(seen: pl.DataFrame, *, who: str) -> str:
    """The lowest and the highest band of adherence at one load, where both are shown."""
    shown = seen.filter(pl.col("value").is_not_null())
    found = {row["group"]: row for row in shown.iter_rows(named=True)}
    for third in ("middle third", "upper third", "lower third"):
        low, high = (found.get(f"{ADHERENCE[at]}|{third}") for at in (0, -1))
        if low and high:
            return tr(
                "{who}, {third} of load: mean fall in pain {low} points where under 50 % of the plan was "
                "kept, {high} where 80 % or more was (95 % interval)."
            ).format(who=who, third=words(third), low=estimate(low), high=estimate(high))
    return tr(
        "Too few patients of like load kept under 50 % or over 80 % of the plan to set them side by side."
    )


def _why(own: pl.DataFrame) -> str:
    if own["patients"].null_count():
        return tr("Not shown: too few patients in every group of adherence and load.")
    return tr(
        "This needs plans, effort with minutes, and pain at the start and later; one of them is missing here."
    )
