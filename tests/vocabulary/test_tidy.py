"""Results out: tidy files and pandas frames, and never where reports are published."""

from __future__ import annotations

import polars as pl
import pytest

from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Cohort, ControlChart, Exhibit, Fit


def _chart() -> ControlChart:
    points = pl.DataFrame({"clinic_id": ["a", "a"], "value": [1.5, None]})
    return ControlChart(points, pl.DataFrame({"clinic_id": ["a"], "marked": [0], "kinds": [["x", "y"]]}))


@pytest.mark.parametrize(("form", "read"), [("parquet", pl.read_parquet), ("csv", pl.read_csv)])
def test_frames_come_back_as_they_were(form, read, tmp_path):
    chart = _chart()
    folder = chart.save(tmp_path / "out", form)
    assert read(folder / f"points.{form}").equals(chart.points)
    kinds = read(folder / f"icons.{form}")["kinds"][0]
    assert (kinds if form == "csv" else kinds.to_list()) == ("x; y" if form == "csv" else ["x", "y"])
    assert (folder.stat().st_mode & 0o777) == 0o700


def test_the_page_beside_them_says_what_columns_are(tmp_path):
    fit = Fit(
        pl.DataFrame({"term": ["week"], "p": [0.5]}), pl.DataFrame(), pl.LazyFrame({"fitted": [1.0]}), ()
    )
    folder = fit.save(tmp_path / "fit")
    told = (folder / "README.md").read_text()
    assert "| p | Float64 | two-sided p value |" in told
    assert "terms.parquet: 1 rows" in told
    assert "not suppressed" in told
    assert sorted(path.name for path in folder.iterdir()) == ["README.md", "rows.parquet", "terms.parquet"]


def test_columns_of_the_vocabulary_are_told_by_the_dictionary(tmp_path):
    empty = pl.DataFrame()
    cohort = Cohort(pl.DataFrame({"baseline_pain": [5.0]}), empty, empty, empty, empty)
    assert "intake rating" in (cohort.save(tmp_path / "c", "csv") / "README.md").read_text()


@pytest.mark.parametrize("place", ["reports", "reports/latest/clinics", "published", "published/in/it"])
def test_nothing_unreleased_lands_where_reports_are(place, tmp_path):
    (tmp_path / "published" / ".made").mkdir(parents=True)
    (tmp_path / "published" / "status.json").touch()
    with pytest.raises(InputError, match="not suppressed"):
        _chart().save(tmp_path / place)
    assert not (tmp_path / "reports").exists()


def test_nor_through_a_link(tmp_path):
    (tmp_path / "reports").mkdir()
    (tmp_path / "elsewhere").symlink_to(tmp_path / "reports")
    with pytest.raises(InputError, match="not suppressed"):
        _chart().save(tmp_path / "elsewhere")


def test_nor_into_a_study(tmp_path):
    (tmp_path / "study.json").touch()
    with pytest.raises(InputError, match="study's folder"):
        _chart().save(tmp_path / "frames")


def test_an_unknown_form_is_named(tmp_path):
    with pytest.raises(InputError, match="parquet, csv"):
        _chart().save(tmp_path, "xlsx")  # pyright: ignore[reportArgumentType]


def test_pandas_users_get_theirs():
    made = _chart().to_pandas()
    assert sorted(made) == ["icons", "points"]
    assert made["points"]["value"].isna().tolist() == [False, True]
    alone = Exhibit("e", "E", data=pl.DataFrame({"n": [1, 2]})).to_pandas()
    assert alone["n"].sum() == 3


def test_a_noun_says_its_sizes_and_none_of_its_rows():
    secret = pl.DataFrame({"patient_id": ["CANARY"]})
    cohort = Cohort(secret, secret, secret, secret, secret)
    assert repr(cohort).startswith("Cohort: episodes 1 x 1, weeks 1 x 1")
    assert "CANARY" not in repr(cohort)
