"""FHIR R4: the resources of a real back-pain app, made-up ones of every kind, and broken ones."""

from __future__ import annotations

import copy
import gzip
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from journal.exports import cleaned
from running import SHARED

from analytics.journal.forms.fhir import other_resources, parts_of, read_fhir
from analytics.journal.forms.loinc import LOINC
from analytics.journal.forms.recognise import recognise
from analytics.journal.forms.stored import Stored
from analytics.journal.mapping import File
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.settings import Settings, Source

APP = SHARED / "exports" / "fhir-back-pain-app" / "fixtures"
JOHN = "CD9B26EA-234E-46BB-91A1-D67B23064396"
real = pytest.mark.skipif(not APP.is_dir(), reason="the public exports are not beside the project")


def rows(path, part, beside=()):
    tables = list(read_fhir(Stored(path, beside=tuple(beside)), File(part=part)))
    return [row for table in tables for row in table.frame.to_dicts()], [
        line for table in tables for line in table.broken.rows()
    ]


def written(folder, resources, name="export.json"):
    content = resources if isinstance(resources, str) else json.dumps(resources)
    (folder / name).write_text(content)
    return folder / name


# file: questionnaire, date, pain answers as the questionnaire's own answer options print them
RESPONSES = {
    "treatment-series-pre-session-response-en": ("pre-session", "2020-02-03T14:15:00-05:00", [3, 5, 8]),
    "treatment-series-post-session-response-en": ("post-session", "2020-03-15", [3, 5, 8]),
    "treatment-series-pre-training-response-1-en": ("pre-training", "2020-02-06", [4]),
    "treatment-series-pre-training-response-2-en": ("pre-training", "2020-02-13", [6]),
    "treatment-series-pre-training-response-3-en": ("pre-training", "2020-02-20", [7]),
    "treatment-series-pre-training-response-4-en": ("pre-training", "2020-02-27", [3]),
    "treatment-series-pre-training-response-5-en": ("pre-training", "2020-03-06", [3]),
    "treatment-series-pre-training-response-6-en": ("pre-training", "2020-03-13", [4]),
    "treatment-series-post-training-response-1-en": ("post-training", "2020-02-06", []),
    "treatment-series-post-training-response-2-en": ("post-training", "2020-02-13", []),
    "treatment-series-post-training-response-3-en": ("post-training", "2020-02-20", []),
    "treatment-series-post-training-response-4-en": ("post-training", "2020-02-27", []),
    "treatment-series-post-training-response-5-en": ("post-training", "2020-03-06", []),
}
PAIN = (
    "current_back_pain_level", "average_back_pain_level", "max_back_pain_level_4w", "back_pain_level_before",
    "current_pain_level", "average_pain_level", "maximimum_pain_level",
)  # fmt: skip


@real
@pytest.mark.parametrize("name", RESPONSES)
def test_every_response_of_the_app_has_its_patient_date_and_pain(name):
    files = sorted((APP / "bigger-example").rglob("*.json"))
    path = next(one for one in files if one.name.startswith(f"{name}."))
    asked, day, pain = RESPONSES[name]
    part = f"QuestionnaireResponse/{asked}-questionnaire"
    assert parts_of(Stored(path), File()) == [part]
    ((row,), broken) = rows(path, part, files)
    assert (row["patient"], row["link"], row["clinic"]) == (JOHN, "encounter", "clinic-zs-ug-1")
    assert row["date"] == day
    assert [int(row[one]) for one in PAIN if row.get(one)] == pain
    assert not broken
    ((alone,), _) = rows(path, part)
    assert (alone["patient"], alone["link"], alone["date"]) == ("", "", day)  # without its encounter


