import re

import numpy as np
import pandas as pd
import pytest

from ipseval.analysis.formula import Factor, Term, columns_read, parse_formula
from ipseval.analysis.formula_design import design_of
from ipseval.core.errors import EstimationError

NAMES = ["job", "age", "gender", "who5", "ny ålder", "zone"]


def names_of(text):
    return [t.name for t in parse_formula(text, NAMES).terms]


def test_terms_come_in_the_order_written_and_once():
    assert names_of("job ~ 1 + age + C(gender) + age") == ["age", "gender"]
    assert names_of("job ~ age*C(gender)") == ["age", "gender", "age:gender"]
    assert names_of("job ~ age * who5 * zone")[-1] == "age:who5:zone"


def test_backticks_and_transforms():
    formula = parse_formula("job ~ `ny ålder` + log(age) + C(zone)", NAMES)
    assert formula.terms[0] == Term((Factor("ny ålder"),))
    assert formula.predictors == ("ny ålder", "age", "zone")
    assert formula.terms[1].name == "log(age)"


@pytest.mark.parametrize(
    "text",
    [
        "job ~ ny ålder", "job ~ C(ny ålder)", "ny ålder ~ job", "job ~ Q('ny ålder')", "job ~ age + ny ålder",
        "job ~ age*ny ålder",
    ],
)  # fmt: skip
def test_a_name_with_blanks_that_lacks_its_backticks_is_named_with_them(text):
    with pytest.raises(EstimationError, match=r"names the column 'ny ålder' without backticks.*`ny ålder`"):
        parse_formula(text, NAMES)


def test_the_longest_name_is_meant_and_names_in_backticks_are_not():
    names = [*NAMES, "ny", "ålder", "Tro på job (0-10)", "på job"]
    with pytest.raises(EstimationError, match=re.escape("`Tro på job (0-10)`")):
        parse_formula("job ~ Tro på job (0-10)", names)
    with pytest.raises(EstimationError, match="did you mean 'age'"):
        parse_formula("job ~ `ny ålder` + agee", names)
    assert columns_read("`ny ålder` ~ C(zone) + log(age) + who5") == (
        ("ny ålder", ""), ("zone", "C"), ("age", "log"), ("who5", ""),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("job ~ agee", "did you mean 'age'"),
        ("jobb ~ age", "did you mean 'job'"),
        ("job ~", "no predictor"),
        ("job", 'with one "~"'),
        ("job ~ age ~ who5", 'with one "~"'),
        ("job ~ age - 1", "without intercept"),
        ("job ~ 0 + age", "without intercept"),
        ("job ~ age +", "the end"),
        ("job ~ __import__(age)", "not offered"),
        ("job ~ np.log(age)", "not offered"),
        ("job ~ age[0]", "cannot be read at character"),
        ("job ~ age if 1 else 2", "without intercept"),
        ("job ~ C(gender", '")"'),
        ("job ~ C(2)", "a column's name"),
        ("job ~ job + age", "both sides"),
        ("job ~ age:gender", "alone"),
        ("job + age ~ who5", "the outcome is one column"),
        (3, 'with one "~"'),
    ],
)
def test_what_is_no_formula_is_refused_in_one_sentence(text, words):
    with pytest.raises(EstimationError) as told:
        parse_formula(text, NAMES)
    assert words in str(told.value)
    assert str(told.value).rstrip("?.").count("\n") == 0


def test_no_code_in_a_formula_is_ever_run():
    for text in ("job ~ exit()", "job ~ age.__class__", "job ~ (lambda: 1)()", "job ~ eval('1')"):
        with pytest.raises(EstimationError):
            parse_formula(text, NAMES)


def frame():
    return pd.DataFrame(
        {
            "job": [0, 1, 0, 1, 1, 0],
            "age": [18, 20, 22, 24, 26, 28],
            "gender": [2, 1, 1, 2, 1, 2],
            "zone": pd.Categorical(list("bacabc"), categories=list("cabd")),
            "who5": pd.array([1, 2, 3, 4, 5, 6], dtype="Int64"),
            "flag": pd.array([True, False, True, False, True, True], dtype="boolean"),
            "word": pd.Series(list("xyxyxy"), dtype="str"),
        }
    )


def design(text, **options):
    data = frame()
    return design_of(parse_formula(text, data.columns), data, **options)


def test_levels_follow_declared_order_and_absent_levels_are_left_out():
    made = design("job ~ zone + flag + word")
    assert made.names == ("zone[a]", "zone[b]", "flag[True]", "word[y]")
    assert made.blocks[0].reference == "zone[c]"
    np.testing.assert_array_equal(made.blocks[0].values[:, 0], [0, 1, 0, 1, 0, 0])


def test_reference_and_per():
    made = design("job ~ age + C(gender)", reference={"gender": 2.0}, per={"age": 5})
    assert made.names == ("age[per 5]", "gender[1]")
    np.testing.assert_allclose(made.blocks[0].values[:, 0], frame()["age"] / 5)


def test_products_multiply_their_columns():
    made = design("job ~ age*zone + who5")
    assert made.names == ("age", "zone[a]", "zone[b]", "age:zone[a]", "age:zone[b]", "who5")
    x = made.matrix()
    np.testing.assert_allclose(x[:, 4], x[:, 1] * x[:, 2])
    assert [s.start for s in made.spans()] == [1, 2, 4, 6]


def test_factor_by_factor_products_have_one_column_per_pair():
    made = design("job ~ zone*C(gender)")
    assert made.names[-2:] == ("zone[a]:gender[2]", "zone[b]:gender[2]")
    np.testing.assert_allclose(made.matrix()[:, 4], made.matrix()[:, 1] * made.matrix()[:, 3])


@pytest.mark.parametrize(
    ("text", "options", "words"),
    [
        ("job ~ age", {"per": {"aeg": 5}}, "did you mean 'age'"),
        ("job ~ age", {"per": {"age": 0}}, "other than 0"),
        ("job ~ zone", {"per": {"zone": 5}}, "does not enter as a number"),
        ("job ~ age", {"reference": {"age": 20}}, "does not enter as a factor"),
        ("job ~ zone", {"reference": {"zone": "q"}}, "no analysed row has"),
    ],
)
def test_wrong_references_and_steps(text, options, words):
    with pytest.raises(EstimationError, match=words):
        design(text, **options)


def test_logarithm_of_zero_is_counted_not_shown():
    data = frame().assign(age=[0, 20, 22, -7, 26, 28])
    with pytest.raises(EstimationError, match=r"log\(age\) cannot be taken in 2 row"):
        design_of(parse_formula("job ~ log(age)", data.columns), data)
