"""What the funnel draws is what was released; on a clinic's page it shows no other clinic."""

from __future__ import annotations

import json
from itertools import pairwise

import polars as pl
import pytest
from exhibits.made_up import CLINIC, HOSTILE, RULES, make_benchmark, make_funnel, stands

from analytics.exhibits.disclosure_of_benchmark import release_benchmark, release_funnel
from analytics.exhibits.funnel import funnel_figure

CLINICS = pl.DataFrame({"clinic_id": ["willow", "quay"], "clinic_name": ["Willow", "Quay"]})
FUNNEL = release_funnel(*make_funnel(), RULES)
LIMITS, COMPARISON = FUNNEL["funnel_limits"], FUNNEL["comparison"]


def released(frame=None):
    return release_benchmark(make_benchmark() if frame is None else frame, RULES)


def network(measure="pain_reduction"):
    return funnel_figure(released(), LIMITS, COMPARISON, whose=CLINICS, measure=measure)


def own(name="Willow"):
    mine = released().filter(pl.col("clinic_id") == CLINIC)
    return funnel_figure(mine, LIMITS, COMPARISON, whose=name)


def dots(exhibit):
    return {t["name"]: t for t in exhibit.figure["data"] if t["mode"] == "markers"}


def test_each_clinic_is_a_dot_with_its_name():
    exhibit = network()
    found = dots(exhibit)
    assert found["Worse than expected"]["x"] == [70]
    assert found["Worse than expected"]["y"] == [-0.7]
    assert found["No clear difference"]["y"] == [0.2]
    assert {note["text"] for note in exhibit.figure["layout"]["annotations"]} >= {"Willow", "Quay"}


def test_a_signal_has_a_shape_of_its_own():
    symbols = {trace["marker"]["symbol"] for trace in dots(network()).values()}
    assert len(symbols) == len(dots(network())) == 2


def test_the_curves_are_the_released_limits():
    lines = [t for t in network().figure["data"] if t["mode"] == "lines"][:4]
    drawn = LIMITS.filter(pl.col("measure") == "pain_reduction", pl.col("patients").is_between(32.5, 112))
    for trace, name in zip(lines, ("low_95", "high_95", "low_998", "high_998"), strict=True):
        assert trace["x"] == drawn["patients"].to_list()
        assert trace["y"] == pytest.approx(drawn[name].to_list(), rel=1e-3)


def test_shares_are_drawn_in_percentage_points():
    exhibit = network("responder")
    assert dots(exhibit)["Better than expected"]["y"] == [15.0]
    assert "Percentage points" in json.dumps(exhibit.figure["layout"]["annotations"])


def test_the_network_reads_how_many_would_be_outside_by_chance():
    said = network().summary
    assert "Clinics compared: 2. Outside the dashed lines: 1;" in said
    assert "would put about 0.1 there. Outside the solid lines: 1; by chance about 0.00." in said
    assert "wider for it" not in said


def test_wider_limits_are_explained():
    wide = COMPARISON.with_columns(tau=pl.lit(0.4))
    assert "wider for it" in funnel_figure(released(), LIMITS, wide, whose=CLINICS).summary


def test_a_clinics_page_shows_its_own_dot_only():
    exhibit = own()
    assert sum(len(trace["x"]) for trace in dots(exhibit).values()) == 1
    text = json.dumps([exhibit.figure, exhibit.table, exhibit.summary, exhibit.data.to_dicts()])
    assert "quay" not in text.lower()
    assert "+0.20 points against what was expected: within the limits of chance" in exhibit.summary
    with pytest.raises(ValueError, match="one clinic"):
        funnel_figure(released(), LIMITS, COMPARISON, whose="Willow")


def test_a_clinic_far_outside_reads_so():
    alone = released().filter(pl.col("clinic_id") == "quay", pl.col("measure") == "pain_reduction")
    said = funnel_figure(alone, LIMITS, COMPARISON, whose="Quay").summary
    assert said.startswith("−0.70 points against what was expected: below the limits of chance")
    assert "beyond the outer limits too" in said


def test_a_hostile_name_is_text():
    exhibit = own(HOSTILE)
    assert "<script" not in json.dumps(exhibit.figure) + exhibit.table


def test_names_of_dots_at_one_place_do_not_cover_each_other():
    rows = [stands(f"c{at:02}", "pain_reduction", patients=85, observed=2.0, gap=0.01 * at, limit=0.4)
            for at in range(12)]  # fmt: skip
    frame = released(pl.DataFrame(rows, schema=make_benchmark().schema, orient="row"))
    clinics = frame.select("clinic_id", clinic_name="clinic_id")
    layout = funnel_figure(frame, LIMITS, COMPARISON, whose=clinics).figure["layout"]
    room = 0.05 * (layout["yaxis"]["range"][1] - layout["yaxis"]["range"][0])
    for side in ("left", "right"):
        places = sorted(n["ay"] for n in layout["annotations"] if n.get("xanchor") == side and "ay" in n)
        assert len(places) == 6
        assert all(b - a >= room for a, b in pairwise(places))


def test_of_many_clinics_only_those_outside_bear_their_names():
    rows = [stands(f"c{at:02}", "pain_reduction", patients=85, observed=2.0, gap=0.5 * (at == 3), limit=0.4)
            for at in range(40)]  # fmt: skip
    frame = released(pl.DataFrame(rows, schema=make_benchmark().schema, orient="row"))
    clinics = frame.select("clinic_id", clinic_name="clinic_id")
    layout = funnel_figure(frame, LIMITS, COMPARISON, whose=clinics).figure["layout"]
    assert [n["text"] for n in layout["annotations"] if n.get("ayref")] == ["c03"]


@pytest.mark.parametrize("empty", ["benchmark", "limits", "comparison"])
def test_without_data_it_says_so(empty):
    frames = {"benchmark": released(), "limits": LIMITS, "comparison": COMPARISON}
    frames[empty] = frames[empty].clear()
    exhibit = funnel_figure(*frames.values(), whose=CLINICS)
    assert exhibit.figure is None
    assert "not enough data" in exhibit.body


def test_the_same_frames_make_the_same_bytes():
    first, second = (json.dumps(network().figure) for _ in range(2))
    assert first == second
