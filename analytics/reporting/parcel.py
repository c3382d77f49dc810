"""Parcel: what each worker of a cluster gets for one run, and what comes back of a report.

It holds the released study and the notebooks: never a row of a patient.
"""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import platform
import tempfile
import uuid
import zipfile
from collections.abc import Iterable
from concurrent.futures import CancelledError
from importlib.metadata import version
from pathlib import Path
from typing import cast

from distributed import Future, KilledWorker, Worker, WorkerPlugin, get_worker

from analytics.reporting import archive, child, pool
from analytics.reporting.child import Limits
from analytics.reporting.fingerprint import DRAWN_WITH, program_print
from analytics.reporting.remote import ChildEnded, Files, Place, make_in
from analytics.reporting.worker import Made, Task, failed
from analytics.vocabulary.errors import ConfigurationError
from analytics.vocabulary.failure import storage_refusal

UNSAID = ("inputs", "mappings")  # the name of an export can be a patient's, and no page says it


class Parcel(WorkerPlugin):
    """The released study and the notebooks on one worker, as long as the run goes on.

    They lie in a folder that only the worker's user can open, inside the worker's own scratch folder, which
    dask itself clears after a worker that was killed.
    """

    def __init__(self, content: bytes) -> None:
        self.content, self.program = content, program_print()
        digest = hashlib.sha256(content).hexdigest()[:16]
        self.name = f"lumbar-{digest}-{uuid.uuid4().hex[:8]}"  # another run may send the same

    def setup(self, worker: Worker) -> None:
        """Unpack it, and let this process have children.

        dask marks workers as daemonic, which forbids children, since they could outlive a worker that is
        ended: ours watch their parent, and end with it.
        """
        folder = Path(tempfile.mkdtemp(prefix=f"{self.name}-", dir=worker.local_directory))
        with zipfile.ZipFile(io.BytesIO(self.content)) as packed:
            packed.extractall(folder)
        self.place, self.content = Place(folder), b""
        multiprocessing.current_process().daemon = False
        child.warm_up()

    def teardown(self, worker: Worker) -> None:
        """End what is still being made, and remove the folder."""
        self.place.leave()


def pack(study: Path, notebooks: Iterable[Path]) -> bytes:
    """What may leave of a study, with the notebooks: the same files are the same bytes."""
    places = {f"notebooks/{path.name}": path for path in notebooks}
    places |= {f"study/release/{path.name}": path for path in (study / "release").glob("*.parquet")}
    facts = json.loads((study / "study.json").read_text(encoding="utf-8"))
    told = {name: value for name, value in facts.items() if name not in UNSAID}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as target:  # Parquet is compressed already
        target.writestr(zipfile.ZipInfo("study/study.json"), json.dumps(told, sort_keys=True))
        for place, path in sorted(places.items()):
            target.writestr(zipfile.ZipInfo(place), path.read_bytes())
    return packed.getvalue()


def program() -> dict[str, str]:
    """The versions of all that a page can show differently, and a checksum of them and of our own files."""
    there = {"python": platform.python_version()} | {name: version(name) for name in DRAWN_WITH}
    return there | {"lumbar's own files": program_print()[:12]}


def make_there(task: Task, limits: Limits, name: str) -> tuple[Made, Files]:
    """On a worker: one report with its files. Raises ChildEnded where the child died; dask tries it anew."""
    worker = get_worker()
    worker.log_event(name, task.report.slug)  # the run counts how often it was tried
    parcel = cast("Parcel", worker.plugins[name])
    if program_print() != parcel.program:  # a worker that came after the run had asked them all
        raise ConfigurationError(f"--cluster: {worker.address} came with another version. Install the same.")
    return make_in(parcel.place, task, limits)


def fetched(future: Future, task: Task) -> Made:
    """Where the run is: what became of a report, whose files are put in the archive."""
    try:
        made, files = future.result()
    except ConfigurationError:
        raise
    except (KilledWorker, ChildEnded):
        return failed(task, pool.ENDED)
    except CancelledError:
        raise ConfigurationError(
            "--cluster: the scheduler went away. What was made is kept; run again to make the rest."
        ) from None
    except Exception as error:  # a worker's disk or a defect of ours must not stop the others
        return failed(task, f"{type(error).__name__} on a worker of the cluster")
    try:
        _put_down(task, made, files)
    except OSError as error:
        raise storage_refusal(error, "The folder of reports") or error from None
    return made


def _put_down(task: Task, made: Made, files: Files) -> None:
    if not made.good:
        return
    room = archive.room_for(Path(task.reports), task.report.slug)
    for place, content in files.items():
        (room / place).parent.mkdir(parents=True, exist_ok=True)
        (room / place).write_bytes(content)
    archive.keep(room, made, parts=task.parts, day=task.day)
