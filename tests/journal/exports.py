"""Write small real exports and clean them, as an installation would."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from analytics.journal.clean import clean_journal
from analytics.journal.read import read_journal
from analytics.vocabulary.results import Journal
from analytics.vocabulary.settings import Privacy, Settings, Source

SESSIONS = """
table = "sessions"
[dates]
formats = ["%Y-%m-%d %H:%M"]
[columns]
clinic_id = "clinic"
patient_id = "id"
performed_at = "start"
logged_at = "logged"
setting = "place"
supervised = "supervised"
exercise_types = "exercises"
duration_min = "minutes"
rpe = "rpe"
level = "level"
pain_before = "pain"
"""
HEADER = "clinic,id,start,logged,place,supervised,exercises,minutes,rpe,level,pain"
GOOD = "oak,7,2026-01-05 09:00,2026-01-05 10:00,home,no,stretching;balance,30,4,2,6"


def installation(
    folder: Path, files: dict[str, tuple[str, str | bytes]], *, scope: str = "clinic"
) -> Settings:
    """Settings whose sources are these files: name -> (mapping TOML, content)."""
    sources = []
    for name, (mapping, content) in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (folder / f"{path.stem}.toml").write_text(mapping)
        sources.append(Source(files=name, mapping=f"{path.stem}.toml"))
    privacy = Privacy(id_scope=scope)
    return Settings(root=folder, as_of=date(2026, 6, 30), sources=tuple(sources), privacy=privacy)


def cleaned(settings: Settings) -> Journal:
    """The journal of an installation."""
    return clean_journal(read_journal(settings), settings)


def sessions_of(folder: Path, *lines: str, mapping: str = SESSIONS, header: str = HEADER) -> Journal:
    """The journal of one comma CSV of sessions."""
    return cleaned(installation(folder, {"s.csv": (mapping, "\n".join([header, *lines]) + "\n")}))
