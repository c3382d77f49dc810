"""Pain before and after by how much patients began with, and what of the fall would have come anyway."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, count, not_shown, number, spread
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, faded, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit

ID = "before-after"
HIGH, EVERYBODY = "7-10", "all"
BANDS = (HIGH, "1-6.9", EVERYBODY)


def before_after_figure(frame: pl.DataFrame, *, name: str) -> Exhibit:
    """From circle to diamond: mean pain (NPRS) at the start and last seen, by band of pain at the start.

    The hatched bar is the fall that regression to the mean alone lets expect. `frame`: the released rows of
    one clinic, or of the network; rows of the network beside a clinic's are left out.
    """
    title = tr("How much of the fall in pain would have come anyway?")
    own = frame.filter(pl.col("clinic_id") != NETWORK)
    own = _ordered(own if own.height else frame)
    shown = own.drop_nulls("fall").to_dicts()
    if not shown:
        return nothing(ID, title=title, why=_why(own))
    layout = {
        "height": 360,
        "xaxis": {"range": [-0.2, 10.2], "dtick": 2},
        "yaxis": {"range": [len(shown) - 0.6, -0.75], "showticklabels": False, "showgrid": False},
        "hovermode": "closest",
        "legend": {"y": -0.12},
        "annotations": [
            note(tr("Mean pain, 0 none to 10 worst"), x=0, y=1.02),
            *(_heading(at, row) for at, row in enumerate(shown)),
        ],
    }
    return Exhibit(
        ID,
        title,
        summary=_summary(shown),
        figure=draw([_expected(shown), _way(shown), _start(shown), _end(shown)], layout),
        table=_table(own, name=name),
        data=own,
    )


def _ordered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.sort(pl.col("band").cast(pl.Enum(BANDS)))


def _labels() -> dict[str, str]:
    return {
        "1-6.9": tr("Began below 7"),
        HIGH: tr("Began at 7 or more"),
        EVERYBODY: tr("All patients"),
    }


def _heading(at: int, row: dict[str, Any]) -> dict[str, Any]:
    return note(_labels()[row["band"]], x=0, y=at - 0.24) | {"yref": "y"}


def _expected(shown: list[dict[str, Any]]) -> dict[str, Any]:
    known = [(at, row) for at, row in enumerate(shown) if row["expected_from_regression"] is not None]
    moved = [row["expected_from_regression"] for _, row in known]
    return {
        "type": "bar", "orientation": "h", "width": 0.3,
        "name": tr("Expected without any treatment"),
        "base": [row["baseline"] for _, row in known], "x": [-points for points in moved],
        "y": [at for at, _ in known], "customdata": moved,
        "hovertemplate": tr("expected without any treatment: a fall of %{customdata:.1f} points")
        + "<extra></extra>",
        "marker": {"color": faded(VERMILLION, 0.35), "line": {"color": VERMILLION, "width": 1},
                   "pattern": {"shape": "/", "fgcolor": VERMILLION, "fillmode": "overlay", "size": 5}},
    }  # fmt: skip


def _way(shown: list[dict[str, Any]]) -> dict[str, Any]:
    along = [(row["baseline"], row["outcome"], None) for row in shown]
    return {
        "type": "scatter", "mode": "lines", "showlegend": False, "hoverinfo": "skip",
        "x": [x for row in along for x in row], "y": [y for at in range(len(shown)) for y in (at, at, None)],
        "line": {"color": BLUE, "width": 2.5},
    }  # fmt: skip


def _start(shown: list[dict[str, Any]]) -> dict[str, Any]:
    return _points(shown, "baseline") | {
        "name": tr("At the start"),
        "hovertemplate": tr("at the start: %{x:.1f}") + "<extra></extra>",
        "marker": {"color": GREY, "size": 11, "symbol": "circle"},
    }


def _end(shown: list[dict[str, Any]]) -> dict[str, Any]:
    return _points(shown, "outcome") | {
        "name": tr("Last rated"),
        "hovertemplate": tr("last rated: %{x:.1f}") + "<extra></extra>",
        "marker": {"color": BLUE, "size": 12, "symbol": "diamond"},
    }


def _points(shown: list[dict[str, Any]], column: str) -> dict[str, Any]:
    names = [str(escape(_labels()[row["band"]])) for row in shown]
    return {
        "type": "scatter", "mode": "markers", "customdata": names,
        "x": [row[column] for row in shown], "y": list(range(len(shown))),
    }  # fmt: skip


def _table(own: pl.DataFrame, *, name: str) -> str:
    rows = [
        [
            _labels()[row["band"]],
            count(row["patients"]),
            number(row["baseline"]),
            number(row["outcome"]),
            number(row["fall"]),
            spread(row["low"], row["high"]),
            _anyway(row),
        ]
        for row in own.iter_rows(named=True)
    ]
    heads = [
        tr("Pain at the start"), tr("Patients"), tr("At the start"), tr("Last rated"), tr("Fall"),
        tr("95 % interval"), tr("Expected without any treatment"),
    ]  # fmt: skip
    caption = tr("Mean pain before and after, NPRS points: {clinic}").format(clinic=name)
    return table_html(rows, headings=heads, caption=caption)


def _anyway(row: dict[str, Any]) -> str:
    if row["fall"] is None:
        return not_shown()
    return DASH if row["expected_from_regression"] is None else number(row["expected_from_regression"])


def _summary(shown: list[dict[str, Any]]) -> str:
    texts = [text for row in shown if row["band"] != EVERYBODY for text in (_fall(row), _without(row))]
    whole = next((row for row in shown if row["band"] == EVERYBODY), None)
    if whole and not texts:
        texts = [_fall(whole)]
    texts.append(
        tr(
            "People start when pain is at its worst, and a rating is in part a good or a bad day: high "
            "ratings tend to be lower the next time, low ones higher, whatever is done."
        )
    )
    texts.append(
        tr(
            "Who came only because pain had flared up falls back by more than this can tell; so not all of "
            "the rest of the fall is due to treatment."
        )
    )
    return " ".join(texts)


def _fall(row: dict[str, Any]) -> str:
    who, low, high = row["band"], row["low"], row["high"]
    said = {
        "1-6.9": tr("Patients who began below 7: pain fell by {points} points (95 % interval {interval})."),
        HIGH: tr("Patients who began at 7 or more: pain fell by {points} points (95 % interval {interval})."),
        EVERYBODY: tr("All patients: pain fell by {points} points (95 % interval {interval})."),
    }
    return said[who].format(points=number(row["fall"]), interval=spread(low, high))


def _without(row: dict[str, Any]) -> str:
    """What of it regression to the mean lets expect."""
    moved = row["expected_from_regression"]
    if moved is None:
        return tr("How much of that would have come anyway is not known: too few rated pain twice early on.")
    if abs(moved) < 0.05:
        return tr("Next to none of that would be expected without any treatment.")
    if moved > 0:
        text = tr("About {points} points would be expected even without any treatment.")
    else:
        text = tr("Without any treatment a rise of about {points} points would be expected.")
    return text.format(points=number(abs(moved)))


def _why(own: pl.DataFrame) -> str:
    if own.height:
        return tr("Pain before and after is not shown: too few patients have pain at the start and later.")
    return tr("No patient has pain at the start and in a later week, so no change in pain can be told.")
