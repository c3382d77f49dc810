"""Where notebooks, the sample network and an installation's settings are found, and which code this is."""

from __future__ import annotations

import hashlib
import os
from importlib.metadata import version
from pathlib import Path

from analytics.vocabulary.settings import Settings, read_settings

PACKAGE = Path(__file__).resolve().parents[1]
CODE = (".py", ".toml")  # what can move a number; a template or a catalogue of words cannot


def notebook_folder() -> Path:
    """The folder of the report and lab notebooks."""
    return _shipped("notebooks", beside="notebooks")


def sample_folder() -> Path:
    """The folder of the sample network's exports, with its lumbar.toml."""
    return _shipped("sample", beside="data/sample")


def citation_file() -> Path:
    """CITATION.cff: how the program is cited."""
    return _shipped("CITATION.cff", beside="CITATION.cff")


def _shipped(name: str, *, beside: str) -> Path:
    inside = PACKAGE / "_shipped" / name
    return inside if inside.exists() else PACKAGE.parent / beside


def find_settings(path: str | Path = "") -> Settings:
    """The settings of a lumbar.toml.

    Where none is named, LUMBAR_CONFIG's, the one here, else the sample's.

    >>> an.find_settings().comparison.min_episodes
    10
    """
    here = Path("lumbar.toml")
    chosen = str(path) or os.environ.get("LUMBAR_CONFIG", "") or (here if here.is_file() else "")
    return read_settings(Path(chosen)) if chosen else sample_settings(cache_folder())


def sample_settings(folder: Path) -> Settings:
    """Settings that read the sample network and write into `folder`."""
    settings = read_settings(sample_folder() / "lumbar.toml")
    at = {"study": "study", "reports": "reports"}
    here = {key: str(folder / name) for key, name in at.items()}
    privacy = settings.privacy.model_copy(update={"key_file": str(folder / "lumbar.key")})
    return settings.model_copy(update=here | {"privacy": privacy})


def cache_folder() -> Path:
    """The user's own folder for what can be made again, one for each version of the package."""
    import platformdirs

    folder = Path(platformdirs.user_cache_dir("lumbar", version=version("lumbar")))
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def code_hash(package: Path = PACKAGE) -> str:
    """Checksum of the package's source by name and content; neither of its dates nor of what Python made."""
    whole = hashlib.sha256()
    places = (path.relative_to(package) for path in package.rglob("*") if path.suffix in CODE)
    for place in sorted(places, key=Path.as_posix):
        if place.parts[0] != "_shipped":  # the sample and the notebooks, which only a wheel holds in here
            content = hashlib.sha256((package / place).read_bytes()).hexdigest()
            whole.update(f"{place.as_posix()}\n{content}\n".encode())
    return whole.hexdigest()
