"""The door: map | check | prepare | report | status | schedule | simulate | dictionary | rules | lab."""

from __future__ import annotations

import os
import secrets
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.vocabulary.errors import InputError

if TYPE_CHECKING:
    from analytics.vocabulary.settings import Settings

app = typer.Typer(
    help="Outcomes analytics for back-pain rehabilitation: exported journals in, clinic reports out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # plain help: coloured help takes half of the time that its answer may take
)
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="lumbar.toml; default: the one here, else the sample's")
]


@app.callback(invoke_without_command=True)
def about(show: Annotated[bool, typer.Option("--version", help="Say the version and stop.")] = False) -> None:
    """Outcomes analytics for back-pain rehabilitation: exported journals in, clinic reports out."""
    if show:
        typer.echo(f"lumbar {version('lumbar')}")
        raise typer.Exit


@app.command("map")
def draft(
    files: Annotated[list[Path], typer.Argument(help="Exports that nobody has described yet.")],
    out: Annotated[Path | None, typer.Option(help="Folder for the mappings; what was edited stays.")] = None,
    answer: Annotated[list[str] | None, typer.Option(help="KEY=VALUE to a question; repeatable.")] = None,
) -> None:
    """Look at unknown exports and draft their mappings; what cannot be proved is asked."""
    from analytics.journal.drafting.files import draft_files
    from analytics.reporting.console_map import show_drafts

    raise typer.Exit(show_drafts(draft_files(files, out=out, answers=answer or ())))


@app.command()
def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Exports to look at without a mapping.")] = None,
    config: Config = None,
) -> None:
    """Say what of the exports can be read, and whether it may be published; write nothing."""
    from analytics.reporting.console import show_account, show_checks, show_files

    if files:
        from analytics.journal.read import inspect_files

        raise typer.Exit(show_files(inspect_files(files)))
    from analytics.journal.quality.audit import check_exports

    settings = _settings(config)
    if not settings.path(settings.privacy.key_file).exists():
        os.environ.setdefault("LUMBAR_KEY", secrets.token_hex())  # an account needs no key that lasts
    journal, audit = check_exports(settings)
    show_account(journal)
    if not journal.coverage.height:
        raise InputError("No session was kept: the rules above say why. Without any, the files are empty.")
    show_checks(audit.checks, audit.gate, settings.quality.thresholds)
    audit.gate.refuse_if_held(settings.quality.thresholds)


@app.command()
def prepare(config: Config = None) -> None:
    """Read, clean, describe and fit once: the study."""
    from analytics.study import prepare_study

    typer.echo(str(prepare_study(_settings(config))))


@app.command()
def report(
    config: Config = None,
    clinic: Annotated[list[str] | None, typer.Option(help="Only this clinic; may be repeated.")] = None,
    single_file: Annotated[bool, typer.Option("--single-file", help="Also each page as one file.")] = False,
    pdf: Annotated[bool, typer.Option("--pdf", help="Also as PDF, where Chromium is.")] = False,
    as_of: Annotated[str, typer.Option(help="The day to speak of: today, or YYYY-MM-DD.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be made, and why.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Make anew what did not change, too.")] = False,
    since: Annotated[str, typer.Option(help="Make anew what was made before YYYY-MM-DD, too.")] = "",
    cluster: Annotated[str, typer.Option(help="Address of a dask scheduler: tls://host:8786.")] = "",
    shared: Annotated[bool, typer.Option(help="Its workers see the same folders: read there, too.")] = False,
) -> None:
    """Prepare the study, make the reports that changed, publish all of them."""
    from analytics.night import day_of, run_night, show_plan
    from analytics.reporting.plan import Asked

    settings, before = _settings(config), day_of(since, option="--since") if since else None
    if as_of:
        settings = settings.model_copy(update={"as_of": day_of(as_of, option="--as-of")})
    also = tuple(kind for kind, wanted in (("single", single_file), ("pdf", pdf)) if wanted)
    asked = Asked(tuple(clinic or ()), also, force=force, since=before, cluster=cluster, shared=shared)
    raise typer.Exit((show_plan if dry_run else run_night)(settings, asked))


