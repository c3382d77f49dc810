"""Reports made by real workers of a real scheduler: the same bytes, whatever happens to a worker."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from threading import Event, Thread

import psutil
import pytest
from reporting.tiny import CLINICS, EXHIBIT, notebook, settings_in

from analytics.journal import workers
from analytics.reporting import archive, cluster, connection, pool
from analytics.reporting.child import Limits
from analytics.reporting.plan import Asked, plan_run
from analytics.reporting.pool import Pace
from analytics.study import prepare_study
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.installed import PACKAGE
from analytics.vocabulary.settings import read_settings

pytest.importorskip("distributed")

PACE = Pace(jobs=2, limits=Limits(seconds=120, memory_mb=4000), attempts=2)
REPORTS = len(CLINICS) + 2
PATIENCE = 60  # seconds until a test gives up


def _until(true, *, what):
    end = time.monotonic() + PATIENCE
    while not (found := true()):
        assert time.monotonic() < end, what
        time.sleep(0.02)
    return found


@contextmanager
def _started(*command, **given):
    with open(os.devnull, "wb") as nowhere:
        process = subprocess.Popen([sys.executable, "-m", *command], stdout=nowhere, stderr=nowhere, **given)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(30)


@contextmanager
def _scheduler(folder):
    """A scheduler of its own, on a port that the system chose; its address."""
    file = folder / "scheduler.json"
    at = ("--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(file))
    with _started("distributed.cli.dask_scheduler", *at):
        _until(file.is_file, what="no scheduler")
        yield json.loads(file.read_text())["address"]


@contextmanager
def _worker(address, folder, *options, **environment):
    """One worker of one thread; all that it writes is in that folder."""
    folder.mkdir(parents=True)
    given = {"env": os.environ | {"TMPDIR": str(folder)} | environment, "cwd": folder}
    own = ("--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1", "--local-directory", str(folder))
    with _started("distributed.cli.dask_worker", address, *own, *options, **given) as process:
        yield process


def _workers_there(address):
    from distributed import Client

    with Client(address, set_as_default=False) as client:
        return len(client.scheduler_info(n_workers=-1)["workers"])


@pytest.fixture(scope="module")
def there(tmp_path_factory):
    """A scheduler and two workers as dask starts them, each with a nanny that starts it anew."""
    root = tmp_path_factory.mktemp("cluster")
    with ExitStack() as stack:
        address = stack.enter_context(_scheduler(root))
        stack.enter_context(_worker(address, root / "one"))
        stack.enter_context(_worker(address, root / "two"))
        _until(lambda: _workers_there(address) == 2, what="no workers")
        yield address, root


@pytest.fixture
def restricted(study):
    """A study that also holds what may not leave."""
    for name in ("frames", "restricted"):
        (study.root / name).mkdir()
        (study.root / name / "sessions.parquet").write_bytes(b"a patient's row")
    return study


def _tasks(root, study, notebooks, *, reports):
    plan = plan_run(settings_in(root), study, Asked(notebooks=notebooks), day=date(2026, 7, 1))
    return [replace(one.task, reports=str(root / reports)) for one in plan]


def _files(reports):
    """Every file of every report that was kept, by its place; the record has times in it."""
    kept = sorted((reports / archive.FOLDER).rglob("*"))
    return {
        path.relative_to(reports).as_posix(): path.read_bytes()
        for path in kept
        if path.is_file() and path.name != archive.RECORD
    }


def _locally(root, study, notebooks):
    made = [made for _, made in pool.make_all(_tasks(root, study, notebooks, reports="local"), PACE)]
    assert {one.status for one in made} == {"made"}
    files = _files(root / "local")
    assert len(files) == 3 * REPORTS
    return files


def _on(address, root, study, notebooks):
    tasks = _tasks(root, study, notebooks, reports="cluster")
    return cluster.make_all(tasks, PACE, address=address, study_root=study.root)


def _left(root):
    """What lies in the folders of the workers beside dask's own."""
    return [path for path in root.rglob("*lumbar*") if "scheduler" not in path.name]


@contextmanager
def _watched(root):
    """Every file and folder that is seen in the workers' folders meanwhile, with its mode."""
    seen, enough = {}, Event()

    def watch():
        while not enough.is_set():
            for folder, folders, names in os.walk(root):
                for path in (Path(folder) / name for name in (*folders, *names)):
                    with suppress(OSError):
                        seen[path] = path.lstat().st_mode
            time.sleep(0.01)

    watcher = Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        enough.set()
        watcher.join()


