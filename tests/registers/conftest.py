import pytest

from ipseval.loading.synthetic_registers import write_registers
from loading.conftest import sas_files

__all__ = ["sas_files"]  # a fixture that the readers share


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Invented registers of 600 persons in every format; nobody writes into it."""
    target = tmp_path_factory.mktemp("registers")
    write_registers(target, persons=600, seed=5, formats=["parquet", "csv", "dta", "xpt"])
    return target
