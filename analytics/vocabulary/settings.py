"""Settings: the one configuration object, read from lumbar.toml.

A wrong key names itself and what may stand there.
"""

from __future__ import annotations

from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator

from analytics.vocabulary.configuration import Section, load_toml
from analytics.vocabulary.display import Shown
from analytics.vocabulary.rules import RULES, THRESHOLDS

Language = Literal["en", "de"]


class Source(Section):
    """One family of export files and the mapping that reads them. Paths are relative to lumbar.toml."""

    files: str = Field(description="path or glob of the exports")
    mapping: str = Field(description="mapping TOML for these files")


class Privacy(Section):
    """How identities are kept out."""

    key_file: str = Field(
        "lumbar.key", description="secret key of the pseudonyms, mode 0600; LUMBAR_KEY overrides"
    )
    id_scope: Literal["clinic", "network"] = Field(
        "clinic", description="network: the same id in two clinics is one person (transfers can be seen)"
    )


class Definitions(Section):
    """Constants of METHODS that an installation may set."""

    episode_gap_days: Annotated[int, Field(ge=1, le=3650)] = Field(
        90, description="days without a session after which a new episode of care begins"
    )
    horizon_weeks: Annotated[int, Field(ge=2, le=104)] = Field(
        12, description="weeks from the start that outcomes are looked for in"
    )
    min_baseline_pain: Annotated[float, Field(ge=0, le=10)] = Field(
        1.0, description="NPRS points at the start; below, pain cannot fall"
    )
    min_age: Annotated[int, Field(ge=0, le=120)] = Field(18, description="years; an unknown age is let in")
    meaningful_change: Annotated[float, Field(gt=0, le=10)] = Field(
        2.0, description="NPRS points (or 30 % of the start): Ostelo 2008, Spine 33:90"
    )
    week_term: Literal["log", "spline"] = Field(
        "log", description="time in models: log(1 + week), or a restricted cubic spline of three knots"
    )
    eq5d_value_set: str | None = Field(
        None, description="CSV of profile and index, a path relative to lumbar.toml"
    )


class Comparison(Section):
    """When a clinic may be set against the others (Deutscher 2018: >= 10 episodes, >= 50 % complete)."""

    min_episodes: Annotated[int, Field(ge=2)] = Field(10, description="eligible episodes of the clinic")
    min_complete: Annotated[float, Field(ge=0, le=1)] = Field(
        0.5, description="share of them with an outcome in the last third of the horizon"
    )


class Targets(Section):
    """What an installation has set itself; a chart over time says whether its ups and downs reach it.

    None is set unless someone does: no published target fits every network.
    """

    pain_reduction: Annotated[float, Field(gt=0, le=10)] | None = Field(None, description="NPRS points")
    responder: Annotated[float, Field(gt=0, le=1)] | None = None
    adherence: Annotated[float, Field(gt=0, le=1)] | None = None
    completion: Annotated[float, Field(gt=0, le=1)] | None = None


class Disclosure(Section):
    """What may leave: counts of distinct patients below `min_patients` are suppressed, others rounded."""

    min_patients: Annotated[int, Field(ge=5, le=100)] = Field(8, description="fewer are not shown")
    round_to: Annotated[int, Field(ge=1, le=50)] = Field(5, description="other counts, to the nearest")


class Run(Section):
    """How a run behaves."""

    jobs: Annotated[int, Field(ge=1, le=256)] | None = Field(
        None, description="processes that read exports, and reports, at once; default: cores"
    )
    engine: Literal["fork", "papermill"] = Field(
        "fork", description="papermill: each notebook in a Jupyter kernel of its own, much slower"
    )
    timeout_seconds: Annotated[int, Field(ge=5, le=86_400)] = Field(600, description="that a report may take")
    memory_mb: Annotated[int, Field(ge=256, le=1_048_576)] = Field(2000, description="that a report may take")
    attempts: Annotated[int, Field(ge=1, le=10)] = Field(
        2, description="how often a report is tried whose process was ended from outside"
    )
    keep_runs: Annotated[int, Field(ge=1, le=10_000)] = 10
    hook: str | None = Field(
        None, description="command that is run after each run; a JSON summary stands on its standard input"
    )
    metrics: str | None = Field(
        None, description="file that Prometheus' node exporter reads, as reports/lumbar.prom"
    )
    max_age_hours: Annotated[float, Field(gt=0, le=100_000)] = Field(
        36, description="age of the last good run from which `lumbar status` fails"
    )


class Quality(Section):
    """When data is good enough to publish. Names of thresholds are those of the rules and their limits."""

    gate: Literal["hold", "warn"] = Field(
        "hold", description="warn: publish all the same; the page on data quality says so"
    )
    thresholds: dict[str, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(default_factory=dict)
    lines_to_look_at: Annotated[int, Field(ge=0, le=100)] = Field(
        5, description="lines a file and rule that are put down for the clerk, in the restricted folder"
    )

    @field_validator("thresholds")
    @classmethod
    def known(cls, thresholds: dict[str, float]) -> dict[str, float]:
        """Refuse a name that no rule has, and a share above 1."""
        for name, value in thresholds.items():
            if name not in THRESHOLDS:
                near = get_close_matches(name, THRESHOLDS, n=3, cutoff=0.4)
                meant = f" Did you mean {' or '.join(near)}?" if near else ""
                raise ValueError(f"no rule or limit is named {name!r}.{meant} `lumbar rules` lists them")
            if name in RULES and value > 1:
                raise ValueError(f"{name} is a share from 0 to 1, as 0.05 for 5 %")
        return thresholds


class Settings(Section, Shown):
    """Everything a run depends on but its data. `root` is the folder of lumbar.toml.

    >>> settings.definitions.horizon_weeks
    12
    """

    root: Path = Field(default=Path("."), exclude=True)
    title: str = "Back-pain rehabilitation outcomes"
    language: Language = Field(
        "en", description="of pages about all clinics, and of a clinic that names none"
    )
    as_of: date = Field(description="the day the reports speak of; no clock is read into a report")
    seed: int = 20260101
    study: str = Field("study", description="restricted folder of the prepared study")
    reports: str = "reports"
    sources: tuple[Source, ...] = Field(min_length=1)
    privacy: Privacy = Privacy()  # pyright: ignore[reportCallIssue]
    definitions: Definitions = Definitions()  # pyright: ignore[reportCallIssue]
    comparison: Comparison = Comparison()  # pyright: ignore[reportCallIssue]
    targets: Targets = Targets()  # pyright: ignore[reportCallIssue]
    disclosure: Disclosure = Disclosure()  # pyright: ignore[reportCallIssue]
    quality: Quality = Quality()  # pyright: ignore[reportCallIssue]
    run: Run = Run()  # pyright: ignore[reportCallIssue]

    def path(self, name: str) -> Path:
        """A path of lumbar.toml as seen from here."""
        return (self.root / name).expanduser()


def read_settings(path: Path) -> Settings:
    """The settings of one installation.

    >>> an.read_settings(settings.root / "lumbar.toml").language
    'en'
    """
    return load_toml(path, Settings, more={"root": path.parent})
