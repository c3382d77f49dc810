"""The simulated network: the same bytes again, and the truth that it claims."""

from __future__ import annotations

import filecmp
import json

import numpy as np
import polars as pl
import pytest

from analytics.journal.read import batches, parts
from analytics.simulation.course import Truth, live
from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network
from analytics.simulation.population import AS_OF, draw_population
from analytics.vocabulary.installed import sample_folder

SEED = 20260101


@pytest.fixture(scope="module")
def network():
    return simulate_network(clinics=8, patients=86, weeks=12, seed=SEED)


def test_the_sample_is_written_again(network, tmp_path):
    """Text is the same to the byte; what is packed, to the cell, since packing depends on the machine."""
    write_network(network, folder=tmp_path, seed=SEED)
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    packed = [name for name in files if name.endswith((".xlsx", ".parquet"))]
    texts = [name for name in files if name not in packed]
    assert len(texts) > 55
    assert len(packed) == 8
    assert filecmp.cmpfiles(tmp_path, sample_folder(), texts, shallow=False) == (texts, [], [])
    for name in packed:
        again, kept = (
            pl.concat(table.frame for table in batches(parts(folder / name)[0]))
            for folder in (tmp_path, sample_folder())
        )
        assert again.equals(kept)


def test_two_runs_write_the_same_bytes(tmp_path):
    small = simulate_network(clinics=5, patients=8, weeks=4, seed=3)
    for name in ("one", "two"):
        write_network(small, folder=tmp_path / name, seed=3)
    files = sorted(path.relative_to(tmp_path / "one").as_posix() for path in (tmp_path / "one").rglob("*.*"))
    same = filecmp.cmpfiles(tmp_path / "one", tmp_path / "two", files, shallow=False)
    assert same == (files, [], [])


def test_its_size(network):
    assert network.clinics.height == 8
    assert 580 <= network.patients.height <= 650
    assert network.patients.filter(pl.col("clinic_id") == "birch")["patient_id"].n_unique() < 8
    assert network.sessions["performed_at"].max().date() <= AS_OF


def test_another_seed_is_another_network():
    one, two = (simulate_network(clinics=2, patients=10, weeks=6, seed=seed) for seed in (1, 2))
    assert not one.sessions.equals(two.sessions)


def test_more_clinics_repeat_the_forms(tmp_path):
    made = simulate_network(clinics=10, patients=8, weeks=4, seed=1)
    write_network(made, folder=tmp_path, seed=1)
    assert (tmp_path / "exports" / "linden-2" / "sessions.csv").is_file()
    assert "linden-sessions.toml" in (tmp_path / "lumbar.toml").read_text()


def _lived(truth, patients=400):
    rng = np.random.default_rng(7)
    people = draw_population(clinics=2, patients=patients, weeks=12, rng=rng)
    return live(people, weeks=12, truth=truth, rng=rng)


def test_work_lowers_pain_as_the_truth_says():
    """Without load, season and feedback, pain falls by B times last week's adherence, to the noise."""
    truth = Truth(load_per_100=0, season=0, pain_to_next_adherence=0, written_feedback=0)
    course = _lived(truth)
    done = np.minimum(course.done.sum(axis=2) / course.prescribed, 1)
    both = course.alive[:, 12] & course.alive[:, 11]
    pain, before = course.pain[both, 12], done[both, 11]
    slope = np.polyfit(before, pain, 1)[0]
    assert abs(slope + truth.adherence) < 0.5


def test_a_bad_week_lowers_the_next_weeks_work():
    calm, feeling = (_lived(Truth(pain_to_next_adherence=k, noise_sd=1.0)) for k in (0.0, -1.5))

    def together(course):
        change = np.diff(course.pain, axis=1)[:, 3:11]
        work = (course.done.sum(axis=2) / course.prescribed)[:, 4:12]
        alive = course.alive[:, 4:12]
        return np.corrcoef(change[alive], work[alive])[0, 1]

    assert abs(together(calm)) < 0.08
    assert together(feeling) < -0.15


def test_who_stays_in_pain_stops_logging_more_often(network):
    truth = json.loads((sample_folder() / "truth.json").read_text())
    assert truth["headline"] == network.truth["headline"]
    course = _lived(Truth(), patients=1500)
    gained = course.pain[:, 0] - course.pain[:, 5]
    stayed = course.alive[:, 12]
    reached = course.alive[:, 5]
    assert gained[reached & stayed].mean() > gained[reached & ~stayed].mean() + 0.1
