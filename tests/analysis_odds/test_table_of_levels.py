"""What a table of odds ratios says of itself: outcome, event, and the persons of each level."""

import numpy as np
import pandas as pd
import pytest

import ipseval as ips
from ipseval.core.labels import Labels

LABELS = Labels(
    {"job": {"da": "I job nu", "en": "In work now"}, "koen_start": {"da": "Køn", "en": "Gender"}},
    {"job": {"1": {"da": "Ja", "en": "Yes"}}, "koen_start": {"M": {"da": "Mand", "en": "Man"}}},
)


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(5)
    gender = np.repeat(["M", "K", "A"], [30, 25, 12])
    job = (rng.random(67) < 0.4).astype(float)
    job[:4] = np.nan
    job[-12:] = [1] * 3 + [0] * 9
    return pd.DataFrame({"koen_start": gender, "job": job, "alder": rng.integers(16, 30, 67)})


@pytest.mark.parametrize("layout", ["odds_full", "odds"])
@pytest.mark.parametrize("models", ["univariable", "multivariable"])
def test_levels_show_their_own_persons_and_the_table_says_so(frame, layout, models):
    result = ips.odds_ratios("job ~ alder + C(koen_start)", frame, models=models)
    shown = ips.table(result, lang="en", labels=LABELS, layout=layout)
    known = frame.dropna()
    counted = known.groupby("koen_start")["job"].agg(["size", "sum"]).astype(int)
    cells = {row.label: {x.field: x.value for c in row.cells for x in c.numbers} for row in shown.rows}
    for label, level in (("Gender: A", "A"), ("Gender: K", "K"), ("Gender: Man", "M")):
        assert [cells[label]["n"], cells[label]["events"]] == counted.loc[level].tolist()
    assert [cells["alder"]["n"], cells["alder"]["events"]] == [len(known), int(known["job"].sum())]
    said = [note.text for note in shown.notes]
    assert sum("are those at the level" in text for text in said) == 1
    assert any('Outcome: In work now. The event is the answer "Yes".' in text for text in said)
    alone = ips.table(ips.odds_ratios("job ~ alder", frame), lang="en", layout=layout)
    assert not any("at the level" in note.text for note in alone.notes)


def test_the_event_is_the_answer_that_was_asked_for(frame):
    worded = frame.assign(job=frame["job"].map({1.0: "Ja", 0.0: "Nej"}))
    shown = ips.table(ips.odds_ratios("job ~ alder", worded, event="Nej"), lang="da")
    assert 'Udfald: job. Hændelsen er svaret "Nej".' in shown.to_markdown()
    nobody = frame.assign(job=0)
    assert 'svaret "1"' in ips.table(ips.odds_ratios("job ~ alder", nobody), lang="da").to_markdown()


def test_notes_of_a_level_use_words_and_numbers_have_the_mark_of_the_language(frame):
    few = frame.dropna().iloc[15:]
    result = ips.odds_ratios("job ~ alder + C(koen_start)", few, method="ml")
    text = {lang: ips.table(result, lang=lang, labels=LABELS).to_markdown() for lang in ("da", "en")}
    assert "koen_start[" not in text["da"].replace("\\", "")
    per = next(n.values["per"] for n in result.notes if n.code == "odds_few_events")
    assert f"{per:.1f} per parameter" in text["en"]
    assert f"{per:.1f}".replace(".", ",") + " pr. parameter" in text["da"]
