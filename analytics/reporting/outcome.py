"""Outcome: how one run went, told to machines in reports/status.json, to Prometheus and to a hook.

It may leave the house, so its fields are numbers, times and words of closed sets. Why a run ended is a code
and, for a defect of ours, a place in our code: the words of an error can name the file of an export, and stay
on the screen.
"""

from __future__ import annotations

import errno
import json
import os
import uuid
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, FiniteFloat, NonNegativeInt

from analytics.reporting.hook import run_hook
from analytics.reporting.metrics import metrics_text
from analytics.vocabulary.errors import BusyError, ConfigurationError, HoldError, InputError, LumbarError
from analytics.vocabulary.failure import place_of
from analytics.vocabulary.files import sync
from analytics.vocabulary.settings import Settings

NAME = "status.json"
RUN = r"^\d{4}-\d{2}-\d{2}-[0-9a-f]{8}(-\d+)?$"  # the folder of a run
State = Literal["published", "partial", "unchanged", "selected", "held", "failed", "interrupted", "busy"]
GOOD = ("published", "unchanged")
ASIDE = ("selected", "busy")
REASONS = {
    "reports": "Some reports could not be made anew.",
    "configuration": "A setting, a mapping or a folder's permissions are wrong. `lumbar report` says which.",
    "input": "An export cannot be read, or nothing in it is valid. `lumbar check` names it.",
    "held": "The data is not good enough to publish; the reports of before stay. `lumbar check` says why.",
    "busy": "Another run was writing the reports.",
    "refused": "Something must be mended first. `lumbar report` says what.",
    "storage": "The disk is full, read-only or broken. `lumbar report` says which.",
    "interrupted": "The run was ended from outside. Run `lumbar report` again.",
    "defect": "Lumbar failed inside itself. Please report the place that is named here.",
}
_BY_ERROR: tuple[tuple[type[BaseException], State, str], ...] = (
    (BusyError, "busy", "busy"),
    (HoldError, "held", "held"),
    (ConfigurationError, "failed", "configuration"),
    (InputError, "failed", "input"),
    (LumbarError, "failed", "refused"),
    (KeyboardInterrupt, "interrupted", "interrupted"),
    (SystemExit, "interrupted", "interrupted"),
)


class Outcome(BaseModel):
    """How one run went.

    `published`: every report is there. `partial`: published, but a report failed or is the last good one
    of before. `unchanged`: nothing was to be done. `selected`: some clinics alone, `latest` stays. `held`:
    the data is not good enough. `busy`: another run was at work. Seconds are of a clock that never jumps,
    times are UTC, `peak_mb` is in units of 2^20 bytes. `last_success`: end of the last run that was good.
    """

    # what a later version adds does not make its file unreadable
    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)

    format: Literal[1] = 1
    version: str = Field(default_factory=lambda: version("lumbar"), pattern=r"^[0-9a-z.+]{1,40}$")
    state: State
    exit_code: NonNegativeInt
    started: AwareDatetime
    finished: AwareDatetime
    seconds: Annotated[FiniteFloat, Field(ge=0)] = 0.0
    as_of: date | None = None
    run: Annotated[str, Field(pattern=RUN)] | None = None
    made: NonNegativeInt = 0
    reused: NonNegativeInt = 0
    stale: NonNegativeInt = 0
    failed: NonNegativeInt = 0
    rows_in: NonNegativeInt | None = None
    rows_out: NonNegativeInt | None = None
    peak_mb: Annotated[FiniteFloat, Field(ge=0)] | None = None
    reason: Annotated[str, Field(pattern=f"^({'|'.join(REASONS)})$")] | None = None
    place: Annotated[str, Field(pattern=r"^(\w{1,60} at )(analytics[\w.]*:\d+|\?)$")] | None = None
    last_success: AwareDatetime | None = None
    last_published: AwareDatetime | None = None

    @property
    def good(self) -> bool:
        """Whether every report is published and of this run's exports."""
        return self.state in GOOD and not self.exit_code

    def summary(self) -> str:
        """What is written, and handed to the hook."""
        return json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n"


def outcome_of_failure(error: BaseException, *, started: datetime, seconds: float) -> Outcome:
    """How a run went that an error ended; of the error no word is kept."""
    state, reason = next((row[1:] for row in _BY_ERROR if isinstance(error, row[0])), ("failed", "defect"))
    if {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO} & {
        one.errno for one in (error, error.__cause__, error.__context__) if isinstance(one, OSError)
    }:
        reason = "storage"  # also where it was put in words
    code = error.exit_code if isinstance(error, LumbarError) else 1
    if state == "interrupted":  # as a shell says it: 128 and the number of the signal
        code = error.code if isinstance(error, SystemExit) and isinstance(error.code, int) else 130
        code = max(code, 1)
    return Outcome(
        state=state,
        exit_code=code,
        started=started,
        finished=datetime.now(UTC),
        seconds=seconds,
        reason=reason,
        place=f"{type(error).__name__[:60]} at {place_of(error)}" if reason == "defect" else None,
    )


def read_outcome(reports: Path) -> Outcome | None:
    """How the last run went, as it has told itself; None where none has, or its file is broken."""
    try:
        return Outcome.model_validate_json((reports / NAME).read_bytes())
    except (OSError, ValueError):
        return None


def tell_outcome(settings: Settings, outcome: Outcome) -> tuple[str, ...]:
    """Write status.json and the metrics, run the hook; what of it failed, in words, as no run fails by it.

    A run that found another at work, or made some clinics alone, leaves what is written of the network's
    run as it is. The hook hears of it all the same: who else would tell that a run takes until the next one.
    """
    reports, run, notes = settings.path(settings.reports), settings.run, []
    told = _following(outcome, read_outcome(reports))
    text = told.summary()
    if told.state not in ASIDE:
        notes.append(_tried(NAME, partial(_write_status, reports, text)))
        if run.metrics:
            notes.append(_tried("metrics", partial(_write_metrics, settings.path(run.metrics), text)))
    if run.hook:
        notes.append(_tried("hook", partial(run_hook, run.hook, text, folder=settings.root)))
    return tuple(filter(None, notes))


def _following(outcome: Outcome, before: Outcome | None) -> Outcome:
    """With the times of the last good run: this one's, else those that the run before knew."""
    published = outcome.state in {"published", "partial"}
    success, last = (before.last_success, before.last_published) if before else (None, None)
    return outcome.model_copy(
        update={
            "last_success": outcome.finished if outcome.good else success,
            "last_published": outcome.finished if published else last,
        }
    )


def _tried(what: str, tell: Callable[[], str]) -> str:
    try:
        return tell()
    except OSError as error:
        return f"{what}: not written: {error.strerror}."
    except Exception as error:  # a defect of ours must not change how the run went
        return f"{what}: not told ({type(error).__name__} at {place_of(error)})."


def _write_status(reports: Path, text: str) -> str:
    reports.mkdir(parents=True, exist_ok=True)
    _replace(reports / NAME, text.encode())
    return ""


def _write_metrics(path: Path, text: str) -> str:
    # node exporter runs as another user, whatever the umask of the run
    _replace(path, metrics_text(json.loads(text)), mode=0o644)
    return ""


def _replace(path: Path, content: bytes, *, mode: int | None = None) -> None:
    """The whole new file or the old one, also when the power goes. Until then its name is read by nobody."""
    beside = path.with_name(f".{path.name}-{uuid.uuid4().hex[:8]}")
    try:
        with beside.open("xb") as file:
            if mode is not None:
                os.fchmod(file.fileno(), mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)
    sync(path.parent)
