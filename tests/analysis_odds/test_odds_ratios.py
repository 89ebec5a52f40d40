import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import EstimationError

from support.contract import assert_result

CANARY = 918273645


def people(n=60, seed=3):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "id": np.arange(n),
            "age": rng.integers(18, 30, n).astype(float),
            "gender": rng.integers(1, 3, n),
            "edu": rng.choice(list("abc"), n),
        }
    )
    frame["job"] = (rng.random(n) < 0.25 + 0.3 * (frame["gender"] == 2)).astype(int)
    return frame


def rows_of(result, **wanted):
    est = result.estimates
    for column, value in wanted.items():
        est = est[est[column] == value]
    return est


def test_a_two_by_two_gives_the_cross_product():
    frame = people()
    row = rows_of(
        assert_result(ips.odds_ratios("job ~ C(gender)", frame, method="ml")), term="gender[2]"
    ).iloc[0]
    t = pd.crosstab(frame["gender"], frame["job"]).to_numpy()
    assert row["estimate"] == pytest.approx(t[0, 0] * t[1, 1] / (t[0, 1] * t[1, 0]), rel=1e-10)
    assert row["std_error"] == pytest.approx(np.sqrt((1 / t).sum()), rel=1e-10)
    assert row["n"] == 60
    assert row["n_events"] == frame["job"].sum()


def test_both_models_stand_side_by_side_with_reference_rows_and_global_tests():
    result = assert_result(
        ips.odds_ratios("job ~ age + C(gender) + edu", people(), models="both", method="ml")
    )
    terms = ["age", "gender[1]", "gender[2]", "edu", "edu[a]", "edu[b]", "edu[c]"]
    for contrast in ("univariable", "multivariable"):
        assert rows_of(result, contrast=contrast)["term"].tolist() == terms
    reference = rows_of(result, term="edu[a]")
    assert (reference["estimate"] == 1.0).all()
    assert (reference["status"] == "ok").all()
    assert reference[["ci_low", "ci_high", "p_value"]].isna().all(axis=None)
    overall = rows_of(result, estimand="global_test")
    assert (overall["df"] == 2).all()
    assert overall["estimate"].isna().all()


def test_interval_and_p_agree_on_the_verdict():
    for interval in ("profile", "wald", "score"):
        for seed in range(6):
            est = ips.odds_ratios(
                "job ~ age + C(gender)", people(seed=seed), interval=interval, method="ml"
            ).estimates
            est = est.dropna(subset=["p_value"])
            outside = (est["ci_low"] > 1) | (est["ci_high"] < 1)
            assert (outside == (est["p_value"] < 0.05)).all()


def test_another_test_gets_a_row_of_its_own():
    result = assert_result(
        ips.odds_ratios("job ~ age", people(), interval="profile", test="wald", method="ml")
    )
    assert result.estimates["estimand"].tolist() == ["odds_ratio", "odds_ratio_wald"]
    wald = ips.odds_ratios("job ~ age", people(), interval="wald", method="ml").estimates
    columns = ["estimate", "ci_low", "ci_high", "statistic", "p_value"]
    np.testing.assert_allclose(
        result.estimates.loc[[1], columns].to_numpy(float), wald[columns].to_numpy(float), rtol=1e-12
    )


def test_per_raises_the_odds_ratio_to_its_power():
    one = ips.odds_ratios("job ~ age", people(), method="ml").estimates.iloc[0]
    five = ips.odds_ratios("job ~ age", people(), per={"age": 5}, method="ml").estimates.iloc[0]
    for name in ("estimate", "ci_low", "ci_high"):
        assert five[name] == pytest.approx(one[name] ** 5, rel=1e-7)
    assert five["p_value"] == pytest.approx(one["p_value"], rel=1e-7)
    assert five["term"] == "age[per 5]"


def test_dropped_persons_are_counted_by_column():
    frame = people()
    frame.loc[0, "age"] = np.nan
    frame["job"] = frame["job"].astype("Int64")
    frame.loc[1:2, "job"] = pd.NA
    result = assert_result(ips.odds_ratios("job ~ age + edu", frame, method="ml"))
    assert result.sample["n"].tolist() == [60, 58, 57]
    told = {n.code: n.values for n in result.notes}
    assert told["odds_dropped_outcome"] == {"column": "job", "n": 2}
    assert told["odds_dropped_predictor"] == {"column": "age", "n": 1}


def test_available_rows_let_a_univariable_model_keep_its_persons():
    frame = people()
    frame.loc[:9, "age"] = np.nan
    common = ips.odds_ratios("job ~ age + edu", frame, models="both", method="ml").estimates
    own = ips.odds_ratios("job ~ age + edu", frame, models="both", rows="available", method="ml").estimates
    assert set(common["n"]) == {50}
    assert set(own.loc[own["contrast"] == "univariable", "n"]) == {50, 60}


