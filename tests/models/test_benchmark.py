"""Who is compared, with what, and what is said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as effort
from hypothesis import strategies as st
from models.conftest import fill
from polars.testing import assert_frame_equal
from recovery.comparisons import SETTINGS, Made, draw
from scipy import stats

from analytics.models import expectation
from analytics.models.benchmark import CLINICS, COMPARISON, FUNNEL, _benchmark, benchmark_clinics
from analytics.models.decomposition import decompose_gaps
from analytics.models.expectation import expect
from analytics.models.funnel import mean_limits, widened
from analytics.models.outcomes import Outcome, compared_outcomes
from analytics.vocabulary.results import Cohort
from analytics.vocabulary.schema import Measures

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


def compare(eligible, settings, *, episodes=None, measures=()):
    """The benchmark of eligible episodes, with no other episode and no questionnaire unless given."""
    empty = pl.DataFrame()
    cohort = Cohort(
        episodes=eligible if episodes is None else episodes, weeks=empty, practice=empty,
        measures=fill(Measures, measures, {}) if measures else Measures.create_empty(), scores=empty,
    )  # fmt: skip
    return benchmark_clinics(cohort, eligible, settings)


def of(benchmark, measure="pain_reduction"):
    own = benchmark.clinics.filter(pl.col("measure") == measure)
    return {row["clinic_id"]: row for row in own.iter_rows(named=True)}


@pytest.fixture
def benchmark(eligible, settings):
    return compare(eligible, settings)


@pytest.fixture
def clinic(benchmark):
    return of(benchmark)


def test_signals(clinic):
    assert {name: row["signal"] for name, row in clinic.items()} == {
        "a": "no clear difference", "b": "no clear difference", "c": "better than expected",
        "d": "worse than expected", "e": "not enough data",
    }  # fmt: skip
    assert [row["flag"] for row in clinic.values()] == ["", "", "outside 99.8 %", "outside 99.8 %", ""]


def test_case_mix_is_what_lets_expect_more(clinic):
    """b's patients start two points higher and fall by one point more: that is no merit of the clinic."""
    assert clinic["b"]["observed"] - clinic["a"]["observed"] == pytest.approx(1.0, abs=0.3)
    assert clinic["b"]["expected"] - clinic["a"]["expected"] == pytest.approx(1.0, abs=0.3)


def test_a_clinics_own_result_does_not_pass_for_case_mix(clinic):
    assert clinic["c"]["difference"] - clinic["d"]["difference"] == pytest.approx(3.0, abs=0.3)


def test_what_never_varies_within_a_clinic_explains_nothing(eligible, settings):
    """Clinic c asks no STarT Back: that its patients do better is not by that."""
    asked = eligible.with_columns(
        start_back=pl.when(pl.col("clinic_id") == "c").then(None).otherwise(pl.lit("low"))
    )
    plain, told = (of(compare(frame, settings))["c"] for frame in (eligible, asked))
    assert told["difference"] == pytest.approx(plain["difference"])
    assert told["expected"] == pytest.approx(plain["expected"])


def test_observed_is_the_plain_mean_with_its_t_interval(clinic, eligible):
    own = eligible.filter(pl.col("clinic_id") == "a")["pain_reduction"].to_numpy()
    reach = stats.t.ppf(0.975, 39) * own.std(ddof=1) / np.sqrt(40)
    found = [clinic["a"][name] for name in ("observed", "low", "high")]
    assert found == pytest.approx([own.mean(), own.mean() - reach, own.mean() + reach])


