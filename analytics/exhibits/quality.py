"""For the data steward: publish or hold, what to do, what became of the lines, how full the columns are."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from analytics.exhibits.markup import nothing, paragraphs, table_html
from analytics.exhibits.numbers import count, percent, words
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.rules import FOUND, RULES, Rule

MARKS = {"fail": "✕ Hold", "warn": "▲ Act", "note": "● Know", "pass": "✓ Passes", "untested": "– Not tested"}
LISTED = 12  # clinics that one finding names; the table of all checks has the rest
CARDS = {"fail": "hold", "warn": "act", "note": "know"}
OUTCOMES = ("read", "kept", "refused", "duplicate", "repaired")


def quality_headline(checks: pl.DataFrame, lines: pl.DataFrame, facts: dict[str, Any]) -> Exhibit:
    """Publish or hold, why, and what changed since the last run."""
    found = checks.filter(pl.col("status").is_in(list(FOUND.values())))
    gate = facts.get("gate") or {"decision": "publish", "reasons": [], "anyway": False}
    more = [_asking(found, checks), _since(checks), _of_lines(lines)]
    body = paragraphs(filter(None, more), kind="headline")
    return Exhibit("quality-headline", "Publish or hold?", summary=_decision(gate), body=body)


def _decision(gate: dict[str, Any]) -> str:
    why = ", ".join(
        f"{_clinic(reason['clinic_id'])} ({RULES[reason['check']].title.lower()})"
        for reason in gate["reasons"][:LISTED]
    )
    if gate["decision"] == "hold":
        return f"Hold: these exports are not good enough to publish: {why}."
    if gate["anyway"]:
        return f"Published all the same, by the settings, although checks ask to hold: {why}."
    return "Publish: no check asks to hold the reports."


def _asking(found: pl.DataFrame, checks: pl.DataFrame) -> str:
    acting = found.filter(pl.col("status") != "note")
    clinics = checks.filter(pl.col("clinic_id") != NETWORK)["clinic_id"].n_unique()
    where = acting.filter(pl.col("clinic_id") != NETWORK)["clinic_id"].n_unique()
    known = found.height - acting.height
    told = f" {_many(known, 'thing is', 'things are')} worth knowing." if known else ""
    if not acting.height:
        return f"Nothing asks for action at any of {_many(clinics, 'clinic', 'clinics')}.{told}"
    asks = _many(acting.height, "finding asks", "findings ask")
    return f"{asks} for action, at {where} of {_many(clinics, 'clinic', 'clinics')}.{told}"


def _since(checks: pl.DataFrame) -> str:
    states = dict(checks.group_by("state").len().iter_rows())
    if "first run" in states:
        return "This is the first run here: there is none to compare with."
    new, still, gone = (states.get(name, 0) for name in ("new", "persisting", "resolved"))
    if not new + still + gone:
        return "As in the last run, nothing was found."
    return f"Against the last run: {new} new, {still} still there, {gone} resolved."


def _of_lines(lines: pl.DataFrame) -> str:
    totals = dict(lines.group_by("outcome").agg(pl.col("lines").sum()).iter_rows())
    if not totals.get("read"):
        return ""
    return (
        f"Of about {count(totals['read'])} lines, about {count(totals.get('kept', 0))} were kept; where it "
        f"can be shown, {count(totals.get('refused', 0))} were refused and "
        f"{count(totals.get('duplicate', 0))} said again what another line says."
    )


def quality_findings(checks: pl.DataFrame, facts: dict[str, Any]) -> Exhibit:
    """Each finding once: what it means, at which clinics, and what to do. The gravest and newest first."""
    slug, title = "findings", "What was found, and what to do"
    order = {"fail": 0, "warn": 1, "note": 2}
    found = checks.filter(pl.col("status").is_in(list(order)))
    if not found.height:
        return nothing(slug, title=title, why="No check has found anything that asks for action.")
    rank = pl.col("status").replace_strict(order, return_dtype=pl.Int8)
    ordered = found.sort(rank, pl.col("state") != "new", "check", "clinic_id", "table", "column")
    cards = [
        _card(RULES[f"{check}"], rows, facts)
        for (check,), rows in ordered.group_by("check", maintain_order=True)
    ]
    body = Markup('<ul class="findings">{}</ul>').format(Markup("").join(cards))
    return Exhibit(slug, title, body=str(body), data=ordered)


def _card(rule: Rule, rows: pl.DataFrame, facts: dict[str, Any]) -> Markup:
    status = FOUND[rule.severity]
    places = [_place(rule, row) for row in rows.head(LISTED).iter_rows(named=True)]
    left = rows.height - len(places)
    places += [f"and {left} more: they are in the CSV"] if left else []
    return Markup(
        '<li class="finding {}"><p><b><span class="mark">{}:</span> {}.</b> {}</p><ul>{}</ul>'
        "<p><b>What to do:</b> {}</p></li>"
    ).format(
        CARDS[status], MARKS[status], rule.title, rule.says(_thresholds(facts)),
        Markup("").join(Markup("<li>{}</li>").format(place) for place in places), rule.remedy,
    )  # fmt: skip


def _place(rule: Rule, row: dict[str, Any]) -> str:
    """Where: clinic, table and column, how much, and since when."""
    about = [f"table {row['table']}"] if row["table"] else []
    about += [f"column {words(row['column'])}"] if row["column"] and rule.level in {"row", "column"} else []
    where = f"{_clinic(row['clinic_id'])} ({', '.join(about)})" if about else _clinic(row["clinic_id"])
    told = "; ".join(part for part in (_amount(rule, row), _state(row)) if part)
    return f"{where}: {told}" if told else where


def _amount(rule: Rule, row: dict[str, Any]) -> str:
    if not rule.unit:
        return ""
    if row["share"] is None:
        return "too few patients to show a number"
    return f"{_share(row['share'])} (about {count(row['violated'])} of {count(row['of'])} {rule.unit})"


def _share(share: float) -> str:
    return percent(share) if share >= 0.095 or share == 0 else f"{100 * share:.1f} %"


def _state(row: dict[str, Any]) -> str:
    before = row["share_before"]
    if row["state"] == "persisting":
        if before is None or row["share"] is None:
            return "also in the last run"
        was, now = _share(before), _share(row["share"])
        return "as in the last run" if was == now else f"in the last run {was}"
    return {"new": "new since the last run"}.get(row["state"], "")


def lines_table(lines: pl.DataFrame) -> Exhibit:
    """One row is one export of one clinic, with what became of its lines."""
    slug, title = "lines", "Export by export: what became of the lines"
    if not lines.height:
        return nothing(slug, title=title, why="No line was read from these exports.")
    keys = ["clinic_id", "source", "place", "table"]
    wide = lines.group_by(keys).agg(_lines_of(outcome) for outcome in OUTCOMES).sort(keys)
    several = lines.group_by("source").agg((pl.col("place").max() > 1).alias("several"))
    rows = [
        [
            _clinic(row["clinic_id"]),
            f"{row['source']}, file {row['place']}" if row["several"] else row["source"],
            row["table"],
            *(count(row[outcome]) for outcome in OUTCOMES),
        ]
        for row in wide.join(several, on="source", how="left", maintain_order="left").iter_rows(named=True)
    ]
    heads = ["Clinic", "Export", "Table", "Read", "Kept", "Refused", "Said again", "Mended"]
    note = "Read = kept + refused + said again; a mended line is kept. Files are told by their pattern"
    table = table_html(rows, headings=heads, caption=title, note=note)
    struck = wide.filter(pl.col("refused").fill_null(1) > 0).height
    summary = f"Lines were refused in {struck} of {wide.height} exports; lumbar check names files and lines."
    return Exhibit(slug, title, summary=summary, table=table, data=lines.sort(*keys, "outcome"))


def _lines_of(outcome: str) -> pl.Expr:
    return pl.col("lines").filter(pl.col("outcome") == outcome).first().alias(outcome)


def _thresholds(facts: dict[str, Any]) -> dict[str, float]:
    return facts.get("settings", {}).get("quality", {}).get("thresholds", {})


def _clinic(clinic_id: str) -> str:
    return {NETWORK: "All clinics", "several": "Several clinics", "unknown": "Clinic not known"}.get(
        clinic_id, clinic_id
    )


def _many(number: int, one: str, more: str) -> str:
    return f"{number} {one if number == 1 else more}"
