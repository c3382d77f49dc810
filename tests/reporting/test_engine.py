"""One notebook in a kernel of its own: parameters are checked, failures say nothing of the data."""

from __future__ import annotations

import pytest
from reporting.tiny import notebook

from analytics.reporting.downloads import exhibits_of
from analytics.reporting.notebook import NotebookFailed, execute
from analytics.vocabulary.errors import ConfigurationError

ECHO = """
from analytics.vocabulary.results import Exhibit
import polars as pl
Exhibit("echo", "Echo", body="x", data=pl.DataFrame({"given": [clinic_id]}))
"""


def _run(path, parameters=None, seconds=60):
    given = {"study": "", "clinic_id": "oak"} | (parameters or {})
    return execute(path, parameters=given, timeout_seconds=seconds)


def test_a_parameter_that_is_not_given_is_said(tmp_path):
    """Else a notebook's default clinic would be rendered under another clinic's name."""
    with pytest.raises(ConfigurationError, match="'clinic_id' is not given"):
        execute(notebook(tmp_path, "n.ipynb", ECHO), parameters={"study": ""}, timeout_seconds=60)


@pytest.mark.parametrize(
    "value",
    [
        "oak",
        'Jean d\'Arc "x"',
        "a\nb",
        "\\n{x}${y}{{z}}",
        "007",
        "None",
        "__import__('os')",
        "\u2028<script>",
    ],
)
def test_every_value_arrives_as_it_is(tmp_path, value):
    ran = _run(notebook(tmp_path, "n.ipynb", ECHO), {"clinic_id": value})
    assert exhibits_of(ran)[0]["data"]["given"] == [value]


@pytest.mark.parametrize("name", ["clinic", "clinic_id ", 'x=1;__import__("os").system("true");y'])
def test_an_unknown_parameter_is_refused_before_anything_runs(tmp_path, name):
    path = notebook(tmp_path, "n.ipynb", f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(ConfigurationError, match="no parameter"):
        _run(path, {name: "x"})
    assert not (tmp_path / "ran").exists()


def test_a_value_that_is_no_text_is_refused(tmp_path):
    with pytest.raises(ConfigurationError, match="must be text"):
        _run(notebook(tmp_path, "n.ipynb", ECHO), {"clinic_id": 7})


def test_a_failure_names_kind_and_cell_never_a_message(tmp_path):
    path = notebook(tmp_path, "n.ipynb", "x = 1", "raise ValueError('Jane Doe 555-0199')")
    with pytest.raises(NotebookFailed) as failure:
        _run(path)
    assert "ValueError in code cell" in str(failure.value)
    assert "Jane" not in str(failure.value)
    assert failure.value.__cause__ is None
    assert failure.value.__suppress_context__


def test_a_kernel_that_is_killed_is_a_failure(tmp_path):
    path = notebook(tmp_path, "n.ipynb", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    with pytest.raises(NotebookFailed, match="process ended"):
        _run(path)


def test_a_cell_that_hangs_is_a_failure(tmp_path):
    path = notebook(tmp_path, "n.ipynb", "import time; time.sleep(60)")
    with pytest.raises(NotebookFailed, match="longer than 5 seconds"):
        _run(path, seconds=5)


def test_braces_in_a_folder_are_no_format(tmp_path):
    path = notebook(tmp_path / "{x} {a.__class__}", "n.ipynb", ECHO)
    assert exhibits_of(_run(path))[0]["data"]["given"] == ["oak"]


def test_a_notebook_cannot_see_the_secret_key(tmp_path, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "secret secret secret secret secret")
    look = ECHO.replace("[clinic_id]", "[__import__('os').environ.get('LUMBAR_KEY', '')]")
    assert exhibits_of(_run(notebook(tmp_path, "n.ipynb", look)))[0]["data"]["given"] == [""]


def test_it_runs_in_this_interpreter(tmp_path):
    import sys

    look = ECHO.replace("[clinic_id]", "[__import__('sys').executable]")
    assert exhibits_of(_run(notebook(tmp_path, "n.ipynb", look)))[0]["data"]["given"] == [sys.executable]
