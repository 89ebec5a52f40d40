"""Planning: power, persons needed and the smallest effect that can be seen, and which limit binds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ipseval.analysis.kernels import power as kernel
from ipseval.core.checks import require_level, require_option
from ipseval.core.errors import EstimationError
from ipseval.core.result import Base, Method, Note, Result, estimates_frame, sample_frame

DESIGNS = ("paired_means", "paired_shares", "two_means", "two_shares")
MOST_PERSONS = 1_000_000


@dataclass(frozen=True)
class PowerDesign:
    """What is planned: the kind of comparison and what is known of the outcome.

    `kind`: one of "paired_means", "paired_shares", "two_means", "two_shares".  `sd`: of the change (paired)
    or of the outcome (two arms), in points.  `discordant`: share of persons expected to change either way
    (paired shares).  `share`: expected share in the first arm (two shares).  `ratio`: persons in the second
    arm per person in the first.  `response`: share of those included who answer to the end.  `clusters`:
    number of clusters in all (municipalities), with `icc`, their intraclass correlation.
    """

    kind: str
    sd: float | None = None
    discordant: float | None = None
    share: float | None = None
    ratio: float = 1.0
    response: float = 1.0
    clusters: int | None = None
    icc: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what is not a design."""
        require_option(self.kind, DESIGNS, argument="kind")
        needed = {
            "paired_means": "sd",
            "two_means": "sd",
            "paired_shares": "discordant",
            "two_shares": "share",
        }
        value = getattr(self, needed[self.kind])
        if value is None or not value > 0 or (self.kind.endswith("shares") and not value < 1):
            raise EstimationError(f"kind={self.kind!r} needs {needed[self.kind]}= as a positive number.")
        if not 0.0 < self.response <= 1.0:
            raise EstimationError("response= must be a share above 0 and at most 1.")
        if self.clusters is not None and self.kind.startswith("paired"):
            raise EstimationError("clusters= belongs to two arms: a paired design has no arm to cluster.")
        if self.clusters is not None and self.clusters < 4:
            raise EstimationError(
                "clusters= must be 4 or more: two in each arm leave nothing to estimate from."
            )
        if not 0.0 <= self.icc < 1.0:
            raise EstimationError("icc= must be 0 or more and below 1.")


def power(
    design: PowerDesign,
    *,
    n: int | None = None,
    effect: float | None = None,
    target: float = 0.8,
    alpha: float = 0.05,
) -> Result:
    """Tell the power of a plan, the persons it needs, and the smallest effect it can see.

    Parameters
    ----------
    design
        What is planned.
    n
        Persons included in all; gives the smallest effect seen with the target power.
    effect
        Change or difference to be seen, in points or as a difference of shares; gives the persons needed.
        With both, the power as well.
    target
        Power asked for.
    alpha
        Two-sided significance level.

    Returns
    -------
    Result
        Rows `power` (with n and effect), `persons_needed` (with effect), `detectable_effect` (with n).
        Notes say which limit binds: persons, answers (response), or the number of clusters, in which case
        more persons in the same clusters do not help.

    Raises
    ------
    EstimationError
        Neither n nor effect, or a design that lacks what its kind needs.

    Notes
    -----
    Assumptions: normal outcomes for means; the exact McNemar and Fisher tests for shares; clusters of one
    size and equally many per arm, with clusters - 2 degrees of freedom.  Missing data: `response` of those
    included answer.  Checked against: tests/oracles/power (R power.t.test, enumeration).
    References: Donner and Klar 2000, Design and Analysis of Cluster Randomization Trials.

    Examples
    --------
    >>> import ipseval as ips
    >>> plan = ips.PowerDesign("paired_means", sd=20)
    >>> est = ips.power(plan, effect=10).estimates.set_index("term")
    >>> int(est.loc["persons_needed", "estimate"])
    34
    """
    require_level(target, argument="target")
    require_level(alpha, argument="alpha")
    if n is None and effect is None:
        raise EstimationError("n= and effect= are both empty: give one of them, or both.")
    if n is not None and n < 2:
        raise EstimationError("n= must be 2 or more persons.")
    if effect is not None and not effect != 0:
        raise EstimationError("effect= must not be zero: no number of persons shows no effect.")
    rows: list[dict[str, Any]] = []
    notes: list[Note] = []
    scale = "difference" if design.kind.endswith("means") else "risk_difference"
    if n is not None and effect is not None:
        rows.append({"term": "power", "scale": "power", "estimate": power_of(design, n, effect, alpha)})
    if effect is not None:
        _persons(design, effect, target, alpha, rows, notes)
    if n is not None:
        _effect(design, n, target, alpha, scale, rows, notes)
    notes += _limits(design, n)
    planned = n if n is not None else int(np.nan_to_num(rows[-1].get("estimate", 0)))
    return Result(
        kind="power",
        estimates=estimates_frame([{"outcome": design.kind, **row} for row in rows]),
        sample=sample_frame([("planned", "", planned)]),
        method=Method(estimator=f"power_{design.kind}", missing="planned_response"),
        base=Base(name="planned", n=planned),
        notes=tuple(notes),
    )


