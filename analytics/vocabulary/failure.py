"""A failure in words: a disk's for the person who looks after it, a defect of ours by its place alone."""

from __future__ import annotations

import errno

from analytics.vocabulary.errors import ConfigurationError

STORAGE = {
    errno.ENOSPC: "the disk is full. Make room there",
    errno.EDQUOT: "the quota of the disk is used up. Make room there",
    errno.EROFS: "the disk can only be read. Mount it for writing, or name another folder",
    errno.EACCES: "the folder may not be written. Check its permissions",
    errno.EPERM: "the folder may not be written. Check its permissions",
    errno.EIO: "the disk reports an error. Look after it before anything else",
}


def place_of(error: BaseException) -> str:
    """The innermost line of this package that the error went through, as module:line."""
    step, last = error.__traceback__, "?"
    while step:
        module = step.tb_frame.f_globals.get("__name__", "")
        last = f"{module}:{step.tb_lineno}" if module.startswith("analytics") else last
        step = step.tb_next
    return last


def storage_refusal(error: OSError, what: str) -> ConfigurationError | None:
    """What a person must do where a disk does not take what is written; None: it is another kind of error.

    `what` names the folder as the person knows it.
    """
    words = STORAGE.get(error.errno or 0)
    if not words:
        return None
    return ConfigurationError(f"{what}: {words}, then run again. What was there before is as it was.")
