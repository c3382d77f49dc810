"""For the data steward: publish or hold, what to do, what became of the lines, how full the columns are."""

from __future__ import annotations

from typing import Any

import polars as pl
from markupsafe import Markup

from analytics.exhibits.markup import nothing, paragraphs, table_html
from analytics.exhibits.numbers import count, words
from analytics.exhibits.quality_places import clinic_of, place_of
from analytics.vocabulary.language import tr
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.rules import FOUND, RULES, Rule

LISTED = 12  # clinics that one finding names; the table of all checks has the rest
CARDS = {"fail": "hold", "warn": "act", "note": "know"}
OUTCOMES = ("read", "kept", "refused", "duplicate", "repaired")


def marks() -> dict[str, str]:
    """What a status asks for, with a sign that needs no colour."""
    return {
        "fail": tr("✕ Hold"),
        "warn": tr("▲ Act"),
        "note": tr("● Know"),
        "pass": tr("✓ Passes"),
        "untested": tr("– Not tested"),
    }


def quality_headline(checks: pl.DataFrame, lines: pl.DataFrame, facts: dict[str, Any]) -> Exhibit:
    """Publish or hold, why, and what changed since the last run."""
    found = checks.filter(pl.col("status").is_in(list(FOUND.values())))
    gate = facts.get("gate") or {"decision": "publish", "reasons": [], "anyway": False}
    more = [_asking(found, checks), _since(checks), _of_lines(lines)]
    body = paragraphs(filter(None, more), kind="headline")
    return Exhibit("quality-headline", tr("Publish or hold?"), summary=_decision(gate), body=body)


def _decision(gate: dict[str, Any]) -> str:
    why = ", ".join(
        f"{clinic_of(reason['clinic_id'])} ({tr(RULES[reason['check']].title)})"
        for reason in gate["reasons"][:LISTED]
    )
    if gate["decision"] == "hold":
        return tr("Hold: these exports are not good enough to publish: {why}.").format(why=why)
    if gate["anyway"]:
        anyway = tr("Published all the same, by the settings, although checks ask to hold: {why}.")
        return anyway.format(why=why)
    return tr("Publish: no check asks to hold the reports.")


def _asking(found: pl.DataFrame, checks: pl.DataFrame) -> str:
    acting = found.filter(pl.col("status") != "note")
    clinics = checks.filter(pl.col("clinic_id") != NETWORK)["clinic_id"].n_unique()
    where = acting.filter(pl.col("clinic_id") != NETWORK)["clinic_id"].n_unique()
    said = [tr("Nothing asks for action. Clinics looked at: {clinics}.").format(clinics=clinics)]
    if acting.height:
        asking = tr("Findings that ask for action: {findings}. Clinics that have one: {where} of {clinics}.")
        said = [asking.format(findings=acting.height, where=where, clinics=clinics)]
    if known := found.height - acting.height:
        said.append(tr("Findings that are good to know: {known}.").format(known=known))
    return " ".join(said)


def _since(checks: pl.DataFrame) -> str:
    states = dict(checks.group_by("state").len().iter_rows())
    if "first run" in states:
        return tr("This is the first run here: there is none to compare with.")
    new, still, gone = (states.get(name, 0) for name in ("new", "persisting", "resolved"))
    if not new + still + gone:
        return tr("As in the last run, nothing was found.")
    return tr("Against the last run: {new} new, {still} still there, {gone} resolved.").format(
        new=new, still=still, gone=gone
    )


def _of_lines(lines: pl.DataFrame) -> str:
    totals = dict(lines.group_by("outcome").agg(pl.col("lines").sum()).iter_rows())
    if not totals.get("read"):
        return ""
    return tr(
        "Of about {read} lines, about {kept} were kept; where it can be shown, {refused} were refused and "
        "{duplicate} said again what another line says."
    ).format(
        read=count(totals["read"]), kept=count(totals.get("kept", 0)),
        refused=count(totals.get("refused", 0)), duplicate=count(totals.get("duplicate", 0)),
    )  # fmt: skip


def quality_findings(checks: pl.DataFrame, facts: dict[str, Any]) -> Exhibit:
    """Each finding once: what it means, at which clinics, and what to do. The gravest and newest first."""
    slug, title = "findings", tr("What was found, and what to do")
    order = {"fail": 0, "warn": 1, "note": 2}
    found = checks.filter(pl.col("status").is_in(list(order)))
    if not found.height:
        return nothing(slug, title=title, why=tr("No check has found anything that asks for action."))
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
    places = [place_of(rule, row) for row in rows.head(LISTED).iter_rows(named=True)]
    left = rows.height - len(places)
    places += [tr("and {left} more: they are in the CSV").format(left=left)] if left else []
    return Markup(
        '<li class="finding {}"><p><b><span class="mark">{}:</span> {}.</b> {}</p><ul>{}</ul>'
        "<p><b>{}</b> {}</p></li>"
    ).format(
        CARDS[status], marks()[status], tr(rule.title), rule.says(_thresholds(facts)),
        Markup("").join(Markup("<li>{}</li>").format(place) for place in places), tr("What to do:"),
        tr(rule.remedy),
    )  # fmt: skip


def lines_table(lines: pl.DataFrame) -> Exhibit:
    """One row is one export of one clinic, with what became of its lines."""
    slug, title = "lines", tr("Export by export: what became of the lines")
    if not lines.height:
        return nothing(slug, title=title, why=tr("No line was read from these exports."))
    keys = ["clinic_id", "source", "place", "table"]
    wide = lines.group_by(keys).agg(_lines_of(outcome) for outcome in OUTCOMES).sort(keys)
    several = lines.group_by("source").agg((pl.col("place").max() > 1).alias("several"))
    located = wide.join(several, on="source", how="left", maintain_order="left")
    rows = [
        [
            clinic_of(row["clinic_id"]),
            _export(row),
            words(row["table"]),
            *(count(row[what]) for what in OUTCOMES),
        ]
        for row in located.iter_rows(named=True)
    ]
    heads = [tr("Clinic"), tr("Export"), tr("Table"), tr("Read"), tr("Kept"), tr("Refused")]
    heads += [tr("Said again"), tr("Mended")]
    note = tr("Read = kept + refused + said again; a mended line is kept. Files are told by their pattern")
    table = table_html(rows, headings=heads, caption=title, note=note)
    struck = wide.filter(pl.col("refused").fill_null(1) > 0).height
    summary = tr("Lines were refused in {struck} of {exports} exports; lumbar check names files and lines.")
    said = summary.format(struck=struck, exports=wide.height)
    return Exhibit(slug, title, summary=said, table=table, data=lines.sort(*keys, "outcome"))


def _export(row: dict[str, Any]) -> str:
    """The pattern of the files, and which of several it is."""
    if not row["several"]:
        return row["source"]
    return tr("{source}, file {place}").format(source=row["source"], place=row["place"])


def _lines_of(outcome: str) -> pl.Expr:
    return pl.col("lines").filter(pl.col("outcome") == outcome).first().alias(outcome)


def _thresholds(facts: dict[str, Any]) -> dict[str, float]:
    return facts.get("settings", {}).get("quality", {}).get("thresholds", {})
