"""The researcher's lab: a writable copy of the notebooks beside the study, opened in JupyterLab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import typer

from analytics.vocabulary.installed import notebook_folder
from analytics.vocabulary.study import Study


def lay_out_lab(study: Study) -> Path:
    """Copy the notebooks that the lab does not hold yet; a researcher's own changes are left alone.

    The folder is the study's neighbour and as restricted (0700): an executed notebook holds patients' rows.
    """
    folder = study.root.with_name(f"{study.root.name}-lab").resolve()
    folder.mkdir(mode=0o700, exist_ok=True)
    source = notebook_folder()
    for notebook in sorted(source.rglob("*.ipynb")):
        target = folder / notebook.relative_to(source)
        if ".ipynb_checkpoints" not in notebook.parts and not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(notebook, target)
    return folder


def visit_lab(study: Study, *, config: Path | None, launch: bool, gallery: bool) -> int:
    """Lay the lab out; then run its notebooks into a gallery, or open JupyterLab there. The exit code."""
    folder = lay_out_lab(study)
    typer.echo(f"Notebooks to work in: {folder}")
    environment = lab_environment(study, config)
    if gallery:
        from analytics.reporting.gallery import make_gallery

        return make_gallery(folder, environment=environment, tell=typer.echo)
    return open_lab(folder, environment=environment) if launch else 0


def lab_environment(study: Study, config: Path | None) -> dict[str, str]:
    """Where notebooks find the study, and the settings that it was made with."""
    here = config or Path("lumbar.toml")
    settings = {"LUMBAR_CONFIG": str(here.resolve())} if here.is_file() else {}
    return os.environ | settings | {"LUMBAR_STUDY": str(study.root.resolve())}


def open_lab(folder: Path, *, environment: dict[str, str]) -> int:
    """Run JupyterLab there until it is closed."""
    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(folder)]
    return subprocess.run(command, env=environment, check=False).returncode
