"""Does one clinic carry a result? The comparisons of all clinics, made again without each of them in turn."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import escape

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import not_shown, number
from analytics.exhibits.selection import label
from analytics.exhibits.theme import BLUE, GREY, draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "influence"
PRIMARY = ("adherence_between", "adherence_within", "load_between")
# A clinic that moves a number by more than its standard error: DFBETAS above 1 (Neter 1996, section 9.4).
MOVED = 1.0


def _primary() -> dict[str, str]:
    """The model's primary comparisons, short enough for a phone; the comparisons' table has them in full."""
    return {
        "adherence_between": tr("Patients of 90 % against 50 % of the plan"),
        "adherence_within": tr("Weeks of 90 % against 50 % of the plan"),
        "load_between": tr("Patients of a high load against a low one"),
    }


def influence_figure(influence: pl.DataFrame, contrasts: pl.DataFrame, clinics: pl.DataFrame) -> Exhibit:
    """A small mark is a comparison without one clinic, the large one with all: NPRS points less pain.

    At the last week of each comparison. It names clinics, so it is for the network's page only.
    """
    title = tr("Does one clinic carry a result?")
    found = _drawn(influence, clinics) if influence.height else influence
    if not found.height or not found["estimate"].count():
        return nothing(ID, title=title, why=_why())
    whole = _whole(found, contrasts)
    layout = {
        "xaxis": {"nticks": 7},
        "yaxis": {"range": [whole.height - 0.55, -0.55], "showticklabels": False, "showgrid": False},
        "hovermode": "closest",
        "legend": {"y": -0.14},
        "shapes": [_zero(row) for row in whole["row"]],
        "annotations": [
            note(tr("Less pain, points, in week {week}").format(week=whole["week"].max()), x=0, y=1.02),
            *(_heading(row) for row in whole.to_dicts()),
        ],
    }
    return Exhibit(
        ID,
        title,
        summary=_summary(found),
        figure=draw([_without(found), _with_all(whole)], layout),
        table=_table(found, whole),
        data=found.drop("row", "place"),
    )


def _why() -> str:
    return tr(
        "Nothing is shown here: the model of all clinics was not fitted, or all but one have too few "
        "patients."
    )


def _drawn(influence: pl.DataFrame, clinics: pl.DataFrame) -> pl.DataFrame:
    """The primary comparisons at their last week, by clinic's name; a clinic has one height in every row."""
    order, name = pl.Enum(PRIMARY), pl.col("clinic_name").fill_null(pl.col("clinic_id"))
    named = clinics.select("clinic_id", "clinic_name")
    return (
        influence.filter(pl.col("contrast").is_in(PRIMARY))
        .filter(pl.col("week") == pl.col("week").max().over("contrast"))
        .join(named, on="clinic_id", how="left")
        .with_columns(name)
        .sort(pl.col("contrast").cast(order), pl.col("clinic_name").str.to_lowercase(), "clinic_id")
        .with_columns(
            row=pl.col("contrast").rle_id(), place=(pl.int_range(pl.len()) / pl.len()).over("contrast")
        )
    )


def _whole(found: pl.DataFrame, contrasts: pl.DataFrame) -> pl.DataFrame:
    """Each drawn comparison with all clinics."""
    keys = ["contrast", "week"]
    told = contrasts.select(*keys, "estimate", "low", "high").cast({"week": found.schema["week"]})
    return found.select("row", *keys).unique().join(told, on=keys, how="left").sort("row")


def _without(found: pl.DataFrame) -> dict[str, Any]:
    names = [str(escape(label(name))) for name in found["clinic_name"]]
    return {
        "type": "scatter", "mode": "markers", "name": tr("Without one clinic"),
        "x": found["estimate"].to_list(), "y": (found["row"] + 0.5 * found["place"] - 0.2).to_list(),
        "customdata": names,
        "hovertemplate": tr("without %{customdata}: %{x:.2f} points") + "<extra></extra>",
        "marker": {"color": GREY, "size": 8, "symbol": "circle-open", "line": {"width": 1.5}},
    }  # fmt: skip


def _with_all(whole: pl.DataFrame) -> dict[str, Any]:
    up, down = whole["high"] - whole["estimate"], whole["estimate"] - whole["low"]
    return {
        "type": "scatter", "mode": "markers", "name": tr("All clinics, 95 % interval"),
        "x": whole["estimate"].to_list(), "y": whole["row"].to_list(),
        "hovertemplate": tr("all clinics: %{x:.2f} points") + "<extra></extra>",
        "error_x": {"type": "data", "symmetric": False, "array": up.to_list(), "arrayminus": down.to_list(),
                    "color": BLUE, "thickness": 2, "width": 5},
        "marker": {"color": BLUE, "size": 12, "symbol": "diamond"},
    }  # fmt: skip


def _heading(row: dict[str, Any]) -> dict[str, Any]:
    return note(_primary()[row["contrast"]], x=0, y=row["row"] - 0.27) | {"yref": "y"}


def _zero(row: int) -> dict[str, Any]:
    """Beside the marks only, so that it does not cross a heading."""
    line = {"color": GREY, "width": 1.5}
    return {
        "type": "line",
        "x0": 0,
        "x1": 0,
        "y0": row - 0.22,
        "y1": row + 0.3,
        "line": line,
        "layer": "below",
    }


def _summary(found: pl.DataFrame) -> str:
    """The clinic without which a comparison moves most, and whether that is much."""
    most = (
        found.drop_nulls("change_in_se")
        .sort(pl.col("change_in_se").abs(), "row", "place")
        .row(-1, named=True)
    )
    now, by = number(most["estimate"], digits=2), number(abs(most["change_in_se"]))
    whole = number(most["estimate"] - most["change"], digits=2)
    moved = tr(
        "The number that moves most when a clinic is left out: “{comparison}”, without {clinic}: {now} "
        "points less pain instead of {whole}, a change of {by} standard errors."
    ).format(
        comparison=_primary()[most["contrast"]], clinic=most["clinic_name"], now=now, whole=whole, by=by
    )  # fmt: skip
    if abs(most["change_in_se"]) > MOVED:
        much = tr("That is more than its own uncertainty: read it with this clinic in mind.")
        return f"{moved} {much}"
    calm = tr("No clinic carries a result alone: none moves one by more than its standard error.")
    return f"{moved} {calm}"


def _table(found: pl.DataFrame, whole: pl.DataFrame) -> str:
    """A row a clinic, a column a comparison: the number without the clinic, and how far that is away."""
    shown = whole["contrast"].to_list()
    cells = {(row["clinic_name"], row["contrast"]): row for row in found.iter_rows(named=True)}
    first = [tr("None: all clinics"), *(number(value, digits=2) for value in whole["estimate"])]
    rows = [
        [name, *(_written(cells[name, contrast]) for contrast in shown)]
        for name in found["clinic_name"].unique(maintain_order=True)
    ]
    heads = [tr("Without"), *(_primary()[contrast] for contrast in shown)]
    caption = tr("Points less pain without one clinic (in brackets: change in standard errors)")
    return table_html([first, *rows], headings=heads, caption=caption)


def _written(row: dict[str, Any]) -> str:
    if row["estimate"] is None:
        return not_shown()
    sign = "+" if round(row["change_in_se"], 1) > 0 else ""
    return f"{number(row['estimate'], digits=2)} ({sign}{number(row['change_in_se'])})"
