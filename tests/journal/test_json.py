"""JSON of every shape that an app exports: a line each, a list, lists in an object; and broken JSON."""

from __future__ import annotations

import json

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.journal.forms.json_records import parts_of, read_json
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError


def _read(tmp_path, content, columns=None, **file):
    """The records with their lines, and the refused lines, of one file."""
    path = tmp_path / "x.json"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    tables = list(read_json(Stored(path), File(**file), columns))
    assert all(table.frame.schema == tables[0].frame.schema for table in tables)
    frame, broken = pl.concat(t.frame for t in tables), pl.concat(t.broken for t in tables)
    records = [{key: cell or "" for key, cell in row.items()} for row in frame.to_dicts()]
    return records, [tuple(row) for row in broken.rows()]


def _parts(tmp_path, content):
    (tmp_path / "x.json").write_text(content)
    return parts_of(Stored(tmp_path / "x.json"), File())


RECORDS = [{"id": "P1", "pain": 3}, {"id": "P2", "rpe": 4.5}]
CELLS = [
    {"id": "P1", "pain": "3", "rpe": "", "source_line": 1},
    {"id": "P2", "pain": "", "rpe": "4.5", "source_line": 2},
]


@pytest.mark.parametrize(
    "content",
    [
        "\n".join(map(json.dumps, RECORDS)),
        "\r\n".join(map(json.dumps, RECORDS)) + "\r\n",
        "\r".join(map(json.dumps, RECORDS)),
        "".join(f"\x1e{json.dumps(record)}\n" for record in RECORDS),
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=2),
        json.dumps({"made": "2026-01-01", "of": {"clinic": "oak"}, "sessions": RECORDS, "empty": []}),
        json.dumps({"data": {"page": [1, 2], "sessions": RECORDS}}, indent=1),
        "\n".join(json.dumps(record, indent=2) for record in RECORDS),
    ],
    ids=[
        "lines",
        "crlf",
        "old mac",
        "sequence",
        "list",
        "tidy list",
        "wrapped",
        "twice wrapped",
        "tidy objects",
    ],
)
def test_one_journal_in_every_shape(tmp_path, content):
    assert _read(tmp_path, content) == (CELLS, [])


@pytest.mark.parametrize(
    ("encoding", "told"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("utf-16-le", None), ("utf-16-be", None),
     ("utf-32", None), ("cp1252", "cp1252")],
)  # fmt: skip
@pytest.mark.parametrize("indent", [None, 1])
def test_encodings(tmp_path, encoding, told, indent):
    text = json.dumps([{"a": "Rücken"}], ensure_ascii=False, indent=indent)
    assert _read(tmp_path, text.encode(encoding), encoding=told)[0] == [{"a": "Rücken", "source_line": 1}]


def test_text_of_another_encoding_is_refused_with_its_line(tmp_path):
    content = b'{"a": "x"}\n{"a": "R\xfccken"}\n'
    with pytest.raises(InputError, match=r"x\.json: is not utf-8 text from line 2 on\. .*file\.encoding"):
        _read(tmp_path, content)
    for encoding in ("rot13", "zip", "no such", "undefined"):
        with pytest.raises(InputError, match="is not"):
            _read(tmp_path, content, encoding=encoding)


def test_a_line_is_the_line_of_the_file(tmp_path):
    records, broken = _read(tmp_path, '\n{"a": 1}\n\n  \n{"a": 2}\nnonsense\n[1]\n"word"\n{"a": 3')
    assert [record["source_line"] for record in records] == [2, 5]
    assert broken == [(line, "broken_record") for line in (6, 7, 8, 9)]


def test_the_first_line_may_be_broken(tmp_path):
    assert _read(tmp_path, '{"a": nonsense}\n{"a": 1}\n') == (
        [{"a": "1", "source_line": 2}], [(1, "broken_record")],
    )  # fmt: skip
    assert _read(tmp_path, 'export of oak\n{"a": 1}\n')[0] == [{"a": "1", "source_line": 2}]


