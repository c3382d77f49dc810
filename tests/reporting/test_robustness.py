"""Nasty notebooks through papermill's own engine and through ours: only by the time can one tell them apart.

Ours is reached three ways: as a run does (`fork`), and from bare papermill, in this process and as a command.
"""

from __future__ import annotations

import contextlib
import gc
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections import Counter

import nbformat
import papermill
import polars as pl
import psutil
import pytest
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from papermill.exceptions import PapermillExecutionError
from reporting.tiny import EXHIBIT, notebook, settings_in, write_notebooks, write_study

from analytics.reporting import child
from analytics.reporting.notebook import NotebookFailed, execute
from analytics.reporting.plan import Asked
from analytics.reporting.run import run_reports

# Jupyter's own warnings about ports and event loops say nothing about a notebook.
pytestmark = pytest.mark.filterwarnings("default")
OWN, FORK, BARE = "papermill", "fork", "bare papermill with --engine lumbar"
ROUTES = (OWN, FORK, BARE)
OURS = (FORK, BARE)

# a kernel hears of what is written past Python from another thread, some time later
WAITS = "; import time; time.sleep(0.5)"
# by name; those of FAIL raise on purpose, and are tagged raises-exception
SHOWS = {
    "stdout": "print('a'); print('b', end=''); print()",
    "stderr": "import sys; print('e', file=sys.stderr)",
    "both": "print('1', flush=True); print('2', file=sys.stderr, flush=True); print('3', flush=True)",
    "lines": r"sys.stdout.writelines(['a\n', 'b\n']); sys.stdout.flush()",
    "stream": "print(sys.stdout.isatty(), sys.stdout.encoding, sys.stdout.writable(), sys.stdin is None)",
    "unicode": r"print('\u2028 ☃ \U0001f600 \x1b[31mred\x1b[0m a\rb\b')",
    "long": "print('x' * (2 << 20))",
    "thread": "import threading\nt = threading.Thread(target=lambda: print('t')); t.start(); t.join()",
    "display": "display({'a': 1}); display('x', 'y')",
    "html": "from IPython.display import HTML, display, update_display, clear_output\n"
            "display(HTML('<b>x</b>'), metadata={'k': 1})",
    "raw": "own = {'a': [1, None, 2.5]}\n"
           "display({'application/json': own, 'application/x.own+json': own}, raw=True)",
    "handles": "first = display('first', display_id='one'); second = display('second', display_id='two')",
    "update": "second.update('second anew')\nprint('after')",
    "update once more": "update_display('first anew', display_id='one')",
    "update of the same cell": "display('s', display_id='three'); update_display('t', display_id='three')",
    "update of nothing": "update_display('nobody', display_id='none')",
    "twice under one id": "display('p', display_id='f'); display('q', display_id='f'); "
                          "update_display('r', display_id='f')",
    "clear": "print('gone'); clear_output(); print('kept')",
    "clear and wait": "print('gone'); clear_output(wait=True); print('kept')",
    "clear, nothing follows": "print('kept'); clear_output(wait=True)",
    "result": "40 + 2",
    "none": "None",
    "semicolon": "41;",
    "last result": "_",
    "history": "len(In) > 3, Out[max(Out)]",
    "rich": "class Rich:\n    def _repr_mimebundle_(self, include=None, exclude=None):\n"
            "        data = {'text/plain': 'p', 'application/json': {'n': [1]}, 'image/png': b'\\x89PNG'}\n"
            "        return data, {'text/plain': {'m': 1}}\nRich()",
    "html and png": "class Both:\n    def __repr__(self): return 'both'\n"
                    "    def _repr_html_(self): return '<i>h</i>'\n"
                    "    def _repr_png_(self): return b'\\x89PNG'\nBoth()",
    "warning": "import warnings; warnings.warn('careful')",
    "bash": "%%bash\necho out; sleep 0.2; echo err >&2",
    "shell": "!echo shell",
    "shell's lines": "lines = !echo one; echo two\nlines",
    "os.system": "import os; _ = os.system('echo from system; echo err >&2')" + WAITS,
    "subprocess": "import subprocess; _ = subprocess.run(['echo', 'from run'])" + WAITS,
    "descriptor": "_ = os.write(1, 'grüße ☃\\n'.encode())" + WAITS,
    "no text": "_ = os.write(1, b'\\xff\\xfe')" + WAITS,
    "await": "import asyncio\nawait asyncio.sleep(0)\nprint('awaited'); await asyncio.sleep(0, 7)",
    "empty": "  ",
    "magic": "%who_ls tuple",
    "captured": "%%capture caught\nprint('in'); 5",
    "shown": "caught.show()",
    "names": "__name__, '__file__' in dir(), callable(get_ipython), os.path.isdir(os.getcwd())",
}  # fmt: skip
FAIL = {
    "error": "1 / 0",
    "error with words": "print('before'); raise ValueError('some words')",
    "error of its own": "class Own(Exception):\n    def __str__(self): return 'of my own'\nraise Own('x')",
    "error without words": "class Bad(Exception):\n    def __str__(self): raise OSError('x')\nraise Bad()",
    "error while shown": "class No:\n    def __repr__(self): raise ValueError('no')\n"
                         "    def _repr_html_(self): return 'x'\nNo()",
    "interrupt": "raise KeyboardInterrupt",
    "no such magic": "%nosuchmagic",
    "exit with words": "sys.exit('bye')",
    "syntax": "def f(:",
    "input": "input('?')",
    "password": "import getpass; getpass.getpass('?')",
}  # fmt: skip
IN_OTHER_WORDS = {"syntax", "input", "password"}  # the kind is the same; the text names a file, or Jupyter


