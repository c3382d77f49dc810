"""The linear mixed model of the house: rows in one or two nested levels of groups go in, a Fit comes out.

In engine/: one pass over the rows makes sufficient statistics (units.py, compressed.py), Newton's method with
exact derivatives finds the variances (likelihood.py, search.py), and degrees of freedom come from the same
statistics (degrees_of_freedom.py). Nobody outside models/ knows more than fit_mixed, Random and Fit.
"""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Literal

import numpy as np
import polars as pl

from analytics.models.components import components_table, describe_variances
from analytics.models.effects import fitted_rows
from analytics.models.engine.basis import Basis, make_basis, seen_and_blind
from analytics.models.engine.compressed import Compressed, compress, thin
from analytics.models.engine.degrees_of_freedom import Method, contrasts_of, infer, usual_method
from analytics.models.engine.design import Array, Design, Random, make_design
from analytics.models.engine.search import FURTHEST, search
from analytics.models.engine.solved import Engine, criterion_of, is_converged
from analytics.models.engine.theta import inside, is_singular
from analytics.models.engine.units import Units, gather
from analytics.models.formula import INTERCEPT, read_formula
from analytics.models.predictors import families
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

__all__ = ["Random", "fit_mixed"]

Data = pl.DataFrame | pl.LazyFrame | Path
DF_METHODS: dict[Method, str] = {"kenward_roger": "Kenward-Roger", "satterthwaite": "Satterthwaite"}


def fit_mixed(
    data: Data,
    formula: str,
    *,
    random: tuple[Random, ...],
    weights: str | None = None,
    method: Literal["REML", "ML"] = "REML",
) -> Fit:
    """What goes with the outcome over groups that differ at random.

    `data`: a frame, a lazy frame, or a Parquet file or folder of them, which is read in pieces: memory is
    needed for the statistics alone. `formula`: "pain ~ case_mix + log_week * adherence_lag", of its columns
    and families of them (`predictors.families`); nothing in it is evaluated. `random`: one or two levels,
    the outer first; the inner is nested in the outer. `weights`: a row's residual variance is the common one
    over its weight. Rows without a value in a column of the model are dropped and counted; a term that
    others already span is dropped and named. A variance of zero is an answer (`overall.singular`). Terms
    have Kenward-Roger standard errors and degrees of freedom, by ML Satterthwaite's. `overall.converged` is
    false, with a warning, where the gradient is not zero or a curvature is downward: such numbers are not to
    be published. Raises InputError for what cannot be fitted.

    >>> rows = an.model_weeks(weeks, eligible, settings).frame
    >>> levels = (an.Random("clinic_id"), an.Random("episode_id", slope="log_week"))
    >>> an.fit_mixed(rows, "pain ~ log_week * adherence_lag", random=levels).terms["term"].to_list()
    ['intercept', 'log_week', 'adherence_lag', 'log_week:adherence_lag']
    """
    if method not in ("REML", "ML"):
        raise InputError(f"'{method}' is neither 'REML' nor 'ML'.")
    began = perf_counter()
    source = pl.scan_parquet(data) if isinstance(data, Path) else data
    design = _checked_design(source, formula, random=random, weights=weights)
    units, ruler = gather(source, design)
    basis, units = make_basis(units, ruler, design.names)
    _check_groups(units, design)
    cells = compress(units)
    gathered = perf_counter()
    point = search(cells, design.levels, reml=method == "REML", start=_start(cells, units, design))
    if np.abs(point.theta).max() > FURTHEST:
        raise InputError(
            f"Within each '{design.groups[-1]}' the model leaves nothing over: there is no residual."
        )
    found = perf_counter()
    try:
        inference = infer(point, cells, design.levels, basis=basis)
    except np.linalg.LinAlgError:
        raise InputError(f"{units.rows} rows are too few to tell these variances apart.") from None
    seconds = {
        "statistics": gathered - began,
        "search": found - gathered,
        "inference": perf_counter() - found,
    }
    engine = Engine(source.lazy(), design, basis, units, cells, point, inference, method == "REML", seconds)
    return _fit(engine)


