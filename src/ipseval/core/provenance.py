"""Where numbers come from: fingerprints of content (not of bytes) and package versions.

Some writers stamp the time into a file, so two files with the same content differ in bytes; the
fingerprint is of the values, the column names and the order of rows.
"""

from __future__ import annotations

import hashlib
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

PACKAGES = ("ipseval", "numpy", "pandas", "scipy", "statsmodels", "linearmodels", "pyreadstat")


def fingerprint(frame: pd.DataFrame) -> str:
    """Return sixteen hexadecimal digits that change when any value, name or the row order changes."""
    from pandas.util import hash_pandas_object

    digest = hashlib.sha256("\x1f".join(map(str, frame.columns)).encode())
    for position in range(frame.shape[1]):
        column = frame.iloc[:, position]
        plain = column.astype(object).where(column.notna(), None).map(_plain)
        digest.update(hash_pandas_object(plain.astype(str), index=False).to_numpy().tobytes())
    return digest.hexdigest()[:16]


def _plain(value: object) -> object:
    """Write whole numbers alike whether a file stored them as 1 or 1.0."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def package_versions() -> dict[str, str]:
    """Return the versions of the packages that numbers depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