def test_parts_are_the_lists_of_objects(tmp_path):
    content = {"v": 1, "days": [1, 2], "a": [{"x": 1}], "in": {"b": [{"x": 2}, 3, {"x": 4}]}}
    for indent in (None, 2):
        text = json.dumps(content, indent=indent)
        assert _parts(tmp_path, text) == ["a", "in.b"]
        assert _read(tmp_path, text)[0] == [{"x": "1", "source_line": 1}]
        assert _read(tmp_path, text, part="in.b") == (
            [{"x": "2", "source_line": 1}, {"x": "4", "source_line": 3}], [(2, "broken_record")],
        )  # fmt: skip
        with pytest.raises(InputError, match=r"no list of records 'c'\. It has: a, in\.b\."):
            _read(tmp_path, text, part="c")
    assert _parts(tmp_path, json.dumps([content])) == _parts(tmp_path, '{"a": [{"x": 1}]}\n{"a": []}\n') == []


def test_nested_objects_and_lists_become_columns(tmp_path):
    record = {
        "pain": {"before": 3, "at": {"rest": 1}}, "muscles": ["gluteals", None, True, 2.0],
        "none": [], "no": {},
        "sets": [{"name": "plank", "n": 3}, {"name": "bridge", "side": {"left": 1}}], "grid": [[1, 2], [3]],
    }  # fmt: skip
    assert _read(tmp_path, json.dumps(record) + "\n" + json.dumps({"x": 1}))[0][0] == {
        "pain.before": "3", "pain.at.rest": "1", "muscles": "gluteals;;true;2", "none": "",
        "sets.name": "plank;bridge", "sets.n": "3;", "sets.side.left": ";1", "grid": "[[1, 2], [3]]", "x": "",
        "source_line": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("3", "3"), ("3.0", "3"), ("-0.5", "-0.5"), ("1e3", "1000"), ("1e22", "1e+22"), ("true", "true"),
        ("null", ""), ('" 007 "', " 007 "), ("12345678901234567890123", "12345678901234567890123"),
        ("NaN", "nan"), ("-Infinity", "-inf"), ("1e999", "inf"), (r'"\u0041\u0000"', "A\0"), ('""', ""),
        ("1234567890123", "1234567890123"), (r'"\ud83d\ude00"', "😀"), ('"2026-01-05T09Z"', "2026-01-05T09Z"),
    ],
)  # fmt: skip
def test_values_are_delivered_as_they_are(tmp_path, value, text):
    for content in (f'{{"a": {value}}}\n{{"b": "word"}}\n', f'[{{"a": {value}}}, {{"a": "word"}}]'):
        assert _read(tmp_path, content)[0][0]["a"] == text


@pytest.mark.parametrize(
    "record",
    [
        '{"a": 1, "a": 2}', '{"p": {"a": 1, "a": 1}}', '{"p": {"a": 1}, "p.a": 2}', r'{"a": "\ud800"}',
        r'{"\udc00": 1}', '{"a": ' + "1" * 5000 + "}", '{"a": ' * 40 + "1" + "}" * 40, "[" * 500 + "]" * 500,
        '{"%s": {"x": 1}}' % ("k" * 2000), "3", '"a"', "null",
    ],
)  # fmt: skip
def test_a_record_without_one_meaning_is_refused_alone(tmp_path, record):
    good = '{"x": 1}'
    assert _read(tmp_path, f"{good}\n{record}\n{good}\n")[1] == [(2, "broken_record")]
    records, broken = _read(tmp_path, f"[{good}, {record}, {good}]")
    assert ([each["source_line"] for each in records], broken) == ([1, 3], [(2, "broken_record")])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[{"a": 1},\n {"a": 2,\n', r"x\.json, line 2: the JSON is broken or cut off"),
        ('[{"a": 1},\n {"a" 2}]', r"line 2: the JSON is broken"),
        ('[{"a": 1}\n {"a": 2}]', r"line 2: the JSON is broken"),
        ('[{"a": 1}]\n[{"a": 2}]', r"line 2: something follows the end of the list"),
        ('{"s": [{"a": "never closed}]}', r"line 1: the JSON is broken or cut off"),
        ("[" * 100_000, "line 1: .*too deep"),
        ('{"a": ' * 100_000, "line 1: .*too deep"),
        ("[]", "no object of JSON was found"),
        ("[1, 2]", "no object of JSON was found"),
        ("nonsense\nmore\n", "no line of it is a JSON object"),
        ("{", "broken or cut off"),
    ],
)
def test_what_cannot_be_followed_is_refused_with_its_line(tmp_path, content, said):
    with pytest.raises(InputError, match=said) as refusal:
        _read(tmp_path, content)
    assert str(refusal.value).count("\n") == 0
    with pytest.raises(InputError, match=said):
        _read(tmp_path, content, columns=["a"])