@real
def test_the_account_of_every_file_of_the_app():
    """Each resource is in a part, or counted among those that are not read."""
    files = sorted(APP.rglob("*.json"))
    kinds: dict[str, int] = {}
    for path in files:
        stored = Stored(path)
        assert recognise(stored) == "fhir"
        read = {part.partition("/")[0]: len(rows(path, part)[0]) for part in parts_of(stored, File())}
        for kind, count in (read | other_resources(stored)).items():
            kinds[kind] = kinds.get(kind, 0) + count
    assert kinds == {
        "QuestionnaireResponse": 24,
        "Encounter": 12,
        "Questionnaire": 13,
        "DocumentReference": 4,
    }
    assert sum(kinds.values()) == len(files)


@real
def test_the_apps_trainings_become_sessions(tmp_path):
    """Pre-training answers are pain before; the account holds every response once."""
    for path in (APP / "bigger-example").rglob("*.json"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "before.toml").write_text(
        'table = "sessions"\nlines_per_record = "many"\n[file]\npart = '
        '"QuestionnaireResponse/pre-training-questionnaire"\n[columns]\nclinic_id = "clinic"\n'
        'patient_id = "patient"\nperformed_at = "date"\npain_before = "back_pain_level_before"\n'
    )
    source = Source(files="*questionnaireresponse.json", mapping="before.toml")
    every = Source(files="*.json", mapping="before.toml")
    for one in (source, every):
        journal = cleaned(Settings(root=tmp_path, as_of="2026-06-30", sources=(one,)))
        assert journal.accounting.select("lines", "kept", "refused").sum().row(0)[0] == 6
        if one is every:
            assert journal.sessions.sort("performed_at")["pain_before"].to_list() == [4, 6, 7, 3, 3, 4]
            assert journal.sessions["patient_id"].n_unique() == 1
            assert journal.findings.height == 0
        else:  # the encounters lie in other files: nobody is known, and none is lost
            assert journal.findings["rule"].to_list() == ["missing_patient"] * 6


PATIENT = {
    "resourceType": "Patient", "id": "p1", "birthDate": "1970-05-06", "gender": "female",
    "name": [{"family": "Doe", "given": ["Jane"]}], "telecom": [{"value": "555-1234"}],
    "identifier": [{"value": "943 476 5919"}], "managingOrganization": {"reference": "Organization/oak"},
}  # fmt: skip


def observation(**more):
    return {
        "resourceType": "Observation", "id": "o1", "status": "final", "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://snomed.info/sct", "code": "x"},
                            {"system": "http://loinc.org", "code": "72514-3"}]},
        "effectiveDateTime": "2026-01-05T09:00:00+01:00",
    } | more  # fmt: skip


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ({"valueInteger": 7}, ("7", "")),
        ({"valueQuantity": {"value": 6.5, "unit": "points"}}, ("6.5", "points")),
        ({"valueQuantity": {"value": 6, "comparator": "<"}}, ("<6", "")),
        ({"valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA10139-6"}]}}, ("7", "")),
        ({"valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA9999-9"}]}}, ("LA9999-9", "")),
        ({"valueCodeableConcept": {"coding": [
            {"code": "x", "extension": [{"url": "x/ordinalValue", "valueDecimal": 4}]}]}}, ("4", "")),
        ({"valueBoolean": True}, ("true", "")),
        ({"valueString": "moderate"}, ("moderate", "")),
        ({"dataAbsentReason": {"coding": [{"code": "unknown"}]}}, ("", "")),
    ],
)  # fmt: skip
def test_every_kind_of_value(tmp_path, value, read):
    ((row,), _) = rows(written(tmp_path, observation(**value)), "Observation")
    assert (row["value"], row["unit"]) == read
    assert (row["code"], row["patient"], row["date"]) == ("72514-3", "p1", "2026-01-05T09:00:00+01:00")


def test_components_are_rows_of_their_parent(tmp_path):
    parts = [
        {"code": {"coding": [{"system": "http://loinc.org", "code": code}]}, "valueInteger": value}
        for code, value in (("38208-5", 6), ("38214-3", 4))
    ]
    path = written(tmp_path, observation(component=parts))
    assert parts_of(Stored(path), File()) == ["Observation/38208-5", "Observation/38214-3", "Observation"]
    found, _ = rows(path, "Observation")
    assert [(row["code"], row["value"], row["source_line"], row["patient"]) for row in found] == [
        ("38208-5", "6", 1, "p1"), ("38214-3", "4", 1, "p1"),
    ]  # fmt: skip
    ((one,), _) = rows(path, "Observation/38214-3")
    assert one["value"] == "4"


