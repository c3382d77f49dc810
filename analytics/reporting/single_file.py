"""A clinic's page as one file for e-mail: the script of its figures is within, and no link leads out.

The script stands there plainly, and the workbook is left out: mail gateways hold back pages that carry a
packed script or a file, as that is how others smuggle theirs. The numbers stand in the page's own tables.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import nbformat

from analytics.reporting.render import Page, notebook_body, whole_page
from analytics.vocabulary.language import decimal_mark

FOLDER = "single"


def single_page(notebook: nbformat.NotebookNode, page: Page, *, facts: dict[str, Any]) -> str:
    """The whole page as one text, which asks for nothing, wherever it lies."""
    _, body = notebook_body(notebook, tables="")
    alone = replace(page, home="", plotly="", workbook="", single=None, pdf=None, inlined=plotly_script())
    return whole_page(body, alone, facts=facts)


def plotly_file() -> Traversable:
    """plotly.min.js of the installed package; nothing is vendored."""
    return files("plotly") / "package_data" / "plotly.min.js"


@cache
def plotly_script() -> str:
    """plotly.min.js of the installed package. Nothing in it may end the element that it stands in."""
    script = plotly_file().read_text(encoding="utf-8")
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def size_in_words(path: Path) -> str:
    """`4.9 MB`, `760 kB`: of 1000 bytes, as a mail program counts."""
    size = path.stat().st_size
    if size < 1_000_000:
        return f"{max(1, round(size / 1000))} kB"
    return f"{size / 1e6:.1f} MB".replace(".", decimal_mark())
