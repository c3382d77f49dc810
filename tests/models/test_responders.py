"""Responders: each definition as a clinician can check it, the curve, the shares, what a model rests on."""

from __future__ import annotations

from datetime import date

import numpy as np
import polars as pl
import pytest

from analytics.models.odds import responder_odds, responder_shares
from analytics.models.responders import (
    adherence_band,
    baseline_threshold,
    definitions,
    fell_enough,
    responder_curve,
    responder_sensitivity,
)
from analytics.models.response import fit_responders, responder_account
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.settings import Settings, Source

SETTINGS = Settings(as_of=date(2026, 6, 30), sources=(Source(files="exports/*.csv", mapping="plain.toml"),))


def patients(rows, clinic="a"):
    """One row a patient: pain at the start, last pain."""
    return pl.DataFrame(
        {
            "clinic_id": [clinic] * len(rows),
            "patient_id": [f"p{at}" for at in range(len(rows))],
            "baseline_pain": [float(start) for start, _ in rows],
            "outcome_pain": [float(last) for _, last in rows],
            "pain_reduction": [float(start - last) for start, last in rows],
        }
    )


def eligible(clinics=8, each=40, seed=1, slope=2.0):
    """Episodes whose log odds of a fall of 4 points rise by `slope` from no to full adherence."""
    rng = np.random.default_rng(seed)
    count = clinics * each
    at = np.repeat(np.arange(clinics), each)
    kept = rng.beta(3, 2, count)
    odds = slope * (kept - 0.6) + rng.normal(0, 0.3, clinics)[at]
    met = rng.random(count) < 1 / (1 + np.exp(-odds))
    return pl.DataFrame(
        {
            "clinic_id": [f"c{one}" for one in at],
            "patient_id": [f"p{one}" for one in range(count)],
            "baseline_pain": rng.uniform(5, 9, count),
            "pain_reduction": np.where(met, 4.0, 0.0),
            "outcome_pain": 3.0,
            "complete": rng.random(count) < 0.8,
            "adherence_capped": kept,
            "mean_load": rng.uniform(50, 300, count),
            "phase": rng.choice(["acute", "subacute", "chronic"], count),
            "start_back": rng.choice(["low", "medium", "high"], count),
            "age_band": "35-49",
            "post_surgical": False,
        }
    )


@pytest.mark.parametrize(
    ("start", "last", "met"),
    [
        # 2 points, 30 %, either, 50 %, by the start (3 from 8-10), by the start (4 from 8-10), recovered
        (10, 8, (1, 0, 1, 0, 0, 0, 0)),
        (10, 7, (1, 1, 1, 0, 1, 0, 0)),
        (10, 6, (1, 1, 1, 0, 1, 1, 0)),
        (6, 4, (1, 1, 1, 0, 1, 1, 0)),
        (6, 4.5, (0, 0, 0, 0, 0, 0, 0)),
        (3, 2, (0, 1, 1, 0, 1, 1, 0)),
        (2, 1, (0, 1, 1, 1, 1, 1, 0)),
        (4, 0, (1, 1, 1, 1, 1, 1, 1)),
        (5, 6, (0, 0, 0, 0, 0, 0, 0)),
    ],
)
def test_each_definition_on_one_patient(start, last, met):
    frame = patients([(start, last)])
    found = frame.select(rule.alias(name) for name, (rule, _) in definitions().items()).row(0)
    assert tuple(map(int, found)) == met


def test_the_threshold_follows_pain_at_the_start():
    starts = [1, 4, 4.4, 4.5, 5, 7, 7.4, 7.5, 8, 10, None]
    frame = pl.DataFrame({"baseline_pain": starts}, schema={"baseline_pain": pl.Float64})
    found = frame.select(baseline_threshold()).to_series().to_list()
    assert found == [1, 1, 1, 2, 2, 2, 2, 3, 3, 3, None]
    strict = frame.select(baseline_threshold(strict=True)).to_series().to_list()
    assert strict == [1, 1, 1, 2, 2, 2, 2, 4, 4, 4, None]
    fell = pl.DataFrame(
        {"baseline_pain": [None], "fall": [9.0]}, schema={"baseline_pain": pl.Float64, "fall": pl.Float64}
    )
    assert fell.select(fell_enough(pl.col("fall"))).item() is None


def test_the_bands_of_adherence():
    kept = pl.Series("kept", [0.0, 0.499, 0.5, 0.79, 0.8, 1.0, None])
    found = kept.to_frame().select(adherence_band(pl.col("kept"))).to_series().to_list()
    assert found == ["0-49 %", "0-49 %", "50-79 %", "50-79 %", "80-100 %", "80-100 %", None]


