import numpy as np
import pandas as pd
from hypothesis import example, given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.analysis.kernels.signed_rank import hodges_lehmann, signed_rank

scores = st.lists(st.tuples(st.integers(0, 25), st.integers(0, 25)), min_size=6, max_size=25)
few = settings(max_examples=25, deadline=None)


def change(pairs, shift=0, **options):
    frame = pd.DataFrame(
        {"x_start": [4 * a + shift for a, _ in pairs], "x_end": [4 * b + shift for _, b in pairs]}
    )
    result = ips.change(frame, before="x_start", after="x_end", resamples=199, **options)
    return result.estimates.set_index("term")


@few
@example([(0, 0), (0, 0), (20, 0), (0, 0), (2, 0), (19, 0), (16, 0)], -1)
@given(scores, st.integers(-50, 50))
def test_a_constant_added_to_both_waves_changes_nothing(pairs, shift):
    first, moved = change(pairs), change(pairs, shift)
    rows = [t for t in first.index if t not in ("before", "after")]
    for column in ("estimate", "ci_low", "ci_high", "p_value"):
        np.testing.assert_allclose(
            first.loc[rows, column].astype(float), moved.loc[rows, column].astype(float), atol=1e-7
        )


@few
@given(scores)
def test_exchanging_the_waves_turns_every_sign(pairs):
    first, turned = change(pairs), change([(b, a) for a, b in pairs])
    for term in ("difference", "hodges_lehmann", "d_z", "d_av", "d_rm"):
        there, back = first.loc[term], turned.loc[term]
        np.testing.assert_allclose(there["estimate"], -back["estimate"], atol=1e-9)
        if term in ("difference", "hodges_lehmann", "d_z"):
            np.testing.assert_allclose([there["ci_low"]], [-back["ci_high"]], atol=1e-8)
            np.testing.assert_allclose([there["p_value"]], [back["p_value"]], atol=1e-12)


@few
@given(scores, st.randoms(use_true_random=False))
def test_the_order_of_persons_does_not_matter_where_nothing_is_drawn(pairs, random):
    mixed = list(pairs)
    random.shuffle(mixed)
    first, again = change(pairs), change(mixed)
    drawn = [t for t in first.index if t[2:] in ("av", "rm", "start")]
    closed = first.drop(index=drawn).select_dtypes("number").astype(float)
    np.testing.assert_allclose(closed, again.loc[closed.index, closed.columns].astype(float), atol=1e-9)


@few
@given(scores)
def test_a_p_below_alpha_and_an_interval_that_leaves_zero_out_are_one_statement(pairs):
    est = change(pairs)
    for term in ("difference", "d_z", "g_z"):
        row = est.loc[term]
        if row["status"] == "ok":
            assert (row["p_value"] < 0.05) == (row["ci_low"] > 0 or row["ci_high"] < 0)
    row = est.loc["hodges_lehmann"]
    if row["status"] == "ok":
        outside = row["ci_low"] > 0 or row["ci_high"] < 0
        at_the_end = row["ci_low"] == 0 or row["ci_high"] == 0
        assert (row["p_value"] <= 0.05) == outside or at_the_end


@few
@given(st.lists(st.integers(-9, 9), min_size=1, max_size=14), st.sampled_from(["wilcoxon", "pratt"]))
def test_the_two_one_sided_p_share_the_whole(differences, zeros):
    d = np.array(differences, dtype=float)
    test = signed_rank(d, zeros)
    assert test.p_greater + test.p_less >= 1 - 1e-12
    assert signed_rank(-d, zeros).p_value == test.p_value
    wide, narrow = hodges_lehmann(d, 0.99, zeros), hodges_lehmann(d, 0.8, zeros)
    assert wide.low <= narrow.low <= narrow.high <= wide.high
