"""The first page of a run: every clinic by name, with what it may show at a glance."""

from __future__ import annotations

from typing import Any

import polars as pl

from analytics.reporting.catalogue import PER_CLINIC, page_of
from analytics.reporting.render import Page, fill, whole_page
from analytics.reporting.worker import Made
from analytics.vocabulary.results import Report
from analytics.vocabulary.study import Study

NOT_SHOWN = "not shown"


def clinics_index(study: Study, reports: tuple[Report, ...], made: tuple[Made, ...]) -> str:
    """The page. Only released numbers are on it."""
    failed = {one.slug for one in made if one.status != "ok"}
    compared = {row["clinic_id"]: row for row in study.release("benchmark").collect().iter_rows(named=True)}
    patients = _patients(study)
    rows = [
        {
            "href": page_of(report).as_posix(),
            "name": report.clinic_name,
            "failed": report.slug in failed,
            "patients": patients.get(report.clinic_id, NOT_SHOWN),
            **_at_a_glance(compared.get(report.clinic_id, {})),
        }
        for report in reports
        if report.notebook == PER_CLINIC
    ]
    body = fill("clinics.html.j2", {"rows": rows, "facts": study.facts})
    return whole_page(body, Page("All clinics", "How did our patients do?"), facts=study.facts)


def _patients(study: Study) -> dict[str, str]:
    """Patients with an episode, to the nearest 5, by clinic."""
    cells = study.release("cells").filter(pl.col("subject") == "case_mix", pl.col("measure") == "phase")
    whole = cells.group_by("clinic_id").agg(pl.col("of").max()).collect()
    return {clinic: NOT_SHOWN if count is None else str(count) for clinic, count in whole.iter_rows()}


def _at_a_glance(row: dict[str, Any]) -> dict[str, str]:
    observed, signal = row.get("observed"), row.get("signal") or "not enough data"
    return {"fall": NOT_SHOWN if observed is None else f"{observed:.1f}", "signal": signal}
