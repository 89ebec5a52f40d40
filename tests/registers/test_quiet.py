"""Checking a frame is quiet, quick and without effects where Spark is installed."""

import os
import subprocess
import sys

CHECK = """
import os, sys
{before}
import pandas as pd
from ipseval.loading.schema import Constraints, SchemaField
from ipseval.loading.validation_frame import broken_limits
field = SchemaField("a", type="integer", constraints=Constraints(minimum=1))
print(broken_limits({{"a": pd.Series([0, 1])}}, {{"a": field}}))
print("pyspark.pandas" in sys.modules, "SPARK_LOCAL_IP" in os.environ, "PYARROW_IGNORE_TIMEZONE" in os.environ)
import pyspark.sql
"""


def checked(before=""):
    clean = {k: v for k, v in os.environ.items() if k not in ("SPARK_LOCAL_IP", "PYARROW_IGNORE_TIMEZONE")}
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", CHECK.format(before=before)],
        capture_output=True,
        text=True,
        env=clean,
        check=False,
    )


def test_a_check_neither_warns_nor_imports_spark_nor_sets_it():
    done = checked()
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["{('a', 'minimum'): 1}", "False False False"]


def test_so_it_is_in_a_process_that_has_spark_already():
    done = checked("import pyspark.sql")
    assert done.stderr == ""
    assert done.stdout.splitlines() == ["{('a', 'minimum'): 1}", "False False False"]
