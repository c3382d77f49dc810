"""Spreadsheets as clinics keep them: titles, merged cells, formulas, dates; each row with its own number."""

from __future__ import annotations

import csv
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest
import xlsxwriter
from journal.sheets import SHEET, ods, packed, read, unpacked, xlsx
from running import SHARED

from analytics.journal.forms.serial import shape_of_format, shown_moment, shown_number
from analytics.journal.forms.stored import Stored
from analytics.journal.forms.workbook import parts_of
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError

FIXTURES = Path(__file__).parents[1] / "fixtures" / "workbooks"  # made with xlwt


def _sheets(path, **file):
    return parts_of(Stored(path), File(**file))


def _book(path, *rows, merged=(), options=None):
    """A workbook of one sheet; rows are (row number, first column, cells), merged are Excel's ranges."""
    with xlsxwriter.Workbook(path, options or {}) as book:
        sheet = book.add_worksheet()
        for where in merged:
            sheet.merge_range(where, "")
        for number, first, cells in rows:
            sheet.write_row(number - 1, first, cells)
    return path


def test_a_line_is_the_row_of_the_spreadsheet(tmp_path):
    path = _book(
        tmp_path / "x.xlsx",
        (1, 0, ["Sessions of the clinic"]), (2, 0, ["exported", "2026-02-01"]),
        (5, 1, ["patient", "start", "pain"]), (6, 1, ["P1", "a", 3]), (9, 1, ["P2", "b", 4]), (12, 3, [5]),
    )  # fmt: skip
    rows, names = read(path)
    assert names == ["patient", "start", "pain"]
    assert rows == [("P1", "a", "3", 6), ("P2", "b", "4", 9), ("", "", "5", 12)]


def test_a_mapping_may_say_where_the_headings_are(tmp_path):
    path = _book(tmp_path / "x.xlsx", (1, 0, ["a", "b"]), (2, 0, ["c", "d"]), (4, 0, ["1", "2"]))
    assert read(path)[1] == ["a", "b"]
    assert read(path, header_line=2) == ([("1", "2", 4)], ["c", "d"])
    with pytest.raises(InputError, match=r"x\.xlsx: its row 3 is empty, .*header_line"):
        read(path, header_line=3)


@pytest.mark.parametrize(
    ("above", "found"),
    [
        ([], 1),
        ([["Exported by the practice system"]], 2),
        ([["Clinic", "oak"], [], ["from", "2026-01-01"]], 4),
        ([["Clinic", "oak", "2026"], ["a title"]], 3),
        ([["P0", 1, 2, 3, 4]], 2),
    ],
)
def test_headings_are_found_below_titles(tmp_path, above, found):
    lines = [*above, ["patient", "date", "pain before", "pain after", "note"], ["P1", 1, 2, 3], ["P1", 1, 2]]
    path = _book(tmp_path / "x.xlsx", *((number, 0, cells) for number, cells in enumerate(lines, start=1)))
    rows, names = read(path)
    assert names == ["patient", "date", "pain before", "pain after", "note"]
    assert [row[-1] for row in rows] == [found + 1, found + 2]


def test_numbers_may_be_headings(tmp_path):
    path = _book(tmp_path / "x.xlsx", (1, 0, ["id", 1, 2, 3]), (2, 0, ["P1", 4, 5, 0]))
    assert read(path) == ([("P1", "4", "5", "0", 2)], ["id", "1", "2", "3"])


def test_blank_and_repeated_headings_are_made_unique(tmp_path):
    path = _book(tmp_path / "x.xlsx", (1, 1, ["a", "", "a", "one\nline"]), (2, 1, ["1", "2", "3", "4", "5"]))
    assert read(path)[1] == ["a", "column_3", "a_2", "one line", "column_6"]


def test_a_value_merged_downwards_belongs_to_each_row(tmp_path):
    path = _book(
        tmp_path / "x.xlsx",
        (1, 0, ["patient", "clinic", "pain"]),
        (2, 0, ["P1", "oak", 1]), (3, 2, [2]), (4, 2, [3]), (5, 0, ["P2", "", 4]), (6, 1, ["elm", 5]),
        (7, 2, [6]),
        merged=["A2:A4", "B2:B5", "A6:A7"],
    )  # fmt: skip
    # A6:A7 is merged and empty, B7 is empty and not merged: nothing is guessed there
    assert read(path)[0] == [
        ("P1", "oak", "1", 2), ("P1", "oak", "2", 3), ("P1", "oak", "3", 4), ("P2", "oak", "4", 5),
        ("", "elm", "5", 6), ("", "", "6", 7),
    ]  # fmt: skip