def test_whose_a_resource_is(tmp_path):
    contained = [{"resourceType": "Patient", "id": "in", "identifier": [{"value": "77"}]}]
    for subject, found, more in (
        ({"reference": "Patient/p1/_history/3"}, "p1", {}),
        ({"reference": "https://clinic.example/fhir/Patient/p1"}, "p1", {}),
        ({"reference": "urn:uuid:1234"}, "1234", {}),
        ({"identifier": {"system": "s", "value": "55"}}, "55", {}),
        ({"reference": "#in"}, "77", {"contained": contained}),
        ({"display": "Jane Doe"}, "", {}),
    ):
        ((row,), _) = rows(written(tmp_path, observation(subject=subject, **more)), "Observation")
        assert row["patient"] == found
        assert "Jane" not in str(row)


def test_what_was_taken_back_or_replaced_is_refused_and_counted(tmp_path):
    bundle = {
        "resourceType": "Bundle", "type": "collection",
        "entry": [
            {"resource": observation(id="a", status="entered-in-error", valueInteger=1)},
            {"resource": observation(id="b", meta={"versionId": "2"}, valueInteger=2)},
            {"resource": observation(id="b", meta={"versionId": "10"}, valueInteger=3)},
            {"resource": {"resourceType": "Procedure", "status": "not-done", "id": "c"}},
            {"resource": {"resourceType": "Questionnaire"}},
            {"fullUrl": "no resource"},
        ],
    }  # fmt: skip
    path = written(tmp_path, bundle)
    found, broken = rows(path, "Observation")
    assert [row["value"] for row in found] == ["3"]
    assert broken == [(1, "entered_in_error"), (2, "older_version"), (6, "broken_record")]
    assert rows(path, "Procedure")[1] == [(4, "not_done"), (6, "broken_record")]
    assert other_resources(Stored(path)) == {"Questionnaire": 1}


def test_nothing_that_names_a_patient_enters(tmp_path):
    ((row,), _) = rows(written(tmp_path, PATIENT), "Patient")
    assert (row["patient"], row["birth_date"], row["gender"], row["clinic"]) == (
        "p1",
        "1970-05-06",
        "female",
        "oak",
    )
    for canary in ("Doe", "Jane", "555", "943"):
        assert canary not in str(row)


def test_a_prescription_says_how_often_and_how_long(tmp_path):
    repeat = {"frequency": 3, "period": 1, "periodUnit": "wk", "duration": 0.5, "durationUnit": "h",
              "boundsPeriod": {"start": "2026-01-05", "end": "2026-03-30"}}  # fmt: skip
    request = {"resourceType": "ServiceRequest", "id": "r", "status": "active", "intent": "order",
               "subject": {"reference": "Patient/p1"}, "occurrenceTiming": {"repeat": repeat}}  # fmt: skip
    ((row,), _) = rows(written(tmp_path, request), "ServiceRequest")
    assert [row[name] for name in ("sessions_per_week", "minutes_per_session", "valid_from", "valid_to")] == [
        "3", "30", "2026-01-05", "2026-03-30",
    ]  # fmt: skip
    timing = {"repeat": {"frequency": 1, "period": 1, "periodUnit": "d"}}
    daily = {"resourceType": "CarePlan", "activity": [{"detail": {"scheduledTiming": timing}}]}
    ((row,), _) = rows(written(tmp_path, daily), "CarePlan")
    assert row["sessions_per_week"] == "7"


