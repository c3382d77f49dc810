"""What may leave of the checks: whether each has found something, and counts only where many stand behind."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.disclosure import printed, refuse_rules_that_hide_nothing, typed_as
from analytics.vocabulary.settings import Disclosure

RELEASED = (
    "clinic_id", "check", "table", "column", "violated", "of", "share", "share_before", "threshold", "status",
    "state",
)  # fmt: skip


def release_checks(trend: pl.DataFrame, rules: Disclosure) -> pl.DataFrame:
    """Trend without its small numbers: a share is of rounded counts, and empty where one of them is.

    That a check has found something is said at any size: it names a clinic and a rule, and nobody.
    """
    refuse_rules_that_hide_nothing(rules)
    now, of = printed("violated", rules), printed("of", rules)
    hidden = printed("patients", rules).is_null() | printed("of_patients", rules).is_null()
    hidden = hidden | now.is_null() | of.is_null()
    then, of_then = printed("violated_before", rules), printed("of_before", rules)
    small = printed("patients_before", rules).is_null() | then.is_null() | of_then.is_null()
    shown = trend.with_columns(
        violated=pl.when(~hidden).then(now),
        of=pl.when(~hidden).then(of),
        share=pl.when(~hidden & (of > 0)).then(now / of),
        share_before=pl.when(~small & ~hidden & (of_then > 0)).then(then / of_then),
    )
    return typed_as(trend.select(RELEASED), shown.select(RELEASED))
