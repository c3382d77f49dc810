"""TOML files as frozen models: a wrong key names itself, its file, and what may stand there."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from analytics.vocabulary.errors import ConfigurationError


class Section(BaseModel):
    """A frozen table of a TOML file that refuses keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=False)


Model = TypeVar("Model", bound=BaseModel)


def load_toml(path: Path, model: type[Model], *, more: dict[str, Any] | None = None) -> Model:
    """Read a TOML file into a frozen model.

    Raises ConfigurationError naming file, key and what is allowed.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigurationError(
            f"{path.name}: there is no such file. Give its path with --config."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path.name}: not valid TOML: {error}") from None
    except OSError as error:
        raise ConfigurationError(f"{path.name}: cannot be read: {error.strerror}") from None
    try:
        return model.model_validate(content | (more or {}))
    except ValidationError as error:
        raise ConfigurationError(_in_words(path.name, model, error)) from None


def _in_words(file: str, model: type[BaseModel], error: ValidationError) -> str:
    lines = []
    problems = error.errors(include_url=False, include_input=False)
    inner = {problem["loc"][:depth] for problem in problems for depth in range(1, len(problem["loc"]))}
    for problem in problems:
        place = problem["loc"]
        if place in inner:  # what is wrong inside it says more
            continue
        name = ".".join(str(part) for part in place)
        if problem["type"] == "extra_forbidden":
            allowed = ", ".join(sorted(_keys_at(model, place[:-1]) - {"root"}))
            lines.append(f"{file}: unknown key '{name}'. Allowed here: {allowed}.")
        elif problem["type"] == "missing":
            lines.append(f"{file}: key '{name}' is missing.")
        else:
            lines.append(f"{file}: key '{name}': {problem['msg'].removeprefix('Value error, ')}.")
    return "\n".join(lines)


def _keys_at(model: type[BaseModel], place: tuple[int | str, ...]) -> set[str]:
    for part in place:
        field = model.model_fields.get(str(part))
        inner = _section_of(field.annotation) if field else None
        model = inner or model
    return set(model.model_fields)


def _section_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    found = (_section_of(part) for part in getattr(annotation, "__args__", ()))
    return next((section for section in found if section), None)
