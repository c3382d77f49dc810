"""Delimited text: one way of reading for the regular, one for everything else, the same cells from both."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from running import SHARED

from analytics.journal.forms import blocks, delimited
from analytics.journal.forms.delimited import Shape, read_delimited
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.journal.read import inspect_file
from analytics.vocabulary.errors import InputError, LumbarError


def read(path, columns=None, **file):
    tables = list(read_delimited(Stored(path), File(**file), columns))
    assert len({tuple(table.frame.schema.items()) for table in tables}) == 1
    return pl.concat([table.frame for table in tables]), pl.concat([table.broken for table in tables])


@pytest.fixture
def cells(tmp_path):
    def write(content, columns=None, **file):
        (tmp_path / "x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
        return read(tmp_path / "x.csv", columns, **file)

    return write


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_separator_is_found(cells, delimiter):
    frame, _ = cells(delimiter.join("abc") + "\n" + delimiter.join("123") + "\n")
    assert frame.rows() == [("1", "2", "3", 2)]


def test_decimal_commas_are_no_separators(cells):
    assert cells("a;b;c\n1,5;2,5;3,5\n1,0;2,0;3,0\n")[0].row(0) == ("1,5", "2,5", "3,5", 2)


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("utf-16-le", None), ("utf-16-be", None),
        ("cp1252", None), ("cp1252", "cp1252"), ("latin-1", "latin-1"), ("cp1250", "cp1250"),
    ],
)  # fmt: skip
def test_encodings(cells, encoding, told):
    word = "Rückmeldung" if encoding != "cp1250" else "ćwiczenie"
    assert cells(f"a;b\n{word};ä\n".encode(encoding), encoding=told)[0].row(0) == (word, "ä", 2)


def test_a_wrong_encoding_is_said(cells):
    with pytest.raises(InputError, match=r"x\.csv: cannot be read as ascii\. Set file\.encoding"):
        cells("a;b\nä;1\n", encoding="ascii")
    with pytest.raises(InputError, match="'klingon' is no encoding"):
        cells("a;b\nä;1\n", encoding="klingon")


def test_the_first_byte_that_is_not_utf8_may_stand_in_any_block(cells, monkeypatch):
    """All before it was ASCII, so it is cp1252 from the start; nothing is lost between the blocks."""
    monkeypatch.setattr(blocks, "BLOCK", 64)
    lines = [f"{number},plain" for number in range(40)] + ["40,r\xfcckt", "41,\x80"]
    frame, _ = cells(("a,b\n" + "\n".join(lines) + "\n").encode("latin-1"))
    assert frame["b"].to_list()[-2:] == ["rückt", "€"]
    assert frame["source_line"].to_list() == list(range(2, 44))


def test_a_byte_that_breaks_utf8_is_named_with_its_line(cells):
    with pytest.raises(InputError, match=r"x\.csv, line 3: a byte is not UTF-8"):
        cells("a,b\nä,1\n".encode() + b"\xff,2\n")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(cells, end):
    frame, _ = cells(end.join(["a,b", "1,2", "3,4"]) + end)
    assert frame.rows() == [("1", "2", 2), ("3", "4", 3)]


def test_the_line_of_a_record_is_where_it_starts(cells):
    assert cells('a,b\n"one\ntwo",2\n3,4\n')[0].rows() == [("one\ntwo", "2", 2), ("3", "4", 4)]


def test_ragged_lines_are_refused_one_by_one(cells):
    frame, broken = cells("a,b\n1,2\n1\n1,2,3\n3,4\n")
    assert frame["source_line"].to_list() == [2, 5]
    assert broken.rows() == [(3, "ragged_line"), (4, "ragged_line")]


def test_a_short_and_a_long_line_do_not_make_up_for_each_other(cells):
    frame, broken = cells("a,b,c\n1,2\n1,2,3,4\n3,4,5\n")
    assert (frame.height, broken.height) == (1, 2)


def test_blank_and_repeated_headings_are_made_unique(cells):
    assert cells("a,,a,source_line\n1,2,3,4\n")[0].columns == [
        "a", "column_2", "a_2", "source_line_", "source_line",
    ]  # fmt: skip


def test_leading_blank_lines_are_no_header(cells):
    assert cells("\n\na,b\n1,2\n")[0].row(0) == ("1", "2", 4)


PREAMBLE = "Export of the practice\nprinted 5 Jan 2026;;\n\n"


def test_what_stands_above_the_headings_is_no_data(cells):
    frame, broken = cells(PREAMBLE + "a;b;c\n1;2;3\n4;5;6\n")
    assert frame.rows() == [("1", "2", "3", 5), ("4", "5", "6", 6)]
    assert not broken.height


def test_the_mapping_may_name_the_line_of_the_headings(cells):
    assert cells("x,y\na,b\n1,2\n", header_line=2)[0].rows() == [("1", "2", 3)]
    assert cells("one\n\ntwo,b\n1,2\n", header_line=3)[0].rows() == [("1", "2", 4)]


def test_only_the_columns_asked_for_are_made(cells):
    frame, broken = cells("a,b,c\n1,2,3\n1,2\n", {"c", "a", "z"})
    assert frame.rows(named=True) == [{"a": "1", "c": "3", "source_line": 2}]
    assert broken.height == 1


def test_a_separator_at_the_end_of_every_line(cells):
    assert cells("a,b\n1,2,\n3,4,\n")[0].select("a", "b").rows() == [("1", "2"), ("3", "4")]


def test_headings_alone_are_an_empty_table(cells):
    frame, _ = cells("a,b\n")
    assert (frame.height, frame.columns) == (0, ["a", "b", "source_line"])


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff", " \n\t\n"])
def test_a_file_without_headings_is_refused(cells, content):
    with pytest.raises(InputError, match=r"x\.csv: no line of headings was found"):
        cells(content)


def test_a_quote_that_never_closes_is_said(cells):
    with pytest.raises(InputError, match=r"x\.csv, line 3: a cell has more than 1,000,000 characters"):
        cells('a,b\n1,2\n"' + "x" * 1_100_000 + "\n")


@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_no_line_is_lost_behind_a_quote_that_never_closes(cells, end):
    with pytest.raises(InputError, match=r"x\.csv, line 3: a quote opens there .* so that 2 lines behind it"):
        cells('a,b\n1,2\n3,"4\n5,6\n7,8' + end)
    frame, broken = cells('a,b\n1,2\n3,"4' + end)
    assert (frame.rows(), broken.rows()) == ([("1", "2", 2)], [(3, "broken_record")])


def test_a_line_without_an_end_stops_early(tmp_path, monkeypatch):
    """A file of one endless line is refused after a few blocks, long before it is read whole."""
    monkeypatch.setattr(delimited, "LONGEST", 1 << 16)
    monkeypatch.setattr(blocks, "BLOCK", 1 << 14)
    pieces = iter([b"a,b\n", *[b"x" * (1 << 14)] * 1000])
    shape = Shape(Stored(tmp_path / "x.csv"), ",", ["a", "b"], ["a", "b"])
    with pytest.raises(InputError, match="no end of this record"):
        list(delimited._tables(next(pieces)[4:], pieces, shape, line=2))
    assert len(list(pieces)) > 900


# A plain reading of the same text by Python's csv alone: what both ways must agree with.
def _plainly(text, width):
    rows, broken, line = [], [], 1
    lines = text if text.endswith(("\n", "\r")) else text + "\n"
    reader = csv.reader(io.StringIO(lines + "end", newline=""))
    for record in reader:
        if record == ["end"]:
            return rows, broken
        if reader.line_num == lines.count("\n") + lines.count("\r") - lines.count("\r\n") + 1:
            alone = reader.line_num == line + 1
            return rows, [*broken, (line, "broken_record")] if alone else "a quote opens there"
        filled = any(cell.strip("\0 \t") for cell in record)
        if line > 1 and (filled or len(record) > 1):
            if len(record) in (width, width + 1) and (len(record) == width or not record[-1]):
                rows.append((*(cell.replace("\0", "") for cell in record[:width]), line))
            else:
                broken.append((line, "ragged_line"))
        line = reader.line_num + 1
    raise AssertionError


piece = st.sampled_from(
    ['""', '"', "a", ",", "\n", "\r\n", "\r", '"a,b"', '"x\ny"', '"q""q"', " ", "ä", "1,2\n", "1,2,3\n", "\0"]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pieces=st.lists(piece, max_size=30), block=st.sampled_from([7, 64, 1 << 20]))
@example(pieces=['"', "\n", '"', "1,2\n"], block=7)
@example(pieces=["1,2\n", '1,"2', "\n", "1,2\n"], block=7)
@example(pieces=["1,2\n", '1,"2'], block=64)
@example(pieces=['a"', "\n", '"x\ny"', "\n", "1,2\n"], block=7)
@example(pieces=["1,2\n", "1,2,3\n", "a", "\n"], block=1 << 20)
def test_both_ways_and_any_size_of_block_give_the_same_cells(tmp_path, pieces, block):
    body = "".join(pieces)
    if "\n" not in body and "\r" in body:  # the line ends of an old Mac: another file altogether
        body = body.replace("\r", "")
    path = tmp_path / "x.csv"
    path.write_bytes(b"a,b\nc,d\nc,d\nc,d\n" + body.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        rows, lost = _plainly("a,b\nc,d\nc,d\nc,d\n" + body, 2)
        if isinstance(lost, str):
            with pytest.raises(InputError, match=lost):
                read(path, delimiter=",", header_line=1)
            return
        frame, broken = read(path, delimiter=",", header_line=1)
    assert frame.rows() == rows
    assert broken.rows() == lost


letters = st.text(st.characters(codec="utf-8", exclude_characters="\r\0"), max_size=6)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    table=st.lists(st.lists(letters, min_size=3, max_size=3), min_size=1, max_size=20),
    block=st.sampled_from([16, 1 << 20]),
)
def test_what_csv_writes_is_read_back(tmp_path, table, block):
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([["a", "b", "c"], ["k", "k", "k"], *table])
    (tmp_path / "x.csv").write_bytes(out.getvalue().encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(blocks, "BLOCK", block)
        frame, broken = read(tmp_path / "x.csv")
    assert [list(row[:3]) for row in frame.rows()] == [["k", "k", "k"], *table]
    assert not broken.height


def test_the_regular_way_is_taken_where_it_can_be(tmp_path, monkeypatch):
    """Else the speed would be gone without a sign."""
    monkeypatch.setattr(
        delimited, "_careful", lambda *a, **k: pytest.fail("a regular file went the slow way")
    )
    (tmp_path / "x.csv").write_text("a,b\n" + '1,"two, ""or\n"" three"\n' * 50)
    assert read(tmp_path / "x.csv")[0]["source_line"].to_list()[-1] == 100


CSVKIT, SPECTRUM = SHARED / "exports" / "csvkit", SHARED / "exports" / "csv-spectrum"


@pytest.mark.skipif(not SPECTRUM.is_dir(), reason="the public bad files are not beside the project")
@pytest.mark.parametrize("path", sorted(SPECTRUM.glob("*.csv")), ids=lambda path: path.stem)
def test_csv_spectrum_is_read_as_it_says(path):
    expected = json.loads((SPECTRUM / "json" / f"{path.stem}.json").read_bytes().decode("utf-8", "replace"))
    if path.stem == "location_coordinates":  # its JSON is no list and holds another telephone number
        assert expected["Contact Phone Number"] == "1234567890"
        expected = [expected | {"Contact Phone Number": "2095257564"}]
    found = read(path)[0].drop("source_line").to_dicts()
    same = [{name: text.replace("\r\n", "\n") for name, text in row.items()} for row in found]
    assert same == [{name: text.replace("\r\n", "\n") for name, text in row.items()} for row in expected]


@pytest.mark.skipif(not CSVKIT.is_dir(), reason="the public bad files are not beside the project")
def test_every_public_bad_file_is_read_or_refused_in_one_line():
    files = [path for folder in (CSVKIT, SPECTRUM) for path in sorted(folder.glob("*.*"))]
    assert len(files) > 80
    for path in files:
        try:
            said = [str(one) for one in inspect_file(path)]
        except LumbarError as refusal:
            said = [str(refusal)]
        assert said
        assert all(line.startswith(path.name) and "\n" not in line for line in said)


@pytest.mark.skipif(not CSVKIT.is_dir(), reason="the public bad files are not beside the project")
@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("dummy.tsv", ("1", "2", "3", 2)), ("mac_newlines.csv", ("1", "2", "3", 2)),
        ("test_utf16_little.csv", ("1", "2", "3", 2)), ("test_utf16_big.csv", ("1", "2", "3", 2)),
        ("test_latin1.csv", ("1", "2", "3", 2)), ("test_utf8_bom.csv", ("1", "2", "3", 2)),
        ("test_skip_lines.csv", ("1", "2", "3", 5)), ("null_byte.csv", ("", "2", "3", 2)),
    ],
)  # fmt: skip
def test_cells_of_public_bad_files(name, first):
    assert read(Path(CSVKIT / name))[0].row(0) == first
