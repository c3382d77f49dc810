"""The gap to all clinics and pain before and after: released, drawn and said as they were computed."""

from __future__ import annotations

import json

import polars as pl
import pytest
from exhibits.made_up import RULES

from analytics.exhibits.before_after import before_after_figure
from analytics.exhibits.decomposition import PARTS, gap_figure
from analytics.exhibits.disclosure_of_gaps import release_before_after, release_gaps
from analytics.models.decomposition import GAPS
from analytics.models.decomposition import PARTS as COMPUTED
from analytics.models.regression_to_mean import BANDS, BEFORE_AFTER, EVERYBODY

POINTS = {"total": 0.418, "case_mix": 0.262, "adherence": 0.021, "dropout": -0.09, "rest": 0.227}


def make_gaps(patients=86, known=True, estimates=POINTS):
    rows = [
        ("w", part, patients, points, points - 0.2, points + 0.2, True) for part, points in estimates.items()
    ]
    frame = pl.DataFrame(rows, schema=GAPS, orient="row")
    untold = (pl.col("part") == "adherence") & pl.lit(not known)
    return frame.with_columns(
        pl.when(~untold).then(pl.col("low", "high")),
        known=~untold,
        estimate=pl.when(untold).then(0.0).otherwise("estimate"),
    )


def make_bands(clinic="w", patients=(39, 59, 98), told=0.8):
    starts = {"1-6.9": 5.0, "7-10": 7.9, "all": 6.6}
    rows = [
        (clinic, band, count, start, start - 2.31, 2.31, 1.9, 2.7,
         None if told is None or band == "all" else (1 - told) * (start - 6.0),
         6.0, told, "intake and week 0")
        for (band, start), count in zip(starts.items(), patients, strict=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=BEFORE_AFTER, orient="row")


def gap(frame=None):
    return gap_figure(release_gaps(make_gaps() if frame is None else frame, RULES), name="Willow")


def bands(frame=None):
    return before_after_figure(
        release_before_after(make_bands() if frame is None else frame, RULES), name="Willow"
    )


def test_models_and_exhibits_mean_the_same_rows():
    assert PARTS == COMPUTED
    assert set(make_bands()["band"]) == {*BANDS, EVERYBODY}


def test_what_leaves_is_rounded():
    found = release_gaps(make_gaps(), RULES)
    assert found["patients"].unique().to_list() == [85]
    assert found["estimate"].to_list() == [0.42, 0.26, 0.02, -0.09, 0.23]
    told = release_before_after(make_bands(), RULES)
    assert told["patients"].to_list() == [40, 60, 100]
    assert dict(told.schema) == BEFORE_AFTER


@pytest.mark.parametrize("few", [1, 7])
def test_nothing_of_few_patients_leaves(few):
    found = release_gaps(make_gaps(few), RULES)
    assert found["clinic_id"].to_list() == ["w"] * 5
    assert found.select("patients", "estimate", "low", "high").null_count().row(0) == (5, 5, 5, 5)
    told = release_before_after(make_bands(patients=(few, 59, 59 + few)), RULES)
    hidden = told.row(0, named=True)
    assert hidden["band"] == "1-6.9"
    assert {hidden[name] for name in BEFORE_AFTER if BEFORE_AFTER[name].is_numeric()} == {None}
    assert told[1:]["fall"].null_count() == 0


def test_the_gap_draws_the_released_numbers():
    exhibit = gap()
    whole, parts = exhibit.figure["data"]
    assert (whole["x"], parts["x"]) == ([0.42], [0.26, 0.02, -0.09, 0.23])
    assert parts["error_x"]["array"] == pytest.approx([0.2] * 4, abs=0.011)
    assert [one["marker"]["pattern"]["shape"] for one in (whole, parts)] == ["", "/"]
    assert "+0.26" in exhibit.table
    assert "0.22 to 0.62" in exhibit.table


def test_the_gap_in_words():
    text = gap().summary
    assert text.startswith("Pain fell 0.4 points more here than over all clinics, between 0.2 and 0.6.")
    assert "About 0.3 points more go with whom the clinic treats" in text
    assert "How much of their plan patients do makes no visible difference." in text
    assert "About 0.1 points less go with how long patients go on logging" in text
    assert "does not make them its cause" in text
    less = gap(make_gaps(estimates={part: -points for part, points in POINTS.items()})).summary
    assert less.startswith("Pain fell 0.4 points less here than over all clinics, between 0.2 and 0.6.")
    unclear = gap(make_gaps(estimates=POINTS | {"total": 0.1})).summary
    assert unclear.startswith("Pain fell about as much here as over all clinics: a difference of 0.1 points")


def test_a_part_that_is_not_known_is_said_to_be():
    exhibit = gap(make_gaps(known=False))
    assert "is not known: these exports hold no plan" in exhibit.summary
    assert "not known" in exhibit.table
    headings = [one["text"] for one in exhibit.figure["layout"]["annotations"]]
    assert "How much of the plan is done: not known" in headings
    assert exhibit.figure["data"][1]["error_x"]["array"][1] is None


def test_the_gap_where_it_cannot_be_told():
    few, alone = gap(make_gaps(5)), gap(make_gaps().clear())
    assert "too few patients" in few.body
    assert "needs a second clinic" in alone.body
    whole = make_gaps().with_columns(
        pl.when(pl.col("part") == "total").then(pl.col("estimate", "low", "high"))
    )
    assert "0.4 points more here" in gap(whole).body
    assert "too few patients in all clinics" in gap(whole).body
    assert few.figure is alone.figure is gap(whole).figure is None


def test_before_and_after_draws_the_released_numbers():
    exhibit = bands()
    expected, way, start, end = exhibit.figure["data"]
    assert start["x"] == [7.9, 5.0, 6.6]
    assert end["x"] == [5.59, 2.69, 4.29]
    assert way["x"][:3] == [7.9, 5.59, None]
    assert expected["base"] == [7.9, 5.0]  # of all patients together nothing is expected
    assert expected["x"] == [-0.38, 0.2]
    assert expected["marker"]["pattern"]["shape"] == "/"


def test_before_and_after_in_words():
    text = bands().summary
    assert text.startswith("Patients who began at 7 or more: pain fell by 2.3 points")
    assert "About 0.4 points would be expected even without any treatment." in text
    assert "Without any treatment a rise of about 0.2 points would be expected." in text
    assert "falls back by more than this can tell" in text
    unknown = bands(make_bands(told=None))
    assert "would have come anyway is not known" in unknown.summary
    assert unknown.figure["data"][0]["x"] == []


def test_a_band_of_few_patients_is_left_out_of_the_figure_and_named_in_the_table():
    exhibit = bands(make_bands(patients=(3, 59, 62)))
    assert len(exhibit.figure["data"][2]["x"]) == 2
    assert "Began below 7" in exhibit.table
    assert "not shown" in exhibit.table
    assert "below 7" not in exhibit.summary


def test_before_and_after_where_nothing_can_be_shown():
    assert "too few patients" in bands(make_bands(patients=(1, 1, 2))).body
    assert "No patient" in bands(make_bands().clear()).body


def test_a_clinics_page_draws_the_clinic_alone():
    both = pl.concat([make_bands(), make_bands("network", (390, 590, 980))])
    assert bands(both)._repr_mimebundle_() == bands()._repr_mimebundle_()
    assert bands(make_bands("network")).figure["data"] == bands().figure["data"]


@pytest.mark.parametrize("make", [gap, bands])
def test_a_figure_is_plain_small_stable_json_and_claims_no_effect(make):
    first, again = make(), make()
    text = json.dumps(first.figure, allow_nan=False)
    assert text == json.dumps(again.figure, allow_nan=False)
    assert len(text) < 12_000
    assert 320 <= first.figure["layout"]["height"] <= 380
    assert first.title.endswith("?")
    assert first.table.count("<caption>") == 1
    assert "effect" not in first.summary


@pytest.mark.parametrize("make", [gap, bands])
def test_rows_in_another_order_give_the_same_picture(make):
    frame = (make_gaps if make is gap else make_bands)().sample(fraction=1, shuffle=True, seed=2)
    assert make(frame).figure == make().figure
