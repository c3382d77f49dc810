"""Lab tables: each kind of column is written as a reader expects it, nothing is let through unescaped."""

from __future__ import annotations

import re
from datetime import date

import polars as pl
import pytest

from analytics.exhibits.lab.formats import as_text, interval, number, p_value, percent
from analytics.exhibits.lab.tables import LONGEST, ROWS, WIDTHS, label, table_of, tabulate

EVIL = "<script>alert('x')</script>"


def _cells(html: str) -> list[str]:
    return re.findall(r"<td headers[^>]*>(.*?)</td>", html, re.DOTALL)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1234.5, "1,234"), (-0.04567, "−0.0457"), (12.345, "12.3"), (0.0, "0"), (-0.0, "0"),
        (2.0, "2.00"), (None, "–"), (float("nan"), "–"), (float("inf"), "∞"), (float("-inf"), "−∞"),
        (1.234e-7, "1.23e−07"), (0.00123, "0.00123"), (0.99962, "1.00"), (99.96, "100"),
    ],
)  # fmt: skip
def test_numbers_have_three_significant_digits(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.00099, "<0.001"), (0.001, "0.001"), (0.0504, "0.050"), (1.0, "1.000"), (None, "–")],
)
def test_p_values(value, text):
    assert p_value(value) == text


def test_an_interval_has_the_digits_of_its_further_end():
    assert interval(-0.012, 1.234) == "−0.01 to 1.23"
    assert interval(None, None) == "–"
    assert interval(None, 2.0) == "– to 2.00"
    assert interval(0.1, 0.25, share=True) == "10.0 % to 25.0 %"


def test_percent():
    assert percent(0.714) == "71.4 %"
    assert percent(None) == "–"


def test_columns_are_written_by_kind_and_name():
    frame = pl.DataFrame(
        {
            "term": ["week"], "estimate": [-0.5], "low": [-0.75], "high": [-0.25], "p": [1e-9],
            "df": [1234.56], "rows": [1234567], "home_share": [0.5], "yes": [True], "day": [date(2026, 1, 2)],
            "kinds": [["balance", "aerobic"]],
        }
    )  # fmt: skip
    (row,) = as_text(frame).iter_rows(named=True)
    assert row == {
        "term": "week", "estimate": "−0.500", "95 % interval": "−0.750 to −0.250", "p": "<0.001",
        "df": "1,234.6", "rows": "1,234,567", "home_share": "50.0 %", "yes": "yes", "day": "2026-01-02",
        "kinds": "balance, aerobic",
    }  # fmt: skip


def test_a_pair_without_an_estimate_is_a_range_and_no_interval_of_95_percent():
    assert as_text(pl.DataFrame({"low": [0.0], "high": [10.0]})).columns == ["From – to"]
    pair = as_text(pl.DataFrame({"share_low": [0.1], "share_high": [0.2], "a_low": [1.0]}))
    assert pair.row(0, named=True) == {"share interval": "10.0 % to 20.0 %", "a_low": "1.00"}


def test_ranks_are_whole_and_q_values_are_written_as_p_values():
    frame = pl.DataFrame({"rank_low": [1], "rank_high": [5], "q_bh": [1e-9]})
    assert as_text(frame).row(0) == ("1 to 5", "<0.001")


def test_names_stay_whole_phrases_and_sentences_get_room():
    frame = pl.DataFrame({"name": ["weighted, with dropout"], "phrase": ["x" * 30], "sentence": ["x " * 40]})
    table = table_of(frame, id="t", note="long " * 30)
    widths = re.findall(r"tbody td:nth-child\((\d)\) \{ ([^}]+) \}", table)
    assert widths == [("1", WIDTHS[0][1]), ("2", WIDTHS[1][1]), ("3", LONGEST)]


def test_everything_that_comes_in_is_escaped():
    frame = pl.DataFrame({EVIL: [EVIL], 'x" onclick="y': ["&"], "list": [[EVIL]]})
    shown = tabulate(frame, title=EVIL, note=EVIL)
    assert "<script" not in shown._repr_mimebundle_()["text/html"]
    assert 'onclick="' not in shown.table
    assert "&lt;script&gt;" in _cells(shown.table)[0]


def test_a_long_frame_is_cut_and_says_so():
    frame = pl.DataFrame({"n": range(ROWS + 1203)})
    shown = tabulate(frame, title="Long")
    assert len(_cells(shown.table)) == ROWS
    assert "… and 1,203 more rows" in shown.table
    assert shown.data is frame
    assert "more row" not in tabulate(frame.head(ROWS), title="Whole").table


def test_an_empty_frame_says_so():
    assert "No row." in tabulate(pl.DataFrame(schema={"n": pl.Int64}), title="None").table
    assert tabulate(pl.DataFrame(), title="Nothing at all").table


def test_labels_are_plain_words():
    assert label("baseline_pain") == "Baseline pain"
    assert label("se") == "Standard error"


def test_the_table_takes_the_colours_of_its_page_and_is_the_same_bytes_each_time():
    frame = pl.DataFrame({"n": [1, 2]})
    one = table_of(frame, id="t")
    assert one == table_of(frame, id="t")
    assert not re.search(r"#[0-9a-fA-F]{6}", one)
    assert "color: inherit" in one


def test_its_style_reaches_no_other_table_of_the_page():
    (style,) = re.findall(r"<style>(.*?)</style>", table_of(pl.DataFrame({"n": [1]}), id="t"), re.DOTALL)
    selectors = [one.strip() for rule in re.findall(r"([^{}]+)\{", style) for one in rule.split(",")]
    assert selectors
    assert all(one.startswith("#t-t ") for one in selectors)


def test_a_year_is_no_amount():
    table = tabulate(
        pl.DataFrame({"year": [1978], "birth_year": [1960], "years": [1978]}), title="When?"
    ).table
    assert [table.count(text) for text in (">1978<", ">1960<", ">1,978<")] == [1, 1, 1]
