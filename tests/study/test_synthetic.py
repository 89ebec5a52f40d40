"""Invented answers from schemas: valid by the schema, the same every time, tied between waves."""

import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError, SchemaError
from ipseval.loading.schema import load_schema, packaged_schemas
from ipseval.loading.synthetic import synthetic_frame, write_synthetic

IDS = [f"P{i:03d}" for i in range(40)]


@pytest.mark.parametrize("name", packaged_schemas())
def test_invented_answers_meet_their_schema(name, tmp_path):
    schema = load_schema(name)
    (path,) = write_synthetic({"file": schema}, tmp_path)
    survey = ips.read_survey(path, schema=schema, id=schema.primary_key[0])
    assert len(survey.data) == 60
    assert [p for p in survey.report.problems if p.level == "error"] == []


def test_the_same_seed_gives_the_same_answers():
    schema = load_schema("ips_ung/start")
    one, two, other = (synthetic_frame(schema, ids=IDS, seed=s) for s in (1, 1, 2))
    pd.testing.assert_frame_equal(one, two)
    assert not one.equals(other)


def test_a_question_that_is_not_asked_is_blank():
    frame = synthetic_frame(load_schema("ips_ung/start"), ids=IDS)
    without = frame["erfaring"].astype(str) != "1"
    assert without.any()
    assert frame.loc[without, "erfaring_aar"].isna().all()


def test_later_waves_keep_to_earlier_ones(tmp_path):
    schemas = {w: load_schema(f"hjoerring/{w}") for w in ("start", "slut")}
    start, end = (pd.read_csv(p, sep=";", encoding="utf-8-sig") for p in write_synthetic(schemas, tmp_path))
    both = start.merge(end, on="deltager_id", suffixes=("", "_end"))
    assert len(both) == len(end) < len(start)
    known = both["foedselsaar"].notna()
    assert (both.loc[known, "foedselsaar"] == both.loc[known, "foedselsaar_end"]).all()
    dated = both["maalt"].notna() & both["maalt_end"].notna()
    assert (both.loc[dated, "maalt"] <= both.loc[dated, "maalt_end"]).all()


def test_a_schema_without_an_id_is_refused():
    import dataclasses

    schema = dataclasses.replace(load_schema("ips_ung/start"), primary_key=())
    with pytest.raises(SchemaError, match="primaryKey"):
        synthetic_frame(schema, ids=IDS)


def test_files_of_ones_own_are_never_written_over(tmp_path):
    own = tmp_path / "start.csv"
    own.write_text("a year of answers")
    with pytest.raises(
        ReadError, match=r"holds 1 file\(s\) of these names \(start.csv\) that are not marked"
    ):
        write_synthetic({"start": load_schema("hjoerring/start")}, tmp_path)
    assert own.read_text() == "a year of answers"
    assert [p.name for p in tmp_path.iterdir()] == ["start.csv"]


def test_a_folder_that_cannot_be_written_gives_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ReadError, match="cannot be made"):
        write_synthetic({"start": load_schema("hjoerring/start")}, tmp_path / "file")
    (tmp_path / "INVENTED.txt").mkdir()
    with pytest.raises(ReadError, match=r"INVENTED.txt cannot be written"):
        write_synthetic({"start": load_schema("hjoerring/start")}, tmp_path)


def test_a_notebook_finds_its_data(tmp_path, monkeypatch):
    monkeypatch.delenv("IPSEVAL_DATA", raising=False)
    folder = ips.data_folder("hjoerring", folder=tmp_path)
    assert sorted(p.name for p in folder.iterdir()) == ["INVENTED.txt", "slut.csv", "start.csv"]
    assert not ips.data_is_own()
    monkeypatch.setenv("IPSEVAL_DATA", str(tmp_path))
    assert ips.data_is_own()
    assert ips.data_folder("hjoerring") == tmp_path
