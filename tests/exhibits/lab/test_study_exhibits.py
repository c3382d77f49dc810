"""Codebook, flow, checklist, citation and methods of a study: their numbers are the study's own."""

from __future__ import annotations

import json
import re
import shutil

import polars as pl
import pytest

from analytics.exhibits.lab.checklist import FROM_THERE, RESEARCHER, checklist
from analytics.exhibits.lab.cite import bibtex, cite
from analytics.exhibits.lab.methods import methods, settings_in_force
from analytics.exhibits.lab.sources import ROOMS, citations, constants, constants_frame
from analytics.vocabulary.codebook import UNLISTED, codebook
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.installed import PACKAGE, citation_file
from analytics.vocabulary.study import Study


def test_the_codebook_has_every_column_of_every_frame_with_a_meaning(study):
    book = study.codebook().data
    assert book["frame"].unique().sort().to_list() == study.held()
    for (name,), part in book.group_by("frame"):
        assert part["column"].to_list() == study.frame(name).collect_schema().names()
    assert book.filter(pl.col("meaning") == "").is_empty()


def test_its_numbers_are_those_of_the_frame(study):
    weeks = study.frame("patient_weeks").collect()
    row = study.codebook().data.filter(frame="patient_weeks", column="pain").row(0, named=True)
    assert row["missing"] == weeks["pain"].null_count() / weeks.height
    assert (row["least"], row["median"], row["greatest"]) == (
        weeks["pain"].min(), weeks["pain"].median(), weeks["pain"].max(),
    )  # fmt: skip
    assert row["unit"].startswith("NPRS")


def test_words_are_counted_also_within_lists():
    frame = pl.LazyFrame(
        {"kinds": [["a", "b"], ["a"], None], "patient_id": ["x", "y", "y"], "day": [None, None, None]}
    )
    book = codebook(["any"], lambda _: frame)
    kinds, who, day = book.iter_rows(named=True)
    assert (kinds["holds"], kinds["distinct"]) == ("a 2, b 1", 2)
    assert (who["holds"], who["distinct"]) == (None, 2)
    assert day["missing"] == 1.0


def test_a_frame_without_rows_has_a_codebook_too():
    frame = pl.LazyFrame(
        schema={"n": pl.Int64, "word": pl.String, "day": pl.Date, "list": pl.List(pl.String)}
    )
    assert codebook(["none"], lambda _: frame)["rows"].to_list() == [0] * 4


def test_no_id_and_no_file_name_is_listed(study):
    shown = study.codebook()
    for name in UNLISTED:
        assert shown.data.filter(column=name)["holds"].null_count() == shown.data.filter(column=name).height
    patient = study.frame("episodes").select(pl.col("patient_id").first()).collect().item()
    assert patient not in shown.body


def test_the_flow_adds_up_from_lines_to_modelled_weeks(study):
    steps = study.flow().data
    assert (steps["entered"] == steps["left"] + steps["remained"]).all()
    for (_stage,), part in steps.group_by("stage", maintain_order=True):
        assert part["entered"].to_list()[1:] == part["remained"].to_list()[:-1]
    count = {
        name: study.frame(name).select(pl.len()).collect().item()
        for name in ("fitted", "eligible", "sessions")
    }
    assert steps["remained"][-1] == count["fitted"]
    last = dict(steps.group_by("stage", maintain_order=True).agg(pl.col("remained").last()).iter_rows())
    assert (last["episodes"], last["sessions"]) == (count["eligible"], count["sessions"])


def test_the_flow_of_the_clinics_adds_up_to_the_networks_weeks(study):
    clinics = study.frame("clinics").collect()["clinic_id"]
    parts = [study.flow(name).data.filter(stage="patient-weeks")["remained"][-1] for name in clinics]
    assert sum(parts) == study.flow().data["remained"][-1]
    with pytest.raises(InputError, match="no clinic of that id"):
        study.flow("nowhere")


def test_a_study_of_an_earlier_version_says_so(study, tmp_path):
    shutil.copytree(study.root, tmp_path / "study")
    (tmp_path / "study" / "frames" / "flow.parquet").unlink()
    with pytest.raises(InputError, match="earlier version"):
        Study(tmp_path / "study").flow()


