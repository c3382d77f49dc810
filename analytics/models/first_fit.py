"""The first fit of a mixed model by statsmodels, checked against an independent closed form before use.

statsmodels 0.15 can return fixed effects of exactly zero with `converged=True` where a variance is
estimated near zero (statsmodels issue 10239). So its answer is only a place to start from, and only if it
is right.
"""

from __future__ import annotations

import warnings
from dataclasses import replace

import numpy as np

from analytics.models.design import Design
from analytics.models.reml import Array, solve, sum_up

# Its optimiser stops early, but at its own variances its fixed effects and criterion must be the exact ones.
AGREEMENT = 1e-4


def first_fit(design: Design) -> tuple[Array | None, tuple[str, ...]]:
    """The inner level's theta by statsmodels' MixedLM (None where that is wrong), and what it warned of."""
    from statsmodels.regression.mixed_linear_model import MixedLM

    x = design.q * np.sqrt(len(design.y))
    sizes = np.diff(np.append(design.starts[0], len(design.y)))
    groups = np.repeat(np.arange(len(sizes)), sizes)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            fit = MixedLM(design.y, x, groups=groups, exog_re=design.z).fit(reml=True, method="lbfgs")
        except (np.linalg.LinAlgError, ValueError) as error:
            return None, (f"statsmodels' fit failed ({type(error).__name__}); fitted without it",)
    said = "; ".join(dict.fromkeys(str(warning.message).rstrip(".") for warning in caught))
    notes = (f"statsmodels warned while starting: {said}",) if said else ()
    theta = _triangle(np.asarray(fit.cov_re) / fit.scale)
    wrong = disagreement(design, theta, estimate=np.asarray(fit.fe_params), criterion=-2 * float(fit.llf))
    if wrong:
        return None, (*notes, f"statsmodels' fit was refused: {wrong}; fitted without it")
    return theta, notes


def disagreement(design: Design, theta: Array, *, estimate: Array, criterion: float) -> str:
    """What is wrong with fixed effects (of q times root n) and criterion at theta; empty if nothing is."""
    inner = replace(design, starts=design.starts[:1])
    root = np.sqrt(len(design.y))
    exact = solve(sum_up(inner.q * root, inner.y, inner.z, starts=inner.starts), theta)
    if not np.allclose(estimate, exact.estimate, rtol=AGREEMENT, atol=AGREEMENT * float(np.std(design.y))):
        return "its fixed effects are not the generalised least squares ones at its own variances"
    if not abs(criterion - exact.criterion) < AGREEMENT * max(1.0, abs(exact.criterion)):
        return "its criterion is not the exact one at its own variances"
    return ""


def _triangle(covariance: Array) -> Array:
    """Lower triangle L of covariance = L L', for one that may be singular."""
    factor = np.zeros_like(covariance)
    for at in range(len(covariance)):
        rest = covariance - factor @ factor.T
        if rest[at, at] > 0:
            factor[at:, at] = rest[at:, at] / np.sqrt(rest[at, at])
    return factor[np.tril_indices(len(factor))]
