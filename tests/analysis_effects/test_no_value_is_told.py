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
