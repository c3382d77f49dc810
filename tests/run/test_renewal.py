"""Two runs of the same clinics: what a few patients add is not shown until more have something new."""

from __future__ import annotations

import polars as pl
import pytest

from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network
from analytics.study import prepare_study
from analytics.vocabulary.settings import read_settings

NUMBERS = ("cells", "benchmark", "gaps", "before_after", "control_chart", "contrasts", "terms")


def changed(folder, *, patients):
    """Raise every rating of the first so many of willow's patients by a point, in its own export."""
    path = folder / "exports" / "willow" / "sessions.csv"
    header, *lines = path.read_text(encoding="utf-8").splitlines()
    columns = header.split(",")
    who, pain = columns.index("Patient ID"), columns.index("Pain before")
    named = {line.split(",")[who] for line in lines if line.split(",")[who].startswith("LB-")}
    chosen = sorted(named)[:patients]
    rows = [line.split(",") for line in lines]
    for row in rows:
        if len(row) == len(columns) and row[who] in chosen and row[pain].isdigit():
            row[pain] = str(min(10, int(row[pain]) + 1))
    path.write_text("\n".join([header, *(",".join(row) for row in rows)]) + "\n", encoding="utf-8")


def released(study):
    return {name: study.release(name).collect() for name in (*NUMBERS, "renewed")}


@pytest.fixture
def installed(tmp_path):
    folder = tmp_path / "network"
    write_network(simulate_network(clinics=9, patients=20, weeks=12, seed=3), folder=folder, seed=3)
    return folder


@pytest.mark.parametrize(("patients", "held"), [(1, True), (7, True), (8, False)])
def test_a_clinic_waits_until_enough_of_its_patients_are_new(installed, patients, held):
    settings = read_settings(installed / "lumbar.toml")
    before = released(prepare_study(settings))
    assert not before["renewed"]["held"].any()
    changed(installed, patients=patients)
    after = released(prepare_study(settings))
    waits = after["renewed"].filter("held")["clinic_id"].to_list()
    assert waits == (["willow"] if held else [])
    same = {name: before[name].equals(after[name]) for name in NUMBERS}
    assert same["cells"] is held
    assert all(same.values()) is held


def test_the_same_again_is_the_same(installed):
    settings = read_settings(installed / "lumbar.toml")
    first, again = (released(prepare_study(settings)) for _ in range(2))
    assert all(first[name].equals(again[name]) for name in first)
    assert first["renewed"].select(pl.col("held").any()).item() is False
