"""Workers: processes that read and clean side by side, where there is much to do."""

from __future__ import annotations

import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Thread
from typing import Any

import loky

from analytics.journal.read import Export
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.over import Over
from analytics.vocabulary.settings import Settings

MUCH = 16 << 20  # bytes of exports: with less, the processes would start for longer than they work

# What is free stays with the process: handed back to the system it would be paid for again, page by page.
# The first two are glibc's (numpy, bytes), the last is the allocator of polars.
KEEP_MEMORY = {
    "MALLOC_MMAP_THRESHOLD_": str(1 << 30),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "_RJEM_MALLOC_CONF": "narenas:1,tcache_max:4194304,dirty_decay_ms:10000,muzzy_decay_ms:10000",
}


@contextmanager
def workers(exports: Sequence[Export], settings: Settings) -> Iterator[Over]:
    """What works on jobs as `map` does: a pool of processes, or `map` itself where one process is wanted.

    The processes start with the first jobs. Raises InputError where one of them is ended from outside.
    """
    files, cores = {export.part.stored.path for export in exports}, loky.cpu_count()
    many = settings.run.jobs or cores
    if many == 1:
        yield map
        return
    threads = max(1, cores // min(many, len(files)))
    env = KEEP_MEMORY | {"POLARS_MAX_THREADS": str(threads)}
    pool = loky.ProcessPoolExecutor(many, env=env, initializer=_end_with, initargs=(os.getpid(),))
    # loky takes memory that is held to be used again for a leak, and starts such a process anew
    warnings.filterwarnings("ignore", message="A worker was restarted", module="loky")
    try:
        yield pool.map
    except loky.BrokenProcessPool:
        raise InputError(
            "A process of this run was ended from outside, most likely because memory ran out. Set "
            "jobs under [run] in lumbar.toml to fewer, and run it again."
        ) from None
    finally:
        pool.shutdown(kill_workers=True)


def spread(over: Over, work: Callable[[Any], Any], jobs: Sequence[Any], *, size: int) -> Iterator[Any]:
    """What `work` makes of each job, in their order: over the workers where `size`, in bytes, is much."""
    return over(work, jobs) if size >= MUCH else map(work, jobs)


def _end_with(parent: int) -> None:
    """End this process when the one that started it is gone, however that came."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os._exit(1)

    Thread(target=watch, daemon=True).start()
