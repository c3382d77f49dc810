"""Any bytes give a table or one clear line: hostile workbooks, and real files that are damaged anywhere."""

from __future__ import annotations

import io
import json
import struct
import tracemalloc
import zipfile
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.sheets import SHEET, ods, packed, read, unpacked, xlsx

from analytics.journal.forms import json_records, workbook
from analytics.journal.forms.json_records import read_json
from analytics.journal.forms.parquet import read_parquet
from analytics.journal.forms.stored import Stored
from analytics.journal.forms.workbook import read_workbook
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError, LumbarError

XLS = Path(__file__).parents[1] / "fixtures" / "workbooks" / "journal.xls"
ROW = '<row r="{0}"><c r="A{0}"><v>1</v></c><c r="B{0}" t="str"><v>b</v></c></row>'
ENTITY = '<!DOCTYPE x [<!ENTITY e SYSTEM "file://{}">]>'
LAUGHS = "<!DOCTYPE x [<!ENTITY a 'ha'>{}]>".format(
    "".join(
        f"<!ENTITY {name} '{f'&{before};' * 10}'>"
        for before, name in zip("abcdefghi", "bcdefghij", strict=True)
    )
)


@pytest.mark.parametrize("form", ["xlsx", "ods"])
@pytest.mark.parametrize("hostile", ["file", "laughs"])
def test_a_workbook_that_declares_entities_is_refused_unread(tmp_path, form, hostile):
    secret = tmp_path / "secret.txt"
    secret.write_text("the secret")
    declared, name = (ENTITY.format(secret), "e") if hostile == "file" else (LAUGHS, "j")
    path = tmp_path / f"x.{form}"
    if form == "xlsx":
        xlsx(path, f'<row><c t="str"><v>&{name};</v></c><c><v>1</v></c></row>', before=declared)
    else:
        parts = unpacked(ods(path, f"<table:table-row><table:table-cell><text:p>&{name};</text:p>"))
        packed(path, parts | {"content.xml": declared + parts["content.xml"]})
    with pytest.raises(InputError, match="declares an XML document type") as refusal:
        read(path)
    assert "secret" not in str(refusal.value)


def _peak(call):
    tracemalloc.start()
    try:
        return call(), tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_sheet_that_lies_about_its_size_costs_nothing(tmp_path):
    far = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    path = xlsx(tmp_path / "x.xlsx", ROW.format(1) + ROW.format(2) + far)
    parts = unpacked(path)
    lie = parts[SHEET].replace("<sheetData>", '<dimension ref="A1:XFD1048576"/><sheetData>')
    (rows, names), peak = _peak(lambda: read(packed(path, parts | {SHEET: lie})))
    assert names == ["1", "b", "column_16384"]
    assert rows == [("1", "b", "", 2), ("", "", "1", 1048576)]
    assert peak < 20_000_000


REPEATED = '<table:table-row table:number-rows-repeated="1048576">{}</table:table-row>'
REPEATED_CELL = '<table:table-cell table:number-columns-repeated="{}"><text:p>{}</text:p></table:table-cell>'
GAP = '<text:s text:c="9000000000"/>'


@pytest.mark.parametrize(
    ("row", "said"),
    [
        (
            REPEATED.format(REPEATED_CELL.format(99, "a")),
            "a sheet of more than 500,000 cells. Export it as CSV",
        ),
        (REPEATED.format(REPEATED_CELL.format(16384, "a")), "a sheet of more than 5,000 columns"),
        (REPEATED.format(REPEATED_CELL.format(99999999, "a")), "cannot be read as a workbook"),
        (REPEATED.format(REPEATED_CELL.format(1, "a")) * 2, "cannot be read as a workbook"),
        (REPEATED.format(REPEATED_CELL.format(1, GAP + GAP)), "a cell of more than 1,000,000 letters"),
    ],
)
def test_a_sheet_that_repeats_itself_is_limited(tmp_path, monkeypatch, row, said):
    monkeypatch.setattr("analytics.journal.forms.sheet.MOST_CELLS", 500_000)
    with pytest.raises(InputError, match=rf"x\.ods: .*{said}"):
        read(ods(tmp_path / "x.ods", row))


