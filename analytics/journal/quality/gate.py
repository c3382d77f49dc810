"""Publish or hold: an error that a check has found holds the reports, unless the settings say otherwise."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.gate import Gate, Reason
from analytics.vocabulary.settings import Settings


def gate(checks: pl.DataFrame, settings: Settings) -> Gate:
    """The decision on one run, from its Checks (or their Trend)."""
    failed = checks.filter(pl.col("status") == "fail").sort("clinic_id", "check", "table", "column")
    reasons = tuple(
        Reason(*row)
        for row in failed.select("clinic_id", "check", "table").unique(maintain_order=True).iter_rows()
    )
    if not reasons:
        return Gate("publish")
    anyway = settings.quality.gate == "warn"
    return Gate("publish" if anyway else "hold", reasons, anyway)
