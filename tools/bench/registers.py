"""DREAM at scale: ours beside decoding alone, polars expressions, pandas melt and DuckDB.

Run: python tools/bench/registers.py [persons] [rounds] [folder] [file to write the table to].  Each cell is a
process of its own; tools take turns within a round and medians are shown, so that a busy machine hits all.
The answers of all tools are held against each other.  Making the files and importing are outside the time;
reading is inside.  DuckDB (the extra `bench`) gets a long file, sorted by person and week, with persons as
whole numbers and the year beside each week, which suits it best; where it is not installed it is named as not
measured.  pandas melt is measured up to 100,000 persons, since more does not fit in memory; peers that take
long (LONG) run in the first round only.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl

from ipseval.core.weeks import monday, week_from_iso, yyww

FIRST, WEEKS = week_from_iso(2012, 1), 522
YEARS = list(range(2012, 2022))
CODES = np.array([0, 111, 112, 121, 130, 135, 137, 140, 143, 145, 147, 211], dtype=np.uint8)
OUT = [111, 112, 130, 137, 140, 147]
SETS = {"a": OUT, "b": [*OUT, 135, 145], "c": [130, 140, 147]}
LIMITS = {"a": 52, "b": 26, "c": 4}
WORK = [0, 121]
SPANS = ((1, 52), (1, 104))
MELT_MOST = 100_000
LONG = ("neet_melt", "neet_duckdb", "spells_duckdb", "outcomes_duckdb")
GROUP = 131_072


def names() -> list[str]:
    """Name the weekly columns."""
    return [f"y_{yyww(FIRST + w)}" for w in range(WEEKS)]


def make(path: Path, persons: int) -> None:
    """Write a wide file of `persons` x 522 weeks with about eleven spells each."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    rng = np.random.default_rng(1)
    writer = long = None
    for low in range(0, persons, GROUP):
        n = min(GROUP, persons - low)
        columns: dict[str, Any] = {"pnr": [f"{k:012d}" for k in range(low, low + n)]}
        now = rng.choice(CODES, n)
        for name in names():
            moving = np.flatnonzero(rng.random(n, dtype=np.float32) < 0.022)
            now = now.copy()
            now[moving] = rng.choice(CODES, len(moving))
            columns[name] = now
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table, row_group_size=GROUP)
        if find_spec("duckdb") is not None:
            for part in _long(table, low):
                long = long or pq.ParquetWriter(
                    path.with_name("long.parquet"), part.schema, compression="zstd"
                )
                long.write_table(part)
    for each in (writer, long):
        if each is not None:
            each.close()


def _long(table: Any, first: int) -> Iterator[Any]:
    """Give the same weeks one row each, in pieces of persons."""
    import pyarrow as pa

    year_of = np.repeat(np.array(YEARS, dtype=np.int16), [len(_of_year(y)) for y in YEARS])
    for low in range(0, len(table), 16_384):
        part = table.slice(low, 16_384)
        n = len(part)
        codes = np.column_stack([part[name].to_numpy() for name in names()])
        person = np.arange(first + low, first + low + n, dtype=np.int32)
        yield pa.table(
            {
                "person": np.repeat(person, WEEKS),
                "week": np.tile(np.arange(WEEKS, dtype=np.int16), n),
                "year": np.tile(year_of, n),
                "code": codes.ravel(),
            }
        )


def people(persons: int) -> pd.DataFrame:
    """Give everyone an index date."""
    weeks = np.random.default_rng(2).integers(60, WEEKS - 110, persons)
    # Made as columns: a list of texts would be a third of a gigabyte that is no part of the job.
    ids = pl.int_range(persons, eager=True).cast(pl.String).str.zfill(12).to_pandas()
    return pd.DataFrame({"pnr": ids, "index_date": monday(FIRST + weeks).astype("datetime64[s]")})


def table_of(counts: Any) -> list[int]:
    """Count who reaches the limit, by definition and year."""
    return [int((counts[f"{name}_{y}"] >= LIMITS[name]).sum()) for name in SETS for y in YEARS]


def job_decode(path: Path, n: int) -> list[int]:
    """Decode every column and do nothing with it."""
    return [pl.read_parquet(path).height]


def job_neet(path: Path, n: int) -> list[int]:
    """Ours, from the wide file: who reaches the limit, by definition and year."""
    import ipseval as ips

    return ips.dream.count_persons(path, sets=SETS, years=YEARS, at_least=LIMITS)["persons"].tolist()


