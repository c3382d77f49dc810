"""Which cells an exhibit shows: a clinic's own and, beside them, the network's."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.vocabulary.language import tr
from analytics.vocabulary.records import NETWORK

ORDER = ["clinic_id", "measure", "group", "week"]


def all_clinics() -> str:
    """What the network is called beside a clinic."""
    return tr("All clinics")


def sides(
    cells: pl.DataFrame, *, subject: str, measure: str | None = None
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Own cells and the network's, in a fixed order; on the network's page its cells are its own.

    Raises ValueError for cells of several clinics: no page shows another clinic's.
    """
    clinics = sorted(set(cells["clinic_id"]) - {NETWORK})
    if len(clinics) > 1:
        raise ValueError("An exhibit shows one clinic beside the network, not several.")
    wanted = pl.col("subject") == subject
    if measure is not None:
        wanted &= pl.col("measure") == measure
    found = cells.filter(wanted).sort(ORDER, nulls_last=False, maintain_order=True)
    network = found.filter(pl.col("clinic_id") == NETWORK)
    if not clinics:
        return network, network.clear()
    return found.filter(pl.col("clinic_id") != NETWORK), network


def cell(frame: pl.DataFrame, measure: str, *, group: str = "") -> dict[str, Any]:
    """The one cell of a measure that is not by week; empty where there is none."""
    found = frame.filter(pl.col("measure") == measure, pl.col("group") == group, pl.col("week").is_null())
    return found.row(0, named=True) if found.height else {}


def label(name: str, *, limit: int = 28) -> str:
    """A name for a legend: short enough for a phone."""
    return name if len(name) <= limit else f"{name[: limit - 1].rstrip()}…"


def both(own: pl.DataFrame, network: pl.DataFrame) -> pl.DataFrame:
    """What the downloads hold: the cells behind an exhibit."""
    return pl.concat([own, network])
