"""What leaves of the models: no curve beyond its patients, no percentile that is somebody's value."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from exhibits.made_up_model import (
    CLINICS,
    make_bends,
    make_components,
    make_dose_curve,
    make_dose_surface,
    make_influence,
    make_patients,
    make_quantiles,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from analytics.exhibits.disclosure_of_models import release_diagnostics, release_dose, release_influence
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Disclosure

RULES = Disclosure(min_patients=8, round_to=5)
OTHERS = [Disclosure(min_patients=m, round_to=r) for m, r in ((5, 5), (10, 5), (10, 10), (11, 20))]
QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
NUMBERS = ["estimate", "low", "high"]


def few(frame, at, patients):
    """The frame with so few patients in one row."""
    here = pl.int_range(pl.len()) == at
    return frame.with_columns(patients=pl.when(here).then(patients).otherwise("patients").cast(pl.Int64))


def curve_of(counts):
    rows = [("load", 10.0 * at, 12, 0.1 * at, 0.0, 1.0, n) for at, n in enumerate(counts)]
    return pl.DataFrame(rows, schema=make_dose_curve().schema, orient="row")


def test_a_curve_as_a_small_table():
    """Ends of few patients leave with their rows, so that no patient's own load is told; a gap stays."""
    curve = curve_of([0, 3, 12, 5, 0, 8, 41, 7])
    out = release_dose(curve, make_dose_surface(), make_bends(), rules=RULES)["dose_curve"]
    assert out.select("at", "estimate", "patients").rows() == [
        (20.0, 0.2, 10), (30.0, None, None), (40.0, None, 0), (50.0, 0.5, 10), (60.0, 0.6, 40)
    ]  # fmt: skip


def test_each_measure_and_week_ends_where_its_own_patients_do():
    early = curve_of([9, 9, 9]).with_columns(week=pl.lit(6, pl.Int32))
    late = curve_of([2, 9, 2])
    out = release_dose(pl.concat([early, late]), make_dose_surface(), make_bends(), rules=RULES)["dose_curve"]
    assert out.group_by("week", maintain_order=True).len().rows() == [(6, 3), (12, 1)]


@given(st.lists(st.integers(0, 40), min_size=1, max_size=25), st.sampled_from([RULES, *OTHERS]))
@QUICK
def test_no_point_of_a_curve_shows_fewer_patients_than_the_floor(counts, rules):
    curve = curve_of(counts)
    out = release_dose(curve, make_dose_surface(), make_bends(), rules=rules)["dose_curve"]
    shown = out["patients"].drop_nulls()
    assert not shown.is_between(1, rules.min_patients - 1).any()
    assert (shown % rules.round_to == 0).all()
    bare = out.filter(pl.col("patients").is_null() | (pl.col("patients") == 0))
    assert bare.select(pl.col(NUMBERS).count()).row(0) == (0, 0, 0)
    enough = [n >= rules.min_patients for n in counts]
    assert out["estimate"].count() == sum(enough)
    if out.height:
        assert out["estimate"][0] is not None
        assert out["estimate"][-1] is not None
    assert_frame_equal(release_dose(out, make_dose_surface(), make_bends(), rules=rules)["dose_curve"], out)


def test_a_surface_keeps_the_rectangle_around_what_is_shown():
    out = release_dose(make_dose_curve(), make_dose_surface(), make_bends(), rules=RULES)["dose_surface"]
    assert out.height == out["adherence"].n_unique() * out["load"].n_unique() < make_dose_surface().height
    assert 0 < out["estimate"].count() < out.height
    for axis in ("adherence", "load"):
        told = out.group_by(axis).agg(pl.col("estimate").count()).sort(axis)["estimate"]
        assert told[0] > 0 < told[-1]
    assert (out.filter(pl.col("estimate").is_not_null())["patients"] >= 10).all()


def test_one_patient_more_or_less_prints_the_same():
    pages = [
        release_dose(few(make_dose_curve(), 9, n), make_dose_surface(), make_bends(), rules=RULES)
        for n in (41, 42)
    ]
    assert_frame_equal(pages[0]["dose_curve"], pages[1]["dose_curve"])


def test_a_place_has_three_figures():
    curve = curve_of([9, 9]).with_columns(at=pl.Series([101.2345, 0.123456]))
    out = release_dose(curve, make_dose_surface(), make_bends(), rules=RULES)["dose_curve"]
    assert out["at"].to_list() == [101.0, 0.123]


