"""What is written for a scheduler is read by that scheduler's own parser, and says what was meant."""

from __future__ import annotations

import ast
import importlib.util
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from analytics.reporting.schedule import FILES, read_when, write_schedule
from analytics.reporting.scheduling.quoting import airflow_text, cron_command, unit_words
from analytics.vocabulary.errors import ConfigurationError

HARD = '50% of "O\'Neil" ü $HOME %h\\x a:b {{ c }}'
TOML = """
as_of = 2026-06-30
[[sources]]
files = "exports/*/sessions.csv"
mapping = "mappings/sessions.toml"
"""
needs_systemd = pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="systemd is not installed")


def _installation(folder, more=""):
    for name in ("exports/a", "mappings"):
        (folder / name).mkdir(parents=True)
    (folder / "lumbar.toml").write_text(TOML.replace("[[", f"{more}\n[[", 1))
    return folder / "lumbar.toml"


@pytest.fixture(params=["plain", HARD])
def config(request, tmp_path):
    return _installation(tmp_path / request.param)


def _written(config, kind, *, when="02:30"):
    """The texts of one scheduler's files, by name."""
    schedule = write_schedule(config, kind=kind, when=when, out=config.parent.parent / kind)
    assert [file.name for file in schedule.files] == list(FILES[kind])
    return {file.name: file.read_text(encoding="utf-8") for file in schedule.files}


def _parsed(folder):
    """How systemd itself understood the units of a folder."""
    units = [folder / "lumbar.service", folder / "lumbar.timer", folder / "lumbar-alert@.service"]
    said = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units[:2]], capture_output=True, text=True, check=False
    )
    assert (said.returncode, said.stderr) == (0, "")
    seen = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", units[0]],
        env={**os.environ, "SYSTEMD_LOG_LEVEL": "debug"}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    return seen.stdout


@pytest.mark.parametrize(
    ("text", "calendar", "cron"),
    [
        ("02:30", "*-*-* 02:30:00", "30 2 * * *"),
        ("2:05", "*-*-* 02:05:00", "5 2 * * *"),
        ("Mon 02:30", "Mon *-*-* 02:30:00", "30 2 * * 1"),
        ("sun 23:59", "Sun *-*-* 23:59:00", "59 23 * * 0"),
        ("SAT 00:00", "Sat *-*-* 00:00:00", "0 0 * * 6"),
    ],
)
def test_a_time_is_said_in_each_scheduler_s_way(text, calendar, cron):
    moment = read_when(text)
    assert (moment.calendar, moment.cron) == (calendar, cron)
    if shutil.which("systemd-analyze"):
        ask = ["systemd-analyze", "calendar", calendar]
        said = subprocess.run(ask, capture_output=True, text=True, check=True)
        assert f"Normalized form: {calendar}" in said.stdout


@pytest.mark.parametrize(
    "text", ["", "24:00", "02:60", "2", "Mon", "Mo 02:30", "Foo 02:30", "Mon  02:30", "02:30 Mon", "02:30\n",
             "٠٢:٣٠", "*:0", "02:30:00", "-1:30"],
)  # fmt: skip
def test_what_is_no_time_is_refused_in_words(text, tmp_path):
    config = _installation(tmp_path / "here")
    with pytest.raises(ConfigurationError, match=r"--when: .* is no time\. Give 02:30 for every day"):
        write_schedule(config, kind="cron", when=text, out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("kind", FILES)
def test_the_same_installation_gives_the_same_bytes(kind, config):
    first = _written(config, kind)
    assert _written(config, kind) == first
    assert sorted(os.listdir(config.parent.parent / kind)) == sorted(FILES[kind])


def test_nothing_is_ever_written_into_etc(tmp_path):
    config = _installation(tmp_path / "here")
    (tmp_path / "link").symlink_to("/etc")
    for out in ("/etc", "/etc/systemd/system", "/srv/../etc/cron.d", tmp_path / "link" / "cron.d"):
        with pytest.raises(ConfigurationError, match="not into /etc"):
            write_schedule(config, kind="systemd", when="02:30", out=Path(out))


def test_what_cannot_be_written_says_which(tmp_path):
    config = _installation(tmp_path / "here")
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigurationError, match=r"--out: .*file.* cannot be written"):
        write_schedule(config, kind="cron", when="02:30", out=tmp_path / "file" / "out")
    with pytest.raises(ConfigurationError, match="'at' is none of systemd, cron, airflow"):
        write_schedule(config, kind="at", when="02:30", out=tmp_path / "out")
    with pytest.raises(ConfigurationError, match="line break"):
        write_schedule(_installation(tmp_path / "a\nb"), kind="cron", when="02:30", out=tmp_path / "out")