def test_reports_of_a_cluster_are_the_same_bytes_and_no_patient_goes_there(
    there, tmp_path, restricted, notebooks
):
    address, root = there
    files = _locally(tmp_path, restricted, notebooks)
    with _watched(root) as seen:
        made = [made for _, made in _on(address, tmp_path, restricted, notebooks)]
        assert _left(root) == []
    assert {(one.status, one.attempts) for one in made} == {("made", 1)}
    assert all(one.memory_mb > 1 for one in made)
    assert _files(tmp_path / "cluster") == files
    folders = [path for path in seen if path.name.startswith("lumbar-") and (path / "study") in seen]
    assert len(folders) == 2
    assert {stat.S_IMODE(seen[folder]) for folder in folders} == {0o700}
    assert {path.name for path in seen} & {"frames", "restricted", "sessions.parquet"} == set()
    released = {path.name for path in (restricted.root / "release").iterdir()}
    assert released <= {path.name for path in seen if folders[0] in path.parents}


WAITS = """
import os, time
from pathlib import Path
mark = Path({mark!r})
if clinic_id == "beech" and not mark.exists():
    mark.with_name("writing").write_text(str(os.getpid()))
    mark.with_name("writing").rename(mark)
    time.sleep(300)
"""


@pytest.fixture
def waiting(tmp_path, notebooks):
    """A file that the first process to make the report of Beech writes its number into, before it stops."""
    mark = tmp_path / "mark"
    notebook(notebooks, "clinic_report.ipynb", WAITS.format(mark=str(mark)), EXHIBIT)
    return mark


def test_a_worker_that_is_killed_loses_nothing(there, tmp_path, study, notebooks, waiting):
    address, root = there
    waiting.touch()
    files = _locally(tmp_path, study, notebooks)
    waiting.unlink()
    killed = []

    def kill():
        _until(waiting.exists, what="the report was never begun")
        child = psutil.Process(int(waiting.read_text()))
        worker = child.parent().parent()
        assert "distributed" in " ".join(worker.cmdline() + worker.parent().cmdline())
        worker.send_signal(signal.SIGKILL)
        killed.append(child)

    killer = Thread(target=kill)
    killer.start()
    made = {made.slug: made for _, made in _on(address, tmp_path, study, notebooks)}
    killer.join()
    assert [one.status for one in made.values()] == ["made"] * REPORTS
    assert next(one.attempts for slug, one in made.items() if slug.startswith("beech")) == 2
    assert _files(tmp_path / "cluster") == files
    _until(lambda: not killed[0].is_running(), what="the child outlived its worker")
    _until(lambda: _left(root / "one") == _left(root / "two") == [], what="a folder is left")
    _until(lambda: _workers_there(address) == 2, what="the worker did not come back")


def test_a_run_that_is_ended_leaves_nothing_at_work(there, tmp_path, study, notebooks, waiting):
    address, root = there
    run = _on(address, tmp_path, study, notebooks)
    next(run)
    _until(waiting.exists, what="the report was never begun")
    child = psutil.Process(int(waiting.read_text()))
    run.close()
    _until(lambda: not child.is_running(), what="the child goes on")
    _until(lambda: _left(root) == [], what="a folder is left")


KILLS_ITSELF = """
if clinic_id == "beech":
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_report_that_kills_its_process_fails_alone(there, tmp_path, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", KILLS_ITSELF, EXHIBIT)
    made = [made for _, made in _on(there[0], tmp_path, study, notebooks)]
    (failed,) = (one for one in made if one.status != "made")
    assert failed.slug.startswith("beech")
    assert (failed.status, failed.reason, failed.attempts) == ("failed", pool.ENDED, PACE.attempts)
    assert len(made) == REPORTS
    assert not (tmp_path / "cluster" / archive.FOLDER / failed.key).exists()


FAILS = """
if clinic_id == "beech":
    raise ValueError("canary Jane Doe 555-0199")
