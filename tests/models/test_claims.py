"""The article's claims: the verdict follows its rule, and every claim has a row whatever is missing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from recovery.practised import Practised, Truth, practised
from recovery.simulated import SETTINGS
from scipy import stats

from analytics.models.claims import test as claims
from analytics.models.claims.register import claims_register, read_claims
from analytics.models.claims.rows import OF_PATIENTS, OUTCOMES, POPULATIONS
from analytics.models.claims.verdict import VERDICTS, judged
from analytics.models.claims.week import cleared

MEASURED = 26


@pytest.fixture(scope="module")
def network():
    return practised(7, Truth(clinics=4, patients=40))


def _tested(network: Practised) -> pl.DataFrame:
    return claims.test_claims(
        network.weeks,
        network.practice,
        episodes=network.episodes,
        measures=network.measures,
        settings=SETTINGS,
    )


@pytest.fixture(scope="module")
def found(network):
    return _tested(network)


def _row(estimate, se, **others):
    row = {
        "family": True, "direction": -1, "worthwhile": 1.0, "null": 0.0, "alike": False, "unit": "points",
        "estimate": estimate, "se": se, "df": 1e6, "low": estimate - 1.96 * se, "high": estimate + 1.96 * se,
        "control": None, "untold": None, "untold_as": None,
    } | others  # fmt: skip
    return row | {"p": float(2 * stats.norm.sf(abs(estimate - row["null"]) / se))}


def _judge(*rows):
    kinds = {"control": pl.Float64, "untold": pl.String, "untold_as": pl.String}
    return judged(pl.DataFrame(rows, schema_overrides=kinds, infer_schema_length=None))


@pytest.mark.parametrize(
    ("row", "verdict", "speaks"),
    [
        (_row(-2.0, 0.2), "found", "for"),
        (_row(-0.5, 0.05), "found, but small", "little"),
        (_row(0.01, 0.1), "no worthwhile difference", "against"),
        (_row(-0.5, 0.5), "cannot be told", "open"),
        (_row(2.0, 0.2), "the opposite is found", "against"),
        (_row(0.5, 0.05), "the opposite is found, but small", "against"),
        (_row(2.0, 0.2, direction=1), "found", "for"),
        (_row(0.01, 0.1, alike=True), "no worthwhile difference", "for"),
        (_row(0.5, 0.05, alike=True), "the opposite is found, but small", "for"),
        (_row(-2.0, 0.2, control=0.01), "cannot be told", "open"),
        (_row(-2.0, 0.2, control=0.5), "found", "for"),
        (_row(53.0, 0.1, null=50.0, direction=1), "found", "for"),
        (_row(49.9, 0.1, null=50.0, direction=1), "no worthwhile difference", "against"),
        # the interval reaches beyond what is worth having, and holds no difference
        (_row(0.5, 0.3), "cannot be told", "open"),
    ],
)
def test_the_verdict_follows_its_rule(row, verdict, speaks):
    found = _judge(row)
    assert found.select("verdict", "speaks").row(0) == (verdict, speaks)
    assert found["why"].item()


def test_what_one_test_would_find_many_tests_do_not():
    one = _row(-1.5, 0.7)  # p = 0.032
    assert _judge(one)["verdict"].item() == "found"
    many = _judge(one, *[_row(0.01, 0.1)] * 20)
    assert many["p"][0] < 0.05 < many["p_holm"][0]
    assert many["verdict"][0] == "cannot be told"
    assert many["high_family"][0] > many["high"][0]


def test_what_describes_is_no_test_and_is_judged_alone():
    described = _row(-1.5, 0.7, family=False)
    found = _judge(described, *[_row(0.01, 0.1)] * 20)
    assert found["tests"][0] == 20
    assert found["p_holm"][0] is None
    assert found["verdict"][0] == "found"


def test_an_interval_within_what_is_worth_having_must_be_so_with_all_tests_counted():
    near = _row(0.01, 0.4)  # 95 %: -0.77 to 0.79; of 21 tests: beyond 1
    assert _judge(near)["verdict"].item() == "no worthwhile difference"
    assert _judge(near, *[_row(0.01, 0.1)] * 20)["verdict"][0] == "cannot be told"


def test_the_common_scale_points_to_the_article():
    found = _judge(_row(-2.0, 0.2, worthwhile=0.5), _row(2.0, 0.2, direction=1, worthwhile=0.5))
    assert found["scaled"].to_list() == [4, 4]
    assert (found["scaled_low"] < found["scaled"]).all()
    assert (found["scaled"] < found["scaled_high"]).all()


def test_the_register_is_whole():
    register, all_claims = claims_register(), read_claims()
    assert register["claim"].n_unique() == len(all_claims) == MEASURED
    for claim in all_claims:
        assert claim.kind != "week" or claim.outcome in OUTCOMES
        assert claim.where is None or claim.where in POPULATIONS
        assert claim.kind != "patient" or claim.exposure in {*OF_PATIENTS, "adherence_before"}
        assert claim.worthwhile_source
        assert claim.evidence
        assert claim.says.endswith(".")


def test_every_claim_is_asked_of_a_whole_network(found):
    assert found["claim"].to_list() == [claim.id for claim in read_claims()]
    assert found.schema == pl.Schema(claims.CLAIMS)
    assert found["estimate"].null_count() == 0
    assert found["verdict"].is_in(VERDICTS).all()
    assert found["tests"].unique().to_list() == [found["family"].sum()]
    between = found.filter(pl.col("family"))
    assert (between["low_family"] <= between["low"]).all()
    assert (between["low"] < between["estimate"]).all()
    assert (between["p_holm"] >= between["p"]).all()


def test_the_order_of_rows_does_not_matter(network, found):
    mixed = replace(network, weeks=network.weeks.sample(fraction=1, shuffle=True, seed=3))
    other = _tested(mixed)
    assert found["verdict"].to_list() == other["verdict"].to_list()
    for name in ("estimate", "se"):
        assert found[name].to_list() == pytest.approx(other[name].to_list(), rel=1e-5)


LOST = {
    "stretching": ("practice", "stretching"), "pace_next": ("practice", "comfortable"),
    "written_feedback": ("practice", "written"), "brace": ("practice", "brace"),
    "decompression": ("practice", "traction"), "chosen_by_pain": ("practice", "plan_load"),
    "consistent_complications": ("practice", "flare"), "raising_and_flares": ("weeks", "load"),
    "rest_over_4": ("episodes", "bed_rest_band"), "ball_daily": ("episodes", "ball_days_wk1"),
    "consistent_disability": ("measures", "value"), "consistent_pain": ("weeks", "adherence_capped"),
}  # fmt: skip


def test_what_no_journal_tells_is_not_measured_here(network):
    without = network
    for name, column in LOST.values():
        frame = getattr(without, name)
        empty = pl.lit(None, frame.schema[column]).alias(column)
        without = replace(without, **{name: frame.with_columns(empty)})
    found = _tested(without).filter(pl.col("claim").is_in(list(LOST)))
    assert found["verdict"].to_list() == ["not measured here"] * len(LOST)
    assert found["estimate"].null_count() == found["why"].count() == len(LOST)


def test_a_journal_of_nobody_has_a_row_for_every_claim(network):
    nobody = Practised(*(getattr(network, name).clear() for name in Practised.__dataclass_fields__))
    found = _tested(nobody)
    assert found.height == MEASURED
    assert found["verdict"].unique().to_list() == ["not measured here"]
    assert found["tests"].unique().to_list() == [0]


def test_one_clinic_is_enough():
    found = _tested(practised(9, Truth(clinics=1, patients=60)))
    stretching = found.filter(pl.col("claim") == "stretching")
    assert stretching["clinics"].item() == 1
    assert stretching["estimate"].item() is not None


def test_the_cleared_choice_no_longer_follows_what_drove_it():
    """Stretching chosen by pain, week and habit: what is left is what chance added."""
    rng = np.random.default_rng(4)
    patients, weeks = 300, 12
    week = np.tile(np.arange(weeks), patients)
    habit = np.repeat(rng.normal(0, 1, patients), weeks)
    pain, chance = habit + rng.normal(5, 1, patients * weeks), rng.normal(0, 1, patients * weeks)
    rows = pl.DataFrame(
        {
            "episode_id": np.repeat(np.arange(patients), weeks), "week": week, "pain_first": pain,
            "adherence_capped": rng.random(patients * weeks),
            "stretching": 2 * pain - week + 3 * habit + chance,
        }
    )  # fmt: skip
    claim = next(claim for claim in read_claims() if claim.id == "stretching")
    left = cleared(rows, claim).with_columns(pain=pl.Series(pain), chance=pl.Series(chance))
    own = left.select(pl.col("own_stretching", "pain", "chance") - pl.col("own_stretching", "pain", "chance")
                      .mean().over("episode_id"))  # fmt: skip
    assert abs(own.select(pl.corr("own_stretching", "pain")).item()) < 0.02
    assert own.select(pl.corr("own_stretching", "chance")).item() > 0.99
