"""Who is compared, with what, and what is said."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from scipy import stats

from analytics.models.benchmark import benchmark_clinics

# Clinic: patients, mean baseline, points above what its patients let expect.
NETWORK = {
    "a": (40, 5.0, 0.0),
    "b": (40, 7.0, 0.0),
    "c": (40, 6.0, 1.5),
    "d": (40, 6.0, -1.5),
    "e": (9, 6.0, 0.0),
}


@pytest.fixture
def eligible(make_episodes):
    """Pain falls by half of the baseline, and by what the clinic adds; noise of half a point."""
    rng = np.random.default_rng(11)
    rows = []
    for clinic, (count, middle, extra) in NETWORK.items():
        for at in range(count):
            baseline = float(np.clip(rng.normal(middle, 1), 1, 10))
            fall = 0.5 * baseline + extra + float(rng.normal(0, 0.5))
            rows.append(
                {"clinic_id": clinic, "patient_id": f"{clinic}{at}", "episode_id": f"{clinic}{at}",
                 "baseline_pain": baseline, "pain_reduction": fall}
            )  # fmt: skip
    return make_episodes(rows)


@pytest.fixture
def clinic(eligible, settings):
    benchmark = benchmark_clinics(eligible, settings)
    return {row["clinic_id"]: row for row in benchmark.clinics.iter_rows(named=True)}


def test_signals(clinic):
    assert {name: row["signal"] for name, row in clinic.items()} == {
        "a": "no clear difference", "b": "no clear difference", "c": "better than expected",
        "d": "worse than expected", "e": "not enough data",
    }  # fmt: skip


def test_case_mix_is_what_lets_expect_more(clinic):
    """b's patients start two points higher and fall by one point more: that is no merit of the clinic."""
    assert clinic["b"]["observed"] - clinic["a"]["observed"] == pytest.approx(1.0, abs=0.3)
    assert clinic["b"]["expected"] - clinic["a"]["expected"] == pytest.approx(1.0, abs=0.3)


def test_a_clinics_own_result_does_not_pass_for_case_mix(clinic):
    assert clinic["c"]["difference"] - clinic["d"]["difference"] == pytest.approx(3.0, abs=0.3)


def test_observed_is_the_plain_mean_with_its_t_interval(clinic, eligible):
    own = eligible.filter(pl.col("clinic_id") == "a")["pain_reduction"].to_numpy()
    reach = stats.t.ppf(0.975, 39) * own.std(ddof=1) / np.sqrt(40)
    found = [clinic["a"][name] for name in ("observed", "low", "high")]
    assert found == pytest.approx([own.mean(), own.mean() - reach, own.mean() + reach])


def test_differences_weighted_by_patients_add_up_to_nothing(eligible, settings):
    """The target is the network's own mean: every clinic above it is paid for by one below."""
    everyone = settings.model_copy(
        update={"comparison": settings.comparison.model_copy(update={"min_episodes": 2})}
    )
    benchmark = benchmark_clinics(eligible, everyone)
    total = (benchmark.clinics["difference"] * benchmark.clinics["patients"]).sum()
    assert total == pytest.approx(0, abs=1e-9)
    assert benchmark.target == pytest.approx(eligible["pain_reduction"].mean())


def test_too_few_episodes_keep_their_observed_value_and_nothing_else(clinic):
    row = clinic["e"]
    assert row["patients"] == 9
    assert row["observed"] is not None
    compared = ("expected", "difference", "difference_low", "difference_high")
    assert [row[name] for name in compared] == [None] * 4


@pytest.mark.parametrize(("seen", "signal"), [(20, "better than expected"), (19, "not enough data")])
def test_half_of_the_outcomes_must_be_complete(eligible, settings, seen, signal):
    place = pl.int_range(pl.len()).over("clinic_id")
    thin = eligible.with_columns(complete=(pl.col("clinic_id") != "c") | (place < seen))
    found = benchmark_clinics(thin, settings).clinics.filter(pl.col("clinic_id") == "c")
    assert found["signal"].item() == signal


def test_a_patient_with_two_episodes_is_one_patient(eligible, settings):
    again = eligible.filter(pl.col("patient_id") == "a0").with_columns(episode_id=pl.lit("again"))
    found = benchmark_clinics(pl.concat([eligible, again]), settings).clinics
    assert found.filter(pl.col("clinic_id") == "a")["patients"].item() == 40


def test_one_clinic_has_nobody_to_be_compared_with(eligible, settings):
    alone = benchmark_clinics(eligible.filter(pl.col("clinic_id") == "a"), settings).clinics
    assert alone["signal"].to_list() == ["not enough data"]
    assert alone["expected"].to_list() == [None]


def test_nobody_eligible(eligible, settings):
    benchmark = benchmark_clinics(eligible.clear(), settings)
    assert not benchmark.clinics.height
    assert benchmark.clinics.columns == [
        "clinic_id", "patients", "observed", "low", "high", "expected", "difference", "difference_low",
        "difference_high", "signal",
    ]  # fmt: skip


def test_every_category_of_case_mix_reaches_the_model(eligible, settings):
    """Columns called "age_band_65+" and "age_band_under 18" are names in a formula, not sums."""
    place = pl.int_range(pl.len())
    bands = pl.when(place % 3 == 0).then(pl.lit("65+")).when(place % 3 == 1).then(pl.lit("under 18"))
    older = eligible.with_columns(age_band=bands.otherwise("age_band")).with_columns(
        pl.col("pain_reduction") - 2 * (pl.col("age_band") == "65+") * (pl.col("clinic_id") != "e")
    )
    alike = benchmark_clinics(older, settings).clinics
    told = alike.filter(pl.col("clinic_id").is_in(["c", "d"])).sort("clinic_id")
    assert told["signal"].to_list() == ["better than expected", "worse than expected"]
    only = older.filter((pl.col("clinic_id") != "a") | (pl.col("age_band") == "65+"))
    found = benchmark_clinics(only, settings).clinics.filter(pl.col("clinic_id") == "a")
    assert found["signal"].item() == "no clear difference"
    assert found["expected"].item() < older["pain_reduction"].mean()
