"""Pseudonyms, and what never gets past the door."""

from __future__ import annotations

import polars as pl
import pytest
from journal.exports import GOOD, HEADER, SESSIONS, cleaned, installation, sessions_of

from analytics.journal.privacy import pseudonyms, read_key
from analytics.vocabulary.errors import ConfigurationError


def _hidden(*pairs, key=b"k" * 32):
    ids, scopes = pl.Series([one for _, one in pairs]), pl.Series([scope for scope, _ in pairs])
    return pseudonyms(ids, scopes, key, prefix="p").to_list()


def test_a_pseudonym_needs_the_key_and_the_scope():
    one = _hidden(("oak", "7"))
    assert _hidden(("oak", "7")) == one
    assert _hidden(("oak", "7"), key=b"j" * 32) != one
    assert _hidden(("elm", "7")) != one
    assert pseudonyms(pl.Series(["7"]), "oak", b"k" * 32, prefix="p").to_list() == one


def test_ids_that_run_into_their_scope_do_not_collide():
    assert len(set(_hidden(("a", "bc"), ("ab", "c")))) == 2


def test_the_same_number_in_two_clinics_is_two_people_unless_the_network_shares_numbers(tmp_path):
    lines = "\n".join([HEADER, GOOD, GOOD.replace("oak", "elm")])
    for scope, people in (("clinic", 2), ("network", 1)):
        made = installation(tmp_path / scope, {"s.csv": (SESSIONS, lines)}, scope=scope)
        assert cleaned(made).sessions["patient_id"].n_unique() == people


def test_a_key_is_made_once_and_closed_to_others(tmp_path):
    made = installation(tmp_path, {"s.csv": (SESSIONS, f"{HEADER}\n{GOOD}\n")})
    first = read_key(made)
    path = tmp_path / "lumbar.key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(made) == first
    path.chmod(0o644)
    with pytest.raises(ConfigurationError, match=r"chmod 600 lumbar\.key"):
        read_key(made)


def test_the_environment_comes_before_the_file(tmp_path, monkeypatch):
    monkeypatch.setenv("LUMBAR_KEY", "from the environment, and long enough")
    made = installation(tmp_path, {"s.csv": (SESSIONS, f"{HEADER}\n{GOOD}\n")})
    assert read_key(made) == b"from the environment, and long enough"
    assert not (tmp_path / "lumbar.key").exists()


def test_notes_and_unmapped_columns_are_dropped(tmp_path):
    mapping = SESSIONS.replace('level = "level"', 'note = "note"\nlevel = "level"')
    journal = sessions_of(
        tmp_path, f"{GOOD},Jane Doe,secret remark", header=f"{HEADER},name,note", mapping=mapping
    )
    everything = " ".join(
        str(getattr(journal, name).to_dicts())
        for name in ("sessions", "patients", "findings", "accounting", "measured")
    )
    assert "Jane" not in everything
    assert "secret" not in everything
    assert journal.sessions["patient_id"].item().startswith("p")
    assert journal.sessions["patient_id"].item() != "7"


BIRTHDAYS = {
    "2026-01-05,1980-01-06": 45, "2026-01-05,1980-01-05": 46, "2026-06-05,1990-12-31": 35,
    "2025-12-31,1990-02-28": 35, "2025-11-01,1960-12-01": 64,
}  # fmt: skip


def test_dates_of_birth_become_ages(tmp_path):
    mapping = 'table = "patients"\n[columns]\nclinic_id = "c"\npatient_id = "p"\n'
    mapping += 'intake_date = "i"\nbirth_date = "b"\n'
    made = installation(
        tmp_path,
        {"p.csv": (mapping, "c,p,i,b\n" + "\n".join(f"oak,{n},{both}" for n, both in enumerate(BIRTHDAYS)))},
    )
    patients = cleaned(made).patients
    assert patients["age"].sort().to_list() == sorted(BIRTHDAYS.values())
    assert "birth_date" not in patients.columns


def test_findings_hold_no_value(tmp_path):
    journal = sessions_of(tmp_path, GOOD.replace(",6", ",Jane Doe"))
    assert journal.findings["rule"].to_list() == ["unreadable_number"]
    assert "Jane" not in str(journal.findings.to_dicts())
