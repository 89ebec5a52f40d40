"""A canary planted in every loader is in no repr, report, problem, error, traceback or log of ours."""

import logging
import traceback

import numpy as np
import openpyxl
import pandas as pd
import polars as pl
import pyreadstat
import pytest

import ipseval as ips
from ipseval.core.errors import IpsevalError

CANARY = "7318846520"
CPR = "070761-4285"
FRAME = pd.DataFrame({
    "nr": [1, 2, 3, 3], "trivsel": [1.0, 2.0, 3.0, 99.0], "svar": [f"{CPR} {CANARY}", "Ved ikke", CPR, CANARY],
    "tal": ["1", "2", CANARY, f"ca. {CANARY}"],
})  # fmt: skip


def refusal(call):
    """Call what should refuse: all that would be seen of its error, or None where it works."""
    try:
        call()
    except IpsevalError as error:
        return "".join(traceback.format_exception(error))
    return None


def seen(value):
    """Everything that a value of ours shows by itself."""
    return " ".join([repr(value), str(value), getattr(value, "_repr_html_", str)() or ""])


def clean(text):
    return CANARY not in text and "4285" not in text and "070761" not in text


def write_xlsx(path):
    book = openpyxl.Workbook()
    book.active.append(list(FRAME.columns))
    for row in FRAME.itertuples(index=False):
        book.active.append(list(row))
    book.save(path)


WRITERS = {
    "csv": lambda p: FRAME.to_csv(p, index=False, sep=";"),
    "tsv": lambda p: FRAME.to_csv(p, index=False, sep="\t"),
    "xlsx": write_xlsx,
    "sav": lambda p: pyreadstat.write_sav(FRAME, str(p)),
    "zsav": lambda p: pyreadstat.write_sav(FRAME, str(p), compress=True),
    "dta": lambda p: pyreadstat.write_dta(FRAME, str(p)),
    "xpt": lambda p: pyreadstat.write_xport(FRAME, str(p)),
    "por": lambda p: pyreadstat.write_por(FRAME, str(p)),
}


@pytest.mark.parametrize("ending", WRITERS)
def test_what_a_reader_gives_and_tells_holds_no_value(tmp_path, ending, caplog, capsys):
    path = tmp_path / f"start.{ending}"
    WRITERS[ending](path)
    with caplog.at_level(logging.DEBUG):
        survey = ips.read_survey(path, on_problem="report")
    assert CANARY in survey.data.to_string(), "the canary is there to be found"
    shown = [
        seen(survey),
        seen(survey.report),
        survey.report.table().to_string(),
        seen(survey.codebook),
        survey.missing().to_string(),
    ]
    shown += [
        caplog.text,
        *capsys.readouterr(),
        ips.draft_schema(survey, name="a/b"),
        ips.identity_columns(survey.data).to_string(),
    ]
    for text in shown:
        assert clean(text), text[:200]


@pytest.mark.parametrize("ending", WRITERS)
def test_what_a_reader_refuses_holds_no_value(tmp_path, ending):
    path = tmp_path / f"start.{ending}"
    WRITERS[ending](path)
    spoilt = [
        {"id": "nr"}, {"id": "svar"}, {"schema": "ips_ung/start"}, {"format": "dta" if ending != "dta" else "sav"},
        {"missing": {"svar": {99: "not_asked"}}}, {"decimal": "x"}, {"id": "absent"},
    ]  # fmt: skip
    told = [refusal(lambda options=options: ips.read_survey(path, **options)) for options in spoilt]
    whole = path.read_bytes()
    cut_off = tmp_path / f"cut.{ending}"
    for cut in (len(whole) // 3, len(whole) // 2, len(whole) - 9):
        cut_off.write_bytes(whole[:cut])
        told.append(refusal(lambda: ips.read_survey(cut_off)))
    refused = [text for text in told if text is not None]
    assert all(map(clean, refused))
    assert len(refused) >= 4


def register(kind, path):
    weeks = {f"y_24{w:02d}": [700, 0, 111] for w in range(1, 12)}
    frame = pd.DataFrame({"PNR": [CPR.replace("-", ""), CANARY, CANARY[::-1]], **weeks})
    write = {"parquet": frame.to_parquet, "csv": frame.to_csv, "dta": frame.to_stata}[kind]
    write(path, **({"write_index": False} if kind == "dta" else {"index": False}))


@pytest.mark.parametrize("kind", ["parquet", "csv", "dta"])
def test_registers_and_the_store_of_spells_show_no_one(tmp_path, kind):
    path = tmp_path / f"dream.{kind}"
    register(kind, path)
    shown, refused = [], 0
    for call in (
        lambda: ips.dream.read(path),
        lambda: ips.dream.spells(path),
        lambda: ips.dream.spells(path, store=tmp_path / "s.parquet"),
        lambda: ips.read_register(path, register="bef"),
        lambda: ips.read_register(path, register="dream"),
        lambda: ips.read_register(path, register="akm", columns=["absent"]),
    ):
        try:
            shown.append(seen(call()))
        except IpsevalError as error:
            shown.append("".join(traceback.format_exception(error)))
            refused += 1
    assert len(shown) == 6
    assert 0 < refused < 6
    for text in shown:
        assert clean(text), text[:300]
    left = sorted(p.name for p in tmp_path.iterdir())
    assert not [name for name in left if "part" in name or "tmp" in name], left


def test_a_store_of_spells_is_the_owners_alone(tmp_path):
    rng = np.random.Generator(np.random.PCG64(2))
    frame = pl.DataFrame(
        {
            "PNR": ["0101900001", "0202900002"],
            **{f"y_24{w:02d}": rng.choice([0, 700], 2) for w in range(1, 30)},
        }
    )
    frame.write_parquet(tmp_path / "dream.parquet")
    ips.dream.spells(tmp_path / "dream.parquet", store=tmp_path / "s.parquet")
    assert (tmp_path / "s.parquet").stat().st_mode & 0o077 == 0
    ips.write_twin(tmp_path, "bef")
    from ipseval.study.cohort.cohort import write_cohort

    write_cohort(tmp_path / "invented")
    made = [*(tmp_path / "invented").iterdir(), tmp_path / "bef2020.parquet"]
    assert all(p.stat().st_mode & 0o077 == 0 for p in made)