@pytest.mark.parametrize("rules", [RULES, *OTHERS])
@pytest.mark.parametrize("groups", [3, 16, 17, 18, 30, 101, 600])
def test_a_percentile_has_the_floor_of_groups_on_either_side(groups, rules):
    """Of the same numbers: 99 percentiles, and how many patients lie beyond each that leaves."""
    values = np.random.default_rng(groups).normal(size=groups)
    observed = dict(zip(range(1, 100), np.quantile(values, np.arange(1, 100) / 100), strict=True))
    parts = make_quantiles(groups={"residual": 10 * groups, "episode_id": groups, "clinic_id": 4})
    exact = parts.with_columns(p=pl.int_range(1, pl.len() + 1).over("of"))
    printed = release_diagnostics(parts, make_components(), rules)["quantiles"]
    level = printed.filter(pl.col("of") == "episode_id intercept")
    kept = exact.with_columns(pl.col("expected").round(2)).filter(pl.col("of") == "episode_id intercept")
    for p in kept.join(level, on="expected", how="semi")["p"]:
        beyond = min((values < observed[p]).sum(), (values > observed[p]).sum())
        assert beyond >= rules.min_patients
    assert bool(level.height) == (groups - 1 >= 2 * rules.min_patients)
    assert "clinic_id intercept" not in printed["of"]


def test_residuals_count_by_patients_not_by_weeks():
    parts = make_quantiles(groups={"residual": 100_000, "episode_id": 90, "clinic_id": 6})
    out = release_diagnostics(parts, make_components(), RULES)["quantiles"]
    ends = out.group_by("of").agg(pl.col("expected").max())
    assert ends["expected"].n_unique() == 1
    assert out.filter(pl.col("of") == "residual")["groups"][0] == 100_000


def test_many_clinics_have_percentiles_of_their_own():
    parts = make_quantiles(groups={"residual": 9000, "episode_id": 500, "clinic_id": 40})
    out = release_diagnostics(parts, make_components(), RULES)["quantiles"]
    widths = dict(out.group_by("of").len().rows())
    assert 0 < widths["clinic_id intercept"] < widths["episode_id intercept"] < 99
    assert out["expected"].to_list() == out["expected"].round(2).to_list()


def test_a_model_of_few_patients_shows_nothing():
    parts = make_quantiles(groups={"residual": 60, "episode_id": 7, "clinic_id": 2})
    out = release_diagnostics(parts, make_components(), RULES)
    assert out["quantiles"].height == out["components"].height == 0


def test_a_model_that_was_not_fitted_leaves_empty_frames():
    out = release_diagnostics(make_quantiles().clear(), pl.DataFrame(), RULES)
    dose = release_dose(
        make_dose_curve().clear(), make_dose_surface().clear(), make_bends().clear(), rules=RULES
    )
    influence = release_influence(make_influence().clear(), make_patients(), RULES)
    assert [frame.height for frame in (*out.values(), *dose.values(), influence)] == [0] * 6


def test_components_have_four_figures():
    raw = make_components().with_columns(sd=pl.lit(0.123456))
    out = release_diagnostics(make_quantiles(), raw, RULES)["components"]
    assert set(out["sd"]) == {0.1235}


def test_a_clinic_of_few_patients_is_not_told_by_leaving_it_out():
    out = release_influence(make_influence(), make_patients(few="moss"), RULES)
    moss = out.filter(pl.col("clinic_id") == "moss")
    assert moss.height == 6
    assert moss.select(pl.col("estimate", "change", "change_in_se").count()).row(0) == (0, 0, 0)
    assert out.filter(pl.col("clinic_id") != "moss")["estimate"].null_count() == 0


def test_a_clinic_of_unknown_size_is_not_told():
    out = release_influence(make_influence(), make_patients().head(2), RULES)
    told = out.drop_nulls("estimate")["clinic_id"].unique().sort()
    assert told.to_list() == sorted(CLINICS[:2])


@pytest.mark.parametrize(
    "release",
    [
        lambda rules: release_dose(make_dose_curve(), make_dose_surface(), make_bends(), rules=rules),
        lambda rules: release_diagnostics(make_quantiles(), make_components(), rules),
        lambda rules: release_influence(make_influence(), make_patients(), rules),
    ],
)
def test_rules_that_would_hide_nothing_are_refused(release):
    with pytest.raises(ConfigurationError, match="round_to"):
        release(Disclosure(min_patients=8, round_to=1))
