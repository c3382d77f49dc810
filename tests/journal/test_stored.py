"""What is packed, linked or no file at all: read, or refused in one line before it can harm."""

from __future__ import annotations

import gzip
import io
import os
import re
import stat
import struct
import subprocess
import sys
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.journal.forms import blocks, delimited
from analytics.journal.forms import stored as room
from analytics.journal.forms.stored import Stored, refuse_bomb, stored_files
from analytics.journal.read import batches, inspect_file, parts
from analytics.vocabulary.errors import InputError, LumbarError

CSV = b"patient,start,pain\nP1,2026-01-05 09:00,3\nP2,2026-01-06 09:00,4\n"
ROWS = [("P1", "2026-01-05 09:00", "3", 2), ("P2", "2026-01-06 09:00", "4", 3)]


def rows(path):
    return [row for part in parts(path) for table in batches(part) for row in table.frame.rows()]


def packed(path, members, **more):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **more) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def refusal(path):
    """The one line that a clerk reads."""
    with pytest.raises(InputError) as caught:
        inspect_file(path)
    said = str(caught.value)
    assert "\n" not in said
    assert said.startswith(path.name)
    return said


def test_gzip_and_zip_are_read_like_the_file_itself(tmp_path):
    (tmp_path / "a.csv").write_bytes(CSV)
    (tmp_path / "a.csv.gz").write_bytes(
        gzip.compress(CSV[:30]) + gzip.compress(CSV[30:])
    )  # two members in one
    packed(tmp_path / "a.zip", {"__MACOSX/._a.csv": b"x", "in/a.csv": CSV, "in/.DS_Store": b"y"})
    for name in ("a.csv", "a.csv.gz", "a.zip"):
        assert rows(tmp_path / name) == ROWS
    assert [part.stored.name for part in parts(tmp_path / "a.zip")] == ["a.zip/in/a.csv"]


def test_a_workbook_in_a_zip_is_read(tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(tmp_path / "b.xlsx") as book:
        sheet = book.add_worksheet()
        for line, record in enumerate([("patient", "start", "pain"), *(row[:3] for row in ROWS)]):
            sheet.write_row(line, 0, record)
    packed(tmp_path / "b.zip", {"b.xlsx": (tmp_path / "b.xlsx").read_bytes(), "a.csv": CSV})
    assert rows(tmp_path / "b.zip") == ROWS * 2
    (tmp_path / "b.xlsx.gz").write_bytes(gzip.compress((tmp_path / "b.xlsx").read_bytes()))
    assert rows(tmp_path / "b.xlsx.gz") == ROWS


@pytest.mark.parametrize(
    "name",
    ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "..\\evil.csv", "C:\\evil.csv", "a\x1b[2J.csv"],
)
def test_names_outside_the_zip_are_refused(tmp_path, name):
    said = refusal(packed(tmp_path / "a.zip", {"good.csv": CSV, name: CSV}))
    assert said == "a.zip: holds a link or a file outside itself. Pack plain files only."


def test_links_in_a_zip_are_refused(tmp_path):
    link = zipfile.ZipInfo("s.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    assert "holds a link" in refusal(tmp_path / "a.zip")


def test_encrypted_nested_and_empty_archives_are_refused(tmp_path):
    content = bytearray(packed(tmp_path / "e.zip", {"s.csv": CSV}).read_bytes())
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):  # the flag stands in both headers
        content[content.index(mark) + place] |= 1
    (tmp_path / "e.zip").write_bytes(content)
    assert "is encrypted. Unpack it with its password" in refusal(tmp_path / "e.zip")
    inner = packed(tmp_path / "i.zip", {"s.csv": CSV}).read_bytes()
    for name, held in (("s.zip", inner), ("s.csv", inner), ("s.csv.gz", gzip.compress(CSV))):
        assert "holds a packed file" in refusal(packed(tmp_path / "n.zip", {name: held}))
    assert "the zip holds no file" in refusal(packed(tmp_path / "o.zip", {"folder/": b""}))


