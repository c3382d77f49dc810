"""What a chart over time says, in whole sentences."""

from __future__ import annotations

from typing import Any

from analytics.exhibits.numbers import count
from analytics.exhibits.periods import period, written
from analytics.vocabulary.language import short_month, tr
from analytics.vocabulary.signals import TOO_LITTLE


def signal_words(signal: str) -> str:
    """What one point tells, in few words."""
    said = {
        "above limits": tr("above the limits"),
        "below limits": tr("below the limits"),
        "rising": tr("part of a steady rise"),
        "falling": tr("part of a steady fall"),
        "close to upper": tr("two of three close to the upper limit"),
        "close to lower": tr("two of three close to the lower limit"),
        "above centre": tr("seven or more above the average"),
        "below centre": tr("seven or more below the average"),
    }
    return said.get(signal) or tr("nothing special")


def chart_summary(chart: dict[str, Any], *, gaps: bool) -> str:
    """What the newest period tells, how sure the limits are, and what is left out."""
    parts = [_pattern(chart), _meaning(chart), _limits(chart), _trial(chart), _target(chart)]
    if gaps:
        parts.append(tr("Periods with too few patients are left out."))
    return " ".join(filter(None, parts))


def _pattern(chart: dict[str, Any]) -> str:
    said = {
        "above limits": tr("{period} lies above the limits of chance."),
        "below limits": tr("{period} lies below the limits of chance."),
        "rising": tr("The number has risen from period to period since {since}."),
        "falling": tr("The number has fallen from period to period since {since}."),
        "close to upper": tr("Two of three periods in a row up to {period} lie close to the upper limit."),
        "close to lower": tr("Two of three periods in a row up to {period} lie close to the lower limit."),
        "above centre": tr("The last {run} periods all lie above the average, since {since}."),
        "below centre": tr("The last {run} periods all lie below the average, since {since}."),
    }
    if chart["variation"] == TOO_LITTLE:
        return tr(
            "Periods with a number so far: {points}. That is too few to tell a change from chance."
        ).format(points=count(chart["points"]))
    if not chart["signal"]:
        return ""
    return said[chart["signal"]].format(
        period=period(chart), since=short_month(chart["since"]), run=count(chart["run"])
    )


def _meaning(chart: dict[str, Any]) -> str:
    said = {
        "improving": tr(
            "That is a change for the better beyond chance: find out what was done, and keep it."
        ),
        "concerning": tr("That is a change for the worse beyond chance: ask what happened."),
        "changed": tr("That is more than chance: ask what happened."),
    }
    if chart["variation"] == "common cause" and chart["marked"]:
        return tr("The newest period is within what chance gives; earlier ones that are not are marked.")
    if chart["variation"] == "common cause":
        return tr("Up and down within what chance gives: there is no change to explain.")
    return said.get(chart["variation"], "")


def _limits(chart: dict[str, Any]) -> str:
    if chart["centre"] is None:
        return ""
    centre, lower, upper = (written(chart[name], chart["measure"]) for name in ("centre", "lower", "upper"))
    return tr(
        "The average is {centre}; by chance alone a period lies between {lower} and {upper} nearly always."
    ).format(centre=centre, lower=lower, upper=upper)


def _trial(chart: dict[str, Any]) -> str:
    if chart["centre"] is None or not chart["trial"]:
        return ""
    return tr(
        "These are trial limits: they rest on {points} periods and will still move; "
        "from 12 on they move little."
    ).format(points=count(chart["points"]))


def _target(chart: dict[str, Any]) -> str:
    said = {
        "will be met": tr("As things are, the target of {target} will be met in nearly every period."),
        "will be missed": tr(
            "As things are, the target of {target} will be missed in nearly every period: only a change in "
            "how care is given can reach it."
        ),
        "may or may not be met": tr(
            "The target of {target} lies within the limits: chance decides whether a period meets it."
        ),
    }
    if chart["assurance"] not in said:
        return ""
    return said[chart["assurance"]].format(target=written(chart["target"], chart["measure"]))
