"""Follow-up: who is still rated in each week, and how those who stopped differed from those who stayed."""

from __future__ import annotations

import polars as pl

from analytics.models.cells import long_shares, long_values, mean_cells, share_cells
from analytics.vocabulary.settings import Settings

SEEN, NOT_SEEN = "seen to the end", "not seen to the end"


def followed(episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """The episodes that a comparison of pain is about, whether or not pain was ever rated again.

    As eligibility has it, but for the later rating: adult or of unknown age, in some pain at the start.
    """
    rules = settings.definitions
    return episodes.filter(
        (pl.col("age") >= rules.min_age).fill_null(True), pl.col("baseline_pain") >= rules.min_baseline_pain
    )


def began_in_time(settings: Settings) -> pl.Expr:
    """The episode began a whole horizon before `as_of`, so that its end could be seen."""
    horizon = settings.definitions.horizon_weeks
    return pl.col("starts_on") <= pl.lit(settings.as_of).dt.offset_by(f"-{horizon}w")


def followup_cells(weeks: pl.DataFrame, whose: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Share of patients in care who rated pain, by week; and who was seen in the last third of the horizon.

    A week that no export covers is unknown and counts neither way. Of both kinds of patient that began in
    time to be seen: pain at the start, its fall up to the last rating (NPRS points, positive is better), and
    the share of the plan kept.
    """
    rated = pl.when(pl.col("state") != "unknown").then(pl.col("pain").is_not_null())
    theirs = weeks.join(whose, on="episode_id", how="semi", maintain_order="left")
    shares = long_shares(theirs, "rated", groups={"": rated}, by_week=True)
    measures = {name: pl.col(name) for name in ("baseline_pain", "pain_reduction", "adherence_capped")}
    begun, end = whose.filter(began_in_time(settings)), pl.col("complete")
    kinds = {SEEN: begun.filter(end), NOT_SEEN: begun.filter(~end)}
    values = [long_values(rows, measures).with_columns(group=pl.lit(kind)) for kind, rows in kinds.items()]
    return pl.concat(
        [
            share_cells(shares, subject="followup"),
            share_cells(long_shares(begun, "seen", groups={"": end}), subject="followup"),
            mean_cells(pl.concat(values), subject="followup"),
        ]
    )
