"""Bad input: damaged, locked, huge or deep files are told, scanned as far as can be, and never pass as clean."""

import io
import json
import os
import zipfile

import pytest

import ipseval as ips
from ipseval.core.errors import DisclosureError
from ipseval.reporting.scanning import texts

from support.planted import document, notebook, package, png, workbook

CPR = "070761-4285"


def scanned(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    return ips.scan(tmp_path / name)


def reasons(found):
    return {u.reason for u in found.unread}


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"cells": 5}', b'{"cells": [5, {"outputs": [7], "source": 3}]}', b"\xff\xfe\x00", b"{" * 5000],
)  # fmt: skip
def test_a_corrupt_notebook_is_told(tmp_path, content):
    assert not scanned(tmp_path, "a.ipynb", content).clean


def test_a_corrupt_notebook_is_still_read_as_text(tmp_path):
    found = scanned(tmp_path, "a.ipynb", b"garbage " + notebook(source=f"x\n{CPR}"))
    assert reasons(found) == {"scan_damaged"}
    assert [f.rule for f in found.findings] == ["cpr"]


@pytest.mark.parametrize("cut", [40, 200, 1000])
def test_a_cut_package_is_told(tmp_path, cut):
    whole = document(lambda made: made.add_paragraph(CPR))
    assert reasons(scanned(tmp_path, "a.docx", whole[:-cut])) == {"scan_damaged"}


def test_a_cut_png_is_told(tmp_path):
    assert reasons(scanned(tmp_path, "a.png", png()[:-14])) == {"scan_damaged"}
    assert scanned(tmp_path, "a.png", png()).clean


def test_a_zip_bomb_is_stopped_and_told(tmp_path):
    found = scanned(tmp_path, "a.zip", package({"a.txt": b"0" * (40 << 20), "b.txt": CPR}))
    assert reasons(found) == {"scan_too_big"}
    assert [f.rule for f in found.findings] == ["cpr"], "the rest is read all the same"


def test_a_header_that_lies_about_its_size_does_not_help_a_bomb(tmp_path):
    content = bytearray(package({"a.txt": b"0" * (40 << 20)}))
    place = content.rindex(b"PK\x01\x02") + 24
    content[place : place + 4] = (100).to_bytes(4, "little")
    assert not scanned(tmp_path, "a.zip", bytes(content)).clean


def test_packages_in_packages_stop_somewhere(tmp_path):
    content = b"x"
    for _ in range(8):
        content = package({"a.zip": content})
    assert reasons(scanned(tmp_path, "a.zip", content)) == {"scan_too_deep"}


def test_too_many_parts_are_told(tmp_path, monkeypatch):
    monkeypatch.setattr("ipseval.reporting.scanning.packages.MOST_PARTS", 5)
    assert reasons(scanned(tmp_path, "a.zip", package({f"{k}.txt": b"x" for k in range(6)}))) == {
        "scan_too_big"
    }


