"""Delimited text: encodings, delimiters, numbers and dates, each decided over the whole file and told."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ipseval as ips
from ipseval.core.errors import ReadError
from ipseval.loading.formats import numbers

DANISH = "id;by;timer;start\n1;Ærø;7,5;31-12-2024\n2;Ålborg;1.234,5;01-02-2023\n3;Sønderborg;;15-03-2022\n"


def rules(x):
    return [(p.rule, p.column, p.n_rows) for p in x.report.problems]


@pytest.mark.parametrize(
    ("encoding", "told", "found"),
    [
        ("utf-8", "utf-8", []),
        ("utf-8-sig", "utf-8-sig", []),
        ("utf-16", "utf-16", []),
        ("cp1252", "cp1252", ["encoding_decided"]),
        ("latin-1", "cp1252", ["encoding_decided"]),
        ("cp850", "", ["encoding_doubtful"]),
        ("cp865", "", ["encoding_doubtful"]),
    ],
)
def test_encoding_is_decided_and_told(write, encoding, told, found):
    x = ips.read_survey(write("start.csv", DANISH, encoding))
    if "encoding_doubtful" not in found:
        assert x.report.encoding == told
    assert [p.rule for p in x.report.problems] == found
    assert list(x.data.columns) == ["id", "by", "timer", "start"]
    if "encoding_doubtful" not in found:
        assert x.data["by"].tolist() == ["Ærø", "Ålborg", "Sønderborg"]
    asked = ips.read_survey(write("start.csv", DANISH, encoding), encoding=encoding)
    assert asked.data["by"].tolist() == ["Ærø", "Ålborg", "Sønderborg"]
    assert asked.report.problems == ()


def test_text_encoded_twice_is_told(write):
    twice = DANISH.replace("Å", "æ").encode().decode("cp1252")
    x = ips.read_survey(write("start.csv", twice))
    assert rules(x) == [("encoded_twice", "", 3)]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_delimiter_is_found_in_spite_of_the_others(write, delimiter):
    rows = [["id", "note", "n"], ["1", "a, b; c", "3"], ["2", "d|e\tf,g", "4"], ["3", "", "5"]]
    text = "\n".join(delimiter.join(f'"{v}"' for v in row) for row in rows)
    x = ips.read_survey(write("start.csv", text))
    assert x.data["note"].fillna("").tolist() == ["a, b; c", "d|e\tf,g", ""]
    assert x.data["n"].tolist() == [3, 4, 5]


def test_excel_says_its_delimiter_in_the_first_line(write):
    assert ips.read_survey(write("a.csv", "sep=;\nid;x\n1;2,5\n")).data["x"].tolist() == [2.5]


def test_danish_numbers_and_dates(write):
    x = ips.read_survey(write("start.csv", DANISH), id="id")
    assert x.data["timer"].dropna().tolist() == [7.5, 1234.5]
    assert x.reasons["timer"].fillna("").tolist() == ["", "", "system_missing"]
    assert x.data["start"].tolist() == [
        pd.Timestamp(2024, 12, 31),
        pd.Timestamp(2023, 2, 1),
        pd.Timestamp(2022, 3, 15),
    ]
    assert x.codebook["start"].type == "date"
    assert x.codebook["id"].role == "id"
    assert x.report.problems == ()


@pytest.mark.parametrize("text", ["31-12-2024", "31.12.2024", "31/12/2024", "2024-12-31", "31-12-2024 00:00"])
def test_date_styles(write, text):
    x = ips.read_survey(write("a.csv", f"id;d\n1;{text}\n2;{text}\n"))
    assert x.data["d"].iloc[0] == pd.Timestamp(2024, 12, 31)
    assert x.report.problems == ()


def test_dates_that_could_be_read_two_ways_are_told(write):
    x = ips.read_survey(write("a.csv", "id;d\n1;01/02/2024\n2;03/04/2024\n"))
    assert x.data["d"].tolist() == [pd.Timestamp(2024, 2, 1), pd.Timestamp(2024, 4, 3)]
    assert rules(x) == [("ambiguous_date", "d", 2)]
    settled = ips.read_survey(write("a.csv", "id;d\n1;01/02/2024\n2;30/04/2024\n"))
    assert rules(settled) == []


def test_month_first_dates_and_impossible_ones_are_kept_as_text(write):
    x = ips.read_survey(
        write("a.csv", "id;d;e\n1;12/31/2024;31-02-2024\n2;03/04/2024;01-02-2024\n3;05/06/2024;02-02-2024\n")
    )
    assert x.data["d"].tolist() == ["12/31/2024", "03/04/2024", "05/06/2024"]
    assert x.data["e"].tolist() == ["31-02-2024", "01-02-2024", "02-02-2024"]
    assert rules(x) == [("text_among_dates", "d", 1), ("text_among_dates", "e", 1)]
    assert "1 of them would be if the month stood first" in x.report.problems[0].message


def test_years_of_two_digits_are_not_guessed(write):
    x = ips.read_survey(write("a.csv", "id;d\n1;31-12-24\n2;01-02-23\n"))
    assert x.data["d"].tolist() == ["31-12-24", "01-02-23"]
    assert rules(x) == [("two_digit_years", "d", 2)]


def test_times_keep_their_fractions(write):
    x = ips.read_survey(write("a.csv", "id;d\n1;2024-01-31 12:30:15.25\n2;2024-01-31T08.05\n"))
    assert x.codebook["d"].type == "datetime"
    assert x.data["d"].iloc[0] == pd.Timestamp("2024-01-31 12:30:15.250")


def test_a_file_without_delimiter_is_told(write):
    x = ips.read_survey(write("a.txt", "svar\nja\nnej\n"))
    assert rules(x) == [("lone_column", "svar", 2)]


def test_one_text_keeps_the_column_as_text_and_loses_nothing(write):
    x = ips.read_survey(write("a.csv", "id;alder\n1;15\n2;ca. 15\n3;17\n4;Ved ikke\n"))
    assert x.data["alder"].dropna().tolist() == ["15", "ca. 15", "17"]
    assert x.reasons["alder"].dropna().tolist() == ["dont_know"]
    ((rule, column, n), *_) = rules(x)
    assert (rule, column, n) == ("text_among_numbers", "alder", 1)
    assert "number was expected" in x.report.problems[0].message


def test_words_for_missing_answers_among_numbers(write):
    x = ips.read_survey(
        write("a.csv", "id;a;b\n1;15;01-02-2024\n2;ved ikke;Ikke relevant\n3;-;\n4;#I/T;n/a\n")
    )
    assert x.data["a"].dropna().tolist() == [15]
    assert x.reasons["a"].fillna("").tolist() == ["", "dont_know", "system_missing", "system_missing"]
    assert x.codes["a"].dropna().tolist() == ["ved ikke", "-", "#I/T"]
    assert str(x.data["b"].dtype).startswith("datetime64")
    assert x.reasons["b"].fillna("").tolist() == ["", "not_relevant", "system_missing", "system_missing"]


def test_mixed_decimal_marks_are_one_clear_problem(write):
    path = write("a.csv", "id;v\n1;1,5\n2;2.5\n3;3,25\n4;4\n")
    with pytest.raises(ReadError) as refusal:
        ips.read_survey(path)
    assert "column 'v' mixes decimal marks: 2 row(s) with a comma and 1 row(s) with a point" in str(
        refusal.value
    )
    x = ips.read_survey(path, on_problem="report")
    assert x.data["v"].tolist() == ["1,5", "2.5", "3,25", "4"]
    with pytest.raises(ReadError, match="mixes decimal marks"):
        ips.read_survey(write("b.csv", "id;v\n1;1,234\n2;1.234\n"))
    settled = ips.read_survey(path, decimal=",", on_problem="report")
    assert rules(settled) == [("text_among_numbers", "v", 1)]


@pytest.mark.parametrize(
    ("text", "kwargs", "values", "found"),
    [
        # the column itself settles it
        ("id;v\n1;1.234\n2;12,5\n", {}, [1234, 12.5], [("ambiguous_number", "v", 1)]),
        ("id;v\n1;1.234\n2;2.345.678\n", {}, [1234, 2345678], [("ambiguous_number", "v", 1)]),
        ("id,v\n1,1.234\n2,12.5\n", {}, [1.234, 12.5], []),
        # another column settles it
        ("id;w;v\n1;0,5;1.234\n2;1,5;2.345\n", {}, [1234, 2345], [("ambiguous_number", "v", 2)]),
        ("id;w;v\n1;0.5;1.234\n2;1.5;2.345\n", {}, [1.234, 2.345], [("ambiguous_number", "v", 2)]),
        # nothing settles it: the delimiter's habit, and it is told
        ("id;v\n1;1.234\n2;2.345\n", {}, [1234, 2345], [("ambiguous_number", "v", 2)]),
        ("id,v\n1,1.234\n2,2.345\n", {}, [1.234, 2.345], [("ambiguous_number", "v", 2)]),
        ("id;v\n1;1.234\n2;2.345\n", {"decimal": "."}, [1.234, 2.345], []),
        ("id;v\n1;1 234,5\n2;12\u00a0345\n", {}, [1234.5, 12345], []),
        ("id;v\n1;1,5E+03\n2;\u22122,5\n", {}, [1500, -2.5], []),
    ],
)  # fmt: skip
def test_thousands_and_decimals(write, text, kwargs, values, found):
    x = ips.read_survey(write("a.csv", text), **kwargs)
    assert x.data["v"].tolist() == values
    assert rules(x) == found


def test_leading_zeros_are_names(write):
    x = ips.read_survey(write("a.csv", "id;kommune;loebenr\n1;0751;12345678901234567890\n2;0101;1\n"))
    assert x.data["kommune"].tolist() == ["0751", "0101"]
    assert x.data["loebenr"].tolist() == ["12345678901234567890", "1"]


def test_text_that_pandas_would_swallow_stays(write):
    x = ips.read_survey(write("a.csv", "id;navn\n1;NA\n2;None\n3;null\n4;Bo\n"))
    assert x.data["navn"].tolist() == ["NA", "None", "null", "Bo"]


def test_empty_rows_and_unnamed_columns_are_told(write):
    x = ips.read_survey(write("a.csv", "id;a;;\n1;2;x;\n;;;\n3;4;;\n"))
    assert list(x.data.columns) == ["id", "a", "unnamed_3"]
    assert len(x.data) == 2
    assert {r[0] for r in rules(x)} == {"empty_rows", "unnamed_columns"}


@given(st.floats(-1e9, 1e9, allow_nan=False).map(lambda v: round(v, 2)), st.sampled_from([",", "."]))
def test_a_number_written_either_way_reads_back(value, mark):
    """Whatever the mark, a number written with thousands and two decimals is the same number."""
    text = f"{value:,.2f}" if mark == "." else f"{value:,.2f}".translate(str.maketrans(",.", ".,"))
    assert numbers.parse(text, mark) == pytest.approx(value, abs=1e-9)
    marks = numbers.look([text])
    assert numbers.decimal_mark(marks, None) == mark


@given(st.integers(-(10**12), 10**12))
def test_whole_numbers_are_whole_under_either_mark(value):
    for mark in (",", "."):
        assert numbers.parse(str(value), mark) == value
