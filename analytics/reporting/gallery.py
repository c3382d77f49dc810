"""The lab's notebooks at a glance: each is run on the study, and its first figures stand beside its question.

What is written lies in the lab's folder, which is as restricted as the study (0700), asks for no network, and
is made anew each time. A notebook that fails says so and stops no other.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from analytics.reporting.pdf import NO_BROWSER, find_browser, write_picture
from analytics.reporting.render import fill, script_json
from analytics.reporting.single_file import plotly_file
from analytics.vocabulary.results import EXHIBIT_MIME

FOLDER = "gallery"
CELL_SECONDS = 600  # our choice: far above what any cell takes on a large study
SHOWN = 2  # our choice: figures of a notebook in its picture
SIZE = (884, 1000)  # pixels of a picture, each drawn as four: two figures as wide as in a notebook


@dataclass(slots=True)
class Ran:
    """A notebook that was run: its question, how long it took, what it showed, what went wrong."""

    name: str
    title: str
    seconds: float = 0.0
    figures: list[dict[str, Any]] = field(default_factory=list)
    tables: list[str] = field(default_factory=list)
    wrong: str = ""
    warned: int = 0
    picture: str = ""


def make_gallery(folder: Path, *, environment: Mapping[str, str], tell: Callable[[str], None]) -> int:
    """Run every notebook of `lab/` in the lab's folder; write gallery/index.html. 1 where one failed."""
    place = folder / FOLDER
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    browser, ran = find_browser(), []
    if not browser:
        tell(f"Figures stay live, without pictures: {NO_BROWSER}.")
    for path in sorted((folder / "lab").glob("*.ipynb")):
        one = _run(path, place, environment)
        if browser:
            one.picture = _picture(one, place, browser)
        ran.append(one)
        tell(f"{one.name}: {one.wrong or f'{one.seconds:.1f} s'}")
    if not browser:
        shutil.copyfile(str(plotly_file()), place / "plotly.min.js")
    (place / "index.html").write_text(fill("gallery.html.j2", _words(ran)), encoding="utf-8")
    tell(f"Gallery: {place / 'index.html'}")
    return int(any(one.wrong for one in ran))


def _run(path: Path, place: Path, environment: Mapping[str, str]) -> Ran:
    """Run one notebook from the folder it lies in; what it holds then is written beside the index."""
    notebook = nbformat.read(path, as_version=4)
    title = next((cell.source.splitlines()[0] for cell in notebook.cells if cell.source), path.stem)
    one, began = Ran(path.stem, title.removeprefix("# ").strip()), time.monotonic()
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    try:
        # what a kernel itself says of its sockets is no output of the notebook
        client.execute(env=dict(environment), stderr=subprocess.DEVNULL)
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        one.wrong = (
            f"cell {_reached(notebook)} failed ({getattr(error, 'ename', '') or type(error).__name__})"
        )
    one.seconds = time.monotonic() - began
    _gather(notebook, one)
    nbformat.write(notebook, place / f"{path.stem}.ipynb")
    return one


def _gather(notebook: NotebookNode, one: Ran) -> None:
    """Its exhibits in their order, and how much it said where warnings go."""
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    one.warned = sum(output.output_type == "stream" and output.name == "stderr" for output in outputs)
    for output in outputs:
        exhibit = output.get("data", {}).get(EXHIBIT_MIME)
        if exhibit and exhibit.get("figure"):
            one.figures.append(output["data"].get("application/vnd.plotly.v1+json") or exhibit["figure"])
        elif exhibit:
            one.tables.append(exhibit["title"])


def _picture(one: Ran, place: Path, browser: str) -> str:
    """The name of the picture of its first figures; empty where it has none, or none could be made."""
    if not one.figures:
        return ""
    page = fill("gallery_figures.html.j2", {"figures": _drawable(one), "plotly": plotly_file_address()})
    with tempfile.TemporaryDirectory(prefix="lumbar-") as folder:
        source = Path(folder) / "figures.html"
        source.write_text(page, encoding="utf-8")
        wrong = write_picture(source, place / f"{one.name}.png", browser=browser, size=_size(one))
    return "" if wrong else f"{one.name}.png"


def plotly_file_address() -> str:
    """Where a browser finds the script of figures on this machine."""
    return Path(str(plotly_file())).as_uri()


def _size(one: Ran) -> tuple[int, int]:
    heights = [figure["layout"].get("height", 340) for figure in one.figures[:SHOWN]]
    return SIZE[0], min(SIZE[1], sum(heights) + 16 * len(heights))


def _drawable(one: Ran) -> str:
    return script_json(one.figures[:SHOWN])


def _reached(notebook: NotebookNode) -> int:
    """The place of the last cell that was begun, counted from 1 over all cells."""
    begun = [
        at for at, cell in enumerate(notebook.cells, 1) if cell.get("execution_count") or cell.get("outputs")
    ]
    return max(begun, default=1)


def _words(ran: list[Ran]) -> dict[str, Any]:
    cards = [
        {
            "name": one.name, "title": one.title, "seconds": f"{one.seconds:.1f}", "wrong": one.wrong,
            "warned": one.warned, "picture": one.picture, "tables": one.tables,
            "figures": "" if one.picture or not one.figures else _drawable(one),
            "count": len(one.figures),
        }
        for one in ran
    ]  # fmt: skip
    return {"cards": cards, "failed": sum(bool(one.wrong) for one in ran)}
