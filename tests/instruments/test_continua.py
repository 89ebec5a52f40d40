"""Two-continua cells over all combinations of known and unknown axes, and the movement between them."""

import itertools

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ScoringError
from ipseval.instruments import MDI

from support.contract import assert_result

NA = np.nan


def or_by_hand(*signs):
    """Any yes is yes; else any unknown is unknown."""
    if True in signs:
        return True
    return None if None in signs else False


def at(value, cut, below=False):
    if np.isnan(value):
        return None
    return value <= cut if below else value >= cut


GRID = pd.DataFrame(
    list(itertools.product([NA, 48.0, 50.0, 52.0], [NA, 0.0, 1.0], [NA, 9.0, 10.0], [NA, 20.0, 21.0])),
    columns=["who5", "ill", "gad7", "mdi"],
)


def test_due2014_over_all_combinations():
    found = ips.two_continua(GRID, who5="who5", diagnosis="ill", gad7="gad7", mdi="mdi")
    for row, cell in zip(GRID.itertuples(), found, strict=True):
        less_good = or_by_hand(at(row.who5, 50, below=True), at(row.gad7, 10), at(row.mdi, 21))
        if less_good is None or np.isnan(row.ill):
            assert pd.isna(cell)
        else:
            assert cell == ("ill" if row.ill else "healthy") + ("_less_good" if less_good else "_good")


def test_dual_factor_over_all_combinations():
    names = {
        (False, False): "complete_mental_health",
        (False, True): "vulnerable",
        (True, False): "symptomatic_but_content",
        (True, True): "troubled",
    }
    found = ips.two_continua(GRID, model="dual_factor", who5="who5", gad7="gad7", mdi="mdi")
    for row, cell in zip(GRID.itertuples(), found, strict=True):
        ill, low = or_by_hand(at(row.gad7, 10), at(row.mdi, 21)), at(row.who5, 50, below=True)
        assert (pd.isna(cell)) if ill is None or low is None else (cell == names[ill, low])


def test_the_mdi_pattern_decides_and_undetermined_is_unknown():
    rows = [[4, 4, 4, 3, 3, 3, 3, 3, 0, 3, 0, 0], [0] * 12, [4, 4, NA, *[3] * 9], [NA] * 12]
    frame = pd.DataFrame(rows, columns=[f"m{i}" for i in range(12)])
    frame = frame.join(MDI.score(frame, items=list(frame))).assign(who5=80.0)
    found = ips.two_continua(frame, model="dual_factor", who5="who5", mdi_icd10="mdi_icd10")
    assert found.tolist()[:2] == ["symptomatic_but_content", "complete_mental_health"]
    assert found.isna().tolist() == [False, False, True, True]


def test_cuts_are_parameters():
    frame = pd.DataFrame({"who5": [40.0], "ill": [False]})
    assert ips.two_continua(frame, who5="who5", diagnosis="ill")[0] == "healthy_less_good"
    assert ips.two_continua(frame, who5="who5", diagnosis="ill", who5_cut=35)[0] == "healthy_good"


@pytest.mark.parametrize("model", ["due2014", "dual_factor"])
def test_shares_count_every_known_person_and_name_the_cuts(model):
    columns = {"who5": "who5", "diagnosis": "ill", "gad7": "gad7", "mdi": "mdi"}
    result = assert_result(ips.continua_shares(GRID, model=model, who5_cut=48, **columns))
    cells = ips.two_continua(GRID, model=model, who5_cut=48, **columns)
    assert result.estimates["n_events"].tolist() == cells.value_counts(sort=False).tolist()
    assert (result.estimates["n"] == cells.notna().sum()).all()
    assert "WHO-5 at most 48" in result.notes_frame()["sentence"][0]
    nobody = assert_result(ips.continua_shares(GRID.assign(who5=NA, gad7=NA, mdi=NA), model=model, **columns))
    assert (nobody.estimates["status"] == "refused").all()
    with pytest.raises(ScoringError, match="'who5_cut'"):
        ips.continua_shares(GRID, model=model, who_cut=48, **columns)


