"""Clinics that a report must bear: nobody, a few, one week of data, journals that stop, a hostile name."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import polars as pl
import pytest
from running import run_lumbar

from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network

HOSTILE = "</title><script>alert(1)</script>{{ 7*7 }} Rücken & Söhne"
# by clinic of the second eight, which come without planted defects: how many patients stay
KEEP = {"willow-2": 0, "linden-2": 1, "harbour-2": 7, "rowan-2": 8, "mill-2": 10}
ONE_WEEK, STOPPED, NAMED = "quay-2", "fern-2", "rowan"
OTHERS = ("linden", "harbour", NAMED)  # to compare with
STOPS = date(2026, 1, 31)
MONDAY = date(2026, 5, 4)


def thinned(network):
    """Three clinics of the first eight, and seven of the second made as this file's title says."""
    order = network.patients.select("clinic_id", "patient_id").unique().sort("clinic_id", "patient_id")
    place = order.with_columns(place=pl.int_range(pl.len()).over("clinic_id"))
    least = pl.col("clinic_id").replace_strict(KEEP, default=10_000, return_dtype=pl.Int64)
    kept = place.filter(pl.col("place") < least).select("clinic_id", "patient_id")

    ours = pl.col("clinic_id").is_in([*OTHERS, *KEEP, ONE_WEEK, STOPPED])

    def of_kept(frame):
        return frame.filter(ours).join(
            kept, on=["clinic_id", "patient_id"], how="semi", maintain_order="left"
        )

    day = pl.col("performed_at").dt.date()
    covered = (pl.col("clinic_id") != ONE_WEEK) | day.is_between(MONDAY, MONDAY + timedelta(days=6))
    written = (pl.col("clinic_id") != STOPPED) | (day <= STOPS)
    clinics = network.clinics.filter(ours).with_columns(
        clinic_name=pl.when(pl.col("clinic_id") == NAMED).then(pl.lit(HOSTILE)).otherwise("clinic_name")
    )
    return replace(
        network,
        sessions=of_kept(network.sessions).filter(covered, written),
        patients=of_kept(network.patients),
        plans=of_kept(network.plans),
        measures=of_kept(network.measures),
        clinics=clinics,
    )


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    folder = tmp_path_factory.mktemp("small") / "network"
    network = thinned(simulate_network(clinics=16, patients=40, weeks=12, seed=7))
    write_network(network, folder=folder, seed=7)
    given = (folder / "lumbar.toml").read_text().replace("seed = 7", 'seed = 7\nlanguage = "de"')
    settings = given + '\n[quality]\ngate = "warn"\n'
    (folder / "lumbar.toml").write_text(settings)
    return run_lumbar("report", "--config", "lumbar.toml", cwd=folder)


def page(ran, clinic):
    return next((ran.latest / "clinics").glob(f"{clinic}-????????.html")).read_text()


def test_every_one_of_them_gets_a_page(ran):
    assert ran.code == 0, ran.said
    assert len(list((ran.latest / "clinics").glob("*.html"))) == 10


@pytest.mark.parametrize("clinic", [*KEEP, ONE_WEEK])
def test_no_page_breaks(ran, clinic):
    text = page(ran, clinic)
    for broken in ("Traceback", "NaN", ">None<", "undefined"):
        assert broken not in text


@pytest.mark.parametrize("clinic", ["willow-2", "linden-2", "harbour-2", ONE_WEEK])
def test_too_little_is_said_and_what_would_help(ran, clinic):
    text = page(ran, clinic)
    said = ("this one needs at least 10 patients", "braucht diese Klinik mindestens 10 Patienten")
    assert any(one in text for one in said)


def test_a_clinic_of_nobody_has_no_number_of_others(ran):
    """The network's numbers must not pass for those of a clinic of which there is none."""
    text = page(ran, "willow-2")
    assert "How pain changed cannot be told" in text
    assert "less pain by week" not in text
    assert 'class="exhibit drawn' not in text


def test_journals_that_stop_are_named(ran):
    assert "The data first: No recent session." in page(ran, STOPPED)
    assert "No recent session" not in page(ran, NAMED)


def test_a_few_are_not_shown(ran):
    assert "Fewer than 8 patients" in page(ran, "harbour-2")


def test_the_numbers_of_seven_are_nowhere(ran):
    for clinic in ("willow-2", "linden-2", "harbour-2"):
        for name in ("cells", "benchmark", "gaps", "before_after", "control_chart"):
            frame = pl.read_parquet(ran.release / f"{name}.parquet").filter(pl.col("clinic_id") == clinic)
            counted = frame.filter((pl.col("patients") > 0).fill_null(False))
            assert counted.height == 0, (clinic, name)


@pytest.mark.parametrize("name", ["index", "network", "data_quality"])
def test_pages_about_all_speak_the_networks_language(ran, name):
    text = (ran.latest / f"{name}.html").read_text()
    assert '<html lang="de">' in text
    assert '<html lang="en">' in page(ran, NAMED)  # a clinic's own language goes before
    for english in ("What to do", "Patients", "All clinics", "Clinic", "not shown", "Question", "Because"):
        assert f">{english}<" not in text


def test_a_hostile_name_is_only_a_name(ran):
    text = page(ran, NAMED)
    assert "<script>alert(1)" not in text
    assert "{{ 7*7 }}" in text
    index = (ran.latest / "index.html").read_text()
    assert "<script>alert(1)" not in index


def test_the_checker_finds_no_leak(ran):
    done = run_lumbar("status", "--disclosure", "--config", "lumbar.toml", cwd=ran.folder)
    assert done.code == 0, done.said
