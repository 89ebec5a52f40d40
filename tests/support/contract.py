"""The contract of a `Result`, called on the result of every public verb."""

import numpy as np
import pandas as pd

from ipseval.core.language import LANGUAGES
from ipseval.core.result import ESTIMATE_COLUMNS, SAMPLE_COLUMNS, STATUS, Result
from ipseval.core.result_text import codes_without_words

# Where an interval need not hold its estimate: quantities that are bounds or are estimated otherwise.
RATIOS = ("odds_ratio", "risk_ratio", "hazard_ratio")


def assert_result(result):
    """Hold a result to the house's contract; returns it, so that a test can go on with it."""
    assert isinstance(result, Result)
    est = result.estimates
    assert tuple(est.columns) == ESTIMATE_COLUMNS
    assert tuple(result.sample.columns) == SAMPLE_COLUMNS
    assert list(est.index) == list(range(len(est)))
    assert set(est["status"]) <= set(STATUS)
    _rows_are_coherent(est)
    _refusals_say_why(result)
    _words_are_there(result)
    _no_address_or_object(result)
    assert result.base.n >= int(est["n"].max(skipna=True) if est["n"].notna().any() else 0)
    return result


def _rows_are_coherent(est):
    p = est["p_value"].dropna()
    assert ((p > 0) & (p <= 1)).all(), "p must be in (0, 1]"
    both = est.dropna(subset=["ci_low", "ci_high"])
    assert (both["ci_low"] <= both["ci_high"]).all()
    assert both["conf_level"].between(0, 1, inclusive="neither").all()
    assert (est["std_error"].dropna() >= 0).all()
    shares = est[(est["scale"] == "share") & (est["status"] != "refused")]
    ok = shares.dropna(subset=["estimate"])
    assert ok["n_events"].notna().all(), "a share carries its numerator"
    np.testing.assert_allclose(
        ok["estimate"].to_numpy(float), ok["n_events"].to_numpy(float) / ok["n"].to_numpy(float), atol=1e-12
    )
    assert (est["n_events"].dropna() <= est.loc[est["n_events"].notna(), "n"]).all()
    ratio = est[est["scale"].isin(RATIOS)]
    assert (ratio["estimate"].dropna() >= 0).all()


def _refusals_say_why(result):
    est = result.estimates
    refused = est.index[est["status"] == "refused"]
    assert est.loc[refused, "estimate"].isna().all(), "a refused row carries no estimate"
    told = {note.row for note in result.notes}
    for row in refused:
        assert row in told or None in told, f"row {row} is refused without a note"


def _words_are_there(result):
    lacking = codes_without_words(result)
    assert not lacking, f"write Danish and English words in data_schemas/languages for {lacking}"
    for lang in LANGUAGES:
        assert result.methods_text(lang)
        for note in result.notes:
            text = note.text(lang)
            assert text.endswith((".", "?")), text
            assert "{" not in text, text


def _no_address_or_object(result):
    for text in (repr(result), result._repr_html_(), result.methods_text("en")):
        assert " at 0x" not in text
    for name, frame in result.extras.items():
        assert isinstance(frame, pd.DataFrame), name
