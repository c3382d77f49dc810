"""The certificate agrees with what is known, and says so when it does not."""

from __future__ import annotations

import json
import time
import tomllib

import polars as pl
import pytest
from oracle.cases import HERE

from analytics.exhibits import certificate as words
from analytics.exhibits.certificate import certificate_table
from analytics.models import certificate
from analytics.models.certificate import CASES, CERTIFICATE, KINDS, verify

TEXT = CASES.read_text(encoding="utf-8")


def test_every_check_is_met():
    found = verify()
    assert dict(found.schema) == CERTIFICATE
    assert found.filter(~pl.col("met")).is_empty()
    assert found.height >= 30
    assert found["found"].null_count() == 0


def test_it_takes_less_than_a_second():
    verify()  # libraries load once
    began = time.process_time()
    verify()
    assert time.process_time() - began < 1


@pytest.mark.parametrize(("name", "table", "case"), [
    ("patients with lines of their own", "sleepstudy", "sleepstudy slopes"),
    ("groups that do not differ", "dyestuff2", "dyestuff2"),
    ("groups within groups", "pastes", "pastes"),
])  # fmt: skip
def test_data_and_answers_are_those_of_the_oracles(name, table, case):
    """The file repeats what tests/oracle has from R."""
    told = next(one for one in tomllib.loads(TEXT)["cases"] if one["name"] == name)
    theirs = pl.read_csv(HERE / "data" / f"{table}.csv").select(list(told["data"]))
    assert pl.DataFrame(told["data"]).cast(dict(theirs.schema)).equals(theirs)
    answer = json.loads((HERE / "lme4.json").read_text(encoding="utf-8"))["cases"][case]
    wanted = {one["quantity"]: one["reference"] for one in told["expected"]}
    assert wanted["criterion"] == answer["criterion"]
    assert wanted["error"] == answer["se"][-1]
    assert wanted.get("df", answer["kenward_roger"]["df"][-1]) == answer["kenward_roger"]["df"][-1]


@pytest.mark.parametrize("case", tomllib.loads(TEXT)["cases"], ids=lambda case: case["name"])
def test_a_wrong_reference_is_found(case, tmp_path):
    """Each reference moved by ten times its tolerance, one after the other: that one row is red."""
    for at, wanted in enumerate(case["expected"]):
        line = f"reference = {wanted['reference']!r}\n"
        block = TEXT[TEXT.index(f'name = "{case["name"]}"\n') :]
        moved = wanted["reference"] + 10 * (wanted["tolerance"] or 1e-6)
        place = tmp_path / f"{at}.toml"
        before = TEXT[: len(TEXT) - len(block)]
        place.write_text(before + block.replace(line, f"reference = {moved!r}\n", 1), encoding="utf-8")
        wrong = verify(place).filter(~pl.col("met"))
        assert wrong.select("case", "reference").rows() == [(case["name"], moved)]


BROKEN = {
    "fit_mixed": "mixed", "expected_regression": "regression", "with_limits": "xmr",
    "poisson_limits": "poisson", "overdispersion": "overdispersion", "dersimonian_laird": "meta",
}  # fmt: skip


@pytest.mark.parametrize(("function", "kind"), BROKEN.items())
def test_a_calculation_that_fails_is_not_met_and_stops_nothing(function, kind, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(certificate, function, broken)
    found = verify()
    names = {case["name"] for case in tomllib.loads(TEXT)["cases"] if case["kind"] == kind}
    wrong = found.filter(~pl.col("met"))
    assert set(wrong["case"]) == names
    assert wrong["found"].null_count() == wrong.height
    assert set(BROKEN.values()) == set(KINDS)


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), 13.486])
def test_a_wrong_number_is_not_met(wrong, monkeypatch):
    monkeypatch.setattr(certificate, "expected_regression", lambda *_, **__: wrong)
    assert not verify().filter(pl.col("case").str.starts_with("regression"))["met"].any()


def test_an_unknown_kind_is_not_met(tmp_path):
    place = tmp_path / "new.toml"
    place.write_text(TEXT.replace('kind = "xmr"', 'kind = "nothing of ours"'), encoding="utf-8")
    assert set(verify(place).filter(~pl.col("met"))["case"]) == {"chart over time"}


def test_the_page_says_how_many_agree():
    found = verify()
    exhibit = certificate_table(found)
    assert exhibit.summary.startswith(f"{found.height} of {found.height} check calculations agree")
    assert exhibit.body == ""
    assert exhibit.table.count("agrees") == found.height
    assert "does not agree" not in exhibit.table


def test_the_page_warns_before_all_else():
    found = verify().with_columns(met=pl.col("case") != "chart over time")
    exhibit = certificate_table(found)
    assert exhibit.summary.startswith(f"Warning: 3 of {found.height} check calculations do not agree")
    assert "Not met: Chart over time: its limits." in exhibit.body
    assert exhibit.table.count("does not agree") == 3


def test_without_checks_the_page_says_so():
    assert "No check calculation" in certificate_table(verify().clear()).body


def test_every_check_has_words():
    found = verify()
    for code in found["case"].unique():
        assert words._case(code)[0].isupper()
    assert [code for code in found["quantity"].unique() if words._quantity(code) == code
            and code not in ("estimate", "mean")] == []  # fmt: skip
