"""What the lab shows of the weighted model: every way with its numbers and what has to hold for it."""

from __future__ import annotations

import polars as pl
import pytest
from recovery.confounded import Truth, confounded
from recovery.simulated import SETTINGS

from analytics.exhibits.lab.weighting import adjustments_figure, balance_figure, positivity_figure
from analytics.models.weighting.adjustments import ADJUSTMENTS, WAYS, compare_adjustments
from analytics.models.weighting.histories import histories
from analytics.models.weighting.weights import weigh


@pytest.fixture(scope="module")
def found():
    return compare_adjustments(*confounded(1, Truth(patients=40)), SETTINGS)


@pytest.fixture(scope="module")
def weighting():
    return weigh(histories(*confounded(1, Truth(patients=40)), SETTINGS))


def test_every_way_is_drawn_and_says_what_it_rests_on(found):
    exhibit = adjustments_figure(found)
    assert found["way"].to_list() == list(WAYS)
    labels = exhibit.figure["layout"]["yaxis"]["ticktext"]
    assert len(labels) == len(WAYS)
    assert sum("effect, if it holds" in label for label in labels) == 2
    assert sum("association" in label for label in labels) == 4
    for compares, holds_if in WAYS.values():
        assert compares.replace("'", "&#x27;") in exhibit.table or compares in exhibit.table
        assert holds_if in exhibit.table


def test_nothing_found_is_said():
    exhibit = adjustments_figure(pl.DataFrame(schema=ADJUSTMENTS))
    assert exhibit.figure is None
    assert "Too few weeks" in exhibit.body + exhibit.summary


def test_balance_shows_each_column_before_and_after(weighting):
    exhibit = balance_figure(weighting.balance)
    assert [trace["name"] for trace in exhibit.figure["data"]] == ["unweighted", "weighted"]
    for trace, column in zip(exhibit.figure["data"], ("before", "after"), strict=True):
        assert trace["x"] == pytest.approx(weighting.balance[column].to_list(), rel=1e-3)


def test_positivity_adds_up_in_each_tenth(weighting):
    bars = positivity_figure(weighting.positivity).figure["data"]
    assert [sum(shares) for shares in zip(*(bar["y"] for bar in bars), strict=True)] == pytest.approx(
        [1] * 10, abs=2e-3
    )
    assert len({bar["marker"]["color"] for bar in bars}) == 3
