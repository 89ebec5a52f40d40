"""A good call of each verb that takes rows of persons, on a small frame in which canaries are planted."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

CANARY = "7318846520913"
CPR = "010190-1234"
NUMBER = 731884652.5


@dataclass(frozen=True)
class Call:
    """Positional arguments before and after the frame, and keywords."""

    verb: str
    frame: pd.DataFrame
    words: dict[str, Any]
    formula: str = ""
    bad: dict[str, tuple[Any, ...]] = field(default_factory=dict)

    def run(self, ipseval, frame=None, formula=None, **changed):
        """Call the verb, with arguments changed."""
        given = self.frame if frame is None else frame
        first = (formula if formula is not None else self.formula,) if self.formula else ()
        return getattr(ipseval, self.verb)(*first, given, **{**self.words, **changed})


def persons(n=40):
    """Invented persons; `secret` holds a canary and a CPR number in every row, `odd` a canary number."""
    rng = np.random.Generator(np.random.PCG64(11))
    pre = rng.normal(50, 10, n).round()
    arm = np.arange(n) % 2
    return pd.DataFrame({
        "id": [f"P{CANARY}{k}" for k in range(n)],
        "pre": pre,
        "post": pre + rng.normal(3, 8, n).round(),
        "arm": arm,
        "sex": np.where(rng.random(n) < 0.5, "f", "m"),
        "age": rng.integers(18, 30, n).astype(float),
        "job": (rng.random(n) < 0.3 + 0.2 * arm).astype(int),
        "cls": rng.choice(["low", "mid", "high"], n),
        "q1": rng.integers(0, 5, n), "q2": rng.integers(0, 5, n), "q3": rng.integers(0, 5, n),
        "weeks": rng.integers(1, 50, n).astype(float),
        "secret": [f"{CPR} {CANARY} {k}" for k in range(n)],
        "odd": NUMBER + np.arange(n),
    })  # fmt: skip


def long(frame):
    """Two waves below one another."""
    parts = [frame.assign(score=frame[w], wave=w) for w in ("pre", "post")]
    return pd.concat(parts, ignore_index=True)


def calls():
    """List the calls."""
    f = persons()
    return [
        Call("describe", f, {"columns": ["sex", "age"]}),
        Call("change", f, {"before": "pre", "after": "post", "resamples": 99}),
        Call("change", long(f), {"score": "score", "wave": "wave", "waves": ["pre", "post"], "id": "id", "resamples": 99}),
        Call("band_change", f.iloc[:14].assign(a=f["q1"] % 2, b=f["q2"] % 2), {"before": "a", "after": "b"}),
        Call("reliable_change", f, {"before": "pre", "after": "post", "reliability": 0.8}),
        Call("reliability", f, {"items": ["q1", "q2", "q3"]}),
        Call("attrition", f.assign(answered=(f["q1"] > 0).astype(int)), {"answered": "answered", "by": ["sex"]}),
        Call("attrition_bounds", f, {"outcome": "post", "range": (-100, 200), "resamples": 49}),
        Call("repeated", long(f), {"score": "score", "wave": "wave", "id": "id", "waves": ["pre", "post"]}),
        Call("odds_ratios", f, {}, "job ~ age + C(sex)"),
        Call("risk_ratios", f, {}, "job ~ age"),
        Call("ordinal_odds", f, {"order": ["low", "mid", "high"]}, "cls ~ age"),
        Call("multinomial_odds", f, {"classes": ["low", "mid", "high"]}, "cls ~ age"),
        Call("marginal_effects", f, {}, "job ~ age"),
        Call("calibration", f, {"resamples": 100}, "job ~ age"),
        Call("discrimination", f.assign(p=f["age"] / 40), {"outcome": "job", "predicted": "p"}),
        Call("match", f, {}, "arm ~ age"),
        Call("weight", f, {}, "arm ~ age"),
        Call("effect", f, {"outcome": "post", "treatment": "arm", "covariates": ["pre"], "method": "regression", "resamples": 49}),
        Call("effect_by", f, {"outcome": "post", "treatment": "arm", "by": ["sex"]}),
        Call("time_to_event", f, {"duration": "weeks", "event": "job"}),
        Call("progression", long(f).assign(date=pd.Timestamp("2024-01-01")).assign(date=lambda d: d["date"] + pd.to_timedelta(np.where(d["wave"] == "post", 180, 0), unit="D")), {"scores": ["score"], "id": "id", "date": "date"}),
        Call("impute", f, {"columns": ["pre", "post"], "m": 2, "sweeps": 2}),
        Call("continua_shares", f.assign(w=f["pre"].clip(0, 100), g=f["q1"]), {"who5": "w", "gad7": "g", "model": "dual_factor"}),
        Call("identity_columns", f, {}),
        Call("histogram", f, {"column": "age", "edges": [18, 22, 26, 30]}),
        Call("count_effect", f, {"outcome": "weeks", "treatment": "arm", "quantiles": []}),
        Call("cost_effectiveness", f, {"cost": "odd", "effect": "job", "treatment": "arm", "willingness": [0, 1000], "resamples": 199}),
        Call("panel_effect", long(f).assign(when=lambda d: np.where(d["wave"] == "post", 2, 1), on=lambda d: d["arm"] * (d["wave"] == "post")), {"outcome": "score", "id": "id", "time": "when", "treatment": "on"}),
    ]  # fmt: skip
