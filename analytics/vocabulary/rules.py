"""The rules as data (rules.toml): what can be wrong with an export, what it means and what to do."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import polars as pl

from analytics.vocabulary.language import decimal_mark, tr

KINDS = ("conformance", "completeness", "plausibility")  # Kahn 2016, eGEMs 4:1244
FOUND = {"error": "fail", "warning": "warn", "note": "note"}  # severity -> status where it is found
STATUSES = ("fail", "warn", "note", "pass", "untested")
STATES = ("first run", "new", "persisting", "resolved", "passing", "untested")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can be wrong.

    It is found where its share of `level`s is above `threshold` and there are `least` of them to judge.
    `outcome` is what becomes of a line that breaks it; a check beyond the line has none. `unit` is what is
    counted; a check that says yes or no counts nothing.
    """

    name: str
    title: str
    kind: Literal["conformance", "completeness", "plausibility"]
    severity: Literal["error", "warning", "note"]
    level: Literal["line", "row", "patient", "column", "clinic", "file"]
    meaning: str
    remedy: str
    threshold: float = 0.0
    least: int = 1
    outcome: Literal["", "refused", "duplicate", "repaired"] = ""
    unit: str = ""
    source: str = ""

    def says(self, thresholds: Mapping[str, float]) -> str:
        """What it means, in the language spoken, with the limits that are in force."""
        chosen = {name: f"{thresholds.get(name, limit.default):g}" for name, limit in LIMITS.items()}
        marked = {name: limit.replace(".", decimal_mark()) for name, limit in chosen.items()}
        return tr(self.meaning).format_map(marked)


@dataclass(frozen=True, slots=True)
class Limit:
    """A number that a check works with beside its threshold."""

    name: str
    default: float
    unit: str
    meaning: str


_TABLE = tomllib.loads(Path(__file__).with_name("rules.toml").read_text(encoding="utf-8"))
RULES = {name: Rule(name, **entry) for name, entry in _TABLE["rules"].items()}
LIMITS = {name: Limit(name, **entry) for name, entry in _TABLE["limits"].items()}
LINE_RULES = {name: rule for name, rule in RULES.items() if rule.outcome}
CHECKS = {name: rule for name, rule in RULES.items() if not rule.outcome}
THRESHOLDS: dict[str, float] = {name: rule.threshold for name, rule in RULES.items()} | {
    name: limit.default for name, limit in LIMITS.items()
}


def rules_table(thresholds: Mapping[str, float]) -> pl.DataFrame:
    """One row is one rule or check in words of the language spoken, with its threshold in force."""
    rows = [
        {
            "rule": rule.name, "title": tr(rule.title), "kind": rule.kind, "severity": rule.severity,
            "level": rule.level, "outcome": rule.outcome, "meaning": rule.says(thresholds),
            "what_to_do": tr(rule.remedy), "threshold": float(thresholds.get(rule.name, rule.threshold)),
            "least": rule.least, "source": tr(rule.source),
        }
        for rule in RULES.values()
    ]  # fmt: skip
    return pl.DataFrame(rows)


def rules_markdown(thresholds: Mapping[str, float]) -> str:
    """The same as Markdown, with the limits: one section for the rules of a line, one for the checks."""
    parts = ["# Rules and checks"]
    for heading, some in (("Rules of a line", LINE_RULES), ("Checks beyond a line", CHECKS)):
        parts.append(f"\n## {heading}\n")
        for rule in some.values():
            threshold = thresholds.get(rule.name, rule.threshold)
            head = f"- **{rule.title}** (`{rule.name}`, {rule.kind}, {rule.outcome or rule.severity}):"
            found = f"Found above {threshold:g} where there are {rule.least} or more."
            source = f" Source: {rule.source}." if rule.source else ""
            parts.append(f"{head} {rule.says(thresholds)} *What to do:* {rule.remedy} {found}{source}")
    parts.append("\n## Limits\n")
    parts += [
        f"- `{limit.name}` = {thresholds.get(limit.name, limit.default):g} {limit.unit}: {limit.meaning}."
        for limit in LIMITS.values()
    ]
    return "\n".join(parts) + "\n"