def job_neet_rows(path: Path, n: int) -> list[int]:
    """Ours, from the wide file, with a row of thirty counts for each person."""
    import ipseval as ips

    return table_of(ips.dream.count_weeks(path, sets=SETS, years=YEARS))


def job_neet_polars(path: Path, n: int) -> list[int]:
    """Polars: one expression per definition and year."""
    made = [
        pl.sum_horizontal(pl.col(c).is_in(codes) for c in _of_year(y)).alias(f"{name}_{y}")
        for name, codes in SETS.items()
        for y in YEARS
    ]
    return table_of(pl.read_parquet(path).select(made))


def job_neet_melt(path: Path, n: int) -> list[int]:
    """Pandas: melt to long, whole-number weeks, group by person and year."""
    wide = pd.read_parquet(path)
    year_of = {c: y for y in YEARS for c in _of_year(y)}
    wide = wide.drop(columns=[c for c in wide.columns if c != "pnr" and c not in year_of])
    wide["pnr"] = np.arange(len(wide), dtype=np.int32)
    long = wide.melt(id_vars="pnr", var_name="week", value_name="code")
    long["year"] = np.repeat([year_of[c] for c in wide.columns[1:]], len(wide)).astype(np.int16)
    out = {}
    for name, codes in SETS.items():
        hit = long[long["code"].isin(codes)]
        counts = hit.groupby(["pnr", "year"]).size().unstack(fill_value=0)
        out |= {f"{name}_{y}": counts[y] for y in YEARS}
    return table_of(out)


def job_spells(path: Path, n: int) -> list[int]:
    """Ours, in memory."""
    import ipseval as ips

    made = ips.dream.spells(path)
    return [len(made.runs.code), int(made.runs.start.sum(dtype=np.int64))]


def job_store(path: Path, n: int) -> list[int]:
    """Ours, from the wide file to the store."""
    import ipseval as ips

    return [ips.dream.spells(path, store=path.with_name("spells.parquet")).n]


def job_spells_polars(path: Path, n: int) -> list[int]:
    """Polars: every week compared with the week before, then the positions of the changes."""
    wide = pl.read_parquet(path)
    cols = names()
    count, total = len(wide), 0
    for place, (a, b) in enumerate(pairwise(cols), start=1):
        changed = int((wide[a] != wide[b]).sum())
        count, total = count + changed, total + place * changed
    return [count, total]


def job_outcomes(path: Path, n: int) -> list[int]:
    """Ours, from the wide file: weeks in work after the index date, and the first one."""
    import ipseval as ips

    return _sums(ips.dream.weeks_after(path, PEOPLE, in_codes=WORK, spans=SPANS))


def job_neet_rows_to(path: Path, n: int) -> list[int]:
    """Ours, from the wide file, the thirty counts of each person written batch by batch."""
    import ipseval as ips

    return [ips.dream.count_weeks_to(path.with_name("counts.parquet"), path, sets=SETS, years=YEARS)]


def job_outcomes_to(path: Path, n: int) -> list[int]:
    """Ours, from the wide file, each person's weeks after the index date written batch by batch."""
    import ipseval as ips

    target = path.with_name("after.parquet")
    return [ips.dream.weeks_after_to(target, path, PEOPLE, in_codes=WORK, spans=SPANS)]


def job_from_store(path: Path, n: int) -> list[int]:
    """Ours, both questions from the store."""
    import ipseval as ips

    store = ips.dream.open_store(path.with_name("spells.parquet"))
    counted = ips.dream.count_persons(store, sets=SETS, years=YEARS, at_least=LIMITS)["persons"].tolist()
    return counted + _sums(ips.dream.weeks_after(store, PEOPLE, in_codes=WORK, spans=SPANS))


def job_from_store_mixed(path: Path, n: int) -> list[int]:
    """Ours, both questions from the store, with people in another order than DREAM's."""
    import ipseval as ips

    store = ips.dream.open_store(path.with_name("spells.parquet"))
    counted = ips.dream.count_persons(store, sets=SETS, years=YEARS, at_least=LIMITS)["persons"].tolist()
    return counted + _sums(ips.dream.weeks_after(store, PEOPLE, in_codes=WORK, spans=SPANS))


