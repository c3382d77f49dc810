"""Results out: a noun's frames as pandas has them, or as tidy files with a page that says what they hold.

Such numbers are unreleased: not suppressed, not rounded. They never go where reports are published.
"""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any, Literal

import polars as pl

from analytics.vocabulary.display import Shown
from analytics.vocabulary.errors import InputError

Form = Literal["parquet", "csv"]
FORMS = ("parquet", "csv")
SHORT = 80  # characters of a text that a line about a noun repeats
SEPARATOR = "; "  # between the entries of a list in a CSV cell
PUBLISHED = (".made", "latest", "status.json")  # what only a folder of published reports holds
MEANINGS = {
    "term": "term of the model", "contrast": "weighted sum of terms", "estimate": "the estimate",
    "se": "its standard error", "df": "degrees of freedom of its t distribution",
    "statistic": "estimate / standard error, or the test's statistic", "p": "two-sided p value",
    "low": "lower end of the 95 % interval", "high": "upper end of the 95 % interval",
    "n": "rows of the model", "dropped": "rows left out: a value is missing", "patients": "distinct patients",
    "clinics": "distinct clinics", "method": "how the model was fitted", "criterion": "-2 log likelihood",
    "loglik": "log (restricted) likelihood", "aic": "Akaike's criterion", "bic": "Schwarz's criterion",
    "parameters": "estimated parameters", "sigma": "residual standard deviation",
    "variances": "variances in one line", "singular": "a variance is zero or a correlation perfect",
    "converged": "whether the solution is a solution", "gradient": "slope of the criterion at the solution",
    "curvature": "least curvature of the criterion there", "df_method": "method of the degrees of freedom",
    "group": "level of the model, or category", "other": "second random effect of a covariance",
    "variance": "variance (or covariance)", "sd": "its root (or the correlation)",
    "share": "share of the variance of a row", "fitted": "what the model expects of the row",
    "residual": "observed less fitted", "measure": "which number", "kind": "mean or share",
    "observed": "the clinic's own number", "expected": "what its case-mix lets expect",
    "difference": "observed less expected", "adjusted": "network's mean + difference",
    "shrunken": "what empirical Bayes leaves of the difference", "signal": "what the limits say",
    "flag": "which limits are passed", "target": "what it is set against", "month": "first day of the period",
    "until": "last day of the period", "period": "length of a period", "value": "the number",
    "points": "points that limits rest on", "centre": "centre line", "lower": "lower limit",
    "upper": "upper limit", "meaning": "in words",
}  # fmt: skip


class Noun(Shown):
    """A frozen dataclass over frames: shows itself, and hands its frames on."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Its name, and each frame with its size."""
        parts = []
        for name, value in _held(self):
            if isinstance(value, pl.DataFrame):
                parts.append(f"{name} {value.height:,} x {value.width}")
            elif isinstance(value, str | int | float) and 0 < len(str(value)) <= SHORT:
                parts.append(f"{name} {value}")
        return f"{type(self).__name__}: {', '.join(parts)}"

    def frames(self) -> dict[str, pl.DataFrame]:
        """Its frames by name; those that are read when asked for are read."""
        frames = {
            name: value for name, value in _held(self) if isinstance(value, pl.DataFrame | pl.LazyFrame)
        }
        return {name: value.lazy().collect() for name, value in frames.items()}

    def to_pandas(self) -> Any:
        """The same for pandas: a DataFrame where there is one frame, else one for each by name."""
        made = {name: frame.to_pandas() for name, frame in self.frames().items() if frame.width}
        return next(iter(made.values())) if len(made) == 1 else made

    def save(self, folder: str | Path, form: Form = "parquet") -> Path:
        """Write each frame as one tidy file (`parquet` or `csv`) and README.md, which says what columns mean.

        The numbers are not suppressed: raises InputError for a folder of published reports or of a study.
        """
        about = (type(self).__doc__ or "").strip().splitlines()[0]
        return save_frames(self.frames(), Path(folder), form=form, about=f"{type(self).__name__}: {about}")


def save_frames(frames: dict[str, pl.DataFrame], folder: Path, *, form: Form, about: str) -> Path:
    """One file a frame, and README.md; the folder is open to nobody else (0700)."""
    if form not in FORMS:
        raise InputError(f"'{form}' is no form to save in. There are: {', '.join(FORMS)}.")
    _refuse_published(folder.resolve())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    frames = {name: frame for name, frame in frames.items() if frame.width}
    for name, frame in frames.items():
        path = folder / f"{name}.{form}"
        if form == "csv":
            _flat(frame).write_csv(path)
        else:
            frame.write_parquet(path)
    (folder / "README.md").write_text(_readme(frames, form=form, about=about), encoding="utf-8")
    return folder


def _held(noun: Any) -> list[tuple[str, Any]]:
    return [(one.name, getattr(noun, one.name)) for one in fields(noun)]


def _refuse_published(folder: Path) -> None:
    for place in (folder, *folder.parents):
        if place.name == "reports" or sum((place / name).exists() for name in PUBLISHED) > 1:
            raise InputError(
                "These numbers are not suppressed: they are not written where reports are published."
            )
        if (place / "study.json").is_file():
            raise InputError("A study's folder is written by `lumbar prepare` alone: choose another one.")


def _flat(frame: pl.DataFrame) -> pl.DataFrame:
    """Lists as text: a CSV cell holds one value."""
    lists = [name for name, kind in frame.schema.items() if isinstance(kind, pl.List)]
    return frame.with_columns(pl.col(name).cast(pl.List(pl.String)).list.join(SEPARATOR) for name in lists)


def _readme(frames: dict[str, pl.DataFrame], *, form: str, about: str) -> str:
    known = _known_columns()
    parts = [
        f"# {about}",
        "",
        "Unreleased numbers: not suppressed and not rounded. They stay on this machine.",
    ]
    for name, frame in frames.items():
        parts += [
            "",
            f"## {name}.{form}: {frame.height:,} rows",
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        parts += [
            f"| {column} | {kind} | {known.get((name, column)) or known.get(('', column), '')} |"
            for column, kind in frame.schema.items()
        ]
    return "\n".join(parts) + "\n"


def _known_columns() -> dict[tuple[str, str], str]:
    """By table and column; by column alone where the table says nothing."""
    from analytics.vocabulary.dictionary import data_dictionary

    told: dict[tuple[str, str], str] = {}
    for table, column, unit, meaning in (
        data_dictionary().select("table", "column", "unit", "meaning").iter_rows()
    ):
        words = f"{meaning} ({unit})" if unit else meaning
        told[table, column] = words
        told.setdefault(("", column), words)
    return told | {("", column): meaning for column, meaning in MEANINGS.items()}
