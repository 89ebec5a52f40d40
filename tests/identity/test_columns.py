"""Columns that identify: by share of valid dates, by form, by name; and no value in the answer."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import SchemaError

RNG = np.random.Generator(np.random.PCG64(5))
DAYS = pd.Timestamp("1995-01-01") + pd.to_timedelta(RNG.integers(0, 4000, 300), unit="D")
CPR = pd.Series([f"{d:%d%m%y}{RNG.integers(0, 3) if d.year < 2000 else RNG.integers(4, 9)}{RNG.integers(0, 999):03d}" for d in DAYS])  # fmt: skip


def kinds(frame):
    found = ips.identity_columns(frame)
    return dict(zip(found["column"], found["kind"], strict=True))


@pytest.mark.parametrize(
    "written",
    [
        CPR,
        CPR.str[:6] + "-" + CPR.str[6:],
        CPR.astype("int64"),
        CPR.astype("int64").astype("float64"),
        CPR.where(CPR.index % 3 != 0),
        CPR.astype("int64").astype("Int64").where(CPR.index % 3 != 0),
    ],
    ids=["text", "hyphens", "numbers", "floats", "missing", "nullable"],
)
def test_cpr_is_found_by_its_dates_whatever_the_column_is_called(written):
    found = ips.identity_columns(pd.DataFrame({"x": written})).iloc[0]
    assert found["kind"] == "cpr"
    assert found["by"] == "values"
    assert found["n"] == found["n_fit"] == written.notna().sum()
    assert 0 < found["n_mod11"] < found["n"]


def test_random_numbers_of_ten_digits_are_not_cpr():
    frame = pd.DataFrame({"x": RNG.integers(10**9, 10**10, 3000)})
    assert kinds(frame) == {}


def test_pnr_of_statistics_denmark_and_clocks_of_twelve_digits():
    frame = pd.DataFrame({
        "PNR": [f"{k:012d}" for k in RNG.integers(10**11, 10**12, 50)],
        "tid": [f"2024{m:02d}{d:02d}1230" for m, d in zip(RNG.integers(1, 13, 50), RNG.integers(1, 29, 50), strict=True)],
    })  # fmt: skip
    assert kinds(frame) == {"PNR": "pnr"}


def test_names_contacts_free_text_and_keys():
    frame = pd.DataFrame({
        "løbe_nr": range(4),
        "svar": ["Jeg synes at det har været rigtig godt", "Min mentor hed noget og ringede 22 33 44 55", "Det ved jeg ikke helt endnu desværre", "Alt var fint og jeg blev glad for det"],
        "hvem": ["Anna Hansen", "Bo Larsen", "Carl Æbelø", "Dorthe Å. Holm"],
        "skriv til": ["a.b@kommune.dk", "c@kommune.dk", "d@kommune.dk", None],
        "who5": [20, 40, 60, 80],
        "kommune": ["Aarhus", "Odense", "Aarhus", "Odense"],
        "foedselsdato": pd.to_datetime(["2001-01-01"] * 4),
    })  # fmt: skip
    assert kinds(frame) == {
        "løbe_nr": "person",
        "svar": "free_text",
        "hvem": "name",
        "skriv til": "contact",
        "foedselsdato": "birth",
    }
    found = ips.identity_columns(frame).set_index("column")
    assert found.loc["svar", "n_fit"] == 1


def test_no_value_is_in_the_answer_and_the_frame_is_unchanged():
    frame = pd.DataFrame({"x": CPR})
    before = frame.copy()
    text = ips.identity_columns(frame).to_string()
    assert not any(value in text for value in CPR)
    pd.testing.assert_frame_equal(frame, before)


def test_empty_frames_and_other_things():
    assert ips.identity_columns(pd.DataFrame()).empty
    assert ips.identity_columns(pd.DataFrame({"cpr": pd.Series([], dtype="str")})).empty
    with pytest.raises(SchemaError, match="must be a DataFrame"):
        ips.identity_columns([1, 2])


@pytest.mark.parametrize(("name", "kind"), [("pnr", "pnr"), ("person", "pnr"), ("cpr", "pnr"), ("x", None)])
def test_twelve_digits_that_read_as_clocks_are_keys_only_where_the_name_says_so(name, kind):
    clocks = [f"2024{m:02d}{d:02d}1230" for m in (1, 5, 11) for d in (2, 9, 17, 28)]
    found = ips.identity_columns(pd.DataFrame({name: clocks}))
    assert found[["kind", "by", "n_fit"]].to_numpy().tolist() == ([[kind, "values", 12]] if kind else [])


def test_a_telephone_number_is_a_contact_only_where_the_name_says_so():
    numbers = ["22334455", "31415926", "51525354", "61626364"]
    assert kinds(pd.DataFrame({"telefon": numbers, "x": numbers})) == {"telefon": "contact"}
    found = ips.identity_columns(pd.DataFrame({"telefon": numbers})).iloc[0]
    assert (found["by"], found["n"], found["n_fit"]) == ("values", 4, 4)


def test_names_of_people_are_told_where_most_look_so_and_few_are_alike():
    people = ["Anna Hansen", "Bo Larsen", "Carl Madsen", "Ditte Holm", "ved ikke"]
    found = ips.identity_columns(pd.DataFrame({"hvem": people})).iloc[0]
    assert (found["kind"], found["by"], found["n"], found["n_fit"]) == ("name", "values", 5, 4)
    assert kinds(pd.DataFrame({"hvem": ["Anna Hansen", "Bo Larsen", "ja", "nej", "ved ikke"]})) == {}
    assert kinds(pd.DataFrame({"hvem": ["Anna Hansen"] * 4 + ["Bo Larsen"]})) == {}, "two names in five rows"


def test_true_false_and_broken_numbers_identify_nobody_whatever_their_name():
    frame = pd.DataFrame({"id": [True, False, True], "cpr": [0.5, 1.25, 2.75], "dob": [True, True, False]})
    assert "id" not in kinds(frame)
    assert "cpr" not in kinds(frame)
    assert kinds(pd.DataFrame({"dob": [pd.NaT, pd.NaT]})) == {}


def test_long_words_of_their_own_are_no_free_text():
    frame = pd.DataFrame({"unit": [f"socialpsykiatriskeafdelingsnit{k}" for k in range(40)]})
    assert "unit" not in set(ips.identity_columns(frame)["column"])
    told = pd.DataFrame({"why": [f"kom sent til mødet i uge {k} igen" for k in range(40)]})
    assert kinds(told)["why"] == "free_text"
