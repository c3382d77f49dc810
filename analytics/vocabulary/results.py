"""What a stage hands on: frozen nouns over frames. Their only behaviour is display."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import dataframely as dy
import polars as pl

from analytics.vocabulary.columns import choice, number, text, whole

NETWORK = "network"
CELL_KINDS = ("count", "share", "mean")


class Cells(dy.Schema):
    """One row is one number that may leave: what it counts or averages, and the distinct patients behind it.

    `count`: value = patients. `share`: value = patients / of. `mean`: value, 95 % interval over `patients`.
    After release a suppressed cell keeps its row, with patients, of, value, low and high empty.
    """

    clinic_id = text("clinic, or 'network' for all clinics together", need=True)
    subject = text("what the cell is about: the exhibit that shows it", need=True)
    measure = text("which number", need=True)
    group = text("category within the subject; empty text where there is none", need=True)
    week = whole(0, 520, "week", "week of the episode; empty where the cell is not by week")
    kind = choice(CELL_KINDS, "count, share or mean", need=True)
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind the number")
    of = whole(0, 2_000_000_000, "patients", "distinct patients of a share's denominator")
    value = number(None, None, "the measure's own", "the number")
    low = number(None, None, "the measure's own", "lower end of its 95 % interval; means only")
    high = number(None, None, "the measure's own", "upper end of its 95 % interval; means only")


class Accounting(dy.Schema):
    """One row is one export file of one table: lines = kept + refused + duplicates, always."""

    file = text("export file", need=True)
    table = text("table that it feeds", need=True)
    clinic_id = text("clinic, where the file holds one; else 'several'", need=True)
    lines = whole(0, 2_000_000_000, "lines", "data lines (or records) read")
    kept = whole(0, 2_000_000_000, "lines", "lines that are in the table")
    refused = whole(0, 2_000_000_000, "lines", "lines refused by a rule")
    duplicates = whole(0, 2_000_000_000, "lines", "lines that repeat a kept one")
    rows = whole(0, 2_000_000_000, "rows", "rows that the kept lines make")
    repaired = whole(0, 2_000_000_000, "lines", "kept lines with at least one repaired cell")


class Findings(dy.Schema):
    """One row is one line that a rule refused (`refused`), found double (`duplicate`) or mended (`repaired`).

    It holds no value of the export: rule, place and pseudonym only.
    """

    file = text("export file", need=True)
    line = whole(1, 2_000_000_000, "line", "line (or record) in that file")
    table = text("table", need=True)
    clinic_id = text("clinic, where it is known")
    patient_id = text("keyed pseudonym, where it is known")
    outcome = choice(("refused", "duplicate", "repaired"), "what became of the line", need=True)
    rule = text("name of the rule", need=True)
    column = text("column that the rule looked at")


class Flow(dy.Schema):
    """One row is one arrow of the exclusion flow: `entered` = `left` + `remained` (STROBE item 13)."""

    clinic_id = text("clinic, or 'network'", need=True)
    order = whole(0, 100, "step", "position in the flow")
    stage = text("what is counted after this step: lines, sessions, patients, episodes", need=True)
    reason = text("why those that left did", need=True)
    entered = whole(0, 2_000_000_000, "units", "before the step")
    left = whole(0, 2_000_000_000, "units", "lost at the step")
    remained = whole(0, 2_000_000_000, "units", "after the step")
    patients_left = whole(0, 2_000_000_000, "patients", "distinct patients behind those lost")


class Quality(dy.Schema):
    """One row is what became of one clinic's lines of one table under one rule; 'kept' is one."""

    clinic_id = text("clinic; 'unknown' where the line does not say", need=True)
    table = text("table", need=True)
    outcome = choice(("kept", "refused", "duplicate", "repaired"), "what became of the lines", need=True)
    rule = text("name of the rule", need=True)
    lines = whole(0, 2_000_000_000, "lines", "lines")
    patients = whole(0, 2_000_000_000, "patients", "distinct patients behind them; lines where none is known")


class Told(dy.Schema):
    """One row is one question and whether this clinic's exports can answer it."""

    clinic_id = text("clinic, or 'network'", need=True)
    question = text("the question in a manager's words", need=True)
    told = choice(("yes", "partly", "no"), "whether it can be answered", need=True)
    because = text("what is there, what is missing, what to export", need=True)


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
        shown = f"{self.body}{self.table}"
        bundle = {EXHIBIT_MIME: own, "text/plain": f"{self.title}\n{self.summary}"}
        if self.figure:
            return bundle | {"application/vnd.plotly.v1+json": self.figure}
        return bundle | {"text/html": shown or self.summary}


EXHIBIT_MIME = "application/vnd.lumbar.exhibit+json"


@dataclass(frozen=True, slots=True)
class Report:
    """One report to render: a notebook for a clinic ('network' or 'all' where it is not about one)."""

    notebook: str
    clinic_id: str
    clinic_name: str
    slug: str
    parameters: dict[str, str]
