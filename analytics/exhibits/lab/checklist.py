"""STROBE and RECORD, filled as far as the study itself can fill them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import polars as pl

from analytics.exhibits.lab.flow import flow_steps
from analytics.exhibits.lab.formats import number, percent
from analytics.exhibits.lab.tables import table_of
from analytics.vocabulary.results import Exhibit
from analytics.vocabulary.study import Study

RESEARCHER, FROM_THERE = "only the researcher can say", "the researcher says it, from what stands there"
REGIONS = 12  # our choice: more are counted, not named
CASE_MIX = ("baseline_pain", "age", "sex", "start_back", "surgery", "adherence", "mean_load")


def checklist(study: Study) -> Exhibit:
    """STROBE (cohort studies) and RECORD for this study: each item, where it is answered, and the answer.

    `data`: one row is one item (item, topic, asks, where, answer). Numbers are the study's own, unsuppressed.
    What no data can answer says so. Sources: von Elm 2007, PLoS Med 4: e296; Benchimol 2015, PLoS Med 12:
    e1001885; items are in our words.

    >>> an.checklist(study).data.filter(item="22")["answer"].item()
    'only the researcher can say'
    """
    facts = study_facts(study)
    rows = [
        (one["id"], one["topic"], one["asks"], one.get("where", ""), _answer(one, facts)) for one in _items()
    ]
    table = pl.DataFrame(rows, schema=["item", "topic", "asks", "where", "answer"], orient="row")
    told = table.filter(~pl.col("answer").is_in([RESEARCHER, FROM_THERE])).height
    summary = (
        f"{table.height} items of STROBE and RECORD; {told} are answered by the study, "
        f"{table.height - told} by nobody but the researcher."
    )
    inner = table_of(table, id="checklist", rows=table.height)
    return Exhibit(
        "checklist", "What does a reader need to judge this study?", summary, table=inner, data=table
    )


def study_facts(study: Study) -> dict[str, str]:
    """What the items ask for, as it is written: counts, periods, settings, versions."""
    made = study.facts
    definitions = made["settings"]["definitions"]
    versions = ", ".join(f"{name} {of}" for name, of in sorted(made["versions"].items()))
    return {
        **{key: f"{value:g}" for key, value in definitions.items() if isinstance(value, int | float)},
        "title": made["title"], "clinics": str(made["clinics"]), "as_of": made["as_of"],
        "horizon": str(made["horizon_weeks"]), "id_scope": made["id_scope"], "software": versions,
        "sources": str(len(made["settings"]["sources"])), "code": made["code_hash"][:12],
        "data": made["data_hash"][:12], "frames": str(len(study.held())),
        "columns": str(sum(len(study.frame(name).collect_schema()) for name in study.held())),
        **_account(study), **_stages(study), **_described(study),
    }  # fmt: skip


def _account(study: Study) -> dict[str, str]:
    """Lines and files, over all tables."""
    sums = ("lines", "refused", "duplicates", "repaired")
    found = study.frame("accounting").select(pl.len().alias("files"), pl.col(sums).sum()).collect()
    regions = study.frame("clinics").select("region").drop_nulls().unique().sort("region").collect()
    names = regions["region"].to_list()
    days = study.frame("sessions").select(
        first_session=pl.col("performed_at").min().dt.date(),
        last_session=pl.col("performed_at").max().dt.date(),
    )
    period = study.frame("episodes").select(first=pl.col("starts_on").min(), last=pl.col("starts_on").max())
    told = {**days.collect().row(0, named=True), **period.collect().row(0, named=True)}
    return {
        **{name: f"{value:,}" for name, value in found.row(0, named=True).items()},
        **{name: str(value) for name, value in told.items()},
        "regions": ", ".join(names) if 0 < len(names) <= REGIONS else f"{len(names)} are named",
    }


def _stages(study: Study) -> dict[str, str]:
    """Of the flow: what each unit came to, and why others left."""
    steps = flow_steps(study)
    last = dict(steps.group_by("stage", maintain_order=True).agg(pl.col("remained").last()).iter_rows())
    first = dict(steps.group_by("stage", maintain_order=True).agg(pl.col("entered").first()).iter_rows())
    lost = steps.filter(pl.col("left") > 0).select("left", "reason").iter_rows()
    weeks = steps.filter(pl.col("stage") == "patient-weeks")
    counts = {
        "session_lines": first["lines"], "sessions": last["sessions"], "patients": last["patients"],
        "episodes": first["episodes"], "eligible": last["episodes"], "modelled": last["patient-weeks"],
        "weeks": weeks["entered"][0], "unrated": weeks["left"][1],
    }  # fmt: skip
    reasons = "; ".join(f"{left:,} {reason}" for left, reason in lost) or "nobody was left out"
    return {**{name: f"{value:,}" for name, value in counts.items()}, "reasons": reasons}


def _described(study: Study) -> dict[str, str]:
    """Who the eligible episodes are of, and how many lack what."""
    eligible = study.frame("eligible")
    of = {"baseline": "baseline_pain", "age": "age", "fall": "pain_reduction"}
    asked: list[pl.Expr] = [pl.len().alias("n"), (~pl.col("complete")).sum().alias("incomplete")]
    for name, column in of.items():
        asked += [pl.col(column).mean().alias(f"{name}_mean"), pl.col(column).std().alias(f"{name}_sd")]
    asked += [
        pl.col("adherence").mean().alias("adherence_mean"), pl.col("outcome_week").median().alias("followup"),
        (pl.col("sex") == "female").mean().alias("female"),
        *(pl.col(name).null_count().alias(f"no {name}") for name in CASE_MIX),
    ]  # fmt: skip
    row: dict[str, Any] = eligible.select(asked).collect().row(0, named=True)
    lacking = [f"{name.replace('_', ' ')} {row[f'no {name}']:,}" for name in CASE_MIX if row[f"no {name}"]]
    spread = {key: number(row[key]) for name in of for key in (f"{name}_mean", f"{name}_sd")}
    shares = {key: percent(row[key]) for key in ("adherence_mean", "female")}
    missing = ", ".join(lacking) or "none lacks any of the case-mix"
    return {
        **spread,
        **shares,
        "missing": missing,
        "incomplete": f"{row['incomplete']:,}",
        "followup": f"{row['followup'] or 0:g}",
    }


def _answer(item: dict[str, str], facts: dict[str, str]) -> str:
    if "answer" in item:
        return item["answer"].format_map(facts)
    return FROM_THERE if "where" in item else RESEARCHER


def _items() -> list[dict[str, str]]:
    text = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
    return tomllib.loads(text)["item"]
