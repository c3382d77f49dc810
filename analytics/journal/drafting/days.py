"""How well a column of dates is one of ours: some of ours are moments of a day, others days."""

from __future__ import annotations

from analytics.journal.drafting.columns import Column
from analytics.journal.drafting.dates import Written

MOMENTS = frozenset({"performed_at", "logged_at"})
OF_A_PLAN = frozenset({"valid_from", "valid_to"})  # days: nobody prescribes from half past nine


def dates_held(column: Column, written: Written, ours: str, *, dates: int) -> tuple[float, float, str]:
    """(share of the cells that fit, how much they speak for ours and no other, in words)."""
    share = 1.0 if column.typed and not written.counted and _is_moment(column) else written.share
    timed = with_time(column, written)
    held = f"dates{' with a time of day' if timed else ''} in {share:.0%} of {column.filled:,} cells"
    support = 0.0
    if ours in MOMENTS and timed:
        support = 0.5
    elif ours in {"performed_at", "measured_on"} and dates == 1:
        support, held = 0.5, f"{held}, the only column of dates"
    return share, support, held


def with_time(column: Column, written: Written) -> bool:
    """Whether most of the dates have a time of day."""
    return written.clock >= 0.5 or (
        column.typed and not column.counts["text"].str.ends_with("00:00:00").all()
    )


def _is_moment(column: Column) -> bool:
    return column.counts["text"].str.contains(r"^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$").all()
