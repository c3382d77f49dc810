"""What a clinic's gap to all clinics goes with: its patients, what they do of the plan, how long they log.

Parts go with a difference; no sentence here says that they cause it.
"""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.gap_words import said_of_parts
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import DASH, number, spread
from analytics.exhibits.theme import BLUE, GREY, VERMILLION, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "gap"
SPLIT = ("case_mix", "adherence", "dropout")
PARTS = ("total", *SPLIT, "rest")


def gap_figure(gaps: pl.DataFrame, *, name: str) -> Exhibit:
    """One bar is one part of one clinic's gap (NPRS points; to the right pain fell more than over all).

    `gaps`: the released rows of one clinic.
    """
    title = tr("What goes with the difference from all clinics?")
    rows = {row["part"]: row for row in gaps.iter_rows(named=True)}
    if not rows or rows["total"]["estimate"] is None:
        return nothing(ID, title=title, why=_why(rows))
    if rows["rest"]["estimate"] is None:
        return nothing(ID, title=title, why=f"{_whole(rows['total'])} {_unsplit()}")
    shown = [rows[part] for part in PARTS]
    layout = {
        "height": 380,
        "xaxis": {"nticks": 7},
        "yaxis": {"range": [len(PARTS) - 0.5, -0.7], "showticklabels": False, "showgrid": False},
        "hovermode": "closest",
        "showlegend": False,
        "shapes": [_under_the_whole(), *(_zero(at) for at in range(len(PARTS)))],
        "annotations": [
            note(tr("Pain fell less ← points → pain fell more"), x=0, y=1.02),
            *(_heading(at, row) for at, row in enumerate(shown)),
        ],
    }
    return Exhibit(
        ID,
        title,
        summary=_summary(rows),
        figure=draw([_bars(shown, whole=True), _bars(shown, whole=False)], layout),
        table=_table(shown, name=name),
        data=gaps,
    )


def _labels() -> dict[str, str]:
    return {
        "total": tr("The whole difference"),
        "case_mix": tr("Whom the clinic treats"),
        "adherence": tr("How much of the plan is done"),
        "dropout": tr("How long patients are followed"),
        "rest": tr("What is left"),
    }


def _bars(shown: list[dict[str, Any]], *, whole: bool) -> dict[str, Any]:
    """The whole filled, its parts hatched; no interval where a part is not known."""
    mine = [(at, row) for at, row in enumerate(shown) if (row["part"] == "total") == whole]
    up, down = (
        [None if row[end] is None else abs(row[end] - row["estimate"]) for _, row in mine]
        for end in ("high", "low")
    )
    return {
        "type": "bar", "orientation": "h", "width": 0.34, "showlegend": False,
        "x": [row["estimate"] for _, row in mine], "y": [at for at, _ in mine],
        "customdata": [str(escape(_labels()[row["part"]])) for _, row in mine],
        "hovertemplate": tr("%{customdata}: %{x:.2f} points") + "<extra></extra>",
        "error_x": {"type": "data", "symmetric": False, "array": up, "arrayminus": down, "color": VERMILLION,
                    "thickness": 2, "width": 5},
        "marker": {
            "color": BLUE if whole else GREY,
            "pattern": {"shape": "" if whole else "/", "fillmode": "overlay", "size": 6, "solidity": 0.3},
        },
    }  # fmt: skip


def _heading(at: int, row: dict[str, Any]) -> dict[str, Any]:
    text = _labels()[row["part"]]
    if not row["known"]:
        text = tr("{part}: not known").format(part=text)
    return note(text, x=0, y=at - 0.22) | {"yref": "y"}


def _under_the_whole() -> dict[str, Any]:
    line = {"color": GREY, "width": 1, "dash": "dot"}
    return {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "y0": 0.36, "y1": 0.36, "line": line}


def _zero(at: int) -> dict[str, Any]:
    """Beside the bar only, so that it does not cross a heading."""
    line = {"color": GREY, "width": 1.5}
    return {"type": "line", "x0": 0, "x1": 0, "y0": at - 0.2, "y1": at + 0.28, "line": line}


def _table(shown: list[dict[str, Any]], *, name: str) -> str:
    rows = [
        [
            _labels()[row["part"]],
            _signed(row["estimate"]) if row["known"] else tr("not known"),
            spread(row["low"], row["high"], digits=2) if row["known"] else DASH,
        ]
        for row in shown
    ]
    return table_html(
        rows,
        headings=[tr("Part"), tr("Points"), tr("95 % interval")],
        caption=tr("{clinic}: fall in pain less that of all clinics, and what it goes with").format(
            clinic=name
        ),
        note=tr("Rounded parts may differ from the whole by 0.02"),
    )


def _signed(value: float) -> str:
    return f"+{number(value, digits=2)}" if value > 0 else number(value, digits=2)


def _summary(rows: dict[str, dict[str, Any]]) -> str:
    texts = [
        _whole(rows["total"]),
        *(_part(rows[part]) for part in SPLIT),
        _rest(rows["rest"]),
        tr("Where the line through a bar crosses zero, that part may be chance."),
        tr("These parts go together with the difference; that does not make them its cause."),
    ]
    return " ".join(texts)


def _whole(row: dict[str, Any]) -> str:
    low, high = row["low"], row["high"]
    if low <= 0 <= high:
        text = tr(
            "Pain fell about as much here as over all clinics: a difference of {points} points, between "
            "{low} and {high}, may be chance."
        )
        points, ends = number(row["estimate"]), (low, high)
    else:
        text = (
            tr("Pain fell {points} points more here than over all clinics, between {low} and {high}.")
            if row["estimate"] > 0
            else tr("Pain fell {points} points less here than over all clinics, between {low} and {high}.")
        )
        points, ends = number(abs(row["estimate"])), sorted((abs(low), abs(high)))
    return text.format(points=points, low=number(ends[0]), high=number(ends[1]))


def _part(row: dict[str, Any]) -> str:
    """One sentence a part: unknown, none to speak of, more or less."""
    said = said_of_parts()[row["part"]]
    if not row["known"]:
        return said["unknown"]
    size = "none" if abs(row["estimate"]) < 0.05 else "more" if row["estimate"] > 0 else "less"
    return said[size].format(points=number(abs(row["estimate"])))


def _rest(row: dict[str, Any]) -> str:
    said, (low, high) = said_of_parts()["rest"], (row["low"], row["high"])
    if low <= 0 <= high:
        return said["unclear"].format(points=number(row["estimate"]), low=number(low), high=number(high))
    near, far = sorted((abs(low), abs(high)))
    text = said["more" if row["estimate"] > 0 else "less"]
    return text.format(points=number(abs(row["estimate"])), low=number(near), high=number(far))


def _unsplit() -> str:
    return tr("There are too few patients in all clinics to tell what that goes with.")


def _why(rows: dict[str, dict[str, Any]]) -> str:
    if not rows:
        return tr(
            "The difference from all clinics cannot be told: it needs a second clinic, and patients here who "
            "rated pain at the start and later."
        )
    return tr(
        "The difference from all clinics is not shown: too few patients here have pain at the start and a "
        "complete outcome."
    )
