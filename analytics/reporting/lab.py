"""The researcher's lab: a writable copy of the notebooks beside the study, opened in JupyterLab."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

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


def open_lab(folder: Path, *, study: Study) -> int:
    """Run JupyterLab there until it is closed; notebooks open the study through LUMBAR_STUDY."""
    environment = os.environ | {"LUMBAR_STUDY": str(study.root.resolve())}
    command = [sys.executable, "-m", "jupyterlab", "--notebook-dir", str(folder)]
    return subprocess.run(command, env=environment, check=False).returncode
