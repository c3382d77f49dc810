"""The door: map | check | prepare | report | status | simulate | dictionary | rules | lab."""

from __future__ import annotations

import os
import secrets
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from analytics.vocabulary.errors import InputError, LumbarError
from analytics.vocabulary.failure import place_of

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
) -> None:
    """Prepare the study, render and publish all reports."""
    from analytics.reporting.run import run_reports
    from analytics.study import prepare_study
    from analytics.vocabulary.gate import gate_of

    settings = _settings(config)
    study = prepare_study(settings)
    gate_of(study.facts).refuse_if_held(settings.quality.thresholds)
    also = tuple(kind for kind, wanted in (("single", single_file), ("pdf", pdf)) if wanted)
    run = run_reports(settings, study, only=tuple(clinic or ()), also=also)
    typer.echo(str(run))
    raise typer.Exit(run.exit_code)


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
    disclosure: Annotated[bool, typer.Option("--disclosure", help="Prove that it names nobody.")] = False,
    canaries: Annotated[Path | None, typer.Option(help="With --disclosure: words, one a line.")] = None,
) -> None:
    """Say how the last run went, or prove that what it published gives nobody away."""
    from analytics.reporting.status import show_status

    raise typer.Exit(show_status(_settings(config), folder, disclosure=disclosure, canaries=canaries))


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
) -> None:
    """Open JupyterLab with the study at hand."""
    from analytics.reporting.lab import lay_out_lab, open_lab
    from analytics.study import prepare_study
    from analytics.vocabulary.study import Study

    settings = _settings(config)
    root = settings.path(settings.study)
    study = Study(root) if (root / "study.json").is_file() else prepare_study(settings)
    folder = lay_out_lab(study)
    typer.echo(f"Notebooks to work in: {folder}")
    if launch:
        raise typer.Exit(open_lab(folder, study=study))


def _settings(config: Path | None) -> Settings:
    from analytics.vocabulary.settings import read_settings

    here = config or Path("lumbar.toml")
    if config or here.is_file():
        return read_settings(here)
    from analytics.vocabulary.installed import sample_settings

    typer.echo("No lumbar.toml here: using the sample network that comes with lumbar.", err=True)
    return sample_settings(Path.cwd())


def main() -> None:
    """Run a command. A person sees words and an exit code, never a traceback, which could quote a patient."""
    # the models' matrices are small: more threads only wait for each other (measured: 2 s of fit against 7)
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        app()
    except LumbarError as error:
        typer.secho(str(error), err=True, fg="red")
        sys.exit(error.exit_code)
    except Exception as error:
        if os.environ.get("LUMBAR_DEBUG"):
            raise
        said = f"lumbar failed inside itself ({type(error).__name__} at {place_of(error)})."
        typer.secho(said, err=True, fg="red")
        typer.echo(
            "This is a defect: please report this line. LUMBAR_DEBUG=1 shows more, data included.", err=True
        )
        sys.exit(1)
