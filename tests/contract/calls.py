"""A good call of each verb that takes rows of persons, on a small frame in which canaries are planted."""

import inspect
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import numpy as np
import pandas as pd

import ipseval as ips
from ipseval.instruments import WHO5

CANARY = "7318846520913"
CPR = "010190-1234"
NUMBER = 731884652.5


@dataclass(frozen=True)
class Call:
    """A verb and every argument that it is given, by name."""

    verb: str
    words: dict[str, Any]

    @property
    def used(self):
        """The columns that the call names; none where the verb knows them by itself."""
        flat = [
            w
            for value in self.words.values()
            for w in (value if isinstance(value, list | tuple) else [value])
        ]
        flat += self.words.get("formula", "").replace("C(", "").replace(")", "").split()
        return {word for word in flat if isinstance(word, str)} if self.frames_of_persons else set()

    @property
    def frames_of_persons(self):
        """Whether the one frame is of persons with columns of the user's naming."""
        return sum(isinstance(v, pd.DataFrame) for v in self.words.values()) == 1

    def run(self, ipseval, **changed):
        """Call the verb, with arguments changed."""
        return attrgetter(self.verb)(ipseval)(**{**self.words, **changed})


def rows(verb, frame, **words):
    """Make a call whose first argument is a frame of persons."""
    first = next(iter(inspect.signature(getattr(ips, verb)).parameters))
    return Call(verb, {first: frame, **words})


def fitted(verb, formula, frame, **words):
    """Make a call of a formula and a frame."""
    return Call(verb, {"formula": formula, "frame": frame, **words})


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
    waves = long(f)
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.where(waves["wave"] == "post", 180, 0), unit="D")
    panel = waves.assign(
        when=np.where(waves["wave"] == "post", 2, 1), on=waves["arm"] * (waves["wave"] == "post")
    )
    stays = f.assign(who="A", first=pd.Timestamp("2024-01-01"), last=pd.Timestamp("2024-06-01"))
    return [
        rows("describe", f, columns=["sex", "age"]),
        rows("change", f, before="pre", after="post", resamples=99),
        rows("change", waves, score="score", wave="wave", waves=["pre", "post"], id="id", resamples=99),
        rows("band_change", f.iloc[:14].assign(a=f["q1"] % 2, b=f["q2"] % 2), before="a", after="b"),
        rows("reliable_change", f, before="pre", after="post", reliability=0.8),
        rows("recovery", f, measures={"phq9": ("q1", "q2"), "gad7": ("q2", "q3")}),
        rows("reliability", f, items=["q1", "q2", "q3"]),
        rows("attrition", f.assign(answered=(f["q1"] > 0).astype(int)), answered="answered", by=["sex"]),
        rows("attrition_bounds", f, outcome="post", range=(-100, 200), resamples=49),
        Call("response", {"waves": {"start": f, "end": f.iloc[:20]}, "registered": f}),
        rows("repeated", waves, score="score", wave="wave", id="id", waves=["pre", "post"]),
        fitted("odds_ratios", "job ~ age + C(sex)", f, resamples=49),
        fitted("risk_ratios", "job ~ age", f),
        fitted("ordinal_odds", "cls ~ age", f, order=["low", "mid", "high"]),
        fitted("multinomial_odds", "cls ~ age", f, classes=["low", "mid", "high"]),
        fitted("marginal_effects", "job ~ age", f, resamples=49),
        fitted("calibration", "job ~ age", f, resamples=100),
        rows("discrimination", f.assign(p=f["age"] / 40), outcome="job", predicted="p"),
        fitted("match", "arm ~ age", f),
        fitted("weight", "arm ~ age", f),
        rows("effect", f, outcome="post", treatment="arm", covariates=["pre"], method="regression", resamples=49),
        rows("effect_by", f, outcome="post", treatment="arm", by=["sex"]),
        rows("time_to_event", f, duration="weeks", event="job"),
        rows("progression", waves.assign(date=days), scores=["score"], id="id", date="date"),
        rows("impute", f, columns=["pre", "post"], m=2, sweeps=2),
        rows("continua_shares", f.assign(w=f["pre"].clip(0, 100), g=f["q1"]), who5="w", gad7="g", model="dual_factor"),
        rows("two_continua", f.assign(w=f["pre"].clip(0, 100), g=f["q1"]), who5="w", gad7="g", model="dual_factor"),
        rows("continua_movement", f.assign(a=continua(f, "pre"), b=continua(f, "post")), before="a", after="b"),
        rows("compare_with_norm", f, score="pre", norm=WHO5.norms["denmark_2003"]),
        rows("identity_columns", f),
        rows("histogram", f, column="age", edges=[18, 22, 26, 30]),
        rows("count_effect", f, outcome="weeks", treatment="arm", quantiles=[], resamples=199),
        rows("cost_effectiveness", f, cost="odd", effect="job", treatment="arm", willingness=[0, 1000], resamples=199),
        rows("panel_effect", panel, outcome="score", id="id", time="when", treatment="on"),
        rows("negative_controls", f, outcomes=["pre"], treatment="arm", covariates=["age"]),
        rows("tipping_point", f.assign(job=f["job"].where(f["q1"] > 0)), outcome="job", treatment="arm"),
        rows("oster", f, outcome="post", treatment="arm", covariates=["pre"]),
        rows("target", f, outcome="job", share=0.5),
        rows("caseload", stays, consultant="who", start="first", end="last", id="id", limit=20.0, until="2024-12-31"),
        rows("sites", f, site="sex", outcome="job", fidelity=reviews(), score="total", range=(25, 125)),
    ]  # fmt: skip


def continua(frame, wave):
    """Give a cell of the two continua for each person."""
    whole = frame.assign(w=frame[wave].clip(0, 100))
    return ips.two_continua(whole, who5="w", gad7="q1", model="dual_factor")


def reviews():
    """Fidelity of two sites."""
    return pd.DataFrame({"sex": ["f", "m"], "total": [104, 88]})