def power_of(design: PowerDesign, n: int, effect: float, alpha: float) -> float:
    """Power with `n` persons included, of whom `response` answer."""
    answered = int(np.floor(n * design.response + 1e-9))
    effect = abs(effect)
    if design.kind == "paired_means":
        return kernel.paired_mean_power(answered, effect, design.sd or 1.0, alpha)
    if design.kind == "paired_shares":
        discordant = design.discordant or 1.0
        return kernel.paired_share_power(answered, min(effect, discordant), discordant, alpha)
    n0 = int(np.floor(answered / (1.0 + design.ratio)))
    n1 = answered - n0
    df, inflation = float(answered - 2), 1.0
    if design.clusters is not None:
        df = design.clusters - 2.0
        inflation = kernel.design_effect(answered / design.clusters, design.icc)
    if min(n0, n1) < 1 or df < 1:
        return float("nan")
    if design.kind == "two_means":
        return kernel.two_mean_power(n1 / inflation, n0 / inflation, effect, design.sd or 1.0, alpha, df)
    share = design.share or 0.0
    other = share + effect if share + effect <= 1.0 else max(share - effect, 0.0)
    if design.clusters is None and max(n0, n1) <= kernel.MOST_ENUMERATED:
        return kernel.two_share_power(n1, n0, other, share, alpha)
    df = df if design.clusters is not None else np.inf
    return kernel.two_share_power_normal(n1 / inflation, n0 / inflation, other, share, alpha, df)


def _persons(
    design: PowerDesign,
    effect: float,
    target: float,
    alpha: float,
    rows: list[dict[str, Any]],
    notes: list[Note],
) -> None:
    row: dict[str, Any] = {"term": "persons_needed", "scale": "persons"}
    found = smallest(lambda n: power_of(design, n, effect, alpha), target)
    if found is None:
        code = "clusters_bind" if design.clusters is not None else "persons_bind"
        notes.append(Note(code, row=len(rows), values={"target": 100 * target}))
        rows.append(row | {"status": "refused"})
    else:
        rows.append(row | {"estimate": float(found)})


def smallest(power_at: Callable[[int], float], target: float) -> int | None:
    """Find the smallest number of persons from which the power stays at the target, or None up to a million.

    Exact tests have a saw-toothed power, so after doubling and bisection the last dips are walked over.
    """
    high = 4
    while not power_at(high) >= target:
        high *= 2
        if high > MOST_PERSONS:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        if power_at(middle) >= target:
            high = middle
        else:
            low = middle
    dips = [n for n in range(high, high + 12) if power_at(n) < target]
    return dips[-1] + 1 if dips else high


def _effect(
    design: PowerDesign,
    n: int,
    target: float,
    alpha: float,
    scale: str,
    rows: list[dict[str, Any]],
    notes: list[Note],
) -> None:
    from scipy import optimize

    row: dict[str, Any] = {"term": "detectable_effect", "scale": scale}
    most = 100.0 * (design.sd or 1.0)
    if design.kind == "paired_shares":
        most = design.discordant or 1.0
    if design.kind == "two_shares":
        most = max(1.0 - (design.share or 0.0), 0.0)

    def gap(effect: float) -> float:
        return power_of(design, n, effect, alpha) - target

    if not gap(most) >= 0.0:
        notes.append(Note("no_effect_is_detectable", row=len(rows), values={"n": n}))
        rows.append(row | {"status": "refused"})
        return
    found = float(optimize.brentq(gap, 1e-9 * most, most, xtol=1e-10 * most))
    rows.append(row | {"estimate": found})


def _limits(design: PowerDesign, n: int | None) -> list[Note]:
    """Say what holds the plan back: lost answers, or clusters whose number caps what persons can bring."""
    notes = []
    if design.response < 1.0:
        notes.append(Note("answers_lost", values={"share": 100 * (1 - design.response)}))
    if design.clusters is not None and design.icc > 0:
        ceiling = design.clusters / design.icc
        notes.append(Note("clusters_cap", values={"most": int(ceiling), "clusters": design.clusters}))
        if n is not None and n * design.response * design.icc > design.clusters:
            notes.append(Note("more_clusters_not_persons", values={"clusters": design.clusters}))
    return notes