def test_a_workbook_that_unpacks_to_a_disk_is_refused_before(tmp_path):
    path = tmp_path / "x.xlsx"
    parts = unpacked(xlsx(path, ROW.format(1)))
    packed(path, parts | {"xl/media/zeros": "0" * 100_000_000})
    assert path.stat().st_size < 200_000
    said, peak = _peak(lambda: _said(path))
    assert "x.xlsx: unpacks to 95 MB" in said
    assert peak < 20_000_000


@pytest.mark.parametrize(
    ("rows", "behind"),
    [
        (ROW.format(2) + ROW.format(1), ""),
        (ROW.format(1048577), ""),
        ('<row r="x"/>', ""),
        ('<row><c r="XFE1"><v>1</v></c></row>', ""),
        ('<row><c r="aé1"><v>1</v></c></row>', ""),
        ('<row><c t="s"><v>7</v></c></row>', ""),
        ('<row><c t="s"><v>-1</v></c></row>', ""),
        ('<row><c s="x"><v>-1</v></c></row>', ""),
        ("<row><c><v>1</v></row>", ""),
        (ROW.format(1), '<mergeCells><mergeCell ref="A1:ZZZ9"/></mergeCells>'),
    ],
)
def test_what_no_spreadsheet_writes_is_refused(tmp_path, rows, behind):
    with pytest.raises(InputError, match=r"x\.xlsx: cannot be read as a workbook; it may be cut off"):
        read(xlsx(tmp_path / "x.xlsx", rows, behind=behind))


def _changed(path, old, new):
    """A file with the same bytes but for one place."""
    content = XLS.read_bytes()
    assert content.count(old) >= 1
    path.write_bytes(content.replace(old, new, 1))
    return path


def test_a_password_is_named(tmp_path):
    name = "Workbook".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 18)
    hidden = "EncryptedPackage".encode("utf-16-le").ljust(64, b"\0") + struct.pack("<H", 34)
    files = [_changed(tmp_path / "a.xlsx", name, hidden)]
    files.append(_changed(tmp_path / "b.xls", struct.pack("<HH", 0x5C, 112), struct.pack("<HH", 0x2F, 112)))
    files.append(ods(tmp_path / "c.ods", "", manifest="<encryption-data/>"))
    for path in files:
        with pytest.raises(
            InputError, match=rf"{path.name}: is protected by a password\. Save it again without"
        ):
            read(path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"<html><table><tr><td>patient</td></tr></table></html>", "is a web page or XML"),
        (b'\xef\xbb\xbf<?xml version="1.0"?><Workbook/>', "is a web page or XML"),
        (b"patient,pain\nP1,3\n", "cannot be read as a workbook"),
        (b"PK\x03\x04 no zip", "cannot be read as a"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 no workbook", "cannot be read as a workbook"),
        (b"", "cannot be read as a workbook"),
    ],
)
def test_what_only_has_a_workbooks_name_is_refused(tmp_path, content, said):
    (tmp_path / "x.xls").write_bytes(content)
    with pytest.raises(InputError, match=rf"x\.xls: .*{said}"):
        read(tmp_path / "x.xls")


def test_a_binary_workbook_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a binary workbook"):
        read(packed(tmp_path / "x.xlsb", {"xl/workbook.bin": ""}))


def test_an_xls_of_too_many_cells_is_refused(monkeypatch):
    monkeypatch.setattr("analytics.journal.forms.xls.MOST_CELLS", 10)
    with pytest.raises(InputError, match="a sheet of more than 10 cells"):
        read(XLS, part="Journal")


class _Panic(BaseException):
    """As a library written in Rust fails."""


_Panic.__name__ = "PanicException"


def test_a_fault_inside_a_library_is_a_refusal(tmp_path, monkeypatch):
    def fail(*given, **named):
        raise _Panic

    monkeypatch.setattr("polars.scan_parquet", fail)
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "x.parquet")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        list(read_parquet(Stored(tmp_path / "x.parquet"), File()))


# --- real files, damaged anywhere

RECORDS = [
    {"id": f"P{n}", "start": "2026-01-05", "pain": {"before": n}, "list": [{"a": "x"}]} for n in range(9)
]


