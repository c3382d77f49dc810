"""Where a defect of ours is: a place in our own code, never the message, which could quote a patient."""

from __future__ import annotations


def place_of(error: BaseException) -> str:
    """The innermost line of this package that the error went through, as module:line."""
    step, last = error.__traceback__, "?"
    while step:
        module = step.tb_frame.f_globals.get("__name__", "")
        last = f"{module}:{step.tb_lineno}" if module.startswith("analytics") else last
        step = step.tb_next
    return last
