"""Weighting: a design in which everybody counts as much as it takes to make the arms alike."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.effects.design import Design, held
from ipseval.analysis.effects.inputs import size_notes
from ipseval.analysis.effects.matching import flow
from ipseval.analysis.effects.reading import Candidates, read_candidates, support_note
from ipseval.analysis.kernels.weights import Weights, entropy_weights, propensity_weights
from ipseval.analysis.kernels.weights_propensity import propensity
from ipseval.core.checks import require_option
from ipseval.core.errors import DesignError
from ipseval.core.result import Note

Array = NDArray[np.float64]
METHODS = ("ipw", "overlap", "entropy")
OFFERED = {"ipw": ("ATT", "ATC", "ATE"), "overlap": ("ATO",), "entropy": ("ATT", "ATC")}


def weight(
    formula: str,
    frame: pd.DataFrame,
    *,
    method: str = "ipw",
    estimand: str | None = None,
    trim: float | None = None,
    id: str | None = None,
    roles: Mapping[str, str] | None = None,
) -> Design:
    """Weigh people so that the arms are alike; nobody looks at the outcome here.

    Parameters
    ----------
    formula
        "treat ~ x1 + x2": the treatment (1 treated, 0 control) and what was known before it.
    frame
        One row per person; only the id and the columns named are kept.
    method
        "ipw" (inverse probability: odds for ATT and ATC), "overlap" (each by the chance of the other arm) or
        "entropy" (weights closest to equal that give exactly the same means).
    estimand
        "ATT", "ATC", "ATE" or "ATO" (those who could be in either arm); the first that the method offers.
    trim
        Leave out people whose propensity is below this share or above 1 minus it (0 to 0.5), and fit anew;
        the effect is then for the rest.
    id
        Person column; needed to join an outcome from another frame.
    roles
        What columns are: "before" treatment, "after" it, "outcome" or "id"; only the first may be used here.

    Returns
    -------
    Design
        As from `match`.  Weights are used as shares of their arm's sum, so stabilising changes nothing.

    Raises
    ------
    DesignError
        One arm only, an estimand that the method does not offer, nobody left after trimming.

    Notes
    -----
    Assumptions: everything that decides both treatment and outcome is in the formula, and everybody in the
    target could be in either arm.  Missing data: rows with a missing covariate are left out and counted.
    Checked against: tests/oracles/effect_weights (R: glm, survey; entropy balancing by optim on the dual).
    References: Li, Morgan and Zaslavsky 2018, https://doi.org/10.1080/01621459.2016.1260466; Hainmueller
    2012, https://doi.org/10.1093/pan/mpr025.

    Examples
    --------
    >>> import pandas as pd
    >>> import ipseval as ips
    >>> people = pd.DataFrame({"ips": [1, 1, 1, 0, 0, 0, 0], "age": [20, 25, 29, 19, 24, 26, 31]})
    >>> ips.weight("ips ~ age", people, method="entropy")
    <Design weight (entropy, ATT): 3 treated, 4 controls>
    """
    require_option(method, METHODS, argument="method", error=DesignError)
    target = estimand or OFFERED[method][0]
    require_option(target, OFFERED[method], argument="estimand", error=DesignError)
    if trim is not None and not 0.0 < trim < 0.5:
        raise DesignError(f"trim={trim!r} is not a share between 0 and 0.5, such as 0.05.")
    who = read_candidates(formula, frame, exact=(), id=id, roles=roles)
    fit = propensity(who.x, who.d)
    inside = np.ones(len(who.d), dtype=bool)
    notes: list[Note | None] = [*who.notes, support_note(fit.score, who.d, refuse=method != "entropy")]
    if trim is not None:
        inside = np.abs(fit.score) <= np.log((1.0 - trim) / trim)
        if len(np.unique(who.d[inside])) < 2:
            raise DesignError(f"trim={trim} leaves {int(inside.sum())} row(s) of one arm only; trim less.")
        notes.append(_trim_note(who, inside, trim))
        fit = propensity(who.x[inside], who.d[inside])
    x, d = who.x[inside], who.d[inside]
    if method == "entropy":
        found = entropy_weights(x, d, target)
    else:
        found = propensity_weights(x, d, fit.score, fit.bread, target)
        notes.append(Note("design_firth") if fit.firth else None)
    notes.extend(size_notes(found.weight, d))
    everyone = _spread(found, inside, who)
    score = np.full(len(who.d), np.nan)
    score[inside] = fit.score
    lost = not inside.all()
    settings = {
        "formula": formula,
        "method": method,
        "estimand": target,
        "trim": trim,
        "columns": who.columns,
    }
    return Design(
        "weight", method, target, f"population_{target.lower()}" + ("_trimmed" if lost else ""),
        who.treatment, id or "", settings, who.ids, who.d, who.x, who.names, who.strata,
        everyone.weight, score, np.full(len(who.d), -1, dtype=np.intp), None, everyone, who.kept,
        flow(who, everyone.weight), tuple(n for n in notes if n is not None), len(frame), held(frame),
    )  # fmt: skip


def _trim_note(who: Candidates, inside: NDArray[np.bool_], trim: float) -> Note:
    gone = [int((~inside & (who.d == arm)).sum()) for arm in (1, 0)]
    return Note("design_trimmed", values={"treated": gone[0], "control": gone[1], "trim": float(trim)})


def _spread(found: Weights, inside: NDArray[np.bool_], who: Candidates) -> Weights:
    """Put weights of the kept rows back among all rows; the others get 0 and inform nothing."""
    if inside.all():
        return found
    full = [np.zeros(len(inside)) for _ in range(3)]
    for values, own in zip(full, (found.weight, found.slope, found.pull), strict=True):
        values[inside] = own
    return Weights(full[0], full[1], who.x, found.bread, full[2])
