"""State distribution and flows, against counting person by person."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import week_from_yyww, week_label, yyww

from support.contract import assert_result

FIRST, N = week_from_yyww("2045"), 30


@pytest.mark.parametrize("seed", range(2))
def test_every_week_and_every_change_is_counted(seed, tmp_path):
    codes = np.random.default_rng(seed).choice(
        [0, 111, 730, 651, 999], p=[0.3, 0.3, 0.2, 0.18, 0.02], size=(70, N)
    )
    frame = pd.DataFrame(codes, columns=[f"y_{yyww(FIRST + w)}" for w in range(N)])
    frame.insert(0, "pnr", [f"{i:012d}" for i in range(70)])
    names = {0: "blank", 111: "dagpenge", 730: "kontanthjaelp", 651: "su"}
    states = [[names.get(c, "censored") if 999 not in row[: w + 1] else "censored" for w, c in enumerate(row)]
              for row in codes.tolist()]  # fmt: skip
    spells = ips.dream.spells(frame, store=tmp_path / "s.parquet").grouped("group")
    shares = assert_result(ips.dream.distribution(spells)).estimates
    by_week = shares.groupby("term")["n_events"].sum()
    assert by_week.eq(70).all()
    for week in (0, 7, 8, N - 1):
        expected = Counter(row[week] for row in states)
        here = shares[(shares["term"] == week_label(FIRST + week)) & (shares["n_events"] > 0)]
        assert dict(zip(here["outcome"], here["n_events"], strict=True)) == expected
    assert len(ips.dream.distribution(spells, every=10).estimates) * N == len(shares) * 3
    changes = Counter((a, b) for row in states for a, b in pairwise(row) if a != b)
    moved = assert_result(ips.dream.flows(spells)).estimates
    assert {
        (a, b): int(e) for a, b, e in zip(moved["outcome"], moved["term"], moved["estimate"], strict=True)
    } == changes


def test_spells_of_codes_are_refused():
    frame = pd.DataFrame({"pnr": ["1"], "y_2045": [111]})
    with pytest.raises(DesignError, match="spells of states are needed"):
        ips.dream.distribution(ips.dream.spells(frame))
