"""The data dictionary says everything that METHODS 1 lists, and nothing without a meaning."""

from __future__ import annotations

import polars as pl

from analytics.vocabulary.dictionary import data_dictionary, dictionary_markdown
from analytics.vocabulary.schema import TABLES


def test_every_column_has_type_and_meaning():
    words = data_dictionary()
    assert words.height == sum(len(schema.column_names()) for schema in TABLES.values())
    assert words.filter((pl.col("meaning") == "") | (pl.col("type") == "")).height == 0
    assert set(words["table"]) == {
        "sessions", "patients", "plans", "measures", "clinics", "episodes", "patient_weeks",
    }  # fmt: skip


def test_numbers_have_units_and_ranges():
    words = data_dictionary()
    pain = words.row(
        by_predicate=(pl.col("table") == "sessions") & (pl.col("column") == "pain_before"), named=True
    )
    assert pain["allowed"] == "0 to 10"
    assert pain["unit"].startswith("NPRS")
    assert words.filter(pl.col("type").is_in(["number", "integer"]) & (pl.col("unit") == "")).height == 0


def test_code_lists_are_listed():
    words = data_dictionary()
    types = words.filter(pl.col("column") == "exercise_types")["allowed"].item()
    assert types == "stretching, strengthening, stabilisation, balance, aerobic, mobility, massage"


def test_markdown_has_a_section_a_table():
    text = dictionary_markdown()
    assert [line[3:] for line in text.splitlines() if line.startswith("## ")] == list(TABLES)
    assert "One row is one exercise session" in text
