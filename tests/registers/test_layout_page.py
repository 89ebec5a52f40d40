"""Hold docs/register_format.md to the code: its example is a layout, and it names every key and type."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

from ipseval.core.errors import SchemaError
from ipseval.loading.registers import layout as layouts
from ipseval.loading.registers.normal import code_column
from ipseval.loading.registers.reader import read_register

PAGE = (Path(__file__).parents[2] / "docs" / "register_format.md").read_text(encoding="utf-8")
EXAMPLE = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.S)[1])


def test_the_example_is_a_layout():
    made = layouts.build(EXAMPLE, "talks")
    assert made.key == ("pnr", "talk_date")
    assert made.naming(["CPR", "DATO", "Moede2020"]) == {
        "CPR": "pnr",
        "DATO": "talk_date",
        "Moede2020": "moede_2020",
    }
    assert [c.name for c in made.columns if c.required] == ["talk_date"]
    assert made.listed() == {"sex": "koen"}


@pytest.mark.parametrize("names", [*layouts.KEYS.values(), layouts.TYPES])
def test_every_key_and_type_is_on_the_page(names):
    assert [n for n in names if f"`{n}`" not in PAGE] == []


@pytest.mark.parametrize(
    ("part", "change", "hint"),
    [
        ("layout", {"collumns": []}, "columns"),
        ("id", {"id": {"names": ["pnr"], "length": [12]}}, "lengths"),
        ("column", {"columns": [{"name": "a", "requird": True}]}, "required"),
        (
            "pattern",
            {"patterns": {"week": {"match": "a", "name": "a", "type": "code", "list_": "x"}}},
            "list",
        ),
    ],
)
def test_a_misspelt_key_is_refused_with_a_near_name(part, change, hint):
    with pytest.raises(SchemaError, match=f"a {part} has no key .*: did you mean '{hint}'"):
        layouts.build({**EXAMPLE, **change}, "talks")


@pytest.mark.parametrize("as_text", [False, True])
@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_fraction_where_a_whole_number_belongs_is_missing_and_counted(tmp_path, as_text, ending):
    kom = pd.Series([101.0, 2.5, None, 860.0])
    rows = pd.DataFrame(
        {"pnr": [f"{k:012d}" for k in range(1, 5)], "foed_dag": ["2000-01-31"] * 4, "kom": kom}
    )
    rows["kom"] = kom.map(lambda v: None if pd.isna(v) else f"{v:g}") if as_text else kom
    path = tmp_path / f"bef202012.{ending}"
    rows.to_csv(path, index=False) if ending == "csv" else rows.to_parquet(path)
    read = read_register(path, register="bef")
    assert read.data["kom"].dropna().tolist() == [101, 860]
    assert [(p.rule, p.n_rows) for p in read.report.problems] == [("unreadable", 1)]


def test_a_weekly_code_with_a_fraction_is_unknown_in_text_as_in_numbers():
    import polars as pl

    for column in (pl.Series([101.5, 101.0, None]), pl.Series(["101.5", "101.0", " "])):
        assert code_column(column).tolist() == [-1, 101, 0]
