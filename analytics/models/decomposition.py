"""Decomposition: a clinic's gap to all clinics, split by what its patients and their course account for.

Parts are associations: what goes with a difference, not what it causes or would change.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from scipy import stats

from analytics.models.cells import one_per_patient
from analytics.models.kitagawa import SPLIT, Patients, has_spread, split_gaps, told_parts
from analytics.models.outcomes import enough_to_compare
from analytics.models.predictors import case_mix_terms, time_terms
from analytics.vocabulary.settings import Comparison, Settings

PARTS = ("total", *SPLIT, "rest")
GAPS = {
    "clinic_id": pl.String, "part": pl.String, "patients": pl.Int32, "estimate": pl.Float64,
    "low": pl.Float64, "high": pl.Float64, "known": pl.Boolean,
}  # fmt: skip
# Our choice: with fewer patients left over, once clinics' levels and slopes are taken, a split is noise.
MIN_LEFT = 20


def decompose_gaps(eligible: pl.DataFrame, settings: Settings) -> pl.DataFrame:
    """One row is one part of one clinic's gap: its mean fall in pain less all patients' mean (NPRS points).

    `total` = `case_mix` + `adherence` + `dropout` + `rest`; above 0 pain fell more here. `case_mix`: what
    goes with having other patients (baseline pain, phase, STarT Back, age, surgery), also by way of what
    follows. `adherence`: with doing more or less of the plan than such patients do elsewhere (capped share).
    `dropout`: with outcomes seen earlier or later than of such patients (by the last rated week).
    `rest`: what none of these tells. `known` is false, the part 0 and its interval empty, where nothing is
    recorded to tell a part by; its share of the gap is then in `rest`. Intervals: 95 %, t over the clinic's
    patients, from patients' influence on means and slopes. A clinic below the gates of `settings.comparison`
    has empty rows; so have all parts but the total where patients are too few; one clinic alone has none.

    >>> an.decompose_gaps(eligible, settings).columns[:2]
    ['clinic_id', 'part']
    """
    episodes = eligible.drop_nulls("pain_reduction").sort("clinic_id", "patient_id", "episode_id")
    if episodes["clinic_id"].n_unique() < 2:
        return pl.DataFrame(schema=GAPS)
    people = _patients(episodes, settings)
    told = told_parts(people)
    estimate, error = split_gaps(people, told)
    reach = stats.t.ppf(0.975, np.maximum(people.sizes - 1, 1))[:, None] * error
    whole = np.ones((people.sizes.size, 1), bool)
    known = np.hstack([whole, told, whole]).ravel()
    columns = {
        "clinic_id": np.repeat(people.clinics, len(PARTS)),
        "part": PARTS * people.sizes.size,
        "patients": np.repeat(people.sizes, len(PARTS)),
        "estimate": estimate.ravel(),
        "low": np.where(known, (estimate - reach).ravel(), np.nan),
        "high": np.where(known, (estimate + reach).ravel(), np.nan),
        "known": known,
    }
    enough = people.y.size - people.sizes.size - has_spread(people).sum() >= MIN_LEFT
    return _gated(pl.DataFrame(columns, schema=GAPS), eligible, rules=settings.comparison, split=bool(enough))


def _patients(episodes: pl.DataFrame, settings: Settings) -> Patients:
    """Every patient counts: a value that is missing is the others' mean, and a column of its own says so."""
    blocks = {
        "case_mix": case_mix_terms(),
        "adherence": {"adherence": pl.col("adherence_capped")},
        "dropout": time_terms(settings),
    }
    terms = {name: term for block in blocks.values() for name, term in block.items()}
    dated = episodes.with_columns(week="outcome_week")
    values = one_per_patient(
        dated.select("clinic_id", "patient_id", "pain_reduction", **terms), "pain_reduction", *terms
    )
    part = [SPLIT.index(name) for name, block in blocks.items() for _ in block]
    missing = values.select(pl.col(name).is_null().cast(pl.Float64) for name in terms).to_numpy()
    x = values.select(pl.col(name).fill_null(pl.col(name).mean()).fill_null(0.0) for name in terms).to_numpy()
    recorded = values.group_by("clinic_id", maintain_order=True).agg(pl.col(*terms).count() > 0)
    sizes = values.group_by("clinic_id", maintain_order=True).len()
    return Patients(
        clinics=sizes["clinic_id"].to_list(),
        sizes=sizes["len"].to_numpy().astype(np.int64),
        y=values["pain_reduction"].to_numpy(),
        x=np.hstack([x, missing]),
        part=np.array(2 * part),
        counts=np.repeat([1.0, 0.0], len(part)),
        recorded=recorded.select(pl.exclude("clinic_id")).to_numpy(),
    )


def _gated(found: pl.DataFrame, eligible: pl.DataFrame, *, rules: Comparison, split: bool) -> pl.DataFrame:
    counts = eligible.group_by("clinic_id").agg(episodes=pl.len(), share=pl.col("complete").mean())
    enough = enough_to_compare(rules) & (pl.col("patients") > 1)
    shown = enough & (pl.lit(split) | (pl.col("part") == "total"))
    return found.join(counts, on="clinic_id", how="left", maintain_order="left").select(
        "clinic_id", "part", "patients",
        pl.when(shown).then(pl.col("estimate", "low", "high").fill_nan(None)),
        pl.col("known") & shown,
    )  # fmt: skip
