"""A second prepare does what changed, and writes what a first one would have written."""

from __future__ import annotations

import csv
import pickle
import shutil
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from multiprocessing import get_context

import polars as pl
import pytest

from analytics.journal import batches, spool, workers
from analytics.journal.kept import frames_of, whole_ones
from analytics.journal.quality import first_lines as quality_lines
from analytics.reading import ROWS
from analytics.simulation.exports import write_network
from analytics.simulation.network import simulate_network
from analytics.study import prepare_study
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.settings import read_settings
from analytics.vocabulary.study import Study

SEED = 4
KEPT, MADE_OF = ".study-kept", "restricted/made_of.json"
EXPORTS = 13  # of three clinics: four each, and the list of clinics


@pytest.fixture(autouse=True)
def every_clinic_alone(monkeypatch):
    """So that a change touches one group of several."""
    monkeypatch.setattr(spool, "LINES_AT_ONCE", 1)
    monkeypatch.delenv("LUMBAR_KEY", raising=False)


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    """The exports of three clinics, prepared once."""
    folder = tmp_path_factory.mktemp("network")
    write_network(simulate_network(clinics=3, patients=12, weeks=12, seed=SEED), folder=folder, seed=SEED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(spool, "LINES_AT_ONCE", 1)
        patch.delenv("LUMBAR_KEY", raising=False)
        prepare_study(read_settings(folder / "lumbar.toml"))
    return folder


def copied(network, folder):
    """The whole installation, its study and what is kept, elsewhere."""
    shutil.copytree(network, folder)
    return folder


def prepared(folder, **how):
    """What a prepare tells: by event."""
    told = []
    prepare_study(read_settings(folder / "lumbar.toml"), tell=told.append, **how)
    return {event["event"]: event for event in told}


def written(folder):
    """Every file of the study, by name."""
    study = folder / "study"
    files = [path for path in study.rglob("*") if path.is_file() and path != study / MADE_OF]
    return {path.relative_to(study).as_posix(): path.read_bytes() for path in files}


def replaced(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def shorter(folder):
    """A clinic exported fewer weeks."""
    path = folder / "exports/willow/sessions.csv"
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-9]))


def longer(folder):
    """A second export of the same clinic, of which some lines repeat."""
    lines = (folder / "exports/willow/sessions.csv").read_text().splitlines(keepends=True)
    (folder / "exports/willow/sessions.2.csv").write_text("".join([lines[0], *lines[-30:]]))
    path = folder / "exports/willow/sessions.csv"
    path.write_text("".join(lines[:-10]))


def renamed(folder):
    (folder / "exports/willow/sessions.csv").rename(folder / "exports/willow/sessions.new.csv")


def without_a_source(folder):
    replaced(
        folder / "lumbar.toml",
        '[[sources]]\nfiles = "exports/willow/measures.*"\nmapping = "mappings/willow-measures.toml"\n',
        "",
    )


def other_mapping(folder):
    replaced(
        folder / "mappings/willow-plans.toml",
        "[columns]",
        "[covers]\nfirst = 2025-01-01\nlast = 2026-06-30\n\n[columns]",
    )


def other_key(folder):
    (folder / "lumbar.key").write_text("another key " * 4)


def other_scope(folder):
    replaced(folder / "lumbar.toml", 'id_scope = "network"', 'id_scope = "clinic"')


def other_title(folder):
    replaced(folder / "lumbar.toml", "title = ", 'title = "Another" # ')


def other_horizon(folder):
    replaced(folder / "lumbar.toml", "[privacy]", "[definitions]\nhorizon_weeks = 10\n\n[privacy]")


def next_day(folder):
    path = folder / "lumbar.toml"
    day = read_settings(path).as_of
    replaced(path, f"as_of = {day}", f"as_of = {day + timedelta(days=1)}")


def reordered(folder):
    """The last source stands first."""
    first, *sources = (folder / "lumbar.toml").read_text().split("[[sources]]\n")
    (folder / "lumbar.toml").write_text("[[sources]]\n".join([first, f"{sources[-1]}\n", *sources[:-1]]))