"""


def test_a_notebook_that_fails_is_told_in_words_without_data(there, tmp_path, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", FAILS, EXHIBIT)
    made = [made for _, made in _on(there[0], tmp_path, study, notebooks)]
    assert [one.reason for one in made if not one.good] == [
        "ValueError in code cell 3 of clinic_report.ipynb"
    ]


def test_a_notebook_of_other_parameters_stops_the_run(there, tmp_path, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", "1", parameters='study = ""\nclinic = ""')
    with pytest.raises(ConfigurationError, match="no parameter 'clinic_id'"):
        list(_on(there[0], tmp_path, study, notebooks))
    _until(lambda: _left(there[1]) == [], what="a folder is left")


def test_a_worker_with_another_program_is_refused_before_anything_is_sent(there, tmp_path, study, notebooks):
    address, _ = there
    other = tmp_path / "other" / PACKAGE.name
    shutil.copytree(PACKAGE, other, ignore=shutil.ignore_patterns("__pycache__"))
    with (other / "reporting" / "sections.py").open("a") as file:
        file.write("# another version\n")
    with _worker(address, tmp_path / "three", "--no-nanny", PYTHONPATH=str(other.parent)):
        _until(lambda: _workers_there(address) == 3, what="no third worker")
        with _watched(tmp_path / "three") as seen, pytest.raises(ConfigurationError) as refusal:
            list(_on(address, tmp_path, study, notebooks))
    assert "lumbar's own files is" in str(refusal.value)
    assert "Install the same there." in str(refusal.value)
    assert [path for path in seen if "lumbar" in path.name] == []
    assert not (tmp_path / "cluster").exists()
    _until(lambda: _workers_there(address) == 2, what="the third worker stays")


def test_an_address_that_does_not_answer_is_said(tmp_path, study, notebooks, monkeypatch):
    monkeypatch.setattr(connection, "ANSWER", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it takes a call, and says nothing
        address = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(ConfigurationError, match=f"no dask scheduler answers at {address}"):
            list(_on(address, tmp_path, study, notebooks))
    with pytest.raises(ConfigurationError, match="no dask scheduler answers"):  # nobody is there any more
        list(_on(address, tmp_path, study, notebooks))
    with pytest.raises(ConfigurationError, match="no dask scheduler answers at nonsense"):
        list(_on("nonsense", tmp_path, study, notebooks))


def test_a_scheduler_without_workers_is_said(tmp_path, study, notebooks, monkeypatch):
    monkeypatch.setattr(connection, "ANSWER", 3)
    with _scheduler(tmp_path) as address, pytest.raises(ConfigurationError, match="has no worker"):
        list(_on(address, tmp_path, study, notebooks))


def test_a_scheduler_that_goes_away_ends_the_run_in_words(tmp_path, study, notebooks, waiting):
    with ExitStack() as stack:
        address = stack.enter_context(_scheduler(tmp_path))
        stack.enter_context(_worker(address, tmp_path / "worker", "--no-nanny", "--death-timeout", "5"))
        _until(lambda: _workers_there(address) == 1, what="no worker")
        run = _on(address, tmp_path, study, notebooks)
        first, _ = next(run)
        scheduler = next(
            one for one in psutil.Process().children() if "dask_scheduler" in " ".join(one.cmdline())
            and str(tmp_path) in " ".join(one.cmdline())
        )  # fmt: skip
        scheduler.send_signal(signal.SIGKILL)
        with pytest.raises(ConfigurationError, match="the scheduler went away"):
            list(run)
    assert archive.find(Path(first.reports), first.key)


def test_without_dask_the_extra_is_named(tmp_path, study, notebooks, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ConfigurationError, match=r'pip install "lumbar\[cluster\]"'):
        list(_on("tcp://127.0.0.1:1", tmp_path, study, notebooks))


def test_jobs_of_preparing_go_to_the_workers_and_come_back_in_order(there, tmp_path):
    with cluster.over(there[0], shared=[tmp_path]) as over:
        assert list(over(divmod, [7, 8, 9], [2, 3, 5])) == [(3, 1), (2, 2), (1, 4)]
        assert os.getpid() not in set(over(eval, ["__import__('os').getpid()"] * 4))
    assert list(tmp_path.iterdir()) == []


def test_a_key_that_workers_do_not_see_is_refused(there, tmp_path, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "ab" * 32)
    with (
        pytest.raises(ConfigurationError, match="LUMBAR_KEY is set for this run"),
        cluster.over(there[0], shared=[tmp_path]),
    ):
        pass


def test_a_study_prepared_on_the_workers_is_the_same_bytes(there, tmp_path, monkeypatch):
    command = [sys.executable, "-m", "analytics", "simulate", str(tmp_path / "net")]
    subprocess.run([*command, "--clinics", "3", "--patients", "30", "--weeks", "6"], check=True)
    settings = read_settings(tmp_path / "net" / "lumbar.toml")
    monkeypatch.setattr(workers, "MUCH", 0)  # else so little would be read by this process alone
    jobs, studies = [], []
    with cluster.over(there[0], shared=[settings.root]) as dask:

        def over(work, todo):
            todo = list(todo)
            jobs.extend(todo)
            return dask(work, todo)

        for name, way in (("here", map), ("there", over)):
            own = settings.model_copy(update={"study": name})
            studies.append(prepare_study(own, over=way).root)
    assert jobs
    here, afar = (_parts_of(study) for study in studies)
    assert {place.split("/")[0] for place in here} == {"release", "frames"}
    assert here == afar


def _parts_of(study):
    paths = (path for name in ("release", "frames") for path in (study / name).rglob("*.parquet"))
    return {path.relative_to(study).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give a process a disk of its own")
def test_preparing_is_refused_where_a_worker_does_not_see_the_folders(there, tmp_path):
    address, shared = there[0], tmp_path / "shared"
    shared.mkdir()
    hidden = ["unshare", "--mount", "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', str(shared)]
    worker = [sys.executable, "-m", "distributed.cli.dask_worker", address, "--no-nanny", "--no-dashboard"]
    with subprocess.Popen(
        [*hidden, *worker, "--host", "127.0.0.1"], cwd=tmp_path, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _until(lambda: _workers_there(address) == 3, what="no third worker")
            with (
                pytest.raises(ConfigurationError, match=f"does not see {shared}"),
                cluster.over(address, shared=[shared]),
            ):
                pass
        finally:
            process.terminate()
    _until(lambda: _workers_there(address) == 2, what="the third worker stays")
