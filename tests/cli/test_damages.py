"""Kinds of damage that real exports come with, and what `lumbar check` tells the clerk about each."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime

import pytest
import xlsxwriter
from running import run_lumbar

HEAD = "clinic,id,start,minutes,rpe,pain\n"
MAPPING = """
table = "sessions"
[dates]
formats = ["%Y-%m-%d %H:%M"]
[columns]
clinic_id = "clinic"
patient_id = "id"
performed_at = "start"
duration_min = "minutes"
rpe = "rpe"
pain_before = "pain"
"""
TOML = 'as_of = 2026-06-30\n[[sources]]\nfiles = "s.*"\nmapping = "m.toml"\n'


def lines(count=80, **spoilt):
    """Ten patients of one clinic; `spoilt` says how a column is written instead."""
    for n in range(count):
        row = {
            "clinic": "oak", "id": f"Q{n % 10}",
            "start": f"2026-{1 + n // 28:02}-{1 + n % 28:02} 09:{n % 60:02}",
            "minutes": str(20 + n % 17), "rpe": str(2 + n % 6), "pain": str(n % 9 + 1),
        }  # fmt: skip
        yield ",".join(str(spoilt[name](n, text)) if name in spoilt else text for name, text in row.items())


def text(*rows):
    return HEAD + "\n".join(rows) + "\n"


def workbook(rows, above=0):
    """A workbook; `above`: rows of a title, merged across, that stand above the headings."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out) as book:
        sheet = book.add_worksheet()
        for number in range(above):
            sheet.merge_range(number, 0, number, 5, "Journal of Q7, printed 2026-05-01 09:00")
        for number, row in enumerate(rows, start=above):
            sheet.write_row(number, 0, row)
    return out.getvalue()


def locked():
    """An XLSX with a password is an old compound file that holds an encrypted package."""
    name = "EncryptedPackage".encode("utf-16-le")
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1024) + name + bytes(2048)