def test_a_row_that_holds_only_merged_cells_is_no_row(tmp_path):
    path = _book(
        tmp_path / "x.xlsx", (1, 0, ["a", "b"]), (2, 0, ["P", "1"]), (5, 0, ["Q", "2"]), merged=["A2:A4"]
    )
    assert [row[-1] for row in read(path)[0]] == [2, 5]


def test_merged_across_is_one_cell_of_a_line(tmp_path):
    path = _book(tmp_path / "x.xlsx", (1, 0, ["a", "b", "c"]), (2, 0, ["closed"]), merged=["A2:C2"])
    assert read(path)[0] == [("closed", "", "", 2)]


LOWER, JOINED = ["Patient", "before", "after"], ["Patient", "Pain before", "Pain after"]


@pytest.mark.parametrize(
    ("merged", "upper", "lower", "names"),
    [
        (["A2:A3", "B2:C2"], ["Patient", "Pain", ""], ["", "before", "after"], JOINED),
        (["B2:C2"], ["", "Pain", ""], LOWER, JOINED),
        (["A2:C2"], ["A title", "", ""], LOWER, LOWER),
        (["A2:B2"], ["A title", "", ""], LOWER, LOWER),
        ([], ["one", "two", "three"], LOWER, ["one", "two", "three"]),
    ],
)
def test_two_rows_of_headings_are_joined_where_cells_are_merged(tmp_path, merged, upper, lower, names):
    path = _book(tmp_path / "x.xlsx", (2, 0, upper), (3, 0, lower), (4, 0, ["P1", 3, 4]), merged=merged)
    rows, found = read(path)
    assert found == names
    assert rows[-1] == ("P1", "3", "4", 4)


def test_values_are_as_a_person_sees_them(tmp_path):
    path, start = tmp_path / "x.xlsx", datetime(2026, 1, 5, 9, 0)
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        cells = [
            ("moment", start, "dd.mm.yy hh:mm", "2026-01-05 09:00:00"),
            ("rounded", start + timedelta(microseconds=-300), "dd.mm.yy hh:mm", "2026-01-05 09:00:00"),
            ("day", date(2026, 1, 5), "d. mmmm yyyy", "2026-01-05"),
            ("month", date(2026, 1, 1), "mmm", "2026-01-01"),
            ("clock", time(9, 30, 5), "hh:mm AM/PM", "09:30:05"),
            ("duration", timedelta(hours=25, minutes=5), "[h]:mm", "25:05"),
            ("minutes", timedelta(minutes=35, seconds=4), "mm:ss", "00:35:04"),
            ("percent", 0.35, "0%", "0.35"),
            ("money", 12.5, '#,##0.00 "d"', "12.5"),
            ("coloured", 7, "[Red]0;[Blue]-0", "7"),
            ("yes", True, "General", "true"),
            ("no", False, "General", "false"),
            ("number", 1234567890123, "General", "1234567890123"),
            ("long", 123456789012345678, "0", "123456789012346000"),
            ("sum", 0.1 + 0.2, "General", "0.3"),
            ("tiny", 1e-10, "General", "1e-10"),
            ("negative", -7.0, "General", "-7"),
            ("text", " 007 ", "@", " 007 "),
            ("blank", "  ", "General", ""),
        ]
        for column, (name, value, code, _) in enumerate(cells):
            sheet.write(0, column, name)
            sheet.write(1, column, value, book.add_format({"num_format": code}))
    rows, names = read(path)
    assert dict(zip(names, rows[0], strict=False)) == {name: text for name, _, _, text in cells}


@pytest.mark.parametrize(
    ("code", "shape"),
    [
        ("General", "number"), ("0.00E+00", "number"), ('0 "days"', "number"), (r"0\h", "number"),
        ("@", "number"),
        ("yyyy-mm-dd", "date"), ("[$-40B]d. mmm yyyy", "date"), ("TT.MM.JJJJ", "date"), ("mmm", "date"),
        ("yyyy\\-mm\\-dd\\ hh:mm", "date"), ("h:mm", "time"), ("[mm]:ss", "time"), ("[h]:mm:ss;@", "time"),
        ("Standard", "number"), ("Yleinen", "number"), ("[Red]0", "number"), ("0;yyyy", "number"),
    ],
)  # fmt: skip
def test_what_a_number_format_shows(code, shape):
    assert shape_of_format(code) == shape


