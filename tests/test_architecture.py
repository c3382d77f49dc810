"""The star law, the library doors and the size budget (CONTRIBUTING.md), checked on the syntax tree."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "analytics"
ROOMS = {"vocabulary", "journal", "cohort", "models", "exhibits", "reporting", "simulation"}
KNOW_SEVERAL_ROOMS = {
    "__init__.py", "__main__.py", "reading.py", "analysis.py", "study.py", "night.py", "warm.py", "cli.py",
}  # fmt: skip
DOORS = {
    "statsmodels": {"models"}, "scipy": {"models"}, "pandas": {"models"}, "formulaic": {"models"},
    "plotly": {"exhibits"},
    "great_tables": {"exhibits"}, "papermill": {"reporting"}, "nbformat": {"reporting"},
    "nbconvert": {"reporting"}, "nbclient": {"reporting"}, "dask": {"reporting"},
    "distributed": {"reporting"}, "prometheus_client": {"reporting"}, "xlrd": {"journal"},
    "loky": {"journal"},
}  # fmt: skip
READERS = {"read_csv", "scan_csv", "read_excel", "read_ndjson", "scan_ndjson", "read_json", "read_ods"}
BANNED_NAMES = {"utils", "helpers", "common", "core", "manager", "base"}
# papermill says what its engines are given
PRESCRIBED = {"execute_managed_notebook"}
FILE_LINES, FUNCTION_LINES, ARGUMENTS = 200, 30, 5
# The numeric core may be longer where mathematics reads better whole; each entry says why at its top.
LONG_BY_REASON: set[str] = set()


def _imports(tree: ast.AST) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            if node.level:
                yield node.lineno, "." * node.level + (node.module or "")
            elif node.module == "analytics":
                yield from ((node.lineno, f"analytics.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, node.module or ""
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "import_module":
            yield from ((node.lineno, a.value) for a in node.args if isinstance(a, ast.Constant))


def _broken_laws(name: str, source: str) -> list[str]:
    """What a file of the package, named from its root, does against the plan of the house."""
    parts, tree, broken = name.split("/"), ast.parse(source), []
    room = parts[0] if len(parts) > 1 else None
    for line, module in _imports(tree):
        top, *rest = module.split(".")
        if module.startswith("."):
            broken.append(f"{name}:{line} relative import")
        elif top == "analytics" and room and (not rest or rest[0] not in {room, "vocabulary"}):
            broken.append(f"{name}:{line} imports {module}: the star law")
        elif top in DOORS and room not in DOORS[top]:
            broken.append(f"{name}:{line} imports {top}: not its door")
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in READERS and room != "journal":
            broken.append(f"{name}:{node.lineno} {node.attr}: exports are read in journal/ only")
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            broken += _oversized(name, node)
    if source.count("\n") > FILE_LINES and name not in LONG_BY_REASON:
        broken.append(f"{name}: {source.count(chr(10))} lines, more than {FILE_LINES}")
    if set(name.removesuffix(".py").split("/")) & BANNED_NAMES:
        broken.append(f"{name}: a name that says nothing")
    return broken


def _is_command(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """A command of the command line: its arguments are the options that a person may give."""
    return any(ast.unparse(one).startswith("app.command") for one in node.decorator_list)


def _oversized(name: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    body = node.body[1:] if ast.get_docstring(node) else node.body
    lines = (node.end_lineno or 0) - body[0].lineno + 1 if body else 0
    arguments = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    count = len([a for a in arguments if a.arg not in {"self", "cls"}])
    broken = []
    if lines > FUNCTION_LINES and name not in LONG_BY_REASON:
        broken.append(f"{name}:{node.lineno} {node.name}: {lines} lines, more than {FUNCTION_LINES}")
    if count > ARGUMENTS and node.name not in PRESCRIBED and not _is_command(node):
        broken.append(f"{name}:{node.lineno} {node.name}: {count} arguments, more than {ARGUMENTS}")
    if node.args.kwarg and node.name not in PRESCRIBED:
        broken.append(f"{name}:{node.lineno} {node.name}: takes **{node.args.kwarg.arg}")
    return broken


@pytest.mark.parametrize(
    "name", [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]
)
def test_the_house_keeps_its_laws(name):
    room = name.split("/")[0] if "/" in name else None
    assert room is None or room in ROOMS
    assert room is not None or name in KNOW_SEVERAL_ROOMS
    assert _broken_laws(name, (PACKAGE / name).read_text(encoding="utf-8")) == []


PLANTED = {
    "a sibling room": ("cohort/x.py", "from analytics.models.mixed import fit_mixed"),
    "a sibling room inside a function": ("cohort/x.py", "def f():\n    import analytics.journal.read"),
    "the shelf": ("models/x.py", "import analytics"),
    "the shelf by name": ("models/x.py", "from analytics import open_study"),
    "a relative import": ("models/x.py", "from ..cohort import weeks"),
    "an import by string": ("models/x.py", "importlib.import_module('analytics.cohort.weeks')"),
    "statsmodels outside models": ("cohort/x.py", "def f():\n    import statsmodels.api as sm"),
    "pandas outside models": ("exhibits/x.py", "import pandas as pd"),
    "plotly outside exhibits": ("reporting/x.py", "from plotly import graph_objects"),
    "papermill outside reporting": ("study.py", "import papermill"),
    "an export read outside journal": ("cohort/x.py", "import polars as pl\npl.scan_csv('x')"),
    "vocabulary reaching out": ("vocabulary/x.py", "from analytics.cohort.weeks import weekly"),
    "a long file": ("cohort/x.py", "x = 1\n" * 201),
    "a long function": ("cohort/x.py", "def f():\n" + "    x = 1\n" * 31),
    "many arguments": ("cohort/x.py", "def f(a, b, c, *, d, e, g):\n    return a"),
    "open keywords": ("cohort/x.py", "def f(**options):\n    return options"),
    "a name that says nothing": ("cohort/utils.py", "x = 1"),
}


@pytest.mark.parametrize(("name", "source"), PLANTED.values(), ids=PLANTED)
def test_a_planted_violation_is_found(name, source):
    assert len(_broken_laws(name, source)) == 1


def test_a_lawful_file_is_left_alone():
    source = '"""Doc."""\nimport polars as pl\nfrom analytics.vocabulary.schema import Sessions\n'
    assert _broken_laws("cohort/x.py", source) == []
