"""Which test of an effect is valid here: two questions that are never mixed, and what is attainable.

(a) "taking_part": the effect of taking part on those who did, against people like them.
(b) "offer": the effect of the offer on everybody eligible where it was made.

Placing the treated municipalities anew answers (b) only: a placebo municipality has no volunteers.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, isfinite, lgamma
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ipseval.analysis.kernels.cluster import Array
from ipseval.analysis.kernels.randomisation import smallest_p

QUESTIONS = ("taking_part", "offer")
INFERENCE = (
    "auto",
    "hc2",
    "cr2",
    "wild",
    "webb",
    "randomisation",
    "larger_p",
    "ferman_pinto",
    "two_way",
    "sandwich",
    "m_estimation",
    "abadie_imbens",
)
LEAST_DF = 4.0
"""Below so many Satterthwaite degrees CR2 may reject nearly twice too often (Tipton 2015; docs/measured)."""
LEAST_OTHERS = 8
"""So many untreated clusters must show how large shocks are before treated ones are held against them."""
THIN = 10.0
"""Matched sets with fewer persons in an untreated cluster show too little of its shock (docs/measured)."""
FEW_TREATED = 6
"""Below so many treated clusters the wild bootstrap rejects hardly ever or too often (MacKinnon 2017)."""
MANY_CLUSTERS = 20
"""From so many treated and so many control clusters large-sample cluster errors are let through."""


@dataclass(frozen=True)
class Situation:
    """What decides: persons and clusters by arm, whether clusters hold both arms, and the CR2 degrees."""

    question: str
    level: float
    clusters: int = 0
    treated: int = 0
    untreated: int = 0
    split: int = 0
    df: float = float("nan")
    largest_share: float = float("nan")
    linear: bool = True
    reused: bool = False
    dealt: bool = False
    crossed: bool = False
    per_untreated: float = float("inf")

    @property
    def smallest_signs(self) -> float:
        """Smallest two-sided p of a wild bootstrap with two-point weights."""
        return float(2.0 ** (1 - self.clusters)) if self.clusters else float("nan")

    @property
    def smallest_placement(self) -> float:
        """Smallest p of randomisation inference; NaN where clusters hold both arms."""
        if not self.clusters or self.split or not 0 < self.treated < self.clusters:
            return float("nan")
        return smallest_p(self.clusters, self.treated)

    @property
    def smallest_dealt(self) -> float:
        """Smallest p when the clusters' shocks are dealt out anew; NaN without treated clusters."""
        if not self.clusters:
            return float("nan")
        return exp(lgamma(self.clusters - self.treated + 1.0) - lgamma(self.clusters + 1.0))


@dataclass(frozen=True)
class Verdict:
    """What the gate says of each procedure ("" means valid, else the code of a refusal), and its choice."""

    chosen: str
    reason: str
    refused: dict[str, str]


def situation_of(
    question: str,
    level: float,
    d: Array,
    clusters: NDArray[np.intp] | None,
    df: float,
    *,
    linear: bool = True,
    reused: bool = False,
    dealt: bool = False,
    crossed: bool = False,
) -> Situation:
    """Count clusters by what they hold.

    `dealt` says that the caller can deal out the clusters' shocks, `crossed` that matched sets span clusters.
    """
    if clusters is None:
        return Situation(question, level, df=df, linear=linear, reused=reused, dealt=dealt)
    size = np.bincount(clusters)
    inside = np.bincount(clusters, weights=d)
    some, all_ = inside > 0, inside == size
    return Situation(
        question, level, len(size), int(some.sum()), int((~some).sum()), int((some & ~all_).sum()), df,
        float(inside.max() / max(inside.sum(), 1.0)), linear, reused, dealt, crossed,
        float(size[~some].mean()) if (~some).any() else float("inf"),
    )  # fmt: skip


def judge(s: Situation, asked: str = "auto") -> Verdict:
    """Choose the inference, or name the sentence by which it is refused.

    Where the choice is refused, `chosen` is "" and `reason` the code of the refusal.
    """
    refused = {name: _refusal(s, name) for name in INFERENCE[1:]}
    if asked != "auto":
        return Verdict("" if refused[asked] else asked, refused[asked] or "gate_asked", refused)
    for name, reason in _preferences(s):
        if not refused[name]:
            return Verdict(name, reason, refused)
    thin = refused.get("larger_p") == "gate_dealt_thin"
    return Verdict("", "gate_dealt_thin" if thin else refused[_preferences(s)[0][0]], refused)


