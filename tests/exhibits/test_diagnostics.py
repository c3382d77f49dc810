"""How far things lie apart, and how evenly: in words that a reader can check against the numbers."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up_model import make_components, quantile_exhibit, trace

from analytics.exhibits.diagnostics import BENT, components_table

MANY_CLINICS = {"residual": 9000, "episode_id": 900, "clinic_id": 40}


# One row: group, term, other term, SD or correlation, lower end of its interval; and the words for it.
CASES = [
    ("clinic_id intercept - 0.31 0.2", "Clinics: level of pain differs by about 0.3 points"),
    ("clinic_id intercept - 0 -", "Clinics: no difference in level of pain can be told from chance"),
    ("episode_id log_week - 0.45 0.4",
     "Patients: course over the weeks differs by about 0.31 points each time the weeks double"),
    ("episode_id week - 0.1 0.05", "Patients: course over the weeks differs by about 0.10 points a week"),
    ("episode_id intercept week -0.3 -0.5", "Patients: more pain at the start goes with a larger fall"),
    ("episode_id intercept week 0.3 0.1", "Patients: more pain at the start goes with a smaller fall"),
    ("clinic_id intercept week 0.3 -0.2", "Clinics: level of pain and course have no clear link"),
    ("residual intercept - 1.05 1.0", "Weeks: about 1.1 points around the patient&#39;s own course"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "text"), CASES)
def test_a_component_is_said_in_words(row, text):
    group, term, other, *numbers = (None if part == "-" else part for part in row.split())
    sd, low = (None if number is None else float(number) for number in numbers)
    row = (group, term, other, sd * sd, sd, low, None if low is None else 2 * sd - low, None)
    one = pl.DataFrame([row], schema=make_components().schema, orient="row")
    assert f'<th scope="row">{text}</th>' in components_table(one).table


def test_what_cannot_be_told_of_a_component_is_a_dash():
    row = ("clinic_id", "intercept", "log_week", 0.0, None, None, None, None)
    one = pl.DataFrame([row], schema=make_components().schema, orient="row")
    table = components_table(one.drop("share")).table
    assert table.count(">–</td>") == 3
    assert "no clear link" in table
    assert "not shown" not in table


def test_the_levels_are_said_in_one_sentence():
    said = components_table(make_components()).summary
    assert said.startswith(
        "Clinics: level of pain differs by about 0.3 points. "
        "Patients: level of pain differs by about 1.2 points. Weeks: about 1.1 points around"
    )


@pytest.mark.parametrize(
    ("bend", "text"),
    [
        (lambda z: z, "no bend is seen"),
        (lambda z: z + 0.3, "no bend is seen"),
        (lambda z: z + 0.1 * z**3, "both ends reach further out"),
        (lambda z: z - 0.1 * z**3, "both ends stop short"),
        (lambda z: z + 0.2 * (z * z - 1), "the low end stops short and the high end reaches further out"),
        (lambda z: z - 0.2 * (z * z - 1), "the low end reaches further out and the high end stops short"),
        (lambda z: z + 0.5 * (abs(z) < 0.5), "the middle leaves the zone"),
    ],
)
def test_a_bend_is_said_in_words(bend, text):
    exhibit = quantile_exhibit(residual=bend)
    assert f"Weeks: {text}." in exhibit.summary
    assert f"Weeks: {text}</th>" in exhibit.table


def test_the_line_is_what_was_found_less_the_normal_curve():
    exhibit = quantile_exhibit(residual=lambda z: z + 0.25)
    weeks = trace(exhibit, name="Weeks")
    assert all(abs(y - 0.25) < 0.011 for y in weeks["y"])
    zone = exhibit.figure["layout"]["shapes"][0]
    assert (zone["y0"], zone["y1"]) == (float(f"{-BENT:.4g}"), float(f"{BENT:.4g}"))
    assert zone["y1"] < exhibit.figure["layout"]["yaxis"]["range"][1]


def test_parts_differ_in_more_than_colour():
    lines = quantile_exhibit(MANY_CLINICS).figure["data"]
    assert [line["name"] for line in lines] == [
        "Clinics: level",
        "Patients: level",
        "Patients: course",
        "Weeks",
    ]
    assert (
        len({line["line"]["dash"] for line in lines}) == len({line["line"]["color"] for line in lines}) == 4
    )


def test_few_clinics_are_not_judged_and_very_few_not_drawn():
    assert "Clinics: level: too few to tell a bend from chance." in quantile_exhibit(MANY_CLINICS).summary
    assert "Clinics are too few to be drawn." in quantile_exhibit().summary