def _write(path, *cells, tags=()):
    """A notebook of these cells, without parameters."""
    made = [new_code_cell(cell, metadata={"tags": list(tags)}) for cell in cells]
    nb = new_notebook(cells=[new_markdown_cell("# Why?"), *made])
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nb, path)
    return path


def _papermill(path, engine, **given):
    """What bare papermill writes, and how it ended; `engine` None: its own."""
    target, error = path.with_suffix(f".{engine}.ipynb"), None
    try:
        papermill.execute_notebook(
            str(path), str(target), kernel_name="python3", engine_name=engine, progress_bar=False, **given
        )
    except (PapermillExecutionError, CellTimeoutError, DeadKernelError) as raised:
        error = raised
    return nbformat.read(target, as_version=4), error


def _run(path, route):
    """The notebook after its run, or in words how it failed."""
    if route == BARE:
        ran, error = _papermill(path, "lumbar")
        return ran if error is None else f"{type(error).__name__} {getattr(error, 'ename', '')}"
    try:
        return execute(path, parameters={}, timeout_seconds=60, engine=route)
    except NotebookFailed as error:
        return str(error)


def _json(ran):
    """What the last cell printed."""
    assert isinstance(ran, nbformat.NotebookNode), ran
    return json.loads(ran.cells[-1].outputs[0].text)


# --- what a notebook shows ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """One notebook of all cells above, as papermill's own engine writes it and as ours does."""
    path = tmp_path_factory.mktemp("shown") / "n.ipynb"
    nb = new_notebook(cells=[new_markdown_cell("# What is shown?")])
    for name, source in {**SHOWS, **FAIL}.items():
        tags = ["raises-exception"] if name in FAIL else []
        nb.cells.append(new_code_cell(source, metadata={"name": name, "tags": tags}))
    nb.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    nbformat.write(nb, path)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("PYTEST_CURRENT_TEST")  # where it is set, a kernel does not look at descriptors 1 and 2
        return [_papermill(path, engine)[0] for engine in (None, "lumbar")]


def _cell(ran, name):
    return next(cell for cell in ran.cells if cell.metadata.get("name") == name)


def _structure(cell):
    """Its outputs without addresses of files; text of a stream that comes in pieces is one text."""
    outputs = []
    for output in json.loads(json.dumps(cell.outputs)):
        output.pop("traceback", None)
        if any(named in output.get("text", "") for named in ("ipykernel_", "<ipython-input")):
            output["text"] = re.sub(r"\S*ipykernel_\S+\.py|<ipython-input\S*>", "FILE", output["text"])
        last = outputs[-1] if outputs else {}
        if output["output_type"] == "stream" and last.get("name") == output["name"]:
            last["text"] += output["text"]
        else:
            outputs.append(output)
    return outputs


