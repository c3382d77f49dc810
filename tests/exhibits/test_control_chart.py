"""Charts over time as they are read: what the words say, what is drawn, what stands where there is none."""

from __future__ import annotations

import json

import polars as pl
import pytest
from exhibits.made_up import HOSTILE
from exhibits.made_up_charts import UP_AND_DOWN, released, series_of

from analytics.exhibits.chart_icons import charts_table
from analytics.exhibits.control_chart import control_figure
from analytics.vocabulary.language import short_month

HIGHER = [*UP_AND_DOWN, 2.9, 3.1, 2.8, 3.0, 3.2, 2.9, 3.0, 2.8]


def figure_of(values, *, measure="pain_reduction", name="Willow", targets=None, **more):
    """The exhibit of one released series."""
    points, icons = released(series_of(values, measure=measure, **more), targets=targets)
    return control_figure(points, icons, measure=measure, name=name)


def names_of(exhibit) -> list[str]:
    """What the legend says."""
    return [trace["name"] for trace in exhibit.figure["data"] if trace.get("showlegend") is not False]


def test_a_shift_is_said_with_its_month_and_drawn_in_another_shape():
    """Eight periods above the average from January 2025."""
    exhibit = figure_of(HIGHER)
    assert "The last 8 periods all lie above the average, since Jan 2025." in exhibit.summary
    assert "a change for the better beyond chance" in exhibit.summary
    assert "trial" not in exhibit.summary
    better = next(one for one in exhibit.figure["data"] if one["name"] == "Better than by chance")
    assert better["marker"]["symbol"] == "triangle-up"
    assert len(better["x"]) == 8
    assert "Limits of chance" in names_of(exhibit)
    assert exhibit.table.count("seven or more above the average") == 8


def test_chance_is_said_to_be_chance():
    """No mark, no question to ask."""
    exhibit = figure_of(UP_AND_DOWN)
    assert exhibit.summary.startswith("Up and down within what chance gives: there is no change to explain.")
    assert names_of(exhibit) == ["Average", "Limits of chance", "Within chance"]


def test_a_worse_shift_and_a_neutral_one():
    """Less pain relief is for the worse; fewer patients are neither."""
    worse = figure_of([-value for value in HIGHER])
    assert "a change for the worse beyond chance: ask what happened" in worse.summary
    fewer = figure_of([20.0 * value for value in HIGHER], measure="patients_started",
                      patients=[round(20 * value) for value in HIGHER])  # fmt: skip
    assert "That is more than chance: ask what happened." in fewer.summary
    assert "better" not in fewer.summary


def test_trial_limits_are_named():
    """Seven periods: limits, and how much they are worth."""
    exhibit = figure_of(UP_AND_DOWN[:7])
    assert "trial limits: they rest on 7 periods" in exhibit.summary
    assert "Trial limits" in names_of(exhibit)


def test_few_periods_are_drawn_without_limits():
    """Three points, and why they tell nothing yet."""
    exhibit = figure_of(UP_AND_DOWN[:3])
    assert "Periods with a number so far: 3. That is too few to tell a change from chance." in exhibit.summary
    assert names_of(exhibit) == ["Period"]
    assert "nothing special" not in exhibit.table


@pytest.mark.parametrize(
    ("target", "said"),
    [(9.0, "the target of 9.0 will be missed"), (-9.0, "the target of −9.0 will be met"),
     (2.0, "chance decides whether a period meets it")],
)  # fmt: skip
def test_a_target_is_judged_and_drawn(target, said):
    """By the limits, in words and as a line."""
    exhibit = figure_of(UP_AND_DOWN, targets={"pain_reduction": target})
    assert said in exhibit.summary
    assert "Target" in names_of(exhibit)


def test_hidden_periods_are_gaps_and_said():
    """The path breaks; the table says what is not shown."""
    sizes = [20] * 5 + [7] + [20] * 6
    exhibit = figure_of(UP_AND_DOWN, patients=sizes)
    path = next(one for one in exhibit.figure["data"] if one.get("showlegend") is False)
    assert path["y"][5] is None
    assert path["connectgaps"] is False
    assert "Periods with too few patients are left out." in exhibit.summary
    assert "not shown" in exhibit.table


@pytest.mark.parametrize("size", [0, 1, 7])
def test_nothing_to_show_is_said(size):
    """No period, or none that may be shown."""
    assert "In no period are there enough patients" in figure_of([None] * 4, patients=size).body
    points, icons = released(series_of([]))
    assert "No period is complete yet" in control_figure(points, icons, measure="adherence", name="x").body


def test_labels_are_few_and_of_whole_periods():
    """At most five along the axis, the newest among them."""
    axis = figure_of(UP_AND_DOWN, months=1).figure["layout"]["xaxis"]
    assert len(axis["tickvals"]) <= 5
    assert axis["ticktext"][-1] == "Dec<br>2024"
    assert figure_of(UP_AND_DOWN[:6], months=2).figure["layout"]["xaxis"]["ticktext"][-1] == "Nov–Dec<br>2024"


def test_a_hostile_name_stays_text():
    """In the caption of the table."""
    exhibit = figure_of(UP_AND_DOWN, name=HOSTILE)
    assert "<script" not in exhibit.table + json.dumps(exhibit.figure)


def test_the_table_of_icons_is_by_name_with_every_clinic():
    """A clinic without a chart stands there too; the key has the words of what occurs."""
    parts = [
        series_of(HIGHER),
        series_of(UP_AND_DOWN, clinic="ash"),
        series_of(UP_AND_DOWN, clinic="network"),
    ]
    _, icons = released(pl.concat(parts))
    clinics = pl.DataFrame(
        {"clinic_id": ["willow", "ash", "new"], "clinic_name": [HOSTILE, "ash tree", "Birch"]}
    )
    exhibit = charts_table(icons, clinics)
    order = [
        exhibit.body.index(f'<th scope="row">{name}')
        for name in ("All clinics", "&lt;script", "ash tree", "Birch")
    ]
    assert order == sorted(order)
    assert exhibit.summary.startswith("1 of 2 charts of clinics show a change beyond chance")
    assert exhibit.body.count('aria-label="Changed for the better"') == 1
    assert '<ul class="icon-key">' in exhibit.body
    assert "<script" not in exhibit.body


def test_no_chart_anywhere_is_said():
    """An empty network."""
    _, icons = released(series_of([]))
    assert "No period is complete yet" in charts_table(icons, pl.DataFrame()).body


def test_months_are_named_in_the_language_spoken(german):
    """By CLDR, not by us."""
    day = series_of([1.0, 2, 3])["month"][2]
    assert (short_month(day), short_month(day, year=False)) == ("März 2024", "Mär")
