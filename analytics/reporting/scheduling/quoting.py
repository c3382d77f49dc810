"""How a path is written where a scheduler reads it: nothing in it may be taken for syntax."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from pathlib import Path

import jinja2

PLAIN = re.compile(r"[A-Za-z0-9_@+=:,./-]+")


def template_environment() -> jinja2.Environment:
    """The templates of this folder, with one filter for each way of writing."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # each value goes through the filter of its reader
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
    )
    environment.filters.update(
        unit=unit_words, shell=shell_words, cron=cron_command, templated=airflow_text, python=repr
    )
    return environment


def unit_words(words: Iterable[str], before: str = "") -> str:
    """Words of a systemd unit; `before` is a prefix of each, as - for a path that may be missing.

    An Exec line needs a `:` before the first word, so that no $ is taken for a variable.
    """
    return " ".join(_unit_word(f"{before}{word}") for word in words)


def _unit_word(word: str) -> str:
    word = word.replace("%", "%%")  # a specifier otherwise
    if PLAIN.fullmatch(word.replace("%", "")):
        return word
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'


def shell_words(words: Iterable[str]) -> str:
    """Words of a POSIX shell."""
    return shlex.join(words)


def cron_command(command: str) -> str:
    """A command of a crontab, where a bare % ends it (crontab(5))."""
    return command.replace("%", "\\%")


def airflow_text(text: str) -> str:
    """A text that Airflow's templates leave as it is."""
    return text.replace("{", "{{ '{' }}")