def damaged(folder):
    """A byte of kept lines, of a kept group and of its rows is another; the title too, so that it matters."""
    other_title(folder)
    for pattern in ("lines/*.lines", "groups/*.group", "groups/*.sessions"):
        path = sorted((folder / KEPT).glob(pattern), key=lambda one: one.stat().st_size)[-1]
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.unlink()  # its rows lie in the study too, under another name
        path.write_bytes(bytes(content))


def forgotten(folder):
    """Somebody cleared what is kept."""
    other_title(folder)
    shutil.rmtree(folder / KEPT)


CHANGES = {  # how many exports are read, and groups of clinics cleaned: three, and that of no clinic
    "a file": (shorter, 1, 2),
    "a file more": (longer, 2, 2),
    "the name of a file": (renamed, 0, 2),
    "a source less": (without_a_source, 0, 2),
    "a mapping": (other_mapping, 1, 2),
    "the key": (other_key, EXPORTS, 4),
    "whose ids": (other_scope, EXPORTS, 4),
    "the title": (other_title, 0, 0),
    "the horizon": (other_horizon, 0, 4),
    "the order": (reordered, 0, 2),
    "bytes of what is kept": (damaged, 1, None),
    "nothing is kept": (forgotten, EXPORTS, 4),
}


ALWAYS = ("a file", "the key", "the title", "bytes of what is kept")  # the others with `make test-slow`


@pytest.mark.parametrize(
    "change", [name if name in ALWAYS else pytest.param(name, marks=pytest.mark.slow) for name in CHANGES]
)
def test_a_change_is_prepared_as_if_for_the_first_time(network, tmp_path, change):
    alter, read, cleaned = CHANGES[change]
    folder, fresh = copied(network, tmp_path / "a"), copied(network, tmp_path / "b")
    for place in (folder, fresh):
        alter(place)
    told = prepared(folder)
    assert told["read"]["exports"] - told["read"]["kept"] == read
    assert cleaned is None or told["clean"]["groups"] - told["clean"]["kept"] == cleaned
    assert not told["prepare"]["unchanged"]
    assert prepared(fresh, force=True)["read"]["kept"] == 0
    assert written(folder) == written(fresh)
    assert prepared(folder)["prepare"]["unchanged"]


def test_a_day_later_lines_of_the_day_before_are_the_same(network, tmp_path):
    """Only those whose dates lay in the future yesterday, or whose ages are as of the day, are read again."""
    folder, fresh = copied(network, tmp_path / "a"), copied(network, tmp_path / "b")
    for place in (folder, fresh):
        next_day(place)
    told = prepared(folder)
    assert 0 < told["read"]["kept"] <= EXPORTS
    prepared(fresh, force=True)
    assert written(folder) == written(fresh)


def test_only_the_export_that_changed_is_opened(network, tmp_path, monkeypatch):
    """Also the lines that a clerk is to look at are those of the run before, word for word."""
    folder, opened = copied(network, tmp_path / "a"), []
    shorter(folder)
    for reader in (batches, quality_lines):
        read = reader.read_lines
        monkeypatch.setattr(
            reader, "read_lines", lambda export, read=read: opened.append(export.file) or read(export)
        )
    prepared(folder)
    assert set(opened) == {"exports/willow/sessions.csv"}
    assert pl.read_csv(folder / "study/restricted/lines_to_look_at.csv")["file"].n_unique() > 3


def test_what_is_the_same_is_handed_back_and_touched_by_nobody(network, tmp_path):
    folder = copied(network, tmp_path / "a")
    before = {path: path.stat().st_mtime_ns for path in (folder / "study").rglob("*")}
    told = prepared(folder)
    assert list(told) == ["prepare"]
    accounting = Study(folder / "study").frame("accounting").collect()
    assert told["prepare"]["rows_in"] == accounting["lines"].sum() > told["prepare"]["rows_out"] > 0
    assert {path: path.stat().st_mtime_ns for path in (folder / "study").rglob("*")} == before


