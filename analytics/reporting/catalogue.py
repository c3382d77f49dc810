"""Which notebooks run for whom, and where each page stands in the published folder."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.records import NETWORK
from analytics.vocabulary.results import Report
from analytics.vocabulary.study import Study

PER_CLINIC = "clinic_report.ipynb"
ONCE = {"network": "network_report.ipynb", "data_quality": "data_quality.ipynb"}
SLUG_LENGTH = 40


def plan_reports(study: Study, *, only: tuple[str, ...] = ()) -> tuple[Report, ...]:
    """One report a clinic, by name, then the pages about all of them.

    `only` leaves out all but those clinics.
    """
    clinics = study.release("clinics").collect().sort("clinic_name", "clinic_id")
    known = clinics["clinic_id"].to_list()
    strange = [clinic for clinic in only if clinic not in known]
    if strange:
        raise ConfigurationError(
            f"--clinic: the study holds no clinic of that id. It holds: {', '.join(known)}."
        )
    root = str(study.root.resolve())
    reports = [
        Report(PER_CLINIC, clinic_id, name, slug_of(clinic_id), {"study": root, "clinic_id": clinic_id})
        for clinic_id, name in clinics.select("clinic_id", "clinic_name").iter_rows()
        if not only or clinic_id in only
    ]
    if only:
        return tuple(reports)
    whole = [
        Report(notebook, NETWORK, "All clinics", page, {"study": root}) for page, notebook in ONCE.items()
    ]
    return (*reports, *whole)


def slug_of(clinic_id: str) -> str:
    """A clinic's file name: readable, safe on every file system, never twice the same."""
    plain = unicodedata.normalize("NFKD", clinic_id).encode("ascii", "ignore").decode().lower()
    readable = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:SLUG_LENGTH].strip("-") or "clinic"
    return f"{readable}-{hashlib.sha256(clinic_id.encode()).hexdigest()[:8]}"


def page_of(report: Report) -> Path:
    """Where the report's page stands below the published folder."""
    return Path("clinics" if report.notebook == PER_CLINIC else ".") / f"{report.slug}.html"
