"""The steward's books of real files: every rule in words, every file by its pattern, the lines to see."""

from __future__ import annotations

import ast
import csv
import re
import stat
from pathlib import Path

import polars as pl
import pytest
from journal.exports import GOOD, HEADER, SESSIONS, cleaned, installation
from journal.test_rules import MENDED, REFUSED

import analytics.journal as room
from analytics.journal.quality.audit import audit_journal, export_lines
from analytics.journal.quality.checks import check_journal
from analytics.journal.quality.first_lines import COLUMNS, first_lines, lines_to_look_at, write_first_lines
from analytics.journal.read import read_journal
from analytics.journal.rules import ORDER
from analytics.vocabulary.records import Findings
from analytics.vocabulary.rules import LINE_RULES

RULE = re.compile(r"[a-z]+(_[a-z]+)+")
NAME, NOTE = "Zyxanary Quillfeather", "zebrafinch hidden"
MAPPING = SESSIONS + 'note = "remark"\ntherapist_id = "by"\n'
NAMES = [*HEADER.split(","), "remark", "by", "patient name"]


def line(**cells):
    good = dict(zip(NAMES, [*GOOD.split(","), NOTE, "T1", NAME], strict=True))
    return ",".join((good | cells).values())


def at(number, **cells):
    return line(start=f"2026-01-{number:02} 09:00", logged=f"2026-01-{number:02} 10:00", **cells)


def files(folder, *lines, name="in/jane_doe.csv"):
    return installation(folder, {name: (MAPPING, "\n".join([",".join(NAMES), *lines]) + "\n")})


def looked_at(settings, per_rule=5):
    wanted = lines_to_look_at(cleaned(settings).findings, per_rule=per_rule)
    return first_lines(wanted, read_journal(settings))


def _trees():
    for path in sorted(Path(room.__path__[0]).rglob("*.py")):
        yield ast.parse(path.read_text(encoding="utf-8"))


def _literals():
    for node in (node for tree in _trees() for node in ast.walk(tree)):
        yield from re.split("[~!]", _text(node))


def test_every_rule_of_the_table_is_one_that_the_room_can_name():
    assert set(LINE_RULES) - set(_literals()) == set()


def _named() -> set[str]:
    """Names that the room gives to what it refuses or mends: (line, name), refused=((name, ...),), ORDER."""
    found = set(ORDER)
    for tree in _trees():
        for node in ast.walk(tree):
            inside = (
                node.value if isinstance(node, ast.keyword) and node.arg in {"refused", "mended"} else None
            )
            found |= {text for part in ast.walk(inside) if (text := _text(part))} if inside else set()
            if isinstance(node, ast.Tuple) and len(node.elts) == 2 and not _text(node.elts[0]):
                found |= {_text(node.elts[1])} if RULE.fullmatch(_text(node.elts[1])) else set()
    return found


def _text(node: ast.AST) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def test_every_rule_that_the_room_names_is_in_the_table():
    assert {"ragged_line", "spaces_trimmed", "unreadable_date"} <= _named()
    assert _named() - set(LINE_RULES) == set()
    tested = {rule for rule, *_ in (*REFUSED, *MENDED)}
    assert tested <= set(LINE_RULES)


def test_a_finding_of_any_other_name_is_refused():
    types = {name: column.dtype for name, column in Findings.columns().items()}
    rows = [
        ("a.csv", 2, "sessions", "oak", None, "refused", rule, None) for rule in ("future_date", "made_up")
    ]
    frames = [pl.DataFrame([row], schema=types, orient="row") for row in rows]
    assert Findings.is_valid(frames[0])
    assert not Findings.is_valid(frames[1])


def test_the_lines_to_look_at_have_what_a_clerk_needs_and_nobody_s_name(tmp_path):
    settings = files(
        tmp_path, at(1), at(2, pain="14"), at(3, id=" 7 "), at(4, minutes='"30,5"'), at(5, id="")
    )
    found = {row["rule"]: row for row in looked_at(settings).iter_rows(named=True)}
    pain = found["pain_out_of_range"]
    assert (pain["file"], pain["line"], pain["column"], pain["heading"]) == (
        "in/jane_doe.csv", 3, "pain_before", "pain",
    )  # fmt: skip
    assert pain["cell"] == "14"
    assert pain["what_to_do"] == LINE_RULES["pain_out_of_range"].remedy
    assert "minutes: 30" in pain["other_cells"]
    assert found["decimal_comma"]["cell"] == "30,5"
    assert found["spaces_trimmed"]["cell"] == "(who it is: look in the file)"
    assert found["missing_patient"]["cell"] == "(empty)"
    told = " ".join(str(cell) for row in found.values() for cell in row.values())
    assert not [word for word in (NAME, NOTE, "T1", " 7 ") if word in told]