def test_a_share_has_wilsons_interval(benchmark, eligible):
    row = of(benchmark, "responder")["a"]
    count = round(row["observed"] * 40)
    wilson = stats.binomtest(count, 40).proportion_ci(method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((wilson.low, wilson.high))


def test_differences_weighted_by_patients_add_up_to_nothing(eligible, settings):
    """The target is the network's own mean: every clinic above it is paid for by one below."""
    everyone = settings.model_copy(
        update={"comparison": settings.comparison.model_copy(update={"min_episodes": 2})}
    )
    benchmark = compare(eligible, everyone)
    for measure in ("pain_reduction", "responder"):
        own = benchmark.clinics.filter(pl.col("measure") == measure)
        assert (own["difference"] * own["patients"]).sum() == pytest.approx(0, abs=1e-9)
    target = benchmark.comparison.filter(pl.col("measure") == "pain_reduction")["target"].item()
    assert target == pytest.approx(eligible["pain_reduction"].mean())


def test_too_few_episodes_keep_their_observed_value_and_nothing_else(clinic):
    row = clinic["e"]
    assert row["patients"] == 9
    assert row["observed"] is not None
    kept = {"clinic_id", "measure", "kind", "patients", "observed", "low", "high", "signal", "flag"}
    assert {row[name] for name in set(CLINICS) - kept} == {None}


@pytest.mark.parametrize(("seen", "signal"), [(20, "better than expected"), (19, "not enough data")])
def test_half_of_the_outcomes_must_be_complete(eligible, settings, seen, signal):
    place = pl.int_range(pl.len()).over("clinic_id")
    thin = eligible.with_columns(complete=(pl.col("clinic_id") != "c") | (place < seen))
    benchmark = compare(thin, settings)
    assert of(benchmark)["c"]["signal"] == signal
    assert of(benchmark, "completion")["c"]["signal"] == "worse than expected"


def test_a_patient_with_two_episodes_is_one_patient(eligible, settings):
    again = eligible.filter(pl.col("patient_id") == "a0").with_columns(episode_id=pl.lit("again"))
    assert of(compare(pl.concat([eligible, again]), settings))["a"]["patients"] == 40


def test_one_clinic_has_nobody_to_be_compared_with(eligible, settings):
    alone = of(compare(eligible.filter(pl.col("clinic_id") == "a"), settings))
    assert alone["a"]["signal"] == "not enough data"
    assert alone["a"]["expected"] is None


def test_nobody_eligible(eligible, settings):
    benchmark = compare(eligible.clear(), settings)
    assert not benchmark.clinics.height
    assert not benchmark.limits.height
    assert benchmark.comparison["clinics"].sum() == 0
    assert dict(benchmark.clinics.schema) == CLINICS
    assert dict(benchmark.limits.schema) == FUNNEL
    assert dict(benchmark.comparison.schema) == COMPARISON


def test_every_category_of_case_mix_reaches_the_model(eligible, settings):
    """Patients of 65 fare worse by two points; a clinic of old patients alone is not blamed for it."""
    place = pl.int_range(pl.len())
    bands = pl.when(place % 3 == 0).then(pl.lit("65+")).when(place % 3 == 1).then(pl.lit("under 18"))
    older = eligible.with_columns(age_band=bands.otherwise("age_band")).with_columns(
        pl.col("pain_reduction") - 2 * (pl.col("age_band") == "65+") * (pl.col("clinic_id") != "e")
    )
    alike = of(compare(older, settings))
    assert [alike[name]["signal"] for name in "cd"] == ["better than expected", "worse than expected"]
    only = older.filter((pl.col("clinic_id") != "a") | (pl.col("age_band") == "65+"))
    found = of(compare(only, settings))["a"]
    assert found["signal"] == "no clear difference"
    assert found["expected"] < older["pain_reduction"].mean()


def test_who_was_never_rated_again_counts_against_completion(eligible, settings):
    """Ten more who began at clinic a in time and were not rated later; five began too late to be."""
    lost = eligible.filter(pl.col("clinic_id") == "a").head(15).with_columns(
        pl.lit(None, pl.Float64).alias("pain_reduction"), pl.lit(None, pl.Float64).alias("outcome_pain"),
        patient_id="lost" + pl.col("patient_id"), episode_id="lost" + pl.col("episode_id"),
        complete=pl.lit(False),
        starts_on=pl.when(pl.int_range(pl.len()) < 10).then("starts_on").otherwise(date(2026, 6, 1)),
    )  # fmt: skip
    found = of(compare(eligible, settings, episodes=pl.concat([eligible, lost])), "completion")
    assert found["a"]["patients"] == 50
    assert found["a"]["observed"] == pytest.approx(0.8)
    assert found["a"]["signal"] == "worse than expected"


def test_a_responder_falls_by_two_points_or_three_tenths(make_episodes, settings):
    falls = {
        "just 2 points": (9.0, 2.0, 1), "less": (9.0, 1.99, 0), "30 %": (3.0, 0.9, 1), "29 %": (3.0, 0.87, 0),
    }  # fmt: skip
    names = ("clinic_id", "patient_id", "episode_id", "baseline_pain", "pain_reduction")
    rows = [("a", name, name, start, fall) for name, (start, fall, _) in falls.items()]
    frame = make_episodes([dict(zip(names, row, strict=True)) for row in rows])
    cohort = Cohort(frame, pl.DataFrame(), pl.DataFrame(), Measures.create_empty(), pl.DataFrame())
    found = {one.measure: one for one in compared_outcomes(cohort, frame, settings)}["responder"].patients
    assert dict(found.select("patient_id", "value").iter_rows()) == {k: v for k, (*_, v) in falls.items()}


def test_function_is_turned_so_that_more_is_better(eligible, settings):
    """ODI falls by 10 and by 20 at c, PSFS rises by 2; who was measured once is not in."""

    def scores(instrument, first, gain):
        for row in eligible.iter_rows(named=True):
            more = 2 * gain if row["clinic_id"] == "c" else gain
            start = first + 3 * row["baseline_pain"] * (instrument == "ODI")
            for day, value in ((date(2026, 1, 5), start), (date(2026, 3, 5), start + more)):
                who = {name: row[name] for name in ("clinic_id", "patient_id")}
                if day.month == 1 or row["patient_id"] != "a0":
                    # a little noise of its own, so that patients differ
                    wobble = (hash_of(row["patient_id"]) % 7 - 3) / 3 * (day.month == 3)
                    yield who | {"measured_on": day, "instrument": instrument, "value": value + wobble}

    measures = [*scores("ODI", 40.0, -10.0), *scores("PSFS", 3.0, 2.0)]
    benchmark = compare(eligible, settings, measures=measures)
    odi, psfs = of(benchmark, "function_ODI"), of(benchmark, "function_PSFS")
    assert odi["a"]["patients"] == 39
    assert odi["b"]["observed"] == pytest.approx(10, abs=0.5)
    assert odi["c"]["observed"] == pytest.approx(20, abs=0.5)
    assert psfs["b"]["observed"] == pytest.approx(2, abs=0.5)
    assert (odi["c"]["signal"], psfs["c"]["signal"]) == ("better than expected", "better than expected")


def hash_of(text):
    return sum(ord(letter) * (at + 1) for at, letter in enumerate(text))


def test_the_standard_error_holds_patients_network_and_slopes(monkeypatch):
    """Each difference is a sum of the patients' values with fixed weights: its variance follows from them."""
    monkeypatch.setattr(expectation, "PRIOR", 1e12)  # patients are equally spread here
    outcome = draw(np.random.default_rng(3), Made(clinics=5, patients=18))
    weights = []
    for at in range(outcome.patients.height):
        one = (pl.int_range(pl.len()) == at).cast(pl.Float64)
        weights.append(expect(replace(outcome, patients=outcome.patients.with_columns(value=one))).difference)
    exact = np.sqrt((np.array(weights) ** 2).sum(axis=0))
    made = expect(outcome)
    assert made.errors / made.pool.std() == pytest.approx(exact, rel=1e-6)
    patients_alone = 1 / np.sqrt(made.sizes)
    assert exact != pytest.approx(patients_alone, rel=1e-3)


def test_patients_of_whom_less_can_be_expected_are_spread_less():
    """A clinic of which four in five start at 2 points, spread by 0.5, beside one of as many at 8, by 2."""
    rng, people = np.random.default_rng(5), 3000
    low = rng.random(20 * people) < np.repeat(np.arange(20) % 2 * 0.6 + 0.2, people)
    baseline = np.where(low, 2.0, 8.0)
    patients = pl.DataFrame(
        {
            "clinic_id": [f"c{at:02}" for at in np.repeat(np.arange(20), people)],
            "patient_id": [f"p{at:06}" for at in range(low.size)],
            "value": 0.3 * baseline + rng.normal(size=low.size) * np.where(low, 0.5, 2.0),
            "baseline_pain": baseline,
        }
    )
    made = expect(Outcome("pain_reduction", "mean", patients, ("baseline_pain",)))
    of_high, of_low = made.factor[::2].mean(), made.factor[1::2].mean()
    assert of_low / of_high == pytest.approx(
        np.sqrt((0.8 * 0.25 + 0.2 * 4) / (0.2 * 0.25 + 0.8 * 4)), rel=0.02
    )


@effort(max_examples=12, deadline=None)
@given(st.integers(0, 10**6), st.sampled_from(["mean", "share"]), st.sampled_from([0.0, 0.6]))
def test_table_signal_and_funnel_say_the_same(seed, kind, apart):
    outcome = draw(np.random.default_rng(seed), Made(clinics=12, patients=15, kind=kind, apart=apart))
    found, curves, _ = _benchmark(outcome, SETTINGS)
    gap = pl.col("difference")
    outside = (gap < pl.col("limit_low_95")) | (gap > pl.col("limit_high_95"))
    agree = {
        "interval": outside == ((pl.col("difference_low") > 0) | (pl.col("difference_high") < 0)),
        "signal": outside == pl.col("signal").is_in(["better than expected", "worse than expected"]),
        "flag": outside == (pl.col("flag") != ""),
        "gap": (gap - (pl.col("observed") - pl.col("expected"))).abs() < 1e-12,
        "nested": pl.col("limit_low_998") < pl.col("limit_low_95"),
        "ranks": pl.col("rank_low") <= pl.col("rank_high"),
    }
    told = found.select(rule.all().alias(name) for name, rule in agree.items()).row(0, named=True)
    assert told == dict.fromkeys(agree, True)
    assert (curves["patients"] % 5 == 0).all()


def test_the_order_of_rows_does_not_matter(eligible, settings):
    mixed = eligible.sample(fraction=1, shuffle=True, seed=4)
    first, second = compare(eligible, settings), compare(mixed, settings)
    for name in ("clinics", "limits", "comparison"):
        assert_frame_equal(getattr(first, name), getattr(second, name), rel_tol=1e-12, abs_tol=0)


def test_twice_is_the_same_to_the_last_bit(eligible, settings):
    first, second = compare(eligible, settings), compare(eligible, settings)
    assert first.clinics.equals(second.clinics)
    assert first.limits.equals(second.limits)


@effort(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.integers(0, 25), max_size=6),
    st.sampled_from(["same", "noise", "missing", "one unlike"]),
    st.integers(0, 10**6),
)
def test_small_and_odd_networks_give_an_answer(make_episodes, settings, sizes, values, seed):
    rng = np.random.default_rng(seed)
    fall = {"same": lambda: 2.0, "noise": lambda: float(rng.normal(2, 2)), "missing": lambda: None,
            "one unlike": lambda: 2.0}[values]  # fmt: skip
    rows = [
        {
            "clinic_id": f"c{clinic}",
            "patient_id": f"p{at}",
            "episode_id": f"{clinic}-{at}",
            "pain_reduction": fall(),
            "baseline_pain": float(rng.integers(1, 11)),
            "start_back": rng.choice(["low", "high", None]),
            "adherence_capped": rng.choice([None, 0.5, 1.0]),
        }
        for clinic, size in enumerate(sizes)
        for at in range(size)
    ]
    if values == "one unlike" and rows:
        rows[0]["pain_reduction"] = 9.0
    benchmark = compare(make_episodes(rows) if rows else make_episodes([{}]).clear(), settings)
    assert dict(benchmark.clinics.schema) == CLINICS
    compared = benchmark.clinics.filter(pl.col("signal") != "not enough data")
    whole = compared.select("expected", "difference_low", "limit_high_998")
    assert whole.null_count().row(0) == (0, 0, 0)
    assert whole.select(pl.all().is_finite().all()).row(0) == (True, True, True)
    assert benchmark.clinics.filter(pl.col("patients") < 2)["expected"].count() == 0


