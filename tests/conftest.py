"""What several kinds of tests share: one real run of the whole command on the sample network."""

from __future__ import annotations

import pytest
from filelock import FileLock
from hypothesis import settings
from running import Ran, run_lumbar

settings.register_profile("untimed", deadline=None)  # a slow machine is no fault of the code
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def sample_run(tmp_path_factory) -> Ran:
    """`lumbar report` in an empty folder, once for all workers: the sample network."""
    shared = tmp_path_factory.getbasetemp().parent / "sample-run"
    with FileLock(f"{shared}.lock"):
        if not (shared / "code").is_file():
            shared.mkdir()
            ran = run_lumbar("report", cwd=shared)
            (shared / "said").write_text(ran.said)
            (shared / "code").write_text(str(ran.code))
    return Ran(shared, int((shared / "code").read_text()), (shared / "said").read_text())