@pytest.mark.parametrize("name", [*SHOWS, *FAIL])
def test_a_cell_shows_the_same_in_the_same_order(shown, name):
    theirs, ours = (_structure(_cell(ran, name)) for ran in shown)
    if name in IN_OTHER_WORDS:
        assert [output["ename"] for output in theirs] == [output["ename"] for output in ours]
        return
    if name == "both":  # a kernel sends each stream when it comes to it: the text of each is the same
        assert [output["text"] for output in ours] == ["1\n", "2\n", "3\n"]
        theirs, ours = (sorted("".join(output["text"] for output in one)) for one in (theirs, ours))
    if name == "os.system":  # which of two descriptors a kernel reads first is chance
        theirs, ours = (sorted(one, key=lambda output: output["name"]) for one in (theirs, ours))
    assert ours == theirs


@pytest.mark.parametrize("name", [*SHOWS, *FAIL])
def test_papermill_notes_the_same_of_a_cell(shown, name):
    theirs, ours = (_cell(ran, name) for ran in shown)
    assert ours.execution_count == theirs.execution_count
    for key in ("exception", "status"):
        assert ours.metadata.papermill[key] == theirs.metadata.papermill[key]
    assert set(ours.metadata.papermill) == set(theirs.metadata.papermill)
    assert ours.metadata.papermill["start_time"] <= ours.metadata.papermill["end_time"]
    assert 0 <= ours.metadata.papermill["duration"] < 60


def test_papermill_notes_the_same_of_the_notebook(shown):
    theirs, ours = (json.loads(json.dumps(ran.metadata)) for ran in shown)
    for one in (theirs, ours):
        for key in ("duration", "start_time", "end_time", "output_path"):
            assert one["papermill"].pop(key)
    assert ours == theirs


def test_a_letter_that_is_written_in_two_halves_is_one(tmp_path):
    """A kernel shows three marks of what cannot be read."""
    halves = "import os\nfor one in '☃'.encode(): _ = os.write(1, bytes([one])); print('', end='')"
    ran, error = _papermill(_write(tmp_path / "n.ipynb", halves), "lumbar")
    assert error is None
    assert "".join(output.text for output in ran.cells[-1].outputs) == "☃"


def test_a_failing_cell_is_noted_as_papermill_notes_it(tmp_path):
    """It ends the notebook; what follows stays as it is, and the message says where."""
    path = _write(tmp_path / "n.ipynb", "x = 1", "x / 0", "print('never')")
    (theirs, one), (ours, two) = (_papermill(path, engine) for engine in (None, "lumbar"))
    assert (one.ename, one.evalue, one.exec_count) == (two.ename, two.evalue, two.exec_count)
    assert len(ours.cells) == len(theirs.cells)
    for mine, other in zip(ours.cells, theirs.cells, strict=True):
        assert mine.source == other.source
        assert mine.get("execution_count") == other.get("execution_count")
        assert mine.metadata.get("tags") == other.metadata.get("tags")
        for key in ("status", "exception"):
            assert mine.metadata.get("papermill", {}).get(key) == other.metadata.get("papermill", {}).get(key)
    assert ours.metadata.papermill.exception is theirs.metadata.papermill.exception is True


def test_papermills_own_command_finds_the_engine(tmp_path):
    path, target = _write(tmp_path / "n.ipynb", "print(6 * 7)"), tmp_path / "out.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", "--engine", "lumbar", "-k", "python3", path, target],
        check=True, capture_output=True, timeout=120, cwd=tmp_path,
    )  # fmt: skip
    assert nbformat.read(target, as_version=4).cells[-1].outputs[0].text == "42\n"


# --- what a notebook leaves behind ----------------------------------------------------------------

