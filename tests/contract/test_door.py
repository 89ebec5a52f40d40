"""The door before every public verb: what it lets through, and what it says where it does not."""

import inspect
import pickle
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.arguments import fits
from ipseval.core.checks import require_apart, require_one_kind, require_whole
from ipseval.core.errors import EstimationError, ReportError

FRAME = pd.DataFrame({"pre": [1.0, 2.0, 3.0], "post": [2.0, 4.0, 3.0]})


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("a", str), (3, int), (np.int64(3), int), (3, float), (np.float32(3), float), (True, bool), (np.bool_(True), bool),
        (None, str | None), (["a"], Sequence[str]), (("a",), Sequence[str]), (np.array(["a"]), Sequence[str]),
        (pd.Index(["a"]), Sequence[str]), (pd.Series([1.0]), Sequence[float]), ([0, 1.5], tuple[float, float]),
        ({"a": 1}, Mapping[str, float]), ({}, Mapping[str, float]), (len, Callable[[str], int]), (Path("a"), str | Path),
        (FRAME, pd.DataFrame), ("a", "a name that only the type checker knows"),
    ],
)  # fmt: skip
def test_what_fits(value, kind):
    assert fits(value, kind)


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (3, str), (None, str), (True, int), (3.0, int), (True, float), (np.nan, float), (np.inf, float), (1, bool),
        ("a", Sequence[str]), ([1], Sequence[str]), ({"a": 1}, Sequence[str]), (pd.Series(["a"]), Sequence[str]),
        (FRAME, Sequence[str]), ((1, 2, 3), tuple[float, float]), ("ab", tuple[str, str]), ({1: 1}, Mapping[str, float]),
        ({"a": "b"}, Mapping[str, float]), ([("a", 1)], Mapping[str, float]), ("len", Callable[[str], int]), (3, str | Path),
        (FRAME["pre"], pd.DataFrame), (FRAME.to_numpy(), pd.DataFrame),
    ],
)  # fmt: skip
def test_what_does_not_fit(value, kind):
    assert not fits(value, kind)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ({"befor": "pre"}, "change() has no argument befor=: did you mean 'before'?"),
        ({"before": FRAME["pre"]}, "give the column's name in quotes"),
        ({"before": "pre", "after": "post", "seed": 1.5}, "seed= must be a whole number, not float."),
        ({"before": "pre", "after": "post", "seed": -1}, "seed= must be a whole number, 0 or more, not -1."),
        ({"before": "pre", "after": "post", "level": 95}, "level=95 is not a confidence level"),
        ({"outcomes": {"a": "pre"}}, "outcomes= must be a mapping from texts to a pair of texts or None"),
    ],
)
def test_what_is_said(words, said):
    with pytest.raises(EstimationError) as refusal:
        ips.change(FRAME, **words)
    assert said in str(refusal.value)


def test_missing_and_misplaced_arguments_are_told():
    with pytest.raises(EstimationError, match=r"histogram\(\) needs column=, edges="):
        ips.histogram(FRAME)
    with pytest.raises(EstimationError, match="takes frame without a name, but was given 3"):
        ips.change(FRAME, "pre", "post")
    with pytest.raises(ReportError, match=r"result= must be a Result or a list of Results, not DataFrame\."):
        ips.table(FRAME)


def test_a_verb_behind_its_door_is_still_itself():
    assert pickle.loads(pickle.dumps(ips.change)) is ips.change
    assert "before" in inspect.signature(ips.change).parameters
    assert ips.change.__doc__.startswith("Tell how much")
    assert ips.Result.__name__ == "Result"


def test_checks_that_verbs_share():
    for bad in (0, True, 3.0, "3", None, 8):
        with pytest.raises(EstimationError, match="weeks= must be a whole number, 1 to 7, not"):
            require_whole(bad, argument="weeks", most=7)
    require_whole(np.int32(7), argument="weeks", most=7)
    with pytest.raises(EstimationError, match="id= and cluster= both name 'x'"):
        require_apart({"id": "x", "by": None, "cluster": "x"})
    with pytest.raises(EstimationError, match="time='t' mixes text"):
        require_one_kind(pd.DataFrame({"t": [1, "a"]}), "t", argument="time")