def test_separation_is_refused_with_level_and_remedy_and_firth_is_finite():
    frame = people()
    frame["job"] = np.where(frame["edu"] == "a", 1, frame["job"])
    result = assert_result(ips.odds_ratios("job ~ age + edu", frame, method="ml"))
    assert (result.estimates["status"] == "refused").all()
    sentence = next(n for n in result.notes if n.code == "odds_separated").sentence
    assert "edu[a]" in sentence
    assert "firth" in sentence
    firth = assert_result(ips.odds_ratios("job ~ age + edu", frame, method="firth"))
    numbers = rows_of(firth, estimand="odds_ratio")
    assert np.isfinite(numbers["estimate"]).all()
    remedied = assert_result(ips.odds_ratios("job ~ age + edu", frame, separated="firth"))
    kept = remedied.estimates.dropna(subset=["ci_low"])
    assert (kept["status"] == "flagged").all()
    np.testing.assert_allclose(kept["estimate"].to_numpy(), numbers.dropna(subset=["ci_low"])["estimate"])


def test_a_number_that_separates_is_named():
    frame = people()
    frame["job"] = (frame["age"] > 24).astype(int)
    result = ips.odds_ratios("job ~ age", frame, method="ml")
    assert "odds_separated_complete" in set(result.notes_frame()["code"])


def test_later_predictors_are_flagged():
    when = {"job": 2, "age": 1, "gender": 2}
    result = assert_result(ips.odds_ratios("job ~ age + C(gender)", people(), measured_at=when, method="ml"))
    assert result.estimates["status"].tolist() == ["ok", "ok", "flagged"]


@pytest.mark.parametrize(
    ("change", "formula", "code"),
    [
        ({"job": 1}, "job ~ age", "odds_one_class"),
        ({"job": np.nan}, "job ~ age", "odds_nobody"),
        ({"age": 20.0}, "job ~ age + edu", "odds_constant"),
        ({"edu": "a"}, "job ~ age + edu", "odds_constant"),
        ({"twin": 1}, "job ~ age + twin", "odds_collinear"),
    ],
)
def test_what_cannot_be_estimated_keeps_its_rows(change, formula, code):
    frame = people().assign(**change)
    if "twin" in change:
        frame["twin"] = 3 * frame["age"] + 1
    result = assert_result(ips.odds_ratios(formula, frame, models="both", method="ml"))
    multi = rows_of(result, contrast="multivariable")
    assert (multi["status"] == "refused").all()
    assert len(multi) >= 1 or code == "odds_constant"
    assert code in {n.code for n in result.notes}


def test_more_parameters_than_persons():
    frame = people(n=4, seed=1).assign(job=[0, 1, 0, 1], x=[1, 5, 2, 2], z=[3, 1, 4, 1])
    result = assert_result(ips.odds_ratios("job ~ age + x + z", frame, method="ml"))
    assert {n.code for n in result.notes} >= {"odds_more_parameters"}


@pytest.mark.parametrize(
    ("change", "options", "words"),
    [
        ({"job": np.tile([0, 1, CANARY], 20)}, {}, "3 different values"),
        ({"job": np.tile(["yes", f"no{CANARY}"], 30)}, {}, "event="),
        ({"age": np.where(np.arange(60) == 7, np.inf, 20.0)}, {}, "1 row\\(s\\) with an infinite"),
        ({"id": 1}, {"id": "id"}, "repeats in 59"),
        ({}, {"method": "lasso"}, "method="),
        ({}, {"level": 95}, "give a share"),
        ({}, {"interval": "profil"}, "interval="),
        ({}, {"test": "t"}, "test="),
        ({}, {"method": "firth", "interval": "score"}, "with method='ml' only"),
        ({}, {"method": "flac", "interval": "bootstrap"}, "pseudo-rows"),
        ({}, {"separated": "infinite", "interval": "wald"}, "interval='profile' only"),
        ({}, {"separated": "drop"}, "separated="),
        ({}, {"rows": "all"}, "rows="),
        ({}, {"models": "all"}, "models="),
        ({}, {"event": CANARY}, "event="),
        ({}, {"measured_at": {"age": 1}}, "outcome 'job'"),
        ({}, {"measured_at": {"job": 1, "aeg": 1}}, "'aeg'"),
    ],
)
def test_bad_calls_give_one_sentence_without_values(change, options, words):
    with pytest.raises(EstimationError, match=words) as told:
        ips.odds_ratios("job ~ age", people().assign(**change), **options)
    assert str(CANARY) not in str(told.value)


