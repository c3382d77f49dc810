"""What a stage hands on: frozen nouns over frames. Their only behaviour is display."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from typing import Any

import polars as pl

from analytics.vocabulary.display import ask, with_words
from analytics.vocabulary.tidy import Noun


@dataclass(frozen=True, slots=True)
class Journal(Noun):
    """Cleaned tables and the account of every line: each is kept, refused or a duplicate.

    `fates`: the findings, counted by patient, file and rule.
    """

    sessions: pl.DataFrame
    patients: pl.DataFrame
    plans: pl.DataFrame
    measures: pl.DataFrame
    clinics: pl.DataFrame
    findings: pl.DataFrame
    fates: pl.DataFrame
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


@dataclass(frozen=True, slots=True, repr=False)
class Cohort(Noun):
    """Who the numbers are of: every episode (Episodes), every week of them (PatientWeeks), what was done.

    `practice`: one row a patient of a clinic (Practice). `measures`: items and totals (Measures), those that
    follow from items included. `scores`: one row a questionnaire answered item by item (Scores).
    """

    episodes: pl.DataFrame
    weeks: pl.DataFrame
    practice: pl.DataFrame
    measures: pl.DataFrame
    scores: pl.DataFrame


@dataclass(frozen=True, slots=True)
class Fit(Noun):
    """A fitted model.

    `terms`: term, estimate, se, df, statistic, p, low, high (95 %). `overall`: one row (n, dropped, patients,
    clinics, method, criterion, loglik, aic, bic, parameters, sigma, variances, singular, converged, gradient,
    curvature, df_method). `rows`: the model's rows with fitted and residual, read when they are asked for.
    `covariance`: of the terms, in their order. `components`: one row is one variance or covariance (group,
    term, other, variance, sd, low, high, share). `engine`: what contrasts, effects and diagnostics work on.
    """

    terms: pl.DataFrame
    overall: pl.DataFrame
    rows: pl.LazyFrame
    covariance: tuple[tuple[float, ...], ...]
    warnings: tuple[str, ...] = ()
    formula: str = ""
    scaling: dict[str, float] = field(default_factory=dict)
    components: pl.DataFrame = field(default_factory=pl.DataFrame)
    engine: Any = field(default=None, repr=False)

    def __repr__(self) -> str:
        """Formula, terms, variances, what it rests on, and warnings."""
        with pl.Config(**_AS_TEXT):
            tables = [f"{_rounded(table)}" for table in (self.terms, self.components) if table.width]
        warned = [f"! {text}" for text in self.warnings]
        return "\n".join([self.formula, *tables, *facts_of(self.overall), *warned])

    def explain(self) -> Exhibit:
        """The model in words and in mathematics: its levels, what each term means, what it assumes."""
        return ask("explain", self) or Exhibit(
            "model", "What this model says", body=f"<pre>{escape(repr(self))}</pre>"
        )


_AS_TEXT: dict[str, Any] = {
    "tbl_rows": -1, "tbl_cols": -1, "tbl_width_chars": 120, "fmt_str_lengths": 40,
    "tbl_hide_dataframe_shape": True, "tbl_hide_column_data_types": True, "tbl_formatting": "NOTHING",
}  # fmt: skip


def _rounded(table: pl.DataFrame) -> pl.DataFrame:
    """To be read: five significant digits; df to one decimal."""
    floats = [name for name in table.columns if table.schema[name].is_float() and name != "df"]
    shown = table.with_columns(pl.col(floats).round_sig_figs(5))
    return shown.with_columns(pl.col("df").round(1)) if "df" in table.columns else shown


def facts_of(overall: pl.DataFrame) -> list[str]:
    """What a fit rests on, in lines: rows, groups, criterion, and whether it is a solution."""
    row, lines = overall.row(0, named=True) if overall.height else {}, []
    if row.get("n") and row.get("criterion") is None:  # no likelihood: estimating equations
        told = _rounded(overall).row(0, named=True).items()
        return [", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told)]
    if row.get("n"):
        lines.append(
            f"{row['n']:,} rows ({row['dropped']:,} dropped: a value is missing), "
            f"{row['patients']:,} groups in {row['clinics']:,}"
        )
        lines.append(
            f"{row['method']} criterion {row['criterion']:.6f}, AIC {row['aic']:.2f}, BIC {row['bic']:.2f}, "
            f"residual sd {row['sigma']:.4g}; df by {row['df_method']}"
        )
        state = "converged" if row["converged"] else "NOT converged"
        edge = "; singular: a variance is zero or a correlation perfect" if row["singular"] else ""
        lines.append(f"{state}: gradient {row['gradient']:.1e}, least curvature {row['curvature']:.2g}{edge}")
    return lines


@dataclass(frozen=True, slots=True, repr=False)
class Benchmark(Noun):
    """Clinics against what their case-mix lets expect.

    `clinics`: one row a clinic and measure. `limits`: one row a measure and number of patients, the curves of
    the funnel. `comparison`: one row a measure: the network's mean (target), clinics compared, patients.
    """

    clinics: pl.DataFrame
    limits: pl.DataFrame
    comparison: pl.DataFrame


@dataclass(frozen=True, slots=True, repr=False)
class ControlChart(Noun):
    """Charts over time.

    `points`: the series with points, trial, target, centre, lower, upper, near_lower, near_upper, signal,
    direction (1 up, -1 down, 0) and meaning (improving, concerning, changed or ""). `icons`: one row a chart:
    its limits, the last point's signal, variation, `run` (how many points up to the last lie on its side, or
    in its trend) and `since`, marked (points with a signal), target and assurance.
    """

    points: pl.DataFrame
    icons: pl.DataFrame


@dataclass(frozen=True, slots=True, repr=False)
class Exhibit(Noun):
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
            plotly = with_words(self.figure, self.title, self.summary)
            return bundle | {"application/vnd.plotly.v1+json": plotly}
        words = "".join(
            f"<p>{text}</p>" for text in (f"<b>{escape(self.title)}</b>", escape(self.summary)) if text
        )
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