def packed(*parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as package:
        for part in parts:
            package.writestr(part, '<?xml version="1.0"?><a/>')
    return out.getvalue()


def swapped(n, moment):
    """What a spreadsheet of another country makes of the first twelve days of a month."""
    year, month, day = moment[:10].split("-")
    return f"{year}-{day}-{month}{moment[10:]}" if int(day) <= 12 else moment


def as_number(n, moment):
    """A date as a spreadsheet stores it, where the column lost its format."""
    return f"{(datetime.fromisoformat(moment) - datetime(1899, 12, 30)).total_seconds() / 86400:.6f}"


OTHER = "öak,Q1,2026-05-01 09:00,20,3,4\n".encode("cp1252")
SENT_AS_PAGE = "<!DOCTYPE html><html><body><h1>Your session has expired, Q7</h1></body></html>"
SPLIT = [HEAD.strip().split(","), *(row.split(",") for row in lines())]
cut = workbook(SPLIT)
with zipfile.ZipFile(io.BytesIO(cut)) as _whole:
    assert "xl/workbook.xml" in _whole.namelist()

# name: file, content, exit code, what is said and what to do
DAMAGES = {
    "a download that broke off": ("s.xlsx", cut[: len(cut) // 2], 3, [
        "s.xlsx: cannot be read as a zip or workbook. Export it again."]),
    "a password on the workbook": ("s.xls", locked(), 3, [
        "s.xls: is protected by a password. Save it again without one."]),
    "the login page, saved as CSV": ("s.csv", SENT_AS_PAGE, 3, [
        "s.csv: is a web page or XML, whatever it is called.", "export it as CSV"]),
    "a heading renamed by an update": ("s.csv", text(*lines()).replace("rpe", "RPE score", 1), 2, [
        "s.csv: the mapping names a column 'rpe' that the file lacks. It has: clinic, id, start, "
        "minutes, RPE score",
        "Mend the mapping's [columns]"]),
    "two exports pasted together": ("s.csv", text(*lines(40), HEAD.strip(), *lines(40)), 0, [
        "The headings again (repeated_headings)", "two exports were pasted into one file", "s.csv 1 42"]),
    "a comma in an unquoted note": ("s.csv", text(*lines(60), "oak,Q1,2026-05-01 09:00,20,3,4,so,so"), 0, [
        "Line with too many or too few cells (ragged_line)", "s.csv  1 62", "Open the file at that line."]),
    "days and months changed places": ("s.csv", text(*lines(start=swapped)), 0, [
        "Date in the future (future_date)", "day and month may have changed places"]),
    "pain on another scale": ("s.csv", text(*lines(pain=lambda n, pain: int(pain) * 10)), 4, [
        "Pain outside its scale (pain_out_of_range)", "set its unit to VAS_0_100 in the mapping",
        "Held: nothing is published, and the reports of before stay."]),
    "the column of patients emptied": ("s.csv", text(*lines(id=lambda n, who: "")), 3, [
        "No patient number (missing_patient)", "s.csv  80 2", "Fill in the patient's number in the journal"]),
    "zero where exertion was not asked": ("s.csv", text(*lines(rpe=lambda n, rpe: 0 if n % 3 else rpe)), 0, [
        "Exertion of 0 in sessions with exercise", "zero_for_missing_exertion", "set missing_in for that"]),
    "half of the file in another encoding": (
        "s.csv", text(*lines(70)).replace("oak", "öak").encode() + OTHER, 3, [
        "s.csv, line 72: a byte is not UTF-8, though the text before it is.", "Export it again as UTF-8"]),
    "dates saved as numbers by a spreadsheet": ("s.csv", text(*lines(start=as_number)), 0, [
        "Date as a spreadsheet's number (excel_serial_date)", "s.csv 80 2", "Give the column a date format"]),
    "patients rounded by a spreadsheet": ("s.csv", text(*lines(id=lambda n, who: f"1.2345{n % 10}E+11")), 3, [
        "Patient number rounded by a spreadsheet (rounded_id)", "s.csv 80 2",
        "do not save it in a spreadsheet, or give the column the format Text"]),
    "a title merged above the headings": ("s.xlsx", workbook(SPLIT, above=2), 0, ["s.xlsx sessions 80 80 0"]),
    "a decimal comma turned thousands": ("s.csv", text(*lines(minutes=lambda n, text: f'"{text},500"')), 3, [
        "Number that cannot be read (unreadable_number)", "a mark that can be read in two ways", "s.csv 80 2",
        "marks of thousands belong in the mapping"]),
    "decimal commas in a file of commas": ("s.csv", text(*lines(pain=lambda n, pain: f"{pain},5")), 3, [
        "Line with too many or too few cells (ragged_line)", "or a decimal comma", "s.csv 80 2"]),
    "a quote that never closes": (
        "s.csv", text(*lines(30), 'oak,Q1,2026-05-01 09:00,20,3,"4', *lines(40)), 3, [
        "s.csv, line 32: a quote opens there and never closes, so that 40 lines behind it are read as one "
        "cell. Close it, or export the file again."]),
    "no headings": ("s.csv", "\n".join(lines()), 2, [
        "A line of values stands where its headings should be: export it again with its headings."]),
    "a quote in the headings": ("s.csv", text(*lines()).replace("clinic,id", 'clinic,"id', 1), 2, [
        "the file lacks. It has: clinic, id,start,minutes,rpe,pain. Mend"]),
    "a copy that broke off": ("s.csv", text(*lines()).encode()[:1500] + bytes(2000), 3, [
        "s.csv: zero bytes stand where text should", "Export it again."]),
    "headings alone": ("s.csv", HEAD, 3, ["s.csv sessions 0 0 0", "Without any, the files are empty."]),
    "a document": ("s.docx", packed("[Content_Types].xml", "word/document.xml"), 3, [
        "s.docx: is a word processor's file. Export the journal as CSV, XLSX, JSON or Parquet."]),
}  # fmt: skip


def said_of(folder, name, content):
    (folder / "m.toml").write_text(MAPPING)
    (folder / "lumbar.toml").write_text(TOML)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    ran = run_lumbar("check", cwd=folder)
    return ran.code, re.sub(r"\s+", " ", ran.said)


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_clerk_is_told_what_is_wrong_and_what_to_do(tmp_path, damage):
    name, content, code, expected = DAMAGES[damage]
    ended, said = said_of(tmp_path, name, content)
    assert ended == code, said
    for words in expected:
        assert re.sub(r"\s+", " ", words) in said
    assert "Traceback" not in said
    assert not re.search(r"\bQ\d\b|2026-0\d-\d\d 09", said)  # no patient, no cell
