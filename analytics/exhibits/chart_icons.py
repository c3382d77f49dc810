"""Many charts over time at one look: a row a clinic, an icon a measure."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from analytics.exhibits.benchmark import by_name
from analytics.exhibits.icons import COMMON, NO_TARGET, TOO_LITTLE, icon, icon_with_words
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count
from analytics.exhibits.periods import MEASURES, measure_words, no_period
from analytics.exhibits.selection import all_clinics
from analytics.vocabulary.language import tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit


def charts_table(icons: pl.DataFrame, clinics: pl.DataFrame) -> Exhibit:
    """One row is one clinic, by name, one icon a measure: how its newest period stands. It names clinics."""
    title = tr("What is changing, clinic by clinic")
    if not icons.height:
        return nothing("over-time-icons", title=title, why=no_period())
    found = {(row["clinic_id"], row["measure"]): row for row in icons.iter_rows(named=True)}
    everyone = [(NETWORK, all_clinics()), *by_name(clinics).iter_rows()]
    rows = [[who, *(_icons(found.get((key, measure))) for measure in MEASURES)] for key, who in everyone]
    caption = tr("Icons of the newest period of each measure; the page of a clinic has the chart")
    table = table_html(
        rows, headings=[tr("Clinic"), *(measure_words(measure) for measure in MEASURES)], caption=caption
    )
    return Exhibit(
        "over-time-icons",
        title,
        summary=_moving(icons),
        body=f"{table}{_key(icons)}",
        data=icons.cast({pl.Date: pl.String}),
    )


def _icons(row: dict[str, Any] | None) -> str:
    if row is None:
        return icon(TOO_LITTLE)
    aim = "" if row["assurance"] == NO_TARGET else Markup(" ") + icon(row["assurance"])
    return icon(row["variation"]) + aim


def _key(icons: pl.DataFrame) -> Markup:
    """The icons that occur, with their words."""
    codes = [*icons["variation"].unique().sort(), *icons["assurance"].unique().sort()]
    items = (Markup("<li>{}</li>").format(icon_with_words(code)) for code in codes if code != NO_TARGET)
    return Markup('<ul class="icon-key">{}</ul>').format(Markup("").join(dict.fromkeys(items)))


def _moving(icons: pl.DataFrame) -> str:
    told = icons.filter(pl.col("variation") != TOO_LITTLE, pl.col("clinic_id") != NETWORK)
    moved = told.filter(pl.col("variation") != COMMON)
    if not told.height:
        return tr("No clinic has enough periods yet to tell a change from chance.")
    if not moved.height:
        return tr("In no clinic does the newest period show a change beyond chance.")
    return tr(
        "{moved} of {charts} charts of clinics show a change beyond chance in their newest period. Even "
        "where nothing changes, about one chart in fifty does."
    ).format(moved=count(moved.height), charts=count(told.height))
