from itertools import combinations_with_replacement, product

import numpy as np
import pytest
from scipy import stats

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result


def test_printed_means_bound_the_p_of_every_group_that_prints_them():
    n, scores = 4, (0, 25, 50, 75, 100)
    p, sd = [], []
    for group in combinations_with_replacement(list(product(scores, repeat=2)), n):
        x, y = np.array(group, dtype=float).T
        if abs(x.mean() - 44) <= 0.5 and abs(y.mean() - 63) <= 0.5:
            d = y - x
            sd.append(d.std(ddof=1))
            if sd[-1] > 0:
                p.append(stats.ttest_1samp(d, 0).pvalue)
    result = ips.change_range(n=n, before="44", after="63", low=0, high=100, step=25, outcome="who5")
    est = assert_result(result).estimates.set_index("term")["estimate"]
    assert est["sd_difference_smallest"] == pytest.approx(min(sd))
    assert est["sd_difference_largest"] == pytest.approx(max(sd))
    assert est["p_value_smallest"] == pytest.approx(min(p))
    assert est["p_value_largest"] == pytest.approx(max(p))


def test_means_that_no_whole_persons_give_are_refused():
    result = assert_result(ips.change_range(n=3, before="1,25", after="2,00", low=0, high=4))
    assert result.estimates["status"].eq("refused").all()


def test_everybody_changing_alike_has_the_smallest_p_there_is():
    est = assert_result(ips.change_range(n=4, before="1.0", after="2.0", low=0, high=4)).estimates.set_index(
        "term"
    )
    assert est.loc["sd_difference_smallest", "estimate"] == 0
    assert est.loc["p_value_smallest", "estimate"] > 0
    assert np.isinf(est.loc["d_z_largest", "estimate"])


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"n": 1}, "2 or more"),
        ({"before": "about 4"}, "printed number"),
        ({"after": "nan"}, "finite number"),
        ({"step": 0.3}, "whole steps"),
        ({"step": 0}, "whole steps"),
    ],
)
def test_bad_input_gives_one_sentence(options, said):
    with pytest.raises(EstimationError) as caught:
        ips.change_range(**{"n": 4, "before": "1.0", "after": "2.0", "low": 0, "high": 4, **options})
    assert said in str(caught.value)
