"""The claims' table and figure: every claim has its row, words say the verdict, nothing passes unescaped."""

from __future__ import annotations

import json

import polars as pl
import pytest

from analytics.exhibits.lab.claims import FURTHEST, LOOKS, claims_figure, claims_table

EVIL = "<script>alert('x')</script>"


def _claims(**changed) -> pl.DataFrame:
    row = {
        "claim": "a", "short": "Stretching", "says": "It helps.", "favours": "less pain", "patients": 100,
        "estimate": -1.0, "low": -1.5, "high": -0.5, "unit": "points", "worthwhile": 0.5, "p_holm": 0.001,
        "scaled": 2.0, "scaled_low": 1.0, "scaled_high": 3.0, "verdict": "found", "why": "so it is",
        "evidence": "none", "family": True, "tests": 2,
    }  # fmt: skip
    missing = dict.fromkeys(("patients", "estimate", "low", "high", "p_holm", "scaled", "scaled_low",
                             "scaled_high"))  # fmt: skip
    untold = row | missing | {"claim": "b", "short": "Bed rest", "verdict": "not measured here"}
    far = row | {"claim": "c", "short": "Far", "scaled": 9.0, "scaled_low": 5.0, "scaled_high": 12.0}
    return pl.DataFrame([row | changed, untold, far])


def test_every_claim_stands_in_table_and_figure():
    table, figure = claims_table(_claims()), claims_figure(_claims())
    for name in ("Stretching", "Bed rest", "Far", "not measured here"):
        assert name in table.table
        assert name in json.dumps(figure.figure)
    assert figure.figure is not None
    assert figure.figure["layout"]["yaxis"]["ticktext"] == ["Stretching", "Bed rest", "Far"]
    assert "found: 2; not measured here: 1" in figure.summary
    assert "2 tests share" in table.summary


def test_what_goes_beyond_the_figure_ends_in_an_arrow_and_no_mark_lies_outside():
    figure = claims_figure(_claims()).figure
    assert figure is not None
    trace = figure["data"][0]
    assert all(abs(x) <= FURTHEST for x in trace["x"] if x is not None)
    assert trace["marker"]["symbol"].count("triangle-right") == 1
    assert trace["y"].count(1) == 0  # nothing is drawn for what was not measured


def test_the_figure_is_told_apart_by_more_than_colour():
    assert len({mark for _, mark in LOOKS.values()}) == len(LOOKS)


@pytest.mark.parametrize("where", ["short", "says", "why", "verdict", "evidence", "favours", "unit"])
def test_nothing_passes_unescaped(where):
    evil = _claims(**{where: EVIL})
    assert "<script" not in claims_table(evil).table
    assert "<script" not in json.dumps(claims_figure(evil).figure)


def test_nothing_measured_is_said_in_words():
    figure = claims_figure(_claims().filter(pl.col("claim") == "b"))
    assert figure.figure is None
    assert "None of the claims" in figure.summary + figure.body


def test_the_table_says_verdict_and_reason_in_one_column_and_leaves_the_rest_to_the_register():
    table = claims_table(_claims()).table
    assert "found: so it is" in table
    assert "not measured here: so it is" in table
    assert table.count('scope="col"') == 5
    assert claims_table(_claims()).data.width == _claims().width