def test_a_study_of_which_a_file_is_gone_is_made_again(network, tmp_path):
    folder = copied(network, tmp_path / "a")
    before = written(folder)
    (folder / "study/release/cells.parquet").unlink()
    told = prepared(folder)
    assert told["read"]["kept"] == EXPORTS
    assert written(folder) == before


def test_the_data_is_told_by_mappings_and_scope_too(network, tmp_path):
    hashes = {Study(network / "study").facts["data_hash"]}
    for alter in (other_mapping, other_scope):
        folder = copied(network, tmp_path / alter.__name__)
        alter(folder)
        prepared(folder)
        hashes.add(Study(folder / "study").facts["data_hash"])
    assert len(hashes) == 3


def test_nothing_that_is_no_longer_used_stays(network, tmp_path):
    folder = copied(network, tmp_path / "a")
    (folder / KEPT / "lines" / ".new-left").write_bytes(b"of a dead run")
    shorter(folder)
    before = {path.name for path in (folder / KEPT).rglob("*.lines")}
    prepared(folder)
    after = {path.name for path in (folder / KEPT).rglob("*") if path.parent.name == "lines"}
    assert len(after) == len(before) == EXPORTS
    assert len(after - before) == 1


def test_what_is_kept_is_closed_to_others_and_names_nobody(network):
    folder = network / KEPT
    assert all(path.stat().st_mode & 0o077 == 0 for path in (folder, *folder.iterdir()))
    assert (network / "lumbar.key").read_text() not in (network / "study" / MADE_OF).read_text()
    with (network / "exports/willow/patients.csv").open(encoding="utf-8-sig") as file:
        secrets = {row["Patient ID"] for row in csv.DictReader(file)} | {"Sample Patient"}
    frames = [
        frame
        for kept in whole_ones(sorted(folder.glob("*/*.[lg]*")))
        if kept
        for frame in frames_of(kept).values()
    ]
    frames += [pl.read_parquet(path) for name in ROWS for path in (folder / "groups").glob(f"*.{name}")]
    columns = [frame[name] for frame in frames for name in frame.columns]
    columns = [one.explode() if one.dtype == pl.List(pl.String) else one for one in columns]
    texts = {text for one in columns if one.dtype == pl.String for text in one.drop_nulls()}
    assert len(secrets) > 5
    assert len(texts) > 100
    assert not any(secret in text for secret in secrets for text in texts)


def test_a_file_that_is_written_while_it_is_read_is_not_kept(network, tmp_path, monkeypatch):
    """Its lines would be kept under the checksum of what it was before."""
    folder = copied(network, tmp_path / "a")
    shorter(folder)
    target, looked = folder / "exports/willow/sessions.csv", spool.put_down

    def meanwhile(job, **how):
        target.write_text(target.read_text() + "\n")
        looked(job, **how)

    monkeypatch.setattr(spool, "put_down", meanwhile)
    before = written(folder)
    with pytest.raises(InputError, match=r"sessions.csv: was written while it was read"):
        prepared(folder)
    assert written(folder) == before


def test_other_machines_may_read_and_clean(network, tmp_path, monkeypatch):
    """What runs there travels as bytes to a process that was begun elsewhere, and little comes back."""
    folder = copied(network, tmp_path / "a")
    alone, answers = written(folder), []
    monkeypatch.setattr(workers, "MUCH", 0)
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as elsewhere:

        def over(function, jobs):
            made = list(elsewhere.map(function, jobs))
            answers.append(len(pickle.dumps(made)))
            return made

        prepared(folder, force=True, over=over)
    assert len(answers) == 2
    assert max(answers) < 1_000
    assert written(folder) == alone


def test_a_machine_with_another_key_is_refused(network, tmp_path, monkeypatch):
    folder = copied(network, tmp_path / "a")
    before = written(folder)
    monkeypatch.setattr(workers, "MUCH", 0)

    def over(function, jobs):
        with pytest.MonkeyPatch.context() as there:
            there.setenv("LUMBAR_KEY", "of another machine " * 3)
            return [function(job) for job in jobs]

    with pytest.raises(ConfigurationError, match="has another secret key"):
        prepared(folder, force=True, over=over)
    assert written(folder) == before
