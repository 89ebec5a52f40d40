import os

import pytest

from ipseval.core.errors import ReportError
from ipseval.reporting import atomic


def test_a_file_is_written_with_its_folder(tmp_path):
    target = tmp_path / "new" / "a.txt"
    atomic.write_text(target, "æøå\r\n")
    assert target.read_bytes() == "æøå\r\n".encode()


def test_a_failure_leaves_the_earlier_file_and_no_rest(tmp_path, monkeypatch):
    target = tmp_path / "a.txt"
    atomic.write_text(target, "earlier")

    def broken(old, new):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "replace", broken)
    with pytest.raises(ReportError) as refused:
        atomic.write_text(target, "later")
    assert "a.txt cannot be written" in str(refused.value)
    assert str(tmp_path.parent) not in str(refused.value)
    assert target.read_text() == "earlier"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ReportError, match="choose a folder you may write to") as refused:
        atomic.write_bytes(tmp_path / "file" / "a.txt", b"")
    assert "\n" not in str(refused.value)
