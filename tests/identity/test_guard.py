"""The guard, in a real IPython shell: frames of persons show their shape, and what survives the mark is as told."""

import pandas as pd
import polars as pl
import pytest
from IPython.core.interactiveshell import InteractiveShell

import ipseval as ips
from ipseval.core.microdata import is_marked
from ipseval.loading.guard import holds_persons

CANARY = "7318846520913"


@pytest.fixture
def survey(tmp_path):
    path = tmp_path / "start.csv"
    path.write_text("nr;svar\n" + "".join(f"{k};{CANARY}{k}\n" for k in range(6)), encoding="utf-8")
    return ips.read_survey(path, id="nr")


@pytest.fixture
def shell(tmp_path, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    made = InteractiveShell.instance()
    made.history_manager.enabled = False
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def test_outside_ipython_nothing_happens():
    InteractiveShell.clear_instance()
    made = ips.guard()
    assert not made
    assert repr(made) == "<Guard: not set up, since this is not IPython or Jupyter.>"


def test_what_a_reader_made_shows_its_shape_only(shell, survey):
    made = ips.guard()
    assert made
    assert repr(made).startswith("<Guard: frames and columns of persons show their shape only.")
    try:
        for value in (
            survey.data,
            survey.data["svar"],
            survey.data.head(2),
            survey.data.query("nr > 2"),
            survey.data.set_index("nr"),
        ):
            shown, _ = shell.display_formatter.format(value)
            assert CANARY not in str(shown)
            assert "held back by ipseval.guard()" in shown["text/plain"]
    finally:
        taken = ips.guard(False)
    assert not taken
    assert "taken away" in repr(taken)
    shown, _ = shell.display_formatter.format(survey.data)
    assert CANARY in shown["text/plain"]
    assert CANARY in shown["text/html"]


def test_results_and_other_frames_show_as_ever(shell, survey):
    ips.guard()
    try:
        result = ips.describe(survey.data.assign(a=[0, 1] * 3), columns=["a"])
        for value in (
            result,
            result.estimates,
            pd.DataFrame({"group": ["a", "b"], "n": [3, 3]}),
            pd.Series([1, 2]),
        ):
            shown, _ = shell.display_formatter.format(value)
            assert "held back" not in str(shown)
            assert shown["text/plain"]
    finally:
        ips.guard(False)


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"cpr": ["070761-4285", "010165-0001", "020290-1234"], "a": 1}),
        pd.DataFrame({"x": [707614285, 101650001, 202901234]}),
        pd.DataFrame({"PNR": ["1", "1", "2"]}),
        pd.DataFrame({"respondent": ["a", "b", "c"]}),
        pd.DataFrame(
            {"a": [1, 2, 3]}, index=pd.Index(["070761-4285", "010165-0001", "020290-1234"], name="z")
        ),
        pl.DataFrame({"pnr": ["070761-4285", "010165-0001"], "a": [1, 2]}),
        pd.Series(["070761-4285", "010165-0001", "020290-1234"]),
    ],
)
def test_frames_without_the_mark_are_judged_by_their_columns(shell, frame):
    ips.guard()
    try:
        shown, _ = shell.display_formatter.format(frame)
    finally:
        ips.guard(False)
    assert "held back" in shown["text/plain"]
    assert "4285" not in str(shown)


NAMED = pd.DataFrame(
    {
        "fornavn": [f"Bodil{CANARY}", "Carl", "Dorte", "Erik"],
        "kommune": [f"Aarhus{CANARY}", "Odense", "Aarhus", "Odense"],
        "alder": [23, 24, 25, 24],
    }
)
CPRS = NAMED.rename(columns={"fornavn": "cpr"}).assign(
    cpr=["070761-4285", "010165-0001", "020290-1234", "030390-1234"]
)
HELD = {
    "a frame with first names": lambda f: f,
    "a row": lambda f: f.iloc[0],
    "a row of some columns": lambda f: f[["kommune", "alder"]].iloc[0],
    "a row by label": lambda f: f.loc[2],
    "turned": lambda f: f.T,
    "some columns": lambda f: f[["kommune", "alder"]].head(3),
    "one column": lambda f: f["kommune"],
    "one column as a frame": lambda f: f[["alder"]].tail(2),
    "some rows, sorted": lambda f: f.loc[f["alder"] > 23, ["alder", "kommune"]].sort_values("alder"),
    "the greatest": lambda f: f.max(),
    "described": lambda f: f.describe(include="all"),
    "styled": lambda f: f[["kommune"]].style,
    "in a list": lambda f: [f[["kommune"]]],
}


