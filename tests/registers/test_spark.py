"""The same jobs under Spark's local mode and without it give the same rows."""

import sys
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

import ipseval as ips
from ipseval.core.errors import DesignError
from ipseval.core.weeks import monday, week_from_yyww, yyww

FIRST = week_from_yyww("2001")
WEEKS = 53 + 52
N = 240
CONDITIONS = ("above_compulsory", "youth_education", "eighth_grade", "self_employed")


def day(text, more):
    return (np.datetime64(text) + more.astype("timedelta64[D]")).astype("datetime64[s]")


@pytest.fixture(scope="module")
def people():
    """Ids that lost their zeros, unknown codes, blanks, and persons without an index date."""
    rng = np.random.default_rng(11)
    codes = rng.choice([0, 111, 130, 730, 555, 999], p=[0.5, 0.1, 0.1, 0.2, 0.05, 0.05], size=(N, WEEKS))
    codes = np.sort(codes, axis=1)[rng.permutation(N)].astype(np.int16)
    columns = {f"y_{yyww(FIRST + w)}": codes[:, w] for w in range(WEEKS)}
    dates = pd.Series(monday(FIRST + rng.integers(0, WEEKS, N)).astype("datetime64[s]"))
    known = {
        "index_date": dates.mask(rng.random(N) < 0.1),
        "birth_date": day("1990-01-01", rng.integers(0, 7000, N)),
        "arrival_age": np.where(rng.random(N) < 0.8, np.nan, 20.0),
        **{name: rng.random(N) < 0.4 for name in CONDITIONS},
    }
    return pd.DataFrame({"PNR": [str(k * 977) for k in range(1, N + 1)], **columns, **known})


@pytest.fixture(scope="module")
def rows(people):
    """Jobs with corrections and overlaps, enrolments that are under way, contacts; some persons have none."""
    rng = np.random.default_rng(12)
    ids = people["PNR"].to_numpy()[:200]
    month = np.datetime64("2020-01") + rng.integers(0, 24, 1500)
    first = month.astype("datetime64[D]")
    jobs = {
        "PNR": rng.choice(ids, 1500),
        "ajo_job_start_dato": (first + rng.integers(0, 12, 1500)).astype("datetime64[s]"),
        "ajo_job_slut_dato": ((month + 1).astype("datetime64[D]") - 1).astype("datetime64[s]"),
        "ajo_loentimer": rng.choice([-37.0, 12.5, 80.0, 160.33], 1500),
        "ajo_arbejdsgiver": rng.choice(["a", "b", "c"], 1500),
    }
    start = day("2019-06-01", rng.integers(0, 700, 90))
    education = {
        "PNR": rng.choice(ids, 90),
        "from_date": start,
        "to_date": pd.Series(start + np.timedelta64(120, "D")).mask(rng.random(90) < 0.2),
        "level": rng.choice(["ordinary", "preparatory", "course"], 90),
    }
    contacts = {"PNR": rng.choice(ids, 60), "date": day("2020-01-01", rng.integers(0, 700, 60))}
    return {
        "jobs": pd.DataFrame(jobs),
        "education": pd.DataFrame(education),
        "contacts": pd.DataFrame(contacts),
    }


@pytest.fixture(scope="module")
def wide(people, rows):
    return ips.dream.with_rows(people, **rows, id="PNR")


@pytest.fixture(scope="module")
def dated(wide):
    return wide.filter(wide["index_date"].is_valid())


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
        # A machine of two cores for some seconds: what pays off in long runs only costs here.
        "spark.default.parallelism": "2",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
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


EMPLOYMENT = {"window": (1, 40), "min_hours": 5.0, "retention": (8, 13)}
DEFINITIONS = ["dst_amr", "stil", "benchmark", "eurostat_proxy", "oecd_proxy"]
JOBS = {
    "spells": partial(ips.dream.spells_in_arrow, id_length=12),
    "count_weeks": partial(
        ips.dream.count_weeks_in_arrow,
        sets={"none": [0], "help": "uddannelseshjaelp"},
        years=[2020, 2021],
        id_length=12,
    ),
    "weeks_after": partial(
        ips.dream.weeks_after_in_arrow,
        in_codes=[0, 730],
        spans=[(-8, -1), (1, 30)],
        id_length=12,
        incomplete="missing",
    ),
    "employment": partial(ips.dream.employment_in_arrow, id_length=12, **EMPLOYMENT),
    "neet": partial(ips.dream.neet_in_arrow, year=2021, definition=DEFINITIONS, id_length=12),
}


def test_every_job_gives_the_same_rows_under_spark_and_without(spark, wide, dated):
    frame = spark.createDataFrame(dated)
    assert frame.rdd.getNumPartitions() == 2
    for name, job in JOBS.items():
        here = pa.Table.from_batches(job(iter(dated.to_batches())))
        there = ips.dream.on_spark(frame, job).toArrow()
        assert there.schema.names == here.schema.names, name
        assert there.schema.types == here.schema.types, name
        order = [(column, "ascending") for column in here.schema.names]
        assert there.sort_by(order).equals(here.sort_by(order)), name
        assert len(here) >= 200, name