def test_a_message_holds_no_value(tmp_path):
    with pytest.raises(InputError) as refusal:
        _read(tmp_path, '[{"name": "Jane Doe"}, {"name": Jane Doe}]')
    assert "Jane" not in str(refusal.value)


def test_only_the_columns_that_are_needed(tmp_path):
    content = '{"a": 1, "b": {"c": 2, "d": 3}}\n{"b": {"c": 4}}\n'
    records, _ = _read(tmp_path, content, columns=["b.c", "a", "elsewhere"])
    assert records == [
        {"b.c": "2", "a": "1", "elsewhere": "", "source_line": 1},
        {"b.c": "4", "a": "", "elsewhere": "", "source_line": 2},
    ]


def test_a_key_named_like_the_line_is_kept(tmp_path):
    content = '{"source_line": 7, "a": 1}\n{"a": 2}\n'
    assert _read(tmp_path, content)[0][0] == {"source_line_": "7", "a": "1", "source_line": 1}
    assert _read(tmp_path, content, columns=["source_line_"])[0][0]["source_line_"] == "7"


def test_batches_share_their_columns_and_count_on(tmp_path, monkeypatch):
    monkeypatch.setattr("analytics.journal.forms.json_records.BATCH_CELLS", 12)
    content = "\n".join(json.dumps({f"k{number % 3}": number}) for number in range(20))
    records, _ = _read(tmp_path, content)
    assert [record["source_line"] for record in records] == list(range(1, 21))
    assert [record[f"k{number % 3}"] for number, record in enumerate(records)] == [str(n) for n in range(20)]


def test_a_long_list_is_read_in_small_pieces(tmp_path, monkeypatch):
    """Wherever a piece ends: inside a word, a number, an escape."""
    wanted = [{"a": "Rücken\\n\u2028", "b": number * 1234567.25, "c": [number]} for number in range(30)]
    for piece in (1, 2, 3, 7, 64):
        monkeypatch.setattr("analytics.journal.forms.json_text.PIECE", piece)
        for text in (json.dumps(wanted), json.dumps({"s": wanted}, ensure_ascii=False, indent=1)):
            records, _ = _read(tmp_path, text, columns=["a", "b", "c"])
            assert [row["b"] for row in records] == [str(each["b"]).removesuffix(".0") for each in wanted]
            assert {row["a"] for row in records} == {"Rücken\\n\u2028"}


def test_a_record_that_is_too_long_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("analytics.journal.forms.json_text.LONGEST", 100)
    monkeypatch.setattr("analytics.journal.forms.json_text.PIECE", 64)
    long = json.dumps({"a": "x" * 1000})
    assert _read(tmp_path, f'{{"a": 1}}\n{long}\n{{"a": 2}}\n')[1] == [(2, "broken_record")]
    with pytest.raises(InputError, match="broken or cut off"):
        _read(tmp_path, f'[{{"a": "{"x" * 1000}')


def test_a_dictionary_by_patient_is_no_list_of_records(tmp_path):
    with pytest.raises(InputError, match=r"more than 5,000 different keys\. Export a list"):
        _read(tmp_path, json.dumps({f"P{number}": {"pain": 1} for number in range(5001)}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    records=st.lists(
        st.dictionaries(st.text(min_size=1, max_size=4), JSON, max_size=4), min_size=1, max_size=6
    ),
    indent=st.sampled_from([None, 2]),
)
def test_every_record_is_read_or_refused_once(tmp_path, records, indent):
    """Each k of the list is in exactly one of both, and plain words stand as they were."""
    found, broken = _read(tmp_path, json.dumps(records, indent=indent))
    lines = [row["source_line"] for row in found] + [line for line, _ in broken]
    assert sorted(lines) == list(range(1, len(records) + 1))
    for row in found:
        for key, value in records[row["source_line"] - 1].items():
            if isinstance(value, str):
                assert row[key] == value
