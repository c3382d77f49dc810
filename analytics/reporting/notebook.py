"""Run one notebook through papermill, with parameters that are checked first."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import nbformat
import papermill
from papermill.exceptions import PapermillExecutionError
from traitlets.config import Config

from analytics.reporting import child
from analytics.vocabulary.errors import ConfigurationError, LumbarError

ENGINES = {"fork": "lumbar", "papermill": None}  # by our setting, papermill's name; None: its own
KERNEL = "lumbar"


class NotebookFailed(LumbarError):
    """A notebook did not finish.

    The text names the kind of error and the cell, never a message or a value.
    """


def execute(
    notebook: Path, *, parameters: Mapping[str, str], timeout_seconds: int, engine: str = "fork"
) -> nbformat.NotebookNode:
    """The executed notebook. Raises ConfigurationError for a parameter, NotebookFailed where it fails."""
    check_parameters(notebook, parameters)
    with tempfile.TemporaryDirectory(prefix="lumbar-") as folder, _own_kernel(Path(folder)):
        source = Path(folder) / "in.ipynb"
        source.write_bytes(notebook.read_bytes())
        try:
            return papermill.execute_notebook(
                _literal(source), None, parameters=dict(parameters), kernel_name=KERNEL, language="python",
                engine_name=ENGINES[engine], progress_bar=False, log_output=False, autosave_cell_every=0,
                cwd=folder, execution_timeout=timeout_seconds, start_timeout=60,
                config=Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder) / "k")}}),
            )  # fmt: skip
        except PapermillExecutionError as error:
            name = error.ename if error.ename.isidentifier() else "an error"
            raise NotebookFailed(f"{name} in code cell {error.exec_count} of {notebook.name}") from None
        except Exception as error:  # nbclient's own: a kernel that died, a cell that took too long
            raise NotebookFailed(f"{_in_words(error, timeout_seconds)} in {notebook.name}") from None


def check_parameters(notebook: Path, parameters: Mapping[str, str]) -> None:
    """Refuse names other than those of the notebook's parameters cell, missing ones, and what is no text.

    papermill would only warn of a strange name, or run it as code, and leave a default where one is missing.
    """
    known = set(papermill.inspect_notebook(_literal(notebook)))
    strange, missing = sorted(set(parameters) - known), sorted(known - set(parameters))
    if strange:
        there = ", ".join(sorted(known))
        raise ConfigurationError(f"{notebook.name}: no parameter '{strange[0][:40]}'. It has: {there}.")
    if missing:
        raise ConfigurationError(f"{notebook.name}: parameter '{missing[0][:40]}' is not given by the run.")
    for name, value in parameters.items():
        if not isinstance(value, str):
            raise ConfigurationError(f"{notebook.name}: parameter '{name}' must be text.")


def _literal(path: Path) -> str:
    """A path that papermill's str.format leaves as it is."""
    return str(path).replace("{", "{{").replace("}", "}}")


@contextmanager
def _own_kernel(folder: Path) -> Iterator[None]:
    """A place in that folder for all that Jupyter and IPython keep: no history, no secrets, one thread.

    Also a kernel of this very interpreter, for papermill's own engine.
    """
    spec = folder / "jupyter" / "kernels" / KERNEL
    spec.mkdir(parents=True)
    launch = ["-m", "ipykernel_launcher", "-f", "{connection_file}", "--HistoryManager.enabled=False"]
    about = {"argv": [sys.executable, *launch], "display_name": KERNEL, "language": "python"}
    spec.joinpath("kernel.json").write_text(json.dumps(about), encoding="utf-8")
    own = {
        "JUPYTER_PATH": str(folder / "jupyter"), "JUPYTER_RUNTIME_DIR": str(folder / "r"),
        "IPYTHONDIR": str(folder / "ipython"),
    }  # fmt: skip
    own |= child.ENVIRONMENT
    before = {name: os.environ.get(name) for name in own}
    os.environ.update(own)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name) if value is None else os.environ.update({name: value})


def _in_words(error: Exception, timeout_seconds: int) -> str:
    kinds = {
        "CellTimeoutError": f"a cell took longer than {timeout_seconds} seconds (run.timeout_seconds)",
        "DeadKernelError": "the notebook's process ended (out of memory?)",
    }
    return kinds.get(type(error).__name__, type(error).__name__)
