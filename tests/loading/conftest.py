"""Files for the readers: what the repository holds, and what others' packages hold, fetched once by name."""

import os
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

FILES = Path(__file__).parent / "files"
SDIST = "sas7bdat_converter-4.0.0"


@pytest.fixture
def files():
    return FILES


@pytest.fixture(scope="session")
def sas_files():
    """The SAS files of sas7bdat-converter 4.0.0; a test that cannot have them fails, it does not skip."""
    cache = Path(os.environ.get("IPSEVAL_TEST_CACHE", Path.home() / ".cache" / "ipseval-tests"))
    root = cache / SDIST / "tests" / "assets"
    if not root.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps",
             "--no-binary", ":all:", "--dest", str(cache), "sas7bdat-converter==4.0.0"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, "the SAS test files could not be downloaded (sas7bdat-converter==4.0.0)"
        with tarfile.open(cache / f"{SDIST}.tar.gz") as archive:
            archive.extractall(cache, filter="data")
    return root


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