SPOILS = [
    "import os, sys, json, random, builtins, plotly.io, polars as pl, pandas as pd, numpy as np",
    "pl.Config.set_tbl_rows(3); pl.enable_string_cache(); pd.set_option('display.max_rows', 3)",
    "plotly.io.templates.default = 'plotly_dark'; np.set_printoptions(precision=2); random.seed(1)",
    "os.environ['SPOILT'] = '1'; os.chdir('/'); json.dumps = lambda *a, **k: 'patched'; builtins.len = None",
    "sys.modules['spoilt'] = sys; sys.path.insert(0, '/spoilt'); np.random.seed(1); os.umask(0o777)",
    "from analytics.vocabulary.language import speak; speak('de')",
    "pl.DataFrame({'a': [1, 2]}).lazy().sort('a').collect(); os.kill(os.getpid(), 9)",
]
LOOKS = """
import os, sys, json, random, plotly.io, polars as pl, pandas as pd, numpy as np
from analytics.vocabulary.language import spoken
mask = os.umask(0o22); os.umask(mask)
print(json.dumps({
    "polars": pl.Config.state(if_set=True).get("POLARS_FMT_MAX_ROWS"),
    "pandas": pd.get_option("display.max_rows"),
    "plotly": plotly.io.templates.default, "numpy": np.get_printoptions()["precision"],
    "environment": os.environ.get("SPOILT"), "at the root": os.getcwd() == "/", "len": len([1, 2]),
    "modules": "spoilt" in sys.modules, "path": "/spoilt" in sys.path, "mask": mask, "spoken": spoken(),
    "query": pl.DataFrame({"a": [2, 1]}).lazy().sort("a").collect()["a"].to_list(),
    "draws": [random.random(), np.random.rand(), np.random.default_rng().random()],
}))
"""
CLEAN = {
    "polars": None, "pandas": 60, "plotly": "plotly", "numpy": 8, "environment": None, "at the root": False,
    "len": 2, "modules": False, "path": False, "mask": 0o22, "spoken": "en", "query": [1, 2],
}  # fmt: skip


@pytest.fixture(scope="module")
def next_ones(tmp_path_factory):
    """By route: how one ended that spoils all it can, then kills itself; and what the next one finds."""
    folder = tmp_path_factory.mktemp("leaks")
    spoils, looks = _write(folder / "spoils.ipynb", *SPOILS), _write(folder / "looks.ipynb", LOOKS)
    return {route: (_run(spoils, route), _json(_run(looks, route))) for route in ROUTES}


@pytest.mark.parametrize("route", ROUTES)
def test_one_that_spoils_all_it_can_and_dies_leaves_nothing_behind(next_ones, route):
    died, found = next_ones[route]
    assert "process ended" in died or "DeadKernelError" in died
    assert {name: found[name] for name in CLEAN} == CLEAN


def test_no_two_notebooks_draw_the_same(next_ones):
    draws = [found["draws"] for _, found in next_ones.values()]
    assert [len(set(drawn)) for drawn in zip(*draws, strict=True)] == [len(ROUTES)] * 3


def test_after_the_warm_imports_a_fork_can_query():
    """Guards the trap that some module runs a query while it is imported: after one, every fork hangs."""
    code = (
        "import os, analytics.warm, polars as pl\n"
        "if not (pid := os.fork()):\n"
        "    frame = pl.DataFrame({'a': [2, 1] * 999}).lazy().group_by('a').len().sort('a').collect()\n"
        "    os._exit(0 if frame.height == 2 else 7)\n"
        "os._exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))"
    )
    process = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.wait(timeout=60) == 0
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


# --- how a notebook ends --------------------------------------------------------------------------

ENDS = {  # how, and the word that says it
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "Dead",
    "import os; os._exit(3)": "Dead",
    "import os; os.abort()": "Dead",
    "import sys; sys.exit(3)": "SystemExit",
}


@pytest.mark.parametrize("how", ENDS)
def test_one_that_ends_its_process_ends_as_under_papermill(tmp_path, how):
    path = _write(tmp_path / "n.ipynb", how, "print('next')")
    (_, theirs), (_, ours) = (_papermill(path, engine) for engine in (None, "lumbar"))
    for error in (theirs, ours):
        assert ENDS[how] in f"{type(error).__name__} {getattr(error, 'ename', '')}"
    assert type(theirs) is type(ours)


