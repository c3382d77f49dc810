"""How each noun shows itself in JupyterLab: a line of facts, tables by great_tables, small figures."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from html import escape
from typing import Any

import polars as pl

from analytics.exhibits.lab.explain import gathered
from analytics.exhibits.lab.mini import intervals, table_with
from analytics.exhibits.lab.tables import table_of
from analytics.vocabulary.results import Benchmark, Cohort, ControlChart, Exhibit, Fit, Journal, facts_of
from analytics.vocabulary.settings import Settings
from analytics.vocabulary.study import ClinicRelease, Study

ROWS = 8  # Our choice: of a frame of a noun that nobody has given a display of its own
TERM = ("term", "estimate", "se", "df", "p", "low", "high")


def show(noun: Any) -> str:
    """The noun as HTML that takes the colours of its page; every text in it is escaped."""
    for kind, display in DISPLAYS.items():
        if isinstance(noun, kind):
            return f'<div class="lumbar-noun">{display(noun)}</div>'
    return f'<div class="lumbar-noun">{_any(noun)}</div>'


def _journal(journal: Journal) -> str:
    sums = ("files", "lines", "kept", "refused", "duplicates", "repaired", "rows")
    account = (
        journal.accounting.with_columns(files=1)
        .group_by("table", maintain_order=True)
        .agg(pl.col(sums).sum())
    )
    return _head("Journal", repr(journal).splitlines()[0].removeprefix("Journal: ")) + table_of(
        account, id="journal", note="On each row: lines = kept + refused + duplicates."
    )


def _cohort(cohort: Cohort) -> str:
    weeks, episodes = cohort.weeks, cohort.episodes
    rated = (
        weeks.drop_nulls("pain").group_by("clinic_id", "week").len()
        .join(weeks.select("week").unique(), on="week", how="full", coalesce=True)
        .drop_nulls("clinic_id").sort("clinic_id", "week")
        .group_by("clinic_id", maintain_order=True).agg(rated_episodes_by_week=pl.col("len"))
    )  # fmt: skip
    who = episodes.group_by("clinic_id").agg(
        patients=pl.col("patient_id").n_unique(), episodes=pl.len(),
        median_pain_at_start=pl.col("baseline_pain").median(), with_an_outcome=pl.col("outcome_pain").count(),
    )  # fmt: skip
    table = who.join(rated, on="clinic_id", how="left").sort("clinic_id")
    facts = (
        f"{episodes.height:,} episodes of {episodes['patient_id'].n_unique():,} patients in "
        f"{episodes['clinic_id'].n_unique():,} clinics; {weeks.height:,} patient-weeks, "
        f"{weeks['pain'].count():,} of them rated"
    )
    note = "The bars: episodes with a pain rating, by week from week 0. Pain in NPRS points, 0 to 10."
    return _head("Cohort", facts) + table_with(
        table, id="cohort", note=note, drawn={}, series={"rated_episodes_by_week": "bar"}
    )


def _fit(fit: Fit) -> str:
    parts = [f"<p><code>{escape(fit.formula)}</code></p>"] if fit.formula else []
    if fit.terms.height:
        ends = fit.terms.select("estimate", "low", "high").rows()
        terms = fit.terms.select(name for name in TERM if name in fit.terms.columns)
        note = "The small figures: estimate and 95 % interval about 0, each on a scale of its own."
        parts.append(table_with(terms, id="terms", note=note, drawn={"": intervals(ends, shared=False)}))
    if fit.components.width:
        note = "sd: root of the variance; for a pair of effects (other) their correlation."
        parts.append(table_of(fit.components, id="components", note=note))
    parts += [f"<p>{escape(line)}</p>" for line in facts_of(fit.overall)]
    parts += [f"<p><b>{escape(text)}</b></p>" for text in gathered(fit.warnings)]
    return "".join(parts)


def _benchmark(benchmark: Benchmark) -> str:
    found = benchmark.clinics.sort("measure", "clinic_id", maintain_order=True)
    parts = [_head("Benchmark", "each clinic beside what its patients' case-mix lets expect; more is better")]
    for (measure,), part in found.group_by("measure", maintain_order=True):
        ends = part.select("difference", "difference_low", "difference_high").rows()
        chance = part.select("difference", "limit_low_95", "limit_high_95").rows()
        table = part.select(
            "clinic_id", "patients", "observed", "expected", "difference", "difference_low",
            "difference_high", "signal",
        )  # fmt: skip
        note = "The small figures: difference and its 95 % interval; the band: 95 % limits of chance."
        figures = {"": intervals(ends, shared=True, limits=chance)}
        words = escape(str(measure).replace("_", " "))
        parts += [f"<p><b>{words}</b></p>", table_with(table, id=f"m-{measure}", note=note, drawn=figures)]
    return "".join(parts)


def _chart(chart: ControlChart) -> str:
    keys = ["clinic_id", "measure"]
    held = [
        name for name in ("variation", "centre", "lower", "upper", "marked", "trial") if name in chart.icons
    ]
    series = chart.points.group_by(keys, maintain_order=True).agg(over_time=pl.col("value"))
    table = chart.icons.select(*keys, *held).join(series, on=keys, how="left", maintain_order="left")
    facts = f"{table.height:,} charts; {int(chart.icons['marked'].sum()):,} points carry a signal"
    note = "marked: points with a signal; trial: limits of fewer than 12 points."
    return _head("ControlChart", facts) + table_with(
        table, id="charts", note=note, drawn={}, series={"over_time": "line"}
    )


def _study(study: Study) -> str:
    facts = study.facts
    held = [(name, study.frame(name)) for name in study.held()]
    sizes = pl.collect_all([frame.select(pl.len()) for _, frame in held])
    frames = pl.DataFrame(
        {
            "frame": [name for name, _ in held],
            "rows": [size.item() for size in sizes],
            "columns": [len(frame.collect_schema()) for _, frame in held],
        }
    )
    told = f"{facts['title']}: {repr(study).removeprefix('Study ')}"
    note = (
        "study.frame(name) opens one; study.codebook() says what its columns are, study.flow() who is in it."
    )
    return _head("Study", told) + table_of(frames, id="study", note=note)


def _settings(settings: Settings) -> str:
    rows = [row for row in described(settings) if row["setting"] not in {"root", "sources"}]
    told = f"{settings.title}: as of {settings.as_of}, {len(settings.sources)} sources of exports"
    return _head("Settings", told) + table_of(pl.DataFrame(rows), id="settings")


def described(settings: Any, *, prefix: str = "") -> list[dict[str, str]]:
    """One row is one setting: its value, its default, what it means."""
    rows = []
    for name, field in type(settings).model_fields.items():
        value = getattr(settings, name)
        if hasattr(type(value), "model_fields"):
            rows += described(value, prefix=f"{prefix}{name}.")
        else:
            default = "" if field.is_required() or field.default_factory else str(field.default)
            told = {"setting": f"{prefix}{name}", "value": str(value), "default": default}
            rows.append(told | {"meaning": field.description or ""})
    return rows


def _any(noun: Any) -> str:
    """Its name, what it is, each of its frames, and all else that is short."""
    about = (type(noun).__doc__ or "").strip().splitlines()[0] if type(noun).__doc__ else ""
    parts = [_head(type(noun).__name__, about)]
    for one in fields(noun) if is_dataclass(noun) else ():
        value = getattr(noun, one.name)
        if isinstance(value, pl.DataFrame):
            cut = value.head(ROWS)
            more = f"{value.height - cut.height:,} more rows." if value.height > cut.height else ""
            words = escape(one.name.replace("_", " "))
            parts += [f"<p><b>{words}</b></p>", table_of(cut, id=f"f-{one.name}", note=more)]
        elif isinstance(value, Exhibit):
            parts.append(f"<p><b>{escape(value.title)}</b></p>{value.body}{value.table}")
        elif isinstance(value, tuple) and value and all(isinstance(text, str) for text in value):
            parts += [f"<p><b>{escape(text)}</b></p>" for text in value]
        elif isinstance(value, str | int | float) and value != "":
            parts.append(f"<p>{escape(one.name.replace('_', ' '))}: {escape(str(value))}</p>")
    return "".join(parts)


def _head(name: str, told: str) -> str:
    return f"<p><b>{escape(name)}</b>: {escape(told)}</p>"


DISPLAYS = {
    Journal: _journal, Cohort: _cohort, Fit: _fit, Benchmark: _benchmark, ControlChart: _chart, Study: _study,
    Settings: _settings, ClinicRelease: _any,
}  # fmt: skip
