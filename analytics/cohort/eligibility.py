"""Who is compared, and the flow of everybody else out of the numbers (STROBE item 13)."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.records import NETWORK, Flow
from analytics.vocabulary.results import Journal
from analytics.vocabulary.settings import Settings


def select_eligible(episodes: pl.DataFrame, settings: Settings) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The eligible episodes, and the others each with the first `reason` that keeps it out.

    >>> kept, out = an.select_eligible(cohort.episodes, settings)
    >>> kept.height + out.height == cohort.episodes.height
    True
    """
    reasons = [pl.when(out).then(pl.lit(reason)) for reason, out in _exclusions(settings).items()]
    marked = episodes.with_columns(pl.coalesce(reasons).alias("reason"))
    return (
        marked.filter(pl.col("reason").is_null()).drop("reason"),
        marked.filter(pl.col("reason").is_not_null()),
    )


def _exclusions(settings: Settings) -> dict[str, pl.Expr]:
    """By reason, in order: whom it keeps out. An unknown age keeps nobody out."""
    least, age = settings.definitions.min_baseline_pain, settings.definitions.min_age
    return {
        f"younger than {age}": pl.col("age") < age,
        "no pain rating at the start": pl.col("baseline_pain").is_null(),
        f"pain at the start below {least:g}": pl.col("baseline_pain") < least,
        "no pain rating after week 0": pl.col("outcome_pain").is_null(),
    }


def exclusion_flow(journal: Journal, episodes: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """Flow: by clinic and network, one row an arrow; entered = left + remained on each.

    Lines become sessions, sessions belong to patients, patients have episodes: where the unit changes, a row
    with nothing lost opens the next chain. Within a unit each row enters with what the row before it left.

    >>> flow = an.exclusion_flow(journal, cohort.episodes, settings)
    >>> (flow["entered"] == flow["left"] + flow["remained"]).all()
    True
    """
    whose = [*journal.clinics["clinic_id"].to_list(), NETWORK]
    _, excluded = select_eligible(episodes, settings)
    flows = [_flow_of(clinic, journal, episodes, excluded, settings) for clinic in whose]
    return Flow.validate(pl.concat([Flow.create_empty(), *flows]).sort("clinic_id", "order"))


def _flow_of(
    clinic: str, journal: Journal, episodes: pl.DataFrame, excluded: pl.DataFrame, settings: Settings
) -> pl.DataFrame:
    mine = pl.lit(True) if clinic == NETWORK else pl.col("clinic_id") == clinic
    own = episodes.filter(mine)
    steps = _line_steps(journal, mine, sessions=int(own["sessions"].sum()))  # each is in just one episode
    patients, count = own["patient_id"].n_unique(), own.height
    steps += [
        ("patients", "patients with a session", patients, 0, 0),
        ("episodes", "episodes of care", count, 0, 0),
    ]
    out = excluded.filter(mine).group_by("reason").agg(pl.len(), pl.col("patient_id").n_unique().alias("who"))
    lost = {reason: (number, who) for reason, number, who in out.iter_rows()}
    for reason in _exclusions(settings):
        left, who = lost.get(reason, (0, 0))
        steps.append(("episodes", reason, count, left, who))
        count -= left
    rows = [
        (clinic, order, stage, reason, entered, left, entered - left, who)
        for order, (stage, reason, entered, left, who) in enumerate(steps)
    ]
    return pl.DataFrame(rows, schema={n: c.dtype for n, c in Flow.columns().items()}, orient="row")


def _line_steps(journal: Journal, mine: pl.Expr, *, sessions: int) -> list[tuple[str, str, int, int, int]]:
    """(stage, reason, entered, left, patients left) from the lines of the session exports to sessions."""
    account = journal.accounting.filter(pl.col("table") == "sessions")
    gathered = int(account.filter(mine).select((pl.col("kept") - pl.col("rows")).sum()).item())
    found = journal.fates.filter(pl.col("table") == "sessions", mine)
    lost = {}
    for outcome in ("refused", "duplicate"):
        rows = found.filter(pl.col("outcome") == outcome)
        lines = int(rows["lines"].sum())
        lost[outcome] = (lines, rows["patient_id"].drop_nulls().n_unique() or lines)
    lines = sessions + gathered + lost["refused"][0] + lost["duplicate"][0]
    after_refusal = lines - lost["refused"][0]
    return [
        ("lines", "lines in the session exports", lines, 0, 0),
        ("lines", "refused by a rule", lines, *lost["refused"]),
        ("lines", "repeats of another line", after_refusal, *lost["duplicate"]),
        ("sessions", "lines that make one session together", sessions + gathered, gathered, gathered),
    ]
