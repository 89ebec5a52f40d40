import pytest

from ipseval.core.errors import ReportError
from ipseval.core.result import Base, Method, Result, estimates_frame, sample_frame
from ipseval.study.accept import accept, drifts


def results(estimate=0.5, n=40):
    rows = [
        {"outcome": "job", "scale": "share", "estimate": estimate, "n": n, "n_events": 20},
        {"outcome": "who5", "scale": "mean", "status": "refused"},
    ]
    result = Result(
        "describe",
        estimates_frame(rows),
        sample_frame([("analysed", "", n)]),
        Method("share"),
        Base("all", n),
    )
    return {"a": result, "b": result}


def test_nothing_drifts_when_nothing_changed(tmp_path):
    path = tmp_path / "deep" / "numbers.csv"
    assert accept(results(), path) == 4
    assert drifts(results(), path) == []
    assert drifts(results(estimate=0.5 * (1 + 1e-13)), path) == []


def test_a_changed_number_is_named_with_both_values(tmp_path):
    path = tmp_path / "numbers.csv"
    accept(results(), path)
    found = drifts(results(estimate=0.51), path)
    assert [d.number for d in found] == ["estimate", "estimate"]
    assert found[0].sentence() == "a / job / share: estimate was 0.5, is 0.51"


def test_a_new_and_a_lost_row_are_named(tmp_path):
    path = tmp_path / "numbers.csv"
    accept(results(), path)
    lost = drifts({"a": results()["a"]}, path)
    assert {d.where.split(" / ")[0] for d in lost} == {"b"}
    assert all(d.now is None for d in lost)
    accept({"a": results()["a"]}, path)
    assert all(d.accepted is None for d in drifts(results(), path))


def test_another_csv_is_refused(tmp_path):
    path = tmp_path / "numbers.csv"
    path.write_text("x,y\n1,2\n")
    with pytest.raises(ReportError, match="accepted numbers"):
        drifts(results(), path)


def test_words_among_the_numbers_are_refused(tmp_path):
    path = tmp_path / "numbers.csv"
    accept(results(), path)
    path.write_text(path.read_text().replace("0.5", "half", 1))
    with pytest.raises(ReportError, match="accept the report again"):
        drifts(results(), path)


def test_a_failing_write_keeps_what_was_accepted_before(tmp_path, monkeypatch):
    path = tmp_path / "numbers.csv"
    accept(results(), path)
    before = path.read_text()

    def full(*args):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ipseval.reporting.atomic.os.replace", full)
    with pytest.raises(ReportError, match="No space left"):
        accept(results(estimate=0.9), path)
    assert path.read_text() == before
