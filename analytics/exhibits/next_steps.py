"""What to look at next: at most four steps, each drawn from what the page shows."""

from __future__ import annotations

import polars as pl

from analytics.exhibits.markup import steps_html
from analytics.exhibits.numbers import count, percent
from analytics.exhibits.outcome import own_row
from analytics.exhibits.selection import cell, sides
from analytics.vocabulary.language import tr
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.rules import RULES
from analytics.vocabulary.signals import BETTER, WORSE
from analytics.vocabulary.study import ClinicRelease

ID, MOST = "next-steps", 4
MOST_OF_DATA = 2  # of them about the data: the page on data quality has all
# Our choice: from here on the patients who are not seen could change the mean by as much as clinics differ.
MISSING = 0.25
# Our choice: in a quarter of the weeks nobody knows whether the plan was kept.
UNLOGGED = 0.25
# 80 % and more of the plan is what most studies call satisfactory (Bailey 2020).
SATISFACTORY = 0.8


def next_steps(release: ClinicRelease) -> Exhibit:
    """The steps that this clinic's numbers ask for, the most telling first; none is a verdict."""
    found = [
        *_data(release),
        _too_little(release),
        *_against_expected(release),
        _over_time(release.control_icons),
        _missing(release.cells),
        _unlogged(release.cells),
        _plan(release.cells),
        _untold(release.told),
    ]
    steps = [step for step in found if step][:MOST]
    if not steps:
        steps = [tr("Nothing here asks for a step of its own. Go on, and look again at the next report.")]
    return Exhibit(ID, tr("What to look at next"), body=steps_html(steps))


def _data(release: ClinicRelease) -> list[str]:
    """What the checks have found in this clinic's exports that asks for action, the gravest first."""
    if not release.checks.height:
        return []
    found = release.checks.filter(pl.col("status").is_in(["fail", "warn"])).sort("status", "check")
    thresholds = release.facts.get("settings", {}).get("quality", {}).get("thresholds", {})
    rules = [RULES[name] for name in found["check"].unique(maintain_order=True).head(MOST_OF_DATA)]
    step = tr("The data first: {title}. {meaning} {remedy}")
    return [
        step.format(title=tr(rule.title), meaning=rule.says(thresholds), remedy=tr(rule.remedy))
        for rule in rules
    ]


def _too_little(release: ClinicRelease) -> str:
    """What a clinic needs that cannot be compared: the gate of the settings, and how to pass it."""
    row = own_row(release.benchmark)
    if row.get("expected") is not None:
        return ""
    gate = release.facts.get("settings", {}).get("comparison", {"min_episodes": 10, "min_complete": 0.5})
    horizon = release.facts.get("horizon_weeks", 12)
    return tr(
        "To be set beside other clinics, this one needs at least {episodes} patients with a pain rating at "
        "the start and a later one, and {share} of them rated after week {week}. Ask every patient for a "
        "rating at intake and again from week {week} on, also those who feel well: a short message is "
        "enough."
    ).format(
        episodes=count(gate["min_episodes"]),
        share=percent(gate["min_complete"]),
        week=count(horizon * 2 // 3),
    )


def _against_expected(release: ClinicRelease) -> tuple[str, ...]:
    """The order of the English outlier process: first the data, then the patients, then the care."""
    signal = own_row(release.benchmark).get("signal")
    if signal == WORSE:
        return (
            tr(
                "Pain fell less than expected. Before anything else, see below whether the data are "
                "complete; then whether these patients differ in something that is not recorded; only then "
                "what is done differently."
            ),
        )
    if signal == BETTER:
        return (
            tr(
                "Pain fell more than expected. See below whether the data are complete; if they are, write "
                "down what is done differently here, so that others can try it."
            ),
        )
    return ()


def _over_time(icons: pl.DataFrame) -> str:
    if not icons.height:
        return ""
    changed = icons.filter(pl.col("measure") == "pain_reduction")["variation"].to_list()
    if changed == ["concerning"]:
        return tr("Over time, something changed for the worse: see the chart, and ask what was new then.")
    if changed == ["improving"]:
        return tr("Over time, something changed for the better: see the chart, and ask what was new then.")
    return ""


def _missing(cells: pl.DataFrame) -> str:
    own, _ = sides(cells, subject="followup")
    seen = cell(own, "seen").get("value")
    if seen is None or 1 - seen < MISSING:
        return ""
    return tr(
        "{share} of the patients were not rated in the last third of their weeks. A last rating from them, "
        "by message or call, would make every number on this page surer."
    ).format(share=percent(1 - seen))


def _unlogged(cells: pl.DataFrame) -> str:
    own, _ = sides(cells, subject="adherence", measure="state")
    weekly = own.filter(pl.col("value").is_not_null())
    lost = weekly.filter(pl.col("group") == "not_logged").select(pl.col("patients").sum()).item()
    weeks = weekly.select(pl.col("patients").sum()).item()
    if not weeks or lost / weeks < UNLOGGED:
        return ""
    return tr(
        "In {share} of the weeks exercise was prescribed and nothing was written down. Ask patients what "
        "keeps them from it: whether the plan is too much, or the journal."
    ).format(share=percent(lost / weeks))


def _plan(cells: pl.DataFrame) -> str:
    own, _ = sides(cells, subject="adherence", measure="adherence_capped")
    kept = cell(own, "adherence_capped").get("value")
    if kept is None or kept >= SATISFACTORY:
        return ""
    return tr(
        "Patients kept {share} of their plan; most studies call 80 % satisfactory. See from which week on it "
        "falls: that is when to call, to praise, or to make the plan simpler."
    ).format(share=percent(kept))


def _untold(told: pl.DataFrame) -> str:
    missing = told.filter(pl.col("told") == "no")
    if not missing.height:
        return ""
    return tr("Some questions cannot be answered from these exports; the table of sources says what to add.")