def test_the_checklist_has_all_items_of_strobe_and_record(study):
    items = checklist(study).data
    strobe = {re.sub(r"[a-e]$", "", item) for item in items["item"] if not item.startswith("RECORD")}
    assert strobe == {str(number) for number in range(1, 23)}
    assert items.filter(pl.col("item").str.starts_with("RECORD")).height == 13
    assert items["item"].is_unique().all()


def test_the_checklist_answers_with_the_studys_numbers(study):
    items = {row["item"]: row["answer"] for row in checklist(study).data.iter_rows(named=True)}
    episodes = study.frame("episodes").select(pl.len()).collect().item()
    assert f"{episodes:,} episodes" in items["13a"]
    assert study.facts["versions"]["polars"] in items["12a"]
    assert items["22"] == RESEARCHER
    assert items["16a"] == FROM_THERE
    assert not any("{" in answer for answer in items.values())


def test_citing_names_version_data_and_methods(study):
    shown = cite(study)
    assert study.facts["data_hash"][:12] in shown.summary
    assert "version = {0.1.0}" in shown.body or "version = {" in shown.body
    assert {"Kenward and Roger", "Ostelo"} <= set(shown.data["who"])
    known = {"title": "A_{b} & c", "version": "1", "authors": "N"}
    entry = bibtex(known, None)
    assert r"A\_\{b\} \& c" in entry
    assert entry.count("{") == entry.count("}")


def test_the_citation_file_has_the_version_of_the_package():
    from importlib.metadata import version

    assert f"version: {version('lumbar')}" in citation_file().read_text()


@pytest.mark.parametrize(
    ("file", "name", "value", "said"),
    [
        ("models/control_chart.py", "LIMIT", "2.66", "d2 = 1.128"),
        ("models/trajectory.py", "MIN_KNOWN", "0.5", "left out"),
        ("models/responders.py", "RELATIVE", "0.3", "Ostelo 2008, Spine 33:90"),
        ("models/splines.py", "FOUR_KNOTS", "(0.05, 0.35, 0.65, 0.95)", "Harrell 2015, table 2.3"),
    ],
)
def test_a_constant_stands_in_the_appendix_with_its_source(file, name, value, said):
    row = methods().data.filter(file=file, name=name).row(0, named=True)
    assert row["value"] == value
    assert said in row["said"]


def test_every_constant_that_means_something_says_where_it_is_from():
    bare = [
        f"{one.file}: {one.name} = {one.value}"
        for one in constants()
        if not one.kind and one.file.split("/")[0] in ROOMS
    ]
    assert bare == []


def test_a_constant_without_a_word_is_found(tmp_path):
    source = (
        "# Our choice: why.\nA = 1\nB = 2\n\nC = 0.5\nD = (1, 2.0)  # Harrell 2015, table 2.3\n"
        "E = 'text'\n_F = 3\nG = True\nH: int = 4 * A  # beside\n# fmt: off\nI = -1\n"
    )
    (tmp_path / "some.py").write_text(source)
    found = {one.name: one.kind for one in constants(tmp_path)}
    assert found == {
        "A": "our choice",
        "B": "our choice",
        "C": "",
        "D": "published",
        "H": "explained",
        "I": "",
    }


def test_works_are_found_with_where_they_stand():
    works = {(row["who"], row["year"]): row["where"] for row in citations().iter_rows(named=True)}
    assert works["Self and Liang", 1987] == "J Am Stat Assoc 82: 605"
    assert works["Ostelo", 2008] == "Spine 33:90"
    assert not any(name in {who for who, _ in works} for name in ("March", "Since"))


def test_settings_in_force_are_the_studys(study, tmp_path):
    shutil.copytree(study.root, tmp_path / "study")
    facts = study.facts
    facts["settings"]["definitions"]["horizon_weeks"] = 26
    (tmp_path / "study" / "study.json").write_text(json.dumps(facts))
    told = settings_in_force(Study(tmp_path / "study")).filter(setting="definitions.horizon_weeks")
    assert told.row(0)[1:3] == ("26", "12")
    assert settings_in_force().filter(setting="definitions.horizon_weeks")["value"].item() == "12"


def test_the_appendix_is_of_the_code_as_it_is():
    assert constants_frame(PACKAGE).height == methods().data.height > 100
