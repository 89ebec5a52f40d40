import traceback

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import IpsevalError

CANARY = "canary 0101901234"
N = 40
PEOPLE = pd.DataFrame({"id": np.arange(N), "t": np.tile([0, 1], N // 2), "x": np.arange(N) % 7})
PEOPLE["y"] = [CANARY, *range(N - 1)]
PEOPLE["on"] = (PEOPLE["t"] == 1) & (PEOPLE["id"] < 9)
PANEL = {"outcome": "y", "id": "id", "time": "x", "treatment": "t"}


@pytest.mark.parametrize(
    "call",
    [
        lambda: ips.count_effect(PEOPLE, outcome="y", treatment="t"),
        lambda: ips.tipping_point(PEOPLE, outcome="y", treatment="t"),
        lambda: ips.oster(PEOPLE, outcome="y", treatment="t", covariates=["x"]),
        lambda: ips.negative_controls(PEOPLE, outcomes=["y"], treatment="t"),
        lambda: ips.panel_effect(PEOPLE, **PANEL),
        lambda: ips.time_to_event(PEOPLE, duration="y", event="t"),
        lambda: ips.time_to_event(PEOPLE, duration="x", event="y"),
        lambda: ips.synthetic_control(PEOPLE, outcome="y", unit="id", time="x", treatment="t"),
        lambda: ips.effect(PEOPLE, outcome="x", treatment="y", instrument="t", method="iv"),
    ],
)
def test_text_where_numbers_belong_is_refused_without_showing_it(call):
    with pytest.raises(IpsevalError) as caught:
        call()
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None or CANARY not in str(caught.value.__cause__)


GOOD = PEOPLE.assign(y=np.arange(N) * 1.0)
KINDS = {
    "text": [CANARY, *range(N - 1)],
    "category": pd.Categorical([CANARY, "b"] * (N // 2)),
    "numbers as text": [str(v) for v in range(N)],
    "infinite": [np.inf, *range(N - 1)],
    "dates": pd.date_range("2020-01-01", periods=N),
    "nothing": [None] * N,
}


def waves(people):
    return pd.concat(
        [people.assign(wave=k, on=((people["t"] == 1) & (k >= 4)).astype(int)) for k in range(6)]
    )


def pairs():
    return ips.match("t ~ x", GOOD, id="id")


CALLS = {
    "effect": lambda f: ips.effect(f, outcome="y", treatment="t"),
    "effect, pairs": lambda f: ips.effect(pairs(), outcome="y", data=f, id="id"),
    "effect, reused": lambda f: ips.effect(
        ips.match("t ~ x", GOOD, id="id", replace=True), outcome="y", data=f, id="id"
    ),
    "effect, weights": lambda f: ips.effect(f, outcome="x", treatment="t", weights="y"),
    "effect, another frame": lambda f: ips.effect(
        ips.match("t ~ x", GOOD), outcome="x", data=f.assign(t=f["y"])
    ),
    "effect_by": lambda f: ips.effect_by(f, outcome="y", treatment="t", by=["x"]),
    "count_effect": lambda f: ips.count_effect(pairs(), outcome="y", data=f, id="id"),
    "tipping_point": lambda f: ips.tipping_point(pairs(), outcome="y", data=f, id="id"),
    "rosenbaum_bounds": lambda f: ips.rosenbaum_bounds(pairs(), outcome="y", data=f, id="id"),
    "oster": lambda f: ips.oster(f, outcome="y", treatment="t", covariates=["x"]),
    "negative_controls": lambda f: ips.negative_controls(f, outcomes=["y"], treatment="t"),
    "placebo_starts": lambda f: ips.placebo_starts(
        waves(f), outcome="y", id="id", time="wave", treatment="on"
    ),
    "panel_effect": lambda f: ips.panel_effect(waves(f), outcome="y", id="id", time="wave", treatment="on"),
    "synthetic_control": lambda f: ips.synthetic_control(
        waves(f), outcome="y", unit="id", time="wave", treatment="on"
    ),
    "duration": lambda f: ips.time_to_event(f, duration="y", event="t"),
    "event": lambda f: ips.time_to_event(f, duration="x", event="y", by="t"),
    "caliper": lambda f: ips.match("t ~ x", f, id="id", caliper={"y": 1.0}),
    "score": lambda f: ips.match("t ~ x", f, id="id", score="y"),
    "treatment": lambda f: ips.match("y ~ x", f, id="id"),
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("call", CALLS)
def test_every_verb_refuses_what_is_no_number_in_one_sentence_of_its_own(call, kind):
    with pytest.raises(IpsevalError) as caught:
        CALLS[call](PEOPLE.assign(y=KINDS[kind]))
    shown = "".join(traceback.format_exception(caught.value))
    assert CANARY not in shown
    assert "0101901234" not in shown
