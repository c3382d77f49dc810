"""Who stopped, what a delta does, and when a conclusion tips: by tables that can be checked by hand."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest
from recovery.stopping import SETTINGS, Stopping, network
from scipy import stats

from analytics.models.missing.assumptions import COMPLETE, LAST, RANDOM, SHIFTED, compare_missing
from analytics.models.missing.completed import make_means, mean_table, sums_of
from analytics.models.missing.missingness import (
    cumulated_delta,
    impute_missing,
    pooled_contrasts,
    pooled_means,
    shape_delta,
)
from analytics.models.missing.reductions import REDUCTION
from analytics.models.missing.stopping import before_stopping, writing_on
from analytics.models.missing.stopping_odds import fit_stopping, stopping_odds, stopping_weeks
from analytics.models.missing.tipping import delta_curve, tipping_point
from analytics.models.missing.writing import mark_weeks, missing_patterns, of_episodes
from analytics.vocabulary.errors import InputError

HORIZON = SETTINGS.model_copy(
    update={"definitions": SETTINGS.definitions.model_copy(update={"horizon_weeks": 4})}
)
# Pain of weeks 0 to 4; . is a week without a rating. Care of d ended on the last day of week 2.
JOURNALS = {"a": "54321", "b": "5.321", "c": "54...", "d": "543", "e": "5.4..", "f": "5....", "g": "5432."}
DISCHARGED = {"d": date(2026, 1, 25)}


def study(journals=JOURNALS, discharged=DISCHARGED, clinics=None):
    rows = [
        {"clinic_id": (clinics or {}).get(who, "x"), "patient_id": who, "episode_id": who, "week": week,
         "pain": None if mark == "." else float(mark), "adherence_capped": 0.5, "load": 100.0}
        for who, marks in journals.items()
        for week, mark in enumerate(marks)
    ]  # fmt: skip
    weeks = pl.DataFrame(rows, schema_overrides={"pain": pl.Float64, "week": pl.Int32})
    episodes = weeks.unique("episode_id", maintain_order=True).select(
        "clinic_id", "patient_id", "episode_id", starts_on=pl.lit(date(2026, 1, 5)),
        discharged_on=pl.col("episode_id").replace_strict(discharged, default=None, return_dtype=pl.Date),
        age=pl.lit(40.0), baseline_pain=pl.lit(5.0), phase=pl.lit("acute"), start_back=pl.lit("low"),
        age_band=pl.lit("35-49"), post_surgical=pl.lit(False),
    )  # fmt: skip
    return weeks, episodes


def test_weeks_that_are_missing():
    """Discharged on the last day of week 2: week 3 is not missing."""
    marked = mark_weeks(*study(), HORIZON)
    missing = {who: marked.filter(pl.col("missing"), episode_id=who)["week"].to_list() for who in JOURNALS}
    assert missing == {
        "a": [], "b": [1], "c": [2, 3, 4], "d": [], "e": [1, 3, 4], "f": [1, 2, 3, 4], "g": [4],
    }  # fmt: skip
    since = marked.filter(episode_id="e")["since"].to_list()
    assert since == [0, 0, 0, 1, 2]


def test_who_stopped_and_how():
    found = {row["episode_id"]: row for row in of_episodes(mark_weeks(*study(), HORIZON)).to_dicts()}
    assert {who: row["stopped"] for who, row in found.items()} == {
        "a": False, "b": False, "c": True, "d": False, "e": True, "f": True, "g": False,
    }  # fmt: skip
    assert [who for who, row in found.items() if row["left"]] == ["d"]
    assert {who: row["out"] for who, row in found.items() if row["stopped"]} == {"c": 2, "e": 3, "f": 1}
    assert found["e"]["pattern"] == "stopped, with gaps before"
    assert found["f"]["pattern"] == "never rated after week 0"


def test_patterns_add_up():
    table = missing_patterns(*study(), HORIZON)
    assert table["episodes"].to_list() == [2, 1, 2, 1, 1]
    assert table["unrated"].to_list() == [0, 1, 4, 3, 4]
    assert table["share"].sum() == pytest.approx(1)


def test_the_life_table_by_hand():
    """Week 1: f of 7 stops; 2: c of 6; 3: e stops and d's care ends, of 5; g, whose last week is unknown,
    is censored in it, so that week 4 has two at risk."""
    table = writing_on(*study(), HORIZON)
    assert table["at_risk"].to_list() == [7, 6, 5, 2]
    assert table["stops"].to_list() == [1, 1, 1, 0]
    assert table["ends"].to_list() == [0, 0, 1, 0]
    writing = [6 / 7, 5 / 7, 3 / 7, 3 / 7]
    assert table["writing"].to_list() == pytest.approx(writing)
    assert table["stopped"].to_list() == pytest.approx([1 / 7, 2 / 7, 3 / 7, 3 / 7])
    assert table["left"].to_list() == pytest.approx([0, 0, 1 / 7, 1 / 7])


def test_shares_of_the_life_table_add_up_to_one():
    weeks, episodes, _ = network(2, Stopping(clinics=6, patients=20))
    table = writing_on(weeks, episodes, SETTINGS)
    assert table.select(
        pl.sum_horizontal("writing", "stopped", "left")
    ).to_series().to_list() == pytest.approx([1.0] * 12)
    assert (table["low"] <= table["stopped"]).all()
    assert (table["stopped"] <= table["high"]).all()


def test_pain_before_stopping_by_hand():
    """c stops after week 1 at 4, e after week 2 at 4, f after week 0 at 5; others of weeks 1, 2, 0."""
    table = before_stopping(*study(), HORIZON)
    last = table.filter(weeks_before=0).row(0, named=True)
    assert last["episodes"] == 3
    assert last["stopped"] == pytest.approx((4 + 4 + 5) / 3)
    assert last["stayed"] == pytest.approx(((4 + 4 + 4) / 3 + 3 + 5) / 3)
    assert last["low"] is None  # one clinic


def test_those_about_to_stop_are_found_to_be_in_more_pain():
    weeks, episodes, _ = network(2, Stopping(clinics=8, patients=40))
    row = before_stopping(weeks, episodes, SETTINGS).row(0, named=True)
    assert row["low"] > 0.3


def test_weeks_at_risk_of_stopping():
    rows = stopping_weeks(*study(), HORIZON)
    at_risk = {
        who: rows.filter(episode_id=who).select("week", "last_pain", "change", "stop").rows()
        for who in ("b", "c", "d", "e", "f", "g")
    }
    assert at_risk["c"] == [(1, 5.0, 0.0, 0.0), (2, 4.0, -1.0, 1.0)]
    assert at_risk["b"][1:] == [(2, 5.0, 0.0, 0.0), (3, 3.0, -2.0, 0.0), (4, 2.0, -1.0, 0.0)]
    assert at_risk["d"] == [(1, 5.0, 0.0, 0.0), (2, 4.0, -1.0, 0.0)]  # the week after care is none
    assert at_risk["e"][-1] == (3, 4.0, -1.0, 1.0)
    assert at_risk["f"] == [(1, 5.0, 0.0, 1.0)]
    assert at_risk["g"][-1][:2] == (3, 3.0)  # week 4 may be a gap


def test_what_makes_stopping_likelier_is_found():
    """Log odds of 0.8 a point of the last pain, of nothing else."""
    weeks, episodes, _ = network(4, Stopping(clinics=10, patients=60, gaps=0.0))
    terms = fit_stopping(weeks, episodes, SETTINGS).terms
    row = terms.filter(term="last_pain").row(0, named=True)
    assert row["low"] < 0.8 < row["high"]
    odds = stopping_odds(weeks, episodes, SETTINGS).filter(term="last_pain")
    assert odds["odds_ratio"].item() == pytest.approx(np.exp(row["estimate"]))


def test_nobody_stopped_is_an_empty_table():
    assert stopping_odds(*study({"a": "54321", "b": "44444"}), HORIZON).height == 0
    assert before_stopping(*study({"a": "54321"}), HORIZON).height == 0


def test_delta_is_summed_up_as_rbmi_does():
    assert cumulated_delta((5, 6, 7, 8), (1, 2, 3, 4), first=1) == (0, 6, 20, 44)
    assert cumulated_delta((5, 6, 7, 8), (1, 0, 0, 0), first=2) == (0, 0, 7, 7)
    assert cumulated_delta((1, 1, 1, 1), (1,), first=0) == (1, 1, 1, 1)


@pytest.fixture(scope="module")
def made():
    weeks, episodes, _ = network(3, Stopping(clinics=8, patients=30))
    return weeks, episodes, impute_missing(weeks, episodes, SETTINGS, imputations=4, seed=5)


def shifts(imputed):
    return imputed.marked.filter("missing").sort("place").with_columns(shift=pl.Series(imputed.shift))


def test_the_shift_is_of_weeks_after_the_last_rating(made):
    _, _, imputed = made
    plain = shifts(imputed)
    assert (plain["shift"] == (plain["since"] > 0).cast(pl.Float64)).all()
    grown = shifts(shape_delta(imputed, lags=(1.0, 0.5), gaps=True))
    expected = pl.when(pl.col("since") == 1).then(1.0).when(pl.col("since") > 1).then(1.5).otherwise(1.0)
    assert (grown["shift"] == grown.select(expected).to_series()).all()


def test_a_shift_of_the_sums_is_a_shift_of_the_draws(made):
    """Everything at delta follows from sums made once: against filling in the shifted values themselves."""
    _, _, imputed = made
    from analytics.models.missing.imputation import draw_imputations

    drawn = next(draw_imputations(imputed.model, imputations=1, seed=5))
    quick = mean_table(imputed.means, imputed.sums[0], delta=1.7)
    nothing = np.zeros_like(drawn)
    slow = mean_table(imputed.means, sums_of(imputed.means, drawn + 1.7 * imputed.shift, nothing))
    for name in ("estimate", "se", "df"):
        assert quick[name].to_list() == pytest.approx(slow[name].to_list(), rel=1e-9)


def test_means_over_clinics_by_hand():
    """Two clinics of unequal size, one patient of two episodes: CR2 and its df, written out."""
    values = {"x": {"p1": [2.0, 4.0], "p2": [1.0]}, "y": {"p3": [5.0], "p4": [2.0], "p5": [2.0]}}
    rows = [
        {"measure": "m", "week": 1, "clinic_id": clinic, "patient_id": who, "fixed": value, "sign": 1.0}
        for clinic, people in values.items()
        for who, each in people.items()
        for value in each
    ]
    frame = pl.DataFrame(rows, schema_overrides={"week": pl.Int32}).with_columns(
        place=pl.lit(None, dtype=pl.Int64)
    )
    means = make_means(frame)
    table = mean_table(means, sums_of(means, np.zeros(0), np.zeros(0)))
    row = table.filter(clinic_id="").row(0, named=True)
    mean = (3 + 1 + 5 + 2 + 2) / 5
    assert (row["patients"], row["estimate"]) == (5, pytest.approx(mean))
    x, y = (4 - 2 * mean) ** 2 / (1 - 2 / 5), (9 - 3 * mean) ** 2 / (1 - 3 / 5)
    assert row["se"] == pytest.approx(np.sqrt(x + y) / 5)
    assert row["df"] == pytest.approx(1)
    own = table.filter(clinic_id="y").row(0, named=True)
    assert (own["estimate"], own["se"], own["df"]) == (3, pytest.approx(np.sqrt(3 / 3)), 2)


def test_clinics_of_one_size_have_the_t_of_their_means():
    rng = np.random.default_rng(1)
    rows = pl.DataFrame(
        {
            "measure": "m", "week": 1, "clinic_id": np.repeat(list("abcdef"), 10).tolist(),
            "patient_id": [f"p{at}" for at in range(60)], "fixed": rng.normal(size=60), "sign": 1.0,
        }
    ).with_columns(place=pl.lit(None, dtype=pl.Int64))  # fmt: skip
    means = make_means(rows)
    row = mean_table(means, sums_of(means, np.zeros(0), np.zeros(0))).filter(clinic_id="").row(0, named=True)
    by_clinic = rows["fixed"].to_numpy().reshape(6, 10).mean(axis=1)
    assert row["se"] == pytest.approx(stats.sem(by_clinic))
    assert row["df"] == pytest.approx(5)


def test_the_same_input_gives_the_same_numbers(made):
    weeks, episodes, imputed = made
    again = impute_missing(weeks, episodes, SETTINGS, imputations=4, seed=5)
    assert pooled_means(again).equals(pooled_means(imputed))
    assert pooled_contrasts(again, delta=1.0).equals(pooled_contrasts(imputed, delta=1.0))


def test_assumptions_stand_side_by_side(made):
    weeks, episodes, imputed = made
    table = compare_missing(imputed, weeks, episodes, delta=2.0)
    own = table.filter(measure=REDUCTION, clinic_id="", week=12)
    assert own["assumption"].to_list() == [COMPLETE, LAST, RANDOM, SHIFTED]
    estimate = dict(own.select("assumption", "estimate").iter_rows())
    assert estimate[COMPLETE] > estimate[RANDOM] > estimate[SHIFTED]
    contrasts = table.filter(measure="adherence_within", week=12)
    assert contrasts["assumption"].to_list() == [COMPLETE, RANDOM, SHIFTED]
    assert contrasts["se"].null_count() == 0


def test_a_tipping_point_is_where_the_interval_comes_to_the_threshold(made):
    _, _, imputed = made
    curve = delta_curve(imputed, deltas=(-4, -2, 0, 2, 4))
    for row in tipping_point(imputed, curve.filter(pl.col("clinic_id") == "")).iter_rows(named=True):
        if row["tipping"] is None:
            continue
        there = delta_curve(imputed, deltas=(row["tipping"],)).filter(
            measure=row["measure"], week=row["week"]
        )
        low, high, threshold = there.filter(clinic_id="").select("low", "high", "threshold").row(0)
        assert min(abs(low - threshold), abs(high - threshold)) < 0.03
        assert f"{abs(row['tipping']):.1f} points" in row["verdict"]
    told = tipping_point(imputed, curve).filter(measure=REDUCTION)
    assert told["tipping"].count() > 0


def test_a_conclusion_that_does_not_change_has_no_tipping_point(made):
    _, _, imputed = made
    curve = delta_curve(imputed, deltas=(-0.1, 0, 0.1)).filter(measure="adherence_within", week=12)
    row = tipping_point(imputed, curve).row(0, named=True)
    assert row["concluded"]
    assert row["tipping"] is None
    assert row["verdict"] == "holds from -0.1 to +0.1 points"
    with pytest.raises(InputError, match="delta 0"):
        tipping_point(imputed, curve.filter(pl.col("delta") != 0))


def test_too_little_data_is_said_and_gives_empty_tables():
    weeks, episodes = study()
    imputed = impute_missing(weeks, episodes, HORIZON, imputations=2)
    assert "fewer than 30 patients" in imputed.warnings[0]
    assert pooled_means(imputed).height == 0
    assert pooled_contrasts(imputed).height == 0
    assert delta_curve(imputed).height == 0
    assert "not filled" in repr(imputed)
    with pytest.raises(InputError):
        impute_missing(weeks, episodes, HORIZON, imputations=1)
