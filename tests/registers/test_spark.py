"""The same jobs under Spark's local mode and without it give the same rows."""

import sys
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import monday, week_from_yyww, yyww

FIRST = week_from_yyww("2001")
WEEKS = 53 + 52
N = 240


@pytest.fixture(scope="module")
def wide():
    """Ids that lost their zeros, unknown codes, blanks, and persons without an index date."""
    rng = np.random.default_rng(11)
    codes = rng.choice([0, 111, 130, 730, 555, 999], p=[0.5, 0.1, 0.1, 0.2, 0.05, 0.05], size=(N, WEEKS))
    codes = np.sort(codes, axis=1)[rng.permutation(N)]
    columns = {f"y_{yyww(FIRST + w)}": pa.array(codes[:, w].astype(np.int16)) for w in range(WEEKS)}
    ids = pa.array([str(k * 977) for k in range(1, N + 1)])
    dates = monday(FIRST + rng.integers(0, WEEKS, N)).astype("datetime64[D]")
    given = pa.array(dates, mask=rng.random(N) < 0.1)
    return pa.table({"PNR": ids, **columns, "index_date": given})


@pytest.fixture(scope="module")
def spark(tmp_path_factory):
    from pyspark.sql import SparkSession

    folder = tmp_path_factory.mktemp("spark")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.local.dir": str(folder),
        "spark.sql.warehouse.dir": str(folder / "warehouse"),
        "spark.sql.execution.arrow.maxRecordsPerBatch": "50",
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)
        patch.setenv("SPARK_LOCAL_IP", "127.0.0.1")
        patch.chdir(folder)
        builder = SparkSession.builder.master("local[2]").appName("ipseval")
        for name, value in settings.items():
            builder = builder.config(name, value)
        session = builder.getOrCreate()
        session.sparkContext.setLogLevel("ERROR")
        yield session
        session.stop()


JOBS = {
    "spells": partial(ips.dream.spells_in_arrow, id_length=12),
    "count_weeks": partial(
        ips.dream.count_weeks_in_arrow,
        sets={"none": [0], "help": "uddannelseshjaelp"},
        years=[2020, 2021],
        id_length=12,
    ),
    "weeks_after": partial(
        ips.dream.weeks_after_in_arrow, in_codes=[0, 730], spans=[(-8, -1), (1, 30)], id_length=12
    ),
}


def test_every_job_gives_the_same_rows_under_spark_and_without(spark, wide):
    frame = spark.createDataFrame(wide).repartition(3)
    for name, job in JOBS.items():
        here = pa.Table.from_batches(job(iter(wide.to_batches())))
        there = ips.dream.on_spark(frame, job).toArrow()
        assert there.schema.names == here.schema.names, name
        assert there.schema.types == here.schema.types, name
        order = [(column, "ascending") for column in here.schema.names]
        assert there.sort_by(order).equals(here.sort_by(order)), name
        assert len(here) >= 200, name


def test_batches_of_any_size_give_what_the_verbs_give(wide):
    frame = wide.to_pandas()
    whole = {
        "count_weeks": ips.dream.count_weeks(
            ips.dream.spells(frame), sets={"none": [0], "help": "uddannelseshjaelp"}, years=[2020, 2021]
        ),
    }
    for size in (1, 37, N):
        made = pa.Table.from_batches(
            JOBS["count_weeks"](iter(wide.to_batches(max_chunksize=size)))
        ).to_pandas()
        columns = list(made.columns[1:])
        assert (made[columns] == whole["count_weeks"][columns]).all(axis=None)
        assert made["pnr"].str.len().eq(12).all()
        after = pa.Table.from_batches(
            JOBS["weeks_after"](iter(wide.to_batches(max_chunksize=size)))
        ).to_pandas()
        assert len(after) == frame["index_date"].notna().sum()
    padded = frame.assign(PNR=frame["PNR"].str.zfill(12))
    people = pd.DataFrame({"pnr": padded["PNR"], "index_date": padded["index_date"]}).dropna()
    expected = ips.dream.weeks_after(padded, people, in_codes=[0, 730], spans=[(-8, -1), (1, 30)])
    assert (after.set_index("pnr") == expected.set_index("pnr")).all(axis=None)


def test_what_is_no_spark_frame_is_refused(wide):
    with pytest.raises(DesignError, match="a Spark DataFrame was expected"):
        ips.dream.on_spark(wide, JOBS["spells"])
