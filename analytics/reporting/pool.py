"""Reports made side by side, each in a worker process; a worker that dies takes no other report with it."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool

from analytics.reporting.worker import Made, Task, make, make_failed
from analytics.vocabulary.errors import ConfigurationError


def make_all(tasks: list[Task], *, jobs: int) -> Iterator[tuple[Task, Made]]:
    """Each report as it is done. Raises ConfigurationError where a notebook and its parameters disagree."""
    lost = []
    with _workers(min(jobs, len(tasks))) as pool:
        waiting = {pool.submit(make, task): task for task in tasks}
        for future in as_completed(waiting):
            task = waiting[future]
            try:
                yield task, future.result()
            except BrokenProcessPool:
                lost.append(task)
            except ConfigurationError:
                pool.shutdown(cancel_futures=True)
                raise
            except Exception as error:  # a defect of ours must not stop the others; its text could hold data
                yield task, make_failed(task, f"{type(error).__name__} while rendering")
    for task in lost:  # one of them broke the pool for all
        yield task, _alone(task)


def _alone(task: Task) -> Made:
    with _workers(1) as pool:
        try:
            return pool.submit(make, task).result()
        except BrokenProcessPool:
            return make_failed(task, "the process that made it was ended from outside (out of memory?)")


def _workers(count: int) -> ProcessPoolExecutor:
    # spawn: a fork after polars has run a query hangs, and no state may pass between reports
    fresh = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, mp_context=fresh, initializer=_begin)


def _begin() -> None:
    """End when the run ends, however it ended; print nothing, as a library's words could hold a value."""
    parent = multiprocessing.parent_process()
    if parent:
        threading.Thread(target=lambda: (parent.join(), os._exit(1)), daemon=True).start()
    if not os.environ.get("LUMBAR_DEBUG"):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 1)
        os.dup2(nowhere, 2)
    # grammars of web addresses that a JSON checker takes a second to build when imported, and nobody here
    # uses
    sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType]