@pytest.mark.parametrize("kind", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_what_unpacks_bit_by_bit_is_unpacked(tmp_path, kind):
    """zipfile unpacks these without a limit: a hundred kilobytes would fill the memory at the first read."""
    with zipfile.ZipFile(tmp_path / "l.zip", "w", kind) as archive:
        archive.writestr("s.csv", CSV + bytes(100 << 20))
    said, grown = _looked_at(tmp_path / "l.zip")
    assert said == "l.zip: is packed in an unusual way. Pack it as an ordinary zip."
    assert grown < 50


def test_two_files_of_one_name_are_refused(tmp_path):
    packed(tmp_path / "t.zip", {"s.csv": CSV})
    with zipfile.ZipFile(tmp_path / "t.zip", "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("s.csv", CSV[:40])
    assert "holds two files of one name" in refusal(tmp_path / "t.zip")


@pytest.mark.parametrize("name", ["a\x1b[31m.csv", "a\n.csv", "a\udcff.csv"])
def test_a_name_that_a_message_cannot_hold_is_refused(tmp_path, name):
    (tmp_path / name).write_bytes(CSV)
    with pytest.raises(InputError) as caught:
        inspect_file(tmp_path / name)
    assert str(caught.value).isprintable()
    assert "Rename it." in str(caught.value)


OFFICE = '<?xml version="1.0"?><a/>'


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.csv", CSV * 30 + bytes(4000), "zero bytes stand where text should"),
        ("s.csv", b"<Sessions><session/></Sessions>", "is a web page or XML"),
        ("s.csv", b"<!-- saved from url --><p>", "is a web page or XML"),
        ("s.tar", b"s.csv".ljust(257, b"\0") + b"ustar\0" + bytes(500) + CSV, "is a tar archive"),
        (
            "s.docx",
            {"[Content_Types].xml": OFFICE, "word/document.xml": OFFICE},
            "is a word processor's file",
        ),
        ("s.numbers", {"Index/Document.iwa": b"x"}, "is a file of Apple Numbers"),
    ],
)
def test_what_is_no_export_is_called_by_its_name(tmp_path, name, content, said):
    if isinstance(content, dict):
        packed(tmp_path / name, content)
    else:
        (tmp_path / name).write_bytes(content)
    assert said in refusal(tmp_path / name)


def test_a_heading_in_pointed_brackets_is_no_markup(tmp_path):
    (tmp_path / "s.csv").write_bytes(b"<PATIENT>,<DATE>\nP1,2026-01-05\n")
    assert rows(tmp_path / "s.csv") == [("P1", "2026-01-05", 2)]


def test_a_file_padded_with_blank_lines_costs_no_time(tmp_path, monkeypatch):
    """One by one a million of them takes seconds."""
    looked, careful = [], delimited._careful
    monkeypatch.setattr(delimited, "_careful", lambda *a, **k: looked.append(1) or careful(*a, **k))
    monkeypatch.setattr(blocks, "BLOCK", 1 << 12)
    (tmp_path / "p.csv").write_bytes(CSV + b"\n" * (1 << 20))
    assert rows(tmp_path / "p.csv") == ROWS
    assert len(looked) <= 2


@pytest.mark.parametrize("keep", [0.3, 0.6, 0.9, 0.99])
def test_what_is_cut_off_is_refused(tmp_path, keep):
    body = CSV + b"".join(b"P%d,2026-01-05 09:00,%d\n" % (n * 7919, n % 11) for n in range(5000))
    gz, zipped = gzip.compress(body), packed(tmp_path / "w.zip", {"s.csv": body}).read_bytes()
    (tmp_path / "c.csv.gz").write_bytes(gz[: int(keep * len(gz))])
    (tmp_path / "c.zip").write_bytes(zipped[: int(keep * len(zipped))])
    assert "is packed and broken or cut off" in refusal(tmp_path / "c.csv.gz")
    assert "cannot be read as a zip" in refusal(tmp_path / "c.zip")


def test_a_damaged_member_is_refused(tmp_path):
    content = bytearray(packed(tmp_path / "d.zip", {"s.csv": CSV * 50}).read_bytes())
    content[60:70] = b"\xff" * 10
    (tmp_path / "d.zip").write_bytes(content)
    said = refusal(tmp_path / "d.zip")
    assert "broken or cut off" in said
    assert "2026" not in said


def test_what_is_no_file_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "folder.csv").mkdir()
    (tmp_path / "gone.csv").symlink_to(tmp_path / "nowhere")
    for name in ("pipe.csv", "folder.csv"):
        assert "is no plain file" in refusal(tmp_path / name)
    assert "cannot be opened" in refusal(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="no plain file"):
        stored_files(type(tmp_path)("/dev/zero"))


