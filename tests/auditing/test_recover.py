"""What `recover` shows has the printed numbers, and it shows nothing exactly where brute force finds nothing."""

import itertools
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipseval.auditing.audit import audit
from ipseval.auditing.recover import recover
from ipseval.core.errors import AuditError
from ipseval.core.rounding import CONVENTIONS


def prints(value, text, places=2):
    return any(rule(value, places) == Decimal(text) for rule in CONVENTIONS.values())


@pytest.mark.parametrize("n", [2, 3, 5])
def test_mean_and_sd_against_all_small_samples(n):
    possible = set()
    for sample in itertools.combinations_with_replacement(range(1, 5), n):
        possible.add((f"{np.mean(sample):.1f}", f"{np.std(sample, ddof=1):.1f}"))
    for m in range(10, 41, 3):
        for s in range(0, 22, 2):
            mean, sd = f"{m / 10:.1f}", f"{s / 10:.1f}"
            found = recover(mean=mean, sd=sd, n=n, low=1, high=4)
            if (mean, sd) in possible:
                assert len(found) == n, (mean, sd)
            for column in found:
                assert prints(float(found[column].mean()), mean, 1)
                assert prints(float(found[column].std()), sd, 1)
            entry = {"id": "a", "value": mean, "sd": sd, "n": n, "low": 1, "high": 4, "exact_n": True}
            codes = {f.code for f in audit({"means": [entry]}).findings}
            assert ("audit_sd_impossible" in codes or "audit_mean_impossible" in codes) == found.empty


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 25), min_size=12, max_size=30), st.integers(0, 5))
def test_a_real_sample_is_always_possible_and_recovered(steps, seed):
    scores = [4 * x for x in steps]
    mean, sd = f"{np.mean(scores):.2f}", f"{np.std(scores, ddof=1):.2f}"
    entry = {
        "id": "a",
        "value": mean,
        "sd": sd,
        "n": len(scores),
        "low": 0,
        "high": 100,
        "unit": 4,
        "exact_n": True,
    }
    codes = {f.code for f in audit({"means": [entry]}).findings}
    assert not codes & {"audit_sd_impossible", "audit_mean_impossible"}
    found = recover(mean=mean, sd=sd, n=len(scores), low=0, high=100, unit=4, seed=seed, examples=2)
    for column in found:
        assert prints(float(found[column].mean()), mean)
        assert prints(float(found[column].std()), sd)


def test_large_samples_are_widened():
    found = recover(mean="3.10", sd="1.20", n=300, low=1, high=5, examples=2)
    assert found.shape == (300, 2)
    assert prints(float(found["example_1"].mean()), "3.10")
    assert prints(float(found["example_1"].std()), "1.20")
    assert found.to_numpy().min() >= 1
    assert found.to_numpy().max() <= 5


def test_the_same_seed_gives_the_same():
    one = recover(mean="3.10", sd="1.2", n=30, low=1, high=5, seed=3)
    assert one.equals(recover(mean="3,10", sd="1,2", n=30, low=1, high=5, seed=3))


def test_counts():
    assert recover(percents="51", n=28).empty
    assert recover(percents="57", n=28)["count_1"].tolist() == [16]
    row = recover(percents=["5", "14", "21", "16", "14", "7", "23"], n=43)
    assert [2, 6, 9, 7, 6, 3, 10] in row.to_numpy().tolist()
    assert recover(percents=["18", "29", "26", "22", "4"], n=55).empty


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"n": 5}, "either percents= or mean="),
        ({"n": 0, "percents": "5"}, "n= must"),
        ({"n": 5, "mean": "2"}, "low= under high="),
        ({"n": 5, "mean": "two", "low": 1, "high": 5}, "mean= must be a number"),
    ],
)
def test_bad_arguments(arguments, told):
    with pytest.raises(AuditError, match=told):
        recover(**arguments)
