"""`lumbar`, or `python -m analytics`: the commands of the door, with words for all that fails."""

from __future__ import annotations

import os
import sys

import typer

from analytics.cli import app
from analytics.vocabulary.errors import LumbarError
from analytics.vocabulary.failure import place_of


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


if __name__ == "__main__":
    main()