def test_nested_and_repeated_answers(tmp_path):
    response = {
        "resourceType": "QuestionnaireResponse", "questionnaire": "#q", "status": "completed",
        "contained": [{"resourceType": "Questionnaire", "id": "q", "url": "http://x/Questionnaire/daily|1"}],
        "subject": {"reference": "Patient/p1"}, "authored": "2026-01",
        "item": [{"linkId": "group", "item": [
            {"linkId": "did", "answer": [{"valueCoding": {"code": "stretching"}}, {"valueString": "a;b"}]},
            {"linkId": "pain", "answer": [{"valueDecimal": 6.0, "item": [
                {"linkId": "why", "answer": [{"valueBoolean": False}]}]}]},
            {"linkId": "photo", "answer": [{"valueAttachment": {"title": "Jane"}}]}]}],
    }  # fmt: skip
    path = written(tmp_path, response)
    assert parts_of(Stored(path), File()) == ["QuestionnaireResponse/daily"]
    ((row,), _) = rows(path, "QuestionnaireResponse/daily")
    assert (row["did"], row["pain"], row["why"], row["date"]) == ("stretching;a,b", "6", "false", "2026-01")
    assert "photo" not in row


def test_lines_lists_and_packed_files_say_the_same(tmp_path):
    many = [observation(id=str(number), valueInteger=number) for number in range(5)]
    lines = "\n".join(json.dumps(one) for one in many)
    (tmp_path / "packed.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    bundle = {"resourceType": "Bundle", "entry": [{"resource": one} for one in many]}
    paths = [
        written(tmp_path, lines, "a.ndjson"), written(tmp_path, many, "b.json"),
        written(tmp_path, json.dumps(bundle, indent=1), "c.json"), tmp_path / "packed.ndjson.gz",
    ]  # fmt: skip
    found = [rows(path, "Observation") for path in paths]
    assert found.count(found[0]) == 4
    assert [row["source_line"] for row in found[0][0]] == [1, 2, 3, 4, 5]


def test_a_broken_line_is_one_broken_record(tmp_path):
    good = json.dumps(observation(valueInteger=1))
    found, broken = rows(written(tmp_path, f"{good}\n{good[:50]}\n{good}\n", "x.ndjson"), "Observation")
    assert len(found) == 2
    assert broken == [(2, "broken_record")]


def test_a_part_must_be_named_and_be_there(tmp_path):
    path = written(tmp_path, PATIENT)
    with pytest.raises(InputError, match=r"several kinds of resources\. Name one \(file\.part\): Patient\."):
        rows(path, None)
    with pytest.raises(InputError, match=r"holds no Encounter \(file\.part\)\. It has: Patient\."):
        rows(path, "Encounter")


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
SEEDS = [
    observation(component=[{"code": {"coding": [{"code": "y"}]}, "valueQuantity": {"value": 1}}]), PATIENT,
    {"resourceType": "QuestionnaireResponse", "questionnaire": "http://x/q", "encounter": {"reference": "1"},
     "item": [{"linkId": "a", "item": [{"linkId": "b", "answer": [{"valueCoding": {"code": "c"}}]}]}]},
    {"resourceType": "Encounter", "period": {"start": "2026-01-05T09:00:00Z", "end": "2026-01-05T09:30:00Z"},
     "identifier": [{"value": "1"}], "type": [{"coding": [{"code": "t"}]}], "class": {"code": "AMB"}},
    {"resourceType": "ServiceRequest", "occurrenceTiming": {"repeat": {"frequency": 1, "periodUnit": "wk"}}},
]  # fmt: skip


def _places(node, here=()):
    yield here
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in inner:
        yield from _places(value, (*here, key))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_json_in_any_place_is_read_or_refused(tmp_path, data):
    """A real resource with one part of it replaced by anything: rows or words, never another error."""
    resource = copy.deepcopy(data.draw(st.sampled_from(SEEDS)))
    place = data.draw(st.sampled_from([one for one in _places(resource) if one and one != ("resourceType",)]))
    node = resource
    for key in place[:-1]:
        node = node[key]
    node[place[-1]] = data.draw(anything)
    path = written(tmp_path, json.dumps([resource]), "x.json")
    for part in parts_of(Stored(path), File()):
        found, _ = rows(path, part)
        assert all(isinstance(cell, (str, int)) for row in found for cell in row.values())
