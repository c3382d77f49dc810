"""papermill's engine of Lumbar: each notebook in a process of its own, forked from a warm parent.

    papermill --engine lumbar in.ipynb out.ipynb

writes the notebook that papermill's own engine would write, without the seconds that a kernel takes to start,
to import and to end. Nothing listens on a port.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from multiprocessing.connection import Connection
from typing import Any

import nbformat
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from papermill.engines import Engine, NotebookExecutionManager

from analytics.reporting import child
from analytics.reporting.child import Child, Limits
from analytics.reporting.shell import run_cells

NO_LIMIT = 10**9
LANGUAGE = {
    "codemirror_mode": {"name": "ipython", "version": 3}, "file_extension": ".py", "name": "python",
    "mimetype": "text/x-python", "nbconvert_exporter": "python", "pygments_lexer": "ipython3",
    "version": platform.python_version(),
}  # fmt: skip


class ForkingEngine(Engine):
    """The engine that papermill finds under the name `lumbar`."""

    @classmethod
    def execute_managed_notebook(  # papermill says what it is given
        cls,
        nb_man: NotebookExecutionManager,
        kernel_name: str,
        execution_timeout: int | None = None,
        memory_mb: int | None = None,
        **_: Any,
    ) -> None:
        """Run the cells of the notebook: in a child, or here where this process is one.

        `execution_timeout` (seconds that a cell may take) and `memory_mb` are limits of the child. Raises
        CellTimeoutError and DeadKernelError as papermill's own engine does.
        """
        nb_man.nb.metadata["language_info"] = dict(LANGUAGE)
        if child.alone():
            run_cells(nb_man.nb, started=nb_man.cell_start, finished=_finish(nb_man))
            return
        limits = Limits(execution_timeout or NO_LIMIT, memory_mb or NO_LIMIT)
        _in_a_child(nb_man, limits)


def _finish(nb_man: NotebookExecutionManager) -> Any:
    def finished(cell: NotebookNode, place: int, well: bool) -> None:
        if not well:
            nb_man.cell_exception(cell, place)
        nb_man.cell_complete(cell, cell_index=place)

    return finished


def _in_a_child(nb_man: NotebookExecutionManager, limits: Limits) -> None:
    """Let a child run the cells, and put what it tells of each into the notebook."""
    notebook, finished = nb_man.nb, _finish(nb_man)
    worker = child.start(_cells, nbformat.writes(notebook), dict(os.environ))
    place = 0
    try:
        for place, text, well in _told(worker, limits, notebook):
            cell = notebook.cells[place]
            if not text:
                nb_man.cell_start(cell, place)
                continue
            if cell.cell_type == "code":
                made = nbformat.from_dict(json.loads(text))
                cell.outputs, cell.execution_count = made.outputs, made.execution_count
            if well is not None:
                finished(cell, place, well)
    except (CellTimeoutError, DeadKernelError):
        for cell in notebook.cells[place : place + 1]:
            nb_man.cell_complete(cell, cell_index=place)
        raise
    finally:
        worker.end()


def _told(worker: Child, limits: Limits, notebook: NotebookNode) -> Iterator[tuple[int, str, bool | None]]:
    """What the child tells of each cell: that it begins (an empty text); all of it, and whether it went well.

    At the end once more all of each cell whose displays were shown anew by a later one (None).
    """
    place = 0
    while True:
        while not worker.told.poll(child.LOOK_EVERY):
            broken = worker.broken(limits)
            if broken == child.TOO_LONG:
                cell = notebook.cells[place]
                raise CellTimeoutError.error_from_timeout_and_cell(broken, int(limits.seconds), cell)
            if broken:
                raise DeadKernelError(f"Kernel died: {broken}")
        try:
            told = worker.told.recv()
        except (EOFError, OSError):  # the latter where it died in the middle of a word
            raise DeadKernelError("Kernel died") from None
        if told is None:
            return
        place = told[0]
        worker.begin_again()  # the limit of time is of a cell
        yield told


def _cells(telling: Connection, text: str, environment: dict[str, str]) -> None:
    """In the child: run the cells, tell of each."""
    child.with_environment(environment)
    notebook, told = nbformat.reads(text, as_version=4), dict[int, str]()

    def finished(cell: NotebookNode, place: int, well: bool) -> None:
        told[place] = json.dumps(cell)
        telling.send((place, told[place], well))

    run_cells(notebook, started=lambda cell, place: telling.send((place, "", None)), finished=finished)
    for place, before in told.items():
        if (now := json.dumps(notebook.cells[place])) != before:
            telling.send((place, now, None))
    telling.send(None)