@pytest.mark.parametrize("how", ["import sys; sys.exit(0)", "import sys; sys.exit()"])
def test_one_that_says_it_is_done_is_done(tmp_path, how):
    path = _write(tmp_path / "n.ipynb", how, "print('never')")
    for engine in (None, "lumbar"):
        ran, error = _papermill(path, engine)
        assert error is None
        assert ran.cells[-1].outputs == []


STAYS = """
import subprocess, sys, os
kept = subprocess.Popen(["sleep", "601"], start_new_session=True)
subprocess.run(["sh", "-c", "setsid sleep 602 >/dev/null 2>&1 &"])
_ = subprocess.Popen(["sh", "-c", "trap '' TERM INT HUP; sleep 603"])
"""
ENDLESS = {
    "a loop": "while True: pass",
    "a loop that takes every error": "while True:\n    try:\n        while True: pass\n"
                                     "    except BaseException: pass",
    "a sleep": "import time; time.sleep(60)",
    "a call that no signal ends": "import re; re.match(r'(a+)+$', 'a' * 60 + 'b')",
}  # fmt: skip


def _sleepers():
    mine = ("601", "602", "603")
    return [
        one for one in psutil.process_iter(["cmdline", "status"])
        if (one.info["cmdline"] or [])[:1] == ["sleep"] and one.info["cmdline"][-1] in mine
        and one.info["status"] != psutil.STATUS_ZOMBIE
    ]  # fmt: skip


def _gone(seconds=5):
    end = time.monotonic() + seconds
    while _sleepers() and time.monotonic() < end:
        time.sleep(0.05)
    return not _sleepers()


@pytest.mark.parametrize("kind", ENDLESS)
def test_a_cell_that_takes_too_long_is_ended_with_all_that_it_started(tmp_path, kind):
    path, began = _write(tmp_path / "n.ipynb", STAYS, ENDLESS[kind]), time.monotonic()
    ran, error = _papermill(path, "lumbar", execution_timeout=2)
    assert isinstance(error, CellTimeoutError)
    assert time.monotonic() - began < 45  # most of it the start of the warm parent, where many work beside
    assert _gone()
    assert [cell.metadata.papermill.status for cell in ran.cells] == ["completed"] * 3


def test_papermills_own_engine_says_the_same_of_time(tmp_path):
    path = _write(tmp_path / "n.ipynb", ENDLESS["a sleep"])
    (theirs, one), (ours, two) = (
        _papermill(path, engine, execution_timeout=1) for engine in (None, "lumbar")
    )
    assert type(one) is type(two) is CellTimeoutError
    for key in ("status", "exception"):
        assert theirs.cells[-1].metadata.papermill[key] == ours.cells[-1].metadata.papermill[key]


