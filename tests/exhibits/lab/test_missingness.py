"""The lab's figures on missing weeks: they draw what the frames say, also where frames are empty."""

from __future__ import annotations

import json

import polars as pl
import pytest

from analytics.exhibits.lab.missingness import imputed_figure, tipping_figure
from analytics.exhibits.lab.stopping import before_stopping_figure, writing_figure

EVIL = "<script>alert('x')</script>"
COURSE = pl.DataFrame(
    {
        "week": [1, 2], "at_risk": [100, 90], "stops": [10, 9], "ends": [0, 9], "hazard": [0.1, 0.1],
        "writing": [0.9, 0.72], "left": [0.0, 0.09], "stopped": [0.1, 0.19], "low": [0.05, None],
        "high": [0.2, None],
    }
)  # fmt: skip
BEFORE = pl.DataFrame(
    {
        "weeks_before": [0, 1], "episodes": [30, 28], "stopped": [6.0, 5.5], "stayed": [5.0, 5.2],
        "difference": [1.0, 0.3], "se": [0.2, 0.2], "df": [7.0, 7.0], "low": [0.5, -0.2], "high": [1.5, 0.8],
    }
)  # fmt: skip
MEANS = pl.DataFrame(
    {
        "measure": ["weekly_pain", "weekly_pain_rated", "weekly_pain_filled"] * 2,
        "clinic_id": [""] * 3 + ["own"] * 3, "week": [12] * 6, "patients": [50] * 6,
        "estimate": [4.1, 3.9, 5.0] * 2, "low": [3.8, 3.6, 4.0] * 2, "high": [4.4, 4.2, 6.0] * 2,
    }
)  # fmt: skip
CURVE = pl.DataFrame(
    {
        "delta": [0.0, 1.0] * 2, "measure": ["mean_reduction"] * 4, "clinic_id": [""] * 4,
        "week": [6, 6, 12, 12], "estimate": [2.0, 1.9, 2.5, 2.3], "low": [1.7, 1.6, 2.2, 1.9],
        "high": [2.3, 2.2, 2.8, 2.7], "threshold": [2.0] * 4,
    }
)  # fmt: skip
TIPPING = pl.DataFrame(
    {"measure": ["mean_reduction"], "clinic_id": [""], "week": [12], "tipping": [0.67], "verdict": [EVIL]}
)


def lines(exhibit):
    assert exhibit.figure is not None
    json.dumps(exhibit.figure)
    return {trace["name"]: trace for trace in exhibit.figure["data"] if trace.get("name")}


def test_writing_on():
    exhibit = writing_figure(COURSE)
    assert lines(exhibit)["stopped writing, still in care"]["y"] == [0.1, 0.19]
    assert "By week 2, 19% had stopped" in exhibit.summary
    assert exhibit.figure is not None
    band = exhibit.figure["data"][0]
    assert (band["x"], band["y"]) == ([1, 1], [0.05, 0.2])  # a week without an interval has no band


def test_before_stopping():
    exhibit = before_stopping_figure(BEFORE)
    own = lines(exhibit)["about to stop (bars: 95 % interval of the difference)"]
    assert own["x"] == [0, -1]
    assert own["error_y"]["array"] == pytest.approx([0.5, 0.5])
    assert "a difference of 1.0 points (95 % interval 0.5 to 1.5)" in exhibit.summary
    plain = before_stopping_figure(
        BEFORE.with_columns(pl.lit(None, dtype=pl.Float64).alias(end) for end in ("low", "high"))
    )
    assert "error_y" not in lines(plain)["about to stop"]
    assert "interval" not in plain.summary


def test_filled_weeks():
    exhibit = imputed_figure(MEANS)
    assert {name: trace["y"] for name, trace in lines(exhibit).items()} == {
        "unrated weeks, as filled": [5.0], "rated weeks": [3.9], "both together": [4.1],
    }  # fmt: skip
    assert "mean pain was 3.9; with the unrated ones filled in it is 4.1" in exhibit.summary


def test_tipping():
    exhibit = tipping_figure(CURVE, TIPPING)
    drawn = lines(exhibit)
    assert drawn["estimate"]["y"] == [2.5, 2.3]  # of the last week alone
    assert (drawn["tipping point"]["x"], drawn["tipping point"]["y"]) == ([0.67], [2.0])
    assert drawn["threshold"]["y"] == [2.0, 2.0]
    none = tipping_figure(CURVE, TIPPING.with_columns(tipping=pl.lit(None, dtype=pl.Float64)))
    assert "tipping point" not in lines(none)


def test_a_name_from_outside_is_escaped():
    exhibit = tipping_figure(CURVE.with_columns(measure=pl.lit(EVIL)), TIPPING, measure=EVIL)
    assert EVIL not in json.dumps(exhibit.figure)
    assert EVIL not in exhibit.table


def test_nothing_to_show_says_why():
    """Made in the test: no query runs at import."""
    for exhibit in (
        writing_figure(COURSE.clear()),
        before_stopping_figure(BEFORE.clear()),
        imputed_figure(MEANS.clear()),
        tipping_figure(CURVE.clear(), TIPPING),
        tipping_figure(CURVE, TIPPING, measure="another"),
    ):
        assert exhibit.figure is None
        assert exhibit.summary or exhibit.body
