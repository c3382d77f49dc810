"""Whether one clinic carries a result: named, hidden where small, safe."""

from __future__ import annotations

import json

import polars as pl
from exhibits.made_up import HOSTILE, RULES
from exhibits.made_up_model import (
    CLINICS,
    influence_exhibit,
    make_influence,
    make_names,
    make_patients,
    trace,
)

from analytics.exhibits.disclosure_of_models import release_influence


def test_a_mark_is_a_comparison_without_one_clinic():
    exhibit = influence_exhibit()
    small, large = (
        trace(exhibit, name="Without one clinic"),
        trace(exhibit, name="All clinics, 95 % interval"),
    )
    released = release_influence(make_influence(), make_patients(), RULES)
    last = released.filter(pl.col("week") == 12)["estimate"].drop_nulls()
    assert sorted(x for x in small["x"] if x is not None) == [float(f"{x:.4g}") for x in last.sort()]
    assert large["x"] == [0.81, 0.22, 0.18]
    assert large["y"] == [0, 1, 2]
    assert all(abs(y - round(y)) < 0.31 for y in small["y"])
    assert set(exhibit.data["week"]) == {12}


def test_the_table_of_influence_hides_the_small_clinic():
    table = influence_exhibit().table
    assert '<tr><th scope="row">Quay Back Clinic</th><td class="number">0.93 (+0.8)</td>' in table
    assert '<tr><th scope="row">Moss Back Clinic</th><td class="number">not shown</td>' in table
    assert table.count('<tr><th scope="row">') == len(CLINICS) + 1
    assert "None: all clinics" in table


def test_a_clinic_that_carries_a_result_is_named():
    calm = influence_exhibit().summary
    assert "without Quay Back Clinic" in calm
    assert "No clinic carries a result alone" in calm
    far = make_influence().with_columns(
        change_in_se=pl.when(clinic_id="willow", contrast="load_between").then(-1.6).otherwise("change_in_se")
    )
    said = influence_exhibit(far).summary
    assert "“Patients of a high load against a low one”, without Willow Back Clinic" in said
    assert "a change of 1.6 standard errors. That is more than its own uncertainty" in said


def test_a_clinic_that_the_rest_cannot_be_fitted_without_does_not_count():
    nulls = [pl.when(pl.col("clinic_id") != "quay").then(name).alias(name)
             for name in ("estimate", "change", "change_in_se")]  # fmt: skip
    exhibit = influence_exhibit(make_influence().with_columns(nulls))
    assert "Quay" not in exhibit.summary
    assert '<th scope="row">Quay Back Clinic</th><td class="number">not shown</td>' in exhibit.table


def test_a_hostile_clinic_is_text():
    names = make_names().with_columns(clinic_name=pl.lit(HOSTILE) + pl.col("clinic_id"))
    exhibit = influence_exhibit(names=names)
    assert "<script" not in exhibit.table + json.dumps(exhibit.figure)
    assert "<a " not in exhibit.table + json.dumps(exhibit.figure)
    assert "&lt;script&gt;" in exhibit.table


def test_clinics_without_a_name_go_by_their_id():
    exhibit = influence_exhibit(names=make_names().with_columns(clinic_name=pl.lit(None, pl.String)))
    assert '<th scope="row">quay</th>' in exhibit.table