def test_the_curve_counts_patients_at_every_fall():
    frame = patients([(6, 6), (6, 5), (6, 4), (6, 2), (6, 8)])
    curve = responder_curve(frame)
    assert curve["points"].to_list() == [at / 2 for at in range(21)]
    assert curve.filter(pl.col("points").is_in([0.0, 1.0, 2.0, 4.0, 4.5]))["share"].to_list() == [
        0.8,
        0.6,
        0.4,
        0.2,
        0,
    ]
    assert (curve["share"].diff().drop_nulls() <= 0).all()
    assert (curve["low"] <= curve["share"]).all()
    assert (curve["high"] >= curve["share"]).all()
    assert curve["patients"].unique().to_list() == [5]


def test_one_clinic_has_wilsons_interval():
    from statsmodels.stats.proportion import proportion_confint

    frame = patients([(6, 2)] * 3 + [(6, 6)] * 17)
    row = responder_curve(frame).filter(points=2.0).row(0, named=True)
    low, high = proportion_confint(3, 20, method="wilson")
    assert (row["low"], row["high"]) == pytest.approx((low, high))


def test_clinics_that_differ_widen_the_interval():
    alike = pl.concat([patients([(6, 2), (6, 6)] * 10, clinic) for clinic in "abcdef"])
    apart = pl.concat([patients([(6, 2 if clinic in "abc" else 6)] * 20, clinic) for clinic in "abcdef"])
    rows = [responder_curve(frame).filter(points=2.0).row(0, named=True) for frame in (alike, apart)]
    assert [row["share"] for row in rows] == [0.5, 0.5]
    assert rows[0]["design_effect"] == pytest.approx(0)
    assert rows[1]["design_effect"] == pytest.approx(24)  # 20 patients as one, less the mean: 20 x 6 / 5
    assert rows[1]["high"] - rows[1]["low"] > 3 * (rows[0]["high"] - rows[0]["low"])
    assert rows[0]["high"] - rows[0]["low"] > 0.15  # never narrower than Wilson's


def test_the_interval_of_unequal_clinics_is_that_of_a_corrected_gee():
    """The same variance and df, from fit_gee with an intercept alone and independent rows."""
    from scipy import stats

    from analytics.models.estimating.gee import fit_gee

    frame = eligible(clinics=6, each=30).filter(
        pl.int_range(pl.len()) % 7 < 1 + pl.col("clinic_id").str.slice(1).cast(pl.Int64)
    )
    row = responder_curve(frame).filter(points=2.0).row(0, named=True)
    told = frame.with_columns(y=(pl.col("pain_reduction") >= 2).cast(pl.Float64))
    gee = fit_gee(told, "y ~ 1", cluster="clinic_id", family="gaussian", working="independence").terms
    n, p = row["patients"], row["share"]
    assert row["design_effect"] == pytest.approx((gee["se"].item() ** 2) / (p * (1 - p) / n))
    wide = row["design_effect"] * stats.t.ppf(0.975, gee["df"].item()) ** 2 / n
    reach = np.sqrt(wide * p * (1 - p) + wide**2 / 4) / (1 + wide)
    assert (row["high"] - row["low"]) / 2 == pytest.approx(reach)


def test_a_curve_by_group_leaves_out_who_has_none():
    frame = eligible().with_columns(
        pl.when(pl.int_range(pl.len()) > 4).then("adherence_capped").alias("adherence_capped")
    )
    curve = responder_curve(frame, by="adherence").filter(points=0.0)
    assert curve["group"].to_list() == ["0-49 %", "50-79 %", "80-100 %"]
    assert curve["patients"].sum() == frame.height - 5
    assert responder_curve(frame, by="phase")["group"].unique().sort().to_list() == [
        "acute",
        "chronic",
        "subacute",
    ]
    assert responder_curve(frame.clear(), by="phase").height == 0
    with pytest.raises(InputError, match="no column"):
        responder_curve(frame, by="mood")


def test_a_patient_of_two_episodes_counts_once():
    frame = pl.concat([patients([(6, 2)]), patients([(6, 6)])])
    row = responder_curve(frame).filter(points=2.0).row(0, named=True)
    assert (row["patients"], row["share"]) == (1, 1.0)  # the mean of a fall of 4 and of none


def test_sensitivity_has_every_definition_with_its_source():
    found = responder_sensitivity(patients([(10, 8), (10, 6), (3, 2), (4, 0)]))
    assert found["definition"].to_list() == list(definitions())
    assert found["share"].to_list() == [0.75, 0.75, 1.0, 0.25, 0.75, 0.75, 0.25]
    assert found["source"].null_count() == 0
    empty = responder_sensitivity(patients([]).cast({"pain_reduction": pl.Float64}))
    assert empty["share"].null_count() == len(definitions())


