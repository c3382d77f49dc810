"""The same plan on many machines, by dask.distributed.

    lumbar report --cluster tcp://host:8786

Reports: workers need no disk of ours. Each gets the released study and the notebooks once, makes reports in
children as this machine would, and returns their files; the pages are the same bytes. What is done when a
worker dies is dask's to decide (`distributed.scheduler.allowed-failures`).

Who can reach a scheduler without TLS can run programs on it, on its workers and here. Addresses that begin
with tls:// are encrypted, and only who has a certificate is let in; dask reads these from its own settings
on each machine: DASK_DISTRIBUTED__COMM__TLS__CA_FILE, DASK_DISTRIBUTED__COMM__TLS__CLIENT__CERT and __KEY, or
the same names in its YAML; DASK_DISTRIBUTED__COMM__REQUIRE_ENCRYPTION=true refuses everything else. Our side
opens no port and no dashboard.
"""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analytics.reporting.connection import connected, everywhere
from analytics.reporting.pool import Pace
from analytics.reporting.worker import Made, Task
from analytics.vocabulary.errors import ConfigurationError, InputError
from analytics.vocabulary.failure import storage_refusal
from analytics.vocabulary.over import Over

if TYPE_CHECKING:
    from distributed import Client

    from analytics.reporting.parcel import Parcel


def make_all(tasks: list[Task], pace: Pace, *, address: str, study_root: Path) -> Iterator[tuple[Task, Made]]:
    """Each report as it is done, made by the workers of the scheduler at `address`, kept in our archive.

    How many are made at once is the workers' (their threads), not `pace.jobs`. Raises ConfigurationError
    where a notebook and its parameters disagree, and where the cluster cannot be used or goes away; what was
    done until then is kept.
    """
    if not tasks:
        return
    with connected(address) as client:
        from analytics.reporting.parcel import Parcel, pack

        notebooks = {Path(task.notebooks) / task.report.notebook for task in tasks}
        parcel = Parcel(pack(study_root, notebooks))
        try:
            _deliver(client, parcel)
            yield from _as_they_are_done(client, tasks, pace, parcel.name)
        finally:
            if client.status == "running":
                client.unregister_worker_plugin(parcel.name)


@contextmanager
def over(address: str, *, shared: Sequence[Path]) -> Iterator[Over]:
    """A `map` whose jobs are done by the workers of the scheduler at `address`, for preparing a study.

    Every worker must see the folders `shared` (of the exports, of the study) under the same paths, and may
    write there: jobs read exports and write parts of the study. So this is for machines that may hold
    patients' rows, joined by TLS. Raises ConfigurationError where a worker does not see the folders, or could
    hide ids by another key than we.
    """
    with connected(address) as client:
        _refuse_keys(client)
        for folder in shared:
            _refuse_unshared(client, folder)
        yield partial(_in_order, client)


def _deliver(client: Client, parcel: Parcel) -> None:
    try:
        client.register_plugin(parcel)
    except Exception as error:  # a worker's disk, most likely
        raise ConfigurationError(
            f"--cluster: a worker could not take the study ({type(error).__name__}). Is its disk full?"
        ) from None


def _refuse_keys(client: Client) -> None:
    """A key in the environment goes before the key file: one process alone would number patients anew."""
    answers = [("this run", _names_a_key()), *everywhere(client, _names_a_key)]
    for place, named in answers:
        if named is not False:
            raise ConfigurationError(
                f"--cluster: LUMBAR_KEY is set for {place}, where the others do not see it. To prepare a "
                "study on many machines, unset it everywhere; all of them read the key file."
            )


def _names_a_key() -> bool:
    return bool(os.environ.get("LUMBAR_KEY"))


def _refuse_unshared(client: Client, folder: Path) -> None:
    text = uuid.uuid4().hex
    probe = folder.resolve() / f".lumbar-{text[:8]}"
    try:
        probe.write_text(text)
        answers = everywhere(client, probe.read_text)
    except OSError as error:
        raise storage_refusal(error, f"{folder}") or error from None
    finally:
        probe.unlink(missing_ok=True)
    for worker, seen in answers:
        if seen != text:
            raise ConfigurationError(
                f"--cluster: {worker} does not see {folder}. To prepare a study, every worker needs the "
                "folders of the exports and of the study, under the same paths."
            )


def _as_they_are_done(
    client: Client, tasks: list[Task], pace: Pace, name: str
) -> Iterator[tuple[Task, Made]]:
    from distributed import as_completed

    from analytics.reporting.parcel import fetched, make_there

    tried: Counter[str] = Counter()
    client.subscribe_topic(name, lambda event: tried.update([event[1]]))
    waiting = {}
    for task in tasks:
        key = f"{name}-{task.report.slug}"
        future = client.submit(make_there, task, pace.limits, name, key=key, retries=pace.attempts - 1)
        waiting[future] = task
    try:
        for future in as_completed(list(waiting), loop=client.loop):
            task = waiting.pop(future)
            made = fetched(future, task)
            future.release()  # its worker need not hold it any longer
            yield task, replace(made, attempts=max(1, tried[task.report.slug]))
    finally:
        client.cancel(list(waiting), force=True)


def _in_order(client: Client, work: Callable[..., Any], *jobs: Any) -> Iterator[Any]:
    from distributed import KilledWorker

    try:
        for future in client.map(work, *map(list, jobs), pure=False):
            yield future.result()
            future.release()
    except KilledWorker:
        raise InputError(
            "A worker that reads exports was ended from outside, again and again, most likely because "
            "memory ran out. Start workers of fewer threads, and run it again."
        ) from None
