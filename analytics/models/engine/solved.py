"""Engine: what a fit leaves behind for those who ask more of it than its tables."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from analytics.models.engine.basis import Basis
from analytics.models.engine.compressed import Compressed
from analytics.models.engine.degrees_of_freedom import Inference
from analytics.models.engine.design import Design
from analytics.models.engine.search import FLAT, LEVEL, Point
from analytics.models.engine.units import Units


@dataclass(frozen=True, slots=True)
class Engine:
    """Statistics, solution and inference of a fit, in the basis' units; `seconds` that each took."""

    data: pl.LazyFrame
    design: Design
    basis: Basis
    units: Units
    cells: Compressed
    point: Point
    inference: Inference
    reml: bool
    seconds: dict[str, float]

    @property
    def ids(self) -> pl.DataFrame:
        """The groups of each unit, by the names that the data have for them."""
        return self.units.ids.rename(dict(zip(self.units.ids.columns, self.design.groups, strict=True)))


def is_converged(point: Point) -> bool:
    """Whether the criterion is flat at the solution and bends upward in every direction."""
    return point.norm < FLAT and point.curvature > LEVEL


def criterion_of(engine: Engine) -> float:
    """-2 log (restricted) likelihood in the data's units, with lme4's constants."""
    basis, point = engine.basis, engine.point
    volume = basis.log_volume if engine.reml else 0.0
    return float(point.criterion + 2 * point.free * np.log(basis.y_scale) + volume)