def _preferences(s: Situation) -> tuple[tuple[str, str], ...]:
    if not s.clusters:
        if s.reused:
            return (("abadie_imbens", "gate_abadie_imbens"),)
        if s.linear:
            return (("hc2", "gate_persons"),)
        return (("m_estimation", "gate_m_estimation"), ("sandwich", "gate_m_estimation"))
    if s.question == "offer":
        return (("randomisation", "gate_placements"), ("cr2", "gate_cr2"))
    if not s.linear:
        return (("cr2", "gate_cr2"), ("sandwich", "gate_many"))
    first = ("two_way", "gate_two_way") if s.crossed else ("cr2", "gate_cr2")
    return (first, ("larger_p", "gate_larger_p"), ("wild", "gate_wild"))


def _refusal(s: Situation, name: str) -> str:
    """Return the code of why a procedure is invalid here, or ""."""
    if s.question == "offer" and not s.clusters:
        return "gate_offer_needs_clusters"
    if s.question == "offer" and s.split:
        return "gate_offer_split"
    if name == "randomisation":
        return _placement_refusal(s)
    if name == "abadie_imbens":
        return "" if s.reused else "gate_not_reused"
    if name in ("hc2", "m_estimation"):
        return "gate_ignores_clusters" if s.clusters else ""
    if not s.clusters:
        return "" if name == "sandwich" else "gate_needs_clusters"
    return _cluster_refusal(s, name)


def _placement_refusal(s: Situation) -> str:
    if s.question != "offer":
        return "gate_no_volunteers_elsewhere"
    if s.treated == s.clusters:
        return "gate_no_control_cluster"
    return "gate_placements_few" if s.smallest_placement > 1.0 - s.level else ""


def _dealt_refusal(s: Situation) -> str:
    if s.question == "offer":
        return "gate_dealt_for_taking_part"
    if not (s.linear and s.dealt):
        return "gate_not_linear"
    if s.untreated < LEAST_OTHERS or s.smallest_dealt > 1.0 - s.level:
        return "gate_dealt_few"
    return "gate_dealt_thin" if s.crossed and s.per_untreated < THIN else ""


def _cluster_refusal(s: Situation, name: str) -> str:
    if name in ("larger_p", "ferman_pinto"):
        return _dealt_refusal(s)
    if s.treated < 2:
        return "gate_one_treated"
    if s.split == 0 and s.untreated < 2:
        return "gate_one_control"
    if name == "sandwich":
        few = min(s.treated, s.untreated + s.split) < MANY_CLUSTERS
        return "gate_large_sample" if few else ""
    if not s.linear:
        return "gate_not_linear"
    if name == "two_way" and not s.crossed:
        return "gate_not_crossed"
    if name in ("cr2", "two_way"):
        return "gate_df" if not s.df >= LEAST_DF else ""
    if name == "wild" and s.smallest_signs > 1.0 - s.level:
        return "gate_signs_few"
    return "gate_wild_few_treated" if min(s.treated, s.untreated + s.split) < FEW_TREATED else ""


def told(s: Situation) -> dict[str, Any]:
    """Return the numbers that the gate's sentences need; being numbers, each language writes them its way."""
    return {
        "clusters": s.clusters, "treated": s.treated, "df": told_df(s.df),
        "signs": float(f"{s.smallest_signs:.2g}"), "placements": float(f"{s.smallest_placement:.2g}"),
    }  # fmt: skip


def told_df(df: float) -> float | int:
    """Round degrees of freedom for a sentence: one decimal, none where there are a thousand or more."""
    return round(df) if abs(df) >= 1000.0 and isfinite(df) else round(df, 1)


def attainable(s: Situation) -> pd.DataFrame:
    """Table what the data can show at most: clusters, degrees of freedom, smallest p of each procedure."""
    rows = [
        ("clusters", s.clusters), ("treated_clusters", s.treated), ("untreated_clusters", s.untreated),
        ("clusters_with_both_arms", s.split), ("largest_share_of_treated", s.largest_share),
        ("satterthwaite_df", s.df), ("smallest_p_sign_patterns", s.smallest_signs),
        ("smallest_p_placements", s.smallest_placement), ("smallest_p_dealt_shocks", s.smallest_dealt),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["quantity", "value"])
    frame["value"] = frame["value"].astype(float)
    return frame


def procedures(verdict: Verdict) -> pd.DataFrame:
    """Table each procedure as chosen, possible or refused, with the code of the reason."""
    rows = [
        (name, "chosen" if name == verdict.chosen else "refused" if code else "possible",
         verdict.reason if name == verdict.chosen else code)
        for name, code in verdict.refused.items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["procedure", "verdict", "reason"])