BOMB = """
import resource, sys
from pathlib import Path
from analytics.journal.read import inspect_file
from analytics.vocabulary.errors import InputError
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    inspect_file(Path(sys.argv[1]))
    print("read")
except InputError as error:
    print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def _looked_at(path):
    """What is said of a file in a process of its own, and the MB that it took."""
    done = subprocess.run(
        [sys.executable, "-c", BOMB, str(path)], capture_output=True, text=True, check=True, timeout=60
    )
    said, grown = done.stdout.strip().splitlines()
    return said, int(grown)


def _grown(path, megabytes, *, name="s.csv", start=b"patient,start\n", line=b"P1,2\n"):
    """A zip of one member that says the same line over and over."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open(name, "w") as part:
        part.write(start)
        for _ in range(megabytes):
            part.write(line * ((1 << 20) // len(line)))
    return path


def test_a_gzip_bomb_is_stopped_with_little_memory(tmp_path):
    """2 GB of zeros in 9 MB: one line without an end."""
    with gzip.open(tmp_path / "b.csv.gz", "wb", compresslevel=1) as bomb:
        bomb.write(b"patient,start\n")
        for _ in range(2048):
            bomb.write(bytes(1 << 20))
    said, grown = _looked_at(tmp_path / "b.csv.gz")
    assert said.startswith("b.csv.gz")
    assert grown < 400


def test_a_zip_bomb_is_stopped_even_where_its_directory_lies(tmp_path):
    path = _grown(tmp_path / "b.zip", 300)
    said, grown = _looked_at(path)
    assert "unpacks to more than" in said
    assert grown < 500
    content = bytearray(path.read_bytes())
    place = content.index(b"PK\x01\x02")
    content[place + 24 : place + 28] = struct.pack("<I", 100)  # it says that it unpacks to 100 bytes
    path.write_bytes(content)
    said, grown = _looked_at(path)
    assert said.startswith("b.zip")
    assert said != "read"
    assert grown < 500


def test_a_workbook_that_unpacks_to_gigabytes_is_refused_unopened(tmp_path):
    path = _grown(tmp_path / "b.xlsx", 300, name="xl/workbook.xml", start=b"<a>")
    with pytest.raises(InputError, match=r"b\.xlsx: unpacks to 299 MB"):
        refuse_bomb(path)
    assert "unpacks to 299 MB" in _looked_at(path)[0]


def test_too_many_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(room, "MOST_MEMBERS", 3)
    assert "holds more than 3 files" in refusal(
        packed(tmp_path / "m.zip", {f"{n}.csv": CSV for n in range(4)})
    )


def test_a_line_of_gigabytes_is_refused_early(tmp_path):
    """10 GB that take no room on the disk, and no end of line in them."""
    for name, start in (("long.csv", CSV * 2000), ("short.csv", b"patient,start\nP1,")):
        with (tmp_path / name).open("wb") as file:
            file.write(start)
            file.truncate(10 << 30)
        said, grown = _looked_at(tmp_path / name)
        assert said.startswith(name)
        assert grown < 400
    with gzip.open(tmp_path / "long.csv.gz", "wb", compresslevel=1) as file:
        file.write(CSV + b"P3," + b"3," * (40 << 20))
    said, grown = _looked_at(tmp_path / "long.csv.gz")
    assert said.startswith("long.csv.gz, line 4: no end of this record in 32 MB")
    assert grown < 400


def test_an_unpacked_file_goes_when_it_was_read(tmp_path, monkeypatch):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "t"))
    (tmp_path / "t").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(CSV))
    with Stored(tmp_path / "a.csv.gz").on_disk() as place:
        assert place.read_bytes() == CSV
        assert stat.S_IMODE(place.parent.stat().st_mode) == 0o700
    assert list((tmp_path / "t").iterdir()) == []


REAL = {
    "s.csv": CSV, "s.csv.gz": gzip.compress(CSV),
    "s.json": b'[{"patient": "P1", "pain": 3}, {"patient": "P2"}]',
    "s.ndjson": b'{"patient": "P1", "pain": 3}\n{"patient": "P2", "pain": [1, {"a": 2}]}\n',
    "r.csv": b"record,redcap_repeat_instrument,redcap_repeat_instance,field_name,value\n1,,,pain,3\n",
    "f.json": b'{"resourceType": "Bundle", "type": "collection", "entry": [{"resource": {"id": "e", '
              b'"resourceType": "Encounter", "subject": {"reference": "Patient/p"}}}]}',
}  # fmt: skip


def _zipped(content):
    with io.BytesIO() as held:
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("s.csv", content)
        return held.getvalue()


REAL["s.zip"] = _zipped(CSV)


STARTS = (
    b"", b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\x1f\x8b\x08\0", b"\xff\xfe",
    b"\xfe\xff", b"{", b'[{"a": ', b'{"resourceType": ', b"record_id,redcap_event_name\n", b'a,b\n"',
)  # fmt: skip
PACKED = {"s.csv.gz": gzip.compress, "s.zip": _zipped}


@st.composite
def damaged(draw):
    """A real small file with some bytes changed, taken out, put in or said twice; or any bytes at all."""
    name = draw(st.sampled_from([*sorted(REAL), "s.xlsx", "s.parquet", "s"]))
    if name not in REAL or draw(st.integers(0, 4)) == 0:
        return name, draw(st.sampled_from(STARTS)) + draw(st.binary(max_size=400))
    inside = name in PACKED and draw(st.booleans())  # a whole package of something damaged
    content = bytearray(CSV if inside else REAL[name])
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, max(0, len(content) - 1)))
        some = draw(st.binary(max_size=6))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            content[place : place + len(some)] = some
        elif kind == 1:
            del content[place : place + draw(st.integers(1, 40))]
        elif kind == 2:
            content[place:place] = some
        else:
            content[place:place] = content[place : place + 30] * draw(st.integers(1, 5))
    return name, PACKED[name](bytes(content)) if inside else bytes(content)


@settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(found=damaged())
def test_any_bytes_are_read_or_refused_in_one_line(tmp_path, found):
    name, content = found
    (tmp_path / name).write_bytes(content)
    try:
        for part in parts(tmp_path / name):
            for table in batches(part):
                assert table.frame.columns
    except LumbarError as refused:
        said = str(refused)
        assert "\n" not in said
        assert name in said
        assert not re.search(r"2026-01-0|P[12]", said)
