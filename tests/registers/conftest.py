from loading.conftest import sas_files

__all__ = ["sas_files"]  # a fixture that the readers share
