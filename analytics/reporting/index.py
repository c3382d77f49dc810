"""The first page of a run: every clinic by name, what it may show at a glance, and what needs a look first.

In the language of the network. By name or by size, never by outcome: nothing on it is a ranking.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from analytics.reporting.catalogue import PER_CLINIC, page_of
from analytics.reporting.render import Page, fill, whole_page
from analytics.reporting.worker import Made
from analytics.vocabulary.language import decimal_mark, long_date, speak, spoken, tr
from analytics.vocabulary.results import Report
from analytics.vocabulary.signals import BETTER, SAME, TOO_LITTLE, WORSE
from analytics.vocabulary.study import Study

ICONS = {BETTER: ("better", "good"), WORSE: ("worse", "warn"), SAME: ("same", "plain")}
NAMED = 8  # clinics named in a sentence; the table holds them all


def clinics_index(study: Study, reports: tuple[Report, ...], made: tuple[Made, ...]) -> str:
    """The page. Only released numbers are on it."""
    before = spoken()
    speak(study.language)
    try:
        rows = _rows(study, reports, made={one.slug: one for one in made})
        doubts = _doubts(study.facts) if rows else []
        values = {"rows": rows, "attention": [*doubts, *_attention(rows)], "whole": len(reports) > len(rows)}
        page = Page(tr("All clinics"), tr("How did our patients do?"))
        return whole_page(fill("clinics.html.j2", values), page, facts=study.facts)
    finally:
        speak(before)


def _rows(study: Study, reports: tuple[Report, ...], *, made: dict[str, Made]) -> list[dict[str, Any]]:
    compared, patients = _compared(study), _patients(study)
    return [
        {
            "href": page_of(report).as_posix(),
            "name": report.clinic_name,
            "made": made[report.slug],
            "good_day": _day(made[report.slug]),
            "size": patients.get(report.clinic_id) or 0,
            "patients": _count(patients.get(report.clinic_id)),
            **_at_a_glance(compared.get(report.clinic_id, {})),
        }
        for report in reports
        if report.notebook == PER_CLINIC
    ]


def _doubts(facts: dict[str, Any]) -> list[str]:
    """Whether the exports were published against the advice of a check."""
    against = (facts.get("gate") or {}).get("anyway")
    said = tr(
        "A check of the exports asked to hold these reports. Look first at whether they can be trusted."
    )
    return [said] if against else []


def _attention(rows: list[dict[str, Any]]) -> list[str]:
    """What to look at first, in words: what failed, who cannot be compared, who differs; each by name."""
    kinds = (
        (tr("Report not made: {names}."), _at(rows, "failed")),
        (tr("The last report stands there, as no newer one could be made: {names}."), _at(rows, "stale")),
        (tr("Worth a look, as pain fell less than expected: {names}."), _with(rows, WORSE)),
        (tr("Worth learning from, as pain fell more than expected: {names}."), _with(rows, BETTER)),
        (tr("Not enough data to compare: {names}. Each page says what is missing."), _with(rows, TOO_LITTLE)),
    )
    return [sentence.format(names=_listed(names)) for sentence, names in kinds if names]


def _day(made: Made) -> str:
    """The day that a stale report speaks of."""
    return long_date(date.fromisoformat(made.good_as_of)) if made.good_as_of else ""


def _at(rows: list[dict[str, Any]], status: str) -> list[str]:
    return [row["name"] for row in rows if row["made"].status == status]


def _with(rows: list[dict[str, Any]], signal: str) -> list[str]:
    return [row["name"] for row in rows if row["signal"] == signal and row["made"].good]


def _listed(names: list[str]) -> str:
    if len(names) <= NAMED:
        return ", ".join(names)
    more = tr("and {count} more, in the table").format(count=len(names) - NAMED)
    return f"{', '.join(names[:NAMED])}, {more}"


def _compared(study: Study) -> dict[str, dict[str, Any]]:
    """The row of each clinic in the comparison of the fall in pain."""
    clinics = study.release("benchmark").filter(pl.col("measure") == "pain_reduction").collect()
    return {row["clinic_id"]: row for row in clinics.iter_rows(named=True)}


def _patients(study: Study) -> dict[str, int | None]:
    """Patients with an episode, to the nearest 5, by clinic."""
    cells = study.release("cells").filter(pl.col("subject") == "case_mix", pl.col("measure") == "phase")
    whole = cells.group_by("clinic_id").agg(pl.col("of").max()).collect()
    return dict(whole.iter_rows())


def _count(value: int | None) -> str:
    return tr("not shown") if value is None else str(value)


def _at_a_glance(row: dict[str, Any]) -> dict[str, str]:
    """The fall in pain with its interval, and how it stands beside what the clinic's patients let expect."""
    signal = row.get("signal") or TOO_LITTLE
    words = {
        BETTER: tr("better than expected"), WORSE: tr("worse than expected"),
        SAME: tr("no clear difference"), TOO_LITTLE: tr("not enough data"),
    }  # fmt: skip
    picture, kind = ICONS.get(signal, ("little", "plain"))
    observed, low, high = (row.get(name) for name in ("observed", "low", "high"))
    shown = None not in (observed, low, high)
    return {
        "fall": tr("not shown") if observed is None else _tenth(observed),
        "between": tr("{low} to {high}").format(low=_tenth(low), high=_tenth(high)) if shown else "",
        "signal": signal, "words": words.get(signal, signal),
        "picture": picture, "kind": kind,
    }  # fmt: skip


def _tenth(value: float | None) -> str:
    """One decimal, with a true minus and the language's mark."""
    return f"{value or 0:.1f}".replace("-", "−").replace(".", decimal_mark())
