"""A canary planted in the data is in none of the outputs: results, tables, figures, reports, notebooks; the scanner agrees."""

import io
import os
import sys
import zipfile

import matplotlib.pyplot as plt
import nbformat
import numpy as np
import openpyxl
import pandas as pd
import pytest
from nbclient import NotebookClient

import ipseval as ips
from ipseval.core.keys import Key
from ipseval.reporting.scanning.known import known_of

CANARY = "7318846520913"
CPR = "070761-4285"
IDS = [f"{CANARY}{k:03d}" for k in range(40)]
KNOWN = known_of([*IDS, CPR], Key("test", b"k" * 32))


@pytest.fixture(scope="module")
def frame():
    rng = np.random.Generator(np.random.PCG64(9))
    pre = rng.normal(50, 10, 40).round()
    return pd.DataFrame({
        "id": IDS, "cpr": CPR, "pre": pre, "post": pre + rng.normal(4, 6, 40).round(), "svar": [f"ring {CPR}"] * 40,
        "sex": np.where(rng.random(40) < 0.5, "f", "m"), "job": (rng.random(40) < 0.5).astype(int), "arm": [0, 1] * 20,
    }).set_index("cpr")  # fmt: skip


@pytest.fixture(scope="module")
def results(frame):
    return [
        ips.change(frame, before="pre", after="post", id="id", resamples=99),
        ips.describe(frame, columns=["sex", "pre"], id="id"),
        ips.odds_ratios("job ~ pre + C(sex)", frame, id="id"),
        ips.effect(
            frame, outcome="post", treatment="arm", covariates=["pre"], method="regression", resamples=49
        ),
    ]


def everything_in(folder):
    """All bytes of all files, packages unpacked."""
    for path in folder.rglob("*"):
        if path.is_file():
            raw = path.read_bytes()
            yield raw
            if zipfile.is_zipfile(io.BytesIO(raw)):
                with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                    yield from (archive.read(name) for name in archive.namelist())


def assert_clean(folder):
    assert any(folder.rglob("*"))
    for raw in everything_in(folder):
        for value in (CANARY, "070761", "4285-", "-4285", "0707614285"):
            assert value.encode() not in raw
    found = ips.scan(folder, known=KNOWN)
    assert not [f for f in found.findings if f.rule in ("known_value", "cpr", "rows_of_persons")], (
        found.table()
    )
    assert found.unread == ()


def test_results_tables_and_exports(tmp_path, results):
    tables = []
    for number, result in enumerate(results):
        (tmp_path / f"{number}.html").write_text(result._repr_html_(), encoding="utf-8")
        (tmp_path / f"{number}.txt").write_text(repr(result) + result.methods_text("da"), encoding="utf-8")
        for name, extra in result.extras.items():
            extra.to_csv(tmp_path / f"{number}_{name}.csv")
        table = ips.table(result, lang="da")
        tables.append(table)
        table.to_csv(tmp_path / f"t{number}.csv")
        (tmp_path / f"t{number}.html").write_text(table.to_html(), encoding="utf-8")
        (tmp_path / f"t{number}.tex").write_text(table.to_latex(), encoding="utf-8")
    ips.write_workbook(tables, tmp_path / "a.xlsx")
    ips.write_document(tables, tmp_path / "a.docx", title="x", lang="da")
    assert_clean(tmp_path)


@pytest.mark.parametrize("ending", ["png", "svg", "pdf"])
def test_figures(tmp_path, results, ending):
    for number, draw in enumerate(
        (lambda: ips.forest(results[2]), lambda: ips.change_bars(results[0], range=(0, 100)))
    ):
        axes = draw()
        axes.figure.savefig(tmp_path / f"{number}.{ending}")
        plt.close("all")
    for raw in everything_in(tmp_path):
        assert CANARY.encode() not in raw
        assert b"070761" not in raw
    if ending != "pdf":
        assert ips.scan(tmp_path, known=KNOWN).clean


def test_the_whole_report_of_invented_people(tmp_path):
    from ipseval.study.plan import load_plan
    from ipseval.study.report import make_report

    make_report(load_plan("ips_ung"), data=None, out=tmp_path / "out", lang="da", only="tables")
    found = ips.scan(tmp_path / "out", profile=None)  # its small counts are for the release to judge
    assert found.unread == ()
    assert not [f for f in found.findings if f.level != "possible"], found.table()


