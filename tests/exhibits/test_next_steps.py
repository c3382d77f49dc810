"""What to look at next follows from what the page shows, and from nothing else."""

from __future__ import annotations

from dataclasses import replace

import polars as pl
import pytest
from exhibits.made_up import make_benchmark, make_cells, make_release, make_told

from analytics.exhibits.next_steps import MOST, next_steps


def steps(release):
    body = next_steps(release).body
    return [part.split("</li>")[0] for part in body.split("<li>")[1:]]


def set_share(subject, measure, patients, of):
    mine = (pl.col("subject") == subject) & (pl.col("measure") == measure)
    cells = make_cells()
    return cells.with_columns(
        pl.when(mine).then(pl.lit(value)).otherwise(name).cast(cells.schema[name]).alias(name)
        for name, value in {"patients": patients, "of": of, "value": patients / of}.items()
    )


@pytest.mark.parametrize(
    ("signal", "said"),
    [("better than expected", "Pain fell more than expected."),
     ("worse than expected", "Pain fell less than expected. Before anything else, see below whether")],
)  # fmt: skip
def test_a_signal_asks_for_the_data_first(signal, said):
    found = steps(make_release(benchmark=make_benchmark().with_columns(signal=pl.lit(signal))))
    assert found[0].startswith(said)
    assert "whether the data are complete" in found[0]


def test_no_signal_says_nothing_of_it(release):
    assert not any("than expected" in step for step in steps(release))


def test_a_clinic_with_too_little_learns_what_is_needed():
    few = make_benchmark().with_columns(patients=pl.lit(6))
    assert steps(make_release(benchmark=few))[0].startswith(
        "To be set beside other clinics, this one needs at least 10 patients"
    )


def test_what_is_wrong_with_the_data_comes_first(release):
    found = pl.DataFrame({"check": ["clinic_silent", "volume_fell"], "status": ["warn", "pass"]})
    first = steps(replace(release, checks=found))[0]
    assert first.startswith("The data first: No recent session.")
    assert "Ask for a new export" in first
    fine = replace(release, checks=found.with_columns(status=pl.lit("pass")))
    assert not any(step.startswith("The data first") for step in steps(fine))


@pytest.mark.parametrize(("seen", "asked"), [(65, False), (60, True)])
def test_who_was_not_seen_to_the_end(seen, asked):
    found = steps(make_release(set_share("followup", "seen", seen, 80)))
    assert any("were not rated in the last third" in step for step in found) == asked


@pytest.mark.parametrize(("kept", "asked"), [(0.79, True), (0.80, False)])
def test_the_plan_is_named_below_the_usual_band(kept, asked):
    cells = make_cells()
    mine = (pl.col("measure") == "adherence_capped") & pl.col("week").is_null()
    found = steps(make_release(cells.with_columns(value=pl.when(mine).then(kept).otherwise("value"))))
    assert any("most studies call 80 % satisfactory" in step for step in found) == asked


@pytest.mark.parametrize(("variation", "word"), [("improving", "better"), ("concerning", "worse")])
def test_a_change_over_time(release, variation, word):
    icons = pl.DataFrame({"measure": ["pain_reduction"], "variation": [variation]})
    found = steps(replace(release, control_icons=icons))
    assert any(f"something changed for the {word}" in step for step in found)
    quiet = replace(release, control_icons=icons.with_columns(variation=pl.lit("common cause")))
    assert not any("something changed" in step for step in steps(quiet))


def test_never_more_than_a_reader_can_take(release):
    icons = pl.DataFrame({"measure": ["pain_reduction"], "variation": ["concerning"]})
    worse = make_benchmark().with_columns(signal=pl.lit("worse than expected"))
    crowded = make_release(set_share("followup", "seen", 20, 80), benchmark=worse)
    assert len(steps(replace(crowded, control_icons=icons))) == MOST


def test_nothing_to_do_is_said():
    cells = make_cells()
    kept = (pl.col("measure") == "adherence_capped") & pl.col("week").is_null()
    good = cells.with_columns(value=pl.when(kept).then(0.9).otherwise("value"))
    found = steps(make_release(good, told=make_told().filter(pl.col("told") == "yes")))
    assert found == ["Nothing here asks for a step of its own. Go on, and look again at the next report."]
