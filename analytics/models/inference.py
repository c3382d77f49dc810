"""Inference on a fit: any contrast, joint test or marginal prediction, with honest degrees of freedom."""

from __future__ import annotations

import numpy as np
import polars as pl

from analytics.models.engine.degrees_of_freedom import Inference, Method, contrasts_of, joint_of, usual_method
from analytics.models.engine.design import Array
from analytics.models.formula import term_expression, term_name
from analytics.vocabulary.errors import InputError
from analytics.vocabulary.results import Fit

Weights = dict[str, float]


def contrast_table(fit: Fit, weights: dict[str, Weights], *, method: Method | None = None) -> pl.DataFrame:
    """One row is one contrast: a weighted sum of terms, with its df, p and 95 % interval.

    `weights`: of the terms, for each contrast by name; a term that is not named has weight 0. `method`:
    Kenward-Roger's for a fit by REML, Satterthwaite's for one by ML, unless it is named.

    >>> more = {"a tenth more of the plan": {"adherence_lag": 0.1, "log_week:adherence_lag": 0.1 * 2.56}}
    >>> an.contrast_table(fit, more)["estimate"].item() < 0
    True
    """
    inference = _inference(fit)
    matrix = weights_matrix(inference, list(weights.values()))
    table = contrasts_of(inference, matrix, method=method or usual_method(inference.reml))
    return table.select(pl.Series("contrast", list(weights), dtype=pl.String), pl.all())


def joint_test(
    fit: Fit, rows: tuple[str, ...] | list[Weights], *, method: Method | None = None
) -> pl.DataFrame:
    """F test that several contrasts are all zero: one row (statistic, ndf, ddf, scaling, p).

    `rows`: terms, or weights of the terms. By Kenward-Roger `statistic` is F times `scaling`.

    >>> an.joint_test(fit, ("adherence_lag", "log_week:adherence_lag"))["ndf"].item()
    2
    """
    inference = _inference(fit)
    wanted = [row if isinstance(row, dict) else {row: 1.0} for row in rows]
    found = joint_of(
        inference, weights_matrix(inference, wanted), method=method or usual_method(inference.reml)
    )
    return pl.DataFrame([found])


def predict(fit: Fit, grid: pl.DataFrame, *, method: Method | None = None) -> pl.DataFrame:
    """Marginal prediction of the outcome at each row of `grid`: random effects at zero.

    A column of the formula that the grid lacks is held at its mean over the model's rows, by their weights
    (a product: at the product of what its columns are held at).

    >>> grid = pl.DataFrame({"log_week": [0.0, 1.0, 2.0]})
    >>> an.predict(fit, grid)["estimate"].is_sorted(descending=True)
    True
    """
    inference, design = _inference(fit), fit.engine.design
    columns = {name for term in design.formula.terms for name in term}
    means = dict(zip(design.names, fit.engine.basis.means, strict=True))
    absent = sorted(columns - set(grid.columns))
    unknown = [name for name in absent if name not in means]
    if unknown:
        raise InputError(f"The grid needs a column '{unknown[0]}': it stands in the model in products only.")
    full = grid.with_columns(**{name: pl.lit(means[name]) for name in absent})
    terms = {term_name(term): term for term in design.formula.terms}
    weights = full.select(
        term_expression(terms[name]).alias(name) if name in terms else pl.lit(1.0).alias(name)
        for name in inference.basis.names
    )
    table = contrasts_of(inference, weights.to_numpy(), method=method or usual_method(inference.reml))
    return grid.hstack(table.select("estimate", "se", "df", "low", "high"))


def plain_covariance(fit: Fit) -> Array:
    """Covariance of the terms with the variances taken as known."""
    inference = _inference(fit)
    return inference.basis.back @ inference.plain @ inference.basis.back.T


def _inference(fit: Fit) -> Inference:
    if fit.engine is None:
        raise InputError("This fit holds no model: it was not fitted, or it was read back from a file.")
    return fit.engine.inference


def weights_matrix(inference: Inference, rows: list[Weights]) -> Array:
    """One row is one contrast, one column a term of the model."""
    names = inference.basis.names
    unknown = sorted({name for row in rows for name in row} - set(names))
    if unknown:
        raise InputError(f"The model has no term '{unknown[0]}'. It has: {', '.join(names)}.")
    found = np.array([[row.get(name, 0.0) for name in names] for row in rows])
    return found.reshape(len(rows), len(names))
