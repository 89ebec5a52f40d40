"""Data, reasons, codes and codebook move together."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import SchemaError
from ipseval.loading.codebook import MissingCode, Variable

START = "id;q1;q2;by\n1;3;Ved ikke;Aarhus\n2;4;5;Vejle\n3;Ikke relevant;1;\n"
SLUT = "id;q1;q2;job\n3;5;2;1\n1;1;Ved ikke;0\n9;2;2;Ikke besvaret\n"


@pytest.fixture
def start(write):
    return ips.read_survey(write("start.csv", START), id="id")


@pytest.fixture
def slut(write):
    return ips.read_survey(write("slut.csv", SLUT), id="id")


def in_step(x):
    assert list(x.data.columns) == list(x.reasons.columns) == list(x.codebook.variables)
    assert x.data.index.equals(x.reasons.index)
    assert (x.data.isna() == x.reasons.notna()).all(axis=None), "a reason beside every NA, and only there"
    assert set(x.codes.columns) <= set(x.data.columns)
    for column in x.codes:
        assert x.data.loc[x.codes[column].notna(), column].isna().all()
    assert (x.report.n_rows, x.report.n_columns) == x.data.shape
    return x


def test_rename_and_subset(start):
    before = start.data.copy()
    renamed = start.rename({"q2": "trivsel"})
    assert renamed.codebook["trivsel"].name == "trivsel"
    assert renamed.codes["trivsel"].dropna().tolist() == ["Ved ikke"]
    assert renamed.reasons["trivsel"].dropna().tolist() == ["dont_know"]
    few = renamed.subset(["by", "trivsel"])
    assert list(few.data) == list(few.reasons) == list(few.codebook.variables) == ["by", "trivsel"]
    assert list(few.codes) == ["trivsel"]
    pd.testing.assert_frame_equal(start.data, before)
    with pytest.raises(SchemaError, match=r"did you mean 'q1'"):
        start.rename({"q11": "x"})
    with pytest.raises(SchemaError, match="would give 1 column"):
        start.rename({"q1": "q2"})
    with pytest.raises(SchemaError, match="'ql'"):
        start.subset(["ql"])


def test_merge_keeps_everything_in_step(start, slut):
    both = in_step(start.merge(slut, on="id", suffixes=("_start", "_slut")))
    assert both.data["id"].tolist() == [1, 2, 3, 9]
    assert list(both.data) == ["id", "q1_start", "q2_start", "by", "q1_slut", "q2_slut", "job"]
    assert both.data["q1_slut"].tolist()[0] == 1
    assert both.data["q1_slut"].tolist()[2:] == [5, 2]
    assert both.reasons["q2_slut"].fillna("").tolist() == ["dont_know", "system_missing", "", ""]
    assert both.reasons["q1_start"].fillna("").tolist() == ["", "", "not_relevant", "system_missing"]
    assert both.codes["q2_slut"].dropna().to_dict() == {0: "Ved ikke"}
    assert both.codes["job"].dropna().to_dict() == {3: "Ikke besvaret"}
    assert set(both.fingerprints) == {"start.csv", "slut.csv"}
    assert both.report.file == "start.csv + slut.csv"
    assert str(both.data["q1_start"].dtype) == "Int64"


@pytest.mark.parametrize(("how", "ids"), [("inner", [1, 3]), ("left", [1, 2, 3]), ("outer", [1, 2, 3, 9])])
def test_merge_ways(start, slut, how, ids):
    assert in_step(start.merge(slut, on="id", how=how)).data["id"].tolist() == ids


def test_merge_refuses_what_is_not_one_row_per_person(write, start):
    twice = ips.read_survey(write("slut.csv", "id;x\n73188;1\n73188;2\n;3\n"))
    with pytest.raises(SchemaError) as refusal:
        start.merge(twice, on="id")
    assert "in other= (slut.csv) 1 row(s) have no id and 2 row(s) share one" in str(refusal.value)
    assert "73188" not in str(refusal.value)
    with pytest.raises(SchemaError, match="is not offered"):
        start.merge(start, on="id", how="right")
    with pytest.raises(SchemaError, match="choose two different suffixes"):
        start.merge(start, on="id", suffixes=("", ""))
    with pytest.raises(SchemaError, match="on= names 1 unknown column"):
        start.merge(start, on="idd")


def test_merge_matches_ids_kept_as_text_in_one_file(write, start):
    text = ips.read_survey(write("slut.csv", "id;x\n1;5\n04;6\nA;7\n"))
    both = start.merge(text, on="id")
    assert both.data["id"].tolist() == ["1", "2", "3", "04", "A"]
    assert both.data["x"].iloc[0] == 5


def test_merge_refuses_ids_that_differ_only_in_writing(write, start):
    text = ips.read_survey(write("slut.csv", "id;x\n1;5\n03;6\nA;7\n"))
    with pytest.raises(SchemaError, match=r"^1 id\(s\) of other= are those of this survey but for"):
        start.merge(text, on="id")


def test_merge_names_answer_sets_apart(files):
    x = ips.read_survey(files / "start.sav", id="id")
    both = in_step(x.merge(x, on="id", suffixes=("_start", "_slut")))
    assert both.codebook.sets["hjaelp_slut"].columns == ("h1_slut", "h2_slut", "h3_slut")
    assert both.codebook.sets["hjaelp_start"].name == "hjaelp_start"
    pd.testing.assert_series_equal(both.data["score_start"], both.data["score_slut"], check_names=False)


def test_missing_counts_reasons(start):
    counted = start.missing()
    assert counted.to_dict("records") == [
        {"column": "q1", "reason": "not_relevant", "n": 1},
        {"column": "q2", "reason": "dont_know", "n": 1},
        {"column": "by", "reason": "system_missing", "n": 1},
    ]


def test_repr_shows_the_shape_only(start):
    assert repr(start) == "<Survey start.csv: 3 rows, 4 columns>"


def test_codes_in_a_range_are_no_answers():
    code = MissingCode(-9.0, -1.0, "system_missing")
    variable = Variable("q", values={"1": {}, "-8": {}, "x": {}}, missing=(code,))
    assert variable.codes() == ("1", "x")
    assert code.holds(-9)
    assert not code.holds(True)
    assert not code.holds("-9")


answers = st.lists(
    st.tuples(st.sampled_from(["1", "2", "", "Ved ikke", "9"]), st.sampled_from(["", "a", "b"])),
    min_size=1, max_size=8,
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(left=answers, right=answers, shift=st.integers(0, 8))
def test_merge_property(tmp_path_factory, left, right, shift):
    """Whatever two waves hold, merging loses no answer, no reason and no code."""
    folder = tmp_path_factory.mktemp("waves")
    waves = []
    for name, rows, first in (("a", left, 0), ("b", right, shift)):
        lines = [f"{first + i};{q};{t};x" for i, (q, t) in enumerate(rows)]
        (folder / f"{name}.csv").write_text("id;q;t;z\n" + "\n".join(lines) + "\n", encoding="utf-8")
        waves.append(ips.read_survey(folder / f"{name}.csv", missing={9: "not_answered"}, id="id"))
    a, b = waves
    both = in_step(a.merge(b, on="id"))
    assert len(both.data) == len(set(a.data["id"]) | set(b.data["id"]))
    for wave, suffix in ((a, "_start"), (b, "_end")):
        one = both.data.set_index("id")[f"q{suffix}"].reindex(wave.data["id"])
        pd.testing.assert_series_equal(
            one.reset_index(drop=True), wave.data["q"], check_names=False, check_dtype=False
        )
        why = both.reasons.assign(id=both.data["id"]).set_index("id")[f"q{suffix}"].reindex(wave.data["id"])
        assert why.fillna("").tolist() == wave.reasons["q"].fillna("").tolist()
