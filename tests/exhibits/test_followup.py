"""Who is missing: in words that follow the numbers."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up import CLINIC, make_cells, make_release

from analytics.exhibits.followup import followup_figure


def test_the_last_shown_week_is_said(release):
    exhibit = followup_figure(release.cells, name="Willow")
    week = release.cells.filter(pl.col("measure") == "rated", pl.col("clinic_id") == CLINIC)["week"].max()
    assert exhibit.summary.startswith(f"In week {week} about")
    assert exhibit.figure
    assert "Not seen to the end" in exhibit.table


@pytest.mark.parametrize(
    ("left", "said"),
    [(1.2, "may be too favourable"), (2.9, "may be too small"), (2.2, "much like those who stayed")],
)
def test_what_the_missing_do_to_the_mean(left, said):
    cells = make_cells()
    theirs = (pl.col("measure") == "pain_reduction") & (pl.col("group") == "not seen to the end")
    changed = cells.with_columns(value=pl.when(theirs).then(left).otherwise("value"))
    exhibit = followup_figure(make_release(changed).cells, name="Willow")
    assert said in exhibit.summary
    assert f"fallen by {left} points in the first and 2.3 in the others" in exhibit.summary


def test_few_are_not_shown():
    exhibit = followup_figure(make_release(make_cells(size=6)).cells, name="Willow")
    assert not exhibit.figure
    assert "Too few patients" in exhibit.body


def test_nobody_rated():
    cells = make_cells().filter(pl.col("subject") != "followup")
    assert "Nobody rated pain" in followup_figure(make_release(cells).cells, name="Willow").body
