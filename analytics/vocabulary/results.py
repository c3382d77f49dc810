"""What a stage hands on: frozen nouns over frames. Their only behaviour is display."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import polars as pl


@dataclass(frozen=True, slots=True)
class Journal:
    """Cleaned tables and the account of every line: each is kept, refused or a duplicate."""

    sessions: pl.DataFrame
    patients: pl.DataFrame
    plans: pl.DataFrame
    measures: pl.DataFrame
    clinics: pl.DataFrame
    findings: pl.DataFrame
    accounting: pl.DataFrame
    coverage: pl.DataFrame
    measured: pl.DataFrame

    def __repr__(self) -> str:
        """Its tables, and the account in one line."""
        lines, kept, refused, double = (
            int(self.accounting[name].sum()) for name in ("lines", "kept", "refused", "duplicates")
        )
        return (
            f"Journal: {self.sessions.height} sessions, {self.patients.height} intakes, "
            f"{self.clinics.height} clinics\n"
            f"lines in {lines} = kept {kept} + refused {refused} + duplicates {double}"
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """A fitted model.

    `terms`: term, estimate, se, df, statistic, p, low, high (95 %). `overall`: one row (n, dropped, patients,
    clinics, method, criterion, variances, converged, singular). `rows`: fitted and residual.
    `covariance`: of the terms, in their order.
    """

    terms: pl.DataFrame
    overall: pl.DataFrame
    rows: pl.DataFrame
    covariance: tuple[tuple[float, ...], ...]
    warnings: tuple[str, ...] = ()
    formula: str = ""
    scaling: dict[str, float] = field(default_factory=dict)

    def __repr__(self) -> str:
        """Formula, terms, overall and warnings."""
        warned = "".join(f"\n! {text}" for text in self.warnings)
        return f"Fit: {self.formula}\n{self.terms}\n{self.overall}{warned}"


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Clinics against what their case-mix lets expect.

    `clinics`: clinic_id, patients, observed, low, high, expected, difference, difference_low,
    difference_high, signal. `target`: the network's mean.
    """

    clinics: pl.DataFrame
    target: float


@dataclass(frozen=True, slots=True)
class Exhibit:
    """A figure, table or text that stands in a report: it says itself in words, as a picture and as a table.

    `figure` is plotly JSON (a dict) or None; `table` and `body` are safe HTML fragments; `data` is what the
    downloads hold.
    """

    id: str
    title: str
    summary: str = ""
    figure: dict[str, Any] | None = None
    table: str = ""
    body: str = ""
    data: pl.DataFrame | None = None

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Our own type for the report's template, plotly's for JupyterLab, HTML and text for all else."""
        own = {
            "id": self.id, "title": self.title, "summary": self.summary, "figure": self.figure,
            "table": self.table, "body": self.body,
            "data": None if self.data is None else self.data.to_dict(as_series=False),
        }  # fmt: skip
        bundle = {EXHIBIT_MIME: own, "text/plain": f"{self.title}\n{self.summary}"}
        if self.figure:
            return bundle | {"application/vnd.plotly.v1+json": self.figure}
        words = f"<p><b>{escape(self.title)}</b></p><p>{escape(self.summary)}</p>"
        return bundle | {"text/html": f"{words}{self.body}{self.table}"}


EXHIBIT_MIME = "application/vnd.lumbar.exhibit+json"


@dataclass(frozen=True, slots=True)
class Report:
    """One report to render: a notebook for a clinic ('network' or 'all' where it is not about one)."""

    notebook: str
    clinic_id: str
    clinic_name: str
    slug: str
    parameters: dict[str, str]