def test_movement_counts_persons_who_have_both_cells():
    frame = pd.DataFrame(
        {"w1": [40, 40, 60, 60, NA], "w2": [60, 40, 60, 60, 60], "ill": [0, 0, 0, 1, 1], "id": range(5)}
    )
    cells = frame.assign(
        pre=ips.two_continua(frame, who5="w1", diagnosis="ill"),
        post=ips.two_continua(frame, who5="w2", diagnosis="ill"),
    )
    result = assert_result(ips.continua_movement(cells, before="pre", after="post", id="id"))
    matrix = result.extras["matrix"]
    assert matrix.to_numpy().sum() == 4
    assert matrix.loc["healthy_less_good", "healthy_good"] == 1
    assert len(result.estimates) == 17
    assert result.sample["n"].tolist() == [5, 4]
    stayed = result.estimates.iloc[-1]
    assert (stayed["term"], stayed["n_events"], stayed["n"]) == ("stayed", 3, 4)
    assert (result.estimates.loc[result.estimates["group"] == "ill_less_good", "status"] == "refused").all()
    nobody = assert_result(ips.continua_movement(cells.iloc[4:], before="pre", after="post"))
    assert (nobody.estimates["status"] == "refused").all()


@pytest.mark.parametrize(
    ("change", "arguments", "said"),
    [
        ({}, {"model": "keyes"}, "'due2014', 'dual_factor'"),
        ({}, {"diagnosis": None}, "needs diagnosis="),
        ({}, {"model": "dual_factor"}, "needs gad7="),
        ({"who5": 8675309.0}, {}, "outside 0 to 100"),
        ({"who5": "8675309"}, {}, "not numeric"),
        ({"ill": 2}, {}, "not yes/no"),
        ({}, {"who5": "who"}, "not a column"),
        ({"pattern": "odd 8675309"}, {"model": "dual_factor", "mdi_icd10": "pattern"}, "no MDI pattern"),
    ],
)
def test_bad_arguments(change, arguments, said):
    frame = pd.DataFrame({"who5": [50.0], "ill": [1]}).assign(**change)
    with pytest.raises(ScoringError, match=said) as caught:
        ips.two_continua(frame, **{"who5": "who5", "diagnosis": "ill", **arguments})
    assert "8675309" not in str(caught.value)


def test_movement_refuses_what_is_no_cell():
    cell = pd.Categorical(["healthy_good"], categories=["healthy_good"], ordered=True)
    frame = pd.DataFrame({"a": cell, "b": ["healthy_good"], "id": [1]})
    with pytest.raises(ScoringError, match="cells of one model"):
        ips.continua_movement(frame, before="a", after="b")
    twice = pd.concat([frame, frame], ignore_index=True)
    with pytest.raises(ScoringError, match=r"in 1 row\(s\)"):
        ips.continua_movement(twice, before="a", after="a", id="id")


def test_a_diagnosis_may_be_written_in_true_false_and_one_zero_at_once():
    frame = pd.DataFrame({"w": [40.0, 60.0, 60.0, 60.0], "d": [True, None, 0, 1]}, dtype=object)
    found = ips.two_continua(frame.astype({"w": float}), who5="w", diagnosis="d")
    assert found.isna().tolist() == [False, True, False, False]
    assert found.dropna().tolist() == ["ill_less_good", "healthy_good", "ill_good"]


@pytest.mark.parametrize("kind", ["bool", "int64", "float64", "boolean", "Int8", "object", "category"])
def test_a_diagnosis_reads_the_same_in_every_kind_of_column(kind):
    frame = pd.DataFrame({"w": [40.0, 60.0], "d": pd.Series([1, 0]).astype(kind)})
    assert ips.two_continua(frame, who5="w", diagnosis="d").tolist() == ["ill_less_good", "healthy_good"]


def test_true_and_false_are_no_scores():
    frame = pd.DataFrame({"w": [True, False], "d": [1, 0]})
    with pytest.raises(ScoringError, match="not numeric"):
        ips.two_continua(frame, who5="w", diagnosis="d")