@needs_systemd
def test_systemd_reads_the_units_as_they_were_meant(config):
    texts, root = _written(config, "systemd", when="Mon 02:30"), config.parent.resolve()
    seen = _parsed(config.parent.parent / "systemd")
    line = next(line for line in seen.splitlines() if "Command Line:" in line)
    command = line.partition(":")[2].replace(
        "\\$", "$"
    )  # printed as for a shell, where $ would be a variable
    assert shlex.split(command)[1:] == ["report", "--config", str(config)]
    assert re.search(r"ReadWritePaths: (.*)", seen)[1].split(" /tmp")[0] == str(root)
    for name in ("exports", "lumbar.key", "lumbar.toml", "mappings"):
        assert f"-{root / name}" in re.search(r"ReadOnlyPaths: (.*)", seen)[1]
    for shut in ("ProtectSystem: strict", "PrivateNetwork: yes", "UMask: 0077", "Restart: on-failure"):
        assert shut in seen
    assert "OnCalendar=Mon *-*-* 02:30:00" in texts["lumbar.timer"]


@needs_systemd
def test_systemd_s_own_score_of_the_exposure_is_low(config):
    _written(config, "systemd")
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager",
         config.parent.parent / "systemd" / "lumbar.service"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stdout.splitlines()[-1]


def test_a_unit_may_write_what_a_run_writes_and_nothing_else(tmp_path):
    more = 'study = "work/study"\nreports = "public/reports"\n[run]\nmetrics = "metrics/lumbar.prom"\n'
    unit = _written(_installation(tmp_path / "here", more), "systemd")["lumbar.service"]
    here = tmp_path.resolve() / "here"
    written = f"{here / 'metrics'} {here / 'public' / 'reports'} {here / 'work'}"
    assert f"ReadWritePaths={written}\n" in unit
    assert "ReadOnlyPaths" not in unit  # nothing that is only read lies in those


def test_a_folder_that_holds_what_is_written_is_not_shut(tmp_path):
    more = 'reports = "exports/reports"\n'
    unit = _written(_installation(tmp_path / "here", more), "systemd")["lumbar.service"]
    here = tmp_path.resolve() / "here"
    shut = re.search(r"ReadOnlyPaths=(.*)", unit)[1].split()
    assert f"-{here / 'exports'}" not in shut
    assert f"-{here / 'mappings'}" in shut


def test_memory_follows_the_settings(tmp_path):
    config = _installation(tmp_path / "here", "[run]\njobs = 3\nmemory_mb = 1000\n")
    assert "MemoryMax=5000M\n" in _written(config, "systemd")["lumbar.service"]


def test_a_path_is_no_syntax():
    assert unit_words(["/a/b", "50%", "a b", 'q"\\'], "-") == r'-/a/b -50%% "-a b" "-q\"\\"'
    assert cron_command("echo 50%") == "echo 50\\%"
    assert airflow_text("{{ x }}") == "{{ '{' }}{{ '{' }} x }}"


def _crontab_entry(text):
    """The time and the command of a crontab's only entry, as crontab(5) says that cron reads it."""
    (line,) = [line for line in text.splitlines() if re.match(r"[\d*]", line)]
    *fields, command = line.split(" ", 5)
    assert not re.search(r"(?<!\\)%", command)
    return " ".join(fields), command.replace("\\%", "%")


def _as_cron(command, home):
    """Run it as cron does: by /bin/sh, with next to no environment. What it prints is mailed."""
    tiny = {"HOME": str(home), "LOGNAME": "nobody", "SHELL": "/bin/sh", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        ["/bin/sh", "-c", command], env=tiny, cwd=home, capture_output=True, text=True, check=False
    )
    return done.stdout + done.stderr


