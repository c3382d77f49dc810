"""What a scheduler needs to start the run of the night, written for this installation.

Into a folder of one's choice, never into the system itself: a person reads it, then installs it.
"""

from __future__ import annotations

import os
import re
from dataclasses import asdict, dataclass
from pathlib import Path

from analytics.reporting.scheduling.installation import Installation, installation_of
from analytics.reporting.scheduling.quoting import template_environment
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.settings import Settings, read_settings

FILES = {
    "systemd": ("lumbar.service", "lumbar.timer", "lumbar-alert@.service"),
    "cron": ("lumbar.cron",),
    "airflow": ("lumbar_night.py", "lumbar_notebooks.py"),
}
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")  # cron counts from Sunday, 0
WHEN = re.compile(r"(?:([A-Za-z]{3}) )?([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
WEEK_HOURS = 7 * 24


@dataclass(frozen=True, slots=True)
class When:
    """The clock time of each night's, or each week's, run, in the machine's time zone."""

    day: str
    hour: int
    minute: int

    @property
    def said(self) -> str:
        """In words."""
        return f"{self.day or 'every day'} at {self.hour:02}:{self.minute:02}"

    @property
    def calendar(self) -> str:
        """As systemd's OnCalendar."""
        return f"{self.day} *-*-* {self.hour:02}:{self.minute:02}:00".lstrip()

    @property
    def cron(self) -> str:
        """As the five fields of cron."""
        return f"{self.minute} {self.hour} * * {DAYS.index(self.day) if self.day else '*'}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """The files that were written, what to know before, and what to do with them."""

    files: tuple[Path, ...]
    notes: tuple[str, ...]
    steps: str

    def __str__(self) -> str:
        """What was written, then the steps to install, verify, run once, look at and remove it."""
        lines = [*(f"written: {file}" for file in self.files), *(f"note: {note}" for note in self.notes)]
        return "\n".join([*lines, "", self.steps])


def write_schedule(config: Path, *, kind: str, when: str, out: Path) -> Schedule:
    """Write one scheduler's files (`systemd`, `cron` or `airflow`) for this lumbar.toml into `out`.

    Raises ConfigurationError for a scheduler, a time, a folder or a path that will not do.
    """
    if kind not in FILES:
        raise ConfigurationError(f"schedule: '{kind[:40]}' is none of {', '.join(FILES)}.")
    moment, folder = read_when(when), Path(os.path.abspath(out))
    if folder.resolve().is_relative_to("/etc"):
        raise ConfigurationError("--out: not into /etc. Write it elsewhere, read it, then install it.")
    config = Path(os.path.abspath(config))
    settings = read_settings(config)
    place = installation_of(settings, config)
    facts = asdict(place) | {"said": moment.said, "calendar": moment.calendar, "cron": moment.cron}
    environment, names = template_environment(), FILES[kind]
    texts = {name: environment.get_template(f"{name}.j2").render(facts) for name in names}
    steps = environment.get_template(f"{kind}.steps.j2").render(facts, out=str(folder)).rstrip()
    _write(folder, texts)
    return Schedule(tuple(folder / name for name in names), _notes(settings, place, moment, kind), steps)


def read_when(text: str) -> When:
    """The time in `02:30` or `Mon 02:30`. Raises ConfigurationError for anything else."""
    found = WHEN.fullmatch(text)
    day = (found[1] or "").capitalize() if found else ""
    if not found or (day and day not in DAYS):
        raise ConfigurationError(
            f"--when: {text[:40]!r} is no time. Give 02:30 for every day, or 'Mon 02:30' for every Monday "
            f"(Mon, Tue, Wed, Thu, Fri, Sat or Sun)."
        )
    return When(day, int(found[2]), int(found[3]))


def _write(folder: Path, texts: dict[str, str]) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--out: {folder} cannot be written: {error.strerror}.") from None


def _notes(settings: Settings, place: Installation, moment: When, kind: str) -> tuple[str, ...]:
    """What a person should know before the first night."""
    notes = []
    if not settings.path(settings.privacy.key_file).exists():
        notes.append(
            "There is no key file yet. Run `lumbar report` once by hand first: it makes the key, and shows "
            "that all is well. A key in LUMBAR_KEY is not seen at night; put it into the key file."
        )
    if kind != "airflow" and place.user == "root":
        notes.append(
            "The folder of lumbar.toml belongs to root, so the run would be root's. Better give the folder "
            "to an account of its own (chown), then write this again."
        )
    if kind == "systemd" and place.shared_tmp:
        notes.append("Something of this lies below /tmp, which the run then shares with everybody: move it.")
    if kind == "systemd" and settings.run.hook:
        notes.append(
            "The hook runs without network, as the run does. If it must call out: `systemctl edit "
            "lumbar.service` with PrivateNetwork=no, IPAddressDeny= and RestrictAddressFamilies=AF_INET "
            "AF_INET6 under [Service]."
        )
    if moment.day and settings.run.max_age_hours < WEEK_HOURS:
        notes.append(
            f"A run every week: set max_age_hours = {WEEK_HOURS + 12} under [run] in lumbar.toml, or "
            f"`lumbar status` fails after {settings.run.max_age_hours:g} hours."
        )
    return tuple(notes)