@pytest.mark.parametrize("last", ["1", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"])
def test_a_notebook_that_is_done_leaves_no_process(tmp_path, last):
    _papermill(_write(tmp_path / "n.ipynb", STAYS, "import time; time.sleep(0.6)", last), "lumbar")
    assert _gone()


def test_threads_that_go_on_keep_nobody_waiting(tmp_path):
    threads = "import threading, time\nfor daemon in (True, False):\n" \
              "    threading.Thread(target=time.sleep, args=(600,), daemon=daemon).start()"  # fmt: skip
    path, began = _write(tmp_path / "n.ipynb", threads, "print('done')"), time.monotonic()
    assert [isinstance(_run(path, route), nbformat.NotebookNode) for route in OURS] == [True, True]
    assert time.monotonic() - began < 120


def test_time_is_of_a_cell_not_of_the_notebook(tmp_path):
    path = _write(tmp_path / "n.ipynb", *(["import time; time.sleep(0.8)"] * 4))
    assert _papermill(path, "lumbar", execution_timeout=2)[1] is None


def test_one_that_kills_its_parent_costs_no_other(tmp_path):
    """The parent is the one that forks; the next notebook has a new one."""
    _run(_write(tmp_path / "n.ipynb", "import os, signal; os.kill(os.getppid(), signal.SIGKILL)"), FORK)
    for route in OURS:
        assert _json(_run(_write(tmp_path / "next.ipynb", "print(42)"), route)) == 42


TAKES = """
if clinic_id == "beech":
    taken = bytearray(1 << 30)
    taken[:: 4096] = b"x" * len(taken[:: 4096])
    import time; time.sleep(30)
"""


def test_one_that_takes_too_much_memory_is_ended_and_only_it(settings, study, notebooks):
    notebook(notebooks, "clinic_report.ipynb", TAKES, EXHIBIT)
    began = time.monotonic()
    run = run_reports(settings_in(settings.root, memory_mb=900), study, Asked(notebooks=notebooks))
    assert [made.status for made in run.reports] == ["made", "failed", "made", "made", "made"]
    assert run.reports[1].reason == "it took more than 900 MB of memory (run.memory_mb)"
    assert run.reports[1].memory_mb >= 900
    assert run.reports[1].attempts == 1, "it would take as much again"
    assert all(made.memory_mb < 900 for made in run.reports if made.good)
    assert time.monotonic() - began < 29


# --- what a run takes -----------------------------------------------------------------------------


def _fork_server():
    from multiprocessing import forkserver

    return psutil.Process(forkserver._forkserver._forkserver_pid)


@pytest.mark.slow
def test_many_reports_take_no_more_than_few(tmp_path):
    """Of forty, memory, descriptors and processes are as after the first few; nothing ever listens."""
    study, seen = write_study(tmp_path / "study"), []
    names = [f"c{number:02}" for number in range(40)]
    pl.DataFrame({"clinic_id": names, "clinic_name": names, "contact": [None] * 40}).write_parquet(
        study.root / "release" / "clinics.parquet"
    )
    this = psutil.Process()

    def look(event):
        if event["event"] == "report":
            gc.collect()
            tree, server = this.children(recursive=True), _fork_server()
            seen.append(
                {
                    "run": this.memory_info().rss, "server": server.memory_info().rss,
                    "descriptors": this.num_fds(), "of the server": server.num_fds(), "processes": len(tree),
                }
            )  # fmt: skip
            seen[-1]["zombies"] = seen[-1]["listening"] = 0
            for one in (this, *tree):
                try:
                    seen[-1]["zombies"] += one.status() == psutil.STATUS_ZOMBIE
                    sockets = one.net_connections(kind="inet")
                except psutil.Error:
                    continue
                seen[-1]["listening"] += sum(one.status == psutil.CONN_LISTEN for one in sockets)

    asked = Asked(only=tuple(names), notebooks=write_notebooks(tmp_path / "notebooks"))
    run = run_reports(settings_in(tmp_path), study, asked, tell=look)
    assert Counter(made.status for made in run.reports) == {"made": 40}
    few, many = seen[4:9], seen[-5:]
    for kind, grows in (("run", 1.03), ("server", 1.03)):
        assert max(one[kind] for one in many) < grows * max(one[kind] for one in few), kind
    for kind in ("descriptors", "of the server", "processes"):
        assert max(one[kind] for one in many) <= max(one[kind] for one in few), kind
    assert {one["listening"] for one in seen} == {0}
    assert max(one["zombies"] for one in seen[-5:]) <= 1, "one that ended a moment ago"
    left = [one for one in _fork_server().children() if one.status() != psutil.STATUS_ZOMBIE]
    assert left == []


def test_a_child_of_a_run_works_with_one_thread_and_no_secret(tmp_path, monkeypatch):
    look = (
        "import os, json, polars as pl\n"
        "told = [os.environ.get(name) for name in ('LUMBAR_KEY', 'MINE')]\n"
        "print(json.dumps([pl.thread_pool_size(), *told]))"
    )
    monkeypatch.setenv("LUMBAR_KEY", "secret secret secret secret secret")
    monkeypatch.setenv("MINE", "1")
    assert _json(_run(_write(tmp_path / "n.ipynb", look), FORK)) == [1, "", "1"]
    assert not child.alone()
