"""What is planted on purpose is found wherever it is planted, by pattern and as a known value; and never shown."""

import pytest
from typer.testing import CliRunner

import ipseval as ips
from ipseval.cli import app
from ipseval.core.keys import Key
from ipseval.reporting.scanning.known import known_of

from support.planted import planted

CPR = "070761-4285"
UNCONFIRMED = "010165-0001"
SECRET = "Qvistgaard42"
PLACES = sorted(planted(CPR))
KEY = Key("test", b"k" * 32)
KNOWN = known_of([SECRET], KEY)


def put(tmp_path, text, place):
    name, content = planted(text)[place]
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


@pytest.mark.parametrize("place", PLACES)
def test_a_personal_number_is_found(tmp_path, place):
    for text in (CPR, UNCONFIRMED):
        found = ips.scan(put(tmp_path, text, place))
        assert [f for f in found.findings if f.rule == "cpr" and f.level in ("likely", "sure")], text
        assert not found.clean
        for part in (text, text.replace("-", ""), text[:6], text[7:]):
            assert part not in repr(found.findings) + repr(found) + found._repr_html_()
            assert part not in found.table("da").to_string() + found.table("en").to_string()


def test_a_notebook_shows_counts_by_rule_and_no_file(tmp_path):
    for name in ("anna.txt", "berit.txt"):
        (tmp_path / name).write_text(f"{CPR}\n{CPR}\n", encoding="utf-8")
    found = ips.scan(tmp_path)
    assert found.counts()[["rule", "files", "hits"]].to_numpy().tolist() == [["cpr", 2, 4]]
    shown = found._repr_html_()
    assert "&lt;Scan: 2 files" in shown
    assert "<td>4</td>" in shown
    assert "anna" not in shown
    (tmp_path / "ren").mkdir()
    clean = ips.scan(tmp_path / "ren")
    assert clean.counts().empty
    assert "<table" not in clean._repr_html_()


@pytest.mark.parametrize("place", PLACES)
def test_a_known_value_is_found(tmp_path, place):
    found = ips.scan(put(tmp_path, SECRET, place), known=KNOWN)
    assert [f for f in found.findings if f.rule == "known_value"]
    assert SECRET.lower() not in found.table("da").drop(columns="file").to_string().lower()


@pytest.mark.parametrize("place", PLACES)
def test_nothing_is_found_where_nothing_is_planted(tmp_path, place):
    found = ips.scan(put(tmp_path, "helt almindelig", place), known=KNOWN)
    assert found.findings == ()
    assert found.clean == (place != "notebook cut off")


def test_the_command_exits_1_and_shows_no_value(tmp_path):
    for place in PLACES:
        put(tmp_path, CPR, place)
    for language in ("da", "en"):
        ran = CliRunner().invoke(app, ["scan", str(tmp_path), "--language", language])
        assert ran.exit_code == 1
        assert "4285" not in ran.output
        assert "070761" not in ran.output
        assert "CPR" in ran.output


def test_the_command_exits_0_on_clean_files(tmp_path):
    (tmp_path / "a.txt").write_text("n = 43")
    ran = CliRunner().invoke(app, ["scan", str(tmp_path)])
    assert ran.exit_code == 0
    assert "1 fil(er) gennemset, intet fundet." in ran.output


def test_the_command_takes_known_values_with_their_key(tmp_path, monkeypatch):
    import pandas as pd

    monkeypatch.chdir(tmp_path)
    (tmp_path / "keys").mkdir()
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    key = tmp_path / "keys" / "a.key"
    ips.make_key(key)
    known = ips.known_values(pd.DataFrame({"respondent": [SECRET, "x1"], "who5": [1, 2]}), key=key)
    known.save(tmp_path / "known.json")
    assert SECRET.lower() not in (tmp_path / "known.json").read_text().lower()
    (tmp_path / "a.log").write_text(f"row {SECRET.upper()} dropped")
    options = ["scan", str(tmp_path / "a.log"), "--known", str(tmp_path / "known.json")]
    ran = CliRunner().invoke(app, [*options, "--key", str(key)])
    assert ran.exit_code == 1
    assert "kendt værdi" in ran.output
    assert SECRET.lower() not in ran.output.lower()
    alone = CliRunner().invoke(app, options)
    assert alone.exit_code == 1
    assert "go together" in alone.output
