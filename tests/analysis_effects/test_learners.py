import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.analysis.kernels.logit import logistic_parts
from ipseval.analysis.kernels.weights_propensity import propensity
from ipseval.core.errors import EstimationError

from support.contract import assert_result

RNG = np.random.default_rng(12)
N = 240
DATA = pd.DataFrame({"x": RNG.normal(size=N), "w": RNG.integers(0, 2, N), "town": np.arange(N) % 30})
DATA["ips"] = (RNG.random(N) < 1 / (1 + np.exp(-DATA["x"] / 2))).astype(int)
DATA["weeks"] = 10 + 3 * DATA["ips"] + 2 * DATA["x"] + RNG.normal(size=N)
DATA["job"] = (DATA["weeks"] > 11).astype(int)
DATA["sampled"] = RNG.uniform(0.5, 2.0, N)
ASKED = {"treatment": "ips", "covariates": ["x", "w"], "method": "aipw"}


class Logit:
    """The house's logit in the shape of a learner."""

    def fit(self, x, y, sample_weight=None):
        weights = np.ones(len(y)) if sample_weight is None else sample_weight
        self.classes_ = np.unique(y)
        full = np.column_stack([np.ones(len(y)), x])
        self.beta = propensity(full, y.astype(float), weights).beta
        return self

    def predict_proba(self, x):
        chance = logistic_parts(np.column_stack([np.ones(len(x)), x]) @ self.beta)[0]
        return np.column_stack([1 - chance, chance])

    def predict(self, x):
        return self.classes_[(self.predict_proba(x)[:, 1] > 0.5).astype(int)]


class Line:
    """Least squares in the shape of a learner."""

    def fit(self, x, y, sample_weight=None):
        root = np.sqrt(np.ones(len(y)) if sample_weight is None else sample_weight)
        full = np.column_stack([np.ones(len(y)), x])
        self.beta = np.linalg.lstsq(full * root[:, None], y * root, rcond=None)[0]

    def predict(self, x):
        return np.column_stack([np.ones(len(x)), x]) @ self.beta


class Plain(Line):
    """Takes no weights."""

    def fit(self, x, y):
        super().fit(x, y)


class Breaks(Line):
    def fit(self, x, y):
        raise ValueError(f"first row {x[0]} {y[0]} CANARY")


class Wild(Line):
    def predict(self, x):
        return np.full(len(x), np.inf)


@pytest.mark.parametrize("target", ["ATT", "ATC", "ATE"])
@pytest.mark.parametrize(
    ("outcome", "learners", "more"),
    [
        ("weeks", (Logit(), Line()), {}),
        ("job", (Logit(), Logit()), {}),
        ("weeks", (None, Line()), {"weights": "sampled"}),
        ("job", (Logit(), None), {"cluster": "town", "folds": 3}),
    ],
)
def test_our_own_models_given_as_learners_change_nothing(target, outcome, learners, more):
    asked = ASKED | {"outcome": outcome, "estimand": target} | more
    ours, theirs = ips.effect(DATA, **asked), ips.effect(DATA, learners=learners, **asked)
    assert_result(theirs)
    columns = ["estimate", "std_error", "ci_low", "ci_high", "p_value"]
    np.testing.assert_allclose(
        ours.estimates[columns].astype(float), theirs.estimates[columns].astype(float), rtol=1e-8, atol=1e-8
    )


def test_learners_are_copied_named_and_told_when_they_take_no_weights():
    chance, line = Logit(), Plain()
    result = ips.effect(DATA, outcome="weeks", weights="sampled", learners=(chance, line), **ASKED)
    assert not vars(chance)
    assert not vars(line)
    said = [(n.code, n.values["learner"]) for n in result.notes if n.code.startswith("effect_learner")]
    assert said == [
        ("effect_learner", "Logit"), ("effect_learner", "Plain"), ("effect_learner_unweighted", "Plain"),
    ]  # fmt: skip
    even = ips.effect(DATA, outcome="weeks", learners=(chance, line), **ASKED)
    assert "effect_learner_unweighted" not in {n.code for n in even.notes}