SOURCE = """
import pandas as pd
import ipseval as ips
ips.guard()
frame = ips.read_survey("start.csv").data
frame
"""
CELLS = [
    SOURCE,
    "frame['svar']",
    "frame.head(2)",
    "ips.change(frame, before='pre', after='svar')",
    "ips.describe(frame, columns=['pre'])",
    "ips.read_survey('start.csv', id='svar')",
]


def run_notebook(folder, cells):
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
    NotebookClient(
        book,
        timeout=120,
        allow_errors=True,
        kernel_name="python3",
        resources={"metadata": {"path": str(folder)}},
    ).execute()
    nbformat.write(book, folder / "run.ipynb")
    return book


def test_a_guarded_notebook_shows_nobody_even_where_it_fails(tmp_path):
    rows = "".join(f"{i};{50 + k};{CPR} {CANARY}\n" for k, i in enumerate(IDS))
    (tmp_path / "start.csv").write_text("nr;pre;svar\n" + rows, encoding="utf-8")
    book = run_notebook(tmp_path, CELLS)
    outputs = [o for c in book.cells for o in c.outputs]
    assert sum(o.output_type == "error" for o in outputs) == 2
    assert "held back by ipseval.guard()" in str(outputs)
    (tmp_path / "start.csv").unlink()
    found = ips.scan(tmp_path / "run.ipynb", known=KNOWN)
    assert not [f for f in found.findings if f.rule not in ("user_path",)], found.table()
    for raw in everything_in(tmp_path):
        assert CANARY.encode() not in raw
        assert b"4285" not in raw


def test_the_same_notebook_without_the_guard_is_found_by_the_scanner(tmp_path):
    rows = "".join(f"{i};{50 + k};{CPR} {CANARY}\n" for k, i in enumerate(IDS))
    (tmp_path / "start.csv").write_text("nr;pre;svar\n" + rows, encoding="utf-8")
    run_notebook(tmp_path, [SOURCE.replace("ips.guard()", ""), "print(frame.svar[0])"])
    found = ips.scan(tmp_path / "run.ipynb", known=KNOWN)
    assert {"known_value", "cpr"} <= {f.rule for f in found.findings}


def test_words_that_begin_like_a_formula_are_words_and_negative_numbers_are_numbers(tmp_path):
    frame = pd.DataFrame(
        {"g": ['=HYPERLINK("http://x","a")', "+1+1", "-2+3", "@SUM(A1)"] * 10, "y": np.arange(40) - 60.0}
    )
    result = ips.describe(frame, columns=["y"], by="g")
    table = ips.table(result, lang="en", title="=1+1", notes=["@x"])
    ips.write_workbook([table, table], tmp_path / "a.xlsx", title="=1+1")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [c for sheet in book for row in sheet.iter_rows() for c in row]
    assert not [c for c in cells if c.data_type == "f"]
    assert [c for c in cells if isinstance(c.value, str) and c.value.startswith("=")]
    assert any(isinstance(c.value, float | int) and c.value < 0 for c in cells)
    table.to_csv(tmp_path / "a.csv")
    read = pd.read_csv(tmp_path / "a.csv", encoding="utf-8-sig")
    for text in (*read.columns, *read.select_dtypes(exclude="number").astype(str).to_numpy().ravel()):
        assert not text.startswith(("=", "+", "-", "@")) or float(text) < 0
    assert (read.select_dtypes("number") < 0).any().any()


def test_a_column_named_like_a_call_is_a_column(tmp_path):
    name = "__import__('os').system('touch hit')"
    frame = pd.DataFrame({name: [1.0, 2.0, 3.0, 4.0, 5.0, 7.0], "b": [2.0, 3.0, 5.0, 4.0, 6.0, 9.0]})
    ips.describe(frame, columns=[name])
    ips.change(frame, before=name, after="b", resamples=99)
    ips.table(ips.describe(frame, columns=[name])).to_html()
    assert not os.path.exists("hit")
    assert "os.system" not in sys.modules
