"""The funnel: clinics by how many patients they have and how far they are from what was expected of them."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.benchmark import by_name
from analytics.exhibits.comparison import gap, gap_range, is_share, measure_name
from analytics.exhibits.funnel_words import funnel_summary
from analytics.exhibits.icons import icon_with_words
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count
from analytics.exhibits.selection import label
from analytics.exhibits.theme import BLUE, CLEAR, GREY, VERMILLION, draw, faded, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.signals import BETTER, SAME, WORSE

HEIGHT = 460  # pixels
ROOM = 0.055  # of the figure's height, for one line of a name
NAMED = 24  # clinics; of more, only those outside the limits bear their names
# Shape and colour: outside the limits a triangle, full beyond the outer ones.
LOOKS = {
    BETTER: ("triangle-up", BLUE),
    WORSE: ("triangle-down", VERMILLION),
    SAME: ("circle", GREY),
}


def funnel_figure(
    benchmark: pl.DataFrame,
    limits: pl.DataFrame,
    comparison: pl.DataFrame,
    *,
    whose: str | pl.DataFrame,
    measure: str = "pain_reduction",
) -> Exhibit:
    """A dot is a clinic: patients, and observed less expected (points or percentage points, up is better).

    `whose`: the name of the one clinic of a clinic's page; the clinics (clinic_id, clinic_name) of a page
    about all. Raises ValueError where a page of one would show others.
    """
    slug = f"funnel-{measure.lower().replace('_', '-')}"
    title = tr("Is the difference more than chance? {measure}").format(measure=measure_name(measure))
    named = _named(benchmark, whose)
    own = pl.col("measure") == measure
    dots = named.join(benchmark.filter(own, pl.col("difference").is_not_null()), on="clinic_id",
                      maintain_order="left")  # fmt: skip
    curves, row = limits.filter(own).sort("patients"), comparison.filter(own)
    if not (dots.height and curves.height and row.height):
        why = tr("There is not enough data to set clinics beside each other by this measure.")
        return nothing(slug, title=title, why=why)
    least, most = (dots.select(end).item() for end in (pl.col("patients").min(), pl.col("patients").max()))
    shown = curves.filter(pl.col("patients").is_between(least / 2, most * 1.6))
    return Exhibit(
        slug,
        title,
        summary=funnel_summary(dots, row.row(0, named=True), alone=isinstance(whose, str)),
        figure=_figure(dots, shown if shown.height > 1 else curves, measure=measure),
        table=_table(dots, measure=measure),
        data=dots,
    )


def _named(benchmark: pl.DataFrame, whose: str | pl.DataFrame) -> pl.DataFrame:
    if not isinstance(whose, str):
        return by_name(whose)
    own = benchmark.select("clinic_id").unique()
    if own.height > 1:
        raise ValueError("A funnel of one clinic shows one clinic, not several.")
    return own.with_columns(clinic_name=pl.lit(whose))


def _figure(dots: pl.DataFrame, curves: pl.DataFrame, *, measure: str) -> dict[str, Any]:
    scale = 100.0 if is_share(measure) else 1.0
    ends = (*curves["low_998"], *curves["high_998"], *dots["difference"])
    reach = 1.12 * scale * max(abs(end) for end in ends)
    heading = (
        tr("Percentage points from what was expected")
        if is_share(measure)
        else tr("Points from what was expected")
    )
    low, high = curves["patients"].min(), curves["patients"].max()
    layout = {
        "height": HEIGHT,
        "xaxis": {"title": {"text": tr("Patients")}, "range": [low, high], "nticks": 7},
        "yaxis": {"range": [-reach, reach], "nticks": 9},
        "hovermode": "closest",
        "legend": {"y": -0.16, "traceorder": "normal"},
        "annotations": [
            note(heading, x=0, y=1.02),
            *_names(dots, scale=scale, reach=reach, ends=(low, high)),
        ],
    }
    return draw([*_curves(curves, scale=scale), *_dots(dots, measure=measure, scale=scale)], layout)


def _curves(curves: pl.DataFrame, *, scale: float) -> list[dict[str, Any]]:
    """The inner limits with what lies between them shaded, the outer ones, and what was expected."""
    x = curves["patients"].to_list()

    def line(column: str, look: dict[str, Any], name: str) -> dict[str, Any]:
        return {
            "type": "scatter", "mode": "lines", "x": x, "y": (scale * curves[column]).to_list(),
            "line": look, "name": name, "hoverinfo": "skip", "showlegend": bool(name),
        }  # fmt: skip

    inner, outer = {"color": GREY, "width": 1.5, "dash": "6px,4px"}, {"color": GREY, "width": 1.5}
    shade = {"fill": "tonexty", "fillcolor": faded(GREY, 0.12)}
    zero = {
        "type": "scatter", "mode": "lines", "x": [x[0], x[-1]], "y": [0, 0], "hoverinfo": "skip",
        "line": {"color": GREY, "width": 1, "dash": "dot"}, "showlegend": False,
    }  # fmt: skip
    return [
        line("low_95", inner, ""),
        line("high_95", inner, tr("95 % limits")) | shade,
        line("low_998", outer, ""),
        line("high_998", outer, tr("99.8 % limits")),
        zero,
    ]


def _dots(dots: pl.DataFrame, *, measure: str, scale: float) -> list[dict[str, Any]]:
    looks = {
        "better than expected": tr("Better than expected"),
        "worse than expected": tr("Worse than expected"),
        "no clear difference": tr("No clear difference"),
    }
    drawn = []
    for signal, (symbol, colour) in LOOKS.items():
        some = dots.filter(pl.col("signal") == signal)
        far = [colour if flag == "outside 99.8 %" or signal == SAME else CLEAR
               for flag in some["flag"]]  # fmt: skip
        said = [
            [str(escape(label(row["clinic_name"]))), gap(row["difference"], measure), count(row["patients"])]
            for row in some.iter_rows(named=True)
        ]
        hover = tr("{clinic}: {difference}, about {patients} patients")
        trace = {
            "type": "scatter", "mode": "markers", "name": looks[signal],
            "x": some["patients"].to_list(), "y": (scale * some["difference"]).to_list(), "customdata": said,
            "hovertemplate": hover.format(
                clinic="%{customdata[0]}", difference="%{customdata[1]}", patients="%{customdata[2]}"
            ) + "<extra></extra>",
            "marker": {"symbol": symbol, "size": 11, "color": far, "line": {"color": colour, "width": 2.5}},
        }  # fmt: skip
        drawn += [trace] if some.height else []
    return drawn


def _names(dots: pl.DataFrame, *, scale: float, reach: float, ends: tuple[Any, Any]) -> list[dict[str, Any]]:
    """Names beside their dots, by turns to the right and left, moved apart where they would collide."""
    some = dots if dots.height <= NAMED else dots.filter(pl.col("flag") != "")
    middle, gap_of_lines = sum(ends) / 2, 2 * reach * ROOM
    free = {"left": reach, "right": reach}
    placed = []
    for at, row in enumerate(some.sort("difference", "clinic_id", descending=[True, False]).to_dicts()):
        near = abs(row["patients"] - middle) < 0.25 * (ends[1] - ends[0])
        side = ("left", "right")[at % 2] if near else ("left" if row["patients"] < middle else "right")
        y = scale * row["difference"]
        free[side] = min(free[side] - gap_of_lines, y)
        placed.append(
            {
                "text": str(escape(label(row["clinic_name"], limit=15))), "x": row["patients"], "y": y,
                "xanchor": side, "showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": GREY,
                "standoff": 7, "ax": 18 if side == "left" else -18, "font": {"size": 12},
                "ayref": "y", "ay": free[side],
            }
        )  # fmt: skip
    return placed


def _table(dots: pl.DataFrame, *, measure: str) -> str:
    rows = [
        [
            row["clinic_name"],
            count(row["patients"]),
            gap(row["difference"], measure),
            *(gap_range(row[f"limit_low_{at}"], row[f"limit_high_{at}"], measure) for at in ("95", "998")),
            icon_with_words(row["signal"]),
        ]
        for row in dots.iter_rows(named=True)
    ]
    heads = [tr("Clinic"), tr("Patients"), tr("Difference"), tr("95 % limits"), tr("99.8 % limits"),
             tr("In words")]  # fmt: skip
    caption = tr("Differences from what was expected, and the limits of chance")
    return table_html(rows, headings=heads, caption=caption)