def test_a_fold_with_one_answer_is_not_given_to_the_learner():
    class TwoOnly(Logit):
        def fit(self, x, y, sample_weight=None):
            if len(np.unique(y)) < 2:
                raise ValueError("one class")
            return super().fit(x, y, sample_weight)

    everybody = DATA.assign(job=DATA["job"].where(DATA["ips"] == 0, 1))
    result = ips.effect(everybody, outcome="job", learners=(None, TwoOnly()), estimand="ATC", **ASKED)
    means = result.estimates.set_index("term")["estimate"]
    assert means["mean_treated"] == pytest.approx(1.0)


def test_a_learner_of_a_curve_finds_what_a_line_misses():
    class Square(Line):
        def fit(self, x, y, sample_weight=None):
            super().fit(np.column_stack([x, x[:, 0] ** 2]), y, sample_weight)

        def predict(self, x):
            return super().predict(np.column_stack([x, x[:, 0] ** 2]))

    curved = DATA.assign(weeks=DATA["ips"] + 4 * DATA["x"] ** 2 + RNG.normal(size=N) / 10)
    line, square = (
        ips.effect(curved, outcome="weeks", learners=(None, one), **ASKED).estimates.set_index("term")
        for one in (Line(), Square())
    )
    assert square.loc["difference", "std_error"] < line.loc["difference", "std_error"] / 5
    assert square.loc["difference", "estimate"] == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize(
    ("learners", "more", "message"),
    [
        (Logit(), {}, "a pair"), ((Logit(),), {}, "a pair"), ((Line(), None), {}, "without predict_proba"),
        ((None, object()), {}, "without fit and predict;"), ((Logit, None), {}, "a class"),
        ((None, Wild()), {}, "one finite number"), ((None, Breaks()), {}, "stopped with a ValueError"),
        ((None, Line()), {"method": "regression"}, "method='aipw'"),
    ],
)  # fmt: skip
def test_what_cannot_learn_is_refused_in_one_sentence(learners, more, message):
    with pytest.raises(EstimationError, match=message) as caught:
        ips.effect(DATA, outcome="weeks", learners=learners, **(ASKED | more))
    assert "CANARY" not in str(caught.value)


def test_a_design_takes_no_learners():
    design = ips.weight("ips ~ x", DATA)
    with pytest.raises(EstimationError, match="frame"):
        ips.effect(design, outcome="weeks", learners=(None, Line()))


def test_learners_of_scikit_learn_itself():
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestRegressor
    from sklearn.linear_model import LinearRegression, LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    # Without a penalty its models are ours, so every number must be.
    plain = (LogisticRegression(C=np.inf, tol=1e-10, max_iter=1_000), LinearRegression())
    ours, theirs = (
        ips.effect(DATA, outcome="weeks", weights="sampled", learners=one, **ASKED) for one in (None, plain)
    )
    columns = ["estimate", "std_error", "ci_low", "ci_high"]
    np.testing.assert_allclose(
        theirs.estimates[columns].astype(float), ours.estimates[columns].astype(float), rtol=1e-5
    )
    # Forests, boosted trees and a pipeline learn the same effect, on a number and on yes or no.
    forest = RandomForestRegressor(n_estimators=20, min_samples_leaf=10, random_state=1)
    chance = make_pipeline(StandardScaler(), LogisticRegression())
    found = assert_result(ips.effect(DATA, outcome="weeks", learners=(chance, forest), **ASKED))
    row = found.estimates.set_index("term").loc["difference"]
    assert row["ci_low"] < 3.0 < row["ci_high"]
    trees = HistGradientBoostingClassifier(max_iter=10, min_samples_leaf=15, random_state=1)
    found = assert_result(ips.effect(DATA, outcome="job", learners=(trees, trees), **ASKED))
    assert found.estimates.set_index("term").loc["difference", "ci_low"] > 0
    assert {n.values["learner"] for n in found.notes if n.code == "effect_learner"} == {
        "HistGradientBoostingClassifier"
    }
