"""What holds for every exhibit of the models: it says itself, claims no effect, and stands when empty."""

from __future__ import annotations

import json
import re

import polars as pl
import pytest
from exhibits.made_up_model import (
    influence_exhibit,
    make_components,
    make_dose_curve,
    make_dose_surface,
    make_influence,
    make_model_contrasts,
    make_names,
    make_patients,
    make_quantiles,
    quantile_exhibit,
    released_dose,
)

from analytics.exhibits.diagnostics import components_table, quantile_figure
from analytics.exhibits.dose_curve import dose_curve_figure
from analytics.exhibits.dose_surface import dose_surface_figure
from analytics.exhibits.influence import influence_figure
from analytics.exhibits.theme import CONFIG


def exhibits():
    dose = released_dose()
    return [
        dose_curve_figure(dose["dose_curve"], dose["bends"], measure="adherence"),
        dose_curve_figure(dose["dose_curve"], dose["bends"], measure="load"),
        dose_surface_figure(dose["dose_surface"]),
        quantile_exhibit(),
        influence_exhibit(),
    ]


def test_each_says_itself_in_words_as_a_picture_and_as_a_table():
    every = [*exhibits(), components_table(make_components())]
    assert len({exhibit.id for exhibit in every}) == len(every)
    for exhibit in every:
        assert re.fullmatch(r"[a-z][a-z-]*", exhibit.id)
        assert exhibit.title.endswith("?")
        assert len(exhibit.summary) > 60
        assert exhibit.table.count("<caption>") == exhibit.table.count("<table") == 1
        assert exhibit.data.height > 0


@pytest.mark.parametrize("at", range(5))
def test_a_figure_is_plain_small_stable_json(at):
    first, again = exhibits()[at].figure, exhibits()[at].figure
    text = json.dumps(first, allow_nan=False)
    assert text == json.dumps(again, allow_nan=False)
    assert len(text) < 12_000
    assert first["config"] == CONFIG
    assert 320 <= first["layout"]["height"] <= 380


def test_a_model_that_was_not_fitted_gives_a_sentence():
    dose = released_dose(make_dose_curve().clear(), make_dose_surface().clear())
    empty = [
        dose_curve_figure(dose["dose_curve"], dose["bends"]),
        dose_surface_figure(dose["dose_surface"]),
        components_table(pl.DataFrame()),
        quantile_figure(make_quantiles().clear()),
        influence_figure(make_influence().clear(), make_model_contrasts().clear(), make_names()),
    ]
    for exhibit in empty:
        assert exhibit.figure is None
        assert exhibit.table == ""
        assert "was not fitted" in exhibit.body


def test_too_few_patients_everywhere_give_a_sentence():
    nobody = pl.lit(5, pl.Int64).alias("patients")
    dose = released_dose(make_dose_curve().with_columns(nobody), make_dose_surface().with_columns(nobody))
    for exhibit in (
        dose_curve_figure(dose["dose_curve"], dose["bends"], measure="load"),
        dose_surface_figure(dose["dose_surface"]),
        influence_exhibit(patients=make_patients().with_columns(nobody)),
    ):
        assert exhibit.figure is None
        assert "too few patients" in exhibit.body


def test_no_sentence_claims_an_effect():
    for exhibit in exhibits():
        assert "caused" not in exhibit.summary
        assert "effect" not in exhibit.summary
    for exhibit in exhibits()[:3]:
        assert "not what causes what" in exhibit.summary


def test_rows_in_another_order_give_the_same_picture():
    dose, mixed = released_dose(), [f.sample(fraction=1, shuffle=True, seed=3) for f in
                                    (make_dose_curve(), make_dose_surface(), make_influence())]  # fmt: skip
    again = released_dose(*mixed[:2])
    for measure in ("adherence", "load"):
        one, other = (dose_curve_figure(d["dose_curve"], d["bends"], measure=measure) for d in (dose, again))
        assert one._repr_mimebundle_() == other._repr_mimebundle_()
    one, other = (dose_surface_figure(d["dose_surface"]) for d in (dose, again))
    assert one._repr_mimebundle_() == other._repr_mimebundle_()
    assert influence_exhibit()._repr_mimebundle_() == influence_exhibit(mixed[2])._repr_mimebundle_()