def test_cron_s_own_parser_takes_the_line(config):
    _written(config, "cron")
    if not shutil.which("crontab"):
        pytest.skip("cron is not installed")
    said = subprocess.run(
        ["crontab", "-n", config.parent.parent / "cron" / "lumbar.cron"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if "invalid option" in said.stderr:
        pytest.skip("this crontab cannot check a file")
    assert said.returncode == 0, said.stderr


def test_cron_s_command_finds_the_installation_and_mails_what_is_wrong(config, tmp_path):
    time, command = _crontab_entry(_written(config, "cron", when="Tue 4:05")["lumbar.cron"])
    assert time == "5 4 * * 2"
    with config.open("a") as toml:
        toml.write("[zebra]\n")
    said = _as_cron(command, tmp_path)  # the real command, which read this very file
    assert said.startswith("lumbar.toml: unknown key 'zebra'.")


def test_the_printed_steps_install_once_and_remove_without_trace(config):
    schedule = write_schedule(config, kind="cron", when="02:30", out=config.parent.parent / "cron")
    text = schedule.files[0].read_text()
    removed = subprocess.run(
        ["sed", "/^# lumbar: begin/,/^# lumbar: end/d"], input=f"1 1 * * * a\n{text}2 2 * * * b\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert removed.stdout == "1 1 * * * a\n2 2 * * * b\n"
    assert "sed '/^# lumbar: begin/,/^# lumbar: end/d'" in schedule.steps


@pytest.mark.parametrize("kind", FILES)
def test_the_steps_say_how_to_verify_install_run_look_and_remove(kind, config):
    said = str(write_schedule(config, kind=kind, when="02:30", out=config.parent.parent / kind))
    for step in ("verify", "install", "run once", "look", "remove"):
        assert re.search(rf"^{step} ", said, re.MULTILINE), step
    for name in FILES[kind]:
        assert f"written: {config.parent.parent / kind / name}" in said


def test_what_a_person_should_know_is_said(tmp_path):
    config = _installation(tmp_path / "here", '[run]\nhook = "tell"\n')
    said = write_schedule(config, kind="systemd", when="Mon 02:30", out=tmp_path / "out").notes
    assert [word for word in ("no key file", "hook runs without network", "max_age_hours = 180")
            if not any(word in note for note in said)] == []  # fmt: skip
    (tmp_path / "here" / "lumbar.key").write_text("x")
    (tmp_path / "here" / "lumbar.toml").write_text(TOML)
    said = write_schedule(config, kind="systemd", when="02:30", out=tmp_path / "out").notes
    assert not any(word in note for note in said for word in ("no key", "hook", "max_age"))


def _constants(text):
    return [node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)]


def test_the_dags_hold_the_command_and_the_tasks(config):
    texts = _written(config, "airflow", when="Mon 02:30")
    night, notebooks = (_constants(texts[name]) for name in FILES["airflow"])
    assert {"lumbar_night", "report", "30 2 * * 1", 75} <= set(night)
    assert {"lumbar_notebooks", "notebook", "lumbar", sys.executable} <= set(notebooks)
    command = next(text for text in night if isinstance(text, str) and "--config" in text)
    assert shlex.split(jinja2.Template(command).render())[-3:] == ["report", "--config", str(config)]
    assert airflow_text(str(config.parent / "study-notebooks")) in notebooks


DAGBAG = """
import sys, json, airflow
try:
    from airflow.dag_processing.dagbag import DagBag
except ImportError:
    from airflow.models.dagbag import DagBag
bag = DagBag(sys.argv[1])
tasks = {name: sorted(task.task_id for task in bag.dags[name].tasks) for name in bag.dags if "lumbar" in name}
print("SAID", json.dumps([bag.import_errors, tasks]))
"""


def test_airflow_loads_the_dags(config, tmp_path):
    python = os.environ.get("AIRFLOW_PYTHON", sys.executable if importlib.util.find_spec("airflow") else "")
    if not python:
        pytest.skip("Airflow is not installed; AIRFLOW_PYTHON names an interpreter that has it")
    _written(config, "airflow")
    said = subprocess.run(
        [python, "-c", DAGBAG, config.parent.parent / "airflow"],
        env={**os.environ, "AIRFLOW_HOME": str(tmp_path / "home"), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    (line,) = [line for line in said.stdout.splitlines() if line.startswith("SAID ")]
    assert ast.literal_eval(line[5:]) == [
        {}, {"lumbar_night": ["report"], "lumbar_notebooks": ["notebook", "plan"]}
    ]  # fmt: skip
