import numpy as np
import pandas as pd
import pytest
from matplotlib.patches import Rectangle

import ipseval as ips
from ipseval.core.errors import ReportError
from reporting_figures.invented import LABELS, MOVES, made, movement_result, odds_result, words_of


def test_every_cell_shows_its_count_in_its_place():
    ax = ips.movement(movement_result(), labels=LABELS)
    counts = [n for across in MOVES.values() for n in across.values()]
    assert [t.get_text() for t in ax.texts[:9]] == [str(n) for n in counts]
    cells = [p for p in ax.patches if isinstance(p, Rectangle)]
    assert [(p.get_x(), round(p.get_y() / p.get_height())) for p in cells] == [
        (x, y) for y in range(3) for x in range(3)
    ]
    assert {"Under 36", "Over 50", "1. måling", "2. måling (n=40)"} <= set(words_of(ax))


def test_the_cells_of_those_who_stayed_are_framed():
    widths = np.array([p.get_linewidth() for p in ips.movement(movement_result()).patches]).reshape(3, 3)
    assert (np.diag(widths) > widths[0, 1]).all()


def test_more_persons_give_a_darker_cell():
    from matplotlib.colors import to_hex

    from ipseval.reporting.style import luminance

    patches = ips.movement(movement_result()).patches
    counts = [n for across in MOVES.values() for n in across.values()]
    dark = [luminance(to_hex(p.get_facecolor())) for p in patches]
    order = np.argsort(counts, kind="stable")
    assert (np.diff(np.array(dark)[order]) <= 1e-9).all()


def test_declared_categories_that_nobody_was_in_keep_their_place():
    ax = ips.movement(movement_result(), levels=["a", "b", "c", "d"])
    assert len(ax.patches) == 16
    assert "a til d: 0" in ax.alt


def test_a_count_that_is_not_shown_stays_hidden():
    frame = pd.DataFrame(
        {
            "outcome": "band",
            "group": "",
            "before": ["a", "b"],
            "after": ["b", "b"],
            "n": pd.array([None, 9], dtype="Int64"),
        }
    )
    result = made("band_change", [{"outcome": "band", "term": "x", "scale": "mean", "estimate": 1.0}], 12,
                  extras={"transition": frame})  # fmt: skip
    ax = ips.movement(result)
    assert "–" in words_of(ax)
    assert "12" not in " ".join(words_of(ax)), "the total would give the hidden count away"


def test_results_without_movements_and_unknown_names_are_refused():
    with pytest.raises(ReportError, match="band_change"):
        ips.movement(odds_result())
    with pytest.raises(ReportError, match="did you mean 'band'"):
        ips.movement(movement_result(), outcome="bands")
    with pytest.raises(ReportError, match="levels= lacks 1"):
        ips.movement(movement_result(), levels=["a", "b"])


def test_a_real_band_change_is_drawn_group_by_group_with_the_pairs_as_n():
    frame = pd.DataFrame({"a": [1, 2, 3, 1, 2, None], "b": [1, 3, 3, 2, 2, 1], "arm": list("xxxyyy")})
    result = ips.band_change(frame, before="a", after="b", by="arm", levels=[1, 2, 3])
    outcome = result.estimates["outcome"].iloc[0]
    with pytest.raises(ReportError, match="group="):
        ips.movement(result)
    ax = ips.movement(result, group="x")
    assert [t.get_text() for t in ax.texts[:9]] == ["1", "0", "0", "0", "0", "1", "0", "0", "1"]
    assert "2. måling (n=3)" in words_of(ax)
    other = ips.movement(result, outcome=outcome, group="y")
    assert [t.get_text() for t in other.texts[:9]] == ["0", "1", "0", "0", "1", "0", "0", "0", "0"]
    assert "2. måling (n=2)" in words_of(other), "persons with both answers, not all in the group"
