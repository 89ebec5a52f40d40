"""SAS transport files (.xpt): read like the others, and refused where their end shows that they are cut."""

import datetime

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import ipseval as ips
from ipseval.core.errors import ReadError
from ipseval.loading.registers.source import open_source


@pytest.fixture
def frame():
    n = 700
    rng = np.random.default_rng(3)
    days = np.datetime64("2020-01-01") + rng.integers(0, 365, n).astype("timedelta64[D]")
    return pd.DataFrame(
        {
            "PNR": [f"{k:012d}" for k in range(n)],
            "SLUT": days.astype("datetime64[s]"),
            "TIMER": np.where(rng.random(n) < 0.1, np.nan, rng.integers(-40, 160, n) / 4),
            "CVRNR": rng.choice(["", "a", "æøå"], n),
        }
    )


@pytest.mark.parametrize("version", [5, 8])
@pytest.mark.parametrize("as_days", [True, False])
def test_both_versions_are_read_in_pieces_as_text_numbers_and_dates(version, as_days, frame, tmp_path):
    path = tmp_path / "bfl2020.xpt"
    given = frame.rename(
        columns={"SLUT": "ajo_job_slut_dato"[: 8 if version == 5 else 32], "TIMER": "LOENTIME"}
    )
    if as_days:
        given.iloc[:, 1] = None
        given[given.columns[1]] = [d.date() for d in frame["SLUT"]]
        assert isinstance(given.iloc[0, 1], datetime.date)
    else:
        given[given.columns[1]] = frame["SLUT"].astype("datetime64[ms]")
    pyreadstat.write_xport(given, path, file_format_version=version)
    if version == 8:
        made = ips.read_register(path, register="bfl")
        assert made.data["ajo_job_slut_dato"].astype("datetime64[s]").equals(frame["SLUT"])
        assert made.data["pnr"].tolist() == frame["PNR"].tolist()
        assert made.data["ajo_arbejdsgiver"].isna().equals(frame["CVRNR"] == "")
        assert made.report.problems == ()
    source = open_source(path)
    pieces = list(source.batches(["PNR", "LOENTIME"], 300))
    assert [len(p) for p in pieces] == [300, 300, 100]
    hours = [v for p in pieces for v in p["LOENTIME"].to_list()]
    np.testing.assert_array_equal(np.array(hours, dtype=float), frame["TIMER"].to_numpy())


def test_a_file_that_ends_in_the_middle_of_a_row_is_cut_short(frame, tmp_path):
    path = tmp_path / "bfl2020.xpt"
    pyreadstat.write_xport(frame, path, file_format_version=8)
    whole = path.read_bytes()
    for cut in (len(whole) - 37, len(whole) - 80 * 5, len(whole) - 1):
        path.write_bytes(whole[:cut])
        with pytest.raises(ReadError, match="cut short"):
            open_source(path)
    for cut in (0, 100, 700):
        path.write_bytes(whole[:cut])
        with pytest.raises(ReadError, match=r"bfl2020.xpt"):
            open_source(path)