def test_text_and_truth_outcomes():
    frame = people()
    said = frame.assign(job=np.where(frame["job"] == 1, "ja", "nej"))
    expected = ips.odds_ratios("job ~ age", frame, method="ml").estimates["estimate"]
    np.testing.assert_allclose(
        ips.odds_ratios("job ~ age", said, event="ja", method="ml").estimates["estimate"], expected
    )
    truth = frame.assign(job=frame["job"].astype("boolean"))
    np.testing.assert_allclose(
        ips.odds_ratios("job ~ age", truth, method="ml").estimates["estimate"], expected
    )


def test_the_callers_frame_is_untouched():
    frame = people()
    before = frame.copy()
    ips.odds_ratios("job ~ age + C(gender)", frame, models="both", method="ml")
    pd.testing.assert_frame_equal(frame, before)


def test_an_odds_ratio_is_never_called_a_probability():
    result = ips.odds_ratios("job ~ age + C(gender)", people(), method="firth")
    for lang, words in (("da", ("sandsynlighed", "risiko for")), ("en", ("probability", "likely", "chance"))):
        text = result.methods_text(lang).casefold()
        assert not any(w in text for w in words)


def test_flic_and_flac_predict_the_observed_share():
    from ipseval.analysis.kernels.firth import flac_problem, flic_intercept
    from ipseval.analysis.kernels.logit import fit_logit
    from ipseval.core.tails import expit

    frame = people()
    frame["job"] = (np.arange(60) % 7 == 0).astype(int)
    x = np.column_stack([np.ones(60), frame["age"], frame["gender"]])
    y = frame["job"].to_numpy(float)
    firth = fit_logit(x, y, penalised=True)
    beta = firth.beta.copy()
    assert expit(x @ beta).mean() != pytest.approx(y.mean(), abs=1e-4)
    beta[0] = flic_intercept(firth)
    assert expit(x @ beta).mean() == pytest.approx(y.mean(), abs=1e-12)
    problem = flac_problem(x, y)
    flac = fit_logit(problem.z, problem.y, problem=problem)
    assert expit(x @ flac.beta[:3]).mean() == pytest.approx(y.mean(), abs=1e-10)


def test_predictors_that_resemble_each_other_are_told():
    frame = people()
    frame["twin"] = frame["age"] + np.random.default_rng(1).normal(0, 0.05, 60)
    result = assert_result(ips.odds_ratios("job ~ age + twin", frame, method="ml"))
    assert "odds_near_collinear" in {n.code for n in result.notes}


def test_a_level_that_occurs_once_separates_and_is_named():
    frame = people()
    frame.loc[0, "edu"] = "once"
    result = assert_result(ips.odds_ratios("job ~ age + edu", frame, method="ml"))
    sentence = next(n for n in result.notes if n.code == "odds_separated").sentence
    assert "edu[once]" in sentence
    kept = assert_result(ips.odds_ratios("job ~ age + edu", frame, method="firth"))
    numbers = rows_of(kept, estimand="odds_ratio").dropna(subset=["ci_low"])
    assert np.isfinite(numbers["estimate"]).all()
    assert (numbers["status"] == "flagged").all()
    assert "edu[once]" in next(n for n in kept.notes if n.code == "odds_separated_by").sentence


def test_a_call_that_names_no_method_is_penalised_and_says_so():
    frame = people(34)
    formula = "job ~ age + C(gender) + edu"
    result = assert_result(ips.odds_ratios(formula, frame))
    pd.testing.assert_frame_equal(result.estimates, ips.odds_ratios(formula, frame, method="firth").estimates)
    assert result.method.estimator == "odds_firth"
    assert "Firth" in result.methods_text("en")
    assert set(result.extras["models"]["method"]) == {"firth"}


@pytest.mark.parametrize(
    "asked", [{"interval": "score"}, {"test": "score"}, {"separated": "infinite"}, {"separated": "firth"}]
)
def test_what_only_the_plain_likelihood_has_is_maximum_likelihood_unasked(asked):
    result = ips.odds_ratios("job ~ age", people(), **asked)
    assert result.method.estimator == "odds_ml"
    named = ips.odds_ratios("job ~ age", people(), method="ml", **asked)
    pd.testing.assert_frame_equal(result.estimates, named.estimates)


def test_products_of_a_factor_with_one_level_are_refused_not_broken():
    result = assert_result(ips.odds_ratios("job ~ C(gender)*edu", people().assign(edu="a"), method="ml"))
    assert (result.estimates["status"] == "refused").all()


def test_interactions_have_rows_and_a_test_of_their_own():
    result = assert_result(
        ips.odds_ratios("job ~ age*C(gender) + edu*age", people(), models="both", method="ml")
    )
    terms = rows_of(result, contrast="multivariable")["term"].tolist()
    assert terms[-3:] == ["edu:age", "edu[b]:age", "edu[c]:age"]
    assert not any(":" in t for t in rows_of(result, contrast="univariable")["term"])