def _real() -> dict[str, bytes]:
    book, parquet = io.BytesIO(), io.BytesIO()
    with xlsxwriter.Workbook(book) as made:
        sheet = made.add_worksheet()
        sheet.merge_range("A1:B1", "title")
        sheet.write_row(1, 0, ["id", "start", "pain"])
        for row in range(2, 8):
            sheet.write_row(row, 0, [f"P{row}", 46027.5, row], made.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.merge_range("A9:A12", "P9")
    pl.DataFrame(RECORDS).write_parquet(parquet, row_group_size=4)
    return {
        "xlsx": book.getvalue(),
        "xls": XLS.read_bytes(),
        "parquet": parquet.getvalue(),
        "json": json.dumps(RECORDS).encode(),
        "ndjson": "\n".join(map(json.dumps, RECORDS)).encode(),
        "wrapped.json": json.dumps({"a": {"b": RECORDS}}, indent=1).encode(),
    }


REAL = _real()
READERS = {"xlsx": read_workbook, "xls": read_workbook, "ods": read_workbook, "parquet": read_parquet}
PARTS = {read_workbook: workbook.parts_of, read_json: json_records.parts_of}


def _said(path):
    """Read everything of a file, or say why not: nothing else may come out of it."""
    reader = READERS.get(path.suffix.strip("."), read_json)
    try:
        parts = PARTS[reader](Stored(path), File()) if reader in PARTS else []
        for part in parts or [None]:
            for table in reader(Stored(path), File(part=part), None):
                assert table.frame.columns[-1] == "source_line"
                assert table.frame["source_line"].is_sorted()
        return f"{path.name}: read"
    except LumbarError as refusal:
        return str(refusal)


@st.composite
def _damaged(draw, content: bytes) -> bytes:
    """A file with some bytes changed, a piece cut out or doubled, or its end cut off."""
    held = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, max(0, len(held) - 1)))
        how = draw(st.sampled_from(["change", "change", "cut", "double", "end"]))
        size = draw(st.integers(1, 40))
        if how == "change":
            held[at : at + 1] = draw(st.binary(min_size=1, max_size=4))
        elif how == "cut":
            del held[at : at + size]
        elif how == "double":
            held[at:at] = held[at : at + size]
        else:
            del held[at:]
    return bytes(held)


FEW = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.mark.parametrize("form", REAL)
@FEW
@given(data=st.data())
def test_a_damaged_file_gives_a_table_or_one_clear_line(tmp_path, form, data):
    path = tmp_path / f"x.{form}"
    path.write_bytes(data.draw(_damaged(REAL[form])))
    said = _said(path)
    assert said.startswith(path.name)
    assert "\n" not in said


PARTS_OF_BOOKS = {
    "xlsx": ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml", "xl/sharedStrings.xml", SHEET],
    "ods": ["content.xml", "META-INF/manifest.xml"],
}


@pytest.mark.parametrize(
    ("form", "part"), [(form, part) for form, parts in PARTS_OF_BOOKS.items() for part in parts]
)
@FEW
@given(data=st.data())
def test_a_workbook_damaged_inside_gives_a_table_or_one_clear_line(tmp_path, form, part, data):
    """The zip is whole; the XML of one part is not, or says strange things."""
    path = tmp_path / f"x.{form}"
    if form == "xlsx":
        path.write_bytes(REAL["xlsx"])
    else:
        cell = '<table:table-cell office:value-type="float" office:value="7" table:number-rows-spanned="2"/>'
        ods(path, f'<table:table-row table:number-rows-repeated="3">{cell * 4}</table:table-row>' * 3)
    parts = {name: text.encode() for name, text in unpacked(path).items()}
    parts[part] = data.draw(_damaged(parts[part]))
    with zipfile.ZipFile(path, "w") as package:
        for name, content in parts.items():
            package.writestr(name, content)
    said = _said(path)
    assert said.startswith(path.name)
    assert "\n" not in said


@pytest.mark.parametrize("form", ["xls", "xlsx", "parquet", "json"])
@FEW
@given(content=st.binary(max_size=300))
def test_any_bytes_give_a_table_or_one_clear_line(tmp_path, form, content):
    start = {"xls": REAL["xls"][:8], "xlsx": b"PK\x03\x04", "parquet": b"PAR1"}.get(form, b"")
    path = tmp_path / f"x.{form}"
    path.write_bytes(start + content)
    said = _said(path)
    assert said.startswith(path.name)
    assert "\n" not in said
