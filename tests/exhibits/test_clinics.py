"""The clinics stand beside their expectation, by name and not by rank."""

from __future__ import annotations

import polars as pl
import pytest
from exhibits.made_up import CLINIC, RULES, make_benchmark

from analytics.exhibits.benchmark import clinics_table, comparison_details, standing_table
from analytics.exhibits.comparison import gap, gap_range, level, rank_words
from analytics.exhibits.disclosure_of_benchmark import release_benchmark

CLINICS = pl.DataFrame(
    {
        "clinic_id": ["willow", "birch", "quay", "new"],
        "clinic_name": ["alder <b>House", "Birch", "Quay", None],
    }
)


def released():
    return release_benchmark(make_benchmark(), RULES)


def table():
    return clinics_table(released(), CLINICS)


def row_of(html, name):
    return html[html.index(f">{name}<") : html.index("</tr>", html.index(f">{name}<"))]


def test_clinics_are_in_the_order_of_their_names():
    html = table().table
    places = [html.index(f">{name}</th>") for name in ("alder &lt;b&gt;House", "Birch", "new", "Quay")]
    assert places == sorted(places)


def test_a_clinic_without_enough_data_shows_no_number():
    row = row_of(table().table, "Birch")
    texts = [part.split("<")[0] for part in row.split(">")]
    assert not any(digit in text for digit in "0123456789" for text in texts)
    assert "Not enough data" in row


def test_a_clinic_without_a_patient_to_compare_hides_nobody():
    assert '>new</th><td class="number">0</td><td class="number">–</td>' in table().table


def test_a_difference_is_given_with_its_interval_and_in_words():
    row = row_of(table().table, "Quay")
    for text in ("70", "1.2", "1.9", "−0.70", "−1.10 to −0.30"):
        assert f">{text}</td>" in row
    assert " Worse than expected</span>" in row


def test_each_other_measure_has_a_sign_that_reads_aloud():
    exhibit = table()
    signs = exhibit.table[exhibit.table.index("The same for what else was measured") :]
    assert "Patients who improve meaningfully</th>" in signs
    assert 'aria-label="Better than expected"' in row_of(signs, "alder &lt;b&gt;House")
    assert 'aria-label="Worse than expected"' in row_of(signs, "Quay")


def test_the_summary_counts_the_compared():
    assert table().summary.startswith("Clinics with enough data to be compared: 2 of 4.")


def test_no_clinic_at_all():
    assert "There is no clinic" in clinics_table(released(), CLINICS.clear()).body


def test_a_network_of_which_nothing_is_known_has_dashes():
    html = clinics_table(released().clear(), CLINICS).table
    assert html.count("Not enough data") == 4


def test_a_clinic_reads_where_it_stands_by_each_measure():
    exhibit = standing_table(released().filter(pl.col("clinic_id") == CLINIC), name="Willow")
    assert exhibit.summary.startswith("Better than expected: Patients who improve meaningfully.")
    assert "Worse" not in exhibit.summary
    row = row_of(exhibit.table, "Patients who improve meaningfully")
    for text in ("65", "62 %", "46 %", "+15.0", "3.0 to 27.0"):
        assert f">{text}</td>" in row


def test_nothing_apart_is_said_to_be_nothing():
    alike = released().filter(pl.col("clinic_id") == CLINIC, pl.col("measure") == "pain_reduction")
    assert standing_table(alike, name="W").summary.startswith("Nothing is clearly better or worse")


def test_a_clinic_of_few_patients_is_told_why():
    few = released().filter(pl.col("clinic_id") == "birch")
    assert "Too few patients" in standing_table(few, name="Birch").body
    assert "Too few patients" in standing_table(few.clear(), name="Birch").body


def test_a_table_of_one_clinic_refuses_several():
    with pytest.raises(ValueError, match="one clinic"):
        standing_table(released(), name="Willow")


def test_the_details_say_how_little_an_order_would_mean():
    exhibit = comparison_details(released(), CLINICS)
    row = row_of(exhibit.table, "alder &lt;b&gt;House")
    for text in ("2.1 (1.6 to 2.5)", "+0.16", "−0.20 to 0.52", "anywhere from 1 to 2: cannot be told"):
        assert f">{text}</td>" in row
    assert "Birch" not in exhibit.table
    assert "No clinic has enough data" in comparison_details(released().clear(), CLINICS).body


@pytest.mark.parametrize(
    ("low", "high", "said"),
    [(2, 5, "somewhere between 2 and 5 of 8"), (1, 8, "anywhere from 1 to 8: cannot be told"),
     (3, 3, "place 3 of 8"), (None, None, "cannot be told")],
)  # fmt: skip
def test_ranks_are_said_as_ranges(low, high, said):
    assert rank_words({"rank_low": low, "rank_high": high}, 8) == said


def test_numbers_are_written_in_their_unit():
    assert level(0.706, "responder") == "71 %"
    assert level(2.06, "pain_reduction") == "2.1"
    assert level(0.147, "function_EQ5D5L") == "0.15"
    assert gap(0.4, "pain_reduction") == "+0.40"
    assert gap(-0.061, "responder") == "−6.1"
    assert gap(0.003, "function_EQ5D5L") == "+0.003"
    assert gap_range(-0.061, 0.012, "completion") == "−6.1 to 1.2"
    assert gap(None, "pain_reduction") == gap_range(None, None, "responder") == "not shown"
