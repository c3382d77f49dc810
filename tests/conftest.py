"""What several kinds of tests share: one real run of the whole command on the sample network."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import settings
from running import Ran, run_lumbar

from analytics.vocabulary.language import speak

settings.register_profile("untimed", deadline=None)  # a slow machine is no fault of the code
settings.load_profile("untimed")


# begun first, since each of these files takes long: one that begins last leaves a core idle
LONG = ("faults", "notebooks", "run", "reporting", "test_examples.py", "recovery", "cli")


def pytest_collection_modifyitems(items):
    """The long files first; with `--no-loadscope-reorder` the workers take them in this order."""
    top = Path(__file__).parent

    def place(item) -> int:
        name = item.path.relative_to(top).parts[0]
        return LONG.index(name) if name in LONG else len(LONG)

    items.sort(key=place)


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Ran:
    """`lumbar report` in an empty folder, once for all workers: the sample network."""
    own = tmp_path_factory.getbasetemp()  # of this worker, where there are several; else of the session
    shared = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "sample-run"
    with FileLock(f"{shared}.lock"):
        if not (shared / "code").is_file():
            shared.mkdir()
            ran = run_lumbar("report", cwd=shared)
            (shared / "said").write_text(ran.said)
            (shared / "code").write_text(str(ran.code))
    return Ran(shared, int((shared / "code").read_text()), (shared / "said").read_text())


@pytest.fixture
def german():
    """German is spoken, and English again afterwards."""
    speak("de")
    yield
    speak("en")
