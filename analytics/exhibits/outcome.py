"""The outcome in a few numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.icons import icon
from analytics.exhibits.markup import nothing, tiles_html
from analytics.exhibits.numbers import DASH, count, number, percent, spread
from analytics.exhibits.selection import both, cell, sides
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit

ID = "key-figures"
Tile = tuple[str, str, str]


def key_figures(cells: pl.DataFrame, benchmark: pl.DataFrame, *, name: str) -> Exhibit:
    """Patients, pain at start and end, fall, the fall expected, responders, adherence: a tile each.

    What is expected is of one clinic; a page about all has no such tile.
    """
    title = tr("The outcome in numbers")
    own, network = sides(cells, subject="outcome")
    kept, kept_network = sides(cells, subject="adherence", measure="adherence_capped")
    if not own.height and not kept.height:
        why = tr("There is no patient with an outcome or a plan in these exports.")
        return nothing(ID, title=title, why=why)
    tiles = [
        _patients(own),
        _from_to(own),
        _fall(own),
        *([_expected(own_row(benchmark))] if benchmark.height else []),
        _better(own, network),
        _kept(kept, kept_network),
    ]
    once = [side.filter(pl.col("week").is_null()) for side in (kept, kept_network)]
    data = both(own, network).vstack(both(*once))
    return Exhibit(ID, f"{title}: {name}", body=tiles_html(tiles), data=data)


def own_row(benchmark: pl.DataFrame) -> dict[str, Any]:
    """The comparison of one clinic's pain reduction; empty on a page of all clinics."""
    found = benchmark.filter(pl.col("measure") == "pain_reduction") if benchmark.height else benchmark
    return found.row(0, named=True) if found.height == 1 else {}


def meaningful(own: pl.DataFrame) -> tuple[str, str]:
    """The fall that the installation calls meaningful: as its cells name it, and in words."""
    groups = own.filter(pl.col("measure") == "responder", pl.col("group").str.contains(" or "))["group"]
    group = str(groups[0]) if groups.len() else "2 points or 30 %"
    points = float(group.split(" ")[0])
    return group, tr("{points} points or 30 %").format(points=number(points, digits=int(points % 1 > 0)))


def _patients(own: pl.DataFrame) -> Tile:
    found = cell(own, "episodes") or {"patients": 0}
    return tr("Patients"), count(found["patients"]), tr("compared, to the nearest 5")


def _from_to(own: pl.DataFrame) -> Tile:
    title, scale = tr("Pain, start to end"), tr("0 none to 10 worst")
    cells = [cell(own, measure) for measure in ("baseline_pain", "outcome_pain")]
    if any(not found or found["patients"] == 0 or found["value"] is None for found in cells):
        return title, _value(cells[1], number), scale
    start, end = (number(found["value"]) for found in cells)
    return title, f"{start} → {end}", scale


def _fall(own: pl.DataFrame) -> Tile:
    found = cell(own, "pain_reduction")
    sure = "" if found.get("low") is None else tr("95 % interval {low_to_high}")
    interval = sure.format(low_to_high=spread(found.get("low"), found.get("high")))
    return tr("Fall in pain, points"), _value(found, number), interval


def _expected(row: dict[str, Any]) -> Tile:
    title = tr("Fall expected")
    if row.get("expected") is None:
        return title, DASH, tr("not enough data to compare")
    return title, icon(row["signal"]) + number(row["expected"]), tr("for patients like these")


def _better(own: pl.DataFrame, network: pl.DataFrame) -> Tile:
    group, cut = meaningful(own)
    share = _value(cell(own, "responder", group=group), percent)
    beside = cell(network, "responder", group=group).get("value")
    if beside is None:
        return tr("Meaningfully better"), share, tr("by {cut}").format(cut=cut)
    remark = tr("by {cut}; all clinics {share}").format(cut=cut, share=percent(beside))
    return tr("Meaningfully better"), share, remark


def _kept(own: pl.DataFrame, network: pl.DataFrame) -> Tile:
    share = _value(cell(own, "adherence_capped"), percent)
    beside = cell(network, "adherence_capped").get("value")
    if beside is None:
        return tr("Plan kept"), share, tr("of prescribed sessions")
    remark = tr("of prescribed sessions; all clinics {share}").format(share=percent(beside))
    return tr("Plan kept"), share, remark


def _value(found: dict[str, Any], write: Any) -> str:
    if not found or found["patients"] == 0:
        return tr("not measured")
    return write(found["value"])
