"""Every noun shows itself: as tables with small figures, escaped, in the colours of its page."""

from __future__ import annotations

import re
from dataclasses import dataclass

import polars as pl
import pytest

from analytics.exhibits.lab.mini import intervals, share_bars
from analytics.models.control_chart import control_chart
from analytics.vocabulary.installed import sample_settings
from analytics.vocabulary.results import Benchmark, Cohort, Journal
from analytics.vocabulary.tidy import Noun

EVIL = "<img src=x onerror=alert(1)>"


def _widths(svg: str) -> list[tuple[float, float]]:
    return [(float(a), float(b)) for a, b in re.findall(r'<line x1="([\d.]+)".*?x2="([\d.]+)"', svg)]


def test_an_interval_lies_where_its_numbers_are():
    (svg,) = intervals([(1.0, 0.5, 2.0)], shared=False)
    zero, bar = _widths(svg)
    assert zero == (65.0, 65.0)
    assert bar == (65 + 59 * 0.25, 65 + 59.0) or bar == (79.8, 124.0)
    assert 'cx="94.5"' in svg
    assert "1.00, 0.50 to 2.00" in svg


def test_on_a_shared_scale_a_smaller_estimate_is_nearer_to_zero():
    small, large = intervals([(0.1, 0.0, 0.2), (1.0, 0.0, 2.0)], shared=True)
    own, _ = intervals([(0.1, 0.0, 0.2), (1.0, 0.0, 2.0)], shared=False)
    assert _widths(small)[1][1] < 75
    assert _widths(large)[1][1] == _widths(own)[1][1] > 120


def test_where_nothing_is_known_nothing_is_drawn():
    assert intervals([(None, None, None), (float("nan"), None, None)], shared=True) == ["", ""]
    assert intervals([], shared=True) == []
    assert len(_widths(intervals([(1.0, None, None)], shared=True)[0])) == 1
    assert 'width="0.0"' in share_bars([None])[0]


def test_the_study_lists_its_frames(study):
    shown = study._repr_html_()
    assert "patient_weeks" in shown
    assert f"{study.frame('sessions').select(pl.len()).collect().item():,}" in shown
    assert repr(study).removeprefix("Study ") in shown


def test_journal_and_cohort_count(study):
    names = ("sessions", "patients", "plans", "measures", "clinics", "findings", "fates", "accounting",
             "coverage", "measured")  # fmt: skip
    shown = Journal(*(study.frame(name).collect() for name in names))._repr_html_()
    assert "lines = kept + refused + duplicates" in shown
    frames = [
        study.frame(name).collect()
        for name in ("episodes", "patient_weeks", "practice", "measures", "scores")
    ]
    cohort = Cohort(*frames)._repr_html_()
    assert f"{frames[1]['pain'].count():,} of them rated" in cohort
    assert cohort.count('role="img"') == frames[0]["clinic_id"].n_unique()


def test_a_fit_shows_an_interval_for_each_term(three_levels):
    shown = three_levels._repr_html_()
    assert shown.count("<svg") == three_levels.terms.height
    assert "240 rows (0 dropped" in shown


def test_a_benchmark_shows_differences_with_the_limits_of_chance():
    columns = (
        "observed",
        "expected",
        "difference",
        "difference_low",
        "difference_high",
        "limit_low_95",
        "limit_high_95",
    )
    clinics = pl.DataFrame(
        {
            "clinic_id": [EVIL, "b"],
            "measure": ["pain_reduction"] * 2,
            "patients": [20, 5],
            "signal": ["", EVIL],
        }
    ).with_columns(*(pl.Series(name, [0.5, None]) for name in columns))
    shown = Benchmark(clinics, pl.DataFrame(), pl.DataFrame())._repr_html_()
    assert shown.count("<rect") == 1
    assert "<img" not in shown


def test_a_control_chart_draws_each_series():
    series = pl.DataFrame(
        {"clinic_id": ["a"] * 8, "measure": ["m"] * 8, "kind": ["mean"] * 8, "period": ["month"] * 8,
         "month": pl.date_range(pl.date(2025, 1, 1), pl.date(2025, 8, 1), "1mo", eager=True),
         "patients": [9] * 8, "value": [1.0, 2.0, 1.5, None, 2.2, 1.9, 1.2, 1.0]}
    )  # fmt: skip
    chart = control_chart(series.with_columns(until=pl.col("month"), met=pl.lit(0)))
    shown = chart._repr_html_()
    assert "1 charts" in shown
    assert shown.count('role="img"') == 1


def test_settings_show_value_and_meaning(tmp_path):
    shown = sample_settings(tmp_path)._repr_html_()
    assert "definitions.horizon_weeks" in shown
    assert "weeks from the start" in shown


@dataclass(frozen=True, slots=True, repr=False)
class Strange(Noun):
    """A noun that nobody has given a display of its own."""

    rows: pl.DataFrame
    warnings: tuple[str, ...] = ()
    size: int = 3


def test_any_other_noun_shows_its_frames_and_says_how_many_rows_more():
    shown = Strange(pl.DataFrame({EVIL: range(20)}), warnings=(EVIL,))._repr_html_()
    assert "A noun that nobody" in shown
    assert "12 more rows" in shown
    assert "size: 3" in shown
    assert "<img" not in shown


def test_a_noun_shown_twice_is_the_same_bytes(three_levels, study):
    assert three_levels._repr_html_() == three_levels._repr_html_()
    assert study._repr_html_() == study._repr_html_()


@pytest.mark.parametrize("pattern", [r"color:\s*#", r"fill=\"(?:white|black)", r"background-color"])
def test_no_colour_is_fixed_but_that_of_marks(pattern, three_levels):
    assert not re.search(pattern, three_levels._repr_html_())
