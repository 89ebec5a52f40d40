"""SPSS files: codes and ranges for missing answers, reasons, labels, levels, sets."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError
from ipseval.loading.codebook import MissingCode

SYSTEM_FILES = ("start.sav", "start.zsav")


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_codes_and_ranges_keep_reason_and_code(files, name):
    x = ips.read_survey(files / name, id="id")
    assert x.data["trivsel"].isna().tolist() == [False, True, True, True, False]
    assert x.reasons["trivsel"].fillna("").tolist() == ["", "dont_know", "system_missing", "not_relevant", ""]
    assert x.data["score"].dropna().tolist() == [3]
    assert x.reasons["score"].fillna("").tolist() == [
        "", "dont_know", "not_asked", "not_answered", "system_missing",
    ]  # fmt: skip
    assert x.codes["score"].dropna().to_dict() == {1: -1.0, 2: -4.0, 3: 97.0, 4: -3.0}
    assert x.restored("score").tolist() == [3, -1.0, -4.0, 97.0, -3.0]
    assert x.reasons["kommune"].fillna("").tolist() == ["", "system_missing", "system_missing", "", ""]
    assert x.codes["kommune"].dropna().tolist() == ["UOPLYST"]


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_no_missing_code_is_left_in_the_mean(files, name):
    x = ips.read_survey(files / name)
    assert x.data["score"].mean() == 3
    assert x.data["trivsel"].mean() == 1.5


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_codebook_holds_labels_levels_and_sets(files, name):
    book = ips.read_survey(files / name).codebook
    assert book["trivsel"].label == {"da": "Trivsel på en skala"}
    assert [book[c].measure for c in ("id", "trivsel", "score")] == ["nominal", "ordinal", "scale"]
    assert book["trivsel"].codes() == ("1", "2")
    assert book.levels("trivsel") == (1.0, 2.0)
    assert book["score"].codes() == ()
    assert MissingCode(-1.0, -1.0, "dont_know", "Ved ikke") in book["score"].missing
    assert MissingCode(-4.0, -1.0, "system_missing") in book["score"].missing
    assert book.sets["hjaelp"].columns == ("h1", "h2", "h3")
    assert (book.sets["hjaelp"].counted, book.sets["hjaelp"].label) == ("1", {"da": "Hjælp fra"})
    assert (book.sets["vigtigst"].columns, book.sets["vigtigst"].counted) == (("foerste", "anden"), "")


@pytest.mark.parametrize("name", SYSTEM_FILES)
def test_types_dates_and_note(files, name):
    x = ips.read_survey(files / name)
    assert str(x.data["trivsel"].dtype) == "Int64"
    assert str(x.data["timer"].dtype) == "float64"
    assert str(x.data["kommune"].dtype) == "str"
    assert x.data["opstart"].iloc[0] == pd.Timestamp(2004, 12, 31)
    assert x.data["opstart"].iloc[4] == pd.Timestamp(2024, 2, 29)
    assert x.data["kommune"].iloc[3] == "Sønderborg"
    assert x.report.note == "Opdigtede personer Ingen af dem findes."
    assert (x.report.encoding, x.report.n_rows, x.report.n_columns) == ("UTF-8", 5, 11)


@pytest.mark.parametrize("name", [*SYSTEM_FILES, "start.por"])
def test_a_code_in_a_range_without_a_label_is_told(files, name):
    """-3 lies in the declared range -4 to -1 and has no label: why it is missing is not known."""
    (told,) = ips.read_survey(files / name).report.problems
    assert (told.rule, told.column.lower(), told.n_rows) == ("unknown_missing_label", "score", 1)
    assert "without a label" in told.message
    assert "-3" not in told.message
    explained = ips.read_survey(files / name, missing={told.column: {-3: "not_answered"}})
    assert explained.report.problems == ()
    assert explained.reasons[told.column].iloc[4] == "not_answered"


def test_fingerprint_is_of_content_not_of_bytes(files):
    one, two = (ips.read_survey(files / name).fingerprints[name] for name in SYSTEM_FILES)
    assert one == two


def test_fingerprint_sees_a_changed_reason(files):
    x = ips.read_survey(files / "start.sav")
    y = ips.read_survey(files / "start.sav", missing={"trivsel": {1: "not_relevant"}})
    assert x.fingerprints == y.fingerprints, "what stood in the file is the same"
    assert y.reasons["trivsel"].iloc[0] == "not_relevant"


def test_portable_file_equals_the_system_file(files):
    """The .por keeps what pyreadstat would lose: codes for missing answers and letters outside ASCII."""
    sav, por = ips.read_survey(files / "start.sav"), ips.read_survey(files / "start.por")
    por = por.rename({c: c.lower() for c in por.data.columns})
    pd.testing.assert_frame_equal(sav.data, por.data)
    pd.testing.assert_frame_equal(sav.reasons, por.reasons)
    pd.testing.assert_frame_equal(sav.codes, por.codes, check_dtype=False)
    for name, variable in sav.codebook.variables.items():
        other = por.codebook[name]
        assert (variable.label, variable.values) == (other.label, other.values), name
        assert set(variable.missing) == set(other.missing), name


def test_portable_file_whose_lines_lost_their_blanks(files, tmp_path):
    """Mail and editors take blanks off the ends of lines; the layout counts on eighty to a line."""
    content = (files / "start.por").read_bytes()
    stripped = b"\r\n".join(line.rstrip() for line in content.splitlines())
    assert stripped.replace(b"\r", b"") != content.replace(b"\r", b"").rstrip()
    (tmp_path / "start.por").write_bytes(stripped)
    one, two = ips.read_survey(files / "start.por"), ips.read_survey(tmp_path / "start.por")
    pd.testing.assert_frame_equal(one.data, two.data)


def test_portable_numbers_agree_with_another_reader(files):
    import pyreadstat

    theirs, _ = pyreadstat.read_por(files / "start.por")
    ours = ips.read_survey(files / "start.por", missing="declared").data
    np.testing.assert_allclose(theirs["TIMER"], ours["TIMER"], rtol=0, atol=0)
    assert theirs["OPSTART"].astype(str).tolist() == ours["OPSTART"].dt.date.astype(str).tolist()


def test_label_that_names_a_reason_counts_only_as_asked(tmp_path):
    """A file that labels 9 "Ved ikke" without declaring it: the 9 must not slip into the mean unseen."""
    import pyreadstat

    path = tmp_path / "x.sav"
    frame = pd.DataFrame({"q": [1.0, 2.0, 9.0], "r": [1.0, 9.0, 9.0]})
    labels = {c: {1: "Ja", 2: "Nej", 9: "Ved ikke"} for c in frame}
    pyreadstat.write_sav(frame, path, variable_value_labels=labels)
    x = ips.read_survey(path)
    assert x.data["q"].mean() == 1.5
    (told,) = x.report.problems
    assert (told.rule, told.level, told.n_rows) == ("labelled_missing", "warning", 3)
    assert "'q', 'r'" in told.message
    kept = ips.read_survey(path, missing="declared")
    assert kept.data["q"].tolist() == [1, 2, 9]
    assert kept.report.problems == ()
    one = ips.read_survey(path, missing={"q": {}})
    assert (one.data["q"].notna().sum(), one.data["r"].notna().sum()) == (3, 1)
    said = ips.read_survey(path, missing={"Ved ikke": "not_answered"})
    assert said.reasons["r"].dropna().tolist() == ["not_answered"] * 2


def test_unknown_label_of_a_declared_code_is_told(tmp_path):
    import pyreadstat

    path = tmp_path / "x.sav"
    frame = pd.DataFrame({"q": [1.0, 7.0]})
    pyreadstat.write_sav(
        frame, path, variable_value_labels={"q": {7: "Bortfald i felten"}}, missing_ranges={"q": [7]}
    )
    x = ips.read_survey(path)
    assert x.reasons["q"].dropna().tolist() == ["system_missing"]
    assert x.codebook["q"].missing[0].label == "Bortfald i felten"
    (told,) = x.report.problems
    assert told.rule == "unknown_missing_label"
    assert "'Bortfald i felten'" in told.message


def test_options_are_checked(files):
    with pytest.raises(ReadError, match=r"missing= gives a reason 'ved_ikke'"):
        ips.read_survey(files / "start.sav", missing={9: "ved_ikke"})
    with pytest.raises(ReadError, match=r"did you mean 'trivsel'"):
        ips.read_survey(files / "start.sav", missing={"trivsl": {9: "dont_know"}})
    with pytest.raises(ReadError, match=r"missing='label' is not offered"):
        ips.read_survey(files / "start.sav", missing="label")
    with pytest.raises(ReadError, match=r"did you mean 'id'"):
        ips.read_survey(files / "start.sav", id="idd")
    with pytest.raises(ReadError, match=r"encoding='klingon' is not known"):
        ips.read_survey(files / "start.sav", encoding="klingon")