def test_expectation_is_the_part_of_case_mix_in_the_gap(eligible, settings):
    """What a clinic's patients let expect beyond the network's mean is what its gap is split by."""
    benchmark = compare(eligible, settings)
    target = benchmark.comparison.filter(pl.col("measure") == "pain_reduction")["target"].item()
    gaps = decompose_gaps(eligible, settings).filter(pl.col("part") == "case_mix", pl.col("known"))
    split = dict(gaps.select("clinic_id", "estimate").iter_rows())
    assert sorted(split) == ["a", "b", "c", "d"]
    for name, row in of(benchmark).items():
        if name in split:
            assert row["expected"] - target == pytest.approx(split[name], abs=1e-9)


def test_limits_are_of_t_where_patients_are_few():
    outcome = draw(np.random.default_rng(21), Made(clinics=4, patients=12))
    made, (clinics, *_) = expect(outcome), _benchmark(outcome, SETTINGS)
    assert made.df < 40
    normal = mean_limits(made.pool, made.sizes.tolist(), (0.975, 0.999)) * made.factor[:, None]
    found = clinics.select("limit_high_95", "limit_high_998").to_numpy() / normal
    for at, level in enumerate((0.975, 0.999)):
        assert found[:, at] == pytest.approx(stats.t.ppf(level, made.df) / stats.norm.ppf(level), rel=1e-9)


def test_overdispersed_clinics_widen_the_limits_and_the_interval_with_them():
    outcome = draw(np.random.default_rng(22), Made(clinics=40, patients=80, apart=1.0))
    clinics, curves, comparison = _benchmark(outcome, SETTINGS)
    tau, made = comparison["tau"].item(), expect(outcome)
    assert 0.4 < tau < comparison["between"].item()
    alone = mean_limits(made.pool, [80])[0] * made.factor[0] * widened(made.df)
    assert clinics["limit_high_95"][0] == pytest.approx(np.hypot(alone[1], 1.959964 * tau))
    assert clinics.select((pl.col("signal") != "no clear difference").mean()).item() < 0.2
    assert curves["high_95"].min() > 1.95 * tau