@app.command()
def simulate(
    folder: Annotated[Path, typer.Argument(help="Empty or new folder to write the network into.")],
    clinics: Annotated[int, typer.Option(min=1, max=5000)] = 8,
    patients: Annotated[int, typer.Option(min=1, max=100_000, help="Patients a clinic, about.")] = 86,
    weeks: Annotated[int, typer.Option(min=4, max=52)] = 12,
    seed: Annotated[int, typer.Option(min=0)] = 20260101,
) -> None:
    """Write an example network of clinics to learn from."""
    from analytics.simulation.example import write_example

    typer.echo(write_example(folder, clinics=clinics, patients=patients, weeks=weeks, seed=seed))


@app.command()
def status(
    folder: Annotated[Path | None, typer.Argument(help="Published folder; default: reports/latest.")] = None,
    config: Config = None,
    max_age: Annotated[float | None, typer.Option(min=0.01, help="Hours since the last good run.")] = None,
    machine: Annotated[bool, typer.Option("--json", help="Answer in JSON, for machines.")] = False,
    disclosure: Annotated[bool, typer.Option("--disclosure", help="Prove that it names nobody.")] = False,
    canaries: Annotated[Path | None, typer.Option(help="With --disclosure: words, one a line.")] = None,
) -> None:
    """Say how the last run went (1: not well), or prove that what it published gives nobody away."""
    from analytics.reporting.status import Asked, show_status

    asked = Asked(max_age, machine)
    raise typer.Exit(
        show_status(_settings(config), folder, disclosure=disclosure, canaries=canaries, asked=asked)
    )


@app.command()
def schedule(
    kind: Annotated[str, typer.Argument(help="systemd, cron or airflow")],
    config: Config = None,
    when: Annotated[str, typer.Option(help="02:30 every day, or 'Mon 02:30' every week.")] = "02:30",
    out: Annotated[Path, typer.Option(help="Folder to write into.")] = Path("schedule"),
) -> None:
    """Write what a scheduler needs for the run of the night; say how to install, verify and remove it."""
    from analytics.reporting.schedule import write_schedule

    typer.echo(str(write_schedule(config or Path("lumbar.toml"), kind=kind, when=when, out=out)))


@app.command()
def dictionary(
    csv: Annotated[bool, typer.Option("--csv", help="As CSV instead of Markdown.")] = False,
) -> None:
    """Print every table, column, unit, range and meaning."""
    from analytics.vocabulary.dictionary import data_dictionary, dictionary_markdown

    typer.echo(data_dictionary().write_csv() if csv else dictionary_markdown(), nl=False)


@app.command()
def rules(config: Config = None) -> None:
    """Print every rule and check of the data: what it means, what to do, from which share it is found."""
    from analytics.vocabulary.rules import rules_markdown

    typer.echo(rules_markdown(_settings(config).quality.thresholds), nl=False)


@app.command()
def lab(
    config: Config = None,
    launch: Annotated[bool, typer.Option(help="--no-launch only lays out the folder.")] = True,
    gallery: Annotated[
        bool, typer.Option("--gallery", help="Run each notebook; pictures in gallery/.")
    ] = False,
) -> None:
    """Open JupyterLab with the study at hand."""
    from analytics.reporting.lab import visit_lab
    from analytics.study import prepare_study
    from analytics.vocabulary.study import Study

    settings = _settings(config)
    root = settings.path(settings.study)
    study = Study(root) if (root / "study.json").is_file() else prepare_study(settings)
    raise typer.Exit(visit_lab(study, config=config, launch=launch, gallery=gallery))


def _settings(config: Path | None) -> Settings:
    from analytics.vocabulary.settings import read_settings

    here = config or Path("lumbar.toml")
    if config or here.is_file():
        return read_settings(here)
    from analytics.vocabulary.installed import sample_settings

    typer.echo("No lumbar.toml here: using the sample network that comes with lumbar.", err=True)
    return sample_settings(Path.cwd())
