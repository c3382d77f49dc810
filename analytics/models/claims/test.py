"""The test of the article's claims: every claim has a row, whatever the journals hold."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

import polars as pl

from analytics.models.claims.fitting import Found, NotMeasuredError, NotToldError
from analytics.models.claims.measure import by_adherence
from analytics.models.claims.patient import between_patients, by_trajectory
from analytics.models.claims.plan import of_plans, of_share
from analytics.models.claims.register import Claim, read_claims
from analytics.models.claims.rows import ClaimRows, claim_rows
from analytics.models.claims.verdict import OPEN, UNMEASURED, judged
from analytics.models.claims.week import within_patients
from analytics.vocabulary.settings import Settings

Ask = Callable[[Claim], Found]
NUMBERS = ("estimate", "se", "df", "low", "high", "p", "control")
COUNTS = ("patients", "weeks", "clinics")
CLAIMS = {
    "claim": pl.String, "short": pl.String, "says": pl.String, "estimand": pl.String, "population": pl.String,
    "family": pl.Boolean, "patients": pl.Int64, "weeks": pl.Int64, "clinics": pl.Int64,
    "estimate": pl.Float64, "low": pl.Float64, "high": pl.Float64, "unit": pl.String, "se": pl.Float64,
    "df": pl.Float64, "p": pl.Float64, "p_holm": pl.Float64, "q_bh": pl.Float64, "tests": pl.Int64,
    "low_family": pl.Float64, "high_family": pl.Float64, "control": pl.Float64, "favours": pl.String,
    "worthwhile": pl.Float64, "scaled": pl.Float64, "scaled_low": pl.Float64, "scaled_high": pl.Float64,
    "verdict": pl.String, "speaks": pl.String, "why": pl.String, "evidence": pl.String,
}  # fmt: skip


def test_claims(
    weeks: pl.DataFrame,
    practice: pl.DataFrame,
    *,
    episodes: pl.DataFrame,
    measures: pl.DataFrame,
    settings: Settings,
) -> pl.DataFrame:
    """One row is one claim of the article: what is asked, the answer with its interval, the verdict in words.

    `weeks`: PatientWeeks. `practice`: what was done in them (weekly_practice). `episodes`: the eligible ones
    with what was done over them (episode_practice). `measures`: Measures. `estimate`, `low`, `high` (95 %),
    `se` and Kenward-Roger's `df` are in `unit`; `low_family` and `high_family` hold for all `tests` together,
    `p_holm` and `q_bh` are adjusted for them. `scaled` is in smallest differences worth having, above 0 for
    the article. `control`: p of the negative control. All are associations, none an effect. Claims that
    cannot be asked of these journals say so: "not measured here".

    >>> import analytics as an
    >>> study, settings = an.sample_study(), an.find_settings("")
    >>> names = ("patient_weeks", "episodes", "plans", "eligible", "measures")
    >>> weeks, everybody, plans, eligible, measures = (study.frame(name).collect() for name in names)
    >>> practice = an.weekly_practice(study.frame("sessions"), plans, weeks=weeks, episodes=everybody)
    >>> episodes = an.episode_practice(practice, eligible)
    >>> claims = an.test_claims(weeks, practice, episodes=episodes, measures=measures, settings=settings)
    >>> claims.filter(pl.col("claim") == "stretching")["verdict"].item()
    'no worthwhile difference'
    """
    rows = claim_rows(weeks, practice, episodes=episodes, measures=measures, settings=settings)
    trajectory = partial(by_trajectory, weeks=weeks, episodes=episodes, settings=settings)
    asked = [_asked(claim, _questions(rows, trajectory)) for claim in read_claims()]
    schema = {name: CLAIMS[name] for name in (*NUMBERS, *COUNTS)}
    found = pl.DataFrame(asked, schema_overrides=schema | {"untold": pl.String, "untold_as": pl.String})
    return judged(found).select(pl.col(name).cast(kind) for name, kind in CLAIMS.items())


def _questions(rows: ClaimRows, trajectory: Ask) -> dict[str, Ask]:
    """How each kind of claim is asked."""
    return {
        "week": partial(within_patients, rows=rows),
        "patient": partial(between_patients, rows=rows),
        "trajectory": trajectory,
        "measure": partial(by_adherence, rows=rows),
        "plan": partial(of_plans, rows=rows),
        "share": partial(of_share, rows=rows),
    }


def _asked(claim: Claim, questions: dict[str, Ask]) -> dict[str, Any]:
    """The claim with what was found, or why nothing was."""
    row = claim.model_dump() | {"claim": claim.id} | dict.fromkeys((*NUMBERS, *COUNTS))
    row |= {"untold": None, "untold_as": None}
    for name in ("needs", "drivers", "adjust", "weeks"):
        row.pop(name) if name != "weeks" else row.update(weeks=None)
    try:
        return row | asdict(questions[claim.kind](claim))
    except NotMeasuredError as missing:
        return row | {"untold": str(missing), "untold_as": UNMEASURED}
    except NotToldError as untold:
        return row | {"untold": str(untold), "untold_as": OPEN}
