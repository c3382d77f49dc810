"""The clinic's outcome in six numbers."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, tiles_html
from analytics.exhibits.numbers import DASH, NOT_SHOWN, TOO_FEW, count, number, percent, spread
from analytics.exhibits.selection import ALL_CLINICS, both, cell, sides
from analytics.vocabulary.results import Exhibit

ID, TITLE = "key-figures", "The outcome in six numbers"
Tile = tuple[str, str, str]


def key_figures(cells: pl.DataFrame, benchmark: pl.DataFrame, *, name: str) -> Exhibit:
    """Patients, pain at start and end, fall, the fall expected, responders, adherence: a tile each."""
    own, network = sides(cells, subject="outcome")
    kept, kept_network = sides(cells, subject="adherence", measure="adherence_capped")
    if not own.height and not kept.height:
        return nothing(ID, title=TITLE, why="There is no patient with an outcome or a plan in these exports.")
    tiles = [
        _patients(own),
        _from_to(own),
        _fall(own),
        _expected(benchmark),
        _better(own, network),
        _kept(kept, kept_network),
    ]
    notes = f"{NOT_SHOWN}: {TOO_FEW}." if any(NOT_SHOWN in text for tile in tiles for text in tile) else ""
    once = [side.filter(pl.col("week").is_null()) for side in (kept, kept_network)]
    data = both(own, network).vstack(both(*once))
    return Exhibit(ID, f"{TITLE}: {name}", summary=notes, body=tiles_html(tiles), data=data)


def meaningful(own: pl.DataFrame) -> str:
    """The fall that the installation calls meaningful, as its cells name it: `2 points or 30 %`."""
    groups = own.filter(pl.col("measure") == "responder", pl.col("group").str.contains(" or "))["group"]
    return str(groups[0]) if groups.len() else "2 points or 30 %"


def _patients(own: pl.DataFrame) -> Tile:
    found = cell(own, "episodes") or {"patients": 0}
    return "Patients", count(found["patients"]), "that can be compared, to the nearest 5"


def _from_to(own: pl.DataFrame) -> Tile:
    start, end = (_value(cell(own, measure), number) for measure in ("baseline_pain", "outcome_pain"))
    if start == end and not start[0].isdigit():
        return "Pain, start to end", start, "0 none to 10 worst"
    return "Pain, start to end", f"{start} → {end}", "0 none to 10 worst"


def _fall(own: pl.DataFrame) -> Tile:
    found = cell(own, "pain_reduction")
    interval = f"95 % interval {spread(found['low'], found['high'])}" if found.get("low") is not None else ""
    return "Fall in pain, points", _value(found, number), interval


def _expected(benchmark: pl.DataFrame) -> Tile:
    row = benchmark.row(0, named=True) if benchmark.height == 1 else {}
    if row.get("expected") is None:
        return "Fall expected", DASH, "not enough data to compare"
    return "Fall expected", number(row["expected"]), "for patients like these"


def _better(own: pl.DataFrame, network: pl.DataFrame) -> Tile:
    cut = meaningful(own)
    beside = _beside(cell(network, "responder", group=cut))
    return "Meaningfully better", _value(cell(own, "responder", group=cut), percent), f"by {cut}{beside}"


def _kept(own: pl.DataFrame, network: pl.DataFrame) -> Tile:
    beside = _beside(cell(network, "adherence_capped"))
    return "Plan kept", _value(cell(own, "adherence_capped"), percent), f"of prescribed sessions{beside}"


def _beside(found: dict[str, Any]) -> str:
    return "" if found.get("value") is None else f"; {ALL_CLINICS.lower()} {percent(found['value'])}"


def _value(found: dict[str, Any], write: Any) -> str:
    if not found or found["patients"] == 0:
        return "not measured"
    return write(found["value"])
