"""Workbooks written by hand, as other programs than ours may write them."""

from __future__ import annotations

import zipfile
from pathlib import Path

from analytics.journal.forms.stored import Stored
from analytics.journal.forms.workbook import read_workbook
from analytics.journal.mapping import File

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SHEET = "xl/worksheets/sheet1.xml"
RELATIONS = 'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"'
ODS_SPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text")
)


def read(path: Path, columns=None, **file):
    """All rows of one sheet as (cells..., line), and the headings."""
    tables = list(read_workbook(Stored(path), File(**file), columns))
    assert all(table.frame.schema == tables[0].frame.schema for table in tables)
    return [row for table in tables for row in table.frame.rows()], tables[0].frame.columns[:-1]


def xlsx(path: Path, rows: str, *, behind="", texts="", book="", before="") -> Path:
    """An XLSX of one sheet: the XML of its rows, of what is behind them, of texts and of the workbook."""
    declared = f'<?xml version="1.0"?>{before}'
    parts = {
        "_rels/.rels": f'<Relationships {RELATIONS}><Relationship Id="r1" Type="{OFFICE}/officeDocument" '
        'Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{declared}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}">{book}<sheets>'
        '<sheet name="S" sheetId="1" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f"<Relationships {RELATIONS}>"
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="/xl/worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/sharedStrings.xml": f'<sst xmlns="{MAIN}">{texts}</sst>',
        SHEET: f'{declared}<worksheet xmlns="{MAIN}"><sheetData>{rows}</sheetData>{behind}</worksheet>',
    }
    return packed(path, parts)


def ods(path: Path, rows: str, *, manifest="") -> Path:
    """An ODS of one table, by the XML of its rows."""
    content = (
        f'<office:document-content {ODS_SPACES}><office:body><office:spreadsheet><table:table table:name="T">'
        f"{rows}</table:table></office:spreadsheet></office:body></office:document-content>"
    )
    return packed(path, {"content.xml": content, "META-INF/manifest.xml": f"<manifest>{manifest}</manifest>"})


def packed(path: Path, parts: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            package.writestr(name, text)
    return path


def unpacked(path: Path) -> dict[str, str]:
    with zipfile.ZipFile(path) as package:
        return {name: package.read(name).decode() for name in package.namelist()}