@pytest.mark.parametrize(
    ("serial", "shape", "text"),
    [
        ("1", "date", "1900-01-01"), ("59", "date", "1900-02-28"), ("61", "date", "1900-03-01"),
        ("46027", "date", "2026-01-05"), ("-1", "date", "-1"), ("2958466", "date", "2958466"),
        ("x", "date", "x"),
        ("46027.375", "time", "2026-01-05 09:00:00"), ("0.999999", "time", "24:00"), ("nan", "date", "nan"),
    ],
)  # fmt: skip
def test_serial_days(serial, shape, text):
    assert shown_moment(serial, shape, 0) == text


def test_numbers_keep_fifteen_digits():
    assert shown_number("41800000.009999998") == "41800000.01"
    assert shown_number("1.2345678901230001E+20") == "123456789012300000000"


def test_days_are_counted_from_1904_where_the_workbook_says_so(tmp_path):
    rows = {}
    for late in (False, True):
        with xlsxwriter.Workbook(tmp_path / f"{late}.xlsx", {"date_1904": late}) as book:
            sheet, day = book.add_worksheet(), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
            sheet.write_row(0, 0, ["start", "worked"])
            sheet.write_datetime(1, 0, datetime(2026, 1, 5, 9, 30), day)
            sheet.write(1, 1, timedelta(hours=25), book.add_format({"num_format": "[h]:mm"}))
        rows[late] = read(tmp_path / f"{late}.xlsx")[0]
    assert rows[True] == rows[False] == [("2026-01-05 09:30:00", "25:00", 2)]


ERRORS = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!"]


def test_error_cells_are_not_empty(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "x.xlsx") as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [f"c{place}" for place in range(7)])
        for column, word in enumerate(ERRORS):
            sheet.write_formula(1, column, "=1/0", None, word)
    assert read(tmp_path / "x.xlsx")[0] == [(*ERRORS, 2)]


def test_a_formula_that_nobody_has_calculated_is_not_empty(tmp_path):
    rows = '<row><c t="inlineStr"><is><t>a</t></is></c></row><row><c><f>A1</f>{}</c></row>'

    def found(value, book=""):
        return read(xlsx(tmp_path / "x.xlsx", rows.format(value), book=book))[0][0][0]

    again = '<calcPr fullCalcOnLoad="1"/>'
    assert found("<v>7</v>") == found("<v>7</v>", again) == "7"
    assert found("<v>0</v>") == "0"
    assert found("") == found("<v></v>") == found("<v>0</v>", again) == "#UNCALCULATED!"


def test_a_formula_that_gives_empty_text_is_empty(tmp_path):
    rows = '<row r="1"><c t="str"><v>a</v></c><c t="str"><v>b</v></c></row>'
    rows += '<row r="2"><c t="str"><f>""</f><v></v></c><c><v>1</v></c></row>'
    assert read(xlsx(tmp_path / "x.xlsx", rows))[0] == [("", "1", 2)]


def test_texts_of_many_kinds(tmp_path):
    texts = "<si><t>a</t></si><si><r><t>one </t></r><r><t>two</t></r><rPh><t>no</t></rPh></si>"
    texts += "<si><t>x_x000D_y_xD800_</t></si>"
    rows = '<row r="1"><c t="s"><v>0</v></c><c t="inlineStr"><is><t>b</t></is></c>'
    rows += '<c t="d"><v>2026-01-05</v></c></row><row r="3"><c r="C3" t="s"><v>1</v></c></row>'
    rows += '<row><c t="s"><v>2</v></c><c t="e"><v>#REF!</v></c></row>'
    found, names = read(xlsx(tmp_path / "x.xlsx", rows, texts=texts))
    assert names == ["a", "b", "2026-01-05"]
    assert found == [("", "", "one two", 3), ("x\ry_xD800_", "#REF!", "", 4)]


def test_any_prefix_of_the_namespace_will_do(tmp_path):
    cells = '<x:row r="{0}"><x:c t="str"><x:v>a{0}</x:v></x:c><x:c t="str"><x:v>b</x:v></x:c></x:row>'
    sheet = '<x:worksheet xmlns:x="m"><x:sheetData>{}</x:sheetData><x:mergeCell ref="B2:B3"/></x:worksheet>'
    with_prefix = sheet.format(
        "".join(cells.format(row) for row in (1, 2)) + "<x:row><x:c><x:v>1</x:v></x:c></x:row>"
    )
    path = tmp_path / "x.xlsx"
    packed(path, unpacked(xlsx(path, "")) | {SHEET: with_prefix})
    assert read(path)[0] == [("a2", "b", 2), ("1", "b", 3)]


