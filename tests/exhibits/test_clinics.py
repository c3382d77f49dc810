"""The clinics stand beside their expectation, by name and not by rank."""

from __future__ import annotations

import polars as pl
from exhibits.made_up import RULES, make_benchmark

from analytics.exhibits.benchmark import clinics_table
from analytics.exhibits.disclosure import release_benchmark

CLINICS = pl.DataFrame(
    {
        "clinic_id": ["willow", "birch", "quay", "new"],
        "clinic_name": ["alder <b>House", "Birch", "Quay", None],
    }
)


def table():
    return clinics_table(release_benchmark(make_benchmark(), RULES), CLINICS)


def test_clinics_are_in_the_order_of_their_names():
    html = table().table
    places = [html.index(f">{name}</th>") for name in ("alder &lt;b&gt;House", "Birch", "new", "Quay")]
    assert places == sorted(places)


def test_a_clinic_without_enough_data_shows_no_number():
    html = table().table
    row = html[html.index(">Birch<") : html.index("</tr>", html.index(">Birch<"))]
    assert not any(digit in row for digit in "0123456789")
    assert "not enough data" in row


def test_a_clinic_without_a_patient_to_compare_hides_nobody():
    html = table().table
    assert '>new</th><td class="number">0</td><td class="number">–</td>' in html


def test_a_difference_is_given_with_its_interval_and_in_words():
    html = table().table
    row = html[html.index(">Quay<") : html.index("</tr>", html.index(">Quay<"))]
    for text in ("70", "1.2", "0.8 to 1.6", "1.9", "−0.70", "−1.10 to −0.30", "worse than expected"):
        assert f">{text}</td>" in row


def test_the_summary_counts_the_compared():
    assert table().summary.startswith("2 of 4 clinics")
