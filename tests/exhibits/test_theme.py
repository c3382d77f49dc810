"""Marks and text can be told from the page, light or dark, and a figure is plain, quiet, stable JSON."""

from __future__ import annotations

import json

import pytest
from exhibits.made_up_pages import FIGURES

from analytics.exhibits.theme import CONFIG, INK, MARKS, draw, faded

WHITE, NIGHT = "#FFFFFF", "#111111"


def luminance(colour):
    """WCAG 2.2's relative luminance."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_the_ratio_is_wcags():
    assert contrast("#000000", WHITE) == pytest.approx(21)
    assert contrast("#777777", WHITE) == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("colour", MARKS.values(), ids=MARKS)
@pytest.mark.parametrize("page", [WHITE, NIGHT])
def test_marks_stand_out(colour, page):
    assert contrast(colour, page) >= 3


def test_text_reads_on_a_light_page_and_is_seen_on_a_dark_one():
    assert contrast(INK, WHITE) >= 4.5
    assert contrast(INK, NIGHT) >= 3


def test_the_clinic_and_the_network_differ_in_more_than_colour(release):
    for make in FIGURES:
        lines = [
            t for t in make(release.cells, name=release.name).figure["data"] if "dash" in t.get("line", {})
        ]
        assert len({trace["line"]["dash"] for trace in lines}) == len(lines)
        assert len({trace["marker"]["symbol"] for trace in lines}) == len(lines)
    states = [t for t in FIGURES[2](release.cells, name="W").figure["data"] if t["type"] == "bar"]
    assert len({trace["marker"]["pattern"]["shape"] for trace in states}) == 3


@pytest.mark.parametrize("make", FIGURES)
def test_a_figure_is_plain_small_stable_json(release, make):
    first, again = (make(release.cells, name=release.name).figure for _ in range(2))
    text = json.dumps(first, allow_nan=False)
    assert text == json.dumps(again, allow_nan=False)
    assert "bdata" not in text
    assert '"uid"' not in text
    assert "template" not in first["layout"]
    assert len(text) < 12_000
    assert first["config"] == CONFIG
    assert 320 <= first["layout"]["height"] <= 380
    assert first["layout"]["paper_bgcolor"] == first["layout"]["plot_bgcolor"] == "rgba(0,0,0,0)"


def test_no_figure_sends_anything_anywhere():
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""
    assert CONFIG["displaylogo"] is CONFIG["displayModeBar"] is False


def test_numbers_have_four_figures():
    drawn = draw([{"type": "scatter", "x": [1, 2], "y": [1.234567, None]}], {})
    assert drawn["data"][0]["y"] == [1.235, None]
    assert drawn["data"][0]["x"] == [1, 2]


def test_a_wrong_property_is_refused():
    with pytest.raises(ValueError, match="scatter"):
        draw([{"type": "scatter", "lines": {}}], {})


def test_a_faded_colour_is_the_same_colour():
    assert faded("#0072B2", 0.2) == "rgba(0,114,178,0.2)"