def test_a_locked_part_is_told(tmp_path):
    content = bytearray(package({"a.txt": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    content[6] |= 1
    assert reasons(scanned(tmp_path, "a.zip", bytes(content))) == {"scan_locked"}


def test_entities_in_xml_are_not_expanded(tmp_path):
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    parts = {"[Content_Types].xml": "<Types/>", "word/document.xml": bomb}
    assert reasons(scanned(tmp_path, "a.docx", package(parts))) == {"scan_damaged"}


@pytest.mark.parametrize("name", ["a.pdf", "a.gif", "a.bin", "a.xls"])
def test_formats_that_cannot_be_read_are_told(tmp_path, name):
    heads = {
        "a.pdf": b"%PDF-1.7 \n",
        "a.gif": b"GIF89a\x00\x01\x00",
        "a.bin": bytes(range(256)),
        "a.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500,
    }
    assert reasons(scanned(tmp_path, name, heads[name])) == {"scan_binary"}


@pytest.mark.parametrize(
    "name", ["a.parquet", "a.sav", "a.dta", "a.sas7bdat", "a.pkl", "a.rds", "a.gph", "a.feather"]
)
def test_files_of_rows_are_findings_by_their_nature(tmp_path, name):
    assert [f.rule for f in scanned(tmp_path, name, b"\x00\x01").findings] == ["data_file"]


def test_a_file_of_rows_under_another_name_is_one_too(tmp_path):
    assert [f.rule for f in scanned(tmp_path, "a.txt", b"PAR1....").findings] == ["data_file"]


def test_rows_hidden_behind_a_pivot_table_are_a_finding(tmp_path):
    parts = {"[Content_Types].xml": "<Types/>", "xl/pivotCache/pivotCacheRecords1.xml": "<r><s v='a'/></r>"}
    assert [f.rule for f in scanned(tmp_path, "a.xlsx", package(parts)).findings] == ["pivot_cache"]


def test_a_long_file_is_read_in_blocks_and_no_number_is_lost_or_counted_twice(tmp_path, monkeypatch):
    monkeypatch.setattr(texts, "BLOCK", 1000)
    for mark, number in (
        ("\n", CPR),
        (" ", CPR),
        (";", CPR),
        (" og ", CPR.replace("-", " ")),
        ("\n", CPR.replace("-", " ")),
    ):
        content = mark.join(f"a{k} {number}" if k % 7 == 0 else f"b{k}x" for k in range(5000))
        found = scanned(tmp_path, "a.txt", content.encode())
        assert sum(f.count for f in found.findings if f.rule == "cpr") == len(range(0, 5000, 7)), repr(mark)


def test_a_long_page_is_read_in_blocks(tmp_path, monkeypatch):
    monkeypatch.setattr("ipseval.reporting.scanning.markup.BLOCK", 1000)
    content = "".join(f"<p title='{k}'>{CPR if k % 7 == 0 else k}</p>" for k in range(3000))
    found = scanned(tmp_path, "a.html", content.encode())
    assert sum(f.count for f in found.findings if f.rule == "cpr") == len(range(0, 3000, 7))


def test_the_memory_of_a_scan_does_not_grow_with_the_file(tmp_path, monkeypatch):
    import tracemalloc

    monkeypatch.setattr(texts, "BLOCK", 20_000)
    line = b"ganske almindelig linje uden noget i, blot for at fylde\n"
    with (tmp_path / "a.log").open("wb") as file:
        for _ in range(12):
            file.write(line * 2_000)
    tracemalloc.start()
    ips.scan(tmp_path / "a.log")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 60 * 20_000 < (tmp_path / "a.log").stat().st_size


def test_a_long_sheet_is_read_to_its_end(tmp_path):
    def fill(made, sheet):
        for k in range(5000):
            sheet.append([k, "x"])
        sheet.append([5000, CPR])

    found = scanned(tmp_path, "a.xlsx", workbook(fill))
    assert [(f.rule, f.where("en")) for f in found.findings] == [("cpr", "sheet 1, line 5001")]


def test_paths_that_are_not_there(tmp_path):
    with pytest.raises(DisclosureError, match="is not there"):
        ips.scan(tmp_path / f"{CPR}.txt")
    with pytest.raises(DisclosureError) as caught:
        ips.scan(tmp_path / f"{CPR}.txt")
    assert "4285" not in str(caught.value)
    with pytest.raises(DisclosureError, match="is empty"):
        ips.scan([])


@pytest.mark.parametrize(
    "content", [b"", b"x", b'{"format": "other"}', b'{"format": "ipseval known values v1"}', b"[1]"]
)
def test_a_damaged_file_of_known_values_is_refused(tmp_path, content):
    from ipseval.core.keys import Key
    from ipseval.reporting.scanning.known import load_known

    (tmp_path / "k.json").write_bytes(content)
    with pytest.raises(DisclosureError, match="no file of known values"):
        load_known(tmp_path / "k.json", Key("a", b"k" * 32))


def test_known_values_of_another_key_are_refused(tmp_path):
    from ipseval.core.keys import Key
    from ipseval.reporting.scanning.known import known_of, load_known

    known_of(["abcdef"], Key("a", b"k" * 32)).save(tmp_path / "k.json")
    if os.name != "nt":
        assert (tmp_path / "k.json").stat().st_mode & 0o777 == 0o600
    assert len(load_known(tmp_path / "k.json", Key("a", b"k" * 32)).digests) == 1
    with pytest.raises(DisclosureError, match="give the key of that project"):
        load_known(tmp_path / "k.json", Key("a", b"j" * 32))


def test_the_scanner_reads_without_changing_anything(tmp_path):
    content = notebook(source=CPR)
    path = tmp_path / "a.ipynb"
    path.write_bytes(content)
    ips.scan(tmp_path)
    assert path.read_bytes() == content
    assert [p.name for p in tmp_path.iterdir()] == ["a.ipynb"]
    assert json.loads(content)
    assert zipfile.is_zipfile(io.BytesIO(package({"a": b"x"})))