def test_of_each_rule_file_and_clinic_the_first_lines_are_taken(tmp_path):
    wrong = [at(day, pain="11", clinic=("oak", "elm")[day % 2]) for day in range(1, 12)]
    found = looked_at(files(tmp_path, *wrong, at(20)), per_rule=2)
    assert found.select("clinic_id", "line").sort("line").rows() == [
        ("elm", 2), ("oak", 3), ("elm", 4), ("oak", 5),
    ]  # fmt: skip
    assert looked_at(files(tmp_path, *wrong), per_rule=0).height == 0


def test_a_line_that_no_reader_could_read_is_named_without_cells(tmp_path):
    found = looked_at(files(tmp_path, at(1), "too,short")).row(0, named=True)
    assert (found["line"], found["rule"], found["cell"], found["other_cells"]) == (
        3,
        "ragged_line",
        None,
        None,
    )


def test_the_file_is_for_its_owner_alone_and_runs_nothing(tmp_path):
    settings = files(
        tmp_path, at(1, place="=cmd|' /C calc'!A0"), at(2, place="\ufe65@SUM(1)"), at(3, pain="-3")
    )
    folder = tmp_path / "study" / "restricted"
    for _ in range(2):  # written again it is closed again
        path = write_first_lines(looked_at(settings), folder)
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        folder.chmod(0o755)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == list(COLUMNS)
    cells = {row["rule"]: row["cell"] for row in rows}
    assert cells["pain_out_of_range"] == "'-3"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t"))]
    assert any(cell.startswith("'=cmd") for cell in (row["cell"] for row in rows))


@pytest.mark.parametrize("cell", ["two\tparts", "a\x00b", "long " * 200, "\u202eedoc"])
def test_odd_cells_stay_on_one_short_line(tmp_path, cell):
    found = looked_at(files(tmp_path, at(1, place=f'"{cell}"'))).row(0, named=True)
    assert found["cell"].isprintable()
    assert len(found["cell"]) <= 201


def test_an_export_is_told_without_its_name(tmp_path):
    other = at(9, clinic="elm", id="8")
    made = installation(tmp_path, {
        "in/jane_doe.csv": (MAPPING, "\n".join([",".join(NAMES), at(1), at(1), at(2, pain="12")]) + "\n"),
        "in/john_roe.csv": (MAPPING, "\n".join([",".join(NAMES), other, "too,short"]) + "\n"),
    })  # fmt: skip
    one = made.sources[0].model_copy(update={"files": "in/*.csv"})
    settings = made.model_copy(update={"sources": (one,)})
    journal = cleaned(settings)
    lines = export_lines(journal, check_journal(journal, settings), settings)
    assert lines.select("source", "place").unique().sort("place").rows() == [("in/*.csv", 1), ("in/*.csv", 2)]
    counted = {
        (row[0], row[1]): row[2:] for row in lines.select("place", "outcome", "lines", "patients").iter_rows()
    }
    assert counted == {
        (1, "read"): (3, 1), (1, "kept"): (1, 1), (1, "refused"): (1, 1), (1, "duplicate"): (1, 1),
        (1, "repaired"): (0, 0), (2, "read"): (2, 1), (2, "kept"): (1, 1), (2, "refused"): (1, 1),
        (2, "duplicate"): (0, 0), (2, "repaired"): (0, 0),
    }  # fmt: skip
    assert "jane" not in str(lines.rows())


def test_the_books_add_up_by_clinic_and_for_the_network(tmp_path):
    wrong = [at(3, pain="12"), at(3, pain="12", clinic="elm"), at(5, clinic=""), "too,short"]
    settings = files(tmp_path, at(1), at(2, clinic="elm"), at(1), *wrong)
    journal = cleaned(settings)
    books = audit_journal(journal, check_journal(journal, settings)).filter(pl.col("outcome") != "repaired")
    whole = dict(books.group_by("clinic_id").agg(pl.col("lines").sum()).iter_rows())
    assert whole == {"oak": 3, "elm": 2, "unknown": 2, "network": 7}
    assert journal.accounting["lines"].sum() == 7