def _checked_design(
    source: pl.DataFrame | pl.LazyFrame, formula: str, *, random: tuple[Random, ...], weights: str | None
) -> Design:
    """The design, once every column that it names is known to be there and to be a number."""
    schema = source.collect_schema()
    if not 1 <= len(random) <= 2:
        raise InputError(f"A mixed model here has one or two levels of groups, not {len(random)}.")
    known = families(tuple(schema)) | {name: (name,) for name in schema}
    read = read_formula(formula, known=known)
    design = make_design(read, random, weights)
    for name in (*design.groups, *design.variables):
        if name not in schema:
            raise InputError(f"The data have no column '{name}'.")
    if design.formula.outcome in design.slopes:
        raise InputError(f"The outcome '{design.formula.outcome}' cannot be a random slope of itself.")
    for name in design.variables:
        if not (schema[name].is_numeric() or schema[name] == pl.Boolean):
            raise InputError(f"'{name}' is not a number: it cannot be a term of the model.")
    return design


def _start(cells: Compressed, units: Units, design: Design) -> Array | None:
    """Where the search begins: for many cells, at the solution of a part of the clinics."""
    part = thin(cells, units)
    if part is None:
        return None
    found = search(seen_and_blind(part)[0], design.levels, reml=False)
    return inside(design.levels, found.theta)


def _check_groups(units: Units, design: Design) -> None:
    outer, inner = (units.ids[:, :at].n_unique() for at in (1, len(design.groups)))
    if outer < 2 or inner < 2:
        raise InputError(f"A mixed model needs at least two groups of each of: {', '.join(design.groups)}.")
    if inner >= units.rows:
        raise InputError(
            f"Every '{design.groups[-1]}' has one row: its variance cannot be told from the rest."
        )
    if len(design.groups) == 2 and outer >= inner:
        raise InputError(
            f"Every '{design.groups[0]}' has one '{design.groups[1]}': their variances cannot be told apart."
        )
    for at, name in enumerate(design.slopes, start=1):
        ones, own, square = (units.zz[a, b].sum() for a, b in ((0, 0), (0, at), (at, at)))
        if square * ones - own**2 <= 1e-12 * square * ones:
            raise InputError(f"The random slope needs '{name}' to vary.")


def _fit(engine: Engine) -> Fit:
    basis, inference, flat = engine.basis, engine.inference, is_converged(engine.point)
    lost = tuple(f"'{name}' was dropped: other columns already say it" for name in basis.lost)
    broken = () if flat else ("not converged: these numbers are not to be published",)
    components, method = components_table(engine), usual_method(engine.reml)
    terms = contrasts_of(inference, np.eye(len(basis.names)), method=method)
    covariance = inference.adjusted if engine.reml else inference.plain
    raw = basis.back @ covariance @ basis.back.T
    untold = terms.filter(pl.col("p").is_null()).height
    few = (f"{untold} terms have no {DF_METHODS[method]} error or df: too few groups",) if untold else ()
    return Fit(
        terms=terms.select(pl.Series("term", basis.names), pl.all()),
        overall=_overall(engine, components, converged=flat),
        rows=fitted_rows(engine),
        covariance=tuple(tuple(map(float, row)) for row in raw),
        warnings=(*lost, *few, *broken),
        formula=_formula(engine.design, basis),
        components=components,
        engine=engine,
    )


def _overall(engine: Engine, components: pl.DataFrame, *, converged: bool) -> pl.DataFrame:
    units, point, design = engine.units, engine.point, engine.design
    entries = sum(len(level.entries) for level in design.levels)
    criterion = criterion_of(engine)
    parameters = len(engine.basis.names) + entries + 1
    return pl.DataFrame(
        {
            "n": units.rows,
            "dropped": units.dropped,
            "patients": units.ids.height,
            "clinics": units.ids[:, :1].n_unique(),
            "method": "REML" if engine.reml else "ML",
            "criterion": criterion,
            "loglik": -criterion / 2,
            "aic": criterion + 2 * parameters,
            "bic": criterion + np.log(units.rows) * parameters,
            "parameters": parameters,
            "sigma": np.sqrt(point.sigma2) * engine.basis.y_scale,
            "variances": describe_variances(components),
            "singular": is_singular(design.levels, point.theta),
            "converged": converged,
            "gradient": point.norm,
            "curvature": point.curvature,
            "df_method": DF_METHODS[usual_method(engine.reml)],
        }
    )


def _formula(design: Design, basis: Basis) -> str:
    fixed = ["1" if design.formula.intercept else "0", *(name for name in basis.names if name != INTERCEPT)]
    levels = []
    for depth, one in enumerate(design.random, start=1):
        slope = "" if one.slope is None else f" + {one.slope}"
        bar = "|" if one.correlated or one.slope is None else "||"
        levels.append(f"(1{slope} {bar} {':'.join(design.groups[:depth])})")
    return f"{design.formula.outcome} ~ {' + '.join([*fixed, *levels])}"