def test_sheets_with_a_table_are_parts(tmp_path):
    path = tmp_path / "x.xlsx"
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("Empty")
        book.add_worksheet("Cover").write(0, 0, "Made by the practice system")
        hidden = book.add_worksheet("Codes")
        hidden.write_row(0, 0, ["code", "word"])
        hidden.hide()
        book.add_worksheet("Sessions").write_row(0, 0, ["patient", "pain"])
        book.add_chartsheet("Chart").set_chart(_chart(book))
        rows = book.add_worksheet("Hidden rows")
        rows.write_column(0, 0, ["a", "1", "2"])
        rows.write_column(0, 1, ["b", "3", "4"])
        rows.set_row(1, None, None, {"hidden": True})
    assert _sheets(path) == ["Sessions", "Hidden rows", "Codes"]
    assert read(path) == ([], ["patient", "pain"])
    assert read(path, part="Hidden rows")[0] == [("1", "3", 2), ("2", "4", 3)]
    with pytest.raises(
        InputError, match=r"no sheet 'sessions'. Its sheets: Empty, .*Hidden rows\. Mend file\.part"
    ):
        read(path, part="sessions")
    with pytest.raises(InputError, match="sheet is empty"):
        read(path, part="Empty")


def _chart(book):
    chart = book.add_chart({"type": "line"})
    chart.add_series({"values": "=Sessions!$A$1:$A$2"})
    return chart


def test_a_list_of_one_column_is_a_part_where_there_is_no_other(tmp_path):
    assert _sheets(_book(tmp_path / "x.xlsx", (1, 0, ["clinic"]), (2, 0, ["oak"]))) == ["Sheet1"]
    assert _sheets(_book(tmp_path / "y.xlsx")) == []
    with pytest.raises(InputError, match=r"y\.xlsx: all its sheets are empty"):
        read(tmp_path / "y.xlsx")


def test_only_the_columns_that_are_needed(tmp_path):
    path = _book(tmp_path / "x.xlsx", (1, 0, ["a", "b", "c"]), (2, 0, [1, 2, 3]))
    assert read(path, columns={"c", "a", "elsewhere"}) == ([("1", "3", 2)], ["a", "c"])


def test_batches_share_their_columns_and_count_on(tmp_path, monkeypatch):
    path = _book(tmp_path / "x.xlsx", *((row, 0, [f"a{row}", row]) for row in range(1, 12)))
    monkeypatch.setattr("analytics.journal.forms.sheet.BATCH_CELLS", 12)
    rows, _ = read(path)
    assert [row[-1] for row in rows] == list(range(2, 12))


# --- ODS and XLS

CELL = '<table:table-cell office:value-type="{}" {}>{}</table:table-cell>'


def _cell(kind, value="", text="", **more):
    named = {"float": "value", "percentage": "value", "boolean": "boolean-value"}.get(kind, f"{kind}-value")
    given = f'office:{named}="{value}" ' if value else ""
    given += " ".join(f'table:{key.replace("_", "-")}="{held}"' for key, held in more.items())
    return CELL.format(kind, given, f"<text:p>{text}</text:p>" if text else "")


def _row(*cells, **more):
    given = " ".join(f'table:{key.replace("_", "-")}="{held}"' for key, held in more.items())
    return f"<table:table-row {given}>{''.join(cells)}</table:table-row>"