@pytest.mark.parametrize(
    "whole", [NAMED, CPRS, NAMED.set_index("fornavn"), CPRS.set_index(pd.Index([7, 5, 3, 2]))]
)
@pytest.mark.parametrize("how", HELD)
def test_parts_of_a_frame_of_persons_are_held_back(shell, whole, how):
    if whole.index[0] != 0 and how == "a row by label":
        whole = whole.reset_index()
    if whole.index.name == "fornavn" and how in ("the greatest", "described"):
        whole = whole.reset_index()
    shell.user_ns["df"] = whole.copy()
    ips.guard()
    try:
        shown, _ = shell.display_formatter.format(HELD[how](shell.user_ns["df"]))
    finally:
        ips.guard(False)
        del shell.user_ns["df"]
    assert "held back by ipseval.guard()" in shown["text/plain"]
    for value in (CANARY, "4285", "Odense"):
        assert value not in str(shown)


@pytest.mark.parametrize("whole", [NAMED, CPRS])
@pytest.mark.parametrize(
    "how",
    [
        lambda f: f.dtypes, lambda f: f.isna().sum(), lambda f: f.count(), lambda f: f.nunique(),
        lambda f: f["alder"].describe(), lambda f: f["alder"].value_counts(), lambda f: f.groupby("kommune")["alder"].mean(),
        lambda f: f.groupby("kommune").size().reset_index(), lambda f: f.groupby("kommune")["alder"].mean().reset_index(),
        lambda f: pd.crosstab(f["kommune"], f["alder"]), lambda f: f.describe(),
    ],
)  # fmt: skip
def test_summaries_of_a_frame_without_a_mark_are_shown(shell, whole, how):
    shell.user_ns["df"] = whole
    ips.guard()
    try:
        shown, _ = shell.display_formatter.format(how(whole))
    finally:
        ips.guard(False)
        del shell.user_ns["df"]
    assert "held back" not in str(shown)


def test_what_the_page_says_cannot_be_held_back(shell):
    shell.user_ns["df"] = CPRS
    ips.guard()
    try:
        parts = (
            CPRS[["kommune"]].iloc[1:].reset_index(drop=True),
            CPRS["kommune"].to_numpy(),
            CPRS["kommune"][1],
        )
        said = [str(shell.display_formatter.format(part)[0]) for part in parts]
    finally:
        ips.guard(False)
        del shell.user_ns["df"]
    assert all("Odense" in text for text in said)


def test_the_mark_survives_what_the_page_says_and_nothing_more(survey):
    data = survey.data
    kept = [data.copy(), data[data["nr"] > 1], data.assign(z=1), data.sort_values("nr"), data.drop(columns="nr"), data["svar"],
            data.rename(columns={"svar": "s"}), data.reset_index(), data.melt(), pd.concat([data, data]), data.merge(data, on="nr")]  # fmt: skip
    assert all(map(is_marked, kept))
    lost = [
        data.merge(pd.DataFrame({"nr": [1]}), on="nr"),
        data["svar"].value_counts(),
        pd.concat([data, pd.DataFrame({"nr": [1]})]),
    ]
    assert not any(map(is_marked, lost))


def test_a_survey_marks_its_own_data_and_not_the_frame_it_was_given(survey):
    frame = survey.data.copy()
    frame.attrs.clear()
    from dataclasses import replace

    assert is_marked(replace(survey, data=frame).data)
    assert not is_marked(frame)
    assert is_marked(survey.merge(survey.rename({"svar": "b"}), on="nr").data)


def test_a_mark_that_was_cleared_is_gone(survey):
    counts = survey.data.groupby("svar").size().to_frame("n")
    assert is_marked(counts) or not holds_persons(counts)
    counts.attrs.clear()
    assert not is_marked(counts)
