"""Weekly tables without labels: the house's words, which never reach a study's own columns."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.labels import Labels


@pytest.fixture(scope="module")
def weekly():
    rng = np.random.default_rng(2)
    ids = [f"{k:03d}" for k in range(40)]
    people = pd.DataFrame({"pnr": ids, "arm": [1, 0] * 20, "index_date": pd.Timestamp("2021-03-01")})
    days = pd.Timestamp("2021-01-04") + pd.to_timedelta(rng.integers(0, 120, 200), unit="D")
    jobs = pd.DataFrame(
        {
            "pnr": rng.choice(ids, 200),
            "ajo_job_start_dato": days,
            "ajo_job_slut_dato": days,
            "ajo_loentimer": 8.0,
        }
    )
    return ips.weekly_shares(people, by="arm", treated=1, jobs=jobs, what=["work"], window=(-2, 2))


def test_weekly_tables_have_words_without_labels(weekly):
    text = {lang: ips.table(weekly, lang=lang).to_markdown() for lang in ("da", "en")}
    assert "I lønnet arbejde" in text["da"]
    assert "Uge \N{MINUS SIGN}2" in text["da"]
    assert "In paid work" in text["en"]
    assert "Week 1" in text["en"]
    assert "| work |" not in text["en"]


def test_a_studys_own_words_win_and_its_own_columns_are_let_be(weekly):
    own = Labels({"work": {"da": "Løn", "en": "Pay"}})
    assert "Løn" in ips.table(weekly, lang="da", labels=own).to_markdown()
    answers = ips.describe(pd.DataFrame({"work": ["a", "b", "a"]}), columns=["work"])
    assert "| work |" in ips.table(answers, lang="da").to_markdown()
