"""Run the cells of a notebook in this very process, as a Jupyter kernel would run them in one of its own.

IPython does the work; what it shows goes to the transcript instead of a socket, so that nothing is started,
nothing listens, and no message is waited for.
"""

from __future__ import annotations

import builtins
import getpass
import sys
from collections.abc import Callable
from typing import cast

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from traitlets import Type
from traitlets.config import Config

from analytics.reporting.transcript import STREAMS, Stream, Transcript

Started = Callable[[NotebookNode, int], None]  # told of a cell and its place
Finished = Callable[[NotebookNode, int, bool], None]  # and whether the run goes on


class Publisher(DisplayPublisher):
    """What `display` shows."""

    shell: Shell

    def publish(self, data, metadata=None, source=None, *, transient=None, update=False) -> None:  # noqa: D102  # pyright: ignore[reportIncompatibleMethodOverride]
        transcript, name = self.shell.transcript, (transient or {}).get("display_id", "")
        if update:
            transcript.show_anew(name, data, metadata or {})
        else:
            transcript.show(data, metadata or {}, name=name)

    def clear_output(self, wait: bool = False) -> None:  # noqa: D102
        self.shell.transcript.clear(wait=wait)


class Result(DisplayHook):
    """The value of a cell's last line."""

    shell: Shell

    at_work = False

    def start_displayhook(self) -> None:  # noqa: D102
        self.at_work, self._count = True, self.prompt_count

    def write_output_prompt(self) -> None:  # noqa: D102
        pass

    def write_format_data(self, format_dict, md_dict=None) -> None:  # noqa: D102
        if format_dict:
            self.shell.transcript.show(format_dict, md_dict or {}, count=self._count)

    def finish_displayhook(self) -> None:  # noqa: D102
        self.at_work = False


class Shell(InteractiveShell):
    """An IPython that shows into a transcript. Made once in a process, as IPython is, before it is forked."""

    transcript: Transcript

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Result)

    def __init__(self) -> None:
        self.result_failed = False
        super().__init__(config=Config({"HistoryManager": {"enabled": False}}))

    def enable_gui(self, gui: str | None = None) -> None:
        """No window opens on a server."""

    def ask_exit(self) -> None:
        """`exit()` ends nothing: the next cell runs, where a kernel would end some moment later."""

    def _showtraceback(self, etype, evalue, stb) -> None:
        self.result_failed |= cast("Result", self.displayhook).at_work
        self.transcript.fail(etype.__name__, str(evalue), list(stb))


def run_cells(notebook: NotebookNode, *, started: Started, finished: Finished) -> bool:
    """Run every cell of code in order until one fails; whether none did. This process is the notebook's.

    Its outputs and counts are written into the notebook. `started` and `finished` are told of each cell.
    """
    shell = Shell.instance()
    shell.transcript = Transcript()
    builtins.input = getpass.getpass = _nobody_answers
    for number, stream in enumerate(STREAMS, start=1):
        setattr(sys, stream, Stream(stream, number, shell.transcript))
    for place, cell in enumerate(notebook.cells):
        started(cell, place)
        well = cell.cell_type != "code" or _ran(cell, shell)
        finished(cell, place, well)
        if not well:
            return False
    return True


def _ran(cell: NotebookNode, shell: Shell) -> bool:
    tags = cell.metadata.get("tags", [])
    if not cell.source.strip() or "skip-execution" in tags:
        return True
    cell.execution_count, cell.outputs = shell.execution_count, shell.transcript.begin()
    shell.result_failed = cast("Result", shell.displayhook).at_work = False
    result = shell.run_cell(cell.source, store_history=True)
    shell.transcript.catch_up(at_the_end=True)
    return bool(result.success and not shell.result_failed) or "raises-exception" in tags


def _nobody_answers(prompt: object = "", stream: object = None) -> str:
    from IPython.core.error import StdinNotImplementedError

    raise StdinNotImplementedError("A notebook in a run cannot ask: nobody is there to answer.")
