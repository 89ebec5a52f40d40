"""Where numbers come from: fingerprints of content (not of bytes) and package versions.

Some writers stamp the time into a file, so two files with the same content differ in bytes; the
fingerprint is of the values, the column names and the order of rows.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("ipseval", "numpy", "pandas", "scipy", "pyreadstat")


def fingerprint(frame: pd.DataFrame) -> str:
    """Return sixteen hexadecimal digits that change when any value, name or the row order changes.

    Whole numbers are alike whether they are stored as 1, 1.0 or True.
    """
    digest = hashlib.sha256("\x1f".join(map(str, frame.columns)).encode())
    for _, column in frame.items():
        digest.update(_content(column))
    return digest.hexdigest()[:16]


def _content(column: pd.Series) -> bytes:
    """Return bytes that stand for the values of a column, missing ones included."""
    import pandas as pd

    plain = isinstance(column.dtype, np.dtype) and column.dtype.kind in "biuf"
    if plain or (
        pd.api.types.is_numeric_dtype(column.dtype) and not pd.api.types.is_complex_dtype(column.dtype)
    ):
        # Asked what stands for a gap, pandas looks for gaps first; a plain array of numbers has its own.
        found = column.to_numpy(np.float64) if plain else column.to_numpy(np.float64, na_value=np.nan)
        numbers = np.asarray(found, dtype=np.float64)
        # One bit pattern for every missing number, and none for a negative zero.
        return np.where(np.isnan(numbers), np.nan, numbers + 0.0).tobytes()
    texts = column.astype(object).where(column.notna(), None).map(_plain).astype(str)
    return pd.util.hash_pandas_object(texts, index=False).to_numpy().tobytes()


def _plain(value: object) -> object:
    """Write whole numbers alike in a column of mixed values."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers depend on."""
    found = {name: _version(name) for name in PACKAGES}
    return {name: known for name, known in found.items() if known}


@cache
def _version(package: str) -> str:
    """Return the version installed, "" where there is none; reading it takes longer than many an analysis."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""
