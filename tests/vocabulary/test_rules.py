"""The rules as data: settings may move thresholds, and the same words are said everywhere."""

from __future__ import annotations

import json

import pytest

from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.gate import Gate, Reason, gate_of
from analytics.vocabulary.rules import (
    CHECKS,
    KINDS,
    LIMITS,
    LINE_RULES,
    RULES,
    THRESHOLDS,
    rules_markdown,
    rules_table,
)
from analytics.vocabulary.settings import read_settings

GOOD = 'as_of = 2026-06-30\n[[sources]]\nfiles = "a.csv"\nmapping = "a.toml"\n'


def read(folder, text):
    path = folder / "lumbar.toml"
    path.write_text(GOOD + text)
    return read_settings(path)


def test_by_default_errors_hold_and_thresholds_are_the_tables(tmp_path):
    quality = read(tmp_path, "").quality
    assert (quality.gate, quality.thresholds, quality.lines_to_look_at) == ("hold", {}, 5)


def test_thresholds_and_limits_can_be_set(tmp_path):
    text = '[quality]\ngate = "warn"\n[quality.thresholds]\nlogged_late = 0.25\nlate_hours = 24\n'
    quality = read(tmp_path, text).quality
    assert quality.gate == "warn"
    assert quality.thresholds == {"logged_late": 0.25, "late_hours": 24}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "thresholds.logged_latte = 0.1",
            "no rule or limit is named 'logged_latte'. Did you mean logged_late",
        ),
        ("thresholds.zzz = 0.1", "no rule or limit is named 'zzz'. `lumbar rules` lists them"),
        ("thresholds.logged_late = 5", "logged_late is a share from 0 to 1"),
        ("thresholds.late_hours = -1", "greater than or equal to 0"),
        ("thresholds.late_hours = nan", "finite number"),
        ('gate = "open"', "'hold' or 'warn'"),
        ("lines_to_look_at = -1", "greater than or equal to 0"),
        ("treshold = 1", "Allowed here: gate, lines_to_look_at, thresholds."),
    ],
)
def test_what_is_wrong_is_said(tmp_path, text, said):
    with pytest.raises(ConfigurationError) as refusal:
        read(tmp_path, f"[quality]\n{text}\n")
    assert said in str(refusal.value)


def test_names_are_told_apart():
    assert set(RULES) & set(LIMITS) == set()
    assert set(THRESHOLDS) == set(RULES) | set(LIMITS)
    assert set(LINE_RULES) | set(CHECKS) == set(RULES)
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


def test_every_rule_is_of_a_known_kind_and_only_checks_hold():
    assert {rule.kind for rule in RULES.values()} == set(KINDS)
    assert {rule.severity for rule in LINE_RULES.values()} == {"warning", "note"}
    held = {rule.name for rule in CHECKS.values() if rule.severity == "error"}
    assert held == {"refused_mostly", "pain_constant", "clinic_vanished", "rows_halved"}


def test_table_and_text_say_the_same_with_the_thresholds_in_force():
    chosen = {"late_hours": 24.0, "logged_late": 0.25}
    table, text = rules_table(chosen), rules_markdown(chosen)
    assert table["rule"].to_list() == list(RULES)
    row = table.row(list(RULES).index("logged_late"), named=True)
    assert "more than 24 hours" in row["meaning"]
    assert row["threshold"] == 0.25
    for rule in table.iter_rows(named=True):
        assert f"**{rule['title']}** (`{rule['rule']}`" in text
        assert rule["meaning"] in text
        assert rule["what_to_do"] in text
    assert "- `late_hours` = 24 hours:" in text


def test_a_gate_is_kept_as_facts_and_read_again():
    held = Gate("hold", (Reason("oak", "pain_constant", "sessions"),))
    assert gate_of(json.loads(json.dumps({"gate": held.facts()}))) == held
    assert gate_of({}) == Gate("publish")
