"""Files of the house: read with one sentence for every fault, written whole, for the owner alone."""

import stat

import pytest

from ipseval.core import resources
from ipseval.core.errors import ReportError, SchemaError
from ipseval.core.language import say, words
from ipseval.core.private_files import fill_private, write_private


@pytest.mark.parametrize(
    ("content", "words_of_it"),
    [
        ("navn: Åse".encode("latin-1"), "is not UTF-8"),
        (b"a: [1, 2", "not well-formed YAML at line 2, column 1"),
        (b"a: !!python/object/apply:os.getcwd []", "not well-formed YAML"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_in_one_sentence(tmp_path, content, words_of_it):
    path = tmp_path / "plan.yaml"
    path.write_bytes(content)
    with pytest.raises(SchemaError, match=words_of_it) as refusal:
        resources.load_yaml(path)
    assert str(refusal.value).startswith("plan.yaml")
    assert str(tmp_path) not in str(refusal.value)


def test_a_file_that_is_not_there_is_told_without_its_folder(tmp_path):
    with pytest.raises(SchemaError, match=r"gone\.yaml cannot be opened") as refusal:
        resources.load_yaml(tmp_path / "gone.yaml")
    assert str(tmp_path) not in str(refusal.value)


def test_a_private_file_is_for_its_owner_and_replaces_what_was_there(tmp_path):
    path = tmp_path / "persons.csv"
    path.write_text("before", encoding="utf-8")
    path.chmod(0o644)
    write_private(path, b"after")
    assert path.read_bytes() == b"after"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["persons.csv"]


def test_a_writer_that_fails_leaves_what_was_there_and_nothing_else(tmp_path):
    path = tmp_path / "persons.csv"
    path.write_text("before", encoding="utf-8")

    def breaks(part):
        part.write_text("half", encoding="utf-8")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fill_private(path, breaks)
    assert path.read_text(encoding="utf-8") == "before"
    assert [p.name for p in tmp_path.iterdir()] == ["persons.csv"]


def test_a_folder_that_takes_no_files_is_told(tmp_path):
    with pytest.raises(ReportError, match=r"persons.csv cannot be written in the folder 'missing'"):
        write_private(tmp_path / "missing" / "persons.csv", b"x")


@pytest.mark.parametrize(
    ("second", "fault"),
    [("hello: {da: hej, en: hi}", "stands in another file"), ("bye: {da: farvel}", "exactly da and en")],
)
def test_words_stand_once_and_in_both_languages(tmp_path, monkeypatch, second, fault):
    folder = tmp_path / "languages"
    folder.mkdir()
    (folder / "a.yaml").write_text("hello: {da: hej, en: hello}", encoding="utf-8")
    (folder / "b.yaml").write_text(second, encoding="utf-8")
    monkeypatch.setattr("ipseval.core.language.data_root", lambda: tmp_path)
    with pytest.raises(SchemaError, match=fault):
        words.__wrapped__()


def test_a_language_that_is_not_offered_is_refused_and_a_code_without_words_is_readable():
    with pytest.raises(SchemaError, match="'da', 'en'"):
        say("table_n", "de")
    assert say("no_such_words_here", "da") == "no such words here"
