"""LaLonde's job training, from a package of others: the experiment as printed, and controls of a survey.

Dehejia and Wahba (1999), https://doi.org/10.1080/01621459.1999.10473858, print 1,794 for the experiment and
-8,498 for the same treated men against the raw survey; Imbens (2015), https://doi.org/10.3368/jhr.50.2.373,
prints 1.79 (0.67) thousand for the first.
"""

import pandas as pd
import pytest

import ipseval as ips

from support.downloads import unpacked

KNOWN = "age + square(age) + educ + square(educ) + black + hisp + marr + nodegree + re74 + re75 + no74 + no75"


def read(name):
    return pd.read_stata(unpacked("causaldata==0.1.4") / "causaldata" / name / f"{name}.dta")


@pytest.fixture(scope="module")
def men():
    experiment = read("nsw_mixtape")
    observed = pd.concat([experiment.query("treat == 1"), read("cps_mixtape")], ignore_index=True)
    return experiment, observed.assign(no74=observed["re74"].eq(0.0), no75=observed["re75"].eq(0.0))


def difference(result):
    return result.estimates.set_index("term").loc["difference"]


def test_the_experiment_and_the_naive_comparison_come_out_as_printed(men):
    experiment, observed = men
    printed = difference(ips.effect(experiment, outcome="re78", treatment="treat"))
    assert round(printed["estimate"]) == 1794
    assert round(printed["std_error"] / 1000, 2) == 0.67
    assert round(difference(ips.effect(observed, outcome="re78", treatment="treat"))["estimate"]) == -8498


@pytest.mark.parametrize("made", [
    lambda f: ips.weight(f"treat ~ {KNOWN}", f),
    lambda f: ips.weight(f"treat ~ {KNOWN}", f, method="entropy"),
    lambda f: ips.match(f"treat ~ {KNOWN}", f, replace=True),
    lambda f: ips.match(f"treat ~ {KNOWN}", f, caliper=0.2),
])  # fmt: skip
def test_designs_take_the_survey_to_where_the_experiment_is(men, made):
    experiment, observed = men
    truth = difference(ips.effect(experiment, outcome="re78", treatment="treat"))["estimate"]
    row = difference(ips.effect(made(observed), outcome="re78", data=observed))
    assert row["ci_low"] < truth < row["ci_high"]
    # A gap of 10,292 to start with; an eighth is what the worst of them (a caliper) may leave.
    assert abs(row["estimate"] - truth) < 10_292 / 8
