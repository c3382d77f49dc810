"""The hook: a command of the installation's own, which is run after each run and told how it went."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

SECONDS = 60.0  # a message is sent in less; a timer's next run must not wait for one that is not
SECRETS = ("LUMBAR_KEY",)
BY_HAND = "By hand: lumbar status --json | the command"


def run_hook(command: str, summary: str, *, folder: Path, seconds: float = SECONDS) -> str:
    """Run a command line, without a shell, with the summary on its standard input; what failed of it, or ''.

    What it prints is not kept, as it could hold anything; nor is the command repeated, as it could hold a
    password. One that takes longer is ended with all that it started.
    """
    try:
        words = shlex.split(command)
    except ValueError:
        words = []
    if not words:
        return "hook: the command in lumbar.toml cannot be read: a quotation mark is missing, or it is empty."
    try:
        process = subprocess.Popen(
            words,
            cwd=folder,
            env={name: value for name, value in os.environ.items() if name not in SECRETS},
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else type(error).__name__
        return f"hook: the command in lumbar.toml could not be started: {why}."
    return _wait(process, summary, seconds=seconds)


def _wait(process: subprocess.Popen[bytes], summary: str, *, seconds: float) -> str:
    try:
        process.communicate(summary.encode(), timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"hook: it took longer than {seconds:g} seconds and was ended. {BY_HAND}."
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    code = process.returncode
    if not code:
        return ""
    how = f"with exit code {code}" if code > 0 else f"by signal {-code}"
    return f"hook: it ended {how}. {BY_HAND}."
