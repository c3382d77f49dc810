"""The time zone of a clinic, proved from the offsets that its times carry, or asked."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from analytics.journal.drafting.dates import Written
from analytics.journal.drafting.decisions import Asked, Choice, Decision, Found

OF_LANGUAGE = {
    "en": "Europe/London", "de": "Europe/Berlin", "fr": "Europe/Paris", "es": "Europe/Madrid",
    "it": "Europe/Rome", "nl": "Europe/Amsterdam", "sv": "Europe/Stockholm", "fi": "Europe/Helsinki",
    "da": "Europe/Copenhagen", "no": "Europe/Oslo", "pt": "Europe/Lisbon", "pl": "Europe/Warsaw",
}  # fmt: skip
OTHERS = (
    "Europe/London", "Europe/Berlin", "Europe/Helsinki", "America/New_York", "America/Chicago",
    "America/Denver", "America/Los_Angeles", "Australia/Sydney", "Pacific/Auckland",
)  # fmt: skip
MOST = 2_000  # texts that are looked at


def decide_zone(columns: list[Written], answers: dict[str, str], *, language: str) -> Found:
    """The zone of times that are written with an offset, or counted from 1970."""
    zoned = [one for one in columns if one.zoned]
    if not zoned and not any(one.counted.startswith("epoch") for one in columns):
        return Found()
    key, section = "dates.time_zone", ("dates",)
    told = answers.get(key)
    if told and told in available_timezones():
        return Found((Decision(section, "time_zone", told, "your answer"),))
    moments = {moment for one in zoned for moment in _offsets(one)}
    offsets = {offset for _, offset in moments}
    candidates = dict.fromkeys((OF_LANGUAGE[language], *OTHERS))
    fitting = [zone for zone in candidates if all(_offset(zone, at) == offset for at, offset in moments)]
    if moments and fitting and len(offsets) > 1:
        reason = f"its offsets in summer and winter are those of {len(moments):,} times in the file"
        return Found((Decision(section, "time_zone", fitting[0], reason, 0.99),))
    choices = [
        Choice(f"{key}={zone}", "", (Decision(section, "time_zone", zone, ""),))
        for zone in (fitting or [OF_LANGUAGE[language]])[:3]
    ]
    text = (
        "The times are told by their distance from UTC, which does not tell the clinic's own clock."
        " Which time zone is it in? (A name as Europe/London.)"
    )
    return Found((), (Asked(key, text, tuple(choices)),))


def _offsets(one: Written) -> set[tuple[datetime, int]]:
    """(UTC time, minutes from UTC) of the times of a column."""
    found = set()
    for text in one.column.counts["text"].head(MOST):
        sign = re.search(r"(?:Z|([-+])(\d\d):?(\d\d)?)$", text)
        digits = re.findall(r"\d+", text)
        if not sign or len(digits) < 5 or len(digits[0]) != 4:
            continue
        minutes = int(sign[2]) * 60 + int(sign[3] or 0) if sign[1] else 0
        offset = -minutes if sign[1] == "-" else minutes
        try:
            year, month, day, hour = (int(digit) for digit in digits[:4])
            at = datetime(year, month, day, hour)
        except ValueError:
            continue
        found.add((at - timedelta(minutes=offset), offset))
    return found


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _offset(zone: str, at: datetime) -> int:
    moment = at.replace(tzinfo=ZoneInfo("UTC")).astimezone(_zone(zone))
    return int((moment.utcoffset() or timedelta()).total_seconds() // 60)
