"""Who is missing: how many still rated their pain, and how those who stopped differed."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.lines import NETWORK_LINE, OWN, share_line
from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import count, estimate, number, percent, spread
from analytics.exhibits.selection import both, cell, sides
from analytics.exhibits.theme import draw, note
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "followup"
SEEN, NOT_SEEN = "seen to the end", "not seen to the end"
UNCLEAR_BELOW = 0.5  # points: less than half of what the scale's steps can tell apart is not put into words


def followup_figure(cells: pl.DataFrame, *, name: str) -> Exhibit:
    """Share of patients in care who rated their pain, by week; and both kinds of patient side by side."""
    title = tr("Who is missing?")
    weekly, network = sides(cells, subject="followup", measure="rated")
    if not weekly["value"].count():
        few = tr("Too few patients to show who is missing.")
        return nothing(ID, title=title, why=few if weekly.height else tr("Nobody rated pain at the start."))
    own, _ = sides(cells, subject="followup")
    layout = {
        "xaxis": {"title": {"text": tr("Week of the episode")}, "dtick": 2},
        "yaxis": {"range": [0, 1.02], "tickformat": ".0%", "dtick": 0.25},
        "annotations": [note(tr("Patients in care who rated their pain"), x=0, y=1.02)],
    }
    lines = (
        [share_line(network, along="week", name=tr("All clinics"), look=NETWORK_LINE)]
        if network["value"].count()
        else []
    )
    return Exhibit(
        ID,
        title,
        summary=_summary(own, weekly),
        figure=draw([*lines, share_line(weekly, along="week", name=name, look=OWN)], layout),
        table=_kinds(own, name=name) + _weeks(weekly, network, name=name),
        data=both(own, sides(cells, subject="followup")[1]),
    )


def _summary(own: pl.DataFrame, weekly: pl.DataFrame) -> str:
    last = weekly.filter(pl.col("value").is_not_null()).row(-1, named=True)
    parts = [
        tr("In week {week} about {share} of the patients then in care rated their pain.").format(
            week=last["week"], share=percent(last["value"])
        ),
        _start(own),
        _fall(own),
    ]
    return " ".join(part for part in parts if part)


def _start(own: pl.DataFrame) -> str:
    stayed, left = (cell(own, "baseline_pain", group=kind).get("value") for kind in (SEEN, NOT_SEEN))
    if stayed is None or left is None:
        return ""
    return tr(
        "Pain at the start was {left} for patients who were not seen to the end and {stayed} for the others."
    ).format(left=number(left), stayed=number(stayed))


def _fall(own: pl.DataFrame) -> str:
    """What the missing do to the mean, in words: only where the two kinds differ by more than rounding."""
    stayed, left = (cell(own, "pain_reduction", group=kind).get("value") for kind in (SEEN, NOT_SEEN))
    if stayed is None or left is None:
        return ""
    told = tr(
        "Up to their last rating, pain had fallen by {left} points in the first and {stayed} in the others."
    )
    if stayed - left >= UNCLEAR_BELOW:
        told += " " + tr("What became of them later is not known; the fall shown may be too favourable.")
    elif left - stayed >= UNCLEAR_BELOW:
        told += " " + tr("Some may have stopped because they were well; the fall shown may be too small.")
    else:
        told += " " + tr("By that, those who stopped were much like those who stayed.")
    return told.format(left=number(left), stayed=number(stayed))


def _kinds(own: pl.DataFrame, *, name: str) -> str:
    measures = {
        "baseline_pain": tr("Pain at the start, 0 to 10"),
        "pain_reduction": tr("Fall in pain up to the last rating, points"),
        "adherence_capped": tr("Share of the plan kept"),
    }
    rows = []
    for measure, title in measures.items():
        sides_ = [cell(own, measure, group=kind) for kind in (SEEN, NOT_SEEN)]
        write = _share if measure == "adherence_capped" else estimate
        rows.append([title, *(write(side) for side in sides_)])
    heads = [tr("Mean (95 % interval)"), tr("Seen to the end"), tr("Not seen to the end")]
    people = [cell(own, "baseline_pain", group=kind) for kind in (SEEN, NOT_SEEN)]
    rows.append([tr("Patients"), *(count(side.get("patients", 0)) for side in people)])
    ending = tr("Seen to the end: pain was rated in the last third of the weeks looked at")
    caption = tr("Patients who stayed and patients who stopped: {name}").format(name=name)
    return table_html(rows, headings=heads, caption=caption, note=ending)


def _share(found: dict[str, Any]) -> str:
    if not found or found.get("value") is None:
        return estimate(found)
    low, high = (None if found[end] is None else 100 * found[end] for end in ("low", "high"))
    return f"{percent(found['value'])} ({spread(low, high, digits=0)})"


def _weeks(own: pl.DataFrame, network: pl.DataFrame, *, name: str) -> str:
    beside = dict(network.select("week", "value").iter_rows())
    rows = [
        [
            tr("Week {week}").format(week=row["week"]),
            percent(row["value"]),
            count(row["of"]),
            *([percent(beside.get(row["week"]))] if beside else []),
        ]
        for row in own.iter_rows(named=True)
    ]
    heads = [
        tr("Week"),
        tr("Rated their pain"),
        tr("Patients in care"),
        *([tr("All clinics")] if beside else []),
    ]
    return table_html(
        rows, headings=heads, caption=tr("Patients who rated their pain, by week: {name}").format(name=name)
    )