def test_numbers_read_as_objects_are_numbers_and_text_is_never_shown():
    frame = people()
    plain = ips.odds_ratios("job ~ age", frame, method="ml").estimates
    objects = frame.assign(age=frame["age"].astype(object))
    pd.testing.assert_frame_equal(ips.odds_ratios("job ~ age", objects, method="ml").estimates, plain)
    secret = frame.assign(age=np.where(np.arange(60) == 3, f"x{CANARY}", "20"))
    dates = frame.assign(age=pd.Timestamp("1999-01-01") + pd.to_timedelta(np.arange(60), unit="D"))
    calls = [
        lambda: ips.odds_ratios("job ~ log(age)", secret, method="ml"),
        lambda: ips.odds_ratios("job ~ edu", secret, weights="age", interval="wald"),
        lambda: ips.discrimination(secret, outcome="job", predicted="age"),
        lambda: ips.odds_ratios("job ~ age", dates, method="ml"),
        lambda: ips.odds_ratios("job ~ age + C(edu)", frame, reference={"edu": f"z{CANARY}"}, method="ml"),
        lambda: ips.ordinal_odds("age ~ edu", secret, order=[1, 2, 3]),
    ]
    for call in calls:
        with pytest.raises(EstimationError) as told:
            call()
        assert str(CANARY) not in str(told.value)
        assert told.value.__cause__ is None


def test_each_model_has_a_line_with_its_size_and_likelihoods():
    import statsmodels.api as sm

    frame = people()
    result = ips.odds_ratios("job ~ age + C(gender)", frame, models="both", method="ml")
    lines = result.extras["models"]
    assert lines["term"].tolist() == ["age", "gender", ""]
    theirs = sm.Logit(
        frame["job"], sm.add_constant(frame[["age"]].assign(g=(frame["gender"] == 2).astype(float)))
    ).fit(disp=0)
    line = lines.iloc[2]
    assert line["loglik"] == pytest.approx(theirs.llf, rel=1e-10)
    assert line["loglik_null"] == pytest.approx(theirs.llnull, rel=1e-10)
    assert line["lr"] == pytest.approx(theirs.llr, rel=1e-9)
    assert line["lr_p"] == pytest.approx(theirs.llr_pvalue, rel=1e-8)
    assert line["intercept"] == pytest.approx(theirs.params["const"], rel=1e-8)
    events = int(frame["job"].sum())
    assert line["n_events"] == events
    assert line["events_per_parameter"] == min(events, 60 - events) / 2
    codes = {n.code for n in result.notes}
    assert ("odds_few_events" in codes) == (min(events, 60 - events) < 20)


def test_few_events_name_firth_as_the_remedy_and_firth_itself_does_not():
    frame = people(34)
    codes = {n.code for n in ips.odds_ratios("job ~ age + C(gender) + edu", frame, method="ml").notes}
    assert {"odds_few_events", "odds_prefer_firth"} <= codes
    codes = {n.code for n in ips.odds_ratios("job ~ age + C(gender) + edu", frame, method="firth").notes}
    assert "odds_few_events" in codes
    assert "odds_prefer_firth" not in codes


def test_support_counts_every_level_by_outcome():
    frame = people()
    support = ips.odds_ratios("job ~ edu + age", frame, method="ml").extras["support"].set_index("row")
    crossed = pd.crosstab(frame["edu"], frame["job"])
    for level in "abc":
        row = support.loc[f"edu[{level}]"]
        assert (row["n_without"], row["n_events"]) == tuple(crossed.loc[level])
    assert support.loc["age", "n"] == 60


def test_a_verdict_that_hangs_on_the_test_is_told():
    rng = np.random.default_rng(0)
    told = 0
    for _ in range(60):
        frame = pd.DataFrame({"x": rng.normal(size=24), "job": rng.integers(0, 2, 24)})
        frame["x"] += 0.9 * frame["job"]
        result = ips.odds_ratios("job ~ x", frame, test="wald", influence=False, method="ml")
        if (result.estimates["status"] == "refused").any():
            continue
        verdicts = result.estimates["p_value"] < 0.05
        sentences = [n.sentence for n in result.notes if n.code == "odds_verdict_differs"]
        assert any("Wald" in s for s in sentences) == (verdicts[0] != verdicts[1])
        told += verdicts[0] != verdicts[1]
    assert told


def test_thin_levels_are_told_by_row_and_others_are_not():
    frame = pd.DataFrame({"g": list("a" * 20 + "b" * 20 + "c" * 20)})
    frame["job"] = [*[1] * 8, *[0] * 12, *[1] * 4, *[0] * 16, *[1] * 10, *[0] * 10]
    result = ips.odds_ratios("job ~ g", frame, method="ml")
    thin = [n.row for n in result.notes if n.code == "odds_thin_level"]
    assert result.estimates.loc[thin, "term"].tolist() == ["g[b]"]
