"""The house rules of notebooks: one question, few short cells, no logic, one parameters cell, limits last."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from analytics.vocabulary.installed import notebook_folder

NOTEBOOKS = sorted(
    path.relative_to(notebook_folder()).as_posix()
    for path in notebook_folder().rglob("*.ipynb")
    if ".ipynb_checkpoints" not in path.parts
)
LOGIC = (
    ast.FunctionDef | ast.ClassDef | ast.For | ast.While | ast.Lambda | ast.comprehension | ast.Try | ast.If
)


def _broken_rules(cells: list[dict], *, lab: bool) -> list[str]:
    broken = []
    sources = ["".join(cell["source"]) for cell in cells]
    code = [(cell, text) for cell, text in zip(cells, sources, strict=True) if cell["cell_type"] == "code"]
    if not sources[0].startswith("# ") or not sources[0].splitlines()[0].endswith("?"):
        broken.append("the title is one question")
    if len(cells) > 14:
        broken.append(f"{len(cells)} cells")
    broken += [f"cell {n} has more than 8 lines" for n, (_, text) in enumerate(code) if text.count("\n") >= 8]
    tagged = [cell for cell, _ in code if "parameters" in cell["metadata"].get("tags", [])]
    if tagged != [code[0][0]]:
        broken.append("the first code cell, and no other, is tagged parameters")
    if cells[-1]["cell_type"] != "markdown" or "limits" not in sources[-1].splitlines()[0].lower():
        broken.append("the last cell states the limits")
    allowed = {"analytics": "an"} | ({"polars": "pl"} if lab else {})
    for _, text in code:
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, LOGIC):
                broken.append(f"logic: {type(node).__name__}")
            if isinstance(node, ast.ImportFrom):
                broken.append(f"imports from {node.module}")
            if isinstance(node, ast.Import):
                broken += [f"imports {a.name}" for a in node.names if allowed.get(a.name) != a.asname]
    return broken


def _cells(name: str) -> list[dict]:
    return json.loads((notebook_folder() / name).read_text())["cells"]


def test_the_reports_and_a_lab_notebook_are_there():
    assert {"clinic_report.ipynb", "network_report.ipynb", "data_quality.ipynb"} <= set(NOTEBOOKS)
    assert any(name.startswith("lab/") for name in NOTEBOOKS)


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_rules_hold(name):
    assert _broken_rules(_cells(name), lab=name.startswith("lab/")) == []


@pytest.mark.parametrize(
    "change",
    [
        lambda cells: cells[2].update(source="for x in []:\n    pass"),
        lambda cells: cells[2].update(source="import pandas as pd"),
        lambda cells: cells[2].update(source="from analytics import open_study"),
        lambda cells: cells[2].update(source="x = [y for y in []]"),
        lambda cells: cells[2].update(source="x\n" * 9),
        lambda cells: cells[1]["metadata"].update(tags=[]),
        lambda cells: cells[0].update(source="# A report"),
        lambda cells: cells.pop(),
        lambda cells: cells.extend([cells[-1]] * 9),
    ],
)
def test_a_planted_violation_is_found(change):
    cells = _cells("clinic_report.ipynb")
    change(cells)
    assert _broken_rules(cells, lab=False)


def test_the_folder_holds_nothing_else():
    strange = [
        path for path in Path(notebook_folder()).rglob("*") if path.is_file() and path.suffix != ".ipynb"
    ]
    assert [path.name for path in strange if "checkpoints" not in str(path)] == []
