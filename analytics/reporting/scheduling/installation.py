"""The installation that a scheduler starts: its command, whose it is, and which folders a run writes."""

from __future__ import annotations

import grp
import os
import pwd
import sys
import unicodedata
from dataclasses import asdict, dataclass
from importlib.metadata import distribution
from pathlib import Path

from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.installed import notebook_folder
from analytics.vocabulary.settings import Settings

HOMES = ("/home", "/root", "/run/user")  # what systemd's ProtectHome= hides
SHARED = ("/tmp", "/var/tmp")  # what its PrivateTmp= hides
OVERHEAD_MB = 2000  # what preparing a study and leading a run take beside the reports
GLOB = set("*?[")


@dataclass(frozen=True, slots=True)
class Installation:
    """What of this machine a scheduler must be told; all paths are absolute.

    `writable`: the folders that a run writes. `readable`: what lies in them and is only read.
    `home`: how far systemd may hide the homes. `shared_tmp`: something lies below /tmp.
    """

    python: str
    report: tuple[str, ...]
    status: tuple[str, ...]
    user: str
    group: str
    writable: tuple[str, ...]
    readable: tuple[str, ...]
    home: str
    shared_tmp: bool
    memory_mb: int
    timeout_seconds: int
    study: str
    notebooks: str
    executed: str
    time_zone: str


def installation_of(settings: Settings, config: Path) -> Installation:
    """What of this machine a scheduler must be told to run `config`, whose settings these are."""
    command, owner = _command(), settings.root.stat()
    study, reads = settings.path(settings.study), _reads(settings, config)
    writes = _writes(settings)
    needs = [Path(command), Path(sys.executable).resolve(), *writes, *reads]
    jobs = settings.run.jobs or os.cpu_count() or 1
    found = Installation(
        python=sys.executable,
        report=(command, "report", "--config", str(config)),
        status=(command, "status", "--config", str(config)),
        user=_name_of_user(owner.st_uid),
        group=_name_of_group(owner.st_gid),
        writable=tuple(map(str, _outermost(writes))),
        readable=tuple(map(str, _shielded(reads, writes))),
        home="read-only" if _any_below(needs, HOMES) else "yes",
        shared_tmp=_any_below(needs, SHARED),
        memory_mb=jobs * settings.run.memory_mb + OVERHEAD_MB,
        timeout_seconds=settings.run.timeout_seconds,
        study=str(study),
        notebooks=str(notebook_folder()),
        executed=str(study.with_name(f"{study.name}-notebooks")),
        time_zone=_time_zone(),
    )
    _refuse_control_characters(found)
    return found


def _command() -> str:
    """The `lumbar` that was installed with this package."""
    ours = distribution("lumbar")
    for file in ours.files or ():
        if file.name == "lumbar" and file.parent.name == "bin":
            return os.path.normpath(str(ours.locate_file(file)))
    raise ConfigurationError("schedule: this lumbar has no command of its own. Install it with pip first.")


def _writes(settings: Settings) -> list[Path]:
    """Folders in which a run makes files: it swaps the study with a new one, so the folder that holds it."""
    folders = [settings.path(settings.study).parent, settings.path(settings.reports)]
    if settings.run.metrics:
        folders.append(settings.path(settings.run.metrics).parent)
    return [folder.resolve() for folder in folders]


def _reads(settings: Settings, config: Path) -> list[Path]:
    """Files and folders that a run only reads, and the program itself."""
    named = [settings.privacy.key_file, settings.definitions.eq5d_value_set or settings.privacy.key_file]
    for source in settings.sources:
        named += [source.mapping, source.files]
    paths = [config, *(_before_glob(settings.path(name)) for name in named)]
    return [*(path.resolve() for path in paths), Path(sys.prefix).resolve()]


def _before_glob(path: Path) -> Path:
    """The folder that all files of a pattern lie in; a plain path is its own."""
    for number, part in enumerate(path.parts):
        if GLOB & set(part):
            return Path(*path.parts[:number])
    return path


def _outermost(paths: list[Path]) -> list[Path]:
    return sorted(
        {one for one in paths if not any(one != other and one.is_relative_to(other) for other in paths)}
    )


def _shielded(reads: list[Path], writes: list[Path]) -> list[Path]:
    """What is only read but lies where a run writes, as near to the top as holds nothing that is written."""
    shielded = set()
    for path in reads:
        outer = next((folder for folder in _outermost(writes) if path.is_relative_to(folder)), path)
        for depth in range(len(outer.parts) + 1, len(path.parts) + 1):
            top = Path(*path.parts[:depth])
            if not any(folder.is_relative_to(top) for folder in writes):
                shielded.add(top)
                break
    return sorted(shielded)


def _any_below(paths: list[Path], folders: tuple[str, ...]) -> bool:
    return any(path.is_relative_to(folder) for path in paths for folder in folders)


def _name_of_user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)


def _name_of_group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return str(number)


def _time_zone() -> str:
    """This machine's time zone, in which the other schedulers read a clock time too."""
    _, found, name = os.path.realpath("/etc/localtime").partition("/zoneinfo/")
    return name if found else "UTC"


def _refuse_control_characters(found: Installation) -> None:
    for value in asdict(found).values():
        for text in value if isinstance(value, tuple) else (value,):
            if isinstance(text, str) and any(unicodedata.category(one) in {"Cc", "Cs"} for one in text):
                raise ConfigurationError(
                    f"schedule: the path {text!r} holds a line break or another character that cannot be "
                    "written into a scheduler's file. Rename it."
                )
