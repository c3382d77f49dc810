"""For the data steward: how full the columns are, and every check with its outcome at all clinics."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.exhibits.markup import nothing, table_html
from analytics.exhibits.numbers import capital, not_shown, percent, plain, words
from analytics.exhibits.quality import marks
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.rules import FOUND, RULES, STATUSES, Rule, rules_table

FULL = ("column_incomplete", "column_absent")
TABLES = ("sessions", "patients", "plans")


def completeness_table(checks: pl.DataFrame) -> Exhibit:
    """One row is one clinic, one column a column that the reports rest on: the share of rows that fill it."""
    slug, title = "completeness", tr("How full are the columns that the reports rest on?")
    cells = checks.filter(pl.col("check").is_in(FULL))
    if not cells.height:
        return nothing(slug, title=title, why=tr("No table has any row."))
    in_order = pl.col("table").cast(pl.Enum(TABLES))
    columns = cells.select("table", "column").unique().sort(in_order, "column").rows()
    found = {(row["clinic_id"], row["table"], row["column"], row["check"]): row
             for row in cells.iter_rows(named=True)}  # fmt: skip
    rows = [
        [clinic, *(_filled(found, (clinic, *column)) for column in columns)]
        for clinic in cells["clinic_id"].unique().sort()
    ]
    heads = [tr("Clinic"), *(capital(_read_as().get(column, words(column))) for _, column in columns)]
    note = tr(
        "▲ less full than it should be. None: no row holds anything. No table: not exported. 80+ %: at least "
        "so full, and too few patients lack it to show how many"
    )
    table = table_html(rows, headings=heads, caption=title, note=note)
    low = cells.filter(pl.col("status").is_in(list(FOUND.values()))).height
    summary = tr("All of them are full enough.")
    if low:
        summary = tr("Empty, or less full than it should be: {columns}.").format(columns=low)
    return Exhibit(slug, title, summary=summary, table=table, data=cells)


def _read_as() -> dict[str, str]:
    """Columns that go by another name than the export's."""
    return {
        "rpe": tr("exertion"),
        "duration_min": tr("minutes"),
        "logged_at": tr("time of entry"),
        "setting": tr("place"),
        "sessions_per_week": tr("planned sessions"),
    }


def _filled(found: dict[tuple[str, ...], dict[str, Any]], place: tuple[str, ...]) -> str:
    whole, cell = found.get((*place, "column_absent")), found.get((*place, "column_incomplete"))
    if whole is None or cell is None:
        return tr("No table")
    if whole["status"] == "note":
        return tr("None")
    least = f"{100 * (1 - cell['threshold']):.0f}"
    if cell["share"] is None:
        low = tr("below {least} %").format(least=least)
        return {"pass": f"{least}+ %", "warn": f"{low} ▲"}.get(cell["status"], not_shown())
    full = 1 - cell["share"] if cell["share"] == 0 else min(1 - cell["share"], 0.99)  # 100 % is all of them
    return f"{percent(full)}{' ▲' if cell['status'] == 'warn' else ''}"


def checks_table(checks: pl.DataFrame, facts: dict[str, Any]) -> Exhibit:
    """One row is one rule or check: what it means, what to do, at how many clinics it has found something."""
    slug, title = "checks", tr("Every rule and check")
    thresholds = facts.get("settings", {}).get("quality", {}).get("thresholds", {})
    said = rules_table(thresholds)
    counts = checks.group_by("check", "status").agg(pl.col("clinic_id").n_unique().alias("clinics"))
    at = {(check, status): clinics for check, status, clinics in counts.iter_rows()}
    rows = [
        [
            rule["title"],
            f"{rule['meaning']} ({rule['source']})" if rule["source"] else rule["meaning"],
            rule["what_to_do"],
            _limit(RULES[rule["rule"]], rule["threshold"]),
            _outcome(rule["rule"], at),
            rule["rule"],
        ]
        for rule in said.iter_rows(named=True)
    ]
    heads = [tr("Rule or check"), tr("What it means"), tr("What to do"), tr("Found above"), tr("Clinics")]
    heads.append(tr("Name in lumbar.toml"))
    note = tr(
        "[quality.thresholds] of lumbar.toml sets by its name above which share a rule or check is found"
    )
    table = table_html(rows, headings=heads, caption=title, note=note)
    struck = checks.filter(pl.col("status").is_in(["fail", "warn", "note"]))["check"].n_unique()
    summary = tr(
        "Of {rules} rules and checks, {struck} found something; the others pass or had too little to look at."
    ).format(rules=said.height, struck=struck)
    return Exhibit(slug, title, summary=summary, table=table, data=said)


def _limit(rule: Rule, threshold: float) -> str:
    if rule.level in {"clinic", "file"} or threshold == 0:
        return tr("any")
    return percent(threshold) if threshold >= 0.01 else f"{plain(100 * threshold)} %"


def _outcome(check: str, at: dict[tuple[str, str], int]) -> str:
    parts = [f"{marks()[status]} {at[check, status]}" for status in STATUSES if (check, status) in at]
    return "; ".join(parts) or (tr("✓ no line") if RULES[check].outcome else tr("– Not tested"))
