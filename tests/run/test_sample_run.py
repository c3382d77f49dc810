"""The main job, whole: an empty folder, one command, and what it must show."""

from __future__ import annotations

import json

import polars as pl
import pytest
from running import run_lumbar

from analytics.vocabulary.installed import sample_folder


def test_every_clinic_gets_a_page(sample_run):
    assert sample_run.code == 0, sample_run.said
    clinics = pl.read_parquet(sample_run.release / "clinics.parquet")
    pages = sorted(path.name for path in (sample_run.latest / "clinics").glob("*.html"))
    assert len(pages) == clinics.height == 8
    for name in ("index.html", "network.html", "data_quality.html", "manifest.json"):
        assert (sample_run.latest / name).is_file()
    index = (sample_run.latest / "index.html").read_text()
    assert all(f"clinics/{page}" in index for page in pages)


@pytest.mark.parametrize("contrast", ["adherence_between", "adherence_within"])
@pytest.mark.parametrize("week", [6, 12])
def test_the_truth_of_the_simulation_is_recovered(sample_run, contrast, week):
    """Adherence of 90 % against 50 %, between patients and within a patient: the truth is in the interval."""
    truth = json.loads((sample_folder() / "truth.json").read_text())["headline"]
    contrasts = pl.read_parquet(sample_run.release / "contrasts.parquet")
    chosen = (pl.col("contrast") == contrast) & (pl.col("week") == week)
    row = contrasts.row(by_predicate=chosen, named=True)
    true = truth[f"adherence_90_v_50_week_{week}"]
    assert row["low"] <= true <= row["high"]
    assert abs(row["estimate"] - true) < 0.25


def test_a_small_clinic_gets_a_page_that_says_so(sample_run):
    cells = pl.read_parquet(sample_run.release / "cells.parquet").filter(pl.col("clinic_id") == "birch")
    assert cells.height
    assert cells["value"].drop_nulls().to_list() == []
    page = next((sample_run.latest / "clinics").glob("birch-*.html")).read_text()
    assert "Fewer than 8 patients" in page


def test_no_small_count_leaves(sample_run):
    for name in ("cells", "flow", "quality", "benchmark"):
        frame = pl.read_parquet(sample_run.release / f"{name}.parquet")
        counts = [
            column
            for column in ("patients", "of", "left", "lines", "patients_left")
            if column in frame.columns
        ]
        for column in counts:
            seen = frame[column].drop_nulls()
            assert seen.is_in([1, 2, 3, 4, 5, 6, 7]).sum() == seen.is_in([5]).sum(), (name, column)
            assert (seen % 5 == 0).all(), (name, column)


def test_the_study_is_closed_to_others(sample_run):
    assert (sample_run.folder / "study").stat().st_mode & 0o077 == 0
    assert (sample_run.folder / "lumbar.key").stat().st_mode & 0o077 == 0


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    """A second run in another folder, with another secret key."""
    return run_lumbar("report", cwd=tmp_path_factory.mktemp("again"))


def test_the_same_input_gives_the_same_bytes(sample_run, again):
    assert again.code == 0, again.said
    assert (again.folder / "lumbar.key").read_bytes() != (sample_run.folder / "lumbar.key").read_bytes()

    def published(ran):
        files = [path for path in ran.latest.rglob("*") if path.is_file() and path.name != "manifest.json"]
        return {path.relative_to(ran.latest).as_posix(): path.read_bytes() for path in files}

    first, second = published(sample_run), published(again)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