def padded(frame, column="PNR"):
    return frame.assign(**{column: frame[column].str.zfill(12)}).rename(columns={column: "pnr"})


@pytest.mark.parametrize(("size", "n"), [(1, 12), (50, N)])
def test_employment_and_neet_in_batches_are_what_the_verbs_give(size, n, people, rows, dated):
    known = padded(people[people["index_date"].notna()].reset_index(drop=True).head(n))
    dated = dated.slice(0, n)
    weeks = [c for c in known.columns if c.startswith("y_")]
    dream = ips.dream.spells(known[["pnr", *weeks]])
    registers = {name: padded(frame) for name, frame in rows.items()}
    whole = ips.employment(known[["pnr", "index_date"]], dream=dream, **registers, **EMPLOYMENT).data
    made = pa.Table.from_batches(JOBS["employment"](iter(dated.to_batches(max_chunksize=size)))).to_pandas()
    assert list(made.columns) == [c for c in whole.columns if c != "index_date"]
    for name in made.columns[1:]:
        if name == "first_job_date":
            assert pd.to_datetime(made[name]).astype("datetime64[s]").equals(whole[name])
        else:
            assert made[name].astype(float).equals(whole[name].astype(float)), name
    del registers["contacts"]
    flags = ips.neet_flags(
        known.drop(columns=weeks), dream=dream, year=2021, definition=DEFINITIONS, **registers
    )
    found = pa.Table.from_batches(JOBS["neet"](iter(dated.to_batches(max_chunksize=size)))).to_pandas()
    assert found["pnr"].tolist() == flags["pnr"].tolist()
    for name in DEFINITIONS:
        assert found[name].astype("Int64").equals(flags[name]), name
        assert n < N or flags[name].nunique() == 2, name


def test_moments_of_a_time_zone_stay_on_their_day(dated):
    midnight = dated.schema.get_field_index("index_date")
    moments = dated["index_date"].cast(pa.timestamp("us")).combine_chunks()
    zoned = pc.assume_timezone(moments, "Europe/Copenhagen")
    other = dated.set_column(midnight, "index_date", zoned)
    run = JOBS["employment"]
    assert list(run(iter(other.to_batches()))) == list(run(iter(dated.to_batches())))


def test_what_a_batch_lacks_is_named(people, rows, dated):
    with pytest.raises(DesignError, match="are not there: jobs"):
        list(JOBS["employment"](iter(dated.drop(["jobs"]).to_batches())))
    plain = dated.drop(["jobs"]).append_column("jobs", pa.nulls(len(dated), pa.int32()))
    with pytest.raises(DesignError, match="'jobs' is no list of rows"):
        list(JOBS["neet"](iter(plain.to_batches())))


def test_batches_of_any_size_give_what_the_verbs_give(people, wide):
    frame = people
    whole = {
        "count_weeks": ips.dream.count_weeks(
            ips.dream.spells(frame), sets={"none": [0], "help": "uddannelseshjaelp"}, years=[2020, 2021]
        ),
    }
    for size in (11, N):
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
    whole_ids = padded(frame)
    some = whole_ids[["pnr", "index_date"]].dropna()
    expected = ips.dream.weeks_after(
        whole_ids, some, in_codes=[0, 730], spans=[(-8, -1), (1, 30)], incomplete="missing"
    )
    pd.testing.assert_frame_equal(
        after.set_index("pnr"), expected.set_index("pnr"), check_dtype=False, check_index_type=False
    )


def test_rows_of_any_job_are_written_batch_by_batch_and_whole_or_not_at_all(dated, tmp_path):
    path = tmp_path / "rows.parquet"
    for name in ("employment", "neet"):
        rows = pa.Table.from_batches(JOBS[name](iter(dated.to_batches(max_chunksize=11))))
        assert ips.dream.rows_to(path, JOBS[name](iter(dated.to_batches(max_chunksize=11)))) == len(rows) > 0
        assert pq.read_table(path).equals(rows)
    before = path.read_bytes()

    def broken():
        yield rows.to_batches()[0]
        raise DesignError("no more")

    with pytest.raises(DesignError, match="no more"):
        ips.dream.rows_to(path, broken())
    with pytest.raises(DesignError, match="no batch"):
        ips.dream.rows_to(path, iter(()))
    assert path.read_bytes() == before
    assert [f.name for f in tmp_path.iterdir()] == ["rows.parquet"]


def test_what_is_no_spark_frame_is_refused(wide):
    with pytest.raises(DesignError, match="a Spark DataFrame was expected"):
        ips.dream.on_spark(wide, JOBS["spells"])