def job_outcomes_numpy(path: Path, n: int) -> list[int]:
    """The usual way: the whole matrix in memory, a fancy index per person."""
    matrix = np.isin(pl.read_parquet(path, columns=names()).to_numpy(), WORK)
    at = (PEOPLE["index_date"].to_numpy().astype("datetime64[D]").astype(np.int64) + 3) // 7 - FIRST
    weeks = at[:, None] + np.arange(1, 105)
    inside = np.take_along_axis(matrix, weeks, axis=1)
    first = np.where(inside.any(axis=1), inside.argmax(axis=1) + 1, -1)
    return [int(inside[:, :52].sum()), int(inside.sum()), int(first.sum())]


def _duckdb(path: Path, question: str, **tables: Any) -> list[tuple[Any, ...]]:
    import duckdb

    with duckdb.connect(config={"threads": 2, "temp_directory": str(path.parent / "spill")}) as base:
        for name, frame in tables.items():
            base.register(name, frame)
        found = base.execute(question.replace("LONG", f"'{path.with_name('long.parquet')}'")).fetchall()
    return [tuple(row) for row in found]


def job_neet_duckdb(path: Path, n: int) -> list[int]:
    """DuckDB: group the long file by person and year."""
    counts = ", ".join(f"count(*) filter (code in {tuple(codes)}) as {name}" for name, codes in SETS.items())
    met = ", ".join(f"count(*) filter ({name} >= {LIMITS[name]})" for name in SETS)
    inner = f"select person, year, {counts} from LONG group by person, year"
    rows = _duckdb(path, f"select {met} from ({inner}) group by year order by year")
    return [int(row[k]) for k in range(len(SETS)) for row in rows]


def job_spells_duckdb(path: Path, n: int) -> list[int]:
    """DuckDB: a window over each person's weeks."""
    inner = "select week, code, lag(code) over (partition by person order by week) as before from LONG"
    asked = f"select count(*), sum(week) from ({inner}) where before is null or before <> code"
    return [int(v) for v in _duckdb(path, asked)[0]]


def job_outcomes_duckdb(path: Path, n: int) -> list[int]:
    """DuckDB: join the index weeks to the long file and group by person."""
    at = (PEOPLE["index_date"].to_numpy().astype("datetime64[D]").astype(np.int64) + 3) // 7 - FIRST
    people = pd.DataFrame({"person": np.arange(n, dtype=np.int32), "start": at.astype(np.int16)})
    spans = [f"week between start + {a} and start + {b}" for a, b in SPANS]
    made = ", ".join(f"count(*) filter ({span}) as w{k}" for k, span in enumerate(spans))
    inner = (
        f"select p.person, {made}, min(week - start) filter ({spans[-1]}) as f from people p left join "
        f"(select * from LONG where code in {tuple(WORK)}) l on p.person = l.person group by p.person"
    )
    row = _duckdb(path, f"select sum(w0), sum(w1), sum(coalesce(f, -1)) from ({inner})", people=people)[0]
    return [int(v) for v in row]


def _sums(made: pd.DataFrame) -> list[int]:
    return [int(made[c].sum()) for c in ("weeks_1_52", "weeks_1_104", "first_week")]


def _of_year(year: int) -> list[str]:
    low = week_from_iso(year, 1)
    return [f"y_{yyww(w)}" for w in range(low, week_from_iso(year + 1, 1))]


JOBS: dict[str, Callable[[Path, int], list[int]]] = {
    "decode": job_decode, "neet": job_neet, "neet_polars": job_neet_polars, "neet_melt": job_neet_melt,
    "spells": job_spells, "spells_polars": job_spells_polars, "store": job_store, "outcomes": job_outcomes,
    "outcomes_numpy": job_outcomes_numpy, "from_store": job_from_store,
    "from_store_mixed": job_from_store_mixed, "neet_rows": job_neet_rows, "neet_duckdb": job_neet_duckdb,
    "neet_rows_to": job_neet_rows_to, "outcomes_to": job_outcomes_to,
    "spells_duckdb": job_spells_duckdb, "outcomes_duckdb": job_outcomes_duckdb,
}  # fmt: skip
PEOPLE = pd.DataFrame()


def one(name: str, path: Path, persons: int) -> None:
    """Run one job in this process and print its seconds, peak memory and answer."""
    global PEOPLE
    if name.startswith(("outcomes", "from_store")):
        PEOPLE = people(persons)
    if name.endswith("_mixed"):
        PEOPLE = PEOPLE.sample(frac=1, random_state=3).reset_index(drop=True)
    import ipseval as ips

    ips.dream.codes()
    import ipseval.loading.registers.dream
    import ipseval.outcomes.counting
    import ipseval.outcomes.store  # noqa: F401 - importing is not the job

    start, work = time.perf_counter(), time.process_time()
    answer = JOBS[name](path, persons)
    taken, work = time.perf_counter() - start, time.process_time() - work
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": taken, "cpu": work, "mb": peak, "answer": answer}))


