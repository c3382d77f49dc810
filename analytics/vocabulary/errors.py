"""What can go wrong, in words for the person who must act. No message carries a patient's data."""

from __future__ import annotations


class LumbarError(Exception):
    """Something a person must mend; its text says what, where and how. `exit_code` is the command's."""

    exit_code = 1

    def _render_traceback_(self) -> list[str]:
        """What a notebook shows (IPython asks): the words alone; nothing in our code is to be mended."""
        return [f"{type(self).__name__}: {self}"]


class ConfigurationError(LumbarError):
    """A setting, mapping or argument is wrong."""

    exit_code = 2


class InputError(LumbarError):
    """An export cannot be read, or nothing in it is valid."""

    exit_code = 3


class HoldError(LumbarError):
    """The data is not good enough to publish: what was published before stays."""

    exit_code = 4


class BusyError(LumbarError):
    """Another run holds the place; try again later (EX_TEMPFAIL)."""

    exit_code = 75
