"""What the code itself says of its numbers: constants with their sources, and works that docstrings cite."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import polars as pl

from analytics.vocabulary.installed import PACKAGE

# "Self and Liang 1987, J Am Stat Assoc 82: 605"; what follows the year up to the end of the clause
CITATION = re.compile(
    r"(?P<who>[A-Z][\w’-]+(?:(?:, | and | & )[A-Z][\w’-]+)*(?: et al\.?)?)(?:'s)?"
    r"[ ,]\(?(?P<year>(?:18|19|20)\d\d)\b"
    r"(?P<where>, [A-Z][^;()\n\"]*?(?:\d+(?:[:.] ?\d+)?(?=[\s,;:.)\"]|$)|(?=[.;)])))?"
)
NO_AUTHOR = {"Since", "In", "Table", "Python", "Item", "Weeks"}  # begin a sentence with a year
# Where numbers mean something; the other rooms hold sizes of buffers and dates of exports.
ROOMS = ("cohort", "models", "exhibits", "vocabulary", "simulation")
CHOICE = re.compile(r"\bour choice\b", re.IGNORECASE)
NAME = re.compile(r"[A-Z][A-Z0-9_]*")


@dataclass(frozen=True, slots=True)
class Constant:
    """A number of a module: its name and value, where it stands, and the comment beside or above it."""

    file: str
    name: str
    value: str
    said: str

    @property
    def kind(self) -> str:
        """Where it comes from: `published`, `our choice`, `explained`; empty where nothing is said."""
        if CHOICE.search(self.said):
            return "our choice"
        if any(one["who"].split()[0] not in NO_AUTHOR for one in CITATION.finditer(self.said)):
            return "published"
        return "explained" if self.said else ""


@cache
def constants(package: Path = PACKAGE) -> tuple[Constant, ...]:
    """Every public constant of the package that is a number or made of numbers, in the order of its files."""
    found: list[Constant] = []
    for path in _files(package):
        text = path.read_text(encoding="utf-8")
        lines, above = text.splitlines(), ""
        for node in ast.parse(text).body:
            name = _named(node)
            if name is None or not _is_number(node.value):  # pyright: ignore[reportAttributeAccessIssue]
                above = ""
                continue
            own = _beside(lines, node)
            above = _above(lines, node) or (above if lines[node.lineno - 2].strip() else "")
            value = ast.unparse(node.value)  # pyright: ignore[reportAttributeAccessIssue]
            found.append(Constant(_place(path, package), name, value, own or above))
    return tuple(found)


@cache
def citations(package: Path = PACKAGE) -> pl.DataFrame:
    """One row is one work that docstrings or comments cite: who, year, where it stands, and the files."""
    rows = {}
    for path in _files(package):
        if path.relative_to(package).parts[0] not in ROOMS:
            continue
        text = path.read_text(encoding="utf-8")
        for cited in _cited(" ".join(text.replace("#", " ").split())):
            rows.setdefault(cited, set()).add(_place(path, package))
    whole = _longest(rows)
    schema = {"who": pl.String, "year": pl.Int32, "where": pl.String, "files": pl.String}
    listed = [
        (who, int(year), where, ", ".join(sorted(files))) for (who, year, where), files in whole.items()
    ]
    return pl.DataFrame(sorted(listed), schema=schema, orient="row")


def constants_frame(package: Path = PACKAGE) -> pl.DataFrame:
    """One row is one constant: name, value, file, kind and what is said of it."""
    rows = [(one.name, one.value, one.file, one.kind, one.said) for one in constants(package)]
    return pl.DataFrame(rows, schema=["name", "value", "file", "kind", "said"], orient="row")


def _cited(text: str) -> list[tuple[str, str, str]]:
    return [
        (one["who"], one["year"], (one["where"] or "").removeprefix(", ").strip())
        for one in CITATION.finditer(text)
        if one["who"].split()[0].rstrip(",") not in NO_AUTHOR
    ]


def _longest(rows: dict[tuple[str, str, str], set[str]]) -> dict[tuple[str, str, str], set[str]]:
    """A work named shortly here and in full there is one work: the fullest name stands."""
    best: dict[tuple[str, str], str] = {}
    for who, year, where in rows:
        best[who, year] = max(best.get((who, year), ""), where, key=len)
    whole: dict[tuple[str, str, str], set[str]] = {}
    for (who, year, _), files in rows.items():
        whole.setdefault((who, year, best[who, year]), set()).update(files)
    return whole


def _files(package: Path) -> list[Path]:
    return [path for path in sorted(package.rglob("*.py")) if "_shipped" not in path.parts]


def _place(path: Path, package: Path) -> str:
    return path.relative_to(package).as_posix()


def _named(node: ast.stmt) -> str | None:
    """The public constant that the statement sets."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target = node.targets[0]
    elif isinstance(node, ast.AnnAssign) and node.value is not None:
        target = node.target
    else:
        return None
    name = target.id if isinstance(target, ast.Name) else ""
    if isinstance(target, ast.Tuple):
        name = ", ".join(one.id for one in target.elts if isinstance(one, ast.Name))
    return name if name and all(NAME.fullmatch(one) for one in name.split(", ")) else None


def _is_number(value: ast.expr) -> bool:
    """A number, arithmetic of numbers and names, or a tuple, list or dict whose values are such."""
    if isinstance(value, ast.Constant):
        return isinstance(value.value, int | float) and not isinstance(value.value, bool)
    if isinstance(value, ast.UnaryOp):
        return _is_number(value.operand)
    if isinstance(value, ast.BinOp):
        sides = (value.left, value.right)
        return any(map(_is_number, sides)) and all(_is_number(s) or isinstance(s, ast.Name) for s in sides)
    if isinstance(value, ast.Tuple | ast.List):
        return bool(value.elts) and all(map(_is_number, value.elts))
    return isinstance(value, ast.Dict) and bool(value.values) and all(map(_is_number, value.values))


def _beside(lines: list[str], node: ast.stmt) -> str:
    """The comment that ends the statement's last line; `# fmt` and the like say nothing."""
    rest = lines[(node.end_lineno or node.lineno) - 1][node.end_col_offset or 0 :]
    return _words([rest.partition("#")[2]]) if "#" in rest else ""


def _above(lines: list[str], node: ast.stmt) -> str:
    """The comment lines that stand right above the statement."""
    at, held = node.lineno - 2, []
    while at >= 0 and lines[at].startswith("#"):
        held.append(lines[at][1:])
        at -= 1
    return _words(reversed(held))


def _words(parts) -> str:
    said = " ".join(part.strip() for part in parts).strip()
    return re.sub(r"\s*(?:noqa|fmt|pyright|type): ?.*$", "", said).strip()
