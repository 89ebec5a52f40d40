import os

import pytest

from ipseval.core.errors import ReportError
from ipseval.reporting import replaced as output
from ipseval.reporting.replaced import MARK, replaced_folder


def write(target, text):
    with replaced_folder(target) as folder:
        (folder / "page.html").write_text(text)


def test_outputs_are_replaced_whole(tmp_path):
    target = tmp_path / "build" / "report"
    write(target, "one")
    write(target, "two")
    assert sorted(p.name for p in target.iterdir()) == [MARK, "page.html"]
    assert (target / "page.html").read_text() == "two"


def test_a_failing_run_leaves_the_old_outputs(tmp_path):
    target = tmp_path / "report"
    write(target, "one")

    def fail():
        with replaced_folder(target) as folder:
            (folder / "page.html").write_text("half")
            raise RuntimeError("power cut")

    with pytest.raises(RuntimeError, match="power cut"):
        fail()
    assert (target / "page.html").read_text() == "one"
    assert [p.name for p in tmp_path.iterdir()] == ["report"]


def test_what_an_earlier_run_left_unfinished_is_removed(tmp_path):
    left = tmp_path / ".unfinished-report-abc"
    left.mkdir()
    (left / "half").write_text("x")
    write(tmp_path / "report", "one")
    assert not left.exists()


def test_a_run_into_a_folder_with_a_longer_name_is_left_alone(tmp_path):
    with replaced_folder(tmp_path / "report-en") as other:
        (other / "page.html").write_text("english")
        write(tmp_path / "report", "danish")
    assert (tmp_path / "report-en" / "page.html").read_text() == "english"


def test_a_folder_whose_name_is_a_pattern_is_cleared_too(tmp_path):
    left = tmp_path / ".unfinished-report [1]-abc"
    left.mkdir()
    write(tmp_path / "report [1]", "one")
    assert not left.exists()


def test_outputs_that_a_dying_run_moved_aside_come_back(tmp_path):
    target = tmp_path / "report"
    write(target, "one")
    os.replace(target, tmp_path / ".unfinished-report-old")
    with pytest.raises(RuntimeError), replaced_folder(target):
        raise RuntimeError
    assert (target / "page.html").read_text() == "one"


def test_a_folder_with_other_files_is_never_replaced(tmp_path):
    (tmp_path / "thesis.docx").write_text("years of work")
    with pytest.raises(ReportError, match="did not make"), replaced_folder(tmp_path):
        pass
    assert (tmp_path / "thesis.docx").read_text() == "years of work"


def test_files_a_person_put_there_or_changed_are_never_lost(tmp_path):
    target = tmp_path / "report"
    write(target, "one")
    (target / "mine").mkdir()
    (target / "mine" / "notes.docx").write_text("my notes")
    with pytest.raises(ReportError, match=r"1 file\(s\).*mine/notes.docx"):
        write(target, "two")
    (target / "mine" / "notes.docx").unlink()
    (target / "page.html").write_text("one, with my comment")
    with pytest.raises(ReportError, match=r"page\.html"):
        write(target, "two")
    assert (target / "page.html").read_text() == "one, with my comment"


def test_an_unwritable_place_gives_one_sentence(tmp_path, monkeypatch):
    def refuse(*args, **kwargs):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(output.Path, "mkdir", refuse)
    with pytest.raises(ReportError, match="cannot be written"), replaced_folder(tmp_path / "report"):
        pass


def test_an_open_file_gives_one_sentence_and_keeps_the_old(tmp_path, monkeypatch):
    target = tmp_path / "report"
    write(target, "one")
    real = os.replace

    def refuse(source, destination):
        if str(destination) == str(target) and "-old" not in str(source):
            raise PermissionError(13, "Permission denied")
        real(source, destination)

    monkeypatch.setattr(output.os, "replace", refuse)
    with pytest.raises(ReportError, match="close files"):
        write(target, "two")
    assert (target / "page.html").read_text() == "one"


def test_the_folder_has_the_rights_that_the_mask_gives(tmp_path):
    before = os.umask(0o077)
    try:
        write(tmp_path / "report", "one")
    finally:
        os.umask(before)
    assert (tmp_path / "report").stat().st_mode & 0o077 == 0