def test_odds_and_shares_of_a_model_agree_with_each_other():
    fit = fit_responders(eligible(), SETTINGS)
    odds = responder_odds(fit)
    assert odds["comparison"][0] == "adherence, 90 % v 50 %"
    slope = fit.terms.filter(term="adherence")["estimate"].item()
    assert odds["odds_ratio"][0] == pytest.approx(np.exp(0.4 * slope))
    high, low, difference, ratio = responder_shares(fit)["value"].to_list()
    assert difference == pytest.approx(high - low)
    assert ratio == pytest.approx(high / low)
    assert 0 < difference < 0.4 * slope / 4  # a logistic curve is nowhere steeper than a quarter


def test_the_standardised_shares_are_means_of_predictions():
    """Against a plain loop over patients, and the delta method against its numerical derivative."""
    fit = fit_responders(eligible(), SETTINGS)
    rows, names = fit.rows.collect(), fit.terms["term"].to_list()
    beta, covariance = fit.terms["estimate"].to_numpy(), np.array(fit.covariance)

    def share(at, terms):
        x = rows.with_columns(adherence=pl.lit(at), intercept=pl.lit(1.0)).select(names).to_numpy()
        return (1 / (1 + np.exp(-x @ terms))).mean()

    told = responder_shares(fit).to_dicts()
    assert told[0]["value"] == pytest.approx(share(0.9, beta))
    assert told[1]["value"] == pytest.approx(share(0.5, beta))
    step = 1e-5 * np.eye(len(beta))
    by = np.array(
        [(share(0.9, beta + one) - share(0.5, beta + one) - told[2]["value"]) / 1e-5 for one in step]
    )
    from scipy import stats

    reach = stats.t.ppf(0.975, told[2]["df"]) * np.sqrt(by @ covariance @ by)
    assert told[2]["high"] - told[2]["value"] == pytest.approx(reach, rel=1e-3)


def test_who_is_counted_and_how_those_not_seen_are():
    frame = eligible()
    account = dict(responder_account(frame).select("kind", "episodes").iter_rows())
    complete = int(frame["complete"].sum())
    assert account["eligible"] == frame.height
    assert account["outcome in the last third of the horizon"] == complete
    assert account["last seen earlier"] == frame.height - complete
    last, seen, failed = (
        fit_responders(frame, SETTINGS, outcomes=way) for way in ("last", "complete", "failure")
    )
    assert [one.overall["n"].item() for one in (last, seen, failed)] == [frame.height, complete, frame.height]
    assert last.overall["incomplete"].item() == frame.height - complete
    met = frame.filter(pl.col("pain_reduction") > 0)
    assert last.overall["responders"].item() == met.height
    assert failed.overall["responders"].item() == met.filter("complete").height
    with pytest.raises(InputError, match="last, complete, failure"):
        fit_responders(frame, SETTINGS, outcomes="best")


def test_the_definition_can_be_changed():
    frame = eligible()
    harder = fit_responders(frame, SETTINGS, threshold=pl.col("pain_reduction") >= 4)
    assert (
        harder.overall["responders"].item()
        == fit_responders(frame, SETTINGS, threshold=4.0).overall["responders"].item()
    )
    own = fit_responders(frame, SETTINGS, threshold=fell_enough(pl.col("pain_reduction"), strict=True))
    assert own.overall["responders"].item() == frame.filter(pl.col("pain_reduction") >= 4).height


def test_a_rare_category_joins_its_reference_and_is_named():
    frame = eligible().with_columns(
        phase=pl.when(pl.int_range(pl.len()) < 4).then(pl.lit("subacute")).otherwise(pl.lit("acute"))
    )
    fit = fit_responders(frame, SETTINGS)
    assert "phase_subacute" not in fit.terms["term"]
    assert any(text.startswith("phase_subacute joins") for text in fit.warnings)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda frame: frame.head(20), "fewer than 30 patients"),
        (lambda frame: frame.with_columns(pain_reduction=pl.lit(0.0)), "fewer than 10 episodes"),
        (lambda frame: frame.with_columns(clinic_id=pl.lit("c0")), "at least two"),
        (lambda frame: frame.clear(), "fewer than 30 patients"),
    ],
)
def test_too_little_is_said_and_nothing_is_fitted(change, said):
    fit = fit_responders(change(eligible()), SETTINGS)
    assert fit.terms.height == 0
    assert fit.warnings[0].startswith("not fitted")
    assert said in fit.warnings[0]
    assert responder_odds(fit).height == 0
    assert responder_shares(fit).height == 0
    assert "not fitted" in repr(fit)


def test_load_that_is_hardly_known_is_left_out_and_not_the_episodes():
    frame = eligible().with_columns(mean_load=pl.when(pl.int_range(pl.len()) < 30).then("mean_load"))
    fit = fit_responders(frame, SETTINGS)
    assert fit.overall["n"].item() == frame.height
    assert any(text.startswith("load was left out") for text in fit.warnings)
    assert "load" not in responder_odds(fit)["comparison"].str.join(" ").item()
