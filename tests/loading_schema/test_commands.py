import pytest

import ipseval as ips
from ipseval.core.errors import SchemaError
from ipseval.loading.schema_commands import check_text, draft_text
from loading_schema.surveys import CANARY, SMALL

START = """id;koen;alder;job;timer;dato;kommentar
1;1;20;1;37,5;01-05-2023;fint
2;2;99;0;;02-05-2023;
3;9;21;1;20;03-05-2023;godt
"""
BROKEN = f"""id;gender;alder;job;timer;dato;kommentar
1;1;20;1;37,5;01-05-2023;fint
1;7;ca. 15;0;;2023-05-02;010190-1234
;2;50;0;5;2022-05-02;{CANARY}
"""


@pytest.fixture
def files(tmp_path):
    (tmp_path / "start.csv").write_text(START, encoding="utf-8")
    (tmp_path / "broken.csv").write_text(BROKEN, encoding="cp1252")
    (tmp_path / "small.yaml").write_text(SMALL, encoding="utf-8")
    return tmp_path


def test_check_of_a_good_file(files):
    verdict = check_text(files / "start.csv", files / "small.yaml")
    assert (verdict.text, verdict.ok, verdict.exit_code) == ("start.csv meets its schema.", True, 0)


def test_check_of_a_broken_file_tells_everything_once_and_no_value(files):
    verdict = check_text(files / "broken.csv", files / "small.yaml")
    assert verdict.exit_code == 1
    for rule in ("duplicate_id", "missing_id", "categories", "number", "maximum", "minimum", "cpr_number"):
        assert verdict.text.count(f"[{rule}]") == 1, rule
    assert "answered_not_asked" in verdict.text
    for secret in (CANARY, "ca. 15", "010190", str(files)):
        assert secret not in verdict.text


def test_check_names_ties_that_could_not_be_checked(files):
    verdict = check_text(files / "start.csv", "ips_ung/slut")
    assert not verdict.ok
    assert verdict.text.endswith("ties to ips_ung/registrering, ips_ung/start.")
    again = check_text(files / "start.csv", "ips_ung/slut", {"ips_ung/start": files / "start.csv"})
    assert again.text.endswith("ties to ips_ung/registrering.")


def test_check_says_what_it_could_not_read(files):
    assert "did you mean 'ips_ung/start'" in check_text(files / "start.csv", "ips_ung/strt").text
    gone = check_text(files / "gone.csv", files / "small.yaml")
    assert not gone.ok
    assert "gone.csv" in gone.text
    assert not draft_text(files / "gone.csv").ok


def test_draft_to_file_and_back(files):
    drafted = draft_text(files / "start.csv")
    assert drafted.ok
    (files / "drafted.yaml").write_text(drafted.text, encoding="utf-8")
    assert check_text(files / "start.csv", files / "drafted.yaml").ok


def test_read_survey_by_a_schema(files):
    x = ips.read_survey(files / "start.csv", schema=files / "small.yaml")
    assert list(x.reasons["timer"].dropna()) == ["not_asked"]
    assert list(x.reasons["alder"].dropna()) == ["not_answered"]
    assert x.codebook.labels().value("koen", 2, "en") == "Woman"
    with pytest.raises(SchemaError) as refused:
        ips.read_survey(files / "broken.csv", schema=str(files / "small.yaml"))
    assert "[categories]" in str(refused.value)
    assert CANARY not in str(refused.value)