def measured(name: str, path: Path, persons: int) -> dict[str, Any]:
    """Run one job in a process of its own."""
    done = subprocess.run(
        [sys.executable, __file__, "--job", name, str(path), str(persons)],
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main() -> None:
    """Print a table: seconds, times the decoding, peak memory."""
    if len(sys.argv) > 1 and sys.argv[1] == "--job":
        one(sys.argv[2], Path(sys.argv[3]), int(sys.argv[4]))
        return
    if len(sys.argv) > 1 and sys.argv[1] == "--make":
        make(Path(sys.argv[2]), int(sys.argv[3]))
        return
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    with tempfile.TemporaryDirectory(dir=sys.argv[3] if len(sys.argv) > 3 else None) as folder:
        path = Path(folder) / "dream.parquet"
        # In a process of its own: a child's peak memory is never below what its parent had when it began.
        subprocess.run([sys.executable, __file__, "--make", str(path), str(persons)], check=True)
        jobs = [j for j in JOBS if j != "neet_melt" or persons <= MELT_MOST]
        jobs = [j for j in jobs if not j.endswith("_duckdb") or find_spec("duckdb") is not None]
        found: dict[str, list[dict[str, Any]]] = {j: [] for j in jobs}
        for turn in range(rounds):
            for job in jobs:
                if turn == 0 or job not in LONG:
                    found[job].append(measured(job, path, persons))
        lines = report(found, persons, path.stat().st_size)
    print(lines)
    if len(sys.argv) > 4:
        Path(sys.argv[4]).write_text(lines + "\n", encoding="utf-8")


PEERS = (
    ("neet", "neet_polars"), ("neet", "neet_melt"), ("neet", "neet_duckdb"),
    ("spells", "spells_polars"), ("spells", "spells_duckdb"),
    ("outcomes", "outcomes_numpy"), ("outcomes", "outcomes_duckdb"),
)  # fmt: skip


def report(found: dict[str, list[dict[str, Any]]], persons: int, size: int) -> str:
    """Check that the tools agree and give the medians and the ratios."""
    answer = {job: runs[0]["answer"] for job, runs in found.items()}
    for ours, theirs in PEERS:
        if theirs in answer and answer[ours] != answer[theirs]:
            raise SystemExit(f"{ours} and {theirs} do not agree")
    if answer["neet_rows"] != answer["neet"]:
        raise SystemExit("the rows and the counts do not agree")
    if not answer["from_store_mixed"] == answer["from_store"] == answer["neet"] + answer["outcomes"]:
        raise SystemExit("the store and the wide file do not agree")
    found_of = {
        what: {job: statistics.median(r[what] for r in runs) for job, runs in found.items()}
        for what in ("seconds", "cpu", "mb")
    }
    seconds, cpu = found_of["seconds"], found_of["cpu"]
    lines = [
        f"{persons:,} persons x {WEEKS} weeks, {size / 1e6:.0f} MB parquet, medians of "
        f"{len(found['decode'])} rounds, load {os.getloadavg()[1]:.0f} on {os.cpu_count()} cores",
        "",
        "| job | s | times decoding | CPU s | times decoding | peak MB |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for job in found:
        lines.append(
            f"| {job} | {seconds[job]:.3f} | {seconds[job] / seconds['decode']:.2f} | {cpu[job]:.2f} "
            f"| {cpu[job] / cpu['decode']:.2f} | {found_of['mb'][job]:.0f} |"
        )
    if find_spec("duckdb") is None:
        lines.append("| duckdb | not measured | not installed | | | |")
    lines += ["", "| ours | peer | times as fast | by CPU |", "| --- | --- | --- | --- |"]
    for ours, theirs in PEERS:
        if theirs in seconds:
            faster, less = seconds[theirs] / seconds[ours], cpu[theirs] / cpu[ours]
            lines.append(f"| {ours} | {theirs} | {faster:.1f} | {less:.1f} |")
    if "neet_duckdb" in seconds:
        both, work = (v["neet_duckdb"] + v["outcomes_duckdb"] for v in (seconds, cpu))
        ratios = f"{both / seconds['from_store']:.1f} | {work / cpu['from_store']:.1f}"
        lines.append(f"| from_store | neet_duckdb + outcomes_duckdb | {ratios} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