def test_ods_is_read_as_it_looks(tmp_path):
    empty = "<table:table-cell/>"
    remark = '<table:table-cell office:value-type="string"><office:annotation><text:p>hidden</text:p>'
    remark += (
        "</office:annotation><text:p>a<text:s text:c='2'/>b</text:p><text:p>c</text:p></table:table-cell>"
    )
    names = ["id", "start", "worked", "share", "home", "note"]
    rows = [
        _row(_cell("string", text="A title")),
        _row(empty, number_rows_repeated=2),
        _row(empty, *(_cell("string", text=name) for name in names)),
        _row(
            empty, _cell("string", text="P1", number_rows_spanned=2),
            _cell("date", "2026-01-05T09:29:59.9999"),
            _cell("time", "PT25H05M00S"), _cell("percentage", "0.35"), _cell("boolean", "true"), remark,
        ),
        _row(
            empty, "<table:covered-table-cell/>", _cell("date", "2026-01-06"), _cell("time", "P1DT00H30M"),
            '<table:table-cell table:formula="of:=1"/>', _cell("float", "7"), _cell("string", text="#N/A"),
        ),
        _row(empty, _cell("string", text="P2", number_columns_repeated=2), number_rows_repeated=2),
        _row(empty, number_rows_repeated=1048000),
    ]  # fmt: skip
    assert read(ods(tmp_path / "x.ods", "".join(rows))) == ([
        ("P1", "2026-01-05 09:30:00", "25:05", "0.35", "true", "a  b\nc", 5),
        ("P1", "2026-01-06", "24:30", "#UNCALCULATED!", "7", "#N/A", 6),
        ("P2", "P2", "", "", "", "", 7), ("P2", "P2", "", "", "", "", 8),
    ], names)  # fmt: skip


@pytest.mark.parametrize("name", ["journal.xls", "journal_1904.xls"])
def test_xls_is_read_as_it_looks(name):
    """Two cells of a patient are merged over two rows, in a table that starts in column C."""
    assert _sheets(FIXTURES / name) == ["Journal", "List"]
    rows, names = read(FIXTURES / name)
    assert names == ["patient", "start", "day", "clock", "worked", "share", "home", "number", "pain"]
    assert rows == [
        (
            "P1",
            "2026-01-05 09:30:00",
            "2026-01-05",
            "09:30",
            "24:05",
            "0.35",
            "false",
            "1234567890123",
            "0",
            5,
        ),
        (
            "P1",
            "2026-01-06 09:30:01",
            "2026-01-06",
            "09:30",
            "25:05",
            "0.35",
            "true",
            "1234567890124",
            "1",
            7,
        ),
        (
            "P2",
            "2026-01-07 09:30:02",
            "2026-01-07",
            "09:30",
            "26:05",
            "0.35",
            "false",
            "1234567890125",
            "#N/A",
            9,
        ),
    ]


CSVKIT = SHARED / "exports" / "csvkit"
TEST = [
    ("Chicago Reader", "1971-01-01", "40", "true", "1", "1971-01-01 04:14:00", "", ""),
    ("Chicago Sun-Times", "1948-01-01", "63", "true", "1.27", "1948-01-01 14:57:13", "",
     "Extra data beyond headers will be trimmed"),
    ("Chicago Tribune", "1920-01-01", "164", "false", "41800000.01", "1920-01-01", "", ""),
    ("This row has blanks", "", "", "", "", "", "", ""),
    ("Unicode! Σ", "", "", "", "", "", "", ""),
]  # fmt: skip


@pytest.mark.skipif(not CSVKIT.is_dir(), reason="the public files are not beside the project")
@pytest.mark.parametrize("form", ["xls", "xlsx"])
@pytest.mark.parametrize(("stem", "first"), [("test", 2), ("sheets", 2), ("test_skip_lines", 5)])
def test_public_workbooks_are_read_right(stem, first, form):
    """All of them count their days from 1904; csvkit's own converted file tells the same."""
    found, names = read(CSVKIT / f"{stem}.{form}", part="data" if stem == "sheets" else None)
    assert names == ["text", "date", "integer", "boolean", "float", "datetime", "empty_column", "column_8"]
    assert found == [(*cells, first + place) for place, cells in enumerate(TEST)]
    with (CSVKIT / "testxlsx_converted.csv").open(encoding="utf-8") as converted:
        theirs = [tuple(row) for row in csv.reader(converted)][1:]
    ours = [
        tuple(cell.replace(" 1", "T1").replace(" 0", "T0") if ":" in cell else cell for cell in row)
        for row in TEST
    ]
    assert [row[:3] + row[4:5] + row[6:] for row in ours] == [row[:3] + row[4:5] + row[6:] for row in theirs]


@pytest.mark.skipif(not CSVKIT.is_dir(), reason="the public files are not beside the project")
@pytest.mark.parametrize(
    ("name", "sheets"),
    [("dummy.xls", ["Sheet1"]), ("dummy.xlsx", ["Sheet1"]), ("sheets.xls", ["data", "ʤ"])],
)
def test_the_sheets_of_public_workbooks(name, sheets):
    assert _sheets(CSVKIT / name) == sheets
    assert read(CSVKIT / name, part=sheets[-1]) == ([("1", "2", "3", 2)], ["a", "b", "c"])
