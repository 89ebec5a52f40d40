"""Small counts in printed results: found with their cell however they are printed, and not where nobody is few."""

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

import ipseval as ips
from ipseval.cli import app
from ipseval.core.errors import DisclosureError
from ipseval.reporting.scanning.small_counts import is_count, small_in_text

from support.planted import base64_of, png
from support.printed import COUNTS, NOBODY, notebooks, people

FORMS = [(code, form) for code in COUNTS.values() for form in notebooks(code, True)]


def found(tmp_path, book, **asked):
    (tmp_path / "a.ipynb").write_bytes(book)
    return ips.scan(tmp_path / "a.ipynb", **asked)


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_a_small_count_is_found_with_its_cell_in_every_form(tmp_path, code, form):
    told = found(tmp_path, notebooks(code, True)[form]).findings
    assert {f.rule for f in told} == {"small_count"}
    assert all(f.place[:2] == (("cell", 2), ("output", 1)) for f in told)
    assert all(1 <= f.count <= 110 for f in told)


@pytest.mark.parametrize(("code", "form"), FORMS)
def test_the_same_line_without_a_small_count_is_clean(tmp_path, code, form):
    assert found(tmp_path, notebooks(code, False)[form]).clean


@pytest.mark.parametrize("code", NOBODY.values())
def test_what_counts_nobody_is_clean(tmp_path, code):
    for book in notebooks(code, True).values():
        assert found(tmp_path, book).clean


@pytest.mark.parametrize(("code", "count"), [
    (COUNTS["value_counts"], 2), (COUNTS["size as a frame"], 2), (COUNTS["mean and count"], 2),
    (COUNTS["Styler"], 2), (COUNTS["polars len"], 2), (COUNTS["value_counts as a dict"], 2), (COUNTS["len"], 1),
    (COUNTS["crosstab"], 3), (COUNTS["n and share in one cell"], 2),
])  # fmt: skip
def test_every_small_cell_is_counted_once_per_form(tmp_path, code, count):
    for book in notebooks(code, True).values():
        assert [f.count for f in found(tmp_path, book).findings] == [count]


def test_the_profile_says_what_is_small_and_none_leaves_counts_alone(tmp_path):
    text = "diagnose\nF41    40\nF32     4\nF20     2\nName: count, dtype: int64\n"
    for profile, n in (("dst-5", 2), ("dst-3", 1)):
        assert sum(small for _, small, _ in small_in_text(text, {"dst-5": 5, "dst-3": 3}[profile])) == n
        (tmp_path / "a.log").write_text(text)
        assert [f.count for f in ips.scan(tmp_path / "a.log", profile=profile).findings] == [n]
    assert ips.scan(tmp_path / "a.log", profile=None).clean
    with pytest.raises(DisclosureError, match="profile='dst'"):
        ips.scan(tmp_path / "a.log", profile="dst")


def test_the_command_takes_the_profile_and_says_what_to_do(tmp_path):
    (tmp_path / "a.log").write_text("diagnose\nF41    40\nF32     4\nName: count, dtype: int64\n")
    ran = CliRunner().invoke(app, ["scan", str(tmp_path / "a.log"), "--language", "en"])
    assert ran.exit_code == 1
    assert "small count" in ran.output
    assert "join groups or delete the table" in ran.output
    assert CliRunner().invoke(app, ["scan", str(tmp_path / "a.log"), "--profile", "dst-3"]).exit_code == 0
    assert CliRunner().invoke(app, ["scan", str(tmp_path / "a.log"), "--profile", "none"]).exit_code == 0


@pytest.mark.parametrize("name", ["a.html", "a.csv", "a.log", "a.md", "a.py"])
def test_pages_tables_and_logs_are_looked_through_and_prose_and_code_are_not(tmp_path, name):
    counts = people(True).diagnose.value_counts()
    content = {"a.html": counts.to_frame().to_html(), "a.csv": counts.to_csv()}.get(name, str(counts))
    (tmp_path / name).write_text(content)
    told = [f.rule for f in ips.scan(tmp_path / name).findings]
    assert told == ([] if name in ("a.md", "a.py") else ["small_count"])


def test_prose_with_numbers_is_no_table(tmp_path):
    text = (
        "Base: analysed (n = 34)\nNote: With a known outcome but without koen: 1; they are left out.\n"
        "Note: without alder: 2; they are left out of the model with alder.\nAntal besøg var højest i uge 3.\n"
    )
    (tmp_path / "a.txt").write_text(text * 2)
    assert ips.scan(tmp_path).clean


def test_names_of_counts():
    assert all(
        map(
            is_count,
            ("n", "N", "Antal", "antal_personer", "count", "('alder', 'count')", "alder_count", "len"),
        )
    )
    assert not any(map(is_count, ("mean", "items", "n_items", "country", "region", "wave", "antalt", "std")))


def test_the_persons_of_a_frame_are_counted_alike_in_text_and_html_and_pictures_stand_with_their_cell(
    tmp_path,
):
    frame = pd.DataFrame({"person_id": [f"R{k}" for k in range(40)], "kommune": "Aarhus", "who5": range(40)})
    outputs = [
        [{"output_type": "stream", "text": frame.to_string()}],
        [{"output_type": "execute_result", "data": {"text/plain": repr(frame.head()), "text/html": frame.head()._repr_html_()}}],
        [{"output_type": "display_data", "data": {"image/png": base64_of(png())}}],
    ]  # fmt: skip
    cells = [{"cell_type": "code", "source": "1", "metadata": {}, "outputs": one} for one in outputs]
    book = json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()
    told = found(tmp_path, book)
    assert [(dict(f.place)["cell"], f.count) for f in told.findings] == [(1, 40), (2, 5), (2, 5)]
    assert [dict(place)["cell"] for _, place in told.pictures] == [3]
