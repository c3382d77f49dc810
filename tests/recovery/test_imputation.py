"""Over many simulated networks whose patients stop writing: what complete cases miss, imputation finds.

Stopping depends on the pain that was written (missing at random); in other networks those who stopped are
really two points worse afterwards, which only an analysis shifted by as much can find.
"""

from __future__ import annotations

from time import perf_counter

import numpy as np
import polars as pl
import pytest
from recovery.stopping import SETTINGS, Stopping, network, true_reduction

from analytics.models.missing.assumptions import COMPLETE, RANDOM, SHIFTED
from analytics.models.missing.missingness import impute_missing, pooled_contrasts, pooled_means
from analytics.models.missing.reductions import REDUCTION, seen_means

WEEK = 12
AT_RANDOM = Stopping(clinics=12, patients=40)
WORSE = Stopping(clinics=12, patients=40, worse=2.0, gaps=0.0)  # a gap in week 12 would pass for a stop


def answers(made: Stopping, networks: int, *, imputations: int) -> pl.DataFrame:
    """One row is one analysis of one network: mean reduction at week 12, and whether it held the truth."""
    truth, found = true_reduction(made, WEEK), []
    for number in range(networks):
        weeks, episodes, pain = network(number, made)
        imputed = impute_missing(weeks, episodes, SETTINGS, imputations=imputations, seed=number)
        whole = float((episodes["baseline_pain"].to_numpy() - pain[:, WEEK]).mean())
        tables = {
            COMPLETE: seen_means(imputed.marked, SETTINGS, carried=False),
            RANDOM: pooled_means(imputed),
            SHIFTED: pooled_means(imputed, delta=made.worse),
        }
        for name, table in tables.items():
            row = table.filter(measure=REDUCTION, clinic_id="", week=WEEK)
            found.append(
                row.select("estimate", "se", "df", "low", "high", "filled", "patients").with_columns(
                    analysis=pl.lit(name), network=number, whole=pl.lit(whole), truth=pl.lit(truth)
                )
            )
    return pl.concat(found, how="vertical_relaxed").with_columns(
        held=pl.col("truth").is_between("low", "high"), off=pl.col("estimate") - pl.col("whole")
    )


def counted(found: pl.DataFrame) -> dict[str, dict]:
    """By analysis: share of networks whose interval held the truth (`near`: the mean of the whole data)."""
    table = found.group_by("analysis").agg(
        held=pl.col("held").mean(),
        near=pl.col("whole").is_between("low", "high").mean(),
        off=pl.col("off").mean(),
        error=pl.col("off").std() / pl.len().sqrt(),
        bias=(pl.col("estimate") - pl.col("truth")).mean(),
        sd=pl.col("estimate").std(),
        se=(pl.col("se") ** 2).mean().sqrt(),
        df=pl.col("df").median(),
        filled=(pl.col("filled") / pl.col("patients")).mean(),
    )
    return {row["analysis"]: row for row in table.iter_rows(named=True)}


def show(title: str, found: pl.DataFrame, seconds: float) -> None:
    networks = found["network"].n_unique()
    noise = 1.96 * np.sqrt(0.05 * 0.95 / networks)
    print(f"\n{title}: {networks} networks in {seconds:.0f} s; shares +/- {noise:.1%} (95 % Monte Carlo)")
    print(f"{'':20}{'bias':>8}{'off whole':>11}{'sd':>7}{'se':>7}{'df':>6}{'filled':>8}{'covered':>9}")
    for name, row in counted(found).items():
        print(
            f"  {name:18}{row['bias']:+8.3f}{row['off']:+11.3f}{row['sd']:7.3f}{row['se']:7.3f}"
            f"{row['df']:6.1f}{row['filled']:8.1%}{row['held']:9.1%}"
        )


# Fast: a few networks, whose truth is their own whole data: what is off is off by far more than noise.

FEW = 8


@pytest.fixture(scope="module")
def at_random():
    return counted(answers(AT_RANDOM, FEW, imputations=5))


@pytest.fixture(scope="module")
def worse():
    return counted(answers(WORSE, FEW, imputations=5))


def test_at_random_complete_cases_miss_and_imputation_does_not(at_random):
    complete, filled = at_random[COMPLETE], at_random[RANDOM]
    assert complete["off"] > 0.4
    assert complete["near"] <= 0.25
    assert abs(filled["off"]) < 4 * filled["error"] + 0.02
    assert filled["near"] == 1


def test_where_those_who_stopped_are_worse_only_the_shift_finds_it(worse):
    assert worse[RANDOM]["off"] > 0.4
    assert worse[RANDOM]["near"] <= 0.25
    assert abs(worse[SHIFTED]["off"]) < 4 * worse[SHIFTED]["error"] + 0.02
    assert worse[SHIFTED]["near"] == 1


def test_the_contrast_within_patients_is_found_in_filled_weeks():
    weeks, episodes, _ = network(3, AT_RANDOM)
    imputed = impute_missing(weeks, episodes, SETTINGS, imputations=5)
    row = pooled_contrasts(imputed).filter(measure="adherence_within", week=WEEK).row(0, named=True)
    assert row["low"] < 0.4 * AT_RANDOM.effect < row["high"]


# Slow: `make test-slow` prints these tables.

NETWORKS, IMPUTATIONS = 600, 20


@pytest.mark.slow
@pytest.mark.parametrize(
    ("title", "made", "best"), [("At random", AT_RANDOM, RANDOM), ("Worse", WORSE, SHIFTED)]
)
def test_intervals_cover_the_truth(title, made, best):
    began = perf_counter()
    found = answers(made, NETWORKS, imputations=IMPUTATIONS)
    show(f"{title}, {IMPUTATIONS} imputations", found, perf_counter() - began)
    table = counted(found)
    assert 0.93 <= table[best]["held"] <= 0.97
    assert abs(table[best]["off"]) < 0.02
    assert table[COMPLETE]["held"] < 0.5
    assert best == RANDOM or table[RANDOM]["held"] < 0.5


@pytest.mark.slow
def test_the_contrast_covers_the_truth_in_filled_weeks():
    """Within patients, 400 networks of 10 imputations."""
    held, truth = [], 0.4 * AT_RANDOM.effect
    for number in range(400):
        weeks, episodes, _ = network(number, AT_RANDOM)
        imputed = impute_missing(weeks, episodes, SETTINGS, imputations=10, seed=number)
        row = pooled_contrasts(imputed).filter(measure="adherence_within", week=WEEK).row(0, named=True)
        held.append((row["low"] <= truth <= row["high"], row["estimate"] - truth))
    covered, bias = np.mean(held, axis=0)
    print(f"\nWithin patients, filled weeks: covered {covered:.1%}, bias {bias:+.4f}")
    assert 0.93 <= covered <= 0.97
    assert abs(bias) < 0.02
